// Reads an error response. Its body is a stream that has to be awaited, and the response may be an object of the app's
// that lacks anything. What it means is decided in `error_response.rs`; which part of its body shows, in `error.js`.

import { isOwnResponse, isStream, readText } from "./body.js";
import { raced } from "./timeout.js";

const attempt = (read) => {
	try {
		return read();
	} catch {}
};

// The text of a response or of a copy; `undefined` where it is longer than `limit`, or `late` resolves before.
async function textFrom(source, limit, late, isCopy) {
	const body = attempt(() => source.body);
	if (isStream(body)) return readText(body, limit, late, isCopy);
	const isText = typeof source.text === "function";
	const text = isText ? await raced(late, source.text()) : JSON.stringify(await raced(late, source.json()));
	return text?.length > limit ? undefined : text;
}

// Reads a copy where one can be had, so that the response itself stays unread.
async function readTextOfCopy(response, limit, late) {
	// `clone()` of happy-dom empties both. It keeps what it has read, and gives it again once `bodyUsed` says so, which
	// anybody can write there and nowhere else.
	if (Object.getOwnPropertyDescriptor(response, "bodyUsed")?.writable && typeof response.text === "function") {
		const text = await textFrom({ text: () => response.text() }, limit, late);
		response.bodyUsed = false;
		return text;
	}
	const copy = attempt(() => response.clone());
	const isOwnCopy = isOwnResponse(response) && response.clone === Response.prototype.clone;
	if (copy && isOwnCopy) return textFrom(copy, limit, late, true);
	// What else makes copies may make empty ones. To know the error is worth more than an unread body.
	const text = copy && (await textFrom(copy, limit, late, true).catch(() => ""));
	if (text) return text;
	const own = textFrom(response, limit, late);
	return typeof response.json === "function" ? own.catch(async () => JSON.stringify(await raced(late, response.json()))) : own;
}

// The JSON of an error response: no more of it than it takes to say why, and for no longer than that is worth waiting for.
export async function readBody(response, context, limit, milliseconds) {
	let timer;
	try {
		const late = new Promise((resolve) => {
			timer = setTimeout(resolve, milliseconds);
		});
		const text = await readTextOfCopy(response, limit, late);
		// What is no JSON may say why all the same.
		if (text !== undefined) return attempt(() => JSON.parse(text)) ?? text;
		// What has not come to its end keeps the connection until the timeout, which a runtime may drop with the
		// request: nobody else holds it by then.
		setTimeout((request) => request, context.configuration.timeout, context.request).unref?.();
	} catch {
		// What cannot be read says nothing.
	} finally {
		clearTimeout(timer);
	}
}

export const readErrorResponse = ({ response }, body) => [
	attempt(() => response.status),
	// RFC 6750, section 3, has the error of an API in a header.
	body?.error ?? /^Bearer\b.*\berror="?(\w+)/i.exec(attempt(() => response.headers.get("WWW-Authenticate")) ?? "")?.[1],
	body?.error_description,
	// Jira has a list of messages.
	body?.message ?? body?.errorMessages?.[0] ?? body,
	attempt(() => response.headers.get("Retry-After")),
	attempt(() => response.headers.get("X-RateLimit-Reset"))
];
