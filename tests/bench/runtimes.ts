// Bundles the programs of the benchmark and starts them in the runtimes: one process each, in which all
// peers are loaded, and which takes one batch at a time.

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import { type AddressInfo, connect } from "node:net";
import { basename, dirname, join } from "node:path";
import type { Readable } from "node:stream";
import { fileURLToPath } from "node:url";

import { type BuildOptions, type Plugin, build } from "esbuild";

import { start } from "../packaging/process.ts";
import { bin, node, versionOf } from "../packaging/project.ts";
import { withBrowser } from "../packaging/webdriver.ts";
import { quantile } from "./statistics.ts";
import type { Job } from "./work.ts";

const here = dirname(fileURLToPath(import.meta.url));
export const root = dirname(dirname(here));
/** What the benchmark makes on its way. */
export const scratch = join(root, "target", "bench");

/** One batch. */
export interface Sample {
	milliseconds: number;
	/** How long callbacks took, each by itself. */
	latencies: number[];
	/** Milliseconds for which the process had a core, where it knows. */
	cpu?: number;
}

/** A runtime with all peers loaded. */
export interface Runtime {
	name: string;
	version: string;
	run: (job: Job) => Promise<Sample>;
	/** Rejects unless all peers do the same work there. */
	verify: () => Promise<unknown>;
	stop: () => Promise<unknown>;
}

/** Bundles a program into a folder of its own, with the wasm beside it where the runtime wants a file. */
export async function bundle(
	entry: string | { name: string; source: string },
	name: string,
	options: BuildOptions
): Promise<string> {
	const outfile = join(scratch, name);
	mkdirSync(dirname(outfile), { recursive: true });
	await build({
		...(typeof entry === "string"
			? { entryPoints: [join(here, entry)] }
			: { stdin: { contents: entry.source, resolveDir: here, sourcefile: entry.name } }),
		outfile,
		bundle: true,
		format: "esm",
		target: "es2022",
		logLevel: "error",
		...options
	});
	return outfile;
}

// jira.js imports modules of Node's for uploads, which its OAuth functions have nothing to do with.
const withoutNode: Plugin = {
	name: "without Node",
	setup: ({ onLoad, onResolve }) => {
		onResolve({ filter: /^(node:.*|path)$/ }, ({ path }) => ({ path, namespace: "empty" }));
		onLoad({ filter: /.*/, namespace: "empty" }, () => ({ contents: "module.exports = {};" }));
	}
};

/** How a Worker is bundled: the edge entry, minified, and the wasm left to the runtime. */
export const workerOptions: BuildOptions = {
	conditions: ["workerd", "worker", "browser"],
	platform: "browser",
	minify: true,
	plugins: [
		withoutNode,
		{
			name: "wasm",
			setup: ({ onResolve }) => {
				onResolve({ filter: /\.wasm\?module$/ }, ({ path, resolveDir }) => {
					const wasm = join(resolveDir, path.replace("?module", ""));
					writeFileSync(join(scratch, basename(wasm)), readFileSync(wasm));
					return { path: `./${basename(wasm)}`, external: true };
				});
			}
		}
	]
};

/** Starts the server that answers in place of Atlassian, in a process of its own, in chunks or saying how much there is. */
export async function startServer(kind: "chunked" | "" = "") {
	const program = await bundle("server.ts", "server.mjs", { platform: "node" });
	const { ready, stop } = await start(process.execPath, [program, kind], {
		ready: /listening on (http:\/\/\S+)/
	});
	return { origin: ready[1] ?? "", stop };
}

/**
 * How many callbacks a second the server can answer: pairs of requests that are ready to be sent, over 64
 * connections, by nothing but sockets.
 */
