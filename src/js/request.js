// Makes and sends requests. Globals are looked up at each call, since tests and instrumentation replace them, and
// one call from Rust takes the place of some twenty. `fetch.rs` decides what is sent where.

import { OAuthRequestError } from "./error.js";
import { takesSignal, untilDeadline, withDeadline } from "./timeout.js";

// Only workerd's can, and only there is it of use: each wait is dear.
export function canReadAtLeast() {
	return Boolean(globalThis.ReadableStreamBYOBReader?.prototype.readAtLeast);
}

// Tests may put a function of any kind in its place.
export const isOwnResponse = (value) =>
	typeof Response === "function" && typeof Response.prototype === "object" && value instanceof Response;

// A runtime's own are told from what was put in their place by their sources: Node's `fetch` names a module that
// nothing else can load, workerd's is native code with a name, which what is bound or a proxy has none of; Node's
// `Request` is no subclass and converts by the rules of Web IDL. They are not told where somebody else than the
// engine says what a source is, since instrumentation lets its functions look like what they took the place of; not
// in browsers, where a page cannot keep a secret; and not by engines that show what is bound with a name.
const { toString } = Function.prototype;
const isNativeCode = (source, name) => source === `function ${name}() { [native code] }`;
const sourceOf = (value) =>
	typeof value === "function" && isNativeCode(toString.call(toString), "toString") ? toString.call(value) : "";
const nativeFetch = ((source) =>
	source.includes("internal/deps/undici") || (canReadAtLeast() && isNativeCode(source, "fetch")) ? globalThis.fetch : undefined
)(sourceOf(globalThis.fetch));
let nativeRequest;
let isUndici;
function isNativeRequest() {
	// Not looked at before it is needed: in Node, that loads all of its `fetch`.
	if (Request !== nativeRequest) {
		const source = sourceOf(Request);
		const isClass = /^class _?Request \{.*\bwebidl\./s.test(source);
		if (isClass || isNativeCode(source, "Request")) [nativeRequest, isUndici] = [Request, isClass];
	}
	return Request === nativeRequest;
}

// Next.js stores what is fetched while it renders, responses with tokens too, and gives them to later requests of the
// same content, unless a request says otherwise. Others are not told: workerd rejects the member before the
// compatibility date 2024-11-11, and Node sends two more headers with it.
const isFetchOfNext = () => globalThis.fetch?.__nextPatched || globalThis[Symbol.for("next-patch")];

const requestInit = ({ method }, headers, body, signal) => ({
	method,
	headers,
	body,
	cache: isFetchOfNext() ? "no-store" : undefined,
	redirect: "manual",
	signal
});

const headersOf = ({ headers }, authorization) =>
	authorization === undefined ? headers : { ...headers, Authorization: authorization };

// Node's own `Request` copies the headers that are the same each time, and is given the `Authorization` then: to convert
// an object takes it longer, the longer the values are. Another might keep the headers themselves, and with them
// what is put there.
const newRequest = ({ url, endpoint }, authorization, body, signal) => {
	if (authorization === undefined || !isNativeRequest() || !isUndici) {
		return new Request(url, requestInit(endpoint, { ...headersOf(endpoint, authorization) }, body, signal));
	}
	endpoint.common ??= new Request(url, { headers: endpoint.headers }).headers;
	const request = new Request(url, requestInit(endpoint, endpoint.common, body, signal));
	request.headers.set("Authorization", authorization);
	return request;
};

// Sends a request to an endpoint, at `url` where it has no addresses of its own. The call keeps it until
// the body is read: a runtime may drop the timeout with the request. Each `fetch` is given a `Request`, as from
// the published package, but for Node's own and workerd's, which make one of their own of whatever they are given.
export const send = (context, endpoint, url, authorization, body) => {
	const { fetch: own, timeout, cloud } = context.configuration;
	context.endpoint = endpoint;
	context.url = url ?? endpoint.urls[cloud];
	context.body = body;
	context.deadline = undefined;
	if (own === undefined && fetch === nativeFetch && isNativeRequest() && (timeout === 0 || takesSignal(context.url))) {
		const signal = timeout === 0 ? undefined : AbortSignal.timeout(timeout);
		context.request = requestInit(endpoint, headersOf(endpoint, authorization), body, signal);
		return fetch(context.url, context.request);
	}
	context.request = withDeadline(context, (signal) => newRequest(context, authorization, body, signal));
	const sent = own === undefined ? fetch(context.request) : own(context.request);
	// Without need, not handed on: where the stack is full, that throws, and nobody would handle a rejection of `sent`.
	return context.deadline === undefined ? sent : untilDeadline(context.deadline.promise, sent);
};

// A step: the response, if it is one of success. The error has a request of the same URL, method and headers
// in place of the one that held secrets.
export const accept = (context, response) => {
	if (response.ok) return response;
	throw new OAuthRequestError(newRequest(context), response);
};

// A step of `checkResponse`, which knows nothing of the request but where it went.
export const check = (context, response) => {
	if (response.ok) return response;
	let request;
	try {
		// A response that an app has made has none.
		if (response.url) request = new Request(response.url);
	} catch {
		// It is no URL.
	}
	throw new OAuthRequestError(request, response);
};
