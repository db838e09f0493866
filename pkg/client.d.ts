// The types of `lucia-atlassian/client`: signing in without Lucia. They import nothing.

/** Your app's registration in Atlassian's developer console, and options for its requests. */
export interface AtlassianConfigs {
	/** The client ID of your Atlassian OAuth app. */
	clientId: string;
	/** The client secret of your Atlassian OAuth app. No log, inspection or serialisation shows it. */
	clientSecret: string;
	/** One of your app's registered callback URLs, exactly as registered. */
	redirectUri: string;
	/** Scopes to request besides `read:me`, such as `read:jira-work` or `offline_access`. */
	scope?: string[];
	/**
	 * Replaces the global `fetch`, for a service binding, a proxy or a test. Its one argument is a `Request`; pass its
	 * `signal` on. Return a `Response`, of any library, or an object with `ok` and `json`.
	 */
	fetch?: (request: Request) => { ok: boolean; json: () => unknown } | PromiseLike<{ ok: boolean; json: () => unknown }>;
	/**
	 * The time limit of each request and its response body, in milliseconds: a whole number up to 2147483647, 0 for no
	 * limit. Default: 10000. The body of an error response is read for at most five seconds of it.
	 */
	timeout?: number;
	/**
	 * The maximum size of a response body in bytes, after decompression: a whole number up to 2147483647, 0 for no
	 * limit. Default: 1048576 (1 MiB). It does not apply to a test double whose response has only a `json` method.
	 */
	bodyLimit?: number;
	/**
	 * The cloud of your users: `"commercial"` (`auth.atlassian.com`, the default) or `"government"` (Atlassian
	 * Government Cloud). The package sends the client secret only to Atlassian: you cannot configure another host.
	 */
	cloud?: "commercial" | "government";
}

/**
 * Creates a client (RFC 6749, section 1.1) for "Sign in with Atlassian": the OAuth 2.0 authorization code grant
 * (section 4.1) with Atlassian's OAuth 2.0 (3LO). It always requests the scope `read:me`. Your app keeps users and
 * sessions. With Lucia v2, use `atlassian(auth, configs)`: the same client, linked to Lucia.
 *
 * Reads `configs` once. If a field is wrong, the methods reject with a `TypeError` that names it. Throws only for a
 * string that takes more than 32 MiB of memory.
 *
 * @see https://developer.atlassian.com/cloud/jira/platform/oauth-2-3lo-apps/
 */
export declare const atlassianClient: (configs: AtlassianConfigs) => AtlassianClient;

/**
 * The result of {@link atlassianClient}. You can destructure the methods: they need no `this`.
 *
 * Their errors have a `code`, which never changes, and an `action`: see {@link AtlassianError}.
 */
export interface AtlassianClient {
	/**
	 * Creates the authorization URL (RFC 6749, section 4.1.1) with a new state. Send the user to it. Keep the state in
	 * a cookie, and compare it with the `state` of the callback (section 10.12).
	 *
	 * Rejects with a `TypeError` when the configuration is wrong, and with an `Error` whose `code` is
	 * `NO_RANDOM_BYTES` when the platform has no `crypto.getRandomValues`.
	 *
	 * With `pkce`, the URL has an `S256` code challenge (RFC 7636). Keep the code verifier, the third entry, with the
	 * state, and pass it to {@link callback}. Atlassian does not document PKCE; its server's metadata lists `S256`.
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
	 * Exchanges the code of the callback for tokens (RFC 6749, section 4.1.3) and requests the user. Compare the state
	 * yourself before, or use {@link callback}.
	 *
	 * Rejects with
	 * - a `TypeError` when the configuration or an argument is wrong;
	 * - an `OAuthRequestError` when the status is not 200 to 299, for example for a used or expired code
	 *   (`INVALID_GRANT`), wrong credentials, or during an outage of Atlassian;
	 * - an `Error` whose `code` is `INVALID_CODE_VERIFIER` when `codeVerifier` is no code verifier, because the
	 *   visitor changed the cookie;
	 * - an `Error` whose `code` is `INVALID_TOKEN_RESPONSE` or `INVALID_USER_RESPONSE` when a response lacks the
	 *   access token or the account id;
	 * - an `Error` whose `code` is `RESPONSE_TOO_LARGE` when a body is longer than `configs.bodyLimit`;
	 * - a `SyntaxError` whose `code` is `INVALID_JSON` when a body is invalid JSON (RFC 8259);
	 * - an error whose `name` is `TimeoutError` when a request takes longer than `configs.timeout`: a `DOMException` where
	 *   `AbortSignal.timeout` can be used;
	 * - the error of `fetch`.
	 *
	 * @param code - The `code` parameter of the callback; it can be used once and is never sent twice
	 * @param options - `codeVerifier`: the one of the authorization URL, when it was made with `pkce`
	 */
	validateCallback: (
		code: string,
		options?: CodeOptions
	) => Promise<{ atlassianUser: AtlassianUser; atlassianTokens: AtlassianTokens }>;

