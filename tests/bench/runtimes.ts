// Bundles the programs of the benchmark and starts them in the runtimes: one process with all peers loaded, which does
// one job at a time.

import { execFile, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { basename, dirname, join } from "node:path";
import type { Readable } from "node:stream";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

import { type BuildOptions, build } from "esbuild";

import { openChromium } from "../../www/chromium.ts";
import { bin, node, versionOf } from "../packaging/project.ts";
import type { Crossings, Growth } from "./memory-program.ts";
import type { Job } from "./work.ts";

const here = dirname(fileURLToPath(import.meta.url));
export const root = dirname(dirname(here));
/** The folder of everything that the benchmark makes on its way. */
export const scratch = join(root, "target", "bench");

/** A runtime with all peers loaded. */
export interface Runtime {
	/** Does a job and gives the milliseconds that it took; `verify` rejects unless all peers do the same work there. */
	run: (job: Job | "verify") => Promise<number>;
	stop: () => Promise<unknown>;
}

/** Bundles a file of this folder, or a source, into the scratch folder; gives the path of the bundle. */
export async function bundle(entry: string | { source: string }, name: string, options: BuildOptions): Promise<string> {
	const outfile = join(scratch, name);
	mkdirSync(dirname(outfile), { recursive: true });
	await build({
		...(typeof entry === "string"
			? { entryPoints: [join(here, entry)] }
			: { stdin: { contents: entry.source, resolveDir: here, sourcefile: name } }),
		outfile,
		bundle: true,
		format: "esm",
		target: "es2022",
		logLevel: "error",
		...options
	});
	return outfile;
}

/** How a Worker is bundled: minified, and each wasm beside it under the hash of its content. */
export const workerOptions: BuildOptions = {
	conditions: ["workerd", "worker", "browser"],
	platform: "browser",
	minify: true,
	plugins: [
		{
			name: "wasm",
			setup: ({ onResolve }) => {
				onResolve({ filter: /\.wasm(\?module)?$/ }, ({ path, resolveDir }) => {
					const wasm = readFileSync(join(resolveDir, path.replace("?module", "")));
					const name = `${createHash("sha256").update(wasm).digest("hex").slice(0, 16)}.wasm`;
					mkdirSync(scratch, { recursive: true });
					writeFileSync(join(scratch, name), wasm);
					return { path: `./${name}`, external: true };
				});
			}
		}
	]
};

/** Ends a child process with this one at the latest. */
function stopper(child: ReturnType<typeof spawn>): () => Promise<void> {
	const kill = () => child.kill("SIGKILL");
	process.once("exit", kill);
	const closed = once(child, "close").then(() => process.off("exit", kill));
	return async () => {
		kill();
		await closed;
	};
}

/** Starts Node of a major version, whose requests go to `origin`. */
export async function startNode(major: 20 | 24, origin: string, options: BuildOptions = {}): Promise<Runtime> {
	const program = await bundle("node.ts", "node.mjs", { platform: "node", packages: "external", ...options });
	const child = spawn(node(major), [program], {
		env: { ...process.env, BENCH_ORIGIN: origin },
		stdio: ["ignore", "inherit", "inherit", "ipc"]
	});
	const stop = stopper(child);
	const ended = once(child, "close").then(([status]): never => {
		throw new Error(`Node ${major} ended with ${status}`);
	});
	ended.catch(() => {});
	const milliseconds = async () => (await Promise.race([once(child, "message"), ended]))[0] as number;
	await milliseconds();
	const run = (job: Job | "verify") => {
		child.send(job);
		return milliseconds();
	};
	return { run, stop };
}

async function memoryReport<Report>(node: string, mode: string, counts = {}): Promise<Record<string, Report>> {
	const program = await bundle("memory-program.ts", "memory.mjs", { platform: "node", packages: "external" });
	const { stdout } = await promisify(execFile)(node, ["--expose-gc", program, JSON.stringify(counts), mode]);
	return JSON.parse(stdout) as Record<string, Report>;
}

/** By how much memory grows with so many URLs or callbacks more, with a `FinalizationRegistry` or without. */
export const memoryGrowth = (node: string, counts: { urls: number; callbacks: number }, registry: boolean) =>
	memoryReport<Growth>(node, registry ? "with-registry" : "without-registry", counts);

/** The calls across the boundary for one call of each function. */
export const crossingsOf = (node: string) => memoryReport<Crossings>(node, "crossings");

/** The version of workerd among the fixtures of the packaging tests. */
export const workerdVersion = () => versionOf("workerd");

const workerdProgram = () => {
	const fromFixtures = createRequire(join(dirname(bin("workerd")), "..", "workerd", "package.json"));
	return (fromFixtures("./lib/main.js") as { default: string }).default;
};

/**
 * Starts workerd with the bundle of a Worker, and gives its address; no proxy and no debugger is in between. Its
 * requests go to `outbound`; without that, to whatever address on this machine they name.
 */
export async function startWorkerd(bundled: string, outbound?: string) {
	const wasm = new Set(readFileSync(bundled, "utf8").match(/\b[0-9a-f]{16}\.wasm\b/g));
	const modules = [
		`(name = "worker.js", esModule = embed "${basename(bundled)}")`,
		...[...wasm].map((name) => `(name = "${name}", wasm = embed "${name}")`)
	];
	const [, year, month, day] = /^\d+\.(\d{4})(\d\d)(\d\d)\./.exec(workerdVersion()) ?? [];
	const network = outbound ? `external = (address = "${new URL(outbound).host}", http = ())` : `network = (allow = ["private"])`;
	const config = bundled.replace(/\.js$/, ".capnp");
	writeFileSync(
		config,
		`using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
	services = [(name = "worker", worker = .worker), (name = "outbound", ${network})],
	sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "worker")]
);
const worker :Workerd.Worker = (
	modules = [${modules.join(", ")}],
	compatibilityDate = "${year}-${month}-${day}",
	globalOutbound = "outbound"
);
`
	);
	const child = spawn(workerdProgram(), ["serve", config, "--control-fd=3"], {
		stdio: ["ignore", "inherit", "inherit", "pipe"]
	});
	const stop = stopper(child);
	const control = (child.stdio[3] as Readable).setEncoding("utf8");
	let output = "";
	const port = await new Promise<string>((resolve, reject) => {
		child.once("close", (status) => reject(new Error(`workerd ended with ${status}`)));
		control.on("data", (text: string) => {
			output += text;
			const [, found] = /"port":(\d+)/.exec(output) ?? [];
			if (found) resolve(found);
		});
	});
	return { origin: `http://127.0.0.1:${port}`, stop };
}

/** Starts workerd with all peers, whose requests go to `origin`. */
export async function startWorker(origin: string, options: BuildOptions = {}): Promise<Runtime> {
	const source = `import { timed } from "./work.ts";
		export default { fetch: async (request) => new Response(await timed(await request.json())) };`;
	const bundled = await bundle({ source }, "worker.js", { ...workerOptions, ...options });
	const { origin: workerd, stop } = await startWorkerd(bundled, origin);
	const run = async (job: Job | "verify") => {
		// A Worker's clock stands still while code runs.
		const started = performance.now();
		const response = await fetch(workerd, { method: "POST", body: JSON.stringify(job) });
		if (!response.ok) throw new Error(`workerd failed to do ${JSON.stringify(job)}: its reason is above`);
		await response.text();
		return performance.now() - started;
	};
	return { run, stop };
}

/** Starts Chromium with all peers. A page cannot send the secret of an app anywhere, so it does no job over HTTP. */
export async function startChromium(options: BuildOptions = {}): Promise<Runtime> {
	const source = `import { timed } from "./work.ts"; Object.assign(globalThis, { timed });`;
	const path = await bundle({ source }, "page.js", { conditions: ["browser"], platform: "browser", minify: true, ...options });
	const browser = await openChromium();
	try {
		const page = await browser.newPage();
		await page.addScriptTag({ path, type: "module" });
		await page.waitForFunction("globalThis.timed");
		return { run: (job) => page.evaluate(`timed(${JSON.stringify(job)})`), stop: () => browser.close() };
	} catch (error) {
		await browser.close();
		throw error;
	}
}
