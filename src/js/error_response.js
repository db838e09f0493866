// Reads an error response. Its body is a stream that has to be awaited, and the response may be an object of the app's
// that lacks anything. What it means is decided in `error_response.rs`; which part of its body shows, in `error.js`.

import { isStream, readText } from "./body.js";
import { isOwnResponse } from "./request.js";
import { holdUntilTimeout, untilDeadline } from "./timeout.js";
import { readOrUndefined } from "./value.js";

// A text within the limit, `undefined` where it is longer, and an empty one where it is none.
const held = (text, limit) => (typeof text !== "string" ? "" : text.length > limit ? undefined : text);

// What can give the body of a response or of a copy, the best first: only a stream can be left when it is too long.
const readers = [
	({ body }, limit, deadline, isCopy) => (isStream(body) ? readText(body, limit, deadline, isCopy) : ""),
	async (source, limit, deadline) => held(await untilDeadline(deadline, source.text()), limit),
	async (source, limit, deadline) => held(JSON.stringify((await untilDeadline(deadline, source.json())) ?? undefined), limit)
];

// What the body may be read from, the best first, and whether that is a copy, so that the response itself stays unread.
function* sourcesOf(response, isNative) {
	// `clone()` of happy-dom empties both. It keeps what it has read, and gives it again once `bodyUsed` says so, which
	// anybody can write there and nowhere else.
	if (readOrUndefined(() => Object.getOwnPropertyDescriptor(response, "bodyUsed").writable)) {
		yield [{ text: async () => { const text = await response.text(); response.bodyUsed = false; return text; } }, false];
	}
	const copy = readOrUndefined(() => response.clone());
	yield [copy, true];
	// What else makes copies may make empty ones or none. To know the error is worth more than an unread body.
	if (!isNative || !readOrUndefined(() => copy.body)) yield [response, false];
}

// The JSON of an error response: no more of it than it takes to say why, and for no longer than that is worth waiting for.
export async function readBody(response, context, limit, milliseconds) {
	const isNative = readOrUndefined(() => isOwnResponse(response) && response.clone === Response.prototype.clone);
	// Each wait for what does not come leaves half of the time to what comes after it.
	let time = isNative ? milliseconds : milliseconds / 2;
	let isCut = false;
	for (const [source, isCopy] of sourcesOf(response, isNative)) {
		for (const read of readers) {
			let timer;
			let text = "";
			const deadline = new Promise((_, reject) => {
				timer = setTimeout(() => {
					time /= 2;
					isCut = true;
					reject();
				}, time);
			});
			try {
				text = await read(await untilDeadline(deadline, source), limit, deadline, isCopy);
			} catch {
				// What cannot be read says nothing.
			} finally {
				clearTimeout(timer);
			}
			// What is no JSON may say why all the same.
			if (text?.trim()) return readOrUndefined(() => JSON.parse(text)) ?? text;
			if (text === undefined) {
				isCut = true;
				break;
			}
		}
	}
	if (isCut) holdUntilTimeout(context);
}

export const readErrorResponse = ({ response }, body) => [
	readOrUndefined(() => response.status),
	// RFC 6750, section 3, has the error of an API in a header.
	body?.error ?? /^Bearer\b.*\berror="?(\w+)/i.exec(readOrUndefined(() => response.headers.get("WWW-Authenticate")) ?? "")?.[1],
	body?.error_description,
	// Jira has a list of messages.
	body?.message ?? body?.errorMessages?.join?.(". ") ?? body,
	readOrUndefined(() => response.headers.get("Retry-After")),
	readOrUndefined(() => response.headers.get("X-RateLimit-Reset"))
];
