// Starts the program that measures memory and counts crossings, in a process for each question.

import { execFile } from "node:child_process";
import { promisify } from "node:util";

import type { Crossings, Growth } from "./memory-program.ts";
import { bundle } from "./runtimes.ts";

async function reportOf<Report>(node: string, mode: string, counts = {}): Promise<Record<string, Report>> {
	const program = await bundle("memory-program.ts", "memory.mjs", { platform: "node", packages: "external" });
	const { stdout } = await promisify(execFile)(node, ["--expose-gc", program, JSON.stringify(counts), mode]);
	return JSON.parse(stdout) as Record<string, Report>;
}

/** By how much memory grows with so many URLs or callbacks more, with a `FinalizationRegistry` or without. */
export const memoryGrowth = (node: string, counts: { urls: number; callbacks: number }, registry: boolean) =>
	reportOf<Growth>(node, registry ? "with-registry" : "without-registry", counts);

/** The calls across the boundary for one call of each function. */
export const crossingsOf = (node: string) => reportOf<Crossings>(node, "crossings");
