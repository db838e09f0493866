/**
 * The stand-in's own tests: that it refuses what Atlassian refuses, responds as Atlassian responds, and fails as it
 * is told to. Time is moved by a clock in the test's hand.
 */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { after, before, beforeEach, describe as suite, test } from "node:test";
import {
	type Atlassian,
	callbackErrors,
	invalidCodeResponses,
	invalidRefreshTokenResponses,
	expiredAccessTokenResponses,
	defaultAccounts,
	defaultClient,
	describe,
	type Fault,
	routeTo,
	standInUrl,
	startAtlassian,
} from "./server.ts";

const callback = "http://localhost:3000/login/atlassian/callback";
const other = { id: "other-client", secret: "other-secret", name: "Other app", redirectUris: ["https://other.example/cb"] };
const markup = { id: "markup", secret: "markup-secret", name: `<script>alert("name")</script>`, redirectUris: ["http://[::1]:3000/cb", "com.example.app:/cb?x=\"><b>"] };
const minute = 60_000;
const day = 24 * 60 * minute;

let atlassian: Atlassian;
let time = Date.parse("2024-03-01T12:00:00Z");

before(async () => {
	atlassian = await startAtlassian({ clients: [defaultClient, other, markup], now: () => time });
});
after(() => atlassian.close());
beforeEach(() => {
	atlassian.clearFaults();
	atlassian.log.length = 0;
	atlassian.invalidRefreshToken = "invalid_grant";
	atlassian.invalidCode = "invalid_grant";
	atlassian.expiredAccessToken = "unauthorized";
	atlassian.blockedAccounts.clear();
});

type Changes = Record<string, string | undefined>;

function changed(parameters: Record<string, string>, changes: Changes): URLSearchParams {
	const entries = Object.entries({ ...parameters, ...changes });
	return new URLSearchParams(entries.filter((entry): entry is [string, string] => entry[1] !== undefined));
}

function authorizationUrl(changes: Changes = {}, host = "auth.atlassian.com"): URL {
	const parameters = {
		response_type: "code",
		client_id: defaultClient.id,
		scope: "read:me offline_access",
		state: "a-state",
		redirect_uri: callback,
		audience: "api.atlassian.com",
		prompt: "consent",
	};
	return new URL(`https://${host}/authorize?${changed(parameters, changes)}`);
}

async function newCode(changes: Changes = {}, account?: string): Promise<string> {
	const location = await atlassian.consent(authorizationUrl(changes), account === undefined ? {} : { account });
	return location.searchParams.get("code") ?? assert.fail("no code");
}

function post(url: string, body: BodyInit, headers: Record<string, string> = {}): Promise<Response> {
	return atlassian.route(new Request(url, { method: "POST", body, headers }));
}

const tokenUrl = "https://auth.atlassian.com/oauth/token";
const credentials = { client_id: defaultClient.id, client_secret: defaultClient.secret };

function exchange(code: string, changes: Changes = {}): Promise<Response> {
	const parameters = { code, ...credentials, grant_type: "authorization_code", redirect_uri: callback };
	return post(tokenUrl, changed(parameters, changes));
}

function refresh(token: string, changes: Changes = {}): Promise<Response> {
	return post(tokenUrl, changed({ ...credentials, grant_type: "refresh_token", refresh_token: token }, changes));
}

interface Tokens {
	access_token: string;
	refresh_token?: string;
	expires_in: number;
	scope: string;
}

async function tokens(received: Response | Promise<Response>): Promise<Tokens & { refresh_token: string }> {
	const response = await received;
	assert.equal(response.status, 200, describe(lastEntry()));
	return (await response.json()) as Tokens & { refresh_token: string };
}

async function newTokens(scope = "read:me offline_access", account?: string) {
	return tokens(exchange(await newCode({ scope }, account)));
}

function get(url: string, token?: string): Promise<Response> {
	return atlassian.route(new Request(url, token === undefined ? {} : { headers: { Authorization: `Bearer ${token}` } }));
}

const meUrl = "https://api.atlassian.com/me";
const resourcesUrl = "https://api.atlassian.com/oauth/token/accessible-resources";

function lastEntry() {
	return atlassian.log.at(-1) ?? assert.fail("the log is empty");
}

async function assertRefused(received: Response | Promise<Response>, status: number, body: unknown, reason: RegExp) {
	const response = await received;
	assert.equal(response.status, status, describe(lastEntry()));
	assert.deepEqual(await response.json(), body);
	assert.match(lastEntry().reason ?? "", reason);
}

const invalidCode = { error: "invalid_grant", error_description: "Invalid authorization code" };
const unauthorized = { error: "access_denied", error_description: "Unauthorized" };
const invalidRequest = { error: "invalid_request", error_description: "Invalid request" };

