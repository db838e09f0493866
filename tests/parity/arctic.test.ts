// The table of www/coming-from-elsewhere.md for Arctic 3: each row run by Arctic and by the client on the same exchange
// with the stand-in. Compared is what each sends and what the app gets; the differences are those of the third column.

import assert from "node:assert/strict";
import { after, afterEach, before, test } from "node:test";

import { ArcticFetchError, Atlassian, OAuth2RequestError, OAuth2Tokens, UnexpectedErrorResponseBodyError, UnexpectedResponseError, generateState } from "arctic";
import { OAuthRequestError, atlassianClient } from "lucia-atlassian";
import type { AtlassianClient } from "lucia-atlassian/client";

import { type Atlassian as StandIn, type Fault, defaultClient, startAtlassian } from "../atlassian/server.ts";
import { table } from "../documents/text.ts";

const scopes = ["read:jira-work", "offline_access"];
const redirectUri = defaultClient.redirectUris[0] ?? "";
const arctic = new Atlassian(defaultClient.id, defaultClient.secret, redirectUri);

let standIn: StandIn;
let ours: AtlassianClient;
const { fetch } = globalThis;

before(async () => {
	standIn = await startAtlassian();
	ours = atlassianClient({ clientId: defaultClient.id, clientSecret: defaultClient.secret, redirectUri, scope: scopes });
	globalThis.fetch = async (input, init) => standIn.route(new Request(input, init));
});
afterEach(() => {
	standIn.clearFaults();
	standIn.log.length = 0;
	standIn.invalidRefreshToken = "invalid_grant";
});
after(async () => {
	globalThis.fetch = fetch;
	await standIn.close();
});

async function code(): Promise<string> {
	const [url] = await ours.getAuthorizationUrl();
	return (await standIn.consent(url)).searchParams.get("code") ?? "";
}

const parameters = (query: URLSearchParams) => Object.fromEntries([...query].sort());

/** The requests for tokens since the last look, without the code or token in it, and without what names the library. */
function tokenRequests() {
	const entries = standIn.log.filter(({ endpoint }) => endpoint === "token");
	standIn.log.length = 0;
	return entries.map(({ method, host, path, parameters: body, headers }) => {
		const { code: _, refresh_token: __, ...rest } = parameters(body);
		return { method, host, path, ...rest, type: headers["content-type"], accept: headers["accept"], agent: headers["user-agent"] };
	});
}

/** Has each library send a request that meets the same fault, and gives what they reject with. */
async function refusals(fault?: Fault): Promise<[arctic: unknown, ours: any]> {
	if (fault) standIn.fault("token", fault, 2);
	const rejection = (call: Promise<unknown>) => call.then(() => assert.fail("expected a rejection"), (error: unknown) => error);
	return [await rejection(arctic.validateAuthorizationCode("code")), await rejection(ours.validateAuthorizationCode("code"))];
}

/** The tokens that each library makes of the same token response. */
async function tokens(fault?: Fault): Promise<[arctic: OAuth2Tokens, ours: Awaited<ReturnType<AtlassianClient["validateAuthorizationCode"]>>]> {
	if (fault) standIn.fault("token", fault, 1);
	const theirs = await arctic.validateAuthorizationCode(await code());
	const data = JSON.stringify(theirs.data);
	const client = atlassianClient({
		...{ clientId: defaultClient.id, clientSecret: defaultClient.secret, redirectUri, scope: scopes },
		fetch: async () => new Response(data, { headers: { "Content-Type": "application/json" } })
	});
	return [theirs, await client.validateAuthorizationCode("code")];
}

