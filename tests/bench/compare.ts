// What was found, each peer beside the reference and beside tuned JavaScript. What is compared is what all found side by
// side: in the same process, or with starts in the same round.

import { type Spread, bootstrap, quantile, spread } from "./statistics.ts";

/** What the rows of one comparison have in common. */
interface Common {
	figure: "url" | "callback" | "chunked" | "loopback" | "loopback chunked" | "cold" | "size" | "memory" | "scale";
	runtime: string;
	/** How many callbacks were waited for at a time. */
	inFlight?: number;
	/** The unit of the values: a rate is better the higher it is, a time the lower. */
	unit: "per second" | "ms";
}

/** What else is known, by peer. */
interface Others {
	/** How often each was done in a batch. */
	counts?: Record<string, number>;
	/** Milliseconds that each callback took, by process. */
	latencies?: Partial<Record<string, number[][]>>;
	/** How much of a core the process took. */
	busy?: Partial<Record<string, number[]>>;
	/** The values with the next smaller number in flight. */
	fewer?: Partial<Record<string, number[]>>;
	/** Times of a start with nothing, by round, which is taken off. */
	nothing?: number[];
}

/** Milliseconds: a start that takes less than so much more than one with nothing cannot be told from it. */
const LEAST = 0.1;

/** One peer in one runtime. Ratios say how many times as good; more is better, whatever the unit. */
export interface Measured extends Common {
	peer: string;
	/** How often it was done in a batch. */
	count?: number;
	value: Spread;
	/** To the reference, process by process. */
	ratio: Spread;
	/** To tuned JavaScript that sends the same requests. */
	ratioToTuned?: Spread;
	/** Milliseconds within which 99 of 100 callbacks were done. */
	p99?: Spread;
	/** To that of the reference. */
	p99Ratio?: Spread;
	/** How much of a core the process took: with 1, its one thread was the limit. */
	busy?: Spread;
	/** How many times as many as with the next smaller number in flight. */
	growth?: Spread;
}

/** The rows of a comparison of all peers with one, the reference; `values` are those of each peer by process, of starts by round. */
export function compare(
	common: Common,
	reference: string,
	values: Record<string, number[]>,
	{ counts = {}, latencies = {}, busy = {}, fewer = {}, nothing }: Others = {}
): Measured[] {
	// Of medians, since a single start varies as much as what is looked for.
	const more = (times: number[] = [], drawn: number[]) => {
		const median = (all: number[]) => quantile(drawn.map((round) => all[round] ?? Number.NaN), 0.5);
		return median(times) - median(nothing ?? []);
	};
	const p99 = (peer: string) => (latencies[peer] ?? []).map((all) => quantile(all, 0.99));
	const times = (better: number[] = [], base: number[] = []) =>
		spread(better.map((value, round) => value / (base[round] ?? Number.NaN)));
	const against = (peer: string, other: string) => {
		if (nothing) {
			const least = (name: string, drawn: number[]) => Math.max(LEAST, more(values[name], drawn));
			return bootstrap(nothing.length, (drawn) => least(other, drawn) / least(peer, drawn));
		}
		return common.unit === "ms" ? times(values[other], values[peer]) : times(values[peer], values[other]);
	};
	return Object.entries(values).map(([peer, found]) => {
		const tuned = peer.endsWith(", timeout") ? "tuned JavaScript, timeout" : "tuned JavaScript";
		return {
			...common,
			peer,
			...(peer in counts && { count: counts[peer] }),
			value: nothing ? bootstrap(nothing.length, (drawn) => more(found, drawn)) : spread(found),
			ratio: against(peer, reference),
			...(tuned in values && { ratioToTuned: against(peer, tuned) }),
			...(latencies[peer] && {
				p99: spread(p99(peer)),
				p99Ratio: times(p99(reference), p99(peer))
			}),
			...(busy[peer] && { busy: spread(busy[peer]) }),
			...(fewer[peer] && { growth: times(found, fewer[peer]) })
		};
	});
}

/** Whether the time of a row could be told from that of a start with nothing. */
export const isTold = ({ figure, value }: Measured): boolean => figure !== "cold" || value.lower > LEAST;
