// Gives each request its timeout. Signals, timers and races of promises are JavaScript, and wasm memory holds
// nothing while they run. Rust decides how long a request may take.

// What was learnt last about a `Request` class and an `AbortSignal`: whether the one takes the other. Test tools make a
// platform of parts, which may have no `AbortSignal.timeout`, or one whose signals `Request` refuses.
let learnt = {};

function learn(takesSignal) {
	learnt = { Request, AbortSignal: globalThis.AbortSignal, takesSignal };
	return takesSignal;
}

const isLearnt = () => learnt.Request === Request && learnt.AbortSignal === globalThis.AbortSignal;

// Whether the body of a request is a stream that a library made, as in Remix. Its `fetch` cancels that stream on a signal,
// while it reads it: a rejection that nobody can handle, which ends a Node process.
function hasLibraryBody(url) {
	const { body } = new Request(url, { method: "POST", body: "-" });
	return Boolean(body?.getReader) && !String(body.constructor).includes("[native code]");
}

// Makes a request with a signal. Gives `undefined`, and learns it, where that cannot be done.
function withSignal(make, newSignal) {
	try {
		const signal = newSignal();
		const request = make(signal);
		return learn(signal && (request.signal !== signal || !hasLibraryBody(request.url))) ? request : undefined;
	} catch (error) {
		// Something else is wrong: a full stack, or a request that cannot be made at all.
		if (!/^(Type|Reference)Error$/.test(error?.name)) throw error;
		make();
		learn(false);
	}
}

// Whether the runtime's own `Request` takes signals. To learn that takes a request that nobody sends.
export function takesSignal(url) {
	if (isLearnt()) return learnt.takesSignal;
	try {
		const newSignal = () => AbortSignal.timeout && AbortSignal.abort();
		return withSignal((signal) => new Request(url, { signal }), newSignal) !== undefined;
	} catch {
		// What is wrong shows when the request is sent.
		return true;
	}
}

// Makes the request of a call by `make`, which takes a signal or none. A time limit that no signal can give is given by
// a timer that the call races with.
export function limited(context, make) {
	const { timeout } = context.configuration;
	if (timeout === 0) return make();
	const newSignal = () => AbortSignal.timeout(timeout);
	if (!isLearnt()) {
		const request = withSignal(make, newSignal);
		if (request !== undefined) return request;
	}
	if (learnt.takesSignal) return make(newSignal());
	const limit = { isOver: false };
	limit.late = new Promise((_, reject) => {
		const timer = setTimeout(() => {
			limit.isOver = true;
			reject(timeoutError());
		}, timeout);
		// Like that of a signal, it keeps no process alive.
		timer.unref?.();
	});
	// It may end when nobody waits any more.
	limit.late.catch(() => {});
	context.limit = limit;
	return make();
}

function timeoutError() {
	const [message, name] = ["The operation was aborted due to timeout", "TimeoutError"];
	return typeof DOMException === "function" ? new DOMException(message, name) : Object.assign(new Error(message), { name });
}

// Whether the time of the last request of a call is up.
export const isTimeUp = (context) => Boolean(context.limit?.isOver || context.request?.signal?.aborted);

// A promise that rejects when the time of a call is up, for what does not heed the signal by itself; `undefined`
// where there is no limit.
export function lateOf(context) {
	const { signal } = context.request;
	if (context.limit === undefined && signal) {
		const late = new Promise((_, reject) => {
			const end = () => reject(signal.reason ?? timeoutError());
			if (signal.aborted) end();
			else signal.addEventListener("abort", end, { once: true });
		});
		late.catch(() => {});
		context.limit = { late };
	}
	return context.limit?.late;
}

// What is awaited, or what `late` says before it. Only `await` decides what a promise is: a `then` of its own may say
// anything.
export const raced = (late, pending) =>
	late === undefined ? pending : Promise.race([(async () => await pending)(), late]);

// A request whose body is not read to its end keeps the connection until its timeout, which a runtime may drop with the
// request: nobody else holds it by then.
export const holdUntilTimeout = ({ configuration, request }) =>
	setTimeout((request) => request, configuration.timeout, request).unref?.();