suite("authorize", () => {
	const refusals: [string, Changes, RegExp][] = [
		["no audience", { audience: undefined }, /audience must be api\.atlassian\.com/],
		["the other cloud's audience", { audience: "api.atlassian-us-gov-mod.com" }, /audience/],
		["an unknown client", { client_id: "nobody" }, /client_id/],
		["no client", { client_id: undefined }, /client_id/],
		["an unregistered redirect URI", { redirect_uri: "https://evil.example/" }, /redirect_uri is not registered/],
		["a redirect URI with one character more", { redirect_uri: `${callback}/` }, /redirect_uri is not registered/],
		["another client's redirect URI", { redirect_uri: other.redirectUris[0] }, /redirect_uri is not registered/],
		["no redirect URI", { redirect_uri: undefined }, /redirect_uri is not registered.*missing/],
		["another response type", { response_type: "token" }, /response_type/],
		["no prompt", { prompt: undefined }, /prompt/],
		["no scope", { scope: undefined }, /scope is missing/],
		["blank scope", { scope: "  " }, /scope is missing/],
		["an unknown scope", { scope: "read:me read:mee" }, /scope does not exist: read:mee$/],
		["an unknown granular product", { scope: "read:issue:trello" }, /scope does not exist/],
		["a scope named as a member of every object", { scope: "constructor" }, /scope does not exist/],
		["no state", { state: undefined }, /state is missing/],
		["a plain code challenge", { code_challenge: "a".repeat(43), code_challenge_method: "plain" }, /S256/],
		["a code challenge without its method", { code_challenge: "a".repeat(43) }, /S256/],
		["a short code challenge", { code_challenge: "a".repeat(42), code_challenge_method: "S256" }, /43 characters/],
		["a method without a challenge", { code_challenge_method: "S256" }, /without code_challenge/],
	];
	for (const [name, changes, reason] of refusals) {
		test(`refuses ${name}, and redirects nowhere`, async () => {
			const response = await atlassian.route(new Request(authorizationUrl(changes), { redirect: "manual" }));
			assert.equal(response.status, 400);
			assert.equal(response.headers.get("Location"), null);
			assert.match(await response.text(), /Something is wrong with this request/);
			assert.match(lastEntry().reason ?? "", reason);
		});
	}

	test("names every problem at once", async () => {
		const response = await atlassian.route(new Request("https://auth.atlassian.com/authorize"));
		for (const name of ["audience", "client_id", "response_type", "prompt", "scope", "state"]) {
			assert.ok((lastEntry().reason ?? "").includes(name), name);
		}
		await response.text();
	});

	test("refuses a parameter that comes twice, and broken percent-encoding", async () => {
		for (const [more, reason] of [["&state=b", /state is given more than once/], ["&x=%E0%A4", /percent-encoded/]] as const) {
			assert.equal((await atlassian.route(new Request(authorizationUrl().href + more))).status, 400);
			assert.match(lastEntry().reason ?? "", reason);
		}
	});

	test("shows the app, the accounts, the scopes in words, and says that it is not Atlassian", async () => {
		const scope = "read:me offline_access write:jira-work read:confluence-space.summary read:issue-type.property:jira read:me";
		const response = await atlassian.route(new Request(authorizationUrl({ scope })));
		const html = await response.text();
		assert.equal(response.status, 200);
		for (const text of ["This is not Atlassian", defaultClient.name, "Ada Byrne", "Grace Okafor", "Keep this access", "Create and edit Jira issues", "names and summaries of Confluence spaces", "View issue type property data in Jira", ">Accept<", ">Cancel<", callback]) {
			assert.ok(html.includes(text), text);
		}
		assert.equal(html.split("<code>read:me</code>").length, 2, "a scope given twice is shown once");
	});

	test("allows no script, its own style only, and forms to the app only", async () => {
		const response = await atlassian.route(new Request(authorizationUrl()));
		const style = /<style>(.*?)<\/style>/s.exec(await response.text())?.[1] ?? "";
		const policy = response.headers.get("Content-Security-Policy") ?? "";
		assert.match(policy, /default-src 'none'/);
		assert.doesNotMatch(policy, /script-src|unsafe/);
		assert.ok(policy.includes(`style-src 'sha256-${createHash("sha256").update(style).digest("base64")}'`));
		assert.ok(policy.includes("form-action 'self' http://localhost:3000;"));
	});

	test("writes an IPv6 host and an app's own scheme into the policy as schemes", async () => {
		const policies = markup.redirectUris.map(async (redirect_uri) => {
			const response = await atlassian.route(new Request(authorizationUrl({ client_id: markup.id, redirect_uri })));
			return /form-action [^;]*/.exec(response.headers.get("Content-Security-Policy") ?? "")?.[0];
		});
		assert.deepEqual(await Promise.all(policies), ["form-action 'self' http:", "form-action 'self' com.example.app:"]);
	});

	test("escapes what it shows", async () => {
		const evil = `"><script>alert(1)</script>'&`;
		for (const changes of [
			{ redirect_uri: evil },
			{ scope: evil },
			{ client_id: markup.id, redirect_uri: markup.redirectUris[1], state: evil },
		]) {
			const html = await (await atlassian.route(new Request(authorizationUrl(changes)))).text();
			assert.doesNotMatch(html, /<script|"><b>/);
		}
		const html = await (await atlassian.route(new Request(authorizationUrl({ redirect_uri: evil })))).text();
		assert.ok(html.includes("&#34;&#62;&#60;script&#62;alert(1)&#60;/script&#62;&#39;&#38;"));
	});
});

suite("consent", () => {
	test("Accept leads back with a code and the very state", async () => {
		const state = `ü&=+ %"'<>`;
		const location = await atlassian.consent(authorizationUrl({ state }));
		assert.equal(location.origin + location.pathname, callback);
		assert.deepEqual([...location.searchParams.keys()], ["code", "state"]);
		assert.equal(location.searchParams.get("state"), state);
		assert.equal(atlassian.log[1]?.location, location.href);
	});

	test("Cancel leads back with access_denied and the state", async () => {
		const location = await atlassian.consent(authorizationUrl(), { decision: "cancel" });
		assert.deepEqual(Object.fromEntries(location.searchParams), {
			error: "access_denied",
			error_description: "User did not authorize the request",
			state: "a-state",
		});
	});

	test("leads back with each error that a consent can end in", async () => {
		for (const [decision, error] of Object.entries(callbackErrors)) {
			const location = await atlassian.consent(authorizationUrl(), { decision: decision as keyof typeof callbackErrors });
			assert.deepEqual(Object.fromEntries(location.searchParams), { ...error, state: "a-state" });
		}
	});

	test("keeps the query of a registered redirect URI, whatever its scheme", async () => {
		const changes = { client_id: markup.id, redirect_uri: markup.redirectUris[1] };
		const location = await atlassian.consent(authorizationUrl(changes));
		assert.equal(location.protocol, "com.example.app:");
		assert.deepEqual([...location.searchParams.keys()], ["x", "code", "state"]);
	});

	test("says why there is no consent page", async () => {
		await assert.rejects(atlassian.consent(authorizationUrl({ prompt: "none" })), /400\. prompt must be consent/);
		await assert.rejects(atlassian.consent(authorizationUrl(), { account: "nobody" }), /responded with 400/);
		assert.match(lastEntry().reason ?? "", /account/);
	});

	async function ticket(): Promise<string> {
		const html = await (await atlassian.route(new Request(authorizationUrl()))).text();
		return /name="ticket" value="([^"]+)"/.exec(html)?.[1] ?? assert.fail("no ticket");
	}
	const account = defaultAccounts[0]?.user.account_id ?? "";
	const decide = (form: Record<string, string>, host = "auth.atlassian.com") =>
		atlassian.route(
			new Request(`https://${host}/authorize/consent`, { method: "POST", body: new URLSearchParams(form), redirect: "manual" }),
		);

	test("takes a ticket once", async () => {
		const form = { ticket: await ticket(), account, decision: "accept" };
		assert.equal((await decide(form)).status, 302);
		assert.equal((await decide(form)).status, 400);
		assert.match(lastEntry().reason ?? "", /used before/);
	});

	test("refuses no ticket, a made-up one, an old one, one of the other cloud, and no decision", async () => {
		assert.equal((await decide({ account, decision: "accept" })).status, 400);
		assert.equal((await decide({ ticket: "made-up", account, decision: "accept" })).status, 400);
		assert.equal((await decide({ ticket: await ticket(), account })).status, 400);
		assert.equal((await decide({ ticket: await ticket(), account, decision: "accept" }, "auth.atlassian-us-gov-mod.com")).status, 400);
		const old = await ticket();
		time += 10 * minute;
		assert.equal((await decide({ ticket: old, account, decision: "accept" })).status, 400);
	});
});