	/**
	 * Finishes a sign-in from the callback URL: checks its `error`, its `state` (in constant time) and its `code`,
	 * then continues like {@link validateCallback}. The tokens are an {@link AtlassianTokenSet}.
	 *
	 * Rejects before any request with an `Error` whose `code` is
	 * - `ACCESS_DENIED` when the user declined (RFC 6749, section 4.1.2.1);
	 * - `LOGIN_REQUIRED`, `CONSENT_REQUIRED`, `INTERACTION_REQUIRED` or `ACCOUNT_SELECTION_REQUIRED` (OpenID Connect
	 *   Core, section 3.1.2.6);
	 * - the code of another `error` in the URL, such as `INVALID_SCOPE`, if the state matches: anybody can create a
	 *   URL with an error;
	 * - `REPEATED_PARAMETER`, `MISSING_STORED_STATE`, `MISSING_STATE`, `STATE_MISMATCH` or `MISSING_CODE`.
	 *
	 * After that, it rejects as {@link validateCallback} does.
	 *
	 * @param requestUrl - The URL of the request, absolute or from its path on
	 * @param storedState - The value of the state cookie, such as `cookies().get(name)?.value`; remove the cookie
	 * afterwards. Without a cookie, or with `false` for a wrong signature, `callback` rejects with
	 * `MISSING_STORED_STATE`; with an object or an array, with a `TypeError`
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
	 * Requests the user of an access token from Atlassian's `/me`. Rejects with an `OAuthRequestError`
	 * (`INVALID_TOKEN` for an expired or revoked token), with `INVALID_USER_RESPONSE` when the response has no
	 * `account_id`, and with the other errors of {@link validateCallback}.
	 *
	 * @param accessToken - An access token with the scope `read:me`
	 */
	getUser: (accessToken: string) => Promise<AtlassianUser>;

	/**
	 * Exchanges a refresh token for new tokens (RFC 6749, section 6). Atlassian rotates refresh tokens: keep the new
	 * one of each response. The old one works for ten more minutes. {@link tokens} does this for you.
	 *
	 * Concurrent calls with the same refresh token share one request. After a timeout, a lost connection or an unclear
	 * response, the method tries again, up to four times in all. It waits longer each time, or as long as a short
	 * `Retry-After` demands. The last try begins within 45 seconds of the first.
	 *
	 * If the response names no scope, `scope` has the requested scopes: the method does not know the scopes of the
	 * sign-in (RFC 6749, section 6). {@link tokens} keeps the stored ones.
	 *
	 * Rejects with
	 * - an `OAuthRequestError`: `INVALID_GRANT` when the refresh token is no longer valid, `ACCESS_DENIED` when
	 *   Atlassian blocks the user, or another `code` of the README's table;
	 * - an `Error` whose `code` is `REFRESH_OUTCOME_UNKNOWN` when Atlassian sent no clear response. Try again within
	 *   ten minutes: Atlassian may have used the refresh token. `cause` is the last error;
	 * - an `Error` whose `code` is `NO_REFRESH_TOKEN` when there is none.
	 *
	 * In a Worker, create the client for each request: the runtime may end a request that waits for the `fetch` of
	 * another one.
	 *
	 * @param refreshToken - The `refreshToken` of a token set; you get one with the scope `offline_access`
	 */
	refreshTokens: (refreshToken: string | null | undefined) => Promise<AtlassianTokenSet>;

