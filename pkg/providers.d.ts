// The types of `lucia-atlassian/providers`: signing in with Lucia v2.

import type {
	AtlassianClient,
	AtlassianConfigs,
	AtlassianTokens,
	AtlassianTokenSet,
	AtlassianUser,
	CodeOptions
} from "./client.js";
import type { OAuth2ProviderAuth, ProviderUserAuth } from "./index.js";
import type { Auth } from "./lucia.js";

export { isReauthorizationRequired } from "./client.js";
export type {
	AccessibleResources,
	AtlassianConfigs,
	AtlassianError,
	AtlassianTokens,
	AtlassianTokenSet,
	AtlassianUser,
	CodeOptions,
	Revocation,
	Site,
	StoredTokens,
	Tokens,
	TokenStore
} from "./client.js";

/**
 * Makes the provider for "Sign in with Atlassian": the client of `lucia-atlassian/client`, whose sign-ins are
 * joined to Lucia. It always asks for the scope `read:me`.
 *
 * Never throws, and reads `configs` once. If a field is wrong, the methods reject with a `TypeError` that names it.
 *
 * @param auth - The app's Lucia instance
 * @param configs - The app as registered in Atlassian's developer console
 * @see https://developer.atlassian.com/cloud/jira/platform/oauth-2-3lo-apps/
 */
export declare const atlassian: <_Auth extends Auth = Auth>(
	auth: _Auth,
	configs: AtlassianConfigs
) => AtlassianProvider<_Auth>;

/** The part of a provider that the published package has, too. */
export interface AtlassianAuth<_Auth extends Auth = Auth>
	extends OAuth2ProviderAuth<AtlassianUserAuth<_Auth>> {
	/** See {@link AtlassianClient.getAuthorizationUrl}. */
	getAuthorizationUrl: () => Promise<readonly [url: URL, state: string]>;

	/**
	 * Exchanges the code of the callback for tokens (RFC 6749, section 4.1.3), reads the user and joins them to
	 * Lucia. Rejects as {@link AtlassianClient.validateCallback} does.
	 *
	 * @param code - The `code` parameter of the callback; it can be used once and is never sent twice
	 */
	validateCallback: (code: string) => Promise<AtlassianUserAuth<_Auth>>;
}

/**
 * What {@link atlassian} returns: an {@link AtlassianClient} whose sign-ins are joined to Lucia. The methods need
 * no `this` and can be destructured.
 */
export interface AtlassianProvider<_Auth extends Auth = Auth>
	extends AtlassianAuth<_Auth>,
		Omit<AtlassianClient, "getAuthorizationUrl" | "validateCallback" | "callback"> {
	/** See {@link AtlassianClient.getAuthorizationUrl}. */
	getAuthorizationUrl: AtlassianClient["getAuthorizationUrl"];

	/** See {@link AtlassianAuth.validateCallback}; `options` are those of {@link AtlassianClient}. */
	validateCallback: {
		(code: string, options: CodeOptions): Promise<AtlassianUserAuth<_Auth>>;
		(code: string): Promise<AtlassianUserAuth<_Auth>>;
	};

	/** See {@link AtlassianClient.callback}. */
	callback: (
		requestUrl: string | URL,
		storedState: string | false | null | undefined,
		options?: CodeOptions
	) => Promise<AtlassianCallback<_Auth>>;
}

/** A signed-in Atlassian user, joined to Lucia. */
export interface AtlassianUserAuth<_Auth extends Auth = Auth> extends ProviderUserAuth<_Auth> {
	/** The user as Atlassian's `/me` describes them. */
	atlassianUser: AtlassianUser;
	/** The tokens for calling Atlassian's APIs as the user. */
	atlassianTokens: AtlassianTokens;
}

/** A signed-in Atlassian user, joined to Lucia, with all that is known about the tokens. */
export interface AtlassianCallback<_Auth extends Auth = Auth> extends AtlassianUserAuth<_Auth> {
	/** The tokens for calling Atlassian's APIs as the user. */
	atlassianTokens: AtlassianTokenSet;
}