suite("token: authorization_code", () => {
	test("gives tokens of a realistic form", async () => {
		const given = await newTokens();
		assert.deepEqual(Object.keys(given), ["access_token", "refresh_token", "expires_in", "scope"]);
		assert.equal(given.expires_in, 3600);
		assert.equal(given.scope, "read:me offline_access");
		assert.ok(given.access_token.length > 2_000 && given.access_token.length < 3_500, String(given.access_token.length));
		assert.match(given.access_token, /^[\w-]+\.[\w-]+\.[\w-]+$/);
		const claims = JSON.parse(Buffer.from(given.access_token.split(".")[1] ?? "", "base64url").toString());
		assert.equal(claims.sub, defaultAccounts[0]?.user.account_id);
		assert.equal(claims.aud, defaultClient.id);
		assert.equal(claims.exp, Math.floor(time / 1000) + 3600);
		assert.equal(claims.scope, "read:me offline_access");
	});

	test("gives a refresh token with offline_access only", async () => {
		assert.equal("refresh_token" in (await newTokens("read:me")), false);
		assert.equal(typeof (await newTokens("offline_access read:me")).refresh_token, "string");
	});

	test("reads JSON", async () => {
		const body = { code: await newCode(), ...credentials, grant_type: "authorization_code", redirect_uri: callback };
		await tokens(post(tokenUrl, JSON.stringify(body), { "Content-Type": "application/json; charset=utf-8" }));
		assert.equal(lastEntry().parameters.get("redirect_uri"), callback);
	});

	test("a code works once", async () => {
		const code = await newCode();
		await tokens(exchange(code));
		await assertRefused(exchange(code), 403, invalidCode, /used before/);
	});

	test("of two requests at once with one code, one succeeds", async () => {
		const code = await newCode();
		const responses = await Promise.all([exchange(code), exchange(code)]);
		assert.deepEqual(responses.map(({ status }) => status).sort(), [200, 403]);
	});

	test("a code works for less than ten minutes", async () => {
		const [early, late] = [await newCode(), await newCode()];
		time += 10 * minute - 1;
		await tokens(exchange(early));
		time += 1;
		await assertRefused(exchange(late), 403, invalidCode, /ten minutes/);
	});

	test("a code works for one client", async () => {
		const changes = { client_id: other.id, client_secret: other.secret };
		await assertRefused(exchange(await newCode(), changes), 403, invalidCode, /another client/);
	});

	test("an unknown code is refused", async () => {
		await assertRefused(exchange("made-up"), 403, invalidCode, /unknown/);
	});

	test("a code works for one exact redirect URI, and is not used up by a wrong one", async () => {
		const code = await newCode();
		for (const redirect_uri of [`${callback}/`, callback.toUpperCase(), other.redirectUris[0]]) {
			await assertRefused(exchange(code, { redirect_uri }), 401, unauthorized, /redirect_uri/);
		}
		await tokens(exchange(code));
	});

	const refusals: [string, Changes, number, unknown, RegExp][] = [
		["a wrong secret", { client_secret: "wrong" }, 401, unauthorized, /client_secret is wrong/],
		["no secret", { client_secret: undefined }, 401, unauthorized, /client_secret is missing/],
		["another client's secret", { client_secret: other.secret }, 401, unauthorized, /client_secret is wrong/],
		["an unknown client", { client_id: "nobody" }, 401, unauthorized, /client_id is not/],
		["no client", { client_id: undefined }, 401, unauthorized, /client_id is missing/],
		["no code", { code: undefined }, 400, invalidRequest, /code is missing/],
		["no redirect URI", { redirect_uri: "" }, 400, invalidRequest, /redirect_uri is missing/],
		["no grant type", { grant_type: undefined }, 400, invalidRequest, /grant_type is missing/],
		["another grant type", { grant_type: "client_credentials" }, 400, { error: "unsupported_grant_type", error_description: "Unsupported grant type" }, /client_credentials/],
		["a verifier without a challenge", { code_verifier: "v".repeat(43) }, 403, { error: "invalid_grant", error_description: "Failed to verify code verifier" }, /no code_challenge/],
	];
	for (const [name, changes, status, body, reason] of refusals) {
		test(`refuses ${name}, and leaves the code usable`, async () => {
			const code = await newCode();
			await assertRefused(exchange(code, changes), status, body, reason);
			await tokens(exchange(code));
		});
	}

	test("reports a dead code in the shape that was chosen", async () => {
		const code = await newCode();
		await tokens(exchange(code));
		for (const shape of Object.keys(invalidCodeResponses) as (keyof typeof invalidCodeResponses)[]) {
			atlassian.invalidCode = shape;
			assert.equal(atlassian.invalidCode, shape);
			const { status, json } = invalidCodeResponses[shape];
			await assertRefused(exchange(code), status, json, /used before/);
			await assertRefused(exchange("made-up"), status, json, /unknown/);
		}
		assert.deepEqual(invalidCodeResponses.invalid_request, {
			status: 400,
			json: { error: "invalid_request", error_description: "authorization_code is invalid" },
		});
	});

	test("checks the code verifier", async () => {
		const code_verifier = "aZ0-._~".repeat(7);
		const code_challenge = createHash("sha256").update(code_verifier).digest("base64url");
		const code = await newCode({ code_challenge, code_challenge_method: "S256" });
		const failed = { error: "invalid_grant", error_description: "Failed to verify code verifier" };
		await assertRefused(exchange(code), 403, failed, /missing/);
		await assertRefused(exchange(code, { code_verifier: "short" }), 403, failed, /43 to 128/);
		await assertRefused(exchange(code, { code_verifier: "w".repeat(43) }), 403, failed, /does not match/);
		await tokens(exchange(code, { code_verifier }));
	});

	suite("HTTP Basic", () => {
		const basic = (id: string, secret: string) => ({ Authorization: `Basic ${Buffer.from(`${id}:${secret}`).toString("base64")}` });
		const body = async (changes: Changes = {}) =>
			changed({ code: await newCode(), grant_type: "authorization_code", redirect_uri: callback }, changes);

		test("is accepted, with or without client_id in the body", async () => {
			await tokens(post(tokenUrl, await body(), basic(defaultClient.id, defaultClient.secret)));
			await tokens(post(tokenUrl, await body({ client_id: defaultClient.id }), basic(defaultClient.id, defaultClient.secret)));
		});

		test("is refused when wrong, with a challenge", async () => {
			for (const headers of [basic(defaultClient.id, "wrong"), basic("nobody", "x"), { Authorization: "Basic §" }, { Authorization: "Bearer x" }]) {
				const response = await post(tokenUrl, await body(), headers);
				assert.equal(response.headers.get("WWW-Authenticate"), "Basic");
				assert.deepEqual([response.status, await response.json()], [401, unauthorized]);
			}
			await assertRefused(post(tokenUrl, await body({ client_id: other.id }), basic(defaultClient.id, defaultClient.secret)), 401, unauthorized, /differs/);
		});

		test("is refused together with a secret in the body", async () => {
			const response = post(tokenUrl, await body(credentials), basic(defaultClient.id, defaultClient.secret));
			await assertRefused(response, 400, invalidRequest, /in the body and in the Authorization header/);
		});
	});

	suite("a body that cannot be read is refused", () => {
		const form = "application/x-www-form-urlencoded";
		const json = "application/json";
		const rows: [string, string | Uint8Array<ArrayBuffer>, string, RegExp][] = [
			["another content type", "grant_type=refresh_token", "text/plain", /Content-Type must be .* not text\/plain/],
			["a form named JSON", "grant_type=refresh_token", json, /not JSON/],
			["JSON named a form", JSON.stringify(credentials), form, /grant_type is missing/],
			["a JSON array", "[]", json, /not a JSON object/],
			["JSON null", "null", json, /not a JSON object/],
			["a JSON number as a parameter", `{"grant_type":1}`, json, /grant_type must be a string/],
			["a parameter that comes twice", "grant_type=refresh_token&grant_type=refresh_token", form, /more than once/],
			["broken percent-encoding", "grant_type=%ZZ", form, /percent-encoded/],
			["bytes that are not UTF-8", new Uint8Array([0x61, 0x3d, 0xff]), form, /not UTF-8/],
			["more than 64 KiB", `a=${"x".repeat(64 * 1024)}`, form, /larger than 64 KiB/],
			["nothing", "", form, /grant_type is missing/],
		];
		for (const [name, body, type, reason] of rows) {
			test(name, () => assertRefused(post(tokenUrl, body, { "Content-Type": type }), 400, invalidRequest, reason));
		}
		test("a body far beyond the limit, in many pieces", () =>
			assertRefused(post(tokenUrl, `a=${"x".repeat(2_000_000)}`, { "Content-Type": form }), 400, invalidRequest, /larger/));
		test("parameters in the URL", () =>
			assertRefused(post(`${tokenUrl}?client_id=x`, new URLSearchParams(credentials)), 400, invalidRequest, /not in the URL/));
	});
});

