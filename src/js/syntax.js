// What JavaScript says in syntax and Rust cannot: a subclass of Error, and object spread. Everything
// else of the boundary is in the Rust files beside this one.

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

// Not Object.assign: an own `__proto__` of the options must stay a property and not become the
// prototype of what Lucia reads.
export const withKey = (key, options) => ({ key, ...options });
