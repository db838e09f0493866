// Runs the program that measures memory and counts crossings, in a process for each question.

import { execFile } from "node:child_process";
import { promisify } from "node:util";

import { bundle } from "./runtimes.ts";

/** What is held at a time: bytes, and entries of the table. */
export interface Held {
	heap: number;
	wasm: number;
	table: number;
}

/** By how much that has grown, and the bytes of the heap from the beginning to the end, which it is told from. */
export interface Growth extends Held {
	heaps: number[];
}

/** The functions that one call calls across the boundary, by name, and how often. */
export interface Crossings {
	/** From JavaScript into wasm. */
	into: Record<string, number>;
	/** From wasm into JavaScript. */
	out: Record<string, number>;
}

/** What the program prints. */
export interface MemoryReport {
	growth?: Record<string, Growth>;
	crossings?: Record<string, Crossings>;
}

/**
 * The bytes by which the heap of a process that keeps nothing can seem to grow, since collections differ; with a time
 * limit, Node's own tables of signals and timers do, too: by 0.2 MB in 300,000 callbacks without the package.
 */
export const mostHeap = (what: string): number => (what.endsWith("timeout") ? 500_000 : 300_000);

/** How often each is done, in all. */
export interface Counts {
	urls: number;
	callbacks: number;
	providers: number;
}

async function report(node: string, counts: Counts, mode: string): Promise<MemoryReport> {
	const program = await bundle("memory.ts", "memory.mjs", {
		platform: "node",
		packages: "external"
	});
	const { stdout } = await promisify(execFile)(node, [
		"--expose-gc",
		program,
		JSON.stringify(counts),
		mode
	]);
	return JSON.parse(stdout) as MemoryReport;
}

/** How memory grows, with a `FinalizationRegistry` and without. */
export async function memoryGrowth(node: string, counts: Counts, registry: boolean) {
	const mode = registry ? "with-registry" : "without-registry";
	const { growth } = await report(node, counts, mode);
	if (!growth) throw new Error("expected the program to report growth");
	return growth;
}

/** What crosses the boundary for one call of each function. */
export async function crossings(node: string) {
	const { crossings } = await report(node, { urls: 0, callbacks: 0, providers: 0 }, "counting");
	if (!crossings) throw new Error("expected the program to report crossings");
	return crossings;
}
