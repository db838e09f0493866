// Makes the objects of a client, of its calls and of what they resolve to. They are object literals, which Rust can
// only make in many calls across the boundary. `client.rs` and `configuration.rs` decide what they hold.

// What an app's `configs` have, but for the client secret. Getters of the app are called in this order.
export const readConfigs = ({ clientId, redirectUri, scope, fetch, timeout, bodyLimit, cloud }) => [
	clientId,
	redirectUri,
	scope,
	fetch,
	timeout,
	bodyLimit,
	cloud
];

// The configuration that the methods of a client are bound to. `problem` is an array of what is wrong with the configuration, if anything is.
export const newConfiguration = (problem, isProvider, auth, fetch, timeout, bodyLimit, cloud, scope, clientId, clientSecret, afterCode) => ({
	problem,
	isProvider,
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

// The methods are exports of the wasm, bound to what they need: `exports` has functions that stay the same when the
// instance is replaced. What a wrong configuration has made useless rejects with what is wrong.
export const newClient = (exports, urlProblem, beforeState, afterState, configuration) => {
	const rejection = ([problem]) => Promise.reject.bind(Promise, problem);
	const { problem } = configuration;
	return {
		getAuthorizationUrl:
			urlProblem === undefined ? exports.getAuthorizationUrl.bind(undefined, beforeState, afterState) : rejection(urlProblem),
		validateCallback: problem === undefined ? exports.validateCallback.bind(undefined, configuration) : rejection(problem),
		callback: exports.callback.bind(undefined, configuration),
		validateAuthorizationCode: exports.validateAuthorizationCode.bind(undefined, configuration),
		getUser: exports.getUser.bind(undefined, configuration),
		refreshTokens: exports.refreshTokens.bind(undefined, configuration),
		tokens: exports.tokens.bind(undefined, configuration),
		getAccessibleResources: exports.getAccessibleResources.bind(undefined, configuration),
		// It gives an array of what is wrong: only with the bindings' help can an export throw.
		apiUrl: (site, product) => {
			const url = exports.apiUrl(configuration, site, product);
			if (typeof url === "string") return url;
			throw url[0];
		},
		revoke: exports.revoke.bind(undefined, configuration),
		checkResponse: exports.checkResponse.bind(undefined, configuration)
	};
};

export const newSignIn = ({ tokens }, atlassianUser) => ({ atlassianUser, atlassianTokens: tokens });

export const urlAndState = async (before, state, after, codeVerifier) => {
	const url = new URL(before + state + after);
	return codeVerifier === undefined ? [url, state] : [url, state, codeVerifier];
};
