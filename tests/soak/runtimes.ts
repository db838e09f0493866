// Starts the app in a process of its own in each runtime, and tells how much memory that process takes.

import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

import { build } from "esbuild";
import { schema } from "lucia-atlassian/stores";
import { Miniflare, fetch as fetchWebSocket } from "miniflare";

import { start } from "../packaging/process.ts";
import { migrations } from "./migrations.ts";

const path = (relative: string) => fileURLToPath(new URL(relative, import.meta.url));
/** What the soak makes. */
export const scratch = path("../../target/soak");

/** What JavaScript has in use, and what it holds outside of its heap. */
export interface Heap {
	heap: number;
	external: number;
}

export interface Runtime {
	name: string;
	version: string;
	origin: string;
	/** What the process has in memory, in bytes. */
	rss: () => number;
	/** What is in use after a collection, in bytes, where the app cannot tell. */
	heap?: () => Promise<Heap>;
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
		inspectorPort: 0,
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
	return {
		name: "workerd",
		version,
		origin,
		rss: () => residentSize(pid),
		heap: await inspectHeap(await miniflare.getInspectorURL(), origin),
		stop: () => miniflare.dispose()
	};
}

/** By the inspector: workerd collects so late that without being told to it takes hundreds of megabytes. */
async function inspectHeap(inspector: URL, origin: string): Promise<() => Promise<Heap>> {
	const targets = (await (await fetch(`http://${inspector.host}/json`)).json()) as { webSocketDebuggerUrl: string }[];
	const urls = targets.map(({ webSocketDebuggerUrl }) => webSocketDebuggerUrl);
	const isApp = (url: string) => url.endsWith("/core:user:soak");
	const app = await inspect(urls.find(isApp) ?? "");
	// D1 runs in isolates of its own.
	const others = await Promise.all(urls.filter((url) => !isApp(url)).map(inspect));
	return async () => {
		for (const other of others) other("HeapProfiler.collectGarbage").catch(() => {});
		let isCollected = false;
		const collection = app("HeapProfiler.collectGarbage").then(() => (isCollected = true));
		// It is put off while the isolate has nothing to do.
		const poke = async () => {
			while (!isCollected) await Promise.race([collection, fetch(origin).then((response) => response.arrayBuffer())]);
		};
		await Promise.all([collection, poke()]);
		const { usedSize, embedderHeapUsedSize, backingStorageSize } = await app("Runtime.getHeapUsage");
		return { heap: usedSize + embedderHeapUsedSize, external: backingStorageSize };
	};
}

/** Gives what calls a method of the Chrome DevTools Protocol. */
async function inspect(url: string): Promise<(method: string) => Promise<any>> {
	const { webSocket } = await fetchWebSocket(url.replace(/^ws/, "http"), { headers: { Upgrade: "websocket" } });
	if (!webSocket) throw new Error(`there is no inspector at ${url}`);
	const waiting = new Map<number, (result: any) => void>();
	webSocket.addEventListener("message", ({ data }) => {
		const { id, result } = JSON.parse(String(data));
		waiting.get(id)?.(result);
		waiting.delete(id);
	});
	webSocket.accept();
	let count = 0;
	return (method) =>
		new Promise((resolve, reject) => {
			const id = ++count;
			const late = setTimeout(() => {
				waiting.delete(id);
				reject(new Error(`the inspector did not respond to ${method}`));
			}, 30_000).unref();
			waiting.set(id, (result) => {
				clearTimeout(late);
				resolve(result);
			});
			webSocket.send(JSON.stringify({ id, method, params: {} }));
		});
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
