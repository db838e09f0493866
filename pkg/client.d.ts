// The types of `lucia-atlassian/client`: signing in without Lucia. They import nothing.

/** An app as registered in Atlassian's developer console, and how it sends requests. */
export interface AtlassianConfigs {
	/** Client id of the Atlassian OAuth app. */
	clientId: string;
	/** Client secret of the Atlassian OAuth app. Never logged, inspected or serialised. */
	clientSecret: string;
	/** One of the app's registered callback URLs, letter for letter. */
	redirectUri: string;
	/** Scopes to ask for besides `read:me`, such as `read:jira-work` or `offline_access`. */
	scope?: string[];
	/**
	 * Replaces the global `fetch`, for a service binding, a proxy or a test. Gets one argument, a `Request`.
	 * Pass on the `signal` of the request. Return a `Response`, of any library, or an object with `ok` and `json`.
	 */
	fetch?: (request: Request) => { ok: boolean; json: () => unknown } | PromiseLike<{ ok: boolean; json: () => unknown }>;
	/**
	 * The time limit of each request with its body, in milliseconds: a whole number up to 2147483647, 0 for no
	 * limit. Default: 10000.
	 */
	timeout?: number;
	/**
	 * The most bytes of a response's body, after decompression: a whole number up to 2147483647, 0 for no limit.
	 * Default: 1048576. It holds for every response with a readable stream as its `body`, whatever else the response
	 * has, and for what its `text` gives. Only a response without such a stream that is read by a `json` method of its
	 * own, such as a test's stub, has no limit.
	 */
	bodyLimit?: number;
	/**
	 * The cloud of your users: `auth.atlassian.com`, the default, or Atlassian Government Cloud. You cannot give
	 * another address, so the client secret goes to Atlassian alone.
	 */
	cloud?: "commercial" | "government";
}

/**
 * Makes a client (RFC 6749, section 1.1) for "Sign in with Atlassian": OAuth 2.0 authorization code grant
 * (section 4.1) against Atlassian's OAuth 2.0 (3LO). It always asks for the scope `read:me`. Your app keeps users
 * and sessions; with Lucia v2, `atlassian(auth, configs)` is the same client joined to Lucia.
 *
 * Never throws, and reads `configs` once. If a field is wrong, the methods reject with a `TypeError` that names it.
 *
 * @see https://developer.atlassian.com/cloud/jira/platform/oauth-2-3lo-apps/
 */
export declare const atlassianClient: (configs: AtlassianConfigs) => AtlassianClient;

/**
 * What {@link atlassianClient} returns. The methods need no `this` and can be destructured.
 *
 * Their errors have a `code`, which never changes, and an `action`: see {@link AtlassianError}.
 */
export interface AtlassianClient {
	/**
	 * Makes the URL to send the user to (RFC 6749, section 4.1.1), with a fresh state. Keep the state,
	 * say in a cookie, and compare it with the one that comes back (section 10.12).
	 *
	 * Rejects with a `TypeError` when the configuration is wrong, and with an `Error` whose `code` is
	 * `NO_RANDOM_BYTES` when the platform has no `crypto.getRandomValues`.
	 *
	 * With `pkce`, the URL has an `S256` code challenge (RFC 7636), and its verifier is the third entry:
	 * keep it with the state and hand it to {@link callback}. Atlassian's documentation is silent on
	 * PKCE; its server lists `S256`.
	 */
	getAuthorizationUrl: {
		(options: {
			pkce: true;
		}): Promise<readonly [url: URL, state: string, codeVerifier: string]>;
		(options: {
			pkce?: boolean | undefined;
		}): Promise<readonly [url: URL, state: string, codeVerifier?: string]>;
		(): Promise<readonly [url: URL, state: string]>;
	};

