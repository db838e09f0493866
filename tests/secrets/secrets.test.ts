// No secret shows where nobody means to show it: each object that the package gives, and each error of the README's
// table, is searched for each secret in each place (`places.ts`). What the server or the app itself got wrong repeats
// the secrets wherever it can.

import assert from "node:assert/strict";
import { test } from "node:test";

import type { Auth } from "lucia";
import { atlassian, decodeIdToken, validateOAuth2AuthorizationCode } from "lucia-atlassian";
import type { AtlassianProvider, StoredTokens, TokenStore } from "lucia-atlassian/providers";
import * as stores from "lucia-atlassian/stores";

import { errorActions } from "../documents/text.ts";
import { formsOf, secret, token } from "./forms.ts";
import { leaks } from "./places.ts";

const secrets = {
	"client secret": secret(),
	code: secret(),
	"code verifier": token(),
	"access token": token(),
	"refresh token": secret(),
	"state of the URL": token(),
	"stored state": token(),
};
type Secret = keyof typeof secrets;
const { code, "client secret": clientSecret, "access token": accessToken, "refresh token": refreshToken, "code verifier": codeVerifier } = secrets;
const hidden = (...shown: Secret[]) => Object.fromEntries(Object.entries(secrets).filter(([name]) => !shown.includes(name as Secret)));

type Respond = (request: Request) => unknown;
const json = (body: unknown, init?: ResponseInit): Respond => () => Response.json(body, init);
const tokens = json({ access_token: accessToken, refresh_token: refreshToken, expires_in: 3600 });
const user = json({ account_id: "account" });
const sites = (...names: string[]) =>
	json(names.map((name) => ({ id: name, url: `https://${name}.atlassian.net`, name, scopes: ["read:jira-work"], avatarUrl: "" })));

/** A refusal that repeats all that was sent, and whatever else it might know. */
const echo =
	(status: number, error?: string): Respond =>
	async (request) => {
		const sent = { url: request.url, headers: [...request.headers], form: await request.text(), secrets };
		return Response.json({ ...(error && { error }), error_description: JSON.stringify(sent), sent }, { status });
	};

/** A provider whose requests get these responses, in this order. */
function provider(responses: Respond[], configs: Partial<Parameters<typeof atlassian>[1]> = {}): AtlassianProvider<Auth> {
	const queue = [...responses];
	return atlassian({} as Auth, {
		clientId: "client",
		clientSecret,
		redirectUri: "https://app.example/callback",
		scope: ["offline_access"],
		fetch: async (request) => (queue.shift() ?? echo(500))(request) as Response,
		...configs,
	});
}

const signIn = (...responses: Respond[]) => provider(responses).validateCallback(code, { codeVerifier });
const callback = (parameters: Record<string, string> | string, storedState: string | null = secrets["stored state"]) =>
	provider([]).callback(`https://app.example/callback?${new URLSearchParams(parameters)}`, storedState, { codeVerifier });
const state = secrets["state of the URL"];
const stored: StoredTokens = { accessToken, refreshToken, expiresAt: 0 };
const store = (saves: boolean, kept: StoredTokens | null = stored): TokenStore => ({ load: () => kept, save: () => saves });

/** Pauses between tries take no time meanwhile. */
async function hurried<T>(work: () => Promise<T>): Promise<T> {
	const { setTimeout } = globalThis;
	globalThis.setTimeout = ((callback: () => void, _: number, ...args: []) => setTimeout(callback, 0, ...args)) as typeof setTimeout;
	try {
		return await work();
	} finally {
		globalThis.setTimeout = setTimeout;
	}
}

async function withoutRandomBytes(): Promise<unknown> {
	const descriptor = Object.getOwnPropertyDescriptor(globalThis, "crypto") as PropertyDescriptor;
	Object.defineProperty(globalThis, "crypto", { value: undefined, configurable: true });
	try {
		for (let i = 0; i < 100; i++) await provider([]).getAuthorizationUrl();
	} finally {
		Object.defineProperty(globalThis, "crypto", descriptor);
	}
	return undefined;
}

/** One byte more than is read. */
const long: Respond = async () => new Response("x".repeat(2 ** 20 + 1));
const noJson: Respond = async () => new Response(`${accessToken} ${refreshToken}`);
/** As `fetch` rejects: with causes. That of one's own proxy may say more; it is the app's. */
const broken: Respond = () => Promise.reject(new TypeError("fetch failed", { cause: new AggregateError([new Error("ECONNREFUSED")]) }));
const silent: Respond = (request) =>
	new Promise((_, reject) => {
		// The limit itself keeps no process alive.
		const timer = setTimeout(reject, 5_000);
		request.signal.addEventListener("abort", () => {
			clearTimeout(timer);
			reject(request.signal.reason);
		});
	});

