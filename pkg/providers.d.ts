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
 * Creates the provider for "Sign in with Atlassian": the client of `lucia-atlassian/client`, linked to Lucia. It
 * always requests the scope `read:me`.
 *
 * Reads `configs` once. If a field is wrong, the methods reject with a `TypeError` that names it. Throws only for a
 * string that takes more than 32 MiB of memory.
 *
 * @param auth - Your app's Lucia instance
 * @param configs - Your app's registration in Atlassian's developer console, and options
 * @see https://developer.atlassian.com/cloud/jira/platform/oauth-2-3lo-apps/
 */
export declare const atlassian: <_Auth extends Auth = Auth>(
	auth: _Auth,
	configs: AtlassianConfigs
) => AtlassianProvider<_Auth>;

/** The methods of a provider that `@lucia-auth/oauth` has. */
export interface AtlassianAuth<_Auth extends Auth = Auth>
	extends OAuth2ProviderAuth<AtlassianUserAuth<_Auth>> {
	/** See {@link AtlassianClient.getAuthorizationUrl}. */
	getAuthorizationUrl: () => Promise<readonly [url: URL, state: string]>;

	/**
	 * Exchanges the code of the callback for tokens (RFC 6749, section 4.1.3), requests the user and links them to
	 * Lucia. Rejects as {@link AtlassianClient.validateCallback} does.
	 *
	 * @param code - The `code` parameter of the callback; it can be used once and is never sent twice
	 */
	validateCallback: (code: string) => Promise<AtlassianUserAuth<_Auth>>;
}

/**
 * The result of {@link atlassian}: an {@link AtlassianClient} linked to Lucia. You can destructure the methods: they
 * need no `this`.
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

/** A signed-in Atlassian user, linked to Lucia. */
export interface AtlassianUserAuth<_Auth extends Auth = Auth> extends ProviderUserAuth<_Auth> {
	/** The user in the response of Atlassian's `/me`. */
	atlassianUser: AtlassianUser;
	/** The tokens for calling Atlassian's APIs as the user. */
	atlassianTokens: AtlassianTokens;
}

/** A signed-in Atlassian user, linked to Lucia, with a full token set. */
export interface AtlassianCallback<_Auth extends Auth = Auth> extends AtlassianUserAuth<_Auth> {
	/** The tokens for calling Atlassian's APIs as the user. */
	atlassianTokens: AtlassianTokenSet;
}