suite("token: refresh_token", () => {
	test("rotates: new tokens, and the old refresh token lives for ten minutes after its first use", async () => {
		const first = await newTokens();
		time += day;
		const second = await tokens(refresh(first.refresh_token));
		assert.notEqual(second.refresh_token, first.refresh_token);
		assert.notEqual(second.access_token, first.access_token);
		assert.equal(second.scope, first.scope);
		time += 10 * minute - 1;
		const again = await tokens(refresh(first.refresh_token));
		assert.notEqual(again.refresh_token, second.refresh_token);
		time += 1;
		await assertRefused(refresh(first.refresh_token), 403, invalidRefreshTokenResponses.invalid_grant.json, /leeway/);
		await tokens(refresh(second.refresh_token));
		await tokens(refresh(again.refresh_token));
	});

	test("ends after 90 days of inactivity, which each use starts anew", async () => {
		let { refresh_token } = await newTokens();
		for (let use = 0; use < 2; use += 1) {
			time += 90 * day - 1;
			({ refresh_token } = await tokens(refresh(refresh_token)));
		}
		time += 90 * day;
		await assertRefused(refresh(refresh_token), 403, invalidRefreshTokenResponses.invalid_grant.json, /90 days/);
	});

	test("is refused to a user who is blocked, until the user is no longer", async () => {
		const [ada = "", grace = ""] = defaultAccounts.map(({ user }) => user.account_id);
		const given = await newTokens("read:me offline_access", ada);
		const untouched = await newTokens("read:me offline_access", grace);
		atlassian.blockedAccounts.add(ada);
		await assertRefused(refresh(given.refresh_token), 403, { error: "access_denied", error_description: "user is blocked" }, /blocked/);
		await tokens(refresh(untouched.refresh_token));
		atlassian.blockedAccounts.clear();
		await tokens(refresh(given.refresh_token));
	});

	test("reports a dead token in the shape that was chosen", async () => {
		for (const shape of Object.keys(invalidRefreshTokenResponses) as (keyof typeof invalidRefreshTokenResponses)[]) {
			atlassian.invalidRefreshToken = shape;
			assert.equal(atlassian.invalidRefreshToken, shape);
			const { status, json } = invalidRefreshTokenResponses[shape];
			await assertRefused(refresh("made-up"), status, json, /unknown/);
		}
		assert.deepEqual(invalidRefreshTokenResponses.text_in_error.json, { error: "refresh_token is invalid" });
		assert.deepEqual([...new Set(Object.values(invalidRefreshTokenResponses).map(({ status }) => status))].sort(), [400, 401, 403]);
	});

	test("refuses another client, a wrong secret, no token, and an access token in its place", async () => {
		const { access_token, refresh_token } = await newTokens();
		const foreign = { client_id: other.id, client_secret: other.secret };
		await assertRefused(refresh(refresh_token, foreign), 403, invalidRefreshTokenResponses.invalid_grant.json, /another client/);
		await assertRefused(refresh(refresh_token, { client_secret: "wrong" }), 401, unauthorized, /client_secret is wrong/);
		await assertRefused(refresh("", {}), 400, invalidRequest, /refresh_token is missing/);
		await assertRefused(refresh(access_token), 403, invalidRefreshTokenResponses.invalid_grant.json, /unknown/);
		await tokens(refresh(refresh_token));
	});

	test("ends with the account's grants, and so do access tokens and codes", async () => {
		const [ada = "", grace = ""] = defaultAccounts.map(({ user }) => user.account_id);
		const given = await newTokens("read:me offline_access", ada);
		const untouched = await newTokens("read:me offline_access", grace);
		const code = await newCode({}, ada);
		atlassian.revokeAccount(ada);
		await assertRefused(refresh(given.refresh_token), 403, invalidRefreshTokenResponses.invalid_grant.json, /revoked/);
		await assertRefused(get(meUrl, given.access_token), 401, { code: 401, message: "Unauthorized" }, /revoked/);
		await assertRefused(exchange(code), 403, invalidCode, /revoked/);
		await tokens(refresh(untouched.refresh_token));
	});
});

