// What is left in the memory of the wasm instance after each call: nothing of a secret, not even twelve bytes of
// it. The instance is caught on its way, and its whole memory searched, the stack included.

import assert from "node:assert/strict";
import { test } from "node:test";

import type { Auth } from "lucia";
import type { AtlassianProvider, StoredTokens } from "lucia-atlassian/providers";

import { formsOf, secret, token } from "./forms.ts";

let memory: WebAssembly.Memory | undefined;
const { Instance } = WebAssembly;
WebAssembly.Instance = function (module: WebAssembly.Module, imports: WebAssembly.Imports) {
	const instance = new Instance(module, imports);
	memory = Object.values(instance.exports).find((value) => value instanceof WebAssembly.Memory);
	return instance;
} as unknown as typeof Instance;
const { atlassian, createOAuth2AuthorizationUrlWithPKCE, decodeIdToken, validateOAuth2AuthorizationCode } = await import("lucia-atlassian");

const bytesOfMemory = (): Buffer => {
	assert.ok(memory, "the package made no instance with a memory");
	return Buffer.from(memory.buffer);
};

const WINDOW = 12;

/** As it could lie in memory: in UTF-8, in UTF-16, and in the 32-bit words that SHA-256 works on. */
function encodings(form: string): Buffer[] {
	const bytes = Buffer.from(form);
	const words = [0, 1, 2, 3].map((offset) => {
		const whole = bytes.subarray(offset, offset + ((bytes.length - offset) & ~3));
		return Buffer.from(whole).swap32();
	});
	return [bytes, Buffer.from(form, "utf16le"), ...words];
}

const windowsOf = (bytes: Buffer): string[] => {
	const text = bytes.toString("latin1");
	return Array.from({ length: Math.max(0, text.length - WINDOW + 1) }, (_, start) => text.slice(start, start + WINDOW));
};

const windowsOfSecret = (value: string): string[] => formsOf(value).flatMap(encodings).flatMap(windowsOf);

/** The addresses at which memory has one of these windows. */
function addresses(windows: Iterable<string>): number[] {
	const wanted = new Set(windows);
	const text = bytesOfMemory().toString("latin1");
	const found: number[] = [];
	for (let start = 0; start + WINDOW <= text.length; start++) {
		if (wanted.has(text.slice(start, start + WINDOW))) found.push(start);
	}
	return found;
}

function assertGone(secrets: Record<string, string>): void {
	const named = new Map(Object.entries(secrets).flatMap(([name, value]) => windowsOfSecret(value).map((window) => [window, name])));
	const text = bytesOfMemory().toString("latin1");
	const left = addresses(named.keys()).map((address) => `${named.get(text.slice(address, address + WINDOW))} at ${address}`);
	assert.equal(left.length, 0, `${left.length} windows are left in memory: ${left[0]}, ${left.at(-1)}`);
}

const untilNothingRuns = () => new Promise((resolve) => setTimeout(resolve, 5));

/** An app of its own, whose secrets no other test has, and which gets the responses that it names. */
function app(responses: ((request: Request) => unknown)[] = []) {
	const secrets = {
		"client secret": secret(),
		code: secret(),
		"access token": token(),
		"refresh token": secret(),
		"new access token": token(),
		"new refresh token": token(),
		"code verifier": token(),
	};
	const tokens = () =>
		Response.json({ access_token: secrets["access token"], refresh_token: secrets["refresh token"], expires_in: 3600, scope: "read:me offline_access" });
	const renewed = () =>
		Response.json({ access_token: secrets["new access token"], refresh_token: secrets["new refresh token"], expires_in: 3600 });
	const user = () => Response.json({ account_id: "account" });
	const queue = responses.length > 0 ? [...responses] : undefined;
	const fetch = async (request: Request) => {
		if (queue) return (queue.shift() ?? user)(request) as Response;
		if (request.url.endsWith("/me")) return user();
		return (await request.clone().text()).includes("grant_type=refresh_token") ? renewed() : tokens();
	};
	const provider = atlassian({} as Auth, {
		clientId: "the client",
		clientSecret: secrets["client secret"],
		redirectUri: "https://app.example/callback",
		scope: ["offline_access"],
		fetch,
		timeout: 0,
	});
	return { provider, secrets, tokens, user };
}
type App = ReturnType<typeof app>;

const callbackUrl = ({ secrets }: App, state: string) => `/callback?${new URLSearchParams({ code: secrets.code, state })}`;
const storeOf = (tokens: StoredTokens | null) => {
	let stored = tokens;
	return { load: () => stored, save: (next: StoredTokens) => ((stored = next), true) };
};
const json = (body: unknown, status = 200) => () => Response.json(body, { status });
const rejects = async (promise: Promise<unknown>) => void (await assert.rejects(promise));

