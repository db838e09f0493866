// The tarball itself: what is in it, what the linters of packages say, that it can be published, and
// what the entry with the explicit `init` does when it is used wrongly.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

import { bin, installFixtures, tarball } from "./project.ts";

const execute = promisify(execFile);
const root = fileURLToPath(new URL("../../", import.meta.url));

before(installFixtures);

test("the tarball holds these files and no others", async () => {
	const { stdout } = await execute("tar", ["-tzf", tarball]);
	assert.deepEqual(stdout.trim().split("\n").sort(), [
		"package/LICENSE",
		"package/README.md",
		"package/default.js",
		"package/dist/lucia_atlassian_base64.js",
		"package/dist/lucia_atlassian_bg.js",
		"package/dist/lucia_atlassian_bg.wasm",
		"package/dist/syntax.js",
		"package/edge.js",
		"package/index.d.ts",
		"package/init.d.ts",
		"package/init.js",
		"package/package.json",
		"package/providers.d.ts",
		"package/start.js"
	]);
});

test("it depends on nothing and runs nothing when it is installed", () => {
	const manifest = JSON.parse(readFileSync(`${root}pkg/package.json`, "utf8")) as Record<
		string,
		Record<string, string> | undefined
	>;
	assert.equal(manifest["dependencies"], undefined);
	assert.deepEqual(manifest["peerDependencies"], { lucia: "^2.0.0" });
	assert.deepEqual(Object.keys(manifest["scripts"] ?? {}), ["prepublishOnly"]);
});

test("both copies of the wasm are the same", async () => {
	const dist = new URL("../../node_modules/lucia-atlassian/dist/", import.meta.url);
	const { default: base64 } = (await import(
		new URL("lucia_atlassian_base64.js", dist).href
	)) as { default: string };
	assert.equal(base64, readFileSync(new URL("lucia_atlassian_bg.wasm", dist), "base64"));
});

test("publint finds nothing", async () => {
	const { stdout } = await execute(bin("publint"), ["run", tarball, "--strict"]);
	assert.match(stdout, /All good!/);
});

test("attw finds nothing", async () => {
	// CommonJS gets an ES module here, which Node can require() in all versions that are supported. The
	// .wasm is a file to load, not a module with types.
	const { stdout } = await execute(bin("attw"), [
		tarball,
		...["--ignore-rules", "cjs-resolves-to-esm"],
		...["--exclude-entrypoints", "lucia_atlassian.wasm"]
	]);
	assert.match(stdout, /No problems found/);
});

test("npm publish would work", async () => {
	const { stderr } = await execute("npm", ["publish", "./pkg", "--dry-run"], { cwd: root });
	assert.match(stderr, /total files: 14/);
});

test("a call before init says what to do, and a failed init can be repeated", async () => {
	const program = `
		import init, { atlassian } from "lucia-atlassian/init";
		import { readFileSync } from "node:fs";
		import { createRequire } from "node:module";
		const messages = [];
		try { atlassian(); } catch (error) { messages.push(error.message); }
		await init(new Response("", { status: 404 })).catch((error) => messages.push(error.message));
		await init(new Uint8Array(8)).catch((error) => messages.push(error.name));
		const path = createRequire(import.meta.url).resolve("lucia-atlassian/lucia_atlassian.wasm");
		await init(readFileSync(path));
		await init("https://never.fetched.example/");
		const [, state] = await atlassian(null, { clientId: "id" }).getAuthorizationUrl();
		messages.push(state.length);
		messages.push((await import("lucia-atlassian")).atlassian === atlassian);
		console.log(JSON.stringify(messages));
	`;
	const { stdout } = await execute(process.execPath, ["--input-type=module", "-e", program], {
		cwd: root
	});
	assert.deepEqual(JSON.parse(stdout), [
		"lucia-atlassian/init: await init(…) before the first call",
		"lucia-atlassian/init:  answered 404",
		"CompileError",
		43,
		true
	]);
});
