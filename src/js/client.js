// Makes the objects of a client, of its calls and of what they resolve to. They are object literals, which Rust can
// only make in many calls across the boundary. `client.rs` and `configuration.rs` decide what they hold.

// The configuration that the methods of a client are bound to. `problem` is an array of what is wrong with the configuration, if anything is.
export const newConfiguration = (problem, auth, fetch, timeout, bodyLimit, cloud, scope, clientId, clientSecret, afterCode) => ({
	problem,
	auth,
	fetch,
	timeout,
	bodyLimit,
	cloud,
	scope,
	clientId,
	clientSecret,
	afterCode,
	inFlight: new Map()
});

// What one call of a method has and needs while it waits. `secret` is the code or the token that it was given.
export const newRequestContext = (configuration, secret) => ({ configuration, secret, started: Date.now() });

// `methods` are in the order in which Rust lists them. What a wrong configuration has made useless rejects
// with what is wrong.
export const newClient = (urlProblem, beforeState, afterState, configuration, [getAuthorizationUrl, ...methods]) => {
	const rejection = ([problem]) => Promise.reject.bind(Promise, problem);
	const [
		validateCallback,
		callback,
		validateAuthorizationCode,
		getUser,
		refreshTokens,
		tokens,
		getAccessibleResources,
		apiUrl,
		revoke,
		checkResponse
	] = methods.map((method) => method.bind(undefined, configuration));
	return {
		getAuthorizationUrl:
			urlProblem === undefined
				? getAuthorizationUrl.bind(undefined, beforeState, afterState)
				: rejection(urlProblem),
		validateCallback: configuration.problem === undefined ? validateCallback : rejection(configuration.problem),
		callback,
		validateAuthorizationCode,
		getUser,
		refreshTokens,
		tokens,
		getAccessibleResources,
		apiUrl,
		revoke,
		checkResponse
	};
};

export const newSignIn = (atlassianUser, atlassianTokens) => ({ atlassianUser, atlassianTokens });

export const urlAndState = (before, state, after, codeVerifier) => {
	const url = new URL(before + state + after);
	return codeVerifier === undefined ? [url, state] : [url, state, codeVerifier];
};
