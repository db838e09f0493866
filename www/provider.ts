// The provider for this app. With ATLASSIAN_CLIENT_ID and ATLASSIAN_CLIENT_SECRET it talks to Atlassian; without, and
// with STAND_IN, to the stand-in for Atlassian at that origin. An app of your own needs the first half only.

import { atlassian, type AtlassianAuth, type AtlassianProvider } from "lucia-atlassian/providers";

import { defaultClient, routeTo, standInUrl } from "./stand-in.ts";
import type { Auth } from "./lucia.ts";

export const CALLBACK_PATH = "/login/atlassian/callback";

/** Asked for besides `read:me`. Atlassian names the sites of an account only to apps that may do something there. */
const scope = ["read:jira-user"];

export type ProviderEnv = {
	ATLASSIAN_CLIENT_ID?: string | undefined;
	ATLASSIAN_CLIENT_SECRET?: string | undefined;
	/** Origin of the stand-in, for example `http://127.0.0.1:4321`. */
	STAND_IN?: string | undefined;
};

export type Provider = {
	atlassianAuth: AtlassianAuth<Auth> & Pick<AtlassianProvider<Auth>, "callback" | "getAccessibleResources">;
	clientId: string;
	standIn?: string;
};

export function createProvider(auth: Auth, env: ProviderEnv, origin: string): Provider {
	const redirectUri = origin + CALLBACK_PATH;
	const { ATLASSIAN_CLIENT_ID: clientId = "", ATLASSIAN_CLIENT_SECRET: clientSecret = "", STAND_IN: standIn } = env;
	if (!clientId && !clientSecret && standIn) return standInProvider(auth, standIn, redirectUri);
	const atlassianAuth = atlassian(auth, { clientId, clientSecret, redirectUri, scope });
	return { atlassianAuth, clientId };
}

function standInProvider(auth: Auth, standIn: string, redirectUri: string): Provider {
	const { id: clientId, secret: clientSecret } = defaultClient;
	const atlassianAuth = atlassian(auth, { clientId, clientSecret, redirectUri, scope, fetch: routeTo(standIn) });
	return {
		atlassianAuth: {
			...atlassianAuth,
			// `fetch` takes the provider's requests to the stand-in; the browser has to be sent there, too.
			async getAuthorizationUrl() {
				const [url, state] = await atlassianAuth.getAuthorizationUrl();
				return [standInUrl(url, standIn), state];
			},
		},
		clientId,
		standIn,
	};
}