	/**
	 * Exchanges the code of the callback for tokens (RFC 6749, section 4.1.3) and reads the user. Compare the
	 * state yourself before, or use {@link callback}.
	 *
	 * Rejects with
	 * - a `TypeError` when the configuration or an argument is wrong;
	 * - an `OAuthRequestError` when the status of a response is not 200 to 299: the code was used or is older than
	 *   ten minutes (`INVALID_GRANT`), the credentials are wrong, or Atlassian is down;
	 * - an `Error` whose `code` is `INVALID_CODE_VERIFIER` when `codeVerifier` is a string of another form: the
	 *   visitor changed the cookie;
	 * - an `Error` whose `code` is `INVALID_TOKEN_RESPONSE` or `INVALID_USER_RESPONSE` when a response lacks the
	 *   access token or the account id;
	 * - an `Error` whose `code` is `RESPONSE_TOO_LARGE` when a body is longer than `configs.bodyLimit`;
	 * - a `SyntaxError` whose `code` is `INVALID_JSON` when a body is invalid JSON (RFC 8259);
	 * - a `TimeoutError` `DOMException` when a request takes longer than `configs.timeout`;
	 * - whatever `fetch` rejects with.
	 *
	 * @param code - The `code` parameter of the callback; it can be used once and is never sent twice
	 * @param options - `codeVerifier`: the one of the authorization URL, when it was made with `pkce`
	 */
	validateCallback: (
		code: string,
		options?: CodeOptions
	) => Promise<{ atlassianUser: AtlassianUser; atlassianTokens: AtlassianTokens }>;

	/**
	 * Finishes a sign-in from the URL of the callback: checks its `error`, its `state` (in constant time) and its
	 * `code`, then does what {@link validateCallback} does. Its tokens are an {@link AtlassianTokenSet}.
	 *
	 * Rejects, before any request, with an `Error` whose `code` is that of the callback's `error`
	 * (`ACCESS_DENIED` when the user refused, RFC 6749, section 4.1.2.1; `LOGIN_REQUIRED`, `CONSENT_REQUIRED`,
	 * `INTERACTION_REQUIRED` or `ACCOUNT_SELECTION_REQUIRED`, OpenID Connect Core, section 3.1.2.6),
	 * `REPEATED_PARAMETER`, `MISSING_STORED_STATE`, `MISSING_STATE`, `STATE_MISMATCH` or `MISSING_CODE`; then
	 * with what {@link validateCallback} rejects with. An `error` that is the app's own fault counts only with the
	 * stored state: anybody can make such a URL.
	 *
	 * @param requestUrl - The URL of the request, whole or from its path on
	 * @param storedState - The state that you kept; remove it afterwards. A missing cookie, an empty string and
	 * `false`, which cookie parsers give for a wrong signature, are `MISSING_STORED_STATE`. An object or an array is
	 * a `TypeError`: pass `cookies().get(name)?.value`
	 * @param options - `codeVerifier`: the one of the authorization URL, when it was made with `pkce`
	 */
	callback: (
		requestUrl: string | URL,
		storedState: string | false | null | undefined,
		options?: CodeOptions
	) => Promise<{ atlassianUser: AtlassianUser; atlassianTokens: AtlassianTokenSet }>;

	/**
	 * Exchanges a code for tokens (RFC 6749, section 4.1.3) without reading the user. Rejects as
	 * {@link validateCallback} does.
	 *
	 * @param code - The `code` parameter of the callback; it can be used once and is never sent twice
	 * @param options - `codeVerifier`: the one of the authorization URL, when it was made with `pkce`
	 */
	validateAuthorizationCode: (
		code: string,
		options?: CodeOptions
	) => Promise<AtlassianTokenSet>;

	/**
	 * Reads the user whom an access token belongs to, from Atlassian's `/me`. Rejects with an
	 * `OAuthRequestError` (`INVALID_TOKEN` when the token has expired or was revoked), with
	 * `INVALID_USER_RESPONSE` when the response has no `account_id`, and as any request does.
	 *
	 * @param accessToken - With the scope `read:me`
	 */
	getUser: (accessToken: string) => Promise<AtlassianUser>;