/** Each code of the README, and calls that are rejected with it. */
const rejections: [code: string, how: string, call: () => Promise<unknown>][] = [
	["INVALID_GRANT", "a code, repeated", () => signIn(echo(403, "invalid_grant"))],
	["INVALID_GRANT", "a refresh token, repeated", () => provider([echo(403, "invalid_grant")]).refreshTokens(refreshToken)],
	["INVALID_GRANT", "tokens(store)", () => provider([echo(403, "invalid_grant")]).tokens(store(true)).accessToken()],
	["INVALID_TOKEN", "a sign-in", () => signIn(tokens, echo(401))],
	["INVALID_TOKEN", "getUser", () => provider([echo(401)]).getUser(accessToken)],
	["INVALID_TOKEN", "getAccessibleResources", () => provider([echo(401)]).getAccessibleResources(accessToken)],
	["NO_TOKENS", "an empty store", () => provider([]).tokens(store(true, null)).accessToken()],
	["ACCESS_DENIED", "callback", () => callback({ error: "access_denied", error_description: `${code} ${clientSecret}`, code, state })],
	["ACCESS_DENIED", "a refresh for a user who is blocked", () => provider([json({ error: "access_denied", error_description: `user is blocked ${refreshToken}` }, { status: 403 })]).refreshTokens(refreshToken)],
	...["login", "consent", "interaction", "account_selection"].map((what): (typeof rejections)[number] => [
		`${what.toUpperCase()}_REQUIRED`,
		"callback",
		() => callback({ error: `${what}_required`, error_description: `${code} ${clientSecret}`, state }),
	]),
	["INVALID_CODE_VERIFIER", "callback", () => provider([]).callback(`/?${new URLSearchParams({ code, state })}`, state, { codeVerifier: `${codeVerifier} ${clientSecret}` })],
	["STATE_MISMATCH", "callback", () => callback({ code, state })],
	["MISSING_STORED_STATE", "callback", () => callback({ code, state }, null)],
	["MISSING_STORED_STATE", "a cookie with a wrong signature", () => provider([]).callback(`/?${new URLSearchParams({ code, state })}`, false)],
	["MISSING_STATE", "callback", () => callback({ code })],
	["MISSING_CODE", "callback", () => callback({ state }, state)],
	["REPEATED_PARAMETER", "callback", () => callback(`${new URLSearchParams({ code })}&${new URLSearchParams({ code, state })}`)],
	["SITE_NOT_FOUND", "site", async () => (await provider([sites("one")]).getAccessibleResources(accessToken)).site("https://two.atlassian.net")],
	["NO_SITES", "only", async () => (await provider([sites()]).getAccessibleResources(accessToken)).only()],
	...(["clientId", "redirectUri", "scope", "fetch", "timeout", "bodyLimit", "cloud"] as const).map((field): (typeof rejections)[number] => [
		"INVALID_ARGUMENT",
		`the client secret in configs.${field}`,
		() => provider([], { [field]: field === "clientId" || field === "redirectUri" ? [clientSecret] : clientSecret } as never).validateCallback(code),
	]),
	["INVALID_ARGUMENT", "an array of the client secret", () => provider([], { clientSecret: [clientSecret] as never }).validateCallback(code)],
	["INVALID_ARGUMENT", "an array of the code", () => provider([]).validateCallback([code] as never)],
	["INVALID_ARGUMENT", "an array of the code verifier", () => provider([]).validateCallback(code, { codeVerifier: [codeVerifier] as never })],
	["INVALID_ARGUMENT", "an array of the stored state", () => provider([]).callback(`/?${new URLSearchParams({ code, state })}`, [state] as never)],
	["INVALID_ARGUMENT", "an access token with a line break", () => provider([]).getUser(`${accessToken}\n`)],
	["INVALID_ARGUMENT", "an array of the refresh token", () => provider([]).revoke([refreshToken] as never)],
	["INVALID_CLIENT", "repeated", () => signIn(echo(401, "access_denied"))],
	["UNAUTHORIZED_CLIENT", "repeated", () => signIn(echo(400, "unauthorized_client"))],
	["INVALID_REQUEST", "repeated", () => signIn(echo(400, "invalid_request"))],
	["INVALID_SCOPE", "repeated", () => signIn(echo(400, "invalid_scope"))],
	["INSUFFICIENT_SCOPE", "repeated", () => signIn(tokens, echo(403, "insufficient_scope"))],
	["UNSUPPORTED_GRANT_TYPE", "repeated", () => signIn(echo(400, "unsupported_grant_type"))],
	["UNSUPPORTED_RESPONSE_TYPE", "callback", () => callback({ error: "unsupported_response_type", code, state }, state)],
	["NO_REFRESH_TOKEN", "refreshTokens", () => provider([]).refreshTokens(null)],
	["NO_REFRESH_TOKEN", "refreshTokens of an app that does not ask for offline_access", () => provider([], { scope: [] }).refreshTokens(null)],
	["NO_REFRESH_TOKEN", "tokens(store)", () => provider([]).tokens(store(true, { ...stored, refreshToken: null })).accessToken()],
	["SEVERAL_SITES", "addresses with the token", async () => (await provider([json(["one", "two"].map((id) => ({ id, url: `https://${id}.example/${accessToken}`, scopes: [] })))]).getAccessibleResources(accessToken)).only()],
	["SEVERAL_SITES", "only", async () => (await provider([sites("one", "two")]).getAccessibleResources(accessToken)).only()],
	["NO_RANDOM_BYTES", "getAuthorizationUrl", withoutRandomBytes],
	["TIMEOUT", "the token endpoint", () => provider([silent], { timeout: 20 }).validateCallback(code, { codeVerifier })],
	["TIMEOUT", "the user", () => provider([tokens, silent], { timeout: 20 }).validateCallback(code, { codeVerifier })],
	["NETWORK_ERROR", "the token endpoint", () => signIn(broken)],
	["NETWORK_ERROR", "the user", () => signIn(tokens, broken)],
	["SERVER_ERROR", "repeated", () => signIn(echo(500, "server_error"))],
	["TEMPORARILY_UNAVAILABLE", "repeated", () => signIn(echo(503, "temporarily_unavailable"))],
	["RATE_LIMITED", "repeated", () => signIn(echo(429))],
	["UNEXPECTED_REDIRECT", "the token endpoint", () => signIn(() => new Response(null, { status: 307, headers: { Location: "https://elsewhere.example/" } }))],
	["UNEXPECTED_RESPONSE", "repeated", () => signIn(echo(404))],
	["RESPONSE_TOO_LARGE", "repeated", () => provider([json({ secrets })], { bodyLimit: 10 }).validateCallback(code, { codeVerifier })],
	["REFRESH_OUTCOME_UNKNOWN", "refusals that repeat", () => hurried(() => provider([]).refreshTokens(refreshToken))],
	["REFRESH_OUTCOME_UNKNOWN", "broken connections", () => hurried(() => provider([broken, broken, broken, broken]).refreshTokens(refreshToken))],
	["INVALID_JSON", "an access token", () => signIn(() => new Response(`<${accessToken}>`))],
	["INVALID_JSON", "JSON that breaks off", () => signIn(() => new Response(JSON.stringify(secrets).slice(0, -1)))],
	["INVALID_TOKEN_RESPONSE", "a line break", () => signIn(json({ access_token: `${accessToken}\n`, refresh_token: refreshToken }))],
	["INVALID_TOKEN_RESPONSE", "an array", () => signIn(json({ access_token: [accessToken], refresh_token: refreshToken }))],
	["INVALID_USER_RESPONSE", "the tokens", () => signIn(tokens, json({ ...secrets, account_id: [accessToken] }))],
	["INVALID_RESOURCES_RESPONSE", "the tokens", () => provider([json([{ id: [accessToken], secrets }])]).getAccessibleResources(accessToken)],
	["INVALID_ID_TOKEN", "a payload that breaks off", async () => decodeIdToken(`e30.${Buffer.from(`{"token":"${accessToken}`).toString("base64url")}.x`)],
	["STORE_CONFLICT", "a store that takes nothing", () => hurried(() => provider([tokens]).tokens(store(false)).accessToken())],
	["STORE_CONFLICT", "set", () => hurried(() => provider([]).tokens(store(false)).set({ accessToken, refreshToken, accessTokenExpiresIn: 1 }))],
];

const documented = errorActions();
/** The actions that the rejections had, by code. */
const seen = new Map<string, Set<string>>();

test("there is a rejection for each code of the README", () => {
	// `tests/packaging/entries.test.ts` has the runtimes without WebAssembly; here it is available.
	const elsewhere = ["WEBASSEMBLY_UNAVAILABLE"];
	assert.deepEqual([...new Set(rejections.map(([name]) => name)), ...elsewhere].sort(), [...documented.keys()].sort());
});

for (const [expected, how, call] of rejections) {
	test(`${expected} shows no secret, and has an action of the README: ${how}`, { timeout: 30_000 }, async () => {
		const error = await call().then(() => assert.fail("it did not reject"), (reason: unknown) => reason as Error & { code: unknown; action: string });
		assert.equal(error.code, expected);
		assert.ok(documented.get(expected)?.has(error.action), `the README does not say that the action is ${error.action}`);
		seen.set(expected, (seen.get(expected) ?? new Set()).add(error.action));
		assert.deepEqual(await leaks(error, secrets), []);
	});
}

test("each action of the README's table is that of a rejection", () => {
	const unseen = [...documented].flatMap(([code, actions]) => [...actions].filter((action) => !seen.get(code)?.has(action)).map((action) => `${code} ${action}`));
	// `tests/packaging/entries.test.ts` sees this one.
	assert.deepEqual(unseen, ["WEBASSEMBLY_UNAVAILABLE configure"]);
});

test("validateOAuth2AuthorizationCode rejects without a secret, in the body or in the header", async () => {
	const { fetch } = globalThis;
	try {
		for (const authenticateWith of ["client_secret", "http_basic_auth"] as const) {
			for (const respond of [echo(400, "invalid_grant"), broken, long, noJson]) {
				globalThis.fetch = respond as typeof fetch;
				const options = { clientId: "client", codeVerifier, clientPassword: { clientSecret, authenticateWith } };
				// `error.request` has the address as it is.
				const key = respond === long || respond === noJson ? accessToken : clientSecret;
				const address = `https://provider.example/token?key=${key}`;
				const error = await validateOAuth2AuthorizationCode(code, address, options).catch((reason: unknown) => reason);
				assert.ok(error instanceof Error);
				assert.deepEqual(await leaks(error, secrets), []);
			}
		}
	} finally {
		globalThis.fetch = fetch;
	}
});

test("decodeIdToken throws without the token", async () => {
	const payload = Buffer.from(`{"token":"${accessToken}`).toString("base64url");
	for (const idToken of [`e30.${payload}.${code}`, `e30.${payload}`, `${accessToken}.%.%`, accessToken, [accessToken] as never]) {
		let thrown: unknown;
		assert.throws(() => {
			try {
				decodeIdToken(idToken);
			} catch (error) {
				throw (thrown = error);
			}
		});
		assert.deepEqual(await leaks(thrown, { ...secrets, payload }), []);
	}
});

test("an error never quotes invalid JSON of a body, however short it is, with a limit or without", async () => {
	for (const bodyLimit of [undefined, 0]) {
		for (const body of ["tok-SECRET", '{"access_token":tok}', '{"access_token":"tok', `<${accessToken}>`]) {
			const respond = () => new Response(body);
			const responded = provider([respond], bodyLimit === undefined ? {} : { bodyLimit }).validateCallback(code);
			await assert.rejects(responded, (error: Error) => {
				assert.ok(error instanceof SyntaxError);
				assert.equal(error.message, "The response of https://auth.atlassian.com/oauth/token is invalid JSON. Start again");
				return true;
			});
		}
	}
});

const ofAtlassian = ["access token", "refresh token"] as const;
/** Each object that the package gives, and what of it is the app's to see. */
const objects: [name: string, give: () => Promise<unknown> | unknown, ...shown: Secret[]][] = [
	["the provider", () => provider([])],
	...Object.entries(provider([])).map(([name, method]): (typeof objects)[number] => [`the method ${name}`, () => method]),
	["a provider whose configuration is wrong", () => provider([], { clientId: "" })],
	["an authorization URL", async () => (await provider([]).getAuthorizationUrl({ pkce: true }))[0]],
	["what validateCallback gives", () => signIn(tokens, user), ...ofAtlassian],
	["the methods for the user", async () => Object.values(await signIn(tokens, user)).filter((value) => typeof value === "function")],
	["what callback gives", () => provider([tokens, user]).callback(`/?${new URLSearchParams({ code, state })}`, state, { codeVerifier }), ...ofAtlassian],
	["what validateAuthorizationCode gives", () => provider([tokens]).validateAuthorizationCode(code, { codeVerifier }), ...ofAtlassian],
	["what getUser gives", () => provider([user]).getUser(accessToken)],
	["what refreshTokens gives", () => provider([tokens]).refreshTokens(refreshToken), ...ofAtlassian],
	["what getAccessibleResources gives", () => provider([sites("one")]).getAccessibleResources(accessToken)],
	["what tokens gives", () => provider([]).tokens(store(true))],
	["a revocation", () => provider([json({})]).revoke(refreshToken)],
	["a revocation that was refused, repeated", () => provider([echo(400)]).revoke(refreshToken)],
	["a revocation that got no response", () => provider([broken]).revoke(refreshToken)],
	["a promise of a sign-in", () => [provider([silent], { timeout: 50 }).validateCallback(code, { codeVerifier }).catch(() => {})]],
];
for (const [name, give, ...shown] of objects) {
	test(`${name}: ${shown.length > 0 ? "nothing but the tokens shows" : "no secret shows"}`, async () => {
		const object = await give();
		assert.deepEqual(await leaks(object, hidden(...shown)), []);
		if (shown.length > 0) assert.notEqual((await leaks(object, secrets)).length, 0, "the tokens are not found where they are");
	});
}

test("a store is for one user: it is not made without an id", () => {
	const namespace = { get: async () => null, put: async () => {} };
	const database = { prepare: () => ({ get: () => undefined, bind: () => ({ first: async () => null }) }) };
	for (const id of [undefined, null, "", 0, 5, {}, ["ada"]] as never[]) {
		for (const make of [() => stores.kvStore(namespace, id), () => stores.sqliteStore(database, id), () => stores.d1Store(database, id)]) {
			assert.throws(make, /^TypeError: lucia-atlassian\/stores: `(key|userId)` must be a non-empty string, but is /);
		}
	}
});

test("an error never quotes invalid JSON of a store", async () => {
	const tokens = `x ${secrets["access token"]} y`;
	const found = [
		stores.kvStore({ get: async () => tokens, put: async () => {} }, "ada"),
		stores.sqliteStore({ prepare: () => ({ get: () => ({ tokens }) }) }, "ada"),
		stores.d1Store({ prepare: () => ({ bind: () => ({ first: async <T>() => ({ tokens }) as T }) }) }, "ada"),
	];
	for (const store of found) {
		const error = await Promise.resolve(store.load()).then(() => assert.fail("it was read"), (reason: unknown) => reason);
		assert.ok(error instanceof TypeError && /sign in again: it is invalid JSON/.test(error.message), `${error}`);
		assert.deepEqual(await leaks(error, hidden()), []);
	}
});

/** A secret in each place where one is searched for. */
const planted: [place: string, plant: (secret: string) => unknown][] = [
	["console", (value) => ({ value })],
	["util.inspect", (value) => Object.defineProperty({}, "hidden", { get: () => value })],
	["util.inspect", (value) => new Map([[{}, { deep: { deeper: { deepest: new Set([value]) } } }]])],
	["util.inspect", (value) => new Proxy({}, { get: Object.assign(() => undefined, { value }) })],
	["JSON.stringify", (value) => ({ toJSON: () => value })],
	["structuredClone", (value) => new Map([["key", value]])],
	["String", (value) => ({ toString: () => value })],
	["value.name", (value) => Object.defineProperty({}, "name", { value })],
	["value.cause.body, URL", (value) => new Error("outer", { cause: { body: value } })],
	["value, message and stack", (value) => new Error(value)],
	["value, message and stack", (value) => Object.assign(new Error("message"), { stack: value })],
	["value.cause, message and stack", (value) => new Error("outer", { cause: new Error(value) })],
	["value.errors.0, message and stack", (value) => new AggregateError([new Error(value)])],
	["value.request, URL and headers", (value) => ({ request: new Request(`https://app.example/?${new URLSearchParams({ value })}`) })],
	["value.request, URL and headers", (value) => ({ request: new Request("https://app.example/", { headers: { Authorization: `Basic ${btoa(`id:${value}`)}` } }) })],
	["value.request, body", (value) => ({ request: new Request("https://app.example/", { method: "POST", body: new URLSearchParams({ value }) }) })],
	["value.response, URL and headers", (value) => ({ response: new Response(null, { headers: { Location: value } }) })],
];
for (const [index, [place, plant]] of planted.entries()) {
	test(`a secret is found where it shows: ${place}, ${index + 1}`, async () => {
		const value = secret();
		const found = (await leaks(plant(value), { value })).join("\n");
		assert.ok(found.includes(`value: ${place.split(", URL")[0]}`), found || "nothing was found");
	});
}

test("a secret is found in each form in which it travels", async () => {
	const value = secret();
	assert.ok(formsOf(value).length >= 6);
	for (const form of formsOf(value)) assert.notEqual((await leaks({ form: `x${form}x` }, { value })).length, 0, form);
});
