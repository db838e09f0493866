// Waits for promises. Waiting is JavaScript and not a future in wasm memory: a wait without end is garbage like
// any other, only `await` itself decides what a promise is, and an instance that is replaced takes nothing along.
// Rust decides what comes next.

// Hands what is awaited from step to step. The waiting is done here, and not by a future in wasm
// memory, so that a wait without end is garbage like any other, and so that only `await` itself
// decides what a promise is.
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

// `drive`, but calls with the same key that overlap share one.
export const share = (inFlight, key, context, next) => {
	let promise = inFlight.get(key);
	if (promise === undefined) {
		promise = drive(context, next).finally(() => inFlight.delete(key));
		inFlight.set(key, promise);
	}
	return promise;
};

export const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));
