// Medians and how sure they are, and the rounds that they are of: in each round every peer has its turn, in an order in
// which over the rounds each has every place and comes after every other, so that whatever slows the machine down
// for a while, or is left behind by a peer, hits all.

import { Random } from "../parity/random.ts";

/**
 * A median, and an interval that holds the median of all values that there could have been 19 times of 20: from
 * one of the sorted values to another, so that nothing is assumed of how they are distributed.
 */
export interface Spread {
	median: number;
	lower: number;
	upper: number;
}

/** The value below which a part of the values lies, between neighbours by linear interpolation. */
export function quantile(values: number[], part: number): number {
	const sorted = Float64Array.from(values).sort();
	const position = (sorted.length - 1) * part;
	const low = sorted[Math.floor(position)] ?? Number.NaN;
	const high = sorted[Math.ceil(position)] ?? Number.NaN;
	return low + (high - low) * (position - Math.floor(position));
}

/** The median and its interval. */
export function spread(values: number[]): Spread {
	const sorted = [...values].sort((a, b) => a - b);
	// How many of the values can be left out at either end: that fewer than so many lie on one side of the median
	// has a chance of one in forty at most (sign test).
	let left = 0;
	let ways = 1;
	for (let sum = 1; sum <= 2 ** values.length / 40; sum += ways) {
		left++;
		ways *= (values.length - left + 1) / left;
	}
	left = Math.max(0, left - 1);
	return {
		median: quantile(values, 0.5),
		lower: sorted[left] ?? Number.NaN,
		upper: sorted.at(-1 - left) ?? Number.NaN
	};
}

/**
 * What a statistic comes to of all rounds, and an interval that holds it 19 times of 20: of what it comes to of as
 * many rounds, drawn from them again and again (the bootstrap: Efron, 1979).
 */
export function bootstrap(rounds: number, statistic: (drawn: number[]) => number): Spread {
	// From the same rounds, the same interval.
	const random = new Random(1, rounds);
	const found = Array.from({ length: 2_000 }, () => statistic(random.list(rounds, rounds, () => random.integer(0, rounds - 1))));
	return {
		median: statistic(Array.from({ length: rounds }, (_, round) => round)),
		lower: quantile(found, 0.025),
		upper: quantile(found, 0.975)
	};
}

/** From the first to the last. */
export const total = (values: number[]): number => (values.at(-1) ?? Number.NaN) - (values[0] ?? Number.NaN);

/**
 * By how much values grow that are told at equal distances: what grows or shrinks once is not what grows each time, so that
 * the largest and the smallest step are left out. A table that doubles may have no more than the one.
 */
export function grown(values: number[]): number {
	const steps = values.slice(1).map((value, index) => value - (values[index] ?? Number.NaN));
	const inner = [...steps].sort((a, b) => a - b).slice(1, -1);
	return Math.round((steps.length / inner.length) * inner.reduce((sum, step) => sum + step, 0));
}

/** As `1.05 [0.98, 1.10]`. */
export const spreadText = ({ median, lower, upper }: Spread): string =>
	`${median.toFixed(2)} [${lower.toFixed(2)}, ${upper.toFixed(2)}]`;

/** Has every name measured once in each round; gives the values by name, one for each round. `first` is the number of the first. */
export async function inRounds<Name extends string, Value>(
	rounds: number,
	names: readonly Name[],
	measure: (name: Name) => Promise<Value>,
	first = 0
): Promise<Record<Name, Value[]>> {
	const values = Object.fromEntries(names.map((name) => [name, [] as Value[]])) as Record<
		Name,
		Value[]
	>;
	for (let round = first; round < first + rounds; round++) {
		for (const name of orderOf(names, round)) values[name].push(await measure(name));
	}
	return values;
}

/**
 * A row of a Latin square that is balanced for what came before (Williams, 1949): in the first `names.length`
 * rounds each name has each place once; in as many or, where the number is odd, twice as many, each comes
 * right after each other equally often.
 */
function orderOf<Name>(names: readonly Name[], round: number): Name[] {
	const { length } = names;
	// 0, 1, n - 1, 2, n - 2 and so on, moved on by one in each round.
	const order = names.map((_, place) => {
		const step = place % 2 === 1 ? (place + 1) / 2 : length - place / 2;
		return names[(step + round) % length] as Name;
	});
	return length % 2 === 1 && Math.floor(round / length) % 2 === 1 ? order.reverse() : order;
}
