// A seeded source of randomness for the generated cases: sfc32, started from the seed of the run
// and the index of the case, so that any case can be made again without those before it.

export class Random {
	#a: number;
	#b: number;
	#c: number;
	#counter = 1;

	constructor(seed: number, index: number) {
		this.#a = seed >>> 0;
		this.#b = index >>> 0;
		this.#c = 0x9e3779b9;
		for (let round = 0; round < 15; round++) this.#next();
	}

	#next(): number {
		const sum = (((this.#a + this.#b) | 0) + this.#counter) | 0;
		this.#counter = (this.#counter + 1) | 0;
		this.#a = this.#b ^ (this.#b >>> 9);
		this.#b = (this.#c + (this.#c << 3)) | 0;
		this.#c = (((this.#c << 21) | (this.#c >>> 11)) + sum) | 0;
		return sum >>> 0;
	}

	/** An integer from `least` to `most`, both included. */
	integer(least: number, most: number): number {
		return least + (this.#next() % (most - least + 1));
	}

	/** True in `percent` of 100 calls. */
	chance(percent: number): boolean {
		return this.integer(0, 99) < percent;
	}

	pick<T>(list: readonly T[]): T {
		return list[this.integer(0, list.length - 1)] as T;
	}

	/** Calls one of the functions, so that only the value picked is made. */
	oneOf<T>(...makers: readonly (() => T)[]): T {
		return this.pick(makers)();
	}

	list<T>(least: number, most: number, make: (position: number) => T): T[] {
		return Array.from({ length: this.integer(least, most) }, (_, position) => make(position));
	}

	shuffle<T>(list: readonly T[]): T[] {
		const shuffled = [...list];
		for (let last = shuffled.length - 1; last > 0; last--) {
			const other = this.integer(0, last);
			const kept = shuffled[last] as T;
			shuffled[last] = shuffled[other] as T;
			shuffled[other] = kept;
		}
		return shuffled;
	}
}
