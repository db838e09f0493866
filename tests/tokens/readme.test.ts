// `jira.ts` of the README and the examples of www/recipes.md and www/coming-from-elsewhere.md as they stand: against the
// stand-in, with real Lucia and SQLite. This file writes the `server.ts` and `database.ts` that they import, since they
// need other scopes than the README's `server.ts`; tests/signin/readme.test.ts runs that one.

import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, afterEach, before, test } from "node:test";
import { pathToFileURL } from "node:url";

import { betterSqlite3 } from "@lucia-auth/adapter-sqlite";
import Database from "better-sqlite3";
import { atlassian } from "lucia-atlassian/providers";
import { schema, sqliteStore } from "lucia-atlassian/stores";

import { createAuth, tables } from "../../www/lucia.ts";
import { type Atlassian, defaultClient, expiredAccessTokenResponses, startAtlassian } from "../atlassian/server.ts";
import { examples, root } from "../documents/text.ts";

const callbackUrl = "https://app.example/callback";
const site = "https://northwind-looms.atlassian.net";

let folder: string;
let standIn: Atlassian;
const database = new Database(":memory:");
const { fetch } = globalThis;

const load = async (name: string) => (await import(pathToFileURL(join(folder, name)).href)) as Record<string, any>;

before(async () => {
	mkdirSync(join(root, "target"), { recursive: true });
	// Below the root, where `lucia-atlassian` is found.
	folder = mkdtempSync(join(root, "target", "readme-"));
	for (const [name, text] of examples("README.md", "www/recipes.md", "www/coming-from-elsewhere.md")) writeFileSync(join(folder, name), text);
	writeFileSync(join(folder, "server.ts"), "export const { atlassianAuth } = globalThis as any;");
	writeFileSync(join(folder, "database.ts"), "export const { database } = globalThis as any;");

	database.exec(readFileSync(join(root, "www", "migrations", "0001_lucia.sql"), "utf8"));
	database.exec(schema);
	standIn = await startAtlassian();
	const [client] = standIn.clients;
	assert.ok(client);
	client.redirectUris.push(callbackUrl);
	const atlassianAuth = atlassian(createAuth(betterSqlite3(database, tables), callbackUrl), {
		clientId: client.id,
		clientSecret: client.secret,
		redirectUri: callbackUrl,
		scope: ["read:jira-work", "read:jira-user", "offline_access"],
		fetch: standIn.route
	});
	Object.assign(globalThis, { atlassianAuth, database });
});

after(async () => {
	await standIn.close();
	rmSync(folder, { recursive: true });
});

afterEach(() => {
	globalThis.fetch = fetch;
});

test("sign-in.ts, jira.ts: a sign-in, a call of Jira, a token that is rejected, signing out", async () => {
	const { start, finish } = await load("sign-in.ts");
	const { jiraUser } = await load("jira.ts");
	const { signOut } = await load("sign-out.ts");
	const { url, cookies } = await start();
	const requestUrl = await standIn.consent(url);
	await assert.rejects(finish(requestUrl.href, { ...cookies, state: "foreign" }), { code: "STATE_MISMATCH" });
	const user = await finish(requestUrl.href, cookies);
	assert.equal(user.name, "Ada Byrne");
	const stored = await sqliteStore(database, user.userId).load();
	assert.deepEqual(stored?.scope, ["read:me", "read:jira-work", "read:jira-user", "offline_access"]);

	const asked: Request[] = [];
	let status = 401;
	globalThis.fetch = async (...parameters) => {
		asked.push(new Request(...parameters));
		const response = Response.json({ displayName: "Ada Byrne" }, { status });
		status = 200;
		return response;
	};
	assert.deepEqual(await jiraUser(user.userId, site), { displayName: "Ada Byrne" });
	const cloudId = "1324a887-45db-4bf4-8e99-ef0ff456d421";
	assert.deepEqual(
		asked.map(({ url }) => url),
		Array(2).fill(`https://api.atlassian.com/ex/jira/${cloudId}/rest/api/3/myself`)
	);
	const bearers = asked.map(({ headers }) => headers.get("Authorization"));
	assert.equal(bearers[0], `Bearer ${stored?.accessToken}`);
	assert.notEqual(bearers[1], bearers[0]);

	// An access token that was revoked before its time, of which accessible-resources knows first.
	const again = await signedIn();
	const { accessToken } = (await sqliteStore(database, again).load()) ?? {};
	standIn.fault("resources", { status: 401 });
	assert.deepEqual(await jiraUser(again, site), { displayName: "Ada Byrne" });
	assert.equal(asked.length, 3);
	assert.notEqual(asked[2]?.headers.get("Authorization"), `Bearer ${accessToken}`);

	// A site that was not granted: the user can sign in again and grant it.
	assert.equal(await jiraUser(user.userId, "https://elsewhere.atlassian.net"), undefined);

	const { refreshToken } = (await sqliteStore(database, user.userId).load()) ?? {};
	await signOut(user.userId);
	assert.equal(standIn.counts.revoke, 1);
	assert.equal(standIn.log.at(-1)?.parameters.get("token"), refreshToken);
	assert.equal(await jiraUser(user.userId, site), undefined);
});