suite("revoke", () => {
	const revokeUrl = "https://auth.atlassian.com/oauth/revoke";
	const revoke = (token: string, client: Changes = {}) => post(revokeUrl, changed({ ...credentials, token }, client));

	test("ends one access token", async () => {
		const given = await newTokens();
		assert.equal((await revoke(given.access_token)).status, 200);
		assert.equal((await get(meUrl, given.access_token)).status, 401);
		await tokens(refresh(given.refresh_token));
	});

	test("ends a refresh token with all that came of it", async () => {
		const first = await newTokens();
		const second = await tokens(refresh(first.refresh_token));
		assert.equal((await revoke(first.refresh_token)).status, 200);
		assert.equal((await refresh(second.refresh_token)).status, 403);
		assert.equal((await get(meUrl, second.access_token)).status, 401);
	});

	test("is silent about an unknown or foreign token, and ends neither", async () => {
		const given = await newTokens();
		assert.equal((await revoke("made-up")).status, 200);
		assert.equal((await revoke(given.access_token, { client_id: other.id, client_secret: other.secret })).status, 200);
		assert.equal((await get(meUrl, given.access_token)).status, 200);
	});

	test("refuses a wrong secret and no token", async () => {
		await assertRefused(revoke("x", { client_secret: "wrong" }), 401, unauthorized, /wrong/);
		await assertRefused(revoke("x", { token: undefined }), 400, invalidRequest, /token is missing/);
	});
});

suite("jira", () => {
	const site = defaultAccounts[0]?.sites[0]?.id;
	const api = "https://api.atlassian.com/ex/jira";
	const myself = `${api}/${site}/rest/api/3/myself`;

	test("responds with the user for the scope read:jira-user", async () => {
		const { access_token } = await newTokens("read:me read:jira-user");
		const response = await get(myself, access_token);
		assert.equal(response.status, 200);
		const { account_id, name } = defaultAccounts[0]?.user ?? {};
		assert.deepEqual(await response.json(), { accountId: account_id, displayName: name, active: true });
		assert.equal(atlassian.log.at(-1)?.endpoint, "jira");
	});

	test("says of a token without the scope that it does not match", async () => {
		const { access_token } = await newTokens("read:me read:jira-work");
		await assertRefused(get(myself, access_token), 401, { code: 401, message: "Unauthorized; scope does not match" }, /lacks the scope read:jira-user/);
	});

	test("refuses a token that has ended in the shape that was chosen", async () => {
		const { access_token } = await newTokens("read:me read:jira-user");
		time += 60 * minute;
		for (const shape of Object.keys(expiredAccessTokenResponses) as (keyof typeof expiredAccessTokenResponses)[]) {
			atlassian.expiredAccessToken = shape;
			const { status, json } = expiredAccessTokenResponses[shape];
			await assertRefused(get(myself, access_token), status, json, /expired/);
			await assertRefused(get(meUrl, access_token), 401, { code: 401, message: "Unauthorized" }, /expired/);
		}
	});

	test("has the sites of the account alone, and one resource", async () => {
		const { access_token } = await newTokens("read:me read:jira-user");
		const elsewhere = `${api}/00000000-0000-0000-0000-000000000000/rest/api/3/myself`;
		await assertRefused(get(elsewhere, access_token), 404, { code: 404, message: "Not Found" }, /no Jira site/);
		await assertRefused(get(`${api}/${site}/rest/api/3/issue/A-1`, access_token), 404, { errorMessages: ["Not found"] }, /no such resource/);
	});
});

suite("me", () => {
	const denied = { code: 401, message: "Unauthorized" };

	test("responds with the account that was chosen; the picture is there to be loaded", async () => {
		for (const { user } of defaultAccounts) {
			const { access_token } = await newTokens("read:me", user.account_id);
			const me = (await (await get(meUrl, access_token)).json()) as Record<string, unknown>;
			assert.deepEqual({ ...me, picture: "" }, { ...user, picture: "" });
			assert.deepEqual(Object.keys(me), Object.keys(user));
			const picture = await fetch(String(me["picture"]));
			assert.equal(picture.headers.get("Content-Type"), "image/svg+xml");
			assert.match(await picture.text(), /^<svg/);
		}
	});

	test("needs read:me", async () => {
		const { access_token } = await newTokens("read:jira-work");
		await assertRefused(get(meUrl, access_token), 403, { code: 403, message: "Forbidden" }, /lacks the scope read:me/);
	});

	test("takes an access token for as long as it was told that they live", async () => {
		const shortLived = await startAtlassian({ now: () => time, accessTokenLifetime: 2 * minute });
		try {
			const code = (await shortLived.consent(authorizationUrl())).searchParams.get("code") ?? "";
			const { id, secret } = defaultClient;
			const body = new URLSearchParams({ grant_type: "authorization_code", code, client_id: id, client_secret: secret, redirect_uri: callback });
			const response = await shortLived.route(new Request("https://auth.atlassian.com/oauth/token", { method: "POST", body }));
			const given = (await response.json()) as { access_token: string; expires_in: number };
			assert.equal(given.expires_in, 120);
			const headers = { Authorization: `Bearer ${given.access_token}` };
			const status = async () => (await shortLived.route(new Request("https://api.atlassian.com/me", { headers }))).status;
			time += 2 * minute - 1;
			assert.equal(await status(), 200);
			time += 1;
			assert.equal(await status(), 401);
		} finally {
			await shortLived.close();
		}
	});

	test("refuses a missing, unknown, expired or misplaced token", async () => {
		const { access_token, refresh_token } = await newTokens();
		await assertRefused(get(meUrl), 401, denied, /header is missing/);
		await assertRefused(get(meUrl, ""), 401, denied, /bearer token/);
		await assertRefused(get(meUrl, `${access_token}x`), 401, denied, /unknown/);
		await assertRefused(get(meUrl, refresh_token), 401, denied, /unknown/);
		await assertRefused(get(`${meUrl}?access_token=${access_token}`), 401, denied, /header is missing/);
		const basic = new Request(meUrl, { headers: { Authorization: `Basic ${access_token}` } });
		await assertRefused(atlassian.route(basic), 401, denied, /bearer token/);
		time += 60 * minute - 1;
		assert.equal((await get(meUrl, access_token)).status, 200);
		time += 1;
		await assertRefused(get(meUrl, access_token), 401, denied, /expired/);
	});
});

suite("accessible resources", () => {
	type Resource = { id: string; url: string; name: string; scopes: string[]; avatarUrl: string };
	const resources = async (scope: string, account?: string) =>
		(await (await get(resourcesUrl, (await newTokens(scope, account)).access_token)).json()) as Resource[];

	test("list one site twice under one id, told apart by the scopes, and a second site", async () => {
		const list = await resources("read:me offline_access read:jira-work read:issue:jira read:confluence-content.all");
		const jira = ["read:jira-work", "read:issue:jira"];
		assert.deepEqual(list.map(({ scopes }) => scopes), [jira, ["read:confluence-content.all"], jira]);
		assert.equal(list[0]?.id, list[1]?.id);
		assert.notEqual(list[0]?.id, list[2]?.id);
		assert.deepEqual(Object.keys(list[0] ?? {}), ["id", "url", "name", "scopes", "avatarUrl"]);
		assert.equal((await fetch(list[0]?.avatarUrl ?? "")).status, 200);
	});

	test("are those that the scopes reach, and need a token but not read:me", async () => {
		assert.equal((await resources("read:jira-work")).length, 2);
		assert.equal((await resources("read:confluence-content.all")).length, 1);
		assert.deepEqual(await resources("read:me"), []);
		await assertRefused(get(resourcesUrl), 401, { code: 401, message: "Unauthorized" }, /missing/);
	});
});

