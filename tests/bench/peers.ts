// The libraries that the benchmark compares: this package, the published package that it replaces, Arctic, and
// JavaScript tuned by hand. Each makes a state and an authorization URL with the same parameters, and each exchanges
// a code and reads the user. Workers and pages run this module, too, so it imports nothing from Node.

import { atlassian as published } from "@lucia-auth/oauth/providers";
import { Atlassian, generateState } from "arctic";
import type { Auth } from "lucia";
import { atlassian } from "lucia-atlassian/providers";

import { tuned } from "./tuned.ts";

/** The two calls of a sign-in. */
export interface Peer {
	url: () => URL | Promise<readonly [url: URL, state: string | null]>;
	callback: (code: string) => Promise<object>;
}

const auth = {} as Auth;
// Of the lengths that Atlassian's have.
const clientId = "k9vQ2mZ8xR4tL7wB3nJ6pY1sD5fH0gCa";
const clientSecret = "ATOAtVjV0Xb2kq3mYcP9zRw8Lr5uE7hJdS1oT6iQ4gN-aFxKeWyMlBnZ3vU2pC8tH0sD9A3F51C2";
const redirectUri = "https://app.example/login/atlassian/callback";
const configs = { clientId, clientSecret, redirectUri };
const withoutTimeout = { ...configs, timeout: 0 };

const lucia = (provider: Pick<ReturnType<typeof published>, "getAuthorizationUrl"> & { validateCallback: Peer["callback"] }): Peer => ({
	url: provider.getAuthorizationUrl,
	callback: provider.validateCallback
});

function arctic(): Peer {
	const client = new Atlassian(clientId, clientSecret, redirectUri);
	return {
		url: () => client.createAuthorizationURL(generateState(), ["read:me"]),
		// Arctic leaves the request for the user to the app.
		callback: async (code) => {
			const tokens = await client.validateAuthorizationCode(code);
			const response = await fetch("https://api.atlassian.com/me", {
				headers: { Accept: "application/json", Authorization: `Bearer ${tokens.accessToken()}` }
			});
			if (!response.ok) throw new Error(`GET /me has the status ${response.status}`);
			return { atlassianTokens: tokens.data, atlassianUser: await response.json() };
		}
	};
}

/** The peers by name. Only `lucia-atlassian` with its defaults limits the time of a request. */
export const peers: Record<string, Peer> = {
	"@lucia-auth/oauth": lucia(published(auth, configs)),
	"lucia-atlassian": lucia(atlassian(auth, configs)),
	"lucia-atlassian, timeout: 0": lucia(atlassian(auth, withoutTimeout)),
	"tuned JavaScript": lucia(tuned(auth, configs)),
	arctic: arctic()
};

/** Adds another build of this package, with `timeout: 0`. */
export function addBefore(build: typeof atlassian): void {
	peers["before"] = lucia(build(auth, withoutTimeout));
}
