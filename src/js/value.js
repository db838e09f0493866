// Reads values of the app and of responses: getters may throw, and a token is not copied to wasm memory to be looked
// at. `value.rs` says what the values are.

// One for all: in Node 20, a decoder for each body, which decodes part by part, takes 2 µs of a callback.
export const decoder = new TextDecoder();

export const parseJson = (bytes) => JSON.parse(decoder.decode(bytes));

// What is read, or `undefined` where that throws, as a member of an app's own object can.
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

// A token is not copied to wasm memory to be looked at: that takes longer than all the rest of a
// sign-in that is done there. These searches do not look at each character.
export const isHeaderValue = (string) =>
	/[^\t ]/.test(string) &&
	!(
		string.includes("\n") ||
		string.includes("\r") ||
		string.includes("\0") ||
		/[^\0-\xff]/.test(string)
	);

export const isFormEncoded = (string) => !/[^\w*.-]/.test(string);