suite("paths, methods, clouds", () => {
	test("what Atlassian does not have is 404", async () => {
		const wrong = ["https://auth.atlassian.com/oauth2/token", "https://auth.atlassian.com/me", "https://api.atlassian.com/oauth/token", "https://api.atlassian.com/me/"];
		for (const url of wrong) {
			await assertRefused(get(url), 404, { code: 404, message: "Not Found" }, /Atlassian has no/);
			assert.equal(lastEntry().endpoint, undefined);
		}
		assert.equal((await fetch(`${atlassian.origin}/example.com/me`)).status, 404);
	});

	test("another method is 405", async () => {
		await assertRefused(get(tokenUrl), 405, { code: 405, message: "Method Not Allowed" }, /must be POST/);
		await assertRefused(post(meUrl, "x"), 405, { code: 405, message: "Method Not Allowed" }, /must be GET/);
	});

	test("the government cloud has its own audience, codes and tokens", async () => {
		const gov = { audience: "api.atlassian-us-gov-mod.com" };
		const location = await atlassian.consent(authorizationUrl(gov, "auth.atlassian-us-gov-mod.com"));
		const code = location.searchParams.get("code") ?? "";
		await assertRefused(exchange(code), 403, invalidCode, /unknown/);
		const body = new URLSearchParams({ code, ...credentials, grant_type: "authorization_code", redirect_uri: callback });
		const given = await tokens(post("https://auth.atlassian-us-gov-mod.com/oauth/token", body));
		assert.equal((await get("https://api.atlassian-us-gov-mod.com/me", given.access_token)).status, 200);
		await assertRefused(get(meUrl, given.access_token), 401, { code: 401, message: "Unauthorized" }, /another cloud/);
		await assertRefused(refresh(given.refresh_token), 403, invalidRefreshTokenResponses.invalid_grant.json, /unknown/);
		await assert.rejects(atlassian.consent(authorizationUrl({}, "auth.atlassian-us-gov-mod.com")), /audience/);
	});

	test("CORS: the stand-in responds to preflights, and neither counts nor logs them", async () => {
		atlassian.fault("me", { status: 503 });
		const before = { ...atlassian.counts };
		const preflight = await fetch(standInUrl(new URL(meUrl), atlassian.origin), {
			method: "OPTIONS",
			headers: { Origin: "https://app.example", "Access-Control-Request-Method": "GET", "Access-Control-Request-Headers": "authorization,user-agent" },
		});
		assert.equal(preflight.status, 204);
		assert.equal(preflight.headers.get("Access-Control-Allow-Origin"), "*");
		assert.equal(preflight.headers.get("Access-Control-Allow-Headers"), "authorization,user-agent");
		assert.deepEqual(atlassian.counts, before);
		assert.deepEqual(atlassian.log, []);
		const response = await get(meUrl);
		assert.equal(response.status, 503, "the preflight took no fault");
		assert.equal(response.headers.get("Access-Control-Allow-Origin"), "*");
	});
});

