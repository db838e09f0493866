// Creates errors and adds `code` and `action`: Rust cannot subclass `Error` or set properties of other objects.
// `error_response.rs` classifies an error. This file chooses the part of a body that an error shows.

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

// The members of an OAuth error (RFC 6749, section 5.2) and of an Atlassian one.
const MEMBERS = ["error", "error_description", "error_uri", "code", "message"];
const MAX_LENGTH = 500;
const REDACTED = "[redacted]";

// Twenty characters of a token in a row (RFC 6750, section 2.1), without the slash, which URLs have.
const TOKEN = /[\w.~+-]{20,}=*/g;
// Strings that are as long, but no tokens: a UUID, the name of an error, a host.
const NO_TOKEN = /^([0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|[a-z]+([._][a-z]+)+)\.*$/i;

const lowerCase = (text) => text.replace(/[A-Z]+/g, (letters) => letters.toLowerCase());

// Not by a regular expression: a secret may have any length, and the error for a too long pattern would quote it.
function withoutSecret(text, secret) {
	if (secret.length > text.length) return text;
	const [searched, sought] = [lowerCase(text), lowerCase(secret)];
	let shown = "";
	let from = 0;
	for (let at; (at = searched.indexOf(sought, from)) >= 0; from = at + sought.length) {
		shown += text.slice(from, at) + REDACTED;
	}
	return shown + text.slice(from);
}

// The part of a body that an error shows, or `undefined`. Entries of `sent` may be `undefined`.
function shownBody(body, sent) {
	const secrets = sent.filter(Boolean).flatMap((secret) => {
		const form = new URLSearchParams([["", secret]]).toString().slice(1);
		// A string with lone surrogates cannot be encoded for a URL.
		return [secret, form, /[\ud800-\udfff]/.test(secret) ? form : encodeURIComponent(secret)];
	});
	const shown = {};
	for (const name of MEMBERS) {
		const value = body?.[name];
		if (typeof value !== "string" && typeof value !== "number") continue;
		const text = secrets
			.reduce(withoutSecret, `${value}`)
			.replace(TOKEN, (run) => (NO_TOKEN.test(run) ? run : REDACTED));
		shown[name] = typeof value === "number" && text === `${value}` ? value : text.slice(0, MAX_LENGTH);
	}
	return Object.keys(shown).length > 0 ? shown : undefined;
}

// The details of an error response.
export const addErrorResponse = (error, context, code, action, retryAfter, body) => {
	error.code = code;
	error.action = action;
	if (retryAfter !== undefined) error.retryAfter = retryAfter;
	const codeVerifier = new URLSearchParams(context.body).get("code_verifier");
	const { codeOrToken, tokens, configuration } = context;
	const shown = shownBody(body, [codeOrToken, configuration.clientSecret, tokens?.accessToken, codeVerifier]);
	if (shown !== undefined) error.body = shown;
};

// Whether a `fetch` got a `Request` or a dispatcher of another library. npm's undici and node-fetch use a foreign
// `Request` as a URL. Node's own `fetch` rejects the dispatcher of a much newer undici.
export const isRequestNotAccepted = ({ message, input, cause, code }) =>
	/\[object Request\]|^Only absolute URLs|UND_ERR_INVALID_ARG/.test([message, input, cause?.input, cause?.code, code]);

// Errors of others keep their enumerable properties and their `code`. After a timeout, the `code` is replaced: it is a
// number, or names a cut connection. Also checks the tag: the error may come from another realm.
export const addClassification = (error, code, action, hasTimedOut) => {
	if (!(error instanceof Error || /Error|Exception/.test(Object.prototype.toString.call(error)))) return;
	if (hasTimedOut || (error.code ?? null) === null) Object.defineProperty(error, "code", { value: code, configurable: true });
	Object.defineProperty(error, "action", { value: action, configurable: true });
};