const signedIn = async (scope?: string) => {
	const { start, finish } = await load("sign-in.ts");
	const { url, cookies } = await start();
	if (scope) url.searchParams.set("scope", scope);
	return (await finish((await standIn.consent(url)).href, cookies)).userId as string;
};
const refreshes = () => standIn.log.filter(({ parameters }) => parameters.get("grant_type") === "refresh_token").length;
const asStandIn: typeof fetch = (...parameters) => standIn.route(new Request(...parameters));

/** What ten page views come to, and how many refreshes they take. */
async function tenViews(userId: string) {
	const { jiraUser } = await load("jira.ts");
	const before = refreshes();
	const outcomes = new Set<string>();
	for (let view = 0; view < 10; view++) {
		const outcome = await jiraUser(userId, site).then(
			(user: { displayName: string } | undefined) => user?.displayName ?? "sign in again",
			(error: { code: string }) => error.code
		);
		outcomes.add(outcome);
	}
	return [...outcomes, refreshes() - before];
}

test("jira.ts: a Jira that always says that the scope does not match has the token refreshed at most once", async () => {
	const userId = await signedIn("read:me read:jira-work offline_access");
	globalThis.fetch = asStandIn;
	assert.deepEqual(await tenViews(userId), ["INSUFFICIENT_SCOPE", 1]);
	assert.deepEqual(await tenViews(userId), ["INSUFFICIENT_SCOPE", 0]);
	assert.equal(standIn.log.at(-1)?.endpoint, "jira");
	assert.deepEqual(standIn.log.at(-1)?.response, { code: 401, message: "Unauthorized; scope does not match" });
});

test("jira.ts: a Jira that always refuses has the token refreshed at most once, whatever it says", async () => {
	for (const [status, body, outcome, most] of [
		[401, { code: 401, message: "Unauthorized; scope does not match" }, "INSUFFICIENT_SCOPE", 1],
		[401, { code: 401, message: "Unauthorized" }, "sign in again", 1],
		[401, {}, "sign in again", 1],
		[403, { code: 403, message: "Forbidden" }, "INSUFFICIENT_SCOPE", 1],
		[403, { errorMessages: ["You do not have the permission to see the specified issue."] }, "UNEXPECTED_RESPONSE", 1],
		[404, { code: 404, message: "Not Found" }, "UNEXPECTED_RESPONSE", 1],
		[404, { errorMessages: ["Issue does not exist or you do not have permission to see it."] }, "UNEXPECTED_RESPONSE", 1],
		[400, { errorMessages: ["The value is invalid."] }, "UNEXPECTED_RESPONSE", 0],
		[429, {}, "RATE_LIMITED", 0],
		[503, {}, "SERVER_ERROR", 0],
	] as const) {
		const userId = await signedIn();
		globalThis.fetch = async () => Response.json(body, { status });
		assert.deepEqual(await tenViews(userId), [outcome, most], JSON.stringify(body));
	}
});

test("jira.ts: Jira's own error stays if there is no refresh token, or it is dead, or the token endpoint is down", async () => {
	const withoutRefreshToken = (userId: string) =>
		database.prepare("UPDATE atlassian_tokens SET tokens = json_set(tokens, '$.refreshToken', NULL) WHERE user_id = ?").run(userId);
	const dead = (userId: string) =>
		database.prepare("UPDATE atlassian_tokens SET tokens = json_set(tokens, '$.refreshToken', 'dead') WHERE user_id = ?").run(userId);
	const down = () => standIn.fault("token", { status: 503 }, 4);
	const scopeMismatch = { code: 401, message: "Unauthorized; scope does not match" };
	const noIssue = { errorMessages: ["Issue does not exist or you do not have permission to see it."] };
	for (const [harm, ended] of [
		[withoutRefreshToken, undefined],
		[dead, undefined],
		[down, "REFRESH_OUTCOME_UNKNOWN"],
	] as const) {
		for (const [status, body, expected] of [
			[401, scopeMismatch, "INSUFFICIENT_SCOPE"],
			[403, { errorMessages: ["You do not have the permission to see the specified issue."] }, "UNEXPECTED_RESPONSE"],
			[404, noIssue, "UNEXPECTED_RESPONSE"],
			// Only a sign-in or a refresh helps here.
			[401, { code: 401, message: "Unauthorized" }, ended],
		] as const) {
			const { jiraUser } = await load("jira.ts");
			const userId = await signedIn();
			harm(userId);
			globalThis.fetch = async () => Response.json(body, { status });
			const outcome = await jiraUser(userId, site).catch((error: { code: string }) => error.code);
			standIn.clearFaults();
			assert.equal(outcome, expected, `${harm.name}: ${JSON.stringify(body)}`);
		}
	}
});

