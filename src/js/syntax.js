// What JavaScript says in syntax and Rust cannot: a subclass of Error, `await`, and the calls of
// Lucia's with an object literal, object spread or a certain order of evaluation. The rest of the
// boundary is in Rust.

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

export const getUserOfKey = (auth, key) => auth.getUser(key.userId);

export const createKey = (auth, userId, providerId, providerUserId) =>
	auth.createKey({ userId, providerId, providerUserId, password: null });

// Not Object.assign: an own `__proto__` of the options must stay a property and not become the
// prototype of what Lucia reads.
export const createUser = (auth, providerId, providerUserId, options) =>
	auth.createUser({ key: { providerId, providerUserId, password: null }, ...options });
