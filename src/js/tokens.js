// Reads the tokens of a response without copying them to wasm memory. `tokens.rs` checks them.

export const readTokens = ({ access_token, refresh_token, expires_in }) => ({
	accessToken: access_token,
	accessTokenExpiresIn: expires_in,
	refreshToken: refresh_token === undefined ? null : refresh_token
});

// The token sets of responses without a scope; their scopes are the requested ones. Not a member of the set: the app
// would see it.
const withoutScope = new WeakSet();

export const markWithoutScope = (tokens) => {
	withoutScope.add(tokens);
};

export const isWithoutScope = (tokens) => withoutScope.has(tokens);