	/**
	 * Exchanges a refresh token for new tokens (RFC 6749, section 6). Atlassian rotates refresh tokens: each use
	 * gives a new one, which you have to keep, and the old one works for ten more minutes. {@link tokens} does this
	 * for you.
	 *
	 * Overlapping calls for the same refresh token share one request. After a timeout, a cut connection or an
	 * unclear response, the method tries the same refresh token again: four times in all, with growing pauses, or
	 * with the pause of `Retry-After` up to half a minute. The last try begins within 45 seconds of the first.
	 *
	 * Rejects with
	 * - an `OAuthRequestError`: `INVALID_GRANT` when the refresh token is dead, `ACCESS_DENIED` when the user is
	 *   blocked, another `code` for another refusal;
	 * - an `Error` whose `code` is `REFRESH_OUTCOME_UNKNOWN` when no try brought a clear response; `cause` is the
	 *   last failure. The refresh token may be spent: try it again within ten minutes;
	 * - an `Error` whose `code` is `NO_REFRESH_TOKEN` when there is none.
	 *
	 * In a Worker, make the client for each request: the runtime may end a request that waits for the `fetch` of
	 * another one.
	 *
	 * @param refreshToken - As it came with the scope `offline_access`
	 */
	refreshTokens: (refreshToken: string | null | undefined) => Promise<AtlassianTokenSet>;

	/**
	 * Keeps one user's tokens alive over many processes and isolates. Sends nothing by itself.
	 *
	 * @param store - Where this user's tokens are; `lucia-atlassian/stores` has ready-made ones
	 * @param options - `skew`: how many seconds before its expiry an access token is replaced, 60 by
	 * default
	 */
	tokens: (store: TokenStore, options?: { skew?: number | undefined }) => Tokens;

	/**
	 * Lists the sites that an access token reaches. Atlassian lists a site once for each product; here
	 * it is one entry. An entry without an `id` or a `url` is left out. Rejects with an `OAuthRequestError`,
	 * with `INVALID_RESOURCES_RESPONSE` when the response is not a list, or has entries and none of them can
	 * be used, and as any request does.
	 *
	 * @param accessToken - With a scope of some product
	 */
	getAccessibleResources: (accessToken: string) => Promise<AccessibleResources>;

	/**
	 * The base address of a product's APIs on a site, such as
	 * `https://api.atlassian.com/ex/jira/<cloud id>`, to which the path of a resource is appended. Throws
	 * a `TypeError` when an argument is no part of a path.
	 *
	 * @param site - A site of {@link getAccessibleResources}, or the id of one
	 * @param product - `"jira"`, `"confluence"` or the name of another product's APIs
	 */
	apiUrl: (
		site: string | { id: string },
		product: "jira" | "confluence" | (string & {})
	) => string;

	/**
	 * Asks Atlassian to revoke a token (RFC 7009). **Best effort**: Atlassian documents no revocation for
	 * 3LO apps. Forget the token whatever comes of it. Rejects only when the configuration or `token`
	 * is wrong; the result says whether Atlassian accepted it.
	 *
	 * @param token - A refresh token or an access token
	 */
	revoke: (token: string) => Promise<Revocation>;

	/**
	 * Checks a response of an Atlassian API that the app called by itself, such as Jira's. Resolves to the same
	 * response, with its body unread, when its status is 200 to 299.
	 *
	 * Rejects with an `OAuthRequestError` otherwise, with the `code` and `action` that {@link getUser} would
	 * give (RFC 6750, section 3.1): `INVALID_TOKEN` when the access token has expired or was revoked,
	 * `INSUFFICIENT_SCOPE` when a scope is missing, `RATE_LIMITED` with `retryAfter` in seconds, `SERVER_ERROR`,
	 * or `UNEXPECTED_RESPONSE` when the status is the API's own affair. `error.request` has the URL alone. Rejects
	 * with a `TypeError` when the configuration is wrong or `response` is no response.
	 *
	 * Jira's gateway also sends 403 or 404 when the access token has expired. {@link Tokens.accessToken} gives
	 * another token then, and the same one when it has not expired.
	 *
	 * @param response - What `fetch` gave
	 */
	checkResponse: <_Response extends { ok: boolean }>(response: _Response) => Promise<_Response>;
}

