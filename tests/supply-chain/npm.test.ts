// What npm installs: where it comes from, which packages may run a script for that, and what the
// registry says of their signatures and advisories. Where the registry cannot be asked, the test says
// that nothing was checked; a bad response fails.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../../", import.meta.url));

interface Lock {
	packages: Record<string, { name?: string; link?: boolean; resolved?: string; integrity?: string; hasInstallScript?: boolean; inBundle?: boolean }>;
}

const json = <T>(...path: string[]) => JSON.parse(readFileSync(join(root, ...path), "utf8")) as T;

// The folder of the lock file, and the one in which it is installed.
const projects = [
	{ folder: ".", installed: "." },
	{ folder: join("tests", "packaging"), installed: join("target", "packaging") },
	...readdirSync(join(root, "tests", "packaging", "fixtures")).map((group) => ({
		folder: join("tests", "packaging", "fixtures", group),
		installed: join("target", "frameworks", group)
	}))
];

for (const { folder, installed } of projects) {
	const { packages } = json<Lock>(folder, "package-lock.json");
	const entries = Object.entries(packages).filter(([path]) => path !== "");

	test(`${folder}: packages come from the registry that npm is set to, each with a hash`, () => {
		assert.ok(entries.length > 0);
		for (const [path, { resolved, integrity, inBundle }] of entries) {
			assert.equal(resolved, undefined, path);
			// The hash of the package that it is bundled in holds for it.
			if (inBundle) continue;
			assert.match(integrity ?? "", /^sha512-/, path);
		}
		assert.equal(existsSync(join(root, folder, ".npmrc")), false, "an .npmrc could name another registry");
	});

	test(`${folder}: allowScripts names the packages with an install script`, () => {
		const { allowScripts = {} } = json<{ allowScripts?: Record<string, boolean> }>(folder, "package.json");
		const withScript = entries
			.filter(([, { hasInstallScript }]) => hasInstallScript)
			.map(([path]) => path.replace(/^.*node_modules\//, ""));
		if (folder === ".") assert.ok(withScript.length > 0);
		assert.deepEqual(withScript.filter((name) => !(name in allowScripts)), []);
		// The other folder names an alias's package, too, and what other platforms bring.
		if (folder === ".") assert.deepEqual(Object.keys(allowScripts).sort(), [...new Set(withScript)].sort());
	});

	test(`${folder}: signatures of the registry`, () => {
		if (!existsSync(join(root, installed, "node_modules"))) {
			console.log(`NOT CHECKED: signatures of ${folder}, which is not installed.`);
			return;
		}
		const response = npm(join(root, installed), "audit", "signatures");
		if (response === undefined) {
			console.log(`NOT REACHABLE, NOT CHECKED: signatures of ${folder}`);
			return;
		}
		assert.deepEqual({ ...response, error: undefined }, { invalid: [], missing: [], error: undefined }, JSON.stringify(response));
	});
}

test("who installs the package gets no other, and none with an advisory", () => {
	const app = mkdtempSync(join(tmpdir(), "lucia-atlassian-app-"));
	try {
		const { version } = json<{ version: string }>("pkg", "package.json");
		const tarball = join(root, "target", `lucia-atlassian-${version}.tgz`);
		const { status, stderr } = spawnSync("npm", ["install", "--package-lock-only", "--no-audit", "--prefix", app, tarball], { cwd: app, encoding: "utf8" });
		assert.equal(status, 0, stderr);
		const { packages } = JSON.parse(readFileSync(join(app, "package-lock.json"), "utf8")) as Lock;
		assert.deepEqual(Object.keys(packages), ["", "node_modules/lucia-atlassian"]);
		assert.equal(packages["node_modules/lucia-atlassian"]?.hasInstallScript, undefined);
		const response = npm(app, "audit", "--omit=dev");
		if (response === undefined) console.log("NOT REACHABLE, NOT CHECKED: npm audit of the package");
		else assert.deepEqual(response["vulnerabilities"], {}, JSON.stringify(response));
	} finally {
		rmSync(app, { recursive: true });
	}
});

/** The response of npm, or `undefined` where it could not ask. */
function npm(cwd: string, ...args: string[]): Record<string, unknown> | undefined {
	const { stdout, stderr } = spawnSync("npm", [...args, "--json", "--fetch-retries", "0", "--fetch-timeout", "30000"], { cwd, encoding: "utf8" });
	return responseOf(stdout, stderr);
}

function responseOf(stdout: string, stderr: string): Record<string, unknown> | undefined {
	const network = /^(ENOTFOUND|EAI_AGAIN|ECONN\w+|ETIMEDOUT|ENETUNREACH|EHOSTUNREACH|ERR_SOCKET_TIMEOUT|FETCH_ERROR|E40[45]|E5\d\d)$/;
	const response = JSON.parse(stdout || "{}") as Record<string, unknown>;
	const { code = "" } = (response["error"] ?? {}) as { code?: string };
	// The endpoint for advisories has no code: it says so in words, which begin with the status if there was one.
	const isRefused = /audit endpoint returned an error/.test(`${stderr}${stdout}`);
	if (network.test(code) || (isRefused && !/^4(?!0[45])\d\d /.test(String(response["message"])))) return undefined;
	assert.ok(!isRefused && response["error"] === undefined && stdout !== "", `npm: ${stdout}${stderr}`);
	return response;
}

test("only an unreachable registry counts as not checked", () => {
	assert.equal(responseOf('{"error":{"code":"ENOTFOUND"}}', ""), undefined);
	const endpoint = "npm error audit endpoint returned an error";
	assert.equal(responseOf('{"message":"405 Method Not Allowed - POST /advisories"}', endpoint), undefined);
	assert.equal(responseOf('{"message":"request to the registry failed, reason: getaddrinfo ENOTFOUND"}', endpoint), undefined);
	assert.throws(() => responseOf('{"message":"403 Forbidden - POST /advisories"}', endpoint));
	assert.deepEqual(responseOf('{"invalid":[{"name":"a"}],"missing":[]}', ""), { invalid: [{ name: "a" }], missing: [] });
	assert.throws(() => responseOf('{"error":{"code":"EAUDITNOKEYS"}}', ""));
	assert.throws(() => responseOf("", "npm error EINTEGRITY"));
});
