// How often a second a piece of work is done: batches that are long enough to be timed, in rounds, in several processes,
// since what a compiler and a collector of garbage make of the same code differs by more from one process to
// another than from round to round. Where they run is left to the runtimes, what is made of the rates to `compare.ts`.

import type { Runtime, Sample } from "./runtimes.ts";
import { inRounds, quantile } from "./statistics.ts";
import type { Job } from "./work.ts";

/** Jobs that take turns. */
export interface Plan {
	jobs: Record<string, Omit<Job, "count">>;
	/** How often each has its turn in a process, after a round to warm up. */
	rounds: number;
	/** Milliseconds that a batch takes, about. */
	batch: number;
}

/** What each job of a plan came to, by process. */
export interface Rates {
	/** How often it was done in a batch: as often as each that has as many in flight. */
	counts: Record<string, number>;
	/** How often a second it was done. */
	rates: Record<string, number[]>;
	/** Milliseconds that each took, where each was timed. */
	latencies: Partial<Record<string, number[][]>>;
	/** How much of a core it took, where the runtime knows. */
	busy: Partial<Record<string, number[]>>;
}

type Run = Runtime["run"];

/** Goes through all plans in each process: `start` starts the one with that number. */
export async function measureRates<Name extends string>(
	start: (process: number) => Promise<Pick<Runtime, "run" | "stop">>,
	processes: number,
	plans: Record<Name, Plan>
): Promise<Record<Name, Rates>> {
	const found = {} as Record<Name, Rates>;
	for (let process = 0; process < processes; process++) {
		const { run, stop } = await start(process);
		try {
			for (const [name, { jobs, rounds, batch }] of Object.entries(plans) as [Name, Plan][]) {
				const { counts } = (found[name] ??= { counts: await countsOf(run, jobs, batch), rates: {}, latencies: {}, busy: {} });
				const measure = (job: string): Promise<Sample> => run({ ...jobs[job], count: counts[job] } as Job);
				const names = Object.keys(jobs);
				await inRounds(1, names, measure, process);
				add(found[name], await inRounds(rounds, names, measure, process * rounds));
			}
		} finally {
			await stop();
		}
	}
	return found;
}

/** Adds what a process has measured. */
function add({ counts, rates, latencies, busy }: Rates, samples: Record<string, Sample[]>): void {
	for (const [job, all] of Object.entries(samples)) {
		const count = counts[job] ?? Number.NaN;
		(rates[job] ??= []).push(quantile(all.map(({ milliseconds }) => (count * 1_000) / milliseconds), 0.5));
		if (all.every(({ latencies }) => latencies.length > 0)) (latencies[job] ??= []).push(all.flatMap(({ latencies }) => latencies));
		const cores = all.flatMap(({ cpu, milliseconds }) => (cpu === undefined ? [] : [cpu / milliseconds]));
		if (cores.length > 0) (busy[job] ??= []).push(quantile(cores, 0.5));
	}
}

/** How often each job is done in a batch: the same number for all that have as many in flight, so that none has longer to warm up. */
async function countsOf(run: Run, jobs: Plan["jobs"], batch: number): Promise<Record<string, number>> {
	const fitting: { inFlight: number; count: number }[] = [];
	for (const job of Object.values(jobs)) fitting.push({ inFlight: job.inFlight, count: await countOf(run, job, batch) });
	return Object.fromEntries(
		Object.entries(jobs).map(([name, { inFlight }]) => {
			const alike = fitting.filter((job) => job.inFlight === inFlight).map(({ count }) => count);
			// So that most of the time as many are in flight as should be.
			return [name, Math.ceil(Math.max(3 * inFlight, quantile(alike, 0.5)))];
		})
	);
}

/** How often one is done in a batch of its own, once it is warm. */
async function countOf(run: Run, job: Omit<Job, "count">, batch: number): Promise<number> {
	let count = Math.max(16, job.inFlight);
	for (;;) {
		const { milliseconds } = await run({ ...job, count });
		if (milliseconds >= batch) return (count * batch) / milliseconds;
		count = Math.ceil(count * Math.min(4, (1.2 * batch) / milliseconds));
	}
}