suite("faults", () => {
	test("apply as often as they say, in the order they were set, then are gone", async () => {
		const { access_token } = await newTokens();
		atlassian.fault("me", { status: 503 }, 2);
		atlassian.fault("me", { status: 500, body: "down" });
		atlassian.fault("resources", { status: 418 });
		const before = atlassian.counts.me;
		const statuses = [];
		for (let request = 0; request < 4; request += 1) statuses.push((await get(meUrl, access_token)).status);
		assert.deepEqual(statuses, [503, 503, 500, 200]);
		assert.equal(atlassian.counts.me, before + 4);
		assert.equal((await get(resourcesUrl, access_token)).status, 418);
	});

	test("can be cleared, and can be set for one host only", async () => {
		atlassian.fault("me", { status: 503 });
		atlassian.clearFaults();
		assert.equal((await get(meUrl)).status, 401);
		atlassian.fault("api.atlassian-us-gov-mod.com/me", { status: 503 });
		assert.equal((await get(meUrl)).status, 401);
		assert.equal((await get("https://api.atlassian-us-gov-mod.com/me")).status, 503);
	});

	test("are refused when they could never apply", () => {
		for (const target of ["api.atlassian.com/you", "example.com/me", "toString"]) {
			assert.throws(() => atlassian.fault(target as "me", { status: 503 }), /No such endpoint/);
		}
		assert.throws(() => atlassian.fault("me", {}), /at least one member/);
		assert.throws(() => atlassian.fault("me", { status: 503 }, 0), /times must be 1 or more/);
	});

	test("any status at any endpoint, without carrying the request out", async () => {
		const code = await newCode();
		for (const status of [400, 401, 403, 404, 429, 500, 502, 503]) {
			atlassian.fault("token", { status, body: { error: "server_error" }, headers: { "X-Extra": "1" } });
			const response = await exchange(code);
			assert.equal(response.status, status);
			assert.equal(response.headers.get("X-Extra"), "1");
			assert.deepEqual(await response.json(), { error: "server_error" });
		}
		await tokens(exchange(code));
		for (const [endpoint, url, method] of [
			["authorize", authorizationUrl().href, "GET"],
			["consent", "https://auth.atlassian.com/authorize/consent", "POST"],
			["revoke", "https://auth.atlassian.com/oauth/revoke", "POST"],
			["resources", resourcesUrl, "GET"],
		] as const) {
			atlassian.fault(endpoint, { status: 503 });
			assert.equal((await atlassian.route(new Request(url, { method }))).status, 503);
			assert.match(lastEntry().reason ?? "", /not carried out/);
		}
	});

	test("Retry-After", async () => {
		atlassian.fault("token", { retryAfter: 30 });
		atlassian.fault("token", { retryAfter: 7, status: 503 });
		const limited = await refresh("x");
		assert.equal(limited.status, 429);
		assert.equal(limited.headers.get("Retry-After"), "30");
		assert.equal(limited.headers.get("X-RateLimit-Reset"), new Date(time + 30_000).toISOString());
		const down = await refresh("x");
		assert.deepEqual([down.status, down.headers.get("Retry-After")], [503, "7"]);
	});

	test("a redirect, which the log shows when it is followed", async () => {
		for (const status of [301, 302, 303, 307, 308]) {
			atlassian.fault("token", { redirect: status });
			const request = new Request(tokenUrl, { method: "POST", body: new URLSearchParams(credentials), redirect: "manual" });
			const response = await atlassian.route(request);
			assert.equal(response.status, status);
			assert.equal(response.headers.get("Location"), `${atlassian.origin}/auth.atlassian.com/elsewhere`);
			assert.equal(atlassian.log.length, 1);
			atlassian.log.length = 0;
		}
		atlassian.fault("token", { redirect: 307 });
		assert.equal((await post(tokenUrl, new URLSearchParams(credentials))).status, 404);
		assert.equal(lastEntry().path, "/elsewhere");
		assert.equal(lastEntry().parameters.get("client_secret"), defaultClient.secret);
		atlassian.fault("me", { redirect: 302, location: "https://evil.example/" });
		const response = await atlassian.route(new Request(meUrl, { redirect: "manual" }));
		assert.equal(response.headers.get("Location"), "https://evil.example/");
	});

	test("a body that is not JSON, under a status of 200, the code being used up", async () => {
		const code = await newCode();
		atlassian.fault("token", { raw: "<!doctype html>", contentType: "text/plain" });
		const response = await exchange(code);
		assert.deepEqual([response.status, response.headers.get("Content-Type"), await response.text()], [200, "text/plain", "<!doctype html>"]);
		await assertRefused(exchange(code), 403, invalidCode, /used before/);
		const { access_token } = await newTokens();
		atlassian.fault("me", { raw: Buffer.from([0xff, 0xfe]) });
		assert.deepEqual(new Uint8Array(await (await get(meUrl, access_token)).arrayBuffer()), new Uint8Array([0xff, 0xfe]));
	});

	test("a field missing or of the wrong type, at any depth", async () => {
		const { access_token } = await newTokens("read:me read:jira-work");
		const altered = async (endpoint: "me" | "resources", fault: Fault) => {
			atlassian.fault(endpoint, fault);
			const response = await get(endpoint === "me" ? meUrl : resourcesUrl, access_token);
			assert.equal(response.status, 200);
			return (await response.json()) as any;
		};
		const right = (await (await get(meUrl, access_token)).json()) as any;
		const { account_id, ...rest } = right;
		assert.deepEqual(await altered("me", { without: "account_id" }), rest);
		for (const value of [null, 5, "", [], { a: 1 }]) {
			assert.deepEqual(await altered("me", { field: "account_id", value }), { ...right, account_id: value });
		}
		assert.deepEqual(await altered("me", { field: "account_id", value: undefined }), rest);
		assert.equal((await altered("me", { field: "extended_profile.location", value: 1 })).extended_profile.location, 1);
		assert.equal((await altered("me", { field: "new.deep", value: 1 })).new.deep, 1);
		assert.equal("id" in (await altered("resources", { without: "0.id" }))[0], false);
		assert.deepEqual(await (await get(meUrl, access_token)).json(), right, "the account itself is unharmed");
		atlassian.fault("token", { field: "token_type", value: "Bearer", without: "expires_in" });
		const given = (await (await exchange(await newCode())).json()) as object;
		assert.deepEqual(Object.keys(given).sort(), ["access_token", "refresh_token", "scope", "token_type"]);
	});

	test("altering a field of a response that is not JSON is reported", async () => {
		atlassian.fault("authorize", { without: "x" });
		assert.equal((await atlassian.route(new Request(authorizationUrl()))).status, 500);
		assert.match(lastEntry().reason ?? "", /no JSON response/);
	});

	test("a delay before the headers", async () => {
		atlassian.fault("me", { delay: 120 });
		const start = performance.now();
		assert.equal((await get(meUrl)).status, 401);
		assert.ok(performance.now() - start >= 110);
	});

	test("a delay within the body, combined with a status", async () => {
		atlassian.fault("me", { delay: 400, at: "body", status: 503, body: "0123456789" });
		const response = await get(meUrl);
		assert.equal(response.status, 503);
		const reader = (response.body ?? assert.fail("no body")).getReader();
		assert.equal(Buffer.from((await reader.read()).value ?? []).toString(), "01234");
		const start = performance.now();
		assert.equal(Buffer.from((await reader.read()).value ?? []).toString(), "56789");
		assert.ok(performance.now() - start >= 200);
	});

	test("a connection cut before the headers: the request is not carried out", async () => {
		const code = await newCode();
		atlassian.fault("token", { cut: "headers" });
		await assert.rejects(exchange(code), TypeError);
		assert.equal(lastEntry().status, 0);
		await tokens(exchange(code));
	});

	test("a connection cut within the body", async () => {
		const code = await newCode();
		atlassian.fault("token", { cut: "body" });
		const response = await exchange(code);
		assert.equal(response.status, 200);
		await assert.rejects(response.text(), TypeError);
		assert.equal((await exchange(code)).status, 403);
		atlassian.fault("revoke", { cut: "body" });
		const empty = await post("https://auth.atlassian.com/oauth/revoke", new URLSearchParams({ ...credentials, token: "x" }));
		await assert.rejects(empty.text(), TypeError);
	});

	test("a lost response: the request is carried out", async () => {
		const code = await newCode();
		atlassian.fault("token", { lost: true });
		await assert.rejects(exchange(code), TypeError);
		assert.equal(lastEntry().status, 0);
		await assertRefused(exchange(code), 403, invalidCode, /used before/);

		const first = await newTokens();
		atlassian.fault("token", { lost: true });
		await assert.rejects(refresh(first.refresh_token), TypeError);
		const { refresh_token } = lastEntry().response as Tokens;
		await tokens(refresh(first.refresh_token));
		time += 10 * minute;
		await assertRefused(refresh(first.refresh_token), 403, invalidRefreshTokenResponses.invalid_grant.json, /leeway/);
		await tokens(refresh(refresh_token ?? ""));
	});

	test("closing waits for no delayed response", async () => {
		const closing = await startAtlassian();
		for (const at of ["headers", "body"] as const) closing.fault("me", { delay: 60_000, at });
		const waiting = [0, 1].map(async () => (await closing.route(new Request(meUrl))).text());
		const ends = Promise.allSettled(waiting);
		while (closing.counts.me < 2) await new Promise((resolve) => setTimeout(resolve, 5));
		const start = performance.now();
		await closing.close();
		assert.deepEqual((await ends).map(({ status }) => status), ["rejected", "rejected"]);
		assert.ok(performance.now() - start < 5_000);
	});
});