export async function serverRate(origin: string, milliseconds: number): Promise<number> {
	const { hostname, port } = new URL(origin);
	const body = `code=${"x".repeat(1_000)}`;
	const requests = [
		`POST /oauth/token HTTP/1.1\r\nHost: ${hostname}\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
		`GET /me HTTP/1.1\r\nHost: ${hostname}\r\nAuthorization: Bearer ${"x".repeat(2_400)}\r\n\r\n`
	];
	let answers = 0;
	const sockets = Array.from({ length: 64 }, () => {
		let sent = 0;
		const socket = connect(Number(port), hostname);
		const send = () => socket.write(requests[sent++ % 2] as string);
		// An answer ends with the brace that closes its JSON.
		socket.setNoDelay().on("connect", send).on("data", (data) => {
			if (data.at(-1) !== 0x7d) return;
			answers++;
			send();
		});
		return socket;
	});
	await new Promise((resolve) => setTimeout(resolve, milliseconds / 4));
	answers = 0;
	const started = performance.now();
	await new Promise((resolve) => setTimeout(resolve, milliseconds));
	const rate = (answers / 2 / (performance.now() - started)) * 1000;
	for (const socket of sockets) socket.destroy();
	return rate;
}

/** Node of a major version. */
export async function startNode(major: 20 | 24, origin: string): Promise<Runtime> {
	const program = await bundle("node.ts", "node.mjs", { platform: "node", packages: "external" });
	const child = spawn(node(major), [program], {
		env: { ...process.env, BENCH_ORIGIN: origin },
		stdio: ["ignore", "inherit", "inherit", "ipc"]
	});
	const kill = () => child.kill("SIGKILL");
	process.once("exit", kill);
	const answer = () => messageOf(child, `Node ${major}`);
	await answer();
	const send = async (job: Job | "verify") => {
		child.send(job);
		return (await answer()) as Sample;
	};
	return {
		name: `Node ${major}`,
		version: versionOf(`node-${major}`),
		run: send,
		verify: () => send("verify"),
		stop: async () => {
			const closed = once(child, "close");
			kill();
			await closed;
			process.off("exit", kill);
		}
	};
}

async function messageOf(child: ChildProcess, name: string): Promise<unknown> {
	const ended = new AbortController();
	const gone = once(child, "close", { signal: ended.signal }).then(([status]) => {
		throw new Error(`${name} ended with ${status}`);
	});
	try {
		const [message] = await Promise.race([once(child, "message"), gone]);
		const { sample, error } = message as { sample: unknown; error?: string };
		if (error !== undefined) throw new Error(`${name}: ${error}`);
		return sample;
	} finally {
		gone.catch(() => {});
		ended.abort();
	}
}

/** The workerd of the packaging fixtures: its version, and the executable itself. */
export const workerdVersion = () => versionOf("workerd");
const workerdProgram = () => {
	const fromFixtures = createRequire(join(dirname(bin("workerd")), "..", "workerd", "package.json"));
	return (fromFixtures("./lib/main.js") as { default: string }).default;
};

/**
 * Starts workerd with a bundle of a Worker, and gives where it listens; nothing stands between, and no debugger
 * listens. `outbound` is where its `fetch` goes; without, to whatever address on this machine it names.
 */
export async function startWorkerd(bundled: string, outbound?: string) {
	const wasm = "lucia_atlassian_bg.wasm";
	const usesWasm = readFileSync(bundled, "utf8").includes(wasm);
	const [, date = ""] = /^\d+\.(\d{8})\./.exec(workerdVersion()) ?? [];
	const config = bundled.replace(/\.js$/, ".capnp");
	const network =
		outbound === undefined
			? `network = (allow = ["private"])`
			: `external = (address = "${new URL(outbound).host}", http = ())`;
	writeFileSync(
		config,
		`using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
	services = [
		(name = "worker", worker = .worker),
		(name = "outbound", ${network})
	],
	sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "worker")]
);
const worker :Workerd.Worker = (
	modules = [
		(name = "worker.js", esModule = embed "${basename(bundled)}")${
			usesWasm ? `,\n\t\t(name = "${wasm}", wasm = embed "${wasm}")` : ""
		}
	],
	compatibilityDate = "${date.replace(/(....)(..)(..)/, "$1-$2-$3")}",
	globalOutbound = "outbound"
);
`
	);
	const child = spawn(workerdProgram(), ["serve", config, "--control-fd=3"], {
		stdio: ["ignore", "inherit", "inherit", "pipe"]
	});
	const kill = () => child.kill("SIGKILL");
	process.once("exit", kill);
	const control = child.stdio[3] as Readable;
	let output = "";
	const port = await new Promise<string>((resolve, reject) => {
		child.once("close", (status) => reject(new Error(`workerd ended with ${status}`)));
		control.setEncoding("utf8").on("data", (text: string) => {
			output += text;
			const [, found] = /"port":(\d+)/.exec(output) ?? [];
			if (found) resolve(found);
		});
	});
	return {
		origin: `http://127.0.0.1:${port}`,
		stop: async () => {
			const closed = once(child, "close");
			kill();
			await closed;
			process.off("exit", kill);
		}
	};
}

// Of so many callbacks of a batch, workerd is asked how long they take: one to a request, whose own time is taken off.
const TIMED_CALLBACKS = 70;

// workerd keeps 10,000 timers for a request at most, and each callback with a time limit sets two.
const CALLBACKS_A_REQUEST = 4_000;

