// Waits for promises. Waiting is JavaScript and not a future in wasm memory: a wait without end is garbage like
// any other, only `await` itself decides what a promise is, and an instance that is replaced takes nothing along.
// Rust decides what comes next.

import { canReadAtLeast } from "./request.js";

// Calls the steps one after the other, each with the awaited result of the one before. `rescue`, if there is one, is
// called with what one of them throws.
export async function run(context, value, steps, rescue) {
	try {
		for (const step of steps) value = step(context, await value);
		return await value;
	} catch (error) {
		if (rescue === undefined) throw error;
		return rescue(context, error);
	}
}

// Like `run`, where what comes next depends on what came: `next` is called with what was awaited, or with
// what that failed with, and gives the next thing to await until it sets `isDone`.
export async function drive(context, next) {
	for (let value, hasFailed = false; ; ) {
		const pending = next(context, value, hasFailed);
		if (context.isDone) return pending;
		try {
			value = await pending;
			hasFailed = false;
		} catch (error) {
			value = error;
			hasFailed = true;
		}
	}
}

// How often a flight says that it is alive, and after how long a silence it is given up, in milliseconds.
const BEAT = 250;
const SILENCE = 2_000;

// `drive`, but calls with the same key that overlap share one. In workerd, what a request has begun ends with the
// request: its promises stay pending for ever or, newer ones, reject for who awaits them elsewhere. There, who waits for a
// flight that has fallen silent takes its place.
export const share = (inFlight, key, context, next) => {
	const flight = inFlight.get(key);
	const canFallSilent = canReadAtLeast();
	if (flight !== undefined) return canFallSilent ? follow(flight, inFlight, key, context, next) : flight.promise;
	const own = { seen: Date.now() };
	const beat = canFallSilent && setInterval(() => (own.seen = Date.now()), BEAT);
	own.promise = drive(context, next).finally(() => {
		own.isSettled = true;
		clearInterval(beat);
		if (inFlight.get(key) === own) inFlight.delete(key);
	});
	inFlight.set(key, own);
	return own.promise;
};

async function follow(flight, inFlight, key, context, next) {
	let timer;
	const silence = new Promise((resolve) => {
		timer = setInterval(() => Date.now() - flight.seen > SILENCE && resolve(), BEAT);
	});
	try {
		const outcome = await Promise.race([flight.promise.then((value) => ({ value })), silence]);
		if (outcome !== undefined) return outcome.value;
	} catch (error) {
		if (flight.isSettled) throw error;
	} finally {
		clearInterval(timer);
	}
	if (inFlight.get(key) === flight) inFlight.delete(key);
	return share(inFlight, key, context, next);
}

export const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));
