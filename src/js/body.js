// Reads the bodies of responses, which are streams. This file limits their size and time, while it reads; Rust
// interprets the content.

import { requireOk, canReadAtLeast, isGlobalResponse } from "./request.js";
import { holdUntilTimeout, untilDeadline } from "./timeout.js";
import { cloneOf, decoder, isStream, isWebStream, readOrUndefined, withRoom } from "./value.js";

// Resolves to the text of a body, or to `undefined` beyond `limit` bytes. Rejects with the error of `deadline`.
export async function readText(body, limit, deadline, isCopy) {
	let [reader, size] = readerOf(body);
	let bytes;
	let length = 0;
	let isOver = false;
	try {
		while (!isOver) {
			const reading = size ? reader.readAtLeast(size, new Uint8Array(size)) : reader.read();
			const { done, value } = await (deadline ? Promise.race([reading, deadline]) : reading);
			if (!done || value !== undefined) {
				// An app's own stream can yield any value. Only bytes can be counted.
				if (value?.[Symbol.toStringTag] !== "Uint8Array") {
					throw new TypeError("lucia-atlassian: the body of a response must be a stream of `Uint8Array`");
				}
				const start = length;
				if ((length += value.byteLength) > limit) return;
				if (start === 0) bytes = value;
				else (bytes = withRoom(bytes, length)).set(value, start);
			}
			isOver = done || value.byteLength < size;
			size = Math.min(size * 2, limit + 1 - length);
		}
	} finally {
		// Never cancel the clone of a web stream: in Node 20 and 22, a later timeout is then an unhandled rejection. Nor a
		// stream of happy-dom, which writes to it all the same.
		if (!isOver && deadline?.controller && !isCopy) deadline.controller.abort();
		else if (!isOver && !(isCopy && isWebStream(body))) new Promise((resolve) => resolve(reader.cancel())).catch(() => {});
	}
	return decoder.decode(bytes?.subarray(0, length));
}

// A reader, and the number of bytes to request first, or 0 for a reader without `readAtLeast`. If the body is shorter,
// `readAtLeast` reports the end with the bytes.
function readerOf(body) {
	if (!isWebStream(body)) {
		const iterator = body[Symbol.asyncIterator]();
		return [{ read: () => iterator.next(), cancel: () => iterator.return?.() }, 0];
	}
	if (canReadAtLeast()) {
		try {
			return [body.getReader({ mode: "byob" }), 4_096];
		} catch {
			// An app's own body may be another kind of stream.
		}
	}
	return [body.getReader(), 0];
}

// Whether the runtime enforces the limit. workerd does if a response from the network has a `Content-Length` and
// neither compression nor chunks (RFC 9112, section 6.3). Counting is slow there. Elsewhere it is fast, and a page
// cannot see a compression. A response of the app's own `fetch` may state any length.
const isHeldToLength = ({ headers }, { fetch: appFetch, bodyLimit }) => {
	if (appFetch !== undefined || !canReadAtLeast()) return false;
	const length = headers.get("Content-Length");
	const isCounted = /^\d+$/.test(length) && length <= bodyLimit;
	return isCounted && !(headers.has("Content-Encoding") || headers.has("Transfer-Encoding"));
};

// Resolves to the text of a response, or to `undefined` if it is longer than the limit.
async function textOf(context, response, isCopy) {
	const { configuration, deadline } = context;
	// Reads `body` last: in workerd, reading it creates a stream.
	const { bodyLimit } = configuration;
	if (isGlobalResponse(response) && (!bodyLimit || isHeldToLength(response, configuration) || response.bodyUsed)) {
		return untilDeadline(deadline, response.text());
	}
	const body = readOrUndefined(() => response.body);
	const most = bodyLimit || Infinity;
	if (isStream(body)) return readText(body, most, deadline, isCopy);
	const text = await untilDeadline(deadline, response.text());
	return new TextEncoder().encode(text).length <= most ? text : undefined;
}

// Reads `body` only if it exists: from a test double of a response, the package reads only `ok` and `json`.
const hasStream = (response) => isStream(readOrUndefined(() => "body" in response && response.body));

// Whether to call `json` of a response, as `@lucia-auth/oauth` does, because it has no body whose size can be limited.
// A `json` of the object's own comes before `text`: tests put it there.
const isAskedForJson = (response, { bodyLimit }) =>
	Object.hasOwn(response, "json")
		? !bodyLimit || !hasStream(response) || response.bodyUsed
		: !(isGlobalResponse(response) || hasStream(response) || ("body" in response && typeof response.text === "function"));

// A step: the JSON of the response. `throwError` throws the error, without the parser's error, which would quote the body,
// and without the query of an app's own URL, which may be a secret.
export const jsonStep = (throwError) => async (context, response) => {
	requireOk(context, response);
	const { configuration, deadline, url } = context;
	try {
		if (isAskedForJson(response, configuration)) return await untilDeadline(deadline, response.json());
		// Calls a `json` of the object's own only after a clone of the body is within the limit. Without a clone, reads
		// the body.
		const copy = Object.hasOwn(response, "json") ? readOrUndefined(() => cloneOf(response, configuration.bodyLimit)) : undefined;
		const isCopied = copy !== undefined && hasStream(copy);
		const text = await textOf(context, isCopied ? copy : response, isCopied);
		if (isCopied && text !== undefined) return await untilDeadline(deadline, response.json());
		if (isCopied) holdUntilTimeout(context);
		try {
			if (text !== undefined) return JSON.parse(text);
		} catch {}
		const { origin, pathname } = new URL(url);
		return throwError(origin + pathname, text !== undefined);
	} finally {
		deadline?.clear();
	}
};
