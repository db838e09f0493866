// How often a second work is done: batches that are long enough to be timed, in rounds. Where they run is left to
// the runtimes, what is made of the rates to `compare.ts`.

import type { Runtime, Sample } from "./runtimes.ts";
import { inRounds, quantile } from "./statistics.ts";
import type { Job } from "./work.ts";

/** What each job came to. */
export interface Rates<Name extends string> {
	/** How often a second it was done, by round. */
	rates: Record<Name, number[]>;
	/** Milliseconds within which 99 of 100 were done, where each was timed: of `P99_ROUNDS` rounds together. */
	p99s: Partial<Record<Name, number[]>>;
	/** How much of a core it took, by round, where the runtime knows. */
	busy: Partial<Record<Name, number[]>>;
}

/** A single round has about a hundred callbacks, of which the 99th percentile would be the second slowest. */
export const P99_ROUNDS = 12;

/** Does each job in each round, in batches that take about so many milliseconds. */
export async function measureRates<Name extends string>(
	runtime: Pick<Runtime, "run">,
	jobs: Record<Name, Omit<Job, "count">>,
	rounds: number,
	batch: number
): Promise<Rates<Name>> {
	const names = Object.keys(jobs) as Name[];
	const counts = {} as Record<Name, number>;
	for (const name of names) counts[name] = await calibrate(runtime, jobs[name], batch);
	const measure = (name: Name): Promise<Sample> => runtime.run({ ...jobs[name], count: counts[name] });
	// Once to warm up: compilers go on for longer than it takes to count.
	await inRounds(1, names, measure);
	const samples = await inRounds(rounds, names, measure);
	const found: Rates<Name> = { rates: {} as Record<Name, number[]>, p99s: {}, busy: {} };
	for (const name of names) {
		found.rates[name] = samples[name].map(({ milliseconds }) => (counts[name] * 1000) / milliseconds);
		if (samples[name].every(({ cpu }) => cpu !== undefined)) {
			found.busy[name] = samples[name].map(({ cpu = 0, milliseconds }) => cpu / milliseconds);
		}
		if (samples[name].every(({ latencies }) => latencies.length > 0)) {
			const together = Array.from({ length: Math.ceil(rounds / P99_ROUNDS) }, (_, group) =>
				samples[name].slice(group * P99_ROUNDS, (group + 1) * P99_ROUNDS).flatMap(({ latencies }) => latencies)
			);
			found.p99s[name] = together.map((latencies) => quantile(latencies, 0.99));
		}
	}
	return found;
}

/** Finds how often the work has to be done for a batch to take its time. */
async function calibrate(runtime: Pick<Runtime, "run">, job: Omit<Job, "count">, batch: number): Promise<number> {
	let count = Math.max(16, job.inFlight);
	for (;;) {
		const { milliseconds } = await runtime.run({ ...job, count });
		if (milliseconds > batch / 4) {
			// So that most of the time as many are in flight as should be.
			return Math.max(3 * job.inFlight, Math.ceil((count * batch) / milliseconds));
		}
		count *= 4;
	}
}
