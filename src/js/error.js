// Makes errors and marks them: a subclass of `Error` and properties of an app's own objects are beyond Rust. What an
// error means is decided in `failure.rs`; whether a body shows in an error is decided here, where it stays.

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

export const addCause = (error, cause, retryAfter) =>
	Object.assign(error, { cause }, retryAfter !== undefined && { retryAfter });

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

// Whether a `fetch` was given what only another library accepts: npm's undici and node-fetch take a foreign
// `Request` for an address, and Node's own refuses the dispatcher of an undici that is much newer.
export const isRequestRefused = ({ message, input, cause }) =>
	/\[object Request\]|^Only absolute URLs|UND_ERR_INVALID_ARG/.test([message, input, cause?.input, cause?.code]);

// An error that is not ours stays as it looks, and keeps a `code` that it has; that of a request's own
// timeout is a number without a meaning. Told by its tag as well, since it may come
// from another realm.
export const markForeign = (error, code, action, call) => {
	if (!(error instanceof Error || /Error|Exception/.test(Object.prototype.toString.call(error)))) return;
	const isTimeout = error.name === "TimeoutError" && call?.request?.signal?.aborted;
	if (isTimeout || (error.code ?? null) === null) Object.defineProperty(error, "code", { value: code, configurable: true });
	Object.defineProperty(error, "action", { value: action, configurable: true });
};