/** A response with another status than 200 to 299. */
export declare class OAuthRequestError extends Error {
	/**
	 * URL, method and headers of the request that failed, without its body and its `Authorization`
	 * header, so that logging the error shows no secret.
	 */
	request: Request;
	/**
	 * The response as it came. Its body is unread, except where it cannot be copied, as with some wrapped
	 * responses: then `body` has what it says.
	 */
	response: Response;
	message: "OAUTH_REQUEST_FAILED";
	/** A name that never changes, to branch on. There on errors of the provider's methods. */
	code?: string;
	/** What to do about it. There on errors of the provider's methods. */
	action?: "reauthorize" | "configure" | "retry";
	/** How long to wait at least, in seconds, where Atlassian says so (`Retry-After`). */
	retryAfter?: number;
	/**
	 * The known members of the JSON body (RFC 6749, section 5.2), 500 characters of each string. Secrets of the
	 * request, and strings that look like tokens, read `[redacted]`. There on errors of the provider's methods.
	 */
	body?: {
		error?: string | number;
		error_description?: string | number;
		error_uri?: string | number;
		code?: string | number;
		message?: string | number;
	};
	constructor(request: Request, response: Response);
}

/** What belongs to a code. */
export interface CodeOptions {
	/**
	 * The code verifier (RFC 7636) of the authorization URL, when it was made with `pkce`. Without one, or with
	 * `false` or an empty string, as cookie parsers give, the code is sent without a verifier and Atlassian
	 * refuses it (`INVALID_GRANT`). A string that is not 43 to 128 of `A-Z a-z 0-9 - . _ ~` is
	 * `INVALID_CODE_VERIFIER`; an object or an array is a `TypeError`.
	 */
	codeVerifier?: string | false | null | undefined;
}

/** What came of {@link AtlassianClient.revoke}. */
export interface Revocation {
	/**
	 * Whether Atlassian accepted the request. That proves neither that the token was alive before (RFC 7009,
	 * section 2.2) nor, since Atlassian documents no revocation, that it is dead now.
	 */
	accepted: boolean;
	/** The cause of a refusal, an error as of the other methods. */
	error?: unknown;
}

/** Tokens with their expiry and scopes. They are plain JSON: store them as they are. */
export interface AtlassianTokenSet extends AtlassianTokens {
	/** When the access token expires, in milliseconds since the epoch, by this machine's clock. */
	expiresAt: number;
	/**
	 * The granted scopes; `offline_access` when there is a refresh token. If the response names no scope, these are
	 * the scopes that you asked for (RFC 6749, section 5.1).
	 */
	scope: string[];
	/** The scopes that you asked for and did not get. */
	missingScope: string[];
}

/**
 * The content of a {@link TokenStore}. A refresh replaces these members and keeps all others that you store beside
 * them, such as a cloud id.
 */
export interface StoredTokens {
	accessToken: string;
	refreshToken: string | null;
	/** Milliseconds since the epoch. */
	expiresAt: number;
	scope?: string[];
	missingScope?: string[];
	accessTokenExpiresIn?: number;
}

/** Your storage for the tokens of one user. */
export interface TokenStore {
	/** Resolves to the tokens that were saved last, or to `null`. */
	load: () => PromiseLike<StoredTokens | null> | StoredTokens | null;
	/**
	 * Replaces `previous` by `next` in one step (compare and swap). Resolves to `true` when the store held
	 * `previous`, and to `false`, without a change, when it did not. `previous` came from {@link load}; `null` is an
	 * empty store. If your app writes into the store, do that in one step too, so that older tokens never come back.
	 */
	save: (next: StoredTokens, previous: StoredTokens | null) => PromiseLike<boolean> | boolean;
	/**
	 * Optional. Calls `work` while no other process does for the same user, and resolves when it has ended. A lock
	 * only saves refreshes: without one, or with a lost one, nothing goes wrong.
	 */
	lock?: (work: () => Promise<void>) => PromiseLike<unknown>;
}

