// The types of `lucia-atlassian/providers`.

import type { Auth } from "lucia";
import type { OAuth2ProviderAuth, ProviderUserAuth } from "./index.js";

/**
 * Makes the provider for "Sign in with Atlassian": OAuth 2.0 authorization code grant (RFC 6749,
 * section 4.1) against Atlassian's OAuth 2.0 (3LO). The scope `read:me` is always asked for.
 *
 * Never throws. What is wrong with `configs` shows at the first call of a method, which rejects with
 * a `TypeError` that names the field. `configs` is read once, here.
 *
 * @param auth - The app's Lucia instance
 * @param configs - The app as registered in Atlassian's developer console
 * @see https://developer.atlassian.com/cloud/jira/platform/oauth-2-3lo-apps/
 */
export declare const atlassian: <_Auth extends Auth = Auth>(
	auth: _Auth,
	configs: {
		/** Client id of the Atlassian OAuth app. */
		clientId: string;
		/** Client secret of the Atlassian OAuth app. Never logged, inspected or serialised. */
		clientSecret: string;
		/** One of the app's registered callback URLs, letter for letter. */
		redirectUri: string;
		/** Scopes to ask for besides `read:me`, such as `read:jira-work` or `offline_access`. */
		scope?: string[];
		/**
		 * Used in place of the global `fetch`, with one argument, a `Request`: a service binding, a
		 * proxy, a test. Should heed the `signal` of the request.
		 */
		fetch?: (request: Request) => Response | PromiseLike<Response>;
		/**
		 * Milliseconds that each request may take, up to the end of its body: a whole number up to
		 * 2147483647, 0 for no limit. Default: 10000.
		 */
		timeout?: number;
	}
) => AtlassianAuth<_Auth>;

/** What {@link atlassian} returns. The methods need no `this` and can be destructured. */
export interface AtlassianAuth<_Auth extends Auth = Auth>
	extends OAuth2ProviderAuth<AtlassianUserAuth<_Auth>> {
	/**
	 * Makes the URL to send the user to (RFC 6749, section 4.1.1), with a fresh state. Keep the state,
	 * say in a cookie, and compare it with the one that comes back (section 10.12).
	 *
	 * Rejects with a `TypeError` when the configuration is wrong, and with an `Error` whose `code` is
	 * `NO_RANDOM_BYTES` when the platform has no `crypto.getRandomValues`.
	 */
	getAuthorizationUrl: () => Promise<readonly [url: URL, state: string]>;

	/**
	 * Exchanges the code of the callback for tokens (RFC 6749, section 4.1.3) and reads the user.
	 *
	 * Rejects with
	 * - a `TypeError` when the configuration or `code` is wrong;
	 * - an `OAuthRequestError` when Atlassian answers with another status than 200 to 299: the code
	 *   was used or is older than ten minutes, the credentials are wrong, or Atlassian is down;
	 * - an `Error` with a `code`, `INVALID_TOKEN_RESPONSE` or `INVALID_USER_RESPONSE`, when an answer
	 *   lacks the access token or the account id;
	 * - a `TimeoutError` `DOMException` when a request takes longer than `configs.timeout`;
	 * - whatever `fetch` rejects with.
	 *
	 * @param code - The `code` parameter of the callback; it can be used once
	 */
	validateCallback: (code: string) => Promise<AtlassianUserAuth<_Auth>>;
}

/** A signed-in Atlassian user, joined to Lucia. */
export interface AtlassianUserAuth<_Auth extends Auth = Auth> extends ProviderUserAuth<_Auth> {
	/** The user as Atlassian's `/me` describes them. */
	atlassianUser: AtlassianUser;
	/** The tokens for calling Atlassian's APIs as the user. */
	atlassianTokens: AtlassianTokens;
}

/** The tokens of a token response (RFC 6749, section 5.1). */
export type AtlassianTokens = {
	/** Bearer token for `https://api.atlassian.com`. */
	accessToken: string;
	/** Seconds until the access token expires, counted from the answer. */
	accessTokenExpiresIn: number;
	/** There with the scope `offline_access` only. */
	refreshToken: string | null;
};

/**
 * The answer of `GET https://api.atlassian.com/me`, as it came. Users can hide everything but
 * `account_id`.
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
