// Calls the app's Lucia `auth`, with object literals and in an order that the app could notice. `lucia.rs` decides
// when.

export const userAuth = (methods, auth, providerId, providerUserId) => {
	const [getExistingUser, createKey, createUser] = methods.map((method) =>
		method.bind(undefined, auth, providerId, providerUserId)
	);
	return { providerId, providerUserId, getExistingUser, createKey, createUser };
};

export const atlassianUserAuth = (userAuth, atlassianTokens, atlassianUser) =>
	Object.assign(userAuth, { atlassianTokens, atlassianUser });

export const getUserOfKey = (auth, key) => auth.getUser(key.userId);

export const createKey = (auth, userId, providerId, providerUserId) =>
	auth.createKey({ userId, providerId, providerUserId, password: null });

// Not Object.assign: an own `__proto__` of the options must stay a property and not become the
// prototype of what Lucia reads.
export const createUser = (auth, providerId, providerUserId, options) =>
	auth.createUser({ key: { providerId, providerUserId, password: null }, ...options });
