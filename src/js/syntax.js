// What JavaScript says in syntax and Rust cannot, a subclass of Error, `await` and object spread, and
// expressions that Rust could only say in many calls across the boundary, each of which takes time.
// What they say it about, and when, is decided in Rust.

export class OAuthRequestError extends Error {
	request;
	response;
	message = "OAUTH_REQUEST_FAILED";

	constructor(request, response) {
		super("OAUTH_REQUEST_FAILED");
		this.request = request;
		this.response = response;
	}
}

// Hands what is awaited from step to step. The waiting is done here, and not by a future in wasm
// memory, so that a wait without end is garbage like any other, and so that only `await` itself
// decides what a promise is.
export async function run(context, value, steps, rescue) {
	try {
		for (const step of steps) value = step(context, await value);
		return await value;
	} catch (error) {
		if (rescue === undefined) throw error;
		return rescue(error);
	}
}

// A token is not copied to wasm memory to be looked at: that takes longer than all the rest of a
// sign-in that is done there. These searches do not look at each character.
export const isHeaderValue = (string) =>
	!(
		string.includes("\n") ||
		string.includes("\r") ||
		string.includes("\0") ||
		/[^\0-\xff]/.test(string)
	);

export const isFormEncoded = (string) => !/[^\w*.-]/.test(string);

// Globals are looked up at each call, since tests and instrumentation replace them.

export const urlAndState = (before, state, after) => [new URL(before + state + after), state];

export const newRequest = (url, method, headers, authorization, body, timeout) =>
	new Request(url, {
		method,
		headers: authorization === undefined ? { ...headers } : { ...headers, Authorization: authorization },
		body,
		redirect: "manual",
		signal: timeout === 0 ? undefined : AbortSignal.timeout(timeout)
	});

export const signInContext = (request, auth, fetch, timeout) => ({ request, auth, fetch, timeout });

export const userAuth = (methods, auth, providerId, providerUserId) => {
	const [getExistingUser, createKey, createUser] = methods.map((method) =>
		method.bind(undefined, auth, providerId, providerUserId)
	);
	return { providerId, providerUserId, getExistingUser, createKey, createUser };
};

export const getUserOfKey = (auth, key) => auth.getUser(key.userId);

export const createKey = (auth, userId, providerId, providerUserId) =>
	auth.createKey({ userId, providerId, providerUserId, password: null });

// Not Object.assign: an own `__proto__` of the options must stay a property and not become the
// prototype of what Lucia reads.
export const createUser = (auth, providerId, providerUserId, options) =>
	auth.createUser({ key: { providerId, providerUserId, password: null }, ...options });
