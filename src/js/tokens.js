// Reads the tokens out of a response, as the values that came: a token is not copied to wasm memory. `tokens.rs`
// checks them.

export const readTokens = ({ access_token, refresh_token, expires_in }) => ({
	accessToken: access_token,
	accessTokenExpiresIn: expires_in,
	refreshToken: refresh_token === undefined ? null : refresh_token
});

// The tokens of responses that name no scope. What a token set has as its scopes is what was asked for then.
const withoutScope = new WeakSet();

export const noteMissingScope = (tokens) => {
	withoutScope.add(tokens);
};

export const namesNoScope = (tokens) => withoutScope.has(tokens);