/** By the first cell of their rows. */
const rows: Record<string, () => Promise<void>> = {
	async "`new Atlassian(id, secret, redirectUri)`"() {
		// What is wrong shows at the first call, and by name.
		const [wrong, silent] = [atlassianClient({ clientId: "", clientSecret: "s", redirectUri }), new Atlassian("", "s", redirectUri)];
		await assert.rejects(wrong.getAuthorizationUrl(), /clientId/);
		assert.equal(silent.createAuthorizationURL("state", []).searchParams.get("client_id"), "");
	},
	async "`generateState()`, `createAuthorizationURL(state, scopes)`"() {
		const state = generateState();
		const theirs = arctic.createAuthorizationURL(state, ["read:me", ...scopes]);
		const [url, own] = await ours.getAuthorizationUrl();
		assert.equal(url.origin + url.pathname, theirs.origin + theirs.pathname);
		assert.deepEqual({ ...parameters(url.searchParams), state: "" }, { ...parameters(theirs.searchParams), state: "" });
		assert.equal(url.searchParams.get("state"), own);
		assert.equal(own.length, state.length);
		const without = arctic.createAuthorizationURL(state, scopes);
		assert.ok(!without.searchParams.get("scope")?.includes("read:me"), "Arctic asks for no scope of its own");
	},
	async "`validateAuthorizationCode(code)`"() {
		await arctic.validateAuthorizationCode(await code());
		const [theirs] = tokenRequests();
		await ours.validateAuthorizationCode(await code());
		const [own] = tokenRequests();
		assert.deepEqual({ ...own, agent: "" }, { ...theirs, agent: "" });
		assert.deepEqual([theirs?.agent, own?.agent], ["arctic", "lucia"]);
		// With a callback's URL, the state is checked and the user read as well.
		const [url, state] = await ours.getAuthorizationUrl();
		const callback = await standIn.consent(url);
		await assert.rejects(ours.callback(callback, "other"), { code: "STATE_MISMATCH" });
		const { atlassianUser } = await ours.callback(callback, state);
		assert.equal(atlassianUser.account_id, standIn.accounts[0]?.user.account_id);
	},
	async "`refreshAccessToken(refreshToken)`"() {
		const first = await arctic.validateAuthorizationCode(await code());
		standIn.log.length = 0;
		const theirs = await arctic.refreshAccessToken(first.refreshToken());
		const own = await ours.refreshTokens(theirs.refreshToken());
		const [left, right] = tokenRequests();
		assert.deepEqual({ ...right, agent: "" }, { ...left, agent: "" });
		assert.notEqual(own.refreshToken, theirs.refreshToken());
		// The connection is cut once: Arctic gives up, the client tries the same token again.
		standIn.fault("token", { cut: "headers" });
		await assert.rejects(arctic.refreshAccessToken(own.refreshToken ?? ""), ArcticFetchError);
		standIn.fault("token", { cut: "headers" });
		assert.ok((await ours.refreshTokens(own.refreshToken)).accessToken);
	},
	async "`accessToken()`"() {
		const [theirs, own] = await tokens();
		assert.equal(own.accessToken, theirs.accessToken());
		standIn.fault("token", { without: "access_token" }, 2);
		const empty = await arctic.validateAuthorizationCode(await code());
		assert.throws(() => empty.accessToken(), /access_token/);
		await assert.rejects(ours.validateAuthorizationCode(await code()), { code: "INVALID_TOKEN_RESPONSE" });
	},
	async "`accessTokenExpiresInSeconds()`, `accessTokenExpiresAt()`"() {
		const [theirs, own] = await tokens();
		assert.equal(own.accessTokenExpiresIn, theirs.accessTokenExpiresInSeconds());
		const difference = Math.abs(own.expiresAt - theirs.accessTokenExpiresAt().getTime());
		assert.ok(difference < 60_000, `${difference} ms apart`);
		const [throws, hour] = await tokens({ without: "expires_in" });
		assert.throws(() => throws.accessTokenExpiresAt(), /expires_in/);
		assert.equal(hour.accessTokenExpiresIn, undefined);
		assert.ok(Math.abs(hour.expiresAt - Date.now() - 3_600_000) < 60_000);
	},
	async "`hasRefreshToken()`, `refreshToken()`"() {
		const [theirs, own] = await tokens();
		assert.equal(own.refreshToken, theirs.refreshToken());
		const [none, absent] = await tokens({ without: "refresh_token" });
		assert.deepEqual([none.hasRefreshToken(), absent.refreshToken], [false, null]);
		assert.throws(() => none.refreshToken(), /refresh_token/);
	},
	async "`hasScopes()`, `scopes()`"() {
		const [theirs, own] = await tokens();
		assert.deepEqual(own.scope.toSorted(), theirs.scopes().toSorted());
		assert.deepEqual(own.missingScope, []);
		const [none, requested] = await tokens({ without: "scope" });
		assert.equal(none.hasScopes(), false);
		assert.deepEqual(requested.scope, ["read:me", ...scopes]);
	},
	async "`tokenType()`, `idToken()`, `data`"() {
		const [theirs, own] = await tokens();
		assert.throws(() => theirs.idToken());
		const names = ["accessToken", "accessTokenExpiresIn", "expiresAt", "missingScope", "refreshToken", "scope"];
		assert.deepEqual(Object.keys(own).sort(), names);
		assert.deepEqual(JSON.parse(JSON.stringify(own)), own, "JSON, to be stored as it is");
	},
	async "`OAuth2RequestError`"() {
		const [theirs, own] = await refusals({ status: 401, body: { error: "access_denied", error_description: "Unauthorized" } });
		assert.ok(theirs instanceof OAuth2RequestError);
		assert.deepEqual([theirs.code, theirs.description], ["access_denied", "Unauthorized"]);
		assert.ok(own instanceof OAuthRequestError);
		assert.deepEqual([own.code, own.action], ["INVALID_CLIENT", "configure"]);
		assert.deepEqual(own.body, { error: "access_denied", error_description: "Unauthorized" });
	},
	async "`UnexpectedResponseError`"() {
		for (const [fault, code, action] of [
			[{ status: 403, body: { error: "invalid_grant", error_description: "Invalid authorization code" } }, "INVALID_GRANT", "reauthorize"],
			[{ retryAfter: 7 }, "RATE_LIMITED", "retry"],
			[{ status: 503 }, "SERVER_ERROR", "retry"]
		] as const) {
			const [theirs, own] = await refusals(fault);
			assert.ok(theirs instanceof UnexpectedResponseError);
			assert.ok(own instanceof OAuthRequestError);
			assert.deepEqual([own.code, own.action, own.response.status], [code, action, theirs.status]);
			if (code === "RATE_LIMITED") assert.equal(own.retryAfter, 7);
		}
	},
	async "`UnexpectedErrorResponseBodyError`"() {
		const [theirs, own] = await refusals({ status: 400, body: { message: "no error member" } });
		assert.ok(theirs instanceof UnexpectedErrorResponseBodyError);
		assert.ok(own instanceof OAuthRequestError);
		assert.equal(own.response.status, theirs.status);
	},
	async "`ArcticFetchError`"() {
		const reason = new TypeError("fetch failed");
		const { fetch } = globalThis;
		globalThis.fetch = async () => Promise.reject(reason);
		try {
			const [theirs, own] = await refusals();
			assert.ok(theirs instanceof ArcticFetchError);
			assert.equal(theirs.cause, reason);
			assert.ok(own === reason, "the same object");
			assert.deepEqual([own.code, own.action], ["NETWORK_ERROR", "retry"]);
		} finally {
			globalThis.fetch = fetch;
		}
	},
	async "your own request to `/me`"() {
		const { accessToken } = await ours.validateAuthorizationCode(await code());
		const headers = { Authorization: `Bearer ${accessToken}` };
		const user = await (await fetch(`${standIn.origin}/api.atlassian.com/me`, { headers })).json();
		assert.deepEqual(await ours.getUser(accessToken), user);
		standIn.fault("me", { without: "account_id" });
		await assert.rejects(ours.getUser(accessToken), { code: "INVALID_USER_RESPONSE" });
	},
	async "a redirect from the token endpoint"() {
		const [, own] = await refusals({ redirect: 307 });
		const elsewhere = standIn.log.filter(({ endpoint }) => endpoint === undefined);
		assert.deepEqual(elsewhere.map(({ headers, parameters }) => [headers["user-agent"], parameters.get("client_secret")]), [["arctic", defaultClient.secret]]);
		assert.deepEqual([own.code, own.action], ["UNEXPECTED_REDIRECT", "retry"]);
	}
};

test("each row of the page's table has a test, and each test a row", () => {
	assert.deepEqual(table("www/coming-from-elsewhere.md", "Arctic 3", "here", "what changes").map(([call]) => call), Object.keys(rows));
});
for (const [name, run] of Object.entries(rows)) test(name, run);
