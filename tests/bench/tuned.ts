// The provider as somebody would write it who tunes JavaScript by hand for this one task: the floor
// against which a core in another language can be judged. It does what the package does: random bytes
// are drawn in blocks, used once and wiped; characters are chosen by rejection sampling; redirects are
// not followed; what the answers lack is noticed; a timeout covers each request and its body.

import type { Auth } from "lucia";

/** What the provider needs to know of the app. */
export interface Configs {
	clientId: string;
	clientSecret: string;
	redirectUri: string;
	/** Milliseconds that each request may take, 0 for no limit. */
	timeout: number;
}

const ALPHABET = "abcdefghijklmnopqrstuvwxyz0123456789";
const LENGTH = 43;
// The largest multiple of the size of the alphabet that fits in a byte.
const LIMIT = 252;

const codes = Array.from({ length: 256 }, (_, byte) => ALPHABET.charCodeAt(byte % ALPHABET.length));

const block = new Uint8Array(2048);
let used = block.length;
const characters = new Array<number>(LENGTH).fill(0);

function state(): string {
	for (let length = 0; length < LENGTH; ) {
		if (used === block.length) {
			crypto.getRandomValues(block);
			used = 0;
		}
		const byte = block[used] as number;
		block[used++] = 0;
		if (byte < LIMIT) characters[length++] = codes[byte] as number;
	}
	// Of several ways to join them, this was the fastest in both versions of Node.
	return String.fromCharCode.apply(null, characters);
}

const tokenHeaders = {
	"Content-Type": "application/x-www-form-urlencoded",
	"User-Agent": "lucia",
	Accept: "application/json"
};

/** Makes the provider. */
export function tuned(auth: Auth, { clientId, clientSecret, redirectUri, timeout }: Configs) {
	const [beforeState, afterState] = halves(
		"https://auth.atlassian.com/authorize?",
		{ response_type: "code", client_id: clientId, scope: "read:me" },
		"state",
		{ redirect_uri: redirectUri, audience: "api.atlassian.com", prompt: "consent" }
	);
	const [beforeCode, afterCode] = halves("", {}, "code", {
		client_id: clientId,
		grant_type: "authorization_code",
		redirect_uri: redirectUri,
		client_secret: clientSecret
	});

	const send = async (url: string, init: RequestInit): Promise<unknown> => {
		init.redirect = "manual";
		if (timeout !== 0) init.signal = AbortSignal.timeout(timeout);
		// A `fetch` makes a `Request` of its own, whatever it is given.
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
				body: beforeCode + encodeURIComponent(code) + afterCode
			})) as { access_token: string; expires_in: number; refresh_token?: string };
			if (typeof tokens.access_token !== "string") throw new TypeError("access_token");
			const user = (await send("https://api.atlassian.com/me", {
				headers: {
					"User-Agent": "lucia",
					Accept: "application/json",
					Authorization: `Bearer ${tokens.access_token}`
				}
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
				atlassianTokens: {
					accessToken: tokens.access_token,
					accessTokenExpiresIn: tokens.expires_in,
					refreshToken: tokens.refresh_token ?? null
				},
				atlassianUser: user
			};
		}
	};
}

function halves(
	start: string,
	before: Record<string, string>,
	name: string,
	after: Record<string, string>
): [string, string] {
	const first = new URLSearchParams(before).toString();
	return [`${start}${first}${first && "&"}${name}=`, `&${new URLSearchParams(after)}`];
}
