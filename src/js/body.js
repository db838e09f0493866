// Reads the bodies of responses, which are streams and have to be awaited. How much of one is read, and for how
// long, is decided here, in the middle of the stream; what a body says is left to Rust.

import { accept, canReadAtLeast } from "./request.js";

const decoder = new TextDecoder();

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
