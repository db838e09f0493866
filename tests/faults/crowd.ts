// Declares the tests of a crowd that signs in at once, in whatever runtime `run` signs people in.

import assert from "node:assert/strict";
import { test } from "node:test";

import { type Crowd, signInAll } from "./people.ts";
import { startCrowdServer } from "./server.ts";

const PEOPLE = 1_000;

/** `parts` are how many calls of `run` share the people: a Worker makes a provider for each request. */
export function declareCrowd(parts: number, run: (crowd: Crowd) => ReturnType<typeof signInAll>): void {
	const seed = Number(process.env.CROWD_SEED ?? Math.floor(Math.random() * 2 ** 32));

	async function signIn(providers: number, server?: string): Promise<void> {
		console.log(`CROWD_SEED=${seed}`);
		const count = PEOPLE / parts;
		const crowds = Array.from({ length: parts }, (_, part) => ({
			seed,
			first: part * count,
			count,
			providers,
			...(server !== undefined && { server }),
		}));
		assert.deepEqual((await Promise.all(crowds.map(run))).flat(), []);
	}

	for (const providers of [1, 7]) {
		test(`${PEOPLE} people at once, ${providers} providers: each gets their own`, () => signIn(providers));
	}

	test(`${PEOPLE} people at once, through sockets: each gets their own`, async () => {
		const { origin, close } = await startCrowdServer(seed);
		try {
			await signIn(1, origin);
		} finally {
			await close();
		}
	});
}