/**
 * A batch whose clock has to be read from outside: its time is that of the requests which do it, less that of as many which do
 * nothing. `post` makes one and gives its milliseconds.
 */
export async function sampleOf(post: (job: Job) => Promise<number>, job: Job): Promise<Sample> {
	const most = job.work === "url" ? job.count : CALLBACKS_A_REQUEST;
	const hasTurns = job.work === "callback" || job.work === "chunked";
	const nothing = { ...job, work: hasTurns ? ("turns" as const) : ("none" as const), count: Math.min(job.count, most) };
	const overhead = Math.min(await post(nothing), await post(nothing), await post(nothing));
	let milliseconds = 0;
	for (let left = job.count; left > 0; left -= most) {
		const count = Math.min(left, most);
		// A part of a batch has fewer turns.
		const share = hasTurns ? count / nothing.count : 1;
		milliseconds += (await post({ ...job, count })) - overhead * share;
	}
	const latencies: number[] = [];
	if (job.work === "loopback" && job.inFlight === 1) {
		const own: number[] = [];
		for (let i = 0; i < TIMED_CALLBACKS; i++) {
			own.push(await post(nothing));
			latencies.push(await post({ ...job, count: 1 }));
		}
		const usual = quantile(own, 0.5);
		// Such a clock cannot tell less than this.
		for (const [index, latency] of latencies.entries()) latencies[index] = Math.max(0.01, latency - usual);
	}
	return { milliseconds: Math.max(0.1, milliseconds), latencies };
}

/** workerd. */
export async function startWorker(origin: string): Promise<Runtime> {
	const bundled = await bundle("worker.ts", "worker.js", workerOptions);
	const { origin: workerd, stop } = await startWorkerd(bundled, origin);
	const post = async (job: Job | "verify") => {
		const started = performance.now();
		const response = await fetch(workerd, { method: "POST", body: JSON.stringify(job) });
		const text = await response.text();
		if (!response.ok) throw new Error(`workerd: ${text}`);
		return performance.now() - started;
	};
	return {
		name: "workerd",
		version: workerdVersion(),
		run: (job) => sampleOf(post, job),
		verify: () => post("verify"),
		stop
	};
}

/** Chromium. A page cannot send the secret of an app anywhere, so there is no `loopback`. */
export async function startChromium(): Promise<Runtime> {
	const bundled = await bundle("page.ts", "page.js", {
		conditions: ["browser"],
		platform: "browser",
		minify: true,
		plugins: [withoutNode]
	});
	// The page asks for a batch; the question waits here until there is one.
	let asked: (job: Job | "verify") => void = () => {};
	let reported: (report: { sample?: Sample; error?: string }) => void = () => {};
	let failed: (error: Error) => void = () => {};
	let ready = deferred<void>();
	const server = createServer(async (request, response) => {
		if (request.url !== "/job") {
			const isScript = request.url === "/page.js";
			response.writeHead(200, { "Content-Type": isScript ? "text/javascript" : "text/html" });
			response.end(
				isScript
					? readFileSync(bundled)
					: '<!doctype html><meta charset="utf-8"><script type="module" src="/page.js"></script>'
			);
			return;
		}
		let body = "";
		for await (const chunk of request.setEncoding("utf8")) body += chunk;
		reported(JSON.parse(body));
		asked = (job) => response.end(JSON.stringify(job));
		ready.resolve();
	});
	await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
	const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;

	let close = () => {};
	const opened = deferred<string>();
	const closed = withBrowser("Chromium", async ({ version, navigate }) => {
		await navigate(address);
		opened.resolve(version);
		await new Promise<void>((resolve) => (close = resolve));
	}).catch((error: Error) => {
		opened.reject(error);
		failed(error);
	});
	const version = await opened.promise;
	const send = async (job: Job | "verify") => {
		await ready.promise;
		ready = deferred();
		const report = new Promise<{ sample?: Sample; error?: string }>((resolve, reject) => {
			reported = resolve;
			failed = reject;
		});
		asked(job);
		const { sample, error } = await report;
		if (error !== undefined) throw new Error(`Chromium: ${error}`);
		return sample as Sample;
	};
	return {
		name: "Chromium",
		version,
		run: send,
		verify: () => send("verify"),
		stop: async () => {
			close();
			await closed;
			server.closeAllConnections();
			await new Promise((resolve) => server.close(resolve));
		}
	};
}

// `Promise.withResolvers`, which Node 20 lacks.
function deferred<T>() {
	let resolve: (value: T) => void = () => {};
	let reject: (error: Error) => void = () => {};
	const promise = new Promise<T>((...settle) => {
		[resolve, reject] = settle;
	});
	return { promise, resolve, reject };
}
