// The program that a Node of either version runs: takes batches from its parent and times them. What
// the peers send to Atlassian goes to a server on this machine by way of the dispatcher of Node's own
// `fetch`, so that nothing of the peers and nothing of `fetch` is replaced.

import { type Job, verify, work } from "./work.ts";

interface Dispatcher {
	dispatch: (options: { origin: string }, handler: unknown) => boolean;
}

const origin = process.env["BENCH_ORIGIN"] ?? "";
const symbol = Symbol.for("undici.globalDispatcher.1");
const globals = globalThis as unknown as Record<symbol, Dispatcher | undefined>;

// Node loads its `fetch` with the first use, and with that the dispatcher.
await (await fetch(`${origin}/me`)).text();
const dispatcher = globals[symbol];
if (!dispatcher) throw new Error(`Node ${process.version} keeps its dispatcher elsewhere`);
globals[symbol] = {
	dispatch: (options, handler) => dispatcher.dispatch({ ...options, origin }, handler)
};

process.on("message", (job: Job | "verify") => {
	const answer = async () => {
		if (job === "verify") return verify();
		const started = performance.now();
		const before = process.cpuUsage();
		const latencies = await work(job, () => performance.now());
		const { user, system } = process.cpuUsage(before);
		return { milliseconds: performance.now() - started, latencies, cpu: (user + system) / 1_000 };
	};
	answer().then(
		(sample) => process.send?.({ sample }),
		(error: Error) => process.send?.({ error: String(error.stack) })
	);
});
process.on("disconnect", () => process.exit());
process.send?.({});
