// What JavaScript says in syntax and Rust cannot, a subclass of Error, `await` and object literals, and
// expressions that Rust could only say in many calls across the boundary, each of which takes time.
// What they say it about, and when, is decided in Rust, but for bodies: how much of one is read, and whether
// it shows in an error, is decided where it is. Globals are looked up at each call, since tests and
// instrumentation replace them.

export class OAuthRequestError extends Error {
	request;
	response;
	message = "OAUTH_REQUEST_FAILED";

	constructor(request, response) {
		super("OAUTH_REQUEST_FAILED");
		this.request = request;
		this.response = response;
	}
}

export const newError = (constructor, message, code, action, sites) =>
	Object.assign(new globalThis[constructor](message), { code, action }, sites && { sites });

const decoder = new TextDecoder();

export const parseJson = (bytes) => JSON.parse(decoder.decode(bytes));

export const get = (object, name) => object[name];

export const firstEntries = (value, most) =>
	Array.isArray(value) ? Array.from({ length: Math.min(value.length, most) }, (_, index) => value[index]) : undefined;

// Waiting

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
async function drive(context, next) {
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

// A provider and the calls of its methods

// What the methods of a provider are bound to. `problem` is an array of what is wrong with the configuration, if anything is.
export const newApp = (problem, auth, fetch, timeout, bodyLimit, cloud, scope, clientId, clientSecret, afterCode) => ({
	problem,
	auth,
	fetch,
	timeout,
	bodyLimit,
	cloud,
	scope,
	clientId,
	clientSecret,
	afterCode,
	inFlight: new Map()
});

// One call of a method while it waits. `secret` is the code or the token that it was given.
export const newCall = (app, secret) => ({ app, secret, started: Date.now() });

// `methods` are in the order in which Rust lists them. What a wrong configuration has made useless rejects
// with what is wrong.
export const newProvider = (urlProblem, beforeState, afterState, app, [getAuthorizationUrl, ...methods]) => {
	const rejection = ([problem]) => Promise.reject.bind(Promise, problem);
	const [
		validateCallback,
		callback,
		validateAuthorizationCode,
		getUser,
		refreshTokens,
		tokens,
		getAccessibleResources,
		apiUrl,
		revoke
	] = methods.map((method) => method.bind(undefined, app));
	return {
		getAuthorizationUrl:
			urlProblem === undefined
				? getAuthorizationUrl.bind(undefined, beforeState, afterState)
				: rejection(urlProblem),
		validateCallback: app.problem === undefined ? validateCallback : rejection(app.problem),
		callback,
		validateAuthorizationCode,
		getUser,
		refreshTokens,
		tokens,
		getAccessibleResources,
		apiUrl,
		revoke
	};
};

export const urlAndState = (before, state, after, codeVerifier) => {
	const url = new URL(before + state + after);
	return codeVerifier === undefined ? [url, state] : [url, state, codeVerifier];
};

// Requests

// A token is not copied to wasm memory to be looked at: that takes longer than all the rest of a
// sign-in that is done there. These searches do not look at each character.
export const isHeaderValue = (string) =>
	/[^\t ]/.test(string) &&
	!(
		string.includes("\n") ||
		string.includes("\r") ||
		string.includes("\0") ||
		/[^\0-\xff]/.test(string)
	);

export const isFormEncoded = (string) => !/[^\w*.-]/.test(string);

// `strings` are the method, the address in each cloud, and names and values of headers.
export const newEndpoint = ([method, commercial, government, ...strings]) => {
	const headers = {};
	while (strings.length) headers[strings.shift()] = strings.shift();
	return { method, headers, urls: [commercial, government] };
};

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

const requestInit = ({ method }, headers, body, timeout) => ({
	method,
	headers,
	body,
	redirect: "manual",
	signal: timeout === 0 ? undefined : AbortSignal.timeout(timeout)
});

const headersOf = ({ headers }, authorization) =>
	authorization === undefined ? headers : { ...headers, Authorization: authorization };

// Node's own `Request` copies the headers that are the same each time, and is given the `Authorization` then: to convert
// an object takes it longer, the longer the values are. Another might keep the headers themselves, and with them
// what is put there.
const newRequest = (url, endpoint, authorization, body, timeout) => {
	if (authorization === undefined || !isNativeRequest() || !isUndici) {
		return new Request(url, requestInit(endpoint, { ...headersOf(endpoint, authorization) }, body, timeout));
	}
	endpoint.common ??= new Request(url, { headers: endpoint.headers }).headers;
	const request = new Request(url, requestInit(endpoint, endpoint.common, body, timeout));
	request.headers.set("Authorization", authorization);
	return request;
};

// Sends a request to an endpoint, at `url` where it has no addresses of its own. The call keeps it until
// the body is read: a runtime may drop the timeout with the request. Each `fetch` is given a `Request`, as from
// the published package, but for Node's own and workerd's, which make one of their own of whatever they are given.
export const send = (call, endpoint, url, authorization, body) => {
	const { fetch: own, timeout, cloud } = call.app;
	call.endpoint = endpoint;
	call.url = url ?? endpoint.urls[cloud];
	call.body = body;
	if (own === undefined && fetch === nativeFetch && isNativeRequest()) {
		call.request = requestInit(endpoint, headersOf(endpoint, authorization), body, timeout);
		return fetch(call.url, call.request);
	}
	call.request = newRequest(call.url, endpoint, authorization, body, timeout);
	return own === undefined ? fetch(call.request) : own(call.request);
};

// A step: the answer, if it is one of success. The error has a request of the same URL, method and headers
// in place of the one that held secrets.
const accept = ({ url, endpoint }, response) => {
	if (response.ok) return response;
	throw new OAuthRequestError(newRequest(url, endpoint, undefined, undefined, 0), response);
};

// Reads a body: its text, or `undefined` where it is longer than `limit` bytes or takes longer than the
// promise `late`.
async function readText(body, limit, late) {
	let [reader, size] = readerOf(body);
	const chunks = [];
	let length = 0;
	let isOver = false;
	try {
		while (!isOver) {
			const reading = size ? reader.readAtLeast(size, new Uint8Array(size)) : reader.read();
			const part = await (late ? Promise.race([reading, late]) : reading);
			if (part === undefined) return;
			const { done, value } = part;
			if (!done || value !== undefined) {
				// A stream of the app's can give anything. Only bytes can be counted.
				if (value?.[Symbol.toStringTag] !== "Uint8Array") {
					throw new TypeError("lucia-atlassian: the body of an answer must be a stream of `Uint8Array`");
				}
				if ((length += value.byteLength) > limit) return;
				chunks.push(value);
			}
			isOver = done || value.byteLength < size;
			size = Math.min(size * 2, limit + 1 - length);
		}
	} finally {
		// Not that of a refusal's clone: in Node 20 and 22, a timeout that comes after its cancellation is a
		// rejection that nobody can handle, which ends the process.
		if (!isOver && !late) reader.cancel().catch(() => {});
	}
	return decoder.decode(chunks.length === 1 ? chunks[0] : joined(chunks, length));
}

// Only workerd's can, and only there is it of use: each wait is dear.
function canReadAtLeast() {
	return Boolean(globalThis.ReadableStreamBYOBReader?.prototype.readAtLeast);
}

// A reader, and how many bytes to ask it for first, if it can be asked. One that is asked for more than there
// is says at once that there is no more.
function readerOf(body) {
	if (canReadAtLeast()) {
		try {
			return [body.getReader({ mode: "byob" }), 4_096];
		} catch {
			// A body that an app has made may be a stream of another kind.
		}
	}
	return [body.getReader(), 0];
}

const joined = (chunks, length) => {
	const bytes = new Uint8Array(length);
	length = 0;
	for (const chunk of chunks) {
		bytes.set(chunk, length);
		length += chunk.byteLength;
	}
	return bytes;
};

const isOwnResponse = (value) => typeof Response === "function" && value instanceof Response;

// Whether the runtime sees to it that a body is within the limit. workerd does, where an answer from the
// network says its length: that is the length before decompression, and a body in chunks has none, whatever
// the server says besides (RFC 9112, section 6.3). To count would take long there; elsewhere it takes no time,
// and a page is not shown whether what it reads was compressed. What the app's own `fetch` gives may be of
// any origin, and say any length.
const isHeldToLength = ({ headers }, { fetch: own, bodyLimit }) => {
	if (own !== undefined || !canReadAtLeast()) return false;
	const length = headers.get("Content-Length");
	return (
		/^\d+$/.test(length) &&
		length <= bodyLimit &&
		!(headers.has("Content-Encoding") || headers.has("Transfer-Encoding"))
	);
};

// A step: the JSON of the answer. What is no `Response` of the runtime's, as in an app's tests, and a
// `Response` with a `json` of its own are asked for it; nothing else of them is looked at. `refuse` throws
// why a body is not used: the parser's own error would quote it, and the query of an app's own address may
// be a secret.
export const jsonStep = (refuse) => async (call, response) => {
	const { app, url } = call;
	accept(call, response);
	if (!isOwnResponse(response) || Object.hasOwn(response, "json")) return response.json();
	// In this order: workerd makes a stream when it is asked for the body.
	const isWhole = !app.bodyLimit || isHeldToLength(response, app) || response.bodyUsed || !response.body;
	const text = await (isWhole ? response.text() : readText(response.body, app.bodyLimit));
	try {
		if (text !== undefined) return JSON.parse(text);
	} catch {}
	const { origin, pathname } = new URL(url);
	return refuse(origin + pathname, text !== undefined);
};

export const ownStep = (name) => ({ accept, getUserOfKey })[name];

// Answers

// The values are those of the answer itself, not copies.
export const readTokens = ({ access_token, refresh_token, expires_in }) => ({
	accessToken: access_token,
	accessTokenExpiresIn: expires_in,
	refreshToken: refresh_token === undefined ? null : refresh_token
});

export const tokenSet = (tokens, expiresAt, scope, missingScope) => ({ ...tokens, expiresAt, scope, missingScope });

// The same order for reading an entry and for making a site. `scopes` are those before `products`.
export const readSite = ({ id, url, name, avatarUrl, scopes }) => [id, url, name, avatarUrl, scopes];

export const newSite = ([id, url, name, avatarUrl, ...scopes], count) => {
	const products = scopes.splice(count);
	return { id, url, name, avatarUrl, scopes, products };
};

// `site` and `only` are bound to the sites.
export const newResources = (sites, site, only) => ({
	sites,
	site: site.bind(undefined, sites),
	only: only.bind(undefined, sites)
});

export const revocation = (accepted, error) => (accepted ? { accepted } : { accepted, error });

export const addCause = (error, cause, retryAfter) =>
	Object.assign(error, { cause }, retryAfter !== undefined && { retryAfter });

// The body of a refusal, read from a copy, so that the response itself stays unread: no more than it
// takes to say why, and for no longer than that is worth waiting for.
export async function bodyOfRefusal(response, call, limit, milliseconds) {
	let timer;
	try {
		const late = new Promise((resolve) => {
			timer = setTimeout(resolve, milliseconds);
		});
		const text = await readText(response.clone().body, limit, late);
		if (text !== undefined) return JSON.parse(text);
		// What has not come to its end keeps the connection until the timeout, which a runtime may drop with the
		// request: nobody else holds it by then.
		setTimeout((request) => request, call.app.timeout, call.request).unref?.();
	} catch {
		// What is no JSON, or cannot be read, says nothing.
	} finally {
		clearTimeout(timer);
	}
}

// What an answer says about why it refuses. A response may be the app's own, and lack anything.
export const readRefusal = ({ response }, body) => {
	const read = (member) => {
		try {
			return member();
		} catch {}
	};
	return [
		read(() => response.status),
		body?.error,
		body?.error_description,
		body?.message,
		read(() => response.headers.get("Retry-After")),
		read(() => response.headers.get("X-RateLimit-Reset"))
	];
};

// All names and values of a body, a line each; `undefined` where a name says that its value is a token.
function linesOf(body) {
	let hasToken = false;
	let lines = "";
	JSON.stringify(body, (name, value) => {
		hasToken ||= /token$/i.test(name) && value !== null;
		lines += `${name}\n${typeof value === "object" ? "" : value}\n`;
		return value;
	});
	return hasToken ? undefined : lines;
}

// Whether there is nothing but words, numbers and UUIDs: no token that was issued looks so, nor what was sent in
// any encoding that could hide it.
const isPlain = (text) =>
	text
		.replace(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/gi, "")
		.split(/[\s.,;:!?'"()[\]{}/<>_|*@-]+/)
		.every((word) => word.length < 25 && /^([A-Z]?[a-z]*([A-Z][a-z]+)*|[A-Z]+|\d{1,16}|\w{1,4})$/.test(word));

// All twelve letters and digits that follow each other, in lower case. Of more than any token has, nothing is
// looked at: all others would wait meanwhile.
const piecesOf = (text) => {
	const letters = text.slice(0, 65_536).replace(/[^A-Za-z0-9]+/g, "").toLowerCase();
	return Array.from({ length: Math.max(0, letters.length - 11) }, (_, start) => letters.slice(start, start + 12));
};

export const markRefusal = (error, call, code, action, retryAfter, body) => {
	error.code = code;
	error.action = action;
	if (retryAfter !== undefined) error.retryAfter = retryAfter;
	// A body that has a secret must not bring it into a log.
	const shown = body === undefined ? undefined : linesOf(body);
	if (shown === undefined || !isPlain(shown)) return;
	const codeVerifier = new URLSearchParams(call.body).get("code_verifier");
	const secrets = [call.secret, call.app.clientSecret, call.tokens?.accessToken, codeVerifier];
	const pieces = new Set(piecesOf(shown));
	const isShown = (secret) =>
		secret &&
		(shown.toLowerCase().includes(secret.toLowerCase()) || piecesOf(secret).some((piece) => pieces.has(piece)));
	if (!secrets.some(isShown)) error.body = body;
};

// An error that is not ours stays as it looks, and keeps a `code` that it has; that of a request's own
// timeout is a number without a meaning. Told by its tag as well, since it may come
// from another realm.
export const markForeign = (error, code, action, call) => {
	if (!(error instanceof Error || /Error|Exception/.test(Object.prototype.toString.call(error)))) return;
	const isTimeout = error.name === "TimeoutError" && call?.request?.signal?.aborted;
	if (isTimeout || (error.code ?? null) === null) Object.defineProperty(error, "code", { value: code, configurable: true });
	Object.defineProperty(error, "action", { value: action, configurable: true });
};

// Lucia

export const userAuth = (methods, auth, providerId, providerUserId) => {
	const [getExistingUser, createKey, createUser] = methods.map((method) =>
		method.bind(undefined, auth, providerId, providerUserId)
	);
	return { providerId, providerUserId, getExistingUser, createKey, createUser };
};

export const atlassianUserAuth = (userAuth, atlassianTokens, atlassianUser) =>
	Object.assign(userAuth, { atlassianTokens, atlassianUser });

const getUserOfKey = (auth, key) => auth.getUser(key.userId);

export const createKey = (auth, userId, providerId, providerUserId) =>
	auth.createKey({ userId, providerId, providerUserId, password: null });

// Not Object.assign: an own `__proto__` of the options must stay a property and not become the
// prototype of what Lucia reads.
export const createUser = (auth, providerId, providerUserId, options) =>
	auth.createUser({ key: { providerId, providerUserId, password: null }, ...options });

// The app's store

export const readStore = ({ lock, load, save }) => [load, save, lock];

export const load = async (store) => store.load();

export const save = async (store, next, previous) => store.save(next, previous);

// `store.lock` need not hand on what the work gives, and what goes wrong when it lets go is no failure of
// the work. A lock that never calls what it is given locks nobody out, and one that calls it again, as
// transactions do that are tried again, gets the same outcome.
export async function lock(store, context, next) {
	let outcome;
	try {
		await store.lock(() => {
			outcome ??= drive(context, next);
			// A lock that does not look at it may let go later, and an unhandled rejection ends a Node process.
			outcome.catch(() => {});
			return outcome;
		});
	} catch (error) {
		if (outcome === undefined) throw error;
	}
	return (outcome ??= drive(context, next));
}

export async function replace(store, next, tries) {
	while (tries-- > 0) {
		const saved = await store.save(next, (await store.load()) ?? null);
		if (saved || saved === undefined) return true;
	}
	return false;
}

// What is known of stored tokens: the last two say whether they are others than those at hand, and whether
// an API has rejected them.
export const readStored = ({ current, rejected }, { accessToken, refreshToken, expiresAt }) => [
	accessToken,
	expiresAt,
	current === undefined || current.accessToken !== accessToken || current.refreshToken !== refreshToken,
	accessToken === rejected
];

export const readSignIn = ({ accessToken, refreshToken, expiresAt, accessTokenExpiresIn }) => [
	accessToken,
	refreshToken,
	expiresAt,
	accessTokenExpiresIn
];

export const storedTokens = (tokens, expiresAt) => ({ ...tokens, expiresAt });

// What the methods of `tokens` are bound to.
export const newKeeper = (problem, app, store, skew) => ({ problem, app, store, skew, inFlight: new Map() });

export const newRenewal = (keeper, rejected, bits) => ({ ...keeper, keeper, rejected, bits, awaited: 0 });

export const newTokens = (keeper, accessToken, set) => ({
	accessToken: accessToken.bind(undefined, keeper),
	set: set.bind(undefined, keeper)
});