	/**
	 * Keeps one user's tokens valid across processes and isolates. Sends no request until you call a method.
	 *
	 * @param store - The store of this user's tokens, such as one of `lucia-atlassian/stores`
	 * @param options - `skew`: refresh an access token this many seconds before it expires; 60 by default
	 */
	tokens: (store: TokenStore, options?: { skew?: number | undefined }) => Tokens;

	/**
	 * Lists the sites of an access token. Atlassian lists a site once for each product; here it is one entry. Leaves
	 * out entries without a usable `id` or an https URL. Rejects with `INVALID_RESOURCES_RESPONSE` when the response
	 * is not an array or none of its entries is usable. Other errors are those of {@link getUser}.
	 *
	 * @param accessToken - An access token with a scope of any product
	 */
	getAccessibleResources: (accessToken: string) => Promise<AccessibleResources>;

	/**
	 * Returns the base URL of a product's APIs on a site, such as `https://api.atlassian.com/ex/jira/<cloud id>`.
	 * Append the path of a resource. Throws a `TypeError` when an argument has other characters than letters, digits
	 * and hyphens.
	 *
	 * @param site - A site of {@link getAccessibleResources}, or a cloud id
	 * @param product - `"jira"`, `"confluence"` or another product in the URL of its APIs
	 */
	apiUrl: (
		site: string | { id: string },
		product: "jira" | "confluence" | (string & {})
	) => string;

	/**
	 * Asks Atlassian to revoke a token (RFC 7009). Delete the token in any case: Atlassian documents no revocation for
	 * 3LO apps. Rejects only when the configuration or `token` is wrong. The result says whether Atlassian accepted
	 * the request.
	 *
	 * @param token - A refresh token or an access token
	 */
	revoke: (token: string) => Promise<Revocation>;

	/**
	 * Checks the response to your own request to an Atlassian API, such as Jira's. Resolves to the same response, with
	 * its body unread, when its status is 200 to 299.
	 *
	 * Otherwise rejects with an `OAuthRequestError` (RFC 6750, section 3.1). Its `request` has only the URL. Its
	 * `code` is one of
	 * - `INVALID_TOKEN`: the access token expired, or somebody revoked it;
	 * - `INSUFFICIENT_SCOPE`: the token lacks a scope, for a 401 or 403 that names scopes, and for a 403 with no
	 *   text or only `Forbidden`;
	 * - `RATE_LIMITED`, with `retryAfter` in seconds;
	 * - `SERVER_ERROR`;
	 * - `UNEXPECTED_RESPONSE`: another status, or a 403 with another text. See the API's documentation.
	 *
	 * Rejects with a `TypeError` when the configuration is wrong or `response` is no response.
	 *
	 * Jira's gateway also sends 403 or 404 for an expired access token. Then call {@link Tokens.accessToken} with
	 * `rejected`: it refreshes the token at most once in five minutes for that.
	 *
	 * @param response - The response of `fetch`
	 */
	checkResponse: <_Response extends { ok: boolean }>(response: _Response) => Promise<_Response>;
}

