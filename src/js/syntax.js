// What JavaScript says in syntax and Rust cannot: a subclass of Error, object spread, and the order in
// which a call looks up its method and its arguments. The rest of the boundary is in Rust.

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

export const getUserOfKey = (auth, key) => auth.getUser(key.userId);

// Not Object.assign: an own `__proto__` of the options must stay a property and not become the
// prototype of what Lucia reads.
export const createUserWithKey = (auth, key, options) => auth.createUser({ key, ...options });
