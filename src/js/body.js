// Reads the bodies of responses, which are streams and have to be awaited. How much of one is read, and for how
// long, is decided here, in the middle of the stream; what a body says is left to Rust.

import { accept, canReadAtLeast, isOwnResponse } from "./request.js";
import { deadlineOf, holdUntilTimeout, untilDeadline } from "./timeout.js";
import { decoder, readOrUndefined } from "./value.js";

const isWebStream = (body) => typeof body?.getReader === "function";
// A web stream, or one of Node's, as node-fetch has it.
export const isStream = (body) => isWebStream(body) || typeof body?.[Symbol.asyncIterator] === "function";

// Reads a body: its text, or `undefined` where it is longer than `limit` bytes. Rejects as `deadline` does.
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
				// A stream of the app's can give anything. Only bytes can be counted.
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
		// Not the copy of a web stream: in Node 20 and 22, a later timeout is then a rejection that ends the process.
		if (!isOver && !(isCopy && isWebStream(body))) new Promise((resolve) => resolve(reader.cancel())).catch(() => {});
	}
	return decoder.decode(bytes?.subarray(0, length));
}

// The same bytes, with room for so many. At least twice the room than before, so that a body of many parts is not copied
// for each of them.
function withRoom(bytes, length) {
	if (length <= bytes.length) return bytes;
	const larger = new Uint8Array(Math.max(length, 2 * bytes.length));
	larger.set(bytes);
	return larger;
}

// A reader, and how many bytes to ask it for first, if it can be asked. One that is asked for more than there
// is says at once that there is no more.
function readerOf(body) {
	if (!isWebStream(body)) {
		const iterator = body[Symbol.asyncIterator]();
		return [{ read: () => iterator.next(), cancel: () => iterator.return?.() }, 0];
	}
	if (canReadAtLeast()) {
		try {
			return [body.getReader({ mode: "byob" }), 4_096];
		} catch {
			// A body that an app has made may be a stream of another kind.
		}
	}
	return [body.getReader(), 0];
}

// Whether the runtime holds a body to the limit. workerd does, where a response from the network says its length: that is
// the length before decompression, and a body in chunks has none (RFC 9112, section 6.3). To count takes long there;
// elsewhere it takes no time, and a page cannot see whether a body was compressed. A response of the app's own `fetch` may
// say any length.
const isHeldToLength = ({ headers }, { fetch: own, bodyLimit }) => {
	if (own !== undefined || !canReadAtLeast()) return false;
	const length = headers.get("Content-Length");
	const isCounted = /^\d+$/.test(length) && length <= bodyLimit;
	return isCounted && !(headers.has("Content-Encoding") || headers.has("Transfer-Encoding"));
};

// The text of a response, or `undefined` where it is longer than the limit.
async function textOf(context, response, isCopy) {
	const { configuration, deadline } = context;
	// In this order: workerd makes a stream when it is asked for the body.
	const { bodyLimit } = configuration;
	if (isOwnResponse(response) && (!bodyLimit || isHeldToLength(response, configuration) || response.bodyUsed)) {
		return untilDeadline(deadline?.promise, response.text());
	}
	const body = readOrUndefined(() => response.body);
	const most = bodyLimit || Infinity;
	if (isStream(body)) return readText(body, most, isWebStream(body) && !isCopy ? deadline?.promise : deadlineOf(context), isCopy);
	const text = await untilDeadline(deadlineOf(context), response.text());
	return new TextEncoder().encode(text).length <= most ? text : undefined;
}

// The body is looked at only where there is one: of a stub of an app's tests, nothing but `ok` and `json` is.
const hasStream = (response) => isStream(readOrUndefined(() => "body" in response && response.body));

// Whether the `json` of a response is asked, as by the published package, and its body not read here: there is none that
// can be held to the limit. A `json` of its own goes before `text`, since tests put it there.
const isAskedForJson = (response, { bodyLimit }) =>
	Object.hasOwn(response, "json")
		? !bodyLimit || !hasStream(response) || response.bodyUsed
		: !(isOwnResponse(response) || hasStream(response) || ("body" in response && typeof response.text === "function"));

// A step: the JSON of the response. `refuse` throws why a body is not used: the parser's own error would quote it, and the
// query of an app's own address may be a secret.
export const jsonStep = (refuse) => async (context, response) => {
	accept(context, response);
	if (isAskedForJson(response, context.configuration)) return untilDeadline(deadlineOf(context), response.json());
	// A `json` of its own is asked once a copy of the body is known to be within the limit. Without a copy, the body is read.
	const copy = Object.hasOwn(response, "json") ? readOrUndefined(() => response.clone()) : undefined;
	const isCopied = copy !== undefined && hasStream(copy);
	const text = await textOf(context, isCopied ? copy : response, isCopied);
	if (isCopied && text !== undefined) return untilDeadline(deadlineOf(context), response.json());
	if (isCopied) holdUntilTimeout(context);
	try {
		if (text !== undefined) return JSON.parse(text);
	} catch {}
	const { origin, pathname } = new URL(context.url);
	return refuse(origin + pathname, text !== undefined);
};
