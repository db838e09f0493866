// Limits the time of each request. Signals, timers and races of promises are JavaScript, and wasm memory is empty while
// they run. Rust decides the duration.

// Whether the body of a request is a stream of a library, as in Remix. On a signal, its `fetch` cancels the stream
// while it reads it. The rejection cannot be handled and ends a Node process.
function hasLibraryBody({ url }) {
	const { body } = new Request(url, { method: "POST", body: "-" });
	// Node's own, which happy-dom uses, names a symbol of its module.
	return body?.getReader && !/\[native code\]|\bkState\b/.test(body.constructor);
}

// What creates signals, the best first. `timeout` of happy-dom and of polyfills calls `setTimeout`, and nobody could clear
// that timer: then the first source calls `AbortSignal[""]`, which is undefined, and its error leads to the next source. If the global `AbortSignal` is missing or jsdom's, the signals of Node's `Request` have the right class.
const SOURCES = [
	(timeout) => ({ signal: AbortSignal[/\bsetTimeout\(/.test(AbortSignal.timeout) ? "" : "timeout"](timeout) }),
	() => {
		const controller = new AbortController();
		return { controller, signal: controller.signal };
	},
	(timeout, url) => ({ signal: new Request(url).signal.constructor.timeout(timeout) }),
	() => ({})
];

// The last detected result: the first source whose signals `Request` accepts. Test tools combine classes of several
// libraries.
let detected = {};
const isDetected = () => detected.Request === Request && detected.AbortSignal === globalThis.AbortSignal;

// Creates a request by `make` and what limits its time.
function create(make, { configuration, url }) {
	const sources = isDetected() ? [detected.source] : SOURCES;
	for (const source of sources) {
		try {
			const { signal, controller } = source(configuration.timeout, url);
			const request = make(signal);
			if (sources === SOURCES) {
				if (signal && request.signal === signal && hasLibraryBody(request)) continue;
				detected = { source, Request, AbortSignal: globalThis.AbortSignal };
			}
			return [request, signal, controller];
		} catch (error) {
			// A stack overflow, or a wrong request.
			if (error instanceof RangeError || source === sources.at(-1)) throw error;
		}
	}
}

// Whether the runtime's own `Request` accepts signals. Detecting that takes a request that nobody sends.
export function takesSignal(context) {
	if (!isDetected()) create((signal) => new Request(context.url, { signal }), context);
	return detected.source === SOURCES[0];
}

// Creates the request of a call by `make`, with a signal or `undefined`, and its deadline: a promise that rejects at the
// time limit, and then has `hasPassed`. `clear` ends the timer; a `controller` can abort the request. The signal alone is
// no deadline: a `fetch` may ignore it, and a `Request` made of ours follows it only until a garbage collection.
export function withDeadline(context, make) {
	const { timeout } = context.configuration;
	if (timeout === 0) return make();
	const [request, signal, controller] = create(make, context);
	let clear;
	const deadline = (context.deadline = new Promise((_, reject) => {
		const end = () => {
			deadline.hasPassed = true;
			reject(signal?.reason ?? Object.assign(new Error("Timeout"), { name: "TimeoutError" }));
			controller?.abort();
		};
		if (signal && !controller) {
			signal.addEventListener("abort", end);
			clear = () => signal.removeEventListener("abort", end);
		} else {
			const timer = setTimeout(end, timeout);
			// Like the timer of a signal, it keeps no process alive.
			timer.unref?.();
			clear = () => clearTimeout(timer);
		}
	}));
	// It keeps the request, since a runtime may drop the timeout with it.
	Object.assign(deadline, { request, controller, clear });
	// It may reject when no call waits any more.
	deadline.catch(() => {});
	return request;
}

// Whether the last request of a call, which has failed, has timed out.
export const isTimeUp = ({ deadline, request }) => {
	deadline?.clear();
	return Boolean(deadline?.hasPassed || request?.signal?.aborted);
};

// The awaited value, unless `deadline` rejects before. Uses `await`, because a `then` of the object's own may do
// anything.
export const untilDeadline = (deadline, pending) =>
	deadline === undefined ? pending : Promise.race([(async () => await pending)(), deadline]);

// Leaves a request its time limit. An unread body keeps the connection open until then, and a runtime may drop the timeout
// with the request.
export function holdUntilTimeout(context) {
	const { configuration, deadline, request } = context;
	if (deadline === undefined) setTimeout((request) => request, configuration.timeout, request).unref?.();
}
