// Creates and sends requests. It reads globals at each call: tests and instrumentation replace them. One call from
// Rust replaces some twenty. `fetch.rs` decides the content and the URL.

import { OAuthRequestError } from "./error.js";
import { takesSignal, untilDeadline, withDeadline } from "./timeout.js";
import { readOrUndefined } from "./value.js";

// Only workerd has it, where fewer and larger reads are faster.
export function canReadAtLeast() {
	return Boolean(globalThis.ReadableStreamBYOBReader?.prototype.readAtLeast);
}

// Tests may replace `Response` by any function.
export const isGlobalResponse = (value) => readOrUndefined(() => value instanceof Response);

// Recognises a runtime's own `fetch` and `Request` by their source text. Node's `fetch` names an internal module.
// workerd's is native code with a name; bound functions and proxies have no name. Node's `Request` is no subclass and
// converts by the rules of Web IDL. This fails, on purpose, if somebody replaced `Function.prototype.toString`, as
// instrumentation does, in browsers, and in engines that show the names of bound functions.
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
	// Reads `Request` as late as possible: in Node, reading it loads the whole of `fetch`.
	if (Request !== nativeRequest) {
		const source = sourceOf(Request);
		const isClass = /^class _?Request \{.*\bwebidl\./s.test(source);
		if (isClass || isNativeCode(source, "Request")) [nativeRequest, isUndici] = [Request, isClass];
	}
	return Request === nativeRequest;
}

// While it renders, Next.js caches responses, also those with tokens, and returns them for later requests with the
// same content. `cache: "no-store"` prevents this. Other runtimes do not get this member: workerd rejects it before
// the compatibility date 2024-11-11, and Node sends two more headers with it.
const isFetchOfNext = () => globalThis.fetch?.__nextPatched || globalThis[Symbol.for("next-patch")];

// With the option `fetchCache = "force-cache"` of a route, Next.js stores even a request with `no-store`. It leaves out
// only requests that it marks as its own.
const isForcedToStore = () => fetch.__nextGetStaticStore?.().getStore()?.fetchCache === "force-cache";

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

// Node's own `Request` copies the constant headers, and gets `Authorization` afterwards: converting an object with
// long values takes longer. Another implementation might keep the `Headers` object itself, and with it the token.
const newRequest = ({ url, endpoint }, authorization, body, signal) => {
	if (authorization === undefined || !isNativeRequest() || !isUndici) {
		return new Request(url, requestInit(endpoint, { ...headersOf(endpoint, authorization) }, body, signal));
	}
	endpoint.common ??= new Request(url, { headers: endpoint.headers }).headers;
	const request = new Request(url, requestInit(endpoint, endpoint.common, body, signal));
	request.headers.set("Authorization", authorization);
	return request;
};

// Sends a request to an endpoint, at `url` if the endpoint has no URLs. The context keeps the request until the body
// is read: a runtime may drop the timeout with the request. `fetch` gets a `Request`, as from `@lucia-auth/oauth`.
// Node's and workerd's own `fetch` get a URL and an object, because they create their own `Request`.
export const send = (context, endpoint, url, authorization, body) => {
	const { fetch: appFetch, timeout, cloud } = context.configuration;
	context.endpoint = endpoint;
	context.url = url ?? endpoint.urls[cloud];
	context.body = body;
	context.deadline = undefined;
	if (appFetch === undefined && fetch === nativeFetch && isNativeRequest() && (timeout === 0 || takesSignal(context))) {
		const signal = timeout === 0 ? undefined : AbortSignal.timeout(timeout);
		context.request = requestInit(endpoint, headersOf(endpoint, authorization), body, signal);
		return fetch(context.url, context.request);
	}
	context.request = withDeadline(context, (signal) => newRequest(context, authorization, body, signal));
	const { request, deadline } = context;
	return untilDeadline(deadline, appFetch ? appFetch(request) : isForcedToStore() ? fetch(request, { next: { internal: true } }) : fetch(request));
};

// A step: the response, if its status is 200 to 299. The request of the error has the same URL, method and headers,
// and no secret.
export const requireOk = (context, response) => {
	if (response.ok) return response;
	throw new OAuthRequestError(newRequest(context), response);
};

// A step of `checkResponse`, which knows only the URL of the request.
export const requireOkOfApi = (context, response) => {
	if (response.ok) return response;
	let request;
	try {
		// An app's own response has no URL.
		if (response.url) request = new Request(response.url);
	} catch {
		// The string is not a URL.
	}
	throw new OAuthRequestError(request, response);
};
