// Reads an error response. Its body is a stream, and the response may be an app's object with missing members.
// `error_response.rs` classifies it; `error.js` chooses the part of the body that an error shows.

import { readText } from "./body.js";
import { isGlobalResponse } from "./request.js";
import { holdUntilTimeout, untilDeadline } from "./timeout.js";
import { cloneOf, isStream, readOrUndefined } from "./value.js";

// A text within the limit, `undefined` for a longer one, and an empty string for other values.
const limitedText = (text, limit) => (typeof text !== "string" ? "" : text.length > limit ? undefined : text);

// The ways to read the body of a response or of a clone, the best first: only a stream can end early.
const readers = [
	({ body }, limit, deadline, isCopy) => (isStream(body) ? readText(body, limit, deadline, isCopy) : ""),
	async (source, limit, deadline) => limitedText(await untilDeadline(deadline, source.text()), limit),
	async (source, limit, deadline) => limitedText(JSON.stringify((await untilDeadline(deadline, source.json())) ?? undefined), limit)
];

// The objects from which the body can be read, the best first, and whether each is a clone, which leaves the response
// unread.
function* sourcesOf(response, isNative, limit) {
	const copy = readOrUndefined(() => cloneOf(response, limit));
	yield [copy, true];
	// Other implementations of `clone` may return nothing or an empty body. The error is more important than an unread
	// body.
	if (!isNative || !readOrUndefined(() => copy.body)) yield [response, false];
}

// Resolves to the JSON of an error response, limited in size and time, also by the time limit of its request.
export async function readBody(response, context, limit, milliseconds) {
	const isNative = readOrUndefined(() => isGlobalResponse(response) && response.clone === Response.prototype.clone);
	const { deadline: requestDeadline } = context;
	// Each read that times out halves the time of the next one.
	let time = isNative ? milliseconds : milliseconds / 2;
	let isCut = false;
	for (const [source, isCopy] of sourcesOf(response, isNative, limit)) {
		for (const read of readers) {
			let text = "";
			let timer;
			const deadline = new Promise((_, reject) => {
				const end = () => {
					time /= 2;
					isCut = true;
					reject();
				};
				timer = setTimeout(end, time);
				requestDeadline?.catch(end);
			});
			deadline.catch(() => {});
			try {
				text = await read(await untilDeadline(deadline, source), limit, deadline, isCopy);
			} catch {
				// Ignore it: another reader or source may have the body.
			} finally {
				clearTimeout(timer);
			}
			if (requestDeadline?.hasPassed) return;
			// Invalid JSON may name the cause, too.
			if (text?.trim()) {
				if (!isCut) requestDeadline?.clear();
				return readOrUndefined(() => JSON.parse(text)) ?? text;
			}
			// Every other source is as long.
			if (text === undefined) return void holdUntilTimeout(context);
		}
	}
	if (isCut) holdUntilTimeout(context);
	else requestDeadline?.clear();
}

// The members of an error response that classify it.
export function readErrorResponse({ response }, body) {
	const header = (name) => readOrUndefined(() => response.headers.get(name));
	return [
		readOrUndefined(() => response.status),
		body?.error,
		header("WWW-Authenticate"),
		body?.error_description,
		// Jira sends an array of messages. Text that is not JSON, such as HTML of a proxy, is not judged by its words.
		typeof body === "string" ? "text" : (body?.message ?? JSON.stringify(body?.errorMessages ?? body?.errors ?? body?.error)),
		header("Retry-After"),
		header("X-RateLimit-Reset")
	];
}
