// How often a second work is done: batches that are long enough to be timed, in rounds. Where they run is left to
// the runtimes, what is made of the rates to `compare.ts`.

import type { Runtime, Sample } from "./runtimes.ts";
import { inRounds } from "./statistics.ts";
import type { Job } from "./work.ts";

/** What each job came to. */
export interface Rates<Name extends string> {
	/** How often a second it was done, by round. */
	rates: Record<Name, number[]>;
	/** Milliseconds that each took, by round, where each was timed. */
	latencies: Partial<Record<Name, number[][]>>;
	/** How much of a core it took, by round, where the runtime knows. */
	busy: Partial<Record<Name, number[]>>;
}

/** Does each job in each round, in batches that take about so many milliseconds. */
export async function measureRates<Name extends string>(
	runtime: Pick<Runtime, "run">,
	jobs: Record<Name, Omit<Job, "count">>,
	rounds: number,
	batch: number
): Promise<Rates<Name>> {
	const names = Object.keys(jobs) as Name[];
	// While an interval was computed, nobody noticed which connections were closed.
	await new Promise((resolve) => setTimeout(resolve, 100));
	const counts = {} as Record<Name, number>;
	for (const name of names) counts[name] = await calibrate(runtime, jobs[name], batch);
	const measure = (name: Name): Promise<Sample> => runtime.run({ ...jobs[name], count: counts[name] });
	// Once to warm up: compilers go on for longer than it takes to count.
	await inRounds(1, names, measure);
	const samples = await inRounds(rounds, names, measure);
	const found: Rates<Name> = { rates: {} as Record<Name, number[]>, latencies: {}, busy: {} };
	for (const name of names) {
		found.rates[name] = samples[name].map(({ milliseconds }) => (counts[name] * 1000) / milliseconds);
		if (samples[name].every(({ cpu }) => cpu !== undefined)) {
			found.busy[name] = samples[name].map(({ cpu = 0, milliseconds }) => cpu / milliseconds);
		}
		if (samples[name].every(({ latencies }) => latencies.length > 0)) {
			found.latencies[name] = samples[name].map(({ latencies }) => latencies);
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
