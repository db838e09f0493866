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

export const get = (object, name) => object[name];

// A Proxy can claim any length.
export const firstEntries = (value, most) => {
	if (!Array.isArray(value)) return;
	const { length } = value;
	return Array.from({ length: typeof length === "number" && length < most ? length : most }, (_, index) => value[index]);
};

// Checks a token without copying it to wasm memory, which would take longer than the rest of a sign-in there. These
// searches do not read each character.
export const isHeaderValue = (string) =>
	/[^\t ]/.test(string) &&
	!(
		string.includes("\n") ||
		string.includes("\r") ||
		string.includes("\0") ||
		/[^\0-\xff]/.test(string)
	);

export const isFormEncoded = (string) => !/[^\w*.-]/.test(string);
