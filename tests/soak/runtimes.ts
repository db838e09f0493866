// Starts the app in a process of its own in each runtime, and tells how much memory that process takes.

import { execFileSync } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

import { build } from "esbuild";
import { schema } from "lucia-atlassian/stores";
import { Miniflare } from "miniflare";

import { start } from "../packaging/process.ts";
import { migrations } from "./migrations.ts";

const path = (relative: string) => fileURLToPath(new URL(relative, import.meta.url));
/** What the soak makes. */
export const scratch = path("../../target/soak");

export interface Runtime {
	name: string;
	version: string;
	origin: string;
	/** What the process has in memory, in bytes. */
	rss: () => number;
	stop: () => Promise<unknown>;
}

export async function startNode(): Promise<Runtime> {
	const { ready, pid, stop } = await start(process.execPath, ["--expose-gc", "--import", "tsx", path("node.ts")], {
		cwd: path("../.."),
		ready: /listening on (\S+)/
	});
	return { name: "Node", version: process.versions.node, origin: ready[1] ?? "", rss: () => residentSize(pid), stop };
}

export async function startWorkerd(): Promise<Runtime> {
	const outfile = join(scratch, "worker.mjs");
	mkdirSync(scratch, { recursive: true });
	await build({
		entryPoints: [path("worker.ts")],
		outfile,
		bundle: true,
		format: "esm",
		target: "es2022",
		logLevel: "error",
		conditions: ["workerd"],
		loader: { ".wasm": "copy" },
		assetNames: "[name]"
	});
	const wasm = "lucia_atlassian_bg.wasm";
	const before = new Set(childrenNamed("workerd"));
	const miniflare = new Miniflare({
		cf: false,
		name: "soak",
		// The oldest, without a FinalizationRegistry.
		compatibilityDate: "2021-11-02",
		modules: [
			{ type: "ESModule", path: "worker.mjs", contents: readFileSync(outfile, "utf8") },
			{ type: "CompiledWasm", path: `${wasm}?module`, contents: readFileSync(join(dirname(outfile), wasm)) }
		],
		d1Databases: { DB: "app" },
		unsafeDirectSockets: [{ host: "127.0.0.1", port: 0 }]
	});
	await miniflare.ready;
	const database = await miniflare.getD1Database("DB");
	for (const statement of [...migrations, schema]) await database.prepare(statement).run();
	const [pid] = childrenNamed("workerd").filter((pid) => !before.has(pid));
	if (pid === undefined) throw new Error("expected Miniflare to have started workerd");
	const { version } = JSON.parse(readFileSync(path("../../node_modules/workerd/package.json"), "utf8"));
	const { origin } = await miniflare.unsafeGetDirectURL("soak");
	return { name: "workerd", version, origin, rss: () => residentSize(pid), stop: () => miniflare.dispose() };
}

// Linux without `ps` is common in containers, and macOS has no /proc.
const isLinux = process.platform === "linux";

const ps = (...args: string[]) => execFileSync("ps", args, { encoding: "utf8" });

function residentSize(pid: number): number {
	const text = isLinux ? /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1] : ps("-o", "rss=", "-p", `${pid}`);
	return Number(text) * 1024;
}

/** The processes of this name that this one has started. */
function childrenNamed(name: string): number[] {
	const processes = isLinux
		? readdirSync("/proc").flatMap((pid) => {
				if (!/^\d+$/.test(pid)) return [];
				try {
					const [, command, parent] = /^\d+ \((.*)\) \S (\d+)/.exec(readFileSync(`/proc/${pid}/stat`, "utf8")) ?? [];
					return [[pid, parent, command]];
				} catch {
					// It has just ended.
					return [];
				}
			})
		: ps("-A", "-o", "pid=,ppid=,comm=").split("\n").map((line) => line.trim().split(/\s+/));
	return processes
		.filter(([, parent, command]) => Number(parent) === process.pid && command?.endsWith(name))
		.map(([pid]) => Number(pid));
}
