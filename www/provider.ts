// The provider for this app. With ATLASSIAN_CLIENT_ID and ATLASSIAN_CLIENT_SECRET, it uses Atlassian. Without them and
// with STAND_IN, it uses the stand-in for Atlassian at that origin. Your own app needs only the first half.

import type { AtlassianClient, AtlassianConfigs } from "lucia-atlassian/client";

import { defaultClient, routeTo, standInUrl } from "./stand-in.ts";

export const CALLBACK_PATH = "/login/atlassian/callback";

/**
 * The requested scopes besides `read:me`. Atlassian lists the sites of an account only to apps with a scope for them.
 */
const scope = ["read:jira-user"];

export type ProviderEnv = {
	ATLASSIAN_CLIENT_ID?: string | undefined;
	ATLASSIAN_CLIENT_SECRET?: string | undefined;
	/** Origin of the stand-in, for example `http://127.0.0.1:4321`. */
	STAND_IN?: string | undefined;
};

/** The methods of a provider or a client that the app calls. `SignIn` is the result of `callback`. */
type AtlassianAuth<SignIn> = Pick<AtlassianClient, "getAccessibleResources"> & {
	getAuthorizationUrl: () => Promise<readonly [url: URL, state: string]>;
	callback: (requestUrl: string | URL, storedState: string | undefined) => Promise<SignIn>;
};

export type Provider<SignIn> = {
	atlassianAuth: AtlassianAuth<SignIn>;
	clientId: string;
	standIn?: string;
};

/** @param create `atlassianClient`, or `atlassian` with an `auth`. */
export function createProvider<SignIn>(
	create: (configs: AtlassianConfigs) => AtlassianAuth<SignIn>,
	env: ProviderEnv,
	origin: string,
): Provider<SignIn> {
	const redirectUri = origin + CALLBACK_PATH;
	const { ATLASSIAN_CLIENT_ID: clientId = "", ATLASSIAN_CLIENT_SECRET: clientSecret = "", STAND_IN: standIn } = env;
	if (clientId || clientSecret || !standIn) {
		return { atlassianAuth: create({ clientId, clientSecret, redirectUri, scope }), clientId };
	}
	const { id, secret } = defaultClient;
	const atlassianAuth = create({ clientId: id, clientSecret: secret, redirectUri, scope, fetch: routeTo(standIn) });
	return {
		atlassianAuth: {
			...atlassianAuth,
			// `fetch` sends the provider's requests to the stand-in. The browser must go there, too.
			async getAuthorizationUrl() {
				const [url, state] = await atlassianAuth.getAuthorizationUrl();
				return [standInUrl(url, standIn), state];
			},
		},
		clientId: id,
		standIn,
	};
}
