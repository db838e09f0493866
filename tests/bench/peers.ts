// What is compared: the package, the published package that it replaces, the libraries that an app
// would pick instead, and JavaScript tuned by hand. Each makes a state and an authorization URL with
// the same parameters, and each exchanges a code and reads the user. Where a library stops short of
// that, the lines that an app would add stand here. Imports nothing from Node, since Workers and pages
// run it, too.

import { atlassian as published } from "@lucia-auth/oauth/providers";
import { Atlassian, generateState } from "arctic";
import { exchangeAuthorizationCode, generateAuthorizationUrl } from "jira.js";
import type { Auth } from "lucia";
import { atlassian } from "lucia-atlassian/providers";
import * as oauth from "oauth4webapi";

import { tuned } from "./tuned.ts";

/** What each peer can do; what comes out is compared before anything is measured. */
export interface Peer {
	url: () => Promise<URL> | URL | Promise<readonly [url: URL, state: string | null]>;
	callback: (code: string) => Promise<object>;
}

const auth = {} as Auth;
const clientId = "k9vQ2mZ8xR4tL7wB3nJ6pY1sD5fH0gCa";
const clientSecret = "ATOAtVjV0Xb2kq3mYcP9zRw8Lr5uE7hJdS1oT6iQ4gN-aFxKeWyMlBnZ3vU2pC8tH0sD9A3F51C2";
const redirectUri = "https://app.example/login/atlassian/callback";
const scopes = ["read:me"];
const configs = { clientId, clientSecret, redirectUri };

const me = async (accessToken: string): Promise<{ account_id: string }> => {
	const response = await fetch("https://api.atlassian.com/me", {
		headers: { Accept: "application/json", Authorization: `Bearer ${accessToken}` }
	});
	if (!response.ok) throw new Error(`GET /me was answered with ${response.status}`);
	return (await response.json()) as { account_id: string };
};

const lucia = (provider: {
	getAuthorizationUrl: () => Promise<readonly [url: URL, state: string | null]>;
	validateCallback: (code: string) => Promise<object>;
}): Peer => ({ url: provider.getAuthorizationUrl, callback: provider.validateCallback });

function arctic(): Peer {
	const client = new Atlassian(clientId, clientSecret, redirectUri);
	return {
		url: () => client.createAuthorizationURL(generateState(), scopes),
		callback: async (code) => {
			const tokens = await client.validateAuthorizationCode(code);
			return { atlassianTokens: tokens.data, atlassianUser: await me(tokens.accessToken()) };
		}
	};
}

function oauth4webapi(): Peer {
	const server: oauth.AuthorizationServer = {
		issuer: "https://auth.atlassian.com",
		authorization_endpoint: "https://auth.atlassian.com/authorize",
		token_endpoint: "https://auth.atlassian.com/oauth/token"
	};
	const client: oauth.Client = { client_id: clientId };
	const authentication = oauth.ClientSecretPost(clientSecret);
	const userEndpoint = new URL("https://api.atlassian.com/me");
	return {
		url: () => {
			const url = new URL(server.authorization_endpoint as string);
			url.searchParams.set("response_type", "code");
			url.searchParams.set("client_id", clientId);
			url.searchParams.set("scope", "read:me");
			url.searchParams.set("state", oauth.generateRandomState());
			url.searchParams.set("redirect_uri", redirectUri);
			url.searchParams.set("audience", "api.atlassian.com");
			url.searchParams.set("prompt", "consent");
			return url;
		},
		callback: async (code) => {
			const parameters = oauth.validateAuthResponse(
				server,
				client,
				new URLSearchParams({ code }),
				oauth.skipStateCheck
			);
			const atlassianTokens = await oauth.processAuthorizationCodeResponse(
				server,
				client,
				await oauth.authorizationCodeGrantRequest(
					server,
					client,
					authentication,
					parameters,
					redirectUri,
					oauth.nopkce
				)
			);
			const response = await oauth.protectedResourceRequest(
				atlassianTokens.access_token,
				"GET",
				userEndpoint
			);
			if (!response.ok) throw new Error(`GET /me was answered with ${response.status}`);
			return { atlassianTokens, atlassianUser: await response.json() };
		}
	};
}

const jira = (): Peer => ({
	// The state as in its guide.
	url: () =>
		new URL(
			generateAuthorizationUrl({ clientId, scopes, redirectUri, state: crypto.randomUUID() })
		),
	callback: async (code) => {
		const tokens = await exchangeAuthorizationCode({ clientId, clientSecret, code, redirectUri });
		return { atlassianTokens: tokens, atlassianUser: await me(tokens.accessToken) };
	}
});

/** The peers by name. What is between the name and the comma sends no request with a time limit. */
export const peers = {
	"@lucia-auth/oauth": lucia(published(auth, configs)),
	"lucia-atlassian": lucia(atlassian(auth, { ...configs, timeout: 0 })),
	"lucia-atlassian, timeout": lucia(atlassian(auth, configs)),
	"tuned JavaScript": lucia(tuned(auth, { ...configs, timeout: 0 })),
	"tuned JavaScript, timeout": lucia(tuned(auth, { ...configs, timeout: 10_000 })),
	arctic: arctic(),
	oauth4webapi: oauth4webapi(),
	"jira.js": jira()
} satisfies Record<string, Peer>;

/** The name of a peer. */
export type PeerName = keyof typeof peers;
