// The types of `lucia-atlassian`.

import type { Auth, Key } from "./lucia.js";

export { OAuthRequestError, atlassianClient } from "./client.js";
export type { AtlassianClient } from "./client.js";
export * from "./providers.js";

type LuciaUser<_Auth extends Auth> = ReturnType<_Auth["transformDatabaseUser"]>;
type LuciaDatabaseUserAttributes<_Auth extends Auth> = Parameters<
	_Auth["createUser"]
>[0]["attributes"];

/** A user of a provider, linked to Lucia. You can destructure the methods: they need no `this`. */
export interface ProviderUserAuth<_Auth extends Auth = Auth> {
	/** The id of the provider, the first half of the key. */
	readonly providerId: string;
	/** The provider's id of the user, the second half of the key. */
	readonly providerUserId: string;

	/**
	 * Resolves to the Lucia user with the key of this provider user, or to `null`. Rejects with the errors of
	 * `auth.useKey` and `auth.getUser`, except `AUTH_INVALID_KEY_ID`.
	 */
	getExistingUser: () => Promise<LuciaUser<_Auth> | null>;

	/**
	 * Creates a key for this provider user, so that an existing Lucia user can sign in with it. Rejects with the error
	 * of `auth.createKey`.
	 *
	 * @param userId - The id of the Lucia user
	 */
	createKey: (userId: string) => Promise<Key>;

	/**
	 * Creates a Lucia user with a key for this provider user. Rejects with the error of `auth.createUser`.
	 *
	 * @param options - The options of `auth.createUser`, without the key
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
 * Links a user of any provider to Lucia.
 *
 * @param auth - Your app's Lucia instance
 * @param providerId - The id of the provider, the first half of the key
 * @param providerUserId - The provider's id of the user, the second half of the key
 */
export declare const providerUserAuth: <_Auth extends Auth = Auth>(
	auth: _Auth,
	providerId: string,
	providerUserId: string
) => ProviderUserAuth<_Auth>;

/**
 * Creates an authorization URL (RFC 6749, section 4.1.1) with a new state of 43 characters. Leaves out empty
 * parameters, and replaces parameters that `url` already has.
 *
 * Rejects with a `TypeError` when `url` is not a URL or a field of `options` is wrong.
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
 * Exchanges an authorization code (RFC 6749, section 4.1.3) and resolves to the parsed response. Follows no redirect,
 * and waits up to ten seconds.
 *
 * Rejects with an {@link OAuthRequestError} when the status of the response is not 200 to 299, with a `TimeoutError`
 * `DOMException` after ten seconds, and with the error of `fetch`.
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
 * Reads the claims of an ID token (OpenID Connect Core 1.0, section 2). **Checks no signature**: use it only on a
 * token from the provider's token endpoint.
 *
 * Throws a `SyntaxError` when the token is malformed.
 */
export declare const decodeIdToken: <_Claims extends {}>(idToken: string) => {
	iss: string;
	aud: string;
	exp: number;
} & _Claims;