suite("the log", () => {
	test("keeps everything, and describes it without secrets", async () => {
		const code_verifier = "verifier".repeat(8);
		const code_challenge = createHash("sha256").update(code_verifier).digest("base64url");
		const code = await newCode({ code_challenge, code_challenge_method: "S256" });
		const given = await tokens(exchange(code, { code_verifier }));
		const renewed = await tokens(refresh(given.refresh_token));
		await get(meUrl, renewed.access_token);
		await get(`${meUrl}?access_token=${given.access_token}`);
		await post("https://auth.atlassian.com/oauth/revoke", new URLSearchParams({ ...credentials, token: renewed.access_token }));
		await post(tokenUrl, "grant_type=authorization_code", {
			"Content-Type": "application/x-www-form-urlencoded",
			Authorization: `Basic ${Buffer.from(`${defaultClient.id}:${defaultClient.secret}`).toString("base64")}`,
		});
		await atlassian.route(new Request(meUrl, { headers: { Authorization: given.access_token } }));

		assert.equal(atlassian.log[2]?.parameters.get("client_secret"), defaultClient.secret);
		assert.equal(atlassian.log[2]?.body.includes(code), true);
		assert.deepEqual(atlassian.log[2]?.response, given);
		assert.equal(atlassian.log[4]?.headers["authorization"], `Bearer ${renewed.access_token}`);
		const printed = atlassian.log.map(describe).join("\n");
		const ticket = atlassian.log[1]?.parameters.get("ticket") ?? assert.fail("no ticket");
		const basic = Buffer.from(`${defaultClient.id}:${defaultClient.secret}`).toString("base64");
		for (const secret of [defaultClient.secret, basic, code, code_verifier, ticket, given.access_token, given.refresh_token, renewed.access_token, renewed.refresh_token]) {
			assert.ok(!printed.includes(secret), `a secret of ${secret.length} characters is printed`);
		}
		assert.match(printed, /POST https:\/\/auth\.atlassian\.com\/oauth\/token/);
		assert.match(printed, /client_secret: \[72 characters, masked\]/);
		assert.match(printed, /code=\[\d+ characters, masked\]&state=a-state/);
		assert.match(printed, /"access_token":"\[\d+ characters, masked\]"/);
		assert.match(printed, /Authorization: Bearer \[\d+ characters, masked\]/);
		assert.match(printed, /because code is missing/);
	});

	test("a request cannot write lines of its own into the description", async () => {
		await refresh("x", { grant_type: "a\r\n  responded with 200\u001b[31m" });
		assert.doesNotMatch(describe(lastEntry()), /^ {2}responded with 200|\u001b|\r/m);
	});

	test("holds a client that left in the middle of its request", async () => {
		const { hostname, port } = new URL(atlassian.origin);
		const { connect } = await import("node:net");
		const socket = connect(Number(port), hostname);
		socket.write("POST /auth.atlassian.com/oauth/token HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nabc");
		while (atlassian.log.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
		socket.destroy();
		while (lastEntry().reason === undefined) await new Promise((resolve) => setTimeout(resolve, 5));
		assert.match(lastEntry().reason ?? "", /could not be carried out/);
		assert.equal((await get(meUrl)).status, 401);
	});
});

suite("routeTo", () => {
	test("maps an Atlassian URL, query and all", () => {
		const url = standInUrl(new URL("https://auth.atlassian.com/authorize?a=%20+b#c"), "http://127.0.0.1:4321");
		assert.equal(url.href, "http://127.0.0.1:4321/auth.atlassian.com/authorize?a=%20+b#c");
	});

	test("refuses every other host with a TypeError", async () => {
		for (const url of [
			"https://example.com/me",
			"http://api.atlassian.com/me",
			"https://api.atlassian.com:8443/me",
			"https://api.atlassian.com.evil.example/me",
			"https://team.atlassian.net/me",
		]) {
			await assert.rejects(atlassian.route(new Request(url)), TypeError, url);
		}
		assert.deepEqual(atlassian.log, []);
	});

	test("keeps method, headers and body", async () => {
		const headers = { "User-Agent": "lucia", Accept: "application/json", "X-Own": "ü".normalize("NFC") };
		await post(tokenUrl, new URLSearchParams({ grant_type: "a b&c=ü" }), headers);
		const entry = lastEntry();
		assert.equal(entry.method, "POST");
		assert.equal(entry.body, "grant_type=a+b%26c%3D%C3%BC");
		assert.equal(entry.headers["user-agent"], "lucia");
		assert.equal(entry.headers["accept"], "application/json");
		assert.equal(entry.headers["content-type"], "application/x-www-form-urlencoded;charset=UTF-8");
	});

	test("keeps a body of any bytes, and one without a type", async () => {
		await atlassian.route(new Request(tokenUrl, { method: "POST", body: new Uint8Array([0x61, 0x00, 0x62]) }));
		assert.equal(lastEntry().body, "a\0b");
		assert.equal(lastEntry().headers["content-type"], undefined);
	});

	test("keeps the redirect mode", async () => {
		atlassian.fault("me", { redirect: 302 }, 2);
		assert.equal((await atlassian.route(new Request(meUrl, { redirect: "manual" }))).status, 302);
		await assert.rejects(atlassian.route(new Request(meUrl, { redirect: "error" })), TypeError);
		assert.equal(atlassian.log.length, 2);
	});

	test("keeps the signal, before and during the request", async () => {
		const reason = new Error("enough");
		await assert.rejects(atlassian.route(new Request(meUrl, { signal: AbortSignal.abort(reason) })), (error) => error === reason);
		atlassian.fault("me", { delay: 60_000 });
		await assert.rejects(atlassian.route(new Request(meUrl, { signal: AbortSignal.timeout(100) })), { name: "TimeoutError" });
		assert.equal(lastEntry().status, 0);
	});

	test("takes the place of the global fetch without calling itself", async () => {
		const original = globalThis.fetch;
		globalThis.fetch = routeTo(atlassian.origin) as typeof fetch;
		try {
			assert.equal((await fetch(new Request(meUrl))).status, 401);
			assert.equal((await atlassian.consent(authorizationUrl())).searchParams.has("code"), true);
		} finally {
			globalThis.fetch = original;
		}
	});
});

suite("startAtlassian", () => {
	test("starts with its defaults, each time afresh, on 127.0.0.1", async () => {
		const fresh = await startAtlassian();
		try {
			assert.match(fresh.origin, /^http:\/\/127\.0\.0\.1:\d+$/);
			fresh.clients[0]?.redirectUris.push("http://127.0.0.1:1/cb");
			assert.deepEqual(defaultClient.redirectUris, [callback]);
			const location = await fresh.consent(authorizationUrl({ redirect_uri: "http://127.0.0.1:1/cb" }));
			assert.equal(location.origin, "http://127.0.0.1:1");
			await assert.rejects(startAtlassian({ port: Number(new URL(fresh.origin).port) }), { code: "EADDRINUSE" });
		} finally {
			await fresh.close();
		}
		await assert.rejects(fetch(fresh.origin));
	});
});
