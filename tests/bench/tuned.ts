// The provider as one would write it who tunes JavaScript by hand for this task alone: the floor for a core in another
// language. It does the work of the package: random bytes come in blocks, are used once and wiped; characters are
// chosen by rejection sampling; redirects are not followed; missing members are noticed.

import type { Auth } from "lucia";

const ALPHABET = "abcdefghijklmnopqrstuvwxyz0123456789";
// The largest multiple of the size of the alphabet that fits in a byte.
const LIMIT = 252;
const codes = Array.from({ length: 256 }, (_, byte) => ALPHABET.charCodeAt(byte % ALPHABET.length));
const block = new Uint8Array(2048);
let used = block.length;
const characters = new Array<number>(43).fill(0);

function state(): string {
	for (let length = 0; length < characters.length; ) {
		if (used === block.length) {
			crypto.getRandomValues(block);
			used = 0;
		}
		const byte = block[used] as number;
		block[used++] = 0;
		if (byte < LIMIT) characters[length++] = codes[byte] as number;
	}
	// The fastest of several ways to join them, in both versions of Node.
	return String.fromCharCode.apply(null, characters);
}

const tokenHeaders = { "Content-Type": "application/x-www-form-urlencoded", "User-Agent": "lucia", Accept: "application/json" };

/** Makes the provider. */
export function tuned(auth: Auth, { clientId, clientSecret, redirectUri }: Record<"clientId" | "clientSecret" | "redirectUri", string>) {
	const beforeState = `https://auth.atlassian.com/authorize?${new URLSearchParams({ response_type: "code", client_id: clientId, scope: "read:me" })}&state=`;
	const afterState = `&${new URLSearchParams({ redirect_uri: redirectUri, audience: "api.atlassian.com", prompt: "consent" })}`;
	const afterCode = `&${new URLSearchParams({ client_id: clientId, grant_type: "authorization_code", redirect_uri: redirectUri, client_secret: clientSecret })}`;

	const send = async (url: string, init: RequestInit): Promise<unknown> => {
		init.redirect = "manual";
		const response = await fetch(url, init);
		if (!response.ok) throw new Error("OAUTH_REQUEST_FAILED");
		return response.json();
	};

	return {
		getAuthorizationUrl: async () => {
			const value = state();
			return [new URL(beforeState + value + afterState), value] as const;
		},
		validateCallback: async (code: string) => {
			const tokens = (await send("https://auth.atlassian.com/oauth/token", {
				method: "POST",
				headers: tokenHeaders,
				body: `code=${encodeURIComponent(code)}${afterCode}`
			})) as { access_token: string; expires_in: number; refresh_token?: string };
			const { access_token: accessToken, expires_in: accessTokenExpiresIn, refresh_token: refreshToken = null } = tokens;
			if (typeof accessToken !== "string") throw new TypeError("access_token");
			const user = (await send("https://api.atlassian.com/me", {
				headers: { "User-Agent": "lucia", Accept: "application/json", Authorization: `Bearer ${accessToken}` }
			})) as { account_id: string };
			const { account_id: providerUserId } = user;
			if (typeof providerUserId !== "string") throw new TypeError("account_id");
			const key = { providerId: "atlassian", providerUserId, password: null };
			return {
				providerId: "atlassian",
				providerUserId,
				getExistingUser: async () => {
					const { userId } = await auth.useKey("atlassian", providerUserId, null);
					return auth.getUser(userId);
				},
				createKey: async (userId: string) => auth.createKey({ userId, ...key }),
				createUser: async (options: { attributes: never }) => auth.createUser({ key, ...options }),
				atlassianTokens: { accessToken, accessTokenExpiresIn, refreshToken },
				atlassianUser: user
			};
		}
	};
}
