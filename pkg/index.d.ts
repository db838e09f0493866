// The types of `lucia-atlassian`.

import type { Auth, Key } from "./lucia.js";

export { OAuthRequestError, atlassianClient } from "./client.js";
export type { AtlassianClient } from "./client.js";
export * from "./providers.js";

type LuciaUser<_Auth extends Auth> = ReturnType<_Auth["transformDatabaseUser"]>;
type LuciaDatabaseUserAttributes<_Auth extends Auth> = Parameters<
	_Auth["createUser"]
>[0]["attributes"];

/** A user of a provider, joined to Lucia. The methods need no `this` and can be destructured. */
export interface ProviderUserAuth<_Auth extends Auth = Auth> {
	/** The id of the provider, the first half of the key. */
	readonly providerId: string;
	/** The id that the provider has for the user, the second half of the key. */
	readonly providerUserId: string;

	/**
	 * Gives the Lucia user who has the key of this provider user, or `null` when there is none.
	 * Rejects with whatever `auth.useKey` or `auth.getUser` throws, save for `AUTH_INVALID_KEY_ID`.
	 */
	getExistingUser: () => Promise<LuciaUser<_Auth> | null>;

	/**
	 * Gives an existing Lucia user a key for this provider user, so that they can sign in with it.
	 * Rejects with whatever `auth.createKey` throws.
	 *
	 * @param userId - The id of the Lucia user
	 */
	createKey: (userId: string) => Promise<Key>;

	/**
	 * Makes a Lucia user with a key for this provider user. Rejects with whatever `auth.createUser`
	 * throws.
	 *
	 * @param options - Passed on to `auth.createUser`, with the key
	 */
	createUser: (options: {
		userId?: string;
		attributes: LuciaDatabaseUserAttributes<_Auth>;
	}) => Promise<LuciaUser<_Auth>>;
}

/** A provider that uses the authorization code grant. */
export interface OAuth2ProviderAuth<
	_ProviderUserAuth extends ProviderUserAuth = ProviderUserAuth,
	_Auth = _ProviderUserAuth extends ProviderUserAuth<infer _Auth> ? _Auth : never
> {
	/** Finishes a sign-in. */
	validateCallback: (code: string) => Promise<_ProviderUserAuth>;
	/** Starts a sign-in. */
	getAuthorizationUrl: () => Promise<readonly [url: URL, state: string | null]>;
}

/** A provider that uses the authorization code grant with PKCE (RFC 7636). */
export interface OAuth2ProviderAuthWithPKCE<
	_ProviderUserAuth extends ProviderUserAuth = ProviderUserAuth,
	_Auth = _ProviderUserAuth extends ProviderUserAuth<infer _Auth> ? _Auth : never
> {
	/** Finishes a sign-in. */
	validateCallback: (code: string, codeVerifier: string) => Promise<_ProviderUserAuth>;
	/** Starts a sign-in. */
	getAuthorizationUrl: () => Promise<
		readonly [url: URL, codeVerifier: string, state: string | null]
	>;
}

/**
 * Joins a user of any provider to Lucia.
 *
 * @param auth - The app's Lucia instance
 * @param providerId - The id of the provider, the first half of the key
 * @param providerUserId - The id that the provider has for the user, the second half of the key
 */
export declare const providerUserAuth: <_Auth extends Auth = Auth>(
	auth: _Auth,
	providerId: string,
	providerUserId: string
) => ProviderUserAuth<_Auth>;

/**
 * Makes an authorization URL (RFC 6749, section 4.1.1) with a fresh state of 43 characters. A
 * parameter with an empty value is left out; one that `url` has already is replaced in its place.
 *
 * Rejects with a `TypeError` when `url` is not a URL or `options` is not as described.
 *
 * @param url - The provider's authorization endpoint
 */
export declare const createOAuth2AuthorizationUrl: (
	url: string | URL,
	options: {
		clientId: string;
		scope: string[];
		redirectUri?: string;
	}
) => Promise<readonly [authorizationUrl: URL, state: string]>;

/**
 * Like {@link createOAuth2AuthorizationUrl}, with a code verifier of 96 characters and its `S256`
 * challenge (RFC 7636).
 *
 * @param url - The provider's authorization endpoint
 */
export declare const createOAuth2AuthorizationUrlWithPKCE: (
	url: string | URL,
	options: {
		clientId: string;
		scope: string[];
		codeChallengeMethod: "S256";
		redirectUri?: string;
	}
) => Promise<readonly [authorizationUrl: URL, codeVerifier: string, state: string]>;

/**
 * Exchanges an authorization code (RFC 6749, section 4.1.3) and resolves to the parsed response as it came.
 * Redirects are not followed, and the request may take ten seconds.
 *
 * Rejects with an {@link OAuthRequestError} when the status of the response is not 200 to 299, with a
 * `TimeoutError` `DOMException` when it takes too long, and with whatever `fetch` rejects with.
 *
 * @param authorizationCode - The `code` parameter of the callback
 * @param url - The provider's token endpoint
 */
export declare const validateOAuth2AuthorizationCode: <_ResponseBody extends {}>(
	authorizationCode: string,
	url: string | URL,
	options: {
		clientId: string;
		redirectUri?: string;
		codeVerifier?: string;
		clientPassword?: {
			clientSecret: string;
			authenticateWith: "client_secret" | "http_basic_auth";
		};
	}
) => Promise<_ResponseBody>;

/**
 * Reads the claims of an ID token (OpenID Connect Core 1.0, section 2). **Checks no signature**: use
 * it only on a token that came straight from the provider's token endpoint.
 *
 * Throws a `SyntaxError` when the token is malformed.
 */
export declare const decodeIdToken: <_Claims extends {}>(idToken: string) => {
	iss: string;
	aud: string;
	exp: number;
} & _Claims;
