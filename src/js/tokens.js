// Makes the objects of tokens out of a response, with the values that came: a token is not copied to wasm memory.
// `tokens.rs` checks them.

// The values are those of the answer itself, not copies.
export const readTokens = ({ access_token, refresh_token, expires_in }) => ({
	accessToken: access_token,
	accessTokenExpiresIn: expires_in,
	refreshToken: refresh_token === undefined ? null : refresh_token
});

export const tokenSet = (tokens, expiresAt, scope, missingScope) => ({ ...tokens, expiresAt, scope, missingScope });

export const revocation = (accepted, error) => (accepted ? { accepted } : { accepted, error });
