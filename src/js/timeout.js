// Sets the timeout of each request. Signals, timers and races of promises are JavaScript, and wasm memory is empty
// while they run. Rust decides the duration.

// The last detected result: whether a `Request` class accepts an `AbortSignal`. Test tools combine classes of several
// libraries, which may lack `AbortSignal.timeout`, or have signals that `Request` does not accept.
let detected = {};

function remember(takesSignal) {
	detected = { Request, AbortSignal: globalThis.AbortSignal, takesSignal };
	return takesSignal;
}

const isDetected = () => detected.Request === Request && detected.AbortSignal === globalThis.AbortSignal;

// Whether the body of a request is a stream of a library, as in Remix. On a signal, its `fetch` cancels the stream
// while it reads it. The rejection cannot be handled and ends a Node process.
function hasLibraryBody(url) {
	const { body } = new Request(url, { method: "POST", body: "-" });
	return Boolean(body?.getReader) && !String(body.constructor).includes("[native code]");
}

// Creates a request with a signal. If that fails, remembers it and returns `undefined`.
function withSignal(make, newSignal) {
	try {
		const signal = newSignal();
		const request = make(signal);
		return remember(signal && (request.signal !== signal || !hasLibraryBody(request.url))) ? request : undefined;
	} catch (error) {
		// Another error: a stack overflow, or a wrong request.
		if (!/^(Type|Reference)Error$/.test(error?.name)) throw error;
		make();
		remember(false);
	}
}

// Whether the runtime's own `Request` accepts signals. Detecting that takes a request that nobody sends.
export function takesSignal(url) {
	if (isDetected()) return detected.takesSignal;
	try {
		const newSignal = () => AbortSignal.timeout && AbortSignal.abort();
		return withSignal((signal) => new Request(url, { signal }), newSignal) !== undefined;
	} catch {
		// Sending the request will throw the same error.
		return true;
	}
}

// Creates the request of a call by `make`, with a signal or `undefined`. If no signal works, a timer sets the deadline.
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
		// Like the timer of a signal, it keeps no process alive.
		timer.unref?.();
	});
	// It may reject when no call waits any more.
	deadline.promise.catch(() => {});
	context.deadline = deadline;
	return make();
}

function timeoutError() {
	const [message, name] = ["The operation was aborted due to timeout", "TimeoutError"];
	return typeof DOMException === "function" ? new DOMException(message, name) : Object.assign(new Error(message), { name });
}

// Whether the last request of a call has timed out.
export const isTimeUp = (context) => Boolean(context.deadline?.isOver || context.request?.signal?.aborted);

// A promise that rejects at the timeout of a call, for code that ignores the signal; `undefined` without a limit.
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

// The awaited value, unless `deadline` rejects before. Uses `await`, because a `then` of the object's own may do
// anything.
export const untilDeadline = (deadline, pending) =>
	deadline === undefined ? pending : Promise.race([(async () => await pending)(), deadline]);

// Keeps a request until its timeout. An unread body keeps the connection open until then, and a runtime may drop the
// timeout with the request.
export const holdUntilTimeout = ({ configuration, request }) =>
	setTimeout((request) => request, configuration.timeout, request).unref?.();