/** The error for a response whose status is not 200 to 299. */
export declare class OAuthRequestError extends Error {
	/**
	 * URL, method and headers of the request, without its body and its `Authorization` header: logging the error shows
	 * no secret of the request.
	 */
	request: Request;
	/**
	 * The response. You can still read its body, unless the response has no working `clone()`: then only `body` has
	 * it.
	 */
	response: Response;
	message: "OAUTH_REQUEST_FAILED";
	/** A stable name to branch on. The methods of a client or provider always set it. */
	code?: string;
	/** The remedy: see {@link AtlassianError}. The methods of a client or provider always set it. */
	action?: "reauthorize" | "configure" | "retry";
	/** The minimum delay in seconds, if Atlassian sends `Retry-After`. */
	retryAfter?: number;
	/**
	 * The known members of the JSON body (RFC 6749, section 5.2), up to 500 characters of each string. The package
	 * replaces secrets of the request, and strings that look like tokens, by `[redacted]`.
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

/** Options of the methods that take a code. */
export interface CodeOptions {
	/**
	 * The code verifier (RFC 7636) of the authorization URL, if you used `pkce`: 43 to 128 of `A-Z a-z 0-9 - . _ ~`.
	 * Another string rejects with `INVALID_CODE_VERIFIER`, an object or an array with a `TypeError`. With `undefined`,
	 * `null`, `false` or an empty string, the request has no verifier. Atlassian then refuses the code of a sign-in
	 * with `pkce` (`INVALID_GRANT`).
	 */
	codeVerifier?: string | false | null | undefined;
}

/** The result of {@link AtlassianClient.revoke}. */
export interface Revocation {
	/**
	 * Whether Atlassian accepted the request. The token may have been invalid before (RFC 7009, section 2.2), and it
	 * may still be valid now: Atlassian documents no revocation.
	 */
	accepted: boolean;
	/** The error if Atlassian did not accept the request, with `code` and `action`. */
	error?: unknown;
}

/** Tokens with their expiry and scopes. Store them as they are: they are plain JSON. */
export interface AtlassianTokenSet extends AtlassianTokens {
	/** The expiry of the access token in milliseconds since the epoch, by this machine's clock. */
	expiresAt: number;
	/**
	 * The granted scopes, with `offline_access` if there is a refresh token. If the response names no scope, these are
	 * the requested scopes (RFC 6749, section 5.1).
	 */
	scope: string[];
	/** The requested scopes that the user did not grant. */
	missingScope: string[];
}

/**
 * The content of a {@link TokenStore}. A refresh replaces these members and keeps your own members, such as a cloud
 * id.
 */
export interface StoredTokens {
	accessToken: string;
	refreshToken: string | null;
	/** Milliseconds since the epoch. */
	expiresAt: number;
	scope?: string[];
	missingScope?: string[];
	accessTokenExpiresIn?: number;
	/**
	 * The time of the refresh, in milliseconds since the epoch, if an API had refused the previous access token. For five
	 * minutes, {@link Tokens.accessToken} does not refresh for that reason again. If your store has a column for each
	 * member, keep this one too: without it, each refused request causes a refresh.
	 */
	rejectedAt?: number;
}

/** Your storage for the tokens of one user. */
export interface TokenStore {
	/** Resolves to the last saved tokens, or to `null`. */
	load: () => PromiseLike<StoredTokens | null> | StoredTokens | null;
	/**
	 * Replaces `previous` by `next` in one step (compare and swap). Resolves to `true` if the store held `previous`.
	 * Otherwise it changes nothing and resolves to `false`. `previous` is a result of {@link load}; `null` is an empty
	 * store. If your app writes into the store, do that in one step too: otherwise old tokens may return.
	 */
	save: (next: StoredTokens, previous: StoredTokens | null) => PromiseLike<boolean> | boolean;
	/**
	 * Optional. Runs `work` while no other process runs it for the same user. Resolves when `work` ends. Leave it out
	 * if your database has no locks: a lock only saves requests.
	 */
	lock?: (work: () => Promise<void>) => PromiseLike<unknown>;
}

/** The result of {@link AtlassianClient.tokens}. You can destructure the methods: they need no `this`. */
export interface Tokens {
	/**
	 * Resolves to an access token that does not expire within the skew, and refreshes it if necessary. Concurrent
	 * calls share one refresh. If Atlassian refuses the refresh, the method loads the store again: another process may
	 * have been faster. It never overwrites newer tokens and never deletes any. It keeps members that your app changes
	 * during a refresh. If the response names no scope, it keeps the stored scopes (RFC 6749, section 6).
	 *
	 * If a refresh fails and the old access token is still valid, it resolves to the old one.
	 *
	 * Rejects with
	 * - an `Error` whose `code` is `NO_TOKENS` when the store is empty;
	 * - the errors of {@link AtlassianClient.refreshTokens};
	 * - an `Error` whose `code` is `STORE_CONFLICT` when `save` resolves to `false` 25 times for unchanged stored
	 *   tokens, or for half a minute while your app changes their members;
	 * - the error of the store, after three tries to save.
	 *
	 * @param options - `rejected`: an access token that an API refused with status 401, 403 or 404. If the store still
	 * holds it, the method refreshes it. If the token came from such a refresh less than five minutes ago, the method
	 * resolves to the same token: that refresh did not help. Then pass on the error of the API
	 */
	accessToken: (options?: { rejected?: string | null | undefined }) => Promise<string>;
	/**
	 * Replaces the stored tokens by those of a new sign-in. Rejects with a `TypeError` when `tokens` are not tokens,
	 * with `STORE_CONFLICT` when `save` resolves to `false` 100 times, and with the error of the store.
	 *
	 * @param tokens - The tokens of {@link AtlassianClient.callback} or {@link AtlassianClient.validateCallback}. You
	 * can add members of your own, as in `{ ...tokens, cloudId }`
	 */
	set: <Tokens extends AtlassianTokens & { expiresAt?: number }>(tokens: Tokens) => Promise<void>;
}

/** A site of Atlassian's cloud. */
export interface Site {
	/** The cloud id. */
	id: string;
	/** The site's URL, such as `https://team.atlassian.net`: the first one that Atlassian lists. */
	url: string;
	/** The site's name, or an empty string. */
	name: string;
	/** The URL of the site's picture, or an empty string. */
	avatarUrl: string;
	/** The granted scopes, of all products. */
	scopes: string[];
	/**
	 * The products whose APIs accept at least one of these scopes. Jira Software and Jira Service Management are
	 * `jira`: their APIs have the {@link AtlassianClient.apiUrl} of Jira. Scopes for Atlassian's MCP server
	 * (`read:jira:agent-interface`) and for other products (`read:goal:townsquare`) add nothing here.
	 */
	products: ("jira" | "confluence" | "compass" | "bitbucket")[];
}

/** The sites of an access token. You can destructure the methods: they need no `this`. */
export interface AccessibleResources {
	/** In Atlassian's order. */
	sites: Site[];
	/**
	 * Resolves to the site with this URL. The URL of a site before it was renamed works too, if Atlassian lists it.
	 * Rejects with `SITE_NOT_FOUND`. The error's `sites` lists all URLs of the granted sites without their paths, also
	 * those from before a site was renamed. It has `an unusual URL` for other strings. The message has up to ten.
	 *
	 * @param url - The URL or the host, such as `https://team.atlassian.net` or `team.atlassian.net`
	 */
	site: (url: string) => Promise<Site>;
	/**
	 * Resolves to the only site. Rejects with `NO_SITES`, or with `SEVERAL_SITES`, whose `sites` has one URL for each
	 * site: a user may grant several.
	 */
	only: () => Promise<Site>;
}

/**
 * The common part of all errors. On errors of others, such as `fetch`, these properties are not enumerable. Such an
 * error keeps its own `code`.
 */
export interface AtlassianError extends Error {
	/** A stable name to branch on. The README lists them. */
	code: string;
	/**
	 * The remedy. `reauthorize`: let the user sign in again. `configure`: change the app or its registration. `retry`:
	 * try again later; after a failed sign-in, start a new one, because a code works once.
	 */
	action: "reauthorize" | "configure" | "retry";
	/** The minimum delay in seconds, if Atlassian sends `Retry-After`. */
	retryAfter?: number;
}

/**
 * Returns whether an error of this package demands a new sign-in. Unlike `instanceof`, it works for errors of another
 * copy of the package.
 *
 * @param error - Any caught value
 */
export declare const isReauthorizationRequired: (error: unknown) => error is AtlassianError;

/** The tokens of a token response (RFC 6749, section 5.1). */
export type AtlassianTokens = {
	/** The bearer token for Atlassian's APIs. */
	accessToken: string;
	/** Seconds until the access token expires, counted from the response. */
	accessTokenExpiresIn: number;
	/** A string with the scope `offline_access`, otherwise `null`. */
	refreshToken: string | null;
};

/**
 * The response of `GET https://api.atlassian.com/me`, unchanged. Users can hide every member except `account_id`.
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
