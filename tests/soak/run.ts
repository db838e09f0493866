// A soak: visitors in many lanes for so many minutes in all runtimes at once, and samples of what they did
// and of the memory that it took. The stand-ins and this driver share a process; what is measured does not run in it.

import { mkdirSync, writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { join } from "node:path";

import { Random } from "../parity/random.ts";
import type { Result, measure } from "./app.ts";
import { chart } from "./chart.ts";
import { type Heap, type Runtime, scratch, startNode, startWorkerd } from "./runtimes.ts";
import { type Done, runLane } from "./visits.ts";

/** What was seen in one interval. */
export interface Sample {
	/** When it ended. */
	seconds: number;
	/** How many things were done. */
	done: number;
	/** How many of them rejected. */
	rejected: number;
	unexpected: number;
	/** Milliseconds, of what no fault met; `null` where nothing was done. */
	p50: number | null;
	p99: number | null;
	/** Bytes. */
	rss: number;
	wasm: { instances: number; memory: number; table: number };
	/** Bytes in use after a collection, and what they hold outside of the heap. */
	heap: number;
	external: number;
}

export interface RuntimeResults {
	name: string;
	version: string;
	samples: Sample[];
	/** How often each was done. */
	work: Record<string, number>;
	/** How often each fault was met. */
	faults: Record<string, number>;
	/** How often each `code` was seen. */
	codes: Record<string, number>;
	unexpectedCount: number;
	/** The first of them. */
	unexpected: string[];
	/** What has not settled at the end. */
	unsettled: number;
	/** What ended it before its time. */
	failure?: string;
}

export interface Results {
	seed: number;
	minutes: number;
	lanes: number;
	machine: { processor: string; cores: number };
	runtimes: RuntimeResults[];
}

export interface SoakOptions {
	minutes: number;
	/** Between two samples. */
	intervalSeconds: number;
	seed: number;
	/** In each runtime. */
	lanes?: number;
}

/** Writes the figures and a chart below target/soak as well. */
export async function runSoak({ minutes, intervalSeconds, seed, lanes = 16 }: SoakOptions): Promise<Results> {
	mkdirSync(scratch, { recursive: true });
	const starting = await Promise.allSettled([startNode(), startWorkerd()]);
	const running = starting.flatMap((start) => (start.status === "fulfilled" ? [start.value] : []));
	try {
		for (const start of starting) if (start.status === "rejected") throw start.reason;
		const runtimes = await Promise.all(
			running.map((runtime, index) => soak(runtime, { minutes, intervalSeconds, seed, lanes, firstLane: index * lanes }))
		);
		const [processor] = cpus();
		const machine = { processor: processor?.model ?? "", cores: cpus().length };
		const results = { seed, minutes, lanes, machine, runtimes };
		writeFileSync(join(scratch, "results.json"), JSON.stringify(results, null, "\t"));
		for (const theme of ["light", "dark"] as const) writeFileSync(join(scratch, `chart-${theme}.svg`), chart(results, theme));
		return results;
	} finally {
		await Promise.all(running.map(({ stop }) => stop()));
	}
}

async function soak(
	{ name, version, origin, rss, heap }: Runtime,
	{ minutes, intervalSeconds, seed, lanes, firstLane }: Required<SoakOptions> & { firstLane: number }
): Promise<RuntimeResults> {
	const results: RuntimeResults = {
		name, version, samples: [], work: {}, faults: {}, codes: {}, unexpectedCount: 0, unexpected: [], unsettled: 0
	};
	const count = (counts: Record<string, number>, key: string) => (counts[key] = (counts[key] ?? 0) + 1);

	/** Since the last sample. */
	let recent: Done[] = [];
	const report = (lane: number, done: Done) => {
		recent.push(done);
		count(results.work, done.work);
		if (done.fault) count(results.faults, done.fault);
		if (done.code) count(results.codes, done.code);
		if (done.unexpected === undefined) return;
		results.unexpectedCount += 1;
		const met = done.fault ? ` (${done.fault})` : "";
		if (results.unexpected.length < 20) results.unexpected.push(`lane ${lane}, ${done.work}${met}: ${done.unexpected}`);
	};
	const ask = async (task: unknown): Promise<Result> => {
		// Longer than anything may take: else it has not settled.
		const signal = AbortSignal.timeout(60_000);
		// One that is kept may be closed, for being idle, at the moment in which it is used.
		const headers = { Connection: "close" };
		const response = await fetch(origin, { method: "POST", body: JSON.stringify(task), headers, signal });
		const text = await response.text();
		if (!response.ok) throw new Error(`the app responded with ${response.status}: ${text}`);
		return JSON.parse(text) as Result;
	};
	const measured = async () => {
		const told = (await (await fetch(origin, { signal: AbortSignal.timeout(30_000) })).json()) as ReturnType<typeof measure> & Heap;
		return { ...told, ...(await heap?.()) };
	};

	const began = performance.now();
	const elapsed = () => (performance.now() - began) / 1000;
	const sample = async () => {
		const done = recent;
		recent = [];
		const { unsettled: _, ...memory } = await measured();
		const latencies = done.filter(({ fault }) => !fault).map(({ milliseconds }) => milliseconds).sort((a, b) => a - b);
		const quantile = (share: number) => latencies[Math.floor(latencies.length * share)] ?? null;
		results.samples.push({
			seconds: elapsed(),
			done: done.length,
			rejected: done.filter(({ code }) => code).length,
			unexpected: done.filter(({ unexpected }) => unexpected !== undefined).length,
			p50: quantile(0.5),
			p99: quantile(0.99),
			rss: rss(),
			...memory
		});
	};

	const isOver = () => results.failure !== undefined || elapsed() >= minutes * 60;
	// Of a runtime that has died, what was seen until then is of use, too.
	const end = (error: unknown) => {
		const { message, cause } = error as Error;
		results.failure ??= `after ${elapsed().toFixed(0)} s: ${message}${cause ? `: ${cause}` : ""}`;
	};
	const visitors = Promise.all(
		Array.from({ length: lanes }, (_, index) => {
			const lane = firstLane + index;
			const random = new Random(seed, lane);
			return runLane({ lane, random, ask, report: (done) => report(lane, done), isOver });
		})
	).catch(end);
	for (let next = intervalSeconds; !isOver(); next += intervalSeconds) {
		await new Promise((resolve) => setTimeout(resolve, Math.max(0, next - elapsed()) * 1000));
		if (results.failure === undefined) await sample().catch(end);
	}
	await visitors;
	if (results.failure === undefined) results.unsettled = (await measured()).unsettled;
	return results;
}
