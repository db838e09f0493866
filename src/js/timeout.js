// Gives each request its timeout. Signals, timers and races of promises are JavaScript, and wasm memory holds
// nothing while they run. Rust decides how long a request may take.

// What was detected last about a `Request` class and an `AbortSignal`: whether the one takes the other. Test tools make a
// platform of parts, which may have no `AbortSignal.timeout`, or one whose signals `Request` refuses.
let detected = {};

function remember(takesSignal) {
	detected = { Request, AbortSignal: globalThis.AbortSignal, takesSignal };
	return takesSignal;
}

const isDetected = () => detected.Request === Request && detected.AbortSignal === globalThis.AbortSignal;

// Whether the body of a request is a stream that a library made, as in Remix. Its `fetch` cancels that stream on a signal,
// while it reads it: a rejection that nobody can handle, which ends a Node process.
function hasLibraryBody(url) {
	const { body } = new Request(url, { method: "POST", body: "-" });
	return Boolean(body?.getReader) && !String(body.constructor).includes("[native code]");
}

// Makes a request with a signal. Gives `undefined`, and remembers it, where that cannot be done.
function withSignal(make, newSignal) {
	try {
		const signal = newSignal();
		const request = make(signal);
		return remember(signal && (request.signal !== signal || !hasLibraryBody(request.url))) ? request : undefined;
	} catch (error) {
		// Something else is wrong: a full stack, or a request that cannot be made at all.
		if (!/^(Type|Reference)Error$/.test(error?.name)) throw error;
		make();
		remember(false);
	}
}

// Whether the runtime's own `Request` takes signals. To detect that takes a request that nobody sends.
export function takesSignal(url) {
	if (isDetected()) return detected.takesSignal;
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
export function withDeadline(context, make) {
	const { timeout } = context.configuration;
	if (timeout === 0) return make();
	const newSignal = () => AbortSignal.timeout(timeout);
	if (!isDetected()) {
		const request = withSignal(make, newSignal);
		if (request !== undefined) return request;
	}
	if (detected.takesSignal) return make(newSignal());
	const deadline = { isOver: false };
	deadline.promise = new Promise((_, reject) => {
		const timer = setTimeout(() => {
			deadline.isOver = true;
			reject(timeoutError());
		}, timeout);
		// Like that of a signal, it keeps no process alive.
		timer.unref?.();
	});
	// It may end when nobody waits any more.
	deadline.promise.catch(() => {});
	context.deadline = deadline;
	return make();
}

function timeoutError() {
	const [message, name] = ["The operation was aborted due to timeout", "TimeoutError"];
	return typeof DOMException === "function" ? new DOMException(message, name) : Object.assign(new Error(message), { name });
}

// Whether the time of the last request of a call is up.
export const isTimeUp = (context) => Boolean(context.deadline?.isOver || context.request?.signal?.aborted);

// A promise that rejects when the time of a call is up, for what does not heed the signal by itself; `undefined`
// where there is no limit.
export function deadlineOf(context) {
	const { signal } = context.request;
	if (context.deadline === undefined && signal) {
		const promise = new Promise((_, reject) => {
			const end = () => reject(signal.reason ?? timeoutError());
			if (signal.aborted) end();
			else signal.addEventListener("abort", end, { once: true });
		});
		promise.catch(() => {});
		context.deadline = { promise };
	}
	return context.deadline?.promise;
}

// The awaited value, unless `deadline` rejects before. Only `await` decides what a promise is: a `then` of its own may do
// anything.
export const untilDeadline = (deadline, pending) =>
	deadline === undefined ? pending : Promise.race([(async () => await pending)(), deadline]);

// A request whose body is not read to its end keeps the connection until its timeout, which a runtime may drop with the
// request: nobody else holds it by then.
export const holdUntilTimeout = ({ configuration, request }) =>
	setTimeout((request) => request, configuration.timeout, request).unref?.();
