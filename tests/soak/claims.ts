// What has to hold at the end of a soak, for each runtime.

import { troubles } from "./faults.ts";
import type { RuntimeResults, Sample } from "./run.ts";

const megabyte = 2 ** 20;

// The heap is read after a collection, so what is in it is in use: requests on their way and their time
// limits, which come and go with the pace, by a megabyte or so. At a hundred calls a second, a leak of 700 bytes
// a call adds more than this between the quarters of two minutes, in an hour one of 25 bytes.
const heapBound = 4 * megabyte;
// Bodies of a megabyte, of which each lane may have one or two.
const externalBound = 16 * megabyte;
// A process keeps what its allocators were given once, at the busiest moment.
const rssBound = 48 * megabyte;

export interface Claim {
	claim: string;
	/** Why it does not hold; empty where it does. */
	problem: (results: RuntimeResults) => string;
}

export const claims: Claim[] = [
	{
		claim: "the runtime was there to the end",
		problem: ({ failure }) => failure ?? ""
	},
	{
		claim: "everything came to what it had to",
		problem: ({ unexpectedCount, unexpected }) =>
			unexpectedCount === 0 ? "" : `${unexpectedCount} did not, such as\n${unexpected.join("\n")}`
	},
	{
		claim: "everything was done, and every fault met",
		problem: ({ work, faults }) => {
			const works = ["start", "finish", "exchange", "user", "sites", "refresh", "keep", "revoke", "forget"];
			const missing = [
				...works.filter((name) => !work[name]),
				...troubles.filter(({ name }) => !faults[name] && !faults[`${name}, 4 times`]).map(({ name }) => name)
			];
			return missing.length === 0 ? "" : `these were not: ${missing.join("; ")}`;
		}
	},
	{
		claim: "nothing is left unsettled",
		problem: ({ unsettled }) => (unsettled === 0 ? "" : `${unsettled} calls are`)
	},
	{
		claim: "wasm memory and its table do not grow after the first quarter, in one and the same instance",
		problem: ({ samples }) => {
			const seen = new Set(quarters(samples).slice(1).flat().map(({ wasm }) => JSON.stringify(wasm)));
			const isOne = seen.size === 1 && samples.every(({ wasm }) => wasm.instances === 1 && wasm.memory > 0 && wasm.table > 0);
			return isOne ? "" : [...seen].join(" ");
		}
	},
	{
		claim: "the heap does not grow between the second quarter and the last",
		problem: ({ samples }) => growth(samples, ({ heap }) => heap, heapBound)
	},
	{
		claim: "what the heap holds outside of itself does not grow between the second quarter and the last",
		problem: ({ samples }) => growth(samples, ({ external }) => external, externalBound)
	},
	{
		claim: "the process does not grow between the second quarter and the last",
		problem: ({ samples }) => growth(samples, ({ rss }) => rss, rssBound)
	}
];

function quarters(samples: Sample[]): Sample[][] {
	const length = samples.at(-1)?.seconds ?? 0;
	return [0, 1, 2, 3].map((quarter) =>
		samples.filter(({ seconds }) => Math.min(3, Math.floor((4 * seconds) / length)) === quarter)
	);
}

function growth(samples: Sample[], of: (sample: Sample) => number, bound: number): string {
	const medians = quarters(samples).map((quarter) => {
		const sorted = quarter.map(of).sort((a, b) => a - b);
		return sorted[Math.floor(sorted.length / 2)] ?? NaN;
	});
	const [, second = NaN, , last = NaN] = medians;
	const inWords = medians.map((median) => (median / megabyte).toFixed(1)).join(", ");
	return last - second <= bound ? "" : `medians of the quarters in MB: ${inWords}; at most ${bound / megabyte} more are allowed`;
}
