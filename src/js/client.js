// Creates the objects of a client, of its calls and of their results. They are not created in Rust, which needs a
// call across the boundary for each member of an object. `client.rs` and `configuration.rs` decide their content.

// The fields of an app's `configs`, except the client secret. This calls getters of the app, in this order.
export const readConfigs = ({ clientId, redirectUri, scope, fetch, timeout, bodyLimit, cloud }) => [
	clientId,
	redirectUri,
	scope,
	fetch,
	timeout,
	bodyLimit,
	cloud
];

// The configuration to which the methods of a client are bound. `argumentError` is an array with the error of a wrong
// `configs`, or `undefined`.
export const newConfiguration = (argumentError, isProvider, auth, fetch, timeout, bodyLimit, cloud, scope, clientId, clientSecret, afterCode) => ({
	argumentError,
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

// The data of one call of a method, and its argument.
export const newCallContext = (configuration, codeOrToken) => ({ configuration, codeOrToken, started: Date.now() });

// The methods are exports of the wasm, bound to their data. The functions of `exports` stay the same when `start.js`
// replaces the instance. With a wrong configuration, they reject with its error. Only `getAuthorizationUrl` cannot check
// for it: for speed, it is bound to the parts of its URL instead of the configuration, and needs no client secret.
export const newClient = (exports, urlError, beforeState, afterState, configuration) => ({
	getAuthorizationUrl: urlError
		? Promise.reject.bind(Promise, urlError[0])
		: exports.getAuthorizationUrl.bind(undefined, beforeState, afterState),
	validateCallback: exports.validateCallback.bind(undefined, configuration),
	callback: exports.callback.bind(undefined, configuration),
	validateAuthorizationCode: exports.validateAuthorizationCode.bind(undefined, configuration),
	getUser: exports.getUser.bind(undefined, configuration),
	refreshTokens: exports.refreshTokens.bind(undefined, configuration),
	tokens: exports.tokens.bind(undefined, configuration),
	getAccessibleResources: exports.getAccessibleResources.bind(undefined, configuration),
	// The export returns an error in an array: an export that throws would need more code in the bindings.
	apiUrl: (site, product) => {
		const url = exports.apiUrl(configuration, site, product);
		if (typeof url === "string") return url;
		throw url[0];
	},
	revoke: exports.revoke.bind(undefined, configuration),
	checkResponse: exports.checkResponse.bind(undefined, configuration)
});

export const newSignIn = ({ tokens }, atlassianUser) => ({ atlassianUser, atlassianTokens: tokens });

export const urlAndState = async (before, state, after, codeVerifier) => {
	const url = new URL(before + state + after);
	return codeVerifier === undefined ? [url, state] : [url, state, codeVerifier];
};
