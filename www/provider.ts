// The provider for this app. With ATLASSIAN_CLIENT_ID and ATLASSIAN_CLIENT_SECRET it talks to Atlassian; without, and
// with STAND_IN, to the stand-in for Atlassian at that origin. An app of your own needs the first half only.

import type { AtlassianClient, AtlassianConfigs } from "lucia-atlassian/client";

import { defaultClient, routeTo, standInUrl } from "./stand-in.ts";

export const CALLBACK_PATH = "/login/atlassian/callback";

/** Asked for besides `read:me`. Atlassian names the sites of an account only to apps that may do something there. */
const scope = ["read:jira-user"];

export type ProviderEnv = {
	ATLASSIAN_CLIENT_ID?: string | undefined;
	ATLASSIAN_CLIENT_SECRET?: string | undefined;
	/** Origin of the stand-in, for example `http://127.0.0.1:4321`. */
	STAND_IN?: string | undefined;
};

/** Of a provider or a client, what the app calls. `SignIn` is what its `callback` resolves to. */
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
			// `fetch` takes the provider's requests to the stand-in; the browser has to be sent there, too.
			async getAuthorizationUrl() {
				const [url, state] = await atlassianAuth.getAuthorizationUrl();
				return [standInUrl(url, standIn), state];
			},
		},
		clientId: id,
		standIn,
	};
}
