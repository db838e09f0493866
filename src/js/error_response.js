// Reads an error response. Its body is a stream, and the response may be an app's object with missing members.
// `error_response.rs` classifies it; `error.js` chooses the part of the body that an error shows.

import { isStream, readText } from "./body.js";
import { isOwnResponse } from "./request.js";
import { holdUntilTimeout, untilDeadline } from "./timeout.js";
import { readOrUndefined } from "./value.js";

// A text within the limit, `undefined` for a longer one, and an empty string for other values.
const held = (text, limit) => (typeof text !== "string" ? "" : text.length > limit ? undefined : text);

// The ways to read the body of a response or of a clone, the best first: only a stream can end early.
const readers = [
	({ body }, limit, deadline, isCopy) => (isStream(body) ? readText(body, limit, deadline, isCopy) : ""),
	async (source, limit, deadline) => held(await untilDeadline(deadline, source.text()), limit),
	async (source, limit, deadline) => held(JSON.stringify((await untilDeadline(deadline, source.json())) ?? undefined), limit)
];

// The objects from which the body can be read, the best first, and whether each is a clone, which leaves the response
// unread.
function* sourcesOf(response, isNative) {
	// `clone()` of happy-dom empties both. `text()` there returns the body again after `bodyUsed` is set to `false`.
	// Only in happy-dom is `bodyUsed` writable.
	if (readOrUndefined(() => Object.getOwnPropertyDescriptor(response, "bodyUsed").writable)) {
		yield [{ text: async () => { const text = await response.text(); response.bodyUsed = false; return text; } }, false];
	}
	const copy = readOrUndefined(() => response.clone());
	yield [copy, true];
	// Other implementations of `clone` may return nothing or an empty body. The error is more important than an unread
	// body.
	if (!isNative || !readOrUndefined(() => copy.body)) yield [response, false];
}

// Resolves to the JSON of an error response, limited in size and time.
export async function readBody(response, context, limit, milliseconds) {
	const isNative = readOrUndefined(() => isOwnResponse(response) && response.clone === Response.prototype.clone);
	// Each wait without a result leaves half of the time to the next wait.
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
				// Ignore it: another reader or source may have the body.
			} finally {
				clearTimeout(timer);
			}
			// Invalid JSON may name the cause, too.
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
	// An API sends its error in a header (RFC 6750, section 3).
	body?.error ?? /^Bearer\b.*\berror="?(\w+)/i.exec(readOrUndefined(() => response.headers.get("WWW-Authenticate")) ?? "")?.[1],
	body?.error_description,
	// Jira sends an array of messages.
	body?.message ?? body?.errorMessages?.join?.(". ") ?? body,
	readOrUndefined(() => response.headers.get("Retry-After")),
	readOrUndefined(() => response.headers.get("X-RateLimit-Reset"))
];
