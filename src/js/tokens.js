// Reads the tokens of a response without copying them to wasm memory. `tokens.rs` checks them.

export const readTokens = ({ access_token, refresh_token, expires_in }) => ({
	accessToken: access_token,
	accessTokenExpiresIn: expires_in,
	refreshToken: refresh_token === undefined ? null : refresh_token
});

// The tokens of responses without a scope. The scopes of such a token set are the requested ones.
const withoutScope = new WeakSet();

export const noteMissingScope = (tokens) => {
	withoutScope.add(tokens);
};

export const namesNoScope = (tokens) => withoutScope.has(tokens);
