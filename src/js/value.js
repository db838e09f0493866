// Reads values of the app and of responses. Getters may throw, and no token is copied to wasm memory for a check.
// `value.rs` describes the values.

// One decoder for all bodies: in Node 20, a streaming decoder for each body slows a callback by 2 µs.
export const decoder = new TextDecoder();

export const parseJson = (bytes) => JSON.parse(decoder.decode(bytes));

// The result of `read`, or `undefined` if it throws: a getter of an app's object may do that.
export const readOrUndefined = (read) => {
	try {
		return read();
	} catch {}
};

// The same bytes, with room for `length`. Doubles the room at least, so that a body of many parts is not copied for
// each part.
export function withRoom(bytes, length) {
	if (length <= bytes.length) return bytes;
	const larger = new Uint8Array(Math.max(length, 2 * bytes.length));
	larger.set(bytes);
	return larger;
}

export const get = (object, name) => object[name];

// A Proxy can claim any length.
export const firstEntries = (value, most) => {
	if (!Array.isArray(value)) return;
	const { length } = value;
	return Array.from({ length: typeof length === "number" && length < most ? length : most }, (_, index) => value[index]);
};

// Checks a token without copying it to wasm memory, which would take longer than the rest of a sign-in there.
export const isHeaderValue = (string) =>
	/[^\t ]/.test(string) &&
	!(
		string.includes("\n") ||
		string.includes("\r") ||
		string.includes("\0") ||
		/[^\0-\xff]/.test(string)
	);

export const needsNoFormEncoding = (string) => !/[^\w*.-]/.test(string);

export const isWebStream = (body) => typeof body?.getReader === "function";
// A web stream, or a stream of Node's, as in node-fetch.
export const isStream = (body) => isWebStream(body) || typeof body?.[Symbol.asyncIterator] === "function";

// A clone for reading, which leaves the response unread. Only in happy-dom is `bodyUsed` an own property, and `clone()` of most
// versions empties the response. Node streams, as in node-fetch, emit an error at a timeout, which ends the process without
// a listener. An unread branch blocks the other at its high-water mark: asking for more than there is raises the mark and
// reads nothing.
export function cloneOf(response, limit) {
	const { body } = response;
	const isWeb = isWebStream(body);
	let copy;
	// So it is in workerd before the compatibility date 2022-01-31, whose `clone()` is native and keeps the body.
	if (body && Object.hasOwn(response, "bodyUsed") && !/\[native code\]/.test(response.clone)) {
		const [value, read] = isWeb ? body.tee() : [body, body].map((body) => body.pipe(new body.constructor()));
		Object.defineProperty(response, "body", { value });
		copy = { body: read };
	} else copy = response.clone();
	if (response.body !== body && !isWeb) {
		for (const { body } of [response, copy]) body.on("error", () => {});
		response.body.read(limit + 1);
	}
	return copy;
}
