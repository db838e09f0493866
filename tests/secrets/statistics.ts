// Whether strings look drawn at random: how often each character stands at each place, held against chance, and
// whether a string comes twice. Where the strings come from is left to the caller.

export interface Alphabet {
	characters: string;
	length: number;
}

/** As the README and RFC 7636 have them. */
export const STATE: Alphabet = { characters: "abcdefghijklmnopqrstuvwxyz0123456789", length: 43 };
export const CODE_VERIFIER: Alphabet = {
	characters: "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.~",
	length: 96,
};

/** Memory that threads share: how often each character code stands at each place, and two keys for each string. */
export class Sample {
	readonly alphabet: Alphabet;
	readonly counts: Uint32Array[];
	readonly keys: [BigUint64Array, BigUint64Array];
	readonly size: number;
	/** The keys, in halves. */
	readonly #words: Uint32Array[];
	/** The place of each character code in the alphabet. */
	readonly #digits = new Uint8Array(128);

	constructor(alphabet: Alphabet, size: number, memory = Sample.memory(alphabet, size)) {
		this.alphabet = alphabet;
		this.size = size;
		this.counts = memory.counts.map((buffer) => new Uint32Array(buffer));
		this.keys = [new BigUint64Array(memory.keys[0]), new BigUint64Array(memory.keys[1])];
		this.#words = memory.keys.map((buffer) => new Uint32Array(buffer));
		[...alphabet.characters].forEach((character, index) => (this.#digits[character.charCodeAt(0)] = index));
	}

	static memory({ length }: Alphabet, size: number, threads = 1) {
		return {
			counts: Array.from({ length: threads }, () => new SharedArrayBuffer(length * 128 * 4)),
			keys: [new SharedArrayBuffer(size * 8), new SharedArrayBuffer(size * 8)] as [SharedArrayBuffer, SharedArrayBuffer],
		};
	}

	/** Takes a string in. */
	add(index: number, string: string, thread = 0): void {
		const { characters, length } = this.alphabet;
		if (string.length !== length) throw new RangeError(`a string of ${string.length} characters`);
		const counts = this.counts[thread] as Uint32Array;
		for (let place = 0; place < length; place++) {
			const code = string.charCodeAt(place);
			if (code > 127) throw new RangeError(`a character that is none of the alphabet's: ${code}`);
			counts[place * 128 + code]!++;
		}
		// As many characters as fit are one word of 32 bits, two words are a key, two keys some 120 bits of the string.
		const base = characters.length;
		const perWord = Math.floor(32 / Math.log2(base));
		for (let word = 0; word < 4; word++) {
			let value = 0;
			for (let place = word * perWord; place < (word + 1) * perWord; place++) {
				value = value * base + this.#digits[string.charCodeAt(place)]!;
			}
			this.#words[word >> 1]![index * 2 + (word & 1)] = value;
		}
	}

	/** How often each character stands at each place. Throws at a character that is none of the alphabet's. */
	byPlace(): number[][] {
		const { characters, length } = this.alphabet;
		return Array.from({ length }, (_, place) => {
			const observed = [...characters].map((character) =>
				this.counts.reduce((sum, counts) => sum + (counts[place * 128 + character.charCodeAt(0)] ?? 0), 0),
			);
			const all = observed.reduce((sum, count) => sum + count, 0);
			if (all !== this.size) throw new RangeError(`place ${place}: ${this.size - all} characters are none of the alphabet's`);
			return observed;
		});
	}

	/** The strings that came before, as pairs of indices. */
	repeats(): [number, number][] {
		const [first, second] = this.keys;
		const sorted = first.slice().sort();
		const twice = new Set<bigint>();
		for (let index = 1; index < sorted.length; index++) {
			if (sorted[index] === sorted[index - 1]) twice.add(sorted[index] as bigint);
		}
		if (twice.size === 0) return [];
		// The first keys of two strings may be the same by chance; the second ones as well are not.
		const seen = new Map<string, number>();
		const repeats: [number, number][] = [];
		first.forEach((key, index) => {
			if (!twice.has(key)) return;
			const whole = `${key} ${second[index]}`;
			const before = seen.get(whole);
			if (before === undefined) seen.set(whole, index);
			else repeats.push([before, index]);
		});
		return repeats;
	}
}

/** Pearson's chi-squared of counts that ought to be the same. */
export function chiSquared(observed: number[]): number {
	const expected = observed.reduce((sum, count) => sum + count, 0) / observed.length;
	return observed.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
}

/** Chance stays between these but once in some 4e11 times for either: seven standard deviations, by Wilson and Hilferty. */
export function boundsOf(characters: number): [least: number, most: number] {
	const degrees = characters - 1;
	const at = (deviations: number) => degrees * Math.max(0, 1 - 2 / (9 * degrees) + deviations * Math.sqrt(2 / (9 * degrees))) ** 3;
	return [at(-7), at(7)];
}

/** What chance does not explain, in words. */
export function oddities(sample: Sample): string[] {
	const places = sample.byPlace();
	const all = places.reduce((sums, counts) => sums.map((sum, index) => sum + (counts[index] ?? 0)));
	const [least, most] = boundsOf(sample.alphabet.characters.length);
	const odd = (name: string, observed: number[]) => {
		const value = chiSquared(observed);
		return value >= least && value <= most ? [] : [`${name}: chi-squared is ${value.toFixed(1)}, not from ${least.toFixed(1)} to ${most.toFixed(1)}`];
	};
	return [
		...odd("all places", all),
		...places.flatMap((observed, place) => odd(`place ${place}`, observed)),
		...sample.repeats().map(([before, index]) => `string ${index} is string ${before}`),
	];
}
