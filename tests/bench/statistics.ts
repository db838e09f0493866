// Medians and quartiles, and the rounds that they are of: in each round every peer has its turn, and
// who comes first moves on by one, in either direction in turn, so that whatever slows the machine down for a while hits all.

/** A median, and how far the middle half of the values spreads. */
export interface Spread {
	median: number;
	lower: number;
	upper: number;
}

/** The value below which a part of the values lies, between neighbours by linear interpolation. */
export function quantile(values: number[], part: number): number {
	const sorted = [...values].sort((a, b) => a - b);
	const position = (sorted.length - 1) * part;
	const low = sorted[Math.floor(position)] ?? Number.NaN;
	const high = sorted[Math.ceil(position)] ?? Number.NaN;
	return low + (high - low) * (position - Math.floor(position));
}

/** The median and the quartiles. */
export const spread = (values: number[]): Spread => ({
	median: quantile(values, 0.5),
	lower: quantile(values, 0.25),
	upper: quantile(values, 0.75)
});

/** Has every name measured once in each round; gives the values by name, one for each round. */
export async function inRounds<Name extends string, Value>(
	rounds: number,
	names: readonly Name[],
	measure: (name: Name) => Promise<Value>
): Promise<Record<Name, Value[]>> {
	const values = Object.fromEntries(names.map((name) => [name, [] as Value[]])) as Record<
		Name,
		Value[]
	>;
	for (let round = 0; round < rounds; round++) {
		const first = round % names.length;
		const order = [...names.slice(first), ...names.slice(0, first)];
		if (round % 2 === 1) order.reverse();
		for (const name of order) {
			values[name].push(await measure(name));
		}
	}
	return values;
}