/** Each call that a secret passes through. What it gives are secrets that it has made itself. */
const calls: [name: string, call: (app: App, provider: AtlassianProvider<Auth>) => Promise<Record<string, string> | void>][] = [
	["atlassian()", async () => {}],
	["getAuthorizationUrl()", async (_, { getAuthorizationUrl }) => ({ state: (await getAuthorizationUrl())[1] })],
	[
		"getAuthorizationUrl({ pkce: true })",
		async (_, { getAuthorizationUrl }) => {
			const [, state, codeVerifier] = await getAuthorizationUrl({ pkce: true });
			return { state, "code verifier that was made": codeVerifier };
		},
	],
	["validateCallback", async ({ secrets }, provider) => void (await provider.validateCallback(secrets.code, { codeVerifier: secrets["code verifier"] }))],
	[
		"callback",
		async (app, provider) => {
			const state = token();
			await provider.callback(callbackUrl(app, state), state, { codeVerifier: app.secrets["code verifier"] });
			return { state };
		},
	],
	[
		"callback with another state",
		async (app, provider) => {
			const [state, stored] = [token(), token()];
			await rejects(provider.callback(callbackUrl(app, state), stored));
			return { state, stored };
		},
	],
	["validateAuthorizationCode", async ({ secrets }, provider) => void (await provider.validateAuthorizationCode(secrets.code))],
	["getUser", async ({ secrets }, provider) => void (await provider.getUser(secrets["access token"]))],
	["refreshTokens", async ({ secrets }, provider) => void (await provider.refreshTokens(secrets["refresh token"]))],
	["revoke", async ({ secrets }, provider) => void (await provider.revoke(secrets["refresh token"]))],
	["getAccessibleResources", async ({ secrets }, provider) => void (await rejects(provider.getAccessibleResources(secrets["access token"])))],
	[
		"tokens(store).accessToken, which refreshes",
		async ({ secrets }, provider) => {
			const stored = { accessToken: secrets["access token"], refreshToken: secrets["refresh token"], expiresAt: 0 };
			assert.equal(await provider.tokens(storeOf(stored)).accessToken(), secrets["new access token"]);
		},
	],
	[
		"tokens(store).accessToken, with one that was rejected",
		async ({ secrets }, provider) => {
			const stored = { accessToken: secrets["access token"], refreshToken: secrets["refresh token"], expiresAt: Number.MAX_SAFE_INTEGER };
			const { accessToken } = provider.tokens(storeOf(stored));
			assert.equal(await accessToken({ rejected: secrets["access token"] }), secrets["new access token"]);
		},
	],
	[
		"tokens(store).set",
		({ secrets }, provider) =>
			provider.tokens(storeOf(null)).set({ accessToken: secrets["access token"], refreshToken: secrets["refresh token"], accessTokenExpiresIn: 3600 }),
	],
	...(["client_secret", "http_basic_auth"] as const).map((authenticateWith): (typeof calls)[number] => [
		`validateOAuth2AuthorizationCode with ${authenticateWith}`,
		async ({ secrets, tokens }) => {
			const { fetch } = globalThis;
			globalThis.fetch = (async () => tokens()) as typeof fetch;
			await validateOAuth2AuthorizationCode(secrets.code, "https://provider.example/token", {
				clientId: "the client",
				codeVerifier: secrets["code verifier"],
				clientPassword: { clientSecret: secrets["client secret"], authenticateWith },
			}).finally(() => (globalThis.fetch = fetch));
		},
	]),
	[
		"createOAuth2AuthorizationUrlWithPKCE",
		async () => {
			const [, codeVerifier, state] = await createOAuth2AuthorizationUrlWithPKCE("https://provider.example/", { clientId: "the client", scope: [], codeChallengeMethod: "S256" });
			return { state, "code verifier that was made": codeVerifier };
		},
	],
	[
		"decodeIdToken",
		async () => {
			const claim = token();
			const idToken = `e30.${Buffer.from(JSON.stringify({ claim })).toString("base64url")}.signature`;
			assert.deepEqual(decodeIdToken(idToken), { claim });
			assert.throws(() => decodeIdToken(`e30.${Buffer.from(`{"claim":${claim}`).toString("base64url")}.signature`));
			return { claim };
		},
	],
];

test("the search finds what is in memory, in whatever form", () => {
	assert.notEqual(addresses(windowsOf(Buffer.from("https://auth.atlassian.com"))).length, 0);
	const planted = secret();
	assertGone({ planted });
	// Twelve bytes from the middle of each form, where the memory ends.
	const parts = formsOf(planted).flatMap(encodings).map((bytes) => bytes.subarray((bytes.length - WINDOW) >> 1).subarray(0, WINDOW));
	const bytes = bytesOfMemory();
	const start = bytes.length - parts.length * (WINDOW + 1);
	const before = Buffer.from(bytes.subarray(start));
	parts.forEach((part, index) => bytes.set(part, start + index * (WINDOW + 1)));
	try {
		const found = new Set(addresses(windowsOfSecret(planted)));
		parts.forEach((_, index) => assert.ok(found.has(start + index * (WINDOW + 1)), `form ${index} is not found`));
		assert.throws(() => assertGone({ planted }), /windows are left in memory: planted at/);
	} finally {
		bytes.set(before, start);
	}
	assertGone({ planted });
});

test("the search finds a secret while it is in use", async () => {
	let found: number[] = [];
	const used = app([
		() => {
			found = addresses(windowsOfSecret(used.secrets.code));
			return new Response("{}", { status: 400 });
		},
	]);
	await rejects(used.provider.callback(callbackUrl(used, "state"), "state"));
	assert.notEqual(found.length, 0);
	assertGone(used.secrets);
});

for (const [name, call] of calls) {
	test(`nothing is left in memory after ${name}`, async () => {
		const fresh = app();
		const made = await call(fresh, fresh.provider);
		assertGone({ ...fresh.secrets, ...made });
	});
}

const failures: [name: string, responses: (app: () => App) => ((request: Request) => unknown)[]][] = [
	["a refusal that repeats what was sent", () => [async (request) => new Response(JSON.stringify({ error: await request.text() }), { status: 400 })]],
	["a response that is no JSON", (app) => [() => new Response(app().secrets["access token"])]],
	["an access token that fits no header", (app) => [() => Response.json({ access_token: `${app().secrets["access token"]}\n` })]],
	["a broken connection", () => [() => Promise.reject(new TypeError("fetch failed"))]],
	["a user without account_id", (app) => [() => app().tokens(), json({})]],
	["an access token that is refused", (app) => [() => app().tokens(), json({ code: 401 }, 401)]],
];
for (const [name, responses] of failures) {
	test(`nothing is left in memory after ${name}`, async () => {
		const failing: App = app(responses(() => failing));
		await rejects(failing.provider.validateCallback(failing.secrets.code, { codeVerifier: failing.secrets["code verifier"] }));
		assertGone(failing.secrets);
	});
}

test("nothing is in memory while a sign-in waits, for the tokens or for the user", async () => {
	let respond: (() => void) | undefined;
	const held = (give: () => Response) => () => new Promise((resolve) => (respond = () => resolve(give())));
	const waiting: App = app([held(() => waiting.tokens()), held(() => waiting.user())]);
	const signIn = waiting.provider.callback(callbackUrl(waiting, "state"), "state", { codeVerifier: waiting.secrets["code verifier"] });
	await untilNothingRuns();
	assertGone(waiting.secrets);
	const first = respond;
	first?.();
	await untilNothingRuns();
	assert.notEqual(respond, first, "the user was not asked for");
	assertGone(waiting.secrets);
	respond?.();
	assert.equal((await signIn).atlassianUser.account_id, "account");
	assertGone(waiting.secrets);
});

test("the random bytes that made a state are gone, those that are left for the next one are there", async () => {
	const prototype = Object.getPrototypeOf(crypto) as Crypto;
	const { getRandomValues } = prototype;
	let drawn: Buffer | undefined;
	prototype.getRandomValues = function <T extends ArrayBufferView | null>(this: Crypto, array: T): T {
		const given = getRandomValues.call(this, array as Uint8Array<ArrayBuffer>);
		drawn = Buffer.from(given as Uint8Array);
		return given as unknown as T;
	};
	const { provider } = app();
	try {
		for (let i = 0; drawn === undefined && i < 100; i++) await provider.getAuthorizationUrl();
	} finally {
		prototype.getRandomValues = getRandomValues;
	}
	assert.ok(drawn, "no random bytes were drawn");
	const state = (await provider.getAuthorizationUrl())[1];
	// It took at least as many bytes as it has characters.
	assert.equal(addresses(windowsOf(drawn.subarray(0, state.length))).length, 0);
	const rest = drawn.subarray(-1_024);
	assert.equal(addresses(windowsOf(rest)).length, rest.length - WINDOW + 1);
});
