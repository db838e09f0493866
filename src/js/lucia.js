// Calls the app's Lucia `auth` with objects, which Rust would create by a call across the boundary for each member.
// The order of the calls is part of the contract: an app could notice it. `lucia.rs` decides when to call.

// `exports` are the exports of the wasm.
export const newUserAuth = ({ getExistingUser, createKey, createUser }, auth, providerId, providerUserId) => ({
	providerId,
	providerUserId,
	getExistingUser: getExistingUser.bind(undefined, auth, providerId, providerUserId),
	createKey: createKey.bind(undefined, auth, providerId, providerUserId),
	createUser: createUser.bind(undefined, auth, providerId, providerUserId)
});

export const newAtlassianUserAuth = (exports, { configuration, tokens }, providerId, providerUserId, atlassianUser) =>
	Object.assign(newUserAuth(exports, configuration.auth, providerId, providerUserId), { atlassianTokens: tokens, atlassianUser });

export const getUserOfKey = (auth, key) => auth.getUser(key.userId);

export const createKeyOf = (auth, providerId, providerUserId, userId) =>
	auth.createKey({ userId, providerId, providerUserId, password: null });

// Not Object.assign: an own `__proto__` of the options must stay a property, and not become the prototype.
export const createUserWithKey = (auth, providerId, providerUserId, options) =>
	auth.createUser({ key: { providerId, providerUserId, password: null }, ...options });