test("jira.ts: a token that Atlassian ended before its time is refreshed once, whether Jira says 401, 403 or 404 of it", async () => {
	for (const shape of Object.keys(expiredAccessTokenResponses) as (keyof typeof expiredAccessTokenResponses)[]) {
		const userId = await signedIn();
		standIn.expiredAccessToken = shape;
		let asked = 0;
		globalThis.fetch = async (...parameters) => {
			const request = new Request(...parameters);
			if (asked++ === 0) {
				const token = request.headers.get("Authorization")?.replace("Bearer ", "") ?? "";
				const { id, secret } = defaultClient;
				const body = new URLSearchParams({ client_id: id, client_secret: secret, token });
				await standIn.route(new Request("https://auth.atlassian.com/oauth/revoke", { method: "POST", body }));
			}
			return standIn.route(request);
		};
		assert.deepEqual(await tenViews(userId), ["Ada Byrne", 1], shape);
		assert.equal(asked, 11);
	}
});

test("jira.ts: a token that expires on its way is refreshed once, whether Jira says 401, 403 or 404 of it", async () => {
	for (const status of [401, 403, 404]) {
		const userId = await signedIn();
		let asked = 0;
		globalThis.fetch = async (...parameters) => {
			if (asked++ > 0) return asStandIn(...parameters);
			database
				.prepare("UPDATE atlassian_tokens SET tokens = json_set(tokens, '$.expiresAt', ?) WHERE user_id = ?")
				.run(Date.now() - 1_000, userId);
			return Response.json({ code: status, message: "Refused" }, { status });
		};
		assert.deepEqual(await tenViews(userId), ["Ada Byrne", 1]);
	}
});

test("steps.ts: each step by itself", async () => {
	const { start } = await load("sign-in.ts");
	const { exchange } = await load("steps.ts");
	const { url } = await start();
	for (const name of ["code_challenge", "code_challenge_method"]) url.searchParams.delete(name);
	const code = (await standIn.consent(url)).searchParams.get("code");
	const { account_id, site, renewed } = await exchange(code);
	assert.equal(account_id, standIn.accounts[0]?.user.account_id);
	assert.equal(site, undefined);
	assert.deepEqual(renewed.missingScope, []);
});

test("client.ts: a sign-in without Lucia", async () => {
	const [client] = standIn.clients;
	Object.assign(process.env, { ATLASSIAN_CLIENT_ID: client?.id, ATLASSIAN_CLIENT_SECRET: client?.secret });
	const { start, finish } = await load("client.ts");
	const [url, state] = await start();
	const requestUrl = (await standIn.consent(url)).href;
	globalThis.fetch = async (...parameters) => standIn.route(new Request(...parameters));
	await assert.rejects(finish(requestUrl, "foreign"), { code: "STATE_MISMATCH" });
	const { key, atlassianTokens } = await finish(requestUrl, state);
	assert.equal(key, `atlassian:${standIn.accounts[0]?.user.account_id}`);
	assert.deepEqual(atlassianTokens.missingScope, []);
});

test("the lock of sqliteStore is a lease of six seconds, and only one's own is given back", async () => {
	database.prepare("INSERT INTO atlassian_tokens (user_id, tokens) VALUES ('leasing', '{}')").run();
	const { lock } = sqliteStore(database, "leasing");
	const lockedUntil = () =>
		database.prepare<[], { locked_until: number }>("SELECT locked_until FROM atlassian_tokens WHERE user_id = 'leasing'").get()?.locked_until ?? 0;
	await lock?.(async () => {
		assert.ok(Math.abs(lockedUntil() - Date.now() - 6_000) < 2_000, `expected six seconds from now, not ${lockedUntil()}`);
	});
	assert.equal(lockedUntil(), 0);
	await lock?.(async () => {
		database.exec("UPDATE atlassian_tokens SET locked_until = 5 WHERE user_id = 'leasing'");
	});
	assert.equal(lockedUntil(), 5);
	// A database that is busy when the lock is given back is asked once more.
	database.exec("UPDATE atlassian_tokens SET locked_until = 0 WHERE user_id = 'leasing'");
	let busy = 1;
	const prepare = (sql: string) => {
		const statement = database.prepare(sql);
		return {
			get: (...values: unknown[]) => {
				if (sql.includes("SET locked_until = 0") && busy-- > 0) throw new Error("SQLITE_BUSY");
				return statement.get(...values);
			},
		};
	};
	await sqliteStore({ prepare }, "leasing").lock?.(async () => assert.notEqual(lockedUntil(), 0));
	assert.equal(busy, -1);
	assert.equal(lockedUntil(), 0);
});