/** What {@link AtlassianClient.tokens} returns. The methods need no `this` and can be destructured. */
export interface Tokens {
	/**
	 * Resolves to an access token that does not expire within the skew, and refreshes it if necessary. Overlapping
	 * calls share one refresh. After a refusal it loads the store again: another process may have been faster. It
	 * never overwrites newer tokens and never deletes any. Members that your app changes during a refresh stay.
	 *
	 * If a refresh fails and the access token is still alive, it resolves to that one.
	 *
	 * Rejects with
	 * - an `Error` whose `code` is `NO_TOKENS` when the store is empty;
	 * - what {@link AtlassianClient.refreshTokens} rejects with;
	 * - an `Error` whose `code` is `STORE_CONFLICT` when `save` resolves to `false` ten times although nobody else
	 *   has stored tokens;
	 * - whatever the store throws, after three tries to save.
	 *
	 * @param options - `rejected`: an access token that an API rejected with 401. If the store still holds it, the
	 * method refreshes it
	 */
	accessToken: (options?: { rejected?: string | null | undefined }) => Promise<string>;
	/**
	 * Replaces the stored tokens by those of a new sign-in. Rejects with a `TypeError` when they are not tokens,
	 * with `STORE_CONFLICT` when others keep changing them, and with whatever the store throws.
	 *
	 * @param tokens - Those of {@link AtlassianClient.callback} or {@link AtlassianClient.validateCallback}, with
	 * members of your own if you like, as in `{ ...tokens, cloudId }`
	 */
	set: <Tokens extends AtlassianTokens & { expiresAt?: number }>(tokens: Tokens) => Promise<void>;
}

/** A site of Atlassian's cloud. */
export interface Site {
	/** The cloud id. */
	id: string;
	/** Where people open it, such as `https://team.atlassian.net`: the first address that Atlassian lists. */
	url: string;
	/** Its name, empty when Atlassian gives none. */
	name: string;
	/** Its picture, empty when Atlassian gives none. */
	avatarUrl: string;
	/** The granted scopes, of all products. */
	scopes: string[];
	/**
	 * The products whose APIs at least one of these scopes opens. Jira Software and Jira Service Management
	 * are `jira`: their APIs are below its {@link AtlassianClient.apiUrl}, too. Scopes that Atlassian's MCP
	 * server alone accepts (`read:jira:agent-interface`, `read:confluence:mcp`) and those of products without
	 * such an API (`read:goal:townsquare`) name none.
	 */
	products: ("jira" | "confluence" | "compass" | "bitbucket")[];
}

/** The sites that an access token reaches. The methods need no `this` and can be destructured. */
export interface AccessibleResources {
	/** In Atlassian's order. */
	sites: Site[];
	/**
	 * Picks the site at an address: any that Atlassian lists for it, such as the one from before it was
	 * renamed. Rejects with an `Error` whose `code` is `SITE_NOT_FOUND` and whose
	 * `sites` lists the addresses that there are, each to the end of its host, or `an unusual
	 * address`; the message has ten of them.
	 *
	 * @param url - Such as `https://team.atlassian.net` or `team.atlassian.net`
	 */
	site: (url: string) => Promise<Site>;
	/**
	 * Picks the only site. Rejects with an `Error` whose `code` is `NO_SITES` or `SEVERAL_SITES` and with the
	 * same `sites`: a user may grant more than one.
	 */
	only: () => Promise<Site>;
}

/**
 * The common part of all errors. On an error of somebody else, such as one of `fetch`, these properties are not
 * enumerable, and a `code` that it has stays.
 */
export interface AtlassianError extends Error {
	/** A name that never changes, to branch on. The README lists them. */
	code: string;
	/**
	 * What to do: let the user sign in again, change the app or its registration, or try later. A code is spent:
	 * start the sign-in again.
	 */
	action: "reauthorize" | "configure" | "retry";
	/** How long to wait at least, in seconds, where Atlassian says so (`Retry-After`). */
	retryAfter?: number;
}

/**
 * Whether an error of this package says that the user has to sign in again. Unlike `instanceof`, it works
 * for errors of another copy of the package.
 *
 * @param error - Anything that was thrown
 */
export declare const isReauthorizationRequired: (error: unknown) => error is AtlassianError;

/** The tokens of a token response (RFC 6749, section 5.1). */
export type AtlassianTokens = {
	/** Bearer token for `https://api.atlassian.com`. */
	accessToken: string;
	/** Seconds until the access token expires, counted from the response. */
	accessTokenExpiresIn: number;
	/** There with the scope `offline_access` only. */
	refreshToken: string | null;
};

/**
 * The response of `GET https://api.atlassian.com/me`, as it came. Users can hide everything but `account_id`.
 */
export type AtlassianUser = {
	account_type: string;
	account_id: string;
	email: string;
	name: string;
	picture: string;
	account_status: string;
	nickname: string;
	zoneinfo: string;
	locale: string;
	extended_profile?: Record<string, string>;
};
