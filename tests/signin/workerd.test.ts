// The same sign-in in workerd: a scratch project installs the package's tarball, wrangler bundles the
// Worker as a deployment would and serves it, with D1 for a database. Nothing but `compatibility_date`
// is set, and the scenarios run under the oldest date that is supported and under the newest.

import assert from "node:assert/strict";
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, suite } from "node:test";
import { fileURLToPath } from "node:url";

import { startAtlassian } from "../atlassian/server.ts";
import { compatibilityDates } from "../packaging/wrangler.ts";
import { CALLBACK_PATH } from "./app.ts";
import { type Running, signInScenarios } from "./scenarios.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));
const readJson = (...path: string[]) => JSON.parse(readFileSync(join(root, ...path), "utf8"));

const tarball = join(root, "target", `lucia-atlassian-${readJson("pkg", "package.json").version}.tgz`);
const wrangler = join(root, "node_modules", "wrangler", "bin", "wrangler.js");
const sources = [
	"tests/signin/app.ts",
	"tests/signin/worker.ts",
	"tests/atlassian/route.ts",
	"www/stand-in.ts",
	"www/lucia.ts",
	"www/migrations/0001_lucia.sql",
];

// So that what is to be done on exit is done when the run is interrupted, too.
for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => process.exit(1));

suite("sign-in with Lucia and D1 in workerd", () => {
	let project: string;
	let env: NodeJS.ProcessEnv;
	const closing: (() => unknown)[] = [];

	function run(command: string, args: string[]): void {
		const { status, error, stdout, stderr } = spawnSync(command, args, { cwd: project, env, encoding: "utf8" });
		if (error) throw error;
		assert.equal(status, 0, `${command} ${args.join(" ")}\n${stdout}${stderr}`);
	}

	before(() => {
		assert.ok(existsSync(tarball), `there is no ${tarball}; run \`npm run build\``);
		project = mkdtempSync(join(tmpdir(), "lucia-atlassian-worker-"));
		const remove = () => rmSync(project, { recursive: true, force: true, maxRetries: 5 });
		closing.push(remove);
		process.once("exit", remove);
		env = {
			...process.env,
			CI: "true",
			CLOUDFLARE_CF_FETCH_ENABLED: "false",
			FORCE_COLOR: "0",
			// What wrangler writes down goes away with the project.
			TMPDIR: project,
			WRANGLER_HIDE_BANNER: "true",
			WRANGLER_SEND_METRICS: "false",
			XDG_CONFIG_HOME: project,
		};
		for (const source of sources) cpSync(join(root, source), join(project, source));
		const { devDependencies } = readJson("package.json");
		const dependencies = {
			"@lucia-auth/adapter-sqlite": devDependencies["@lucia-auth/adapter-sqlite"],
			lucia: devDependencies["lucia"],
			"lucia-atlassian": `file:${tarball}`,
		};
		writeFileSync(join(project, "package.json"), JSON.stringify({ private: true, type: "module", dependencies }));
		run("npm", ["install", "--prefer-offline", "--no-audit", "--no-fund"]);
		writeConfig(compatibilityDates[0], {});
		run(process.execPath, [wrangler, "d1", "execute", "app", "--local", "--file", "www/migrations/0001_lucia.sql"]);
	});

	after(async () => {
		for (const close of closing.reverse()) await close();
	});

	function writeConfig(compatibilityDate: string, vars: Record<string, string>): void {
		const config = {
			name: "app",
			main: "tests/signin/worker.ts",
			compatibility_date: compatibilityDate,
			d1_databases: [{ binding: "DB", database_name: "app", database_id: "app" }],
			vars,
		};
		writeFileSync(join(project, "wrangler.json"), JSON.stringify(config));
	}

	for (const compatibilityDate of compatibilityDates) {
		suite(`compatibility_date ${compatibilityDate}`, () => {
			let running: Running;
			const closing: (() => unknown)[] = [];

			before(async () => {
				const standIn = await startAtlassian();
				closing.push(() => standIn.close());
				const [client] = standIn.clients;
				assert.ok(client);
				writeConfig(compatibilityDate, {
					ATLASSIAN_CLIENT_ID: client.id,
					ATLASSIAN_CLIENT_SECRET: client.secret,
					STAND_IN: standIn.origin,
				});
				const worker = startWorker(project, env);
				closing.push(() => worker.stop());
				const origin = await worker.origin;
				client.redirectUris.push(origin + CALLBACK_PATH);
				running = { origin, atlassian: standIn };
			});

			after(async () => {
				for (const close of closing.reverse()) await close();
			});

			signInScenarios(() => running);
		});
	}
});

/** Serves the Worker of a project on a free port. */
function startWorker(project: string, env: NodeJS.ProcessEnv): { origin: Promise<string>; stop: () => Promise<void> } {
	const args = ["dev", "--local", "--ip", "127.0.0.1", "--port", "0", "--inspector-port", "0"];
	// A process group of its own, so that what wrangler starts ends with it.
	const child = spawn(process.execPath, [wrangler, ...args], {
		cwd: project,
		env,
		detached: true,
		stdio: ["ignore", "pipe", "pipe"],
	});
	const kill = () => {
		try {
			if (child.pid) process.kill(-child.pid, "SIGKILL");
		} catch (error) {
			if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
		}
	};
	// Before the listener that removes the project.
	process.prependOnceListener("exit", kill);
	const closed = once(child, "close");
	return {
		origin: whenReady(child),
		async stop() {
			kill();
			await closed;
			process.off("exit", kill);
		},
	};
}

function whenReady(child: ChildProcess): Promise<string> {
	return new Promise((resolve, reject) => {
		let output = "";
		for (const stream of [child.stdout, child.stderr]) {
			stream?.setEncoding("utf8").on("data", (text: string) => {
				output += text;
				const [, origin] = /Ready on (http:\/\/127\.0\.0\.1:\d+)/.exec(output) ?? [];
				if (origin) resolve(origin);
			});
		}
		const fail = (what: string) => reject(new Error(`wrangler ${what}:\n${output}`));
		const late = setTimeout(fail, 60_000, "was not ready within a minute");
		child.once("error", reject);
		child.once("close", () => {
			clearTimeout(late);
			fail("ended before it was ready");
		});
	});
}
