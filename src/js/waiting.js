// Waits for promises. This is JavaScript and not a future in wasm memory: an endless wait is normal garbage, `await`
// accepts every kind of promise, and replacing the instance loses nothing. Rust chooses each next step.

import { canReadAtLeast } from "./request.js";

// Calls the steps one after the other, each with the awaited result of the step before. Calls `onRejected`, if there
// is one, with the error of a step.
export async function runSteps(context, value, steps, onRejected) {
	try {
		for (const step of steps) value = step(context, await value);
		return await value;
	} catch (error) {
		if (onRejected === undefined) throw error;
		return onRejected(context, error);
	}
}

// Runs a state machine whose state is in the context. `transition` gets the last awaited value or its error, and
// returns the next value to await. After it sets `isDone`, it returns the result.
export async function runStateMachine(context, transition) {
	for (let value, hasFailed = false; ; ) {
		const pending = transition(context, value, hasFailed);
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

// In milliseconds: the interval of a shared run's heartbeats, and the time without a heartbeat after which a run
// counts as dead.
const HEARTBEAT_INTERVAL = 250;
const HEARTBEAT_TIMEOUT = 2_000;

// Runs a state machine. Concurrent calls with the same key share one run and its promise. In workerd, the end of a
// request also ends its runs: their promises stay pending for ever, or reject in other requests. There, a run has a
// heartbeat, and a call that waits for a dead run begins a new run.
export const runShared = (inFlight, key, context, transition) => {
	const running = inFlight.get(key);
	const canDie = canReadAtLeast();
	if (running !== undefined) {
		return canDie ? waitForRun(running, inFlight, key, context, transition) : running.promise;
	}
	const run = { lastHeartbeat: Date.now() };
	const timer = canDie && setInterval(() => (run.lastHeartbeat = Date.now()), HEARTBEAT_INTERVAL);
	run.promise = runStateMachine(context, transition).finally(() => {
		run.isSettled = true;
		clearInterval(timer);
		if (inFlight.get(key) === run) inFlight.delete(key);
	});
	inFlight.set(key, run);
	return run.promise;
};

// Resolves to the result of another call's run, or of a new run if that one dies.
async function waitForRun(run, inFlight, key, context, transition) {
	let timer;
	const death = new Promise((resolve) => {
		timer = setInterval(() => Date.now() - run.lastHeartbeat > HEARTBEAT_TIMEOUT && resolve(), HEARTBEAT_INTERVAL);
	});
	try {
		const outcome = await Promise.race([run.promise.then((value) => ({ value })), death]);
		if (outcome !== undefined) return outcome.value;
	} catch (error) {
		if (run.isSettled) throw error;
	} finally {
		clearInterval(timer);
	}
	if (inFlight.get(key) === run) inFlight.delete(key);
	return runShared(inFlight, key, context, transition);
}

export const sleep = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));
