// What the app itself decides, through real HTTP and against the stand-in for Atlassian: whom it signs in, whom
// it refuses and with which page and status, and what its cookies and headers look like.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, beforeEach, test, type TestContext } from "node:test";
import { fileURLToPath } from "node:url";

import Database from "better-sqlite3";
import { atlassian } from "lucia-atlassian/providers";

import { invalidCodeResponses, defaultClient, type Atlassian } from "../tests/atlassian/server.ts";
import { createApp } from "./app.ts";
import { assertLeadsToAtlassian, Browser, type Visit } from "./browser.ts";
import { buildPlayground } from "./build.ts";
import { startNode } from "./dev.ts";
import { readEnv } from "./env.ts";
import { createAuth, luciaSessions, tables } from "./lucia.ts";
import { CALLBACK_PATH, createProvider } from "./provider.ts";
import { startServer } from "./server.ts";

const folder = mkdtempSync(join(tmpdir(), "lucia-atlassian-app-"));
const filename = join(folder, "app.db");
let server: Awaited<ReturnType<typeof startNode>>;
let standIn: Atlassian;
let database: Database.Database;

before(async () => {
	await buildPlayground();
	server = await startNode({ filename, port: 0, env: {} });
	assert.ok(server.standIn);
	standIn = server.standIn;
	database = new Database(filename);
});

after(async () => {
	database?.close();
	await server?.close();
	rmSync(folder, { recursive: true, force: true });
});

beforeEach(() => {
	for (const name of [tables.session, tables.key, tables.user]) database.exec(`DELETE FROM ${name}`);
	standIn.clearFaults();
	standIn.log.length = 0;
});

const rows = (name: string) => database.prepare<[], Record<string, string | null>>(`SELECT * FROM ${name}`).all();
const count = () => [tables.user, tables.key, tables.session].map((name) => rows(name).length);
const at = (path: string) => new URL(path, server.origin);
const tokenRequests = () => standIn.log.filter(({ endpoint }) => endpoint === "token").length;

/** Goes as far as the redirect that brings the code, or the refusal, back to the app. */
async function reachCallback(browser: Browser, choice?: Parameters<Atlassian["consent"]>[1]): Promise<URL> {
	const { location } = await browser.get(at("/login/atlassian"));
	assert.ok(location);
	return standIn.consent(location, choice);
}

async function signIn(browser: Browser, choice?: Parameters<Atlassian["consent"]>[1]): Promise<Visit> {
	return browser.get(await reachCallback(browser, choice));
}

function silenceErrors(t: TestContext) {
	return t.mock.method(console, "error", () => {}).mock;
}

async function assertNotSignedIn(browser: Browser, visit: Visit, status: number): Promise<void> {
	assert.equal(visit.status, status);
	assert.match(visit.text, /href="\/login\/atlassian"[^>]*>Try again</);
	assert.equal(browser.cookies.has("auth_session"), false);
	assert.match((await browser.get(at("/"))).text, /Sign in with Atlassian/);
}

test("a new user gets a user, a key and a session, and a page with the profile", async () => {
	const browser = new Browser();
	const visit = await signIn(browser);
	assert.equal(visit.status, 302);
	assert.equal(visit.location?.href, at("/").href);
	assert.match(
		visit.headers.getSetCookie().find((cookie) => cookie.startsWith("auth_session=")) ?? "",
		/^auth_session=[a-z0-9]{40}; Path=\/; Expires=[^;]+; HttpOnly; SameSite=Lax$/,
	);

	const account = standIn.accounts[0]?.user;
	assert.ok(account);
	const [user] = rows(tables.user);
	const [key] = rows(tables.key);
	assert.deepEqual(count(), [1, 1, 1]);
	assert.deepEqual([user?.["name"], user?.["email"]], [account.name, account.email]);
	assert.deepEqual([key?.["id"], key?.["user_id"]], [`atlassian:${account.account_id}`, user?.["id"]]);
	assert.equal(rows(tables.session)[0]?.["id"], browser.cookies.get("auth_session"));

	const home = await browser.get(at("/"));
	for (const value of [account.name, account.email, account.account_id, `${standIn.origin}${account.picture}`]) {
		assert.ok(value && home.text.includes(value), `the page lacks ${value}`);
	}
});

test("a known user gets a second session and their present name, but no second row", async (t) => {
	const account = standIn.accounts[0]?.user;
	assert.ok(account);
	const { name } = account;
	t.after(() => (account.name = name));
	await signIn(new Browser());
	account.name = "Ada Byrne-King";
	const browser = new Browser();
	await signIn(browser);
	assert.deepEqual(count(), [1, 1, 2]);
	assert.match((await browser.get(at("/"))).text, /Ada Byrne-King/);
});

test("a browser that signs in again, as the same person or as another, has one session", async () => {
	const browser = new Browser();
	for (const { user } of standIn.accounts.slice(0, 2)) {
		for (const _ of ["first", "again"]) {
			await signIn(browser, { account: user.account_id });
			assert.deepEqual(rows(tables.session).map(({ id }) => id), [browser.cookies.get("auth_session")]);
			assert.ok((await browser.get(at("/"))).text.includes(user.account_id));
		}
	}
	assert.deepEqual(count(), [2, 2, 1]);
});

test("a refused sign-in leaves the session that the browser has", async () => {
	const browser = new Browser();
	await signIn(browser);
	await signIn(browser, { decision: "cancel" });
	assert.deepEqual(rows(tables.session).map(({ id }) => id), [browser.cookies.get("auth_session")]);
});

test("a user may come to hide everything but the account id", async () => {
	const accountId = standIn.accounts[0]?.user.account_id;
	assert.ok(accountId);
	await signIn(new Browser());
	standIn.fault("me", { status: 200, body: { account_id: accountId } });
	const browser = new Browser();
	await signIn(browser);
	const users = rows(tables.user).map(({ name, email, picture }) => ({ name, email, picture }));
	assert.deepEqual(users, [{ name: null, email: null, picture: null }]);
	const home = await browser.get(at("/"));
	assert.equal(home.status, 200);
	assert.ok(home.text.includes(accountId));
});

test("a name is text on the page, whatever is in it", async () => {
	const name = `<script>alert("&")</script>`;
	standIn.fault("me", { field: "name", value: name });
	const browser = new Browser();
	await signIn(browser);
	const { text } = await browser.get(at("/"));
	assert.equal(text.includes("<script"), false);
	assert.ok(text.includes("&lt;script&gt;alert(&quot;&amp;&quot;)&lt;/script&gt;"));
});

test("a refused consent signs nobody in, and is nothing for the log", async (t) => {
	const errors = silenceErrors(t);
	const browser = new Browser();
	const visit = await signIn(browser, { decision: "cancel" });
	assert.equal(errors.callCount(), 0);
	await assertNotSignedIn(browser, visit, 403);
	assert.match(visit.text, /Access denied/);
	assert.equal(browser.cookies.has("atlassian_oauth_state"), false);
	assert.deepEqual(count(), [0, 0, 0]);
});

test("another error than a refusal is Atlassian's, and its text is not shown", async () => {
	const browser = new Browser();
	const callback = await reachCallback(browser, { decision: "cancel" });
	callback.searchParams.set("error", "server_error");
	callback.searchParams.set("error_description", "call this number");
	const visit = await browser.get(callback);
	await assertNotSignedIn(browser, visit, 502);
	assert.equal(visit.text.includes("call this number"), false);
});

test("a foreign state is refused before the code is used, and leaves this browser's sign-in alone", async () => {
	const callback = await reachCallback(new Browser());
	const victim = new Browser();
	const ownCallback = await reachCallback(victim);
	await assertNotSignedIn(victim, await victim.get(callback), 400);
	assert.equal(tokenRequests(), 0);
	assert.deepEqual(count(), [0, 0, 0]);
	assert.equal((await victim.get(ownCallback)).status, 302);
	assert.deepEqual(count(), [1, 1, 1]);
});

for (const [what, change] of [
	["no state cookie", (browser) => void browser.cookies.delete("atlassian_oauth_state")],
	["an empty state cookie", (browser) => void browser.cookies.set("atlassian_oauth_state", "")],
	["no state", (_, callback) => callback.searchParams.delete("state")],
	["an empty state on both sides", (browser, callback) => {
		browser.cookies.set("atlassian_oauth_state", "");
		callback.searchParams.set("state", "");
	}],
	["a state that only begins like the cookie's", (_, callback) =>
		callback.searchParams.set("state", `${callback.searchParams.get("state")?.slice(0, 42)}`)],
	["no code", (_, callback) => callback.searchParams.delete("code")],
] satisfies [string, (browser: Browser, callback: URL) => void][]) {
	test(`a callback with ${what} is refused before anything is sent`, async () => {
		const browser = new Browser();
		const callback = await reachCallback(browser);
		change(browser, callback);
		await assertNotSignedIn(browser, await browser.get(callback), 400);
		assert.equal(tokenRequests(), 0);
		assert.deepEqual(count(), [0, 0, 0]);
	});
}

test("a callback that is opened again is refused, by the app and then by Atlassian", async () => {
	const browser = new Browser();
	const callback = await reachCallback(browser);
	const state = browser.cookies.get("atlassian_oauth_state");
	assert.ok(state);
	await browser.get(callback);
	const again = await browser.get(callback);
	assert.equal(again.status, 400);
	assert.equal(tokenRequests(), 1);

	const thief = new Browser();
	thief.cookies.set("atlassian_oauth_state", state);
	const visit = await thief.get(callback);
	await assertNotSignedIn(thief, visit, 400);
	assert.match(visit.text, /You already used this sign/);
	assert.equal(tokenRequests(), 2);
	assert.deepEqual(count(), [1, 1, 1]);
});

for (const shape of Object.keys(invalidCodeResponses) as (keyof typeof invalidCodeResponses)[]) {
	test(`a reload of the callback that sends its code again asks for another sign-in: ${shape}`, async (t) => {
		t.after(() => (standIn.invalidCode = "invalid_grant"));
		standIn.invalidCode = shape;
		const errors = silenceErrors(t);
		const browser = new Browser();
		const callback = await reachCallback(browser);
		// What the browser has before the first response, and has again when it never gets it.
		const cookies = [...browser.cookies];
		await browser.get(callback);
		browser.cookies.clear();
		for (const cookie of cookies) browser.cookies.set(...cookie);
		const visit = await browser.get(callback);
		await assertNotSignedIn(browser, visit, 400);
		assert.match(visit.text, /You already used this sign/);
		assert.match(visit.text, /reloaded this page or opened it twice/);
		assert.equal(tokenRequests(), 2);
		// Nobody who runs the app can do anything about it.
		assert.equal(errors.callCount(), 0);
		assert.equal((await signIn(browser)).status, 302);
	});
}

for (const decision of ["login_required", "consent_required", "interaction_required", "account_selection_required"] as const) {
	test(`a consent that ends in ${decision} offers another try, and is nothing for the log`, async (t) => {
		const errors = silenceErrors(t);
		const browser = new Browser();
		const visit = await signIn(browser, { decision });
		await assertNotSignedIn(browser, visit, 400);
		assert.match(visit.text, /Sign in at Atlassian first/);
		assert.equal(errors.callCount(), 0);
		assert.equal(tokenRequests(), 0);
	});
}

for (const [what, endpoint, fault] of [
	["an outage of the token endpoint", "token", { status: 503 }],
	["refused credentials", "token", { status: 401, body: { error: "access_denied" } }],
	["an outage of /me", "me", { status: 500 }],
	["a /me without an account id", "me", { without: "account_id" }],
	["a cut connection", "token", { cut: "headers" }],
	["a response that is not waited for any longer", "token", { delay: 60_000 }],
	["a limit on requests", "token", { retryAfter: 30 }],
] satisfies [string, Parameters<Atlassian["fault"]>[0], Parameters<Atlassian["fault"]>[1]][]) {
	test(`${what} is a 502 that offers another try, and goes to the log`, async (t) => {
		const errors = silenceErrors(t);
		standIn.fault(endpoint, fault);
		const browser = new Browser();
		const visit = await signIn(browser);
		await assertNotSignedIn(browser, visit, 502);
		const title = what === "refused credentials" ? "Sign-in failed" : "Atlassian has a problem";
		assert.equal(visit.title, `${title} · lucia-atlassian`);
		assert.equal(errors.callCount(), 1);
		assert.deepEqual(count(), [0, 0, 0]);
		assert.equal((await signIn(browser)).status, 302);
	});
}

test("a failure of the app's own is a 500 with a page", async (t) => {
	const errors = silenceErrors(t);
	const browser = new Browser();
	const callback = await reachCallback(browser);
	database.exec(`ALTER TABLE ${tables.key} RENAME TO elsewhere`);
	t.after(() => database.exec(`ALTER TABLE elsewhere RENAME TO ${tables.key}`));
	const visit = await browser.get(callback);
	assert.equal(visit.status, 500);
	assert.match(visit.text, /on our side/);
	assert.equal(visit.text.includes("no such table"), false);
	assert.equal(errors.callCount(), 1);
});

test("a failure outside a sign-in is not called one", async (t) => {
	silenceErrors(t);
	const browser = new Browser();
	await signIn(browser);
	database.exec(`UPDATE ${tables.session} SET sites = 'no JSON'`);
	const { status, title, text } = await browser.get(at("/"));
	assert.deepEqual([status, title], [500, "Something went wrong · lucia-atlassian"]);
	assert.doesNotMatch(text, /sign.?in|no JSON/i);
});

test("two first sign-ins of one account at once make one user", async () => {
	const { betterSqlite3 } = await import("@lucia-auth/adapter-sqlite");
	const auth = createAuth(betterSqlite3(database, tables), server.origin);
	const { id: clientId, secret: clientSecret } = defaultClient;
	const configs = { clientId, clientSecret, redirectUri: server.origin + CALLBACK_PATH, fetch: standIn.route };
	const atlassianAuth = atlassian(auth, configs);
	// Both have found nobody before either makes a user.
	let waiting = 0;
	let release = () => {};
	const both = new Promise<void>((resolve) => (release = resolve));
	const meeting: typeof atlassianAuth = {
		...atlassianAuth,
		async callback(...args) {
			const userAuth = await atlassianAuth.callback(...args);
			const createUser: typeof userAuth.createUser = async (options) => {
				if (++waiting === 2) release();
				await both;
				return userAuth.createUser(options);
			};
			return { ...userAuth, createUser };
		},
	};
	const app = createApp({ sessions: luciaSessions(auth), provider: { atlassianAuth: meeting, clientId }, origin: server.origin });
	const callbacks = await Promise.all(
		[1, 2].map(async () => {
			const browser = new Browser();
			const callback = await reachCallback(browser);
			return app.request(callback.href, { headers: { Cookie: `atlassian_oauth_state=${browser.cookies.get("atlassian_oauth_state")}` } });
		}),
	);
	assert.deepEqual(callbacks.map(({ status }) => status), [302, 302]);
	assert.deepEqual(count(), [1, 1, 2]);
});

test("up to three tabs can be signing in; the oldest of four has to start again", async () => {
	const browser = new Browser();
	const callbacks: URL[] = [];
	for (let tab = 0; tab < 4; tab++) callbacks.push(await reachCallback(browser));
	const statuses: number[] = [];
	for (const callback of callbacks) statuses.push((await browser.get(callback)).status);
	assert.deepEqual(statuses, [400, 302, 302, 302]);
	assert.equal(browser.cookies.has("atlassian_oauth_state"), false);
});

test("a site that stands in the list once for each product is shown once", async () => {
	const site = { id: "1", name: "looms", url: "https://looms.example", avatarUrl: "" };
	standIn.fault("resources", {
		raw: JSON.stringify([{ ...site, scopes: ["read:jira-user"] }, { ...site, scopes: ["read:jira-user", "search:confluence"] }]),
		contentType: "application/json",
	});
	const browser = new Browser();
	await signIn(browser);
	const { text } = await browser.get(at("/"));
	assert.equal(text.split('href="https://looms.example"').length, 2);
});

test("a site whose address does not lead to the web is not shown", async () => {
	const [bad, good] = [
		{ id: "1", name: "bad", url: "javascript:alert(1)", scopes: [] },
		{ id: "2", name: "good", url: "https://good.example", scopes: [] },
	];
	standIn.fault("resources", { raw: JSON.stringify([bad, good]), contentType: "application/json" });
	const browser = new Browser();
	await signIn(browser);
	const { text } = await browser.get(at("/"));
	assert.equal(text.includes("javascript:"), false);
	assert.equal(text.includes("<li>bad"), false);
	assert.ok(text.includes('href="https://good.example"'));
});

for (const [what, fault] of [
	["an outage", { status: 503 }],
	["a response that is no list", { raw: "{}", contentType: "application/json" }],
	["a site without a url", { raw: JSON.stringify([{ id: "1", name: "n", scopes: [] }]), contentType: "application/json" }],
	["a redirect", { redirect: 302 }],
	["a response that is not waited for any longer", { delay: 60_000 }],
] satisfies [string, Parameters<Atlassian["fault"]>[1]][]) {
	test(`${what} when the sites are asked for costs nobody the sign-in, and hides no scope`, async (t) => {
		const errors = silenceErrors(t);
		standIn.fault("resources", fault);
		const browser = new Browser();
		assert.equal((await signIn(browser)).status, 302);
		const { text } = await browser.get(at("/"));
		assert.match(text, /Atlassian did not list your sites/);
		assert.match(text, /<code>read:jira-user<\/code>/);
		assert.equal(errors.callCount(), 1);
		assert.equal(rows(tables.session)[0]?.["sites"], null);
	});
}

for (const [what, token, expected] of [
	["the scope of the token response", "read:me", ["read:me"]],
	["what was asked for, where the token response says nothing", undefined, ["read:me", "read:jira-user"]],
] as const) {
	test(`the scopes of an account without sites are ${what}`, async () => {
		standIn.fault("resources", { raw: "[]", contentType: "application/json" });
		standIn.fault("token", token ? { field: "scope", value: token } : { without: "scope" });
		const browser = new Browser();
		await signIn(browser);
		const { text } = await browser.get(at("/"));
		assert.match(text, /This account has no site/);
		const [, list = ""] = /id="scopes">(.*?)<\/ul>/s.exec(text) ?? [];
		assert.deepEqual([...list.matchAll(/<code>(.*?)<\/code>/g)].map(([, scope]) => scope), expected);
	});
}

for (const [what, endpoint, fault, expected] of [
	["an empty name", "me", { field: "name", value: "" }, /<h1>Unnamed account<\/h1>/],
	["a name that is no string", "me", { field: "name", value: { first: "Ada" } }, /<h1>Unnamed account<\/h1>/],
	["a picture that is no string", "me", { field: "picture", value: ["x"] }, /<span>AB<\/span>\s*<\/div>/],
	["a token for longer than dates go", "token", { field: "expires_in", value: 1e300 }, /Expires in \d+ minutes, at <time datetime="\d{6}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z">\d\d:\d\d UTC<\/time>/],
	["a site without a name", "resources", { raw: JSON.stringify([{ id: "1", url: "https://a.example", scopes: [] }]), contentType: "application/json" }, />Unnamed site<\/a>/],
] satisfies [string, Parameters<Atlassian["fault"]>[0], Parameters<Atlassian["fault"]>[1], RegExp][]) {
	test(`${what} breaks no page`, async () => {
		standIn.fault(endpoint, fault);
		const browser = new Browser();
		assert.equal((await signIn(browser)).status, 302);
		const home = await browser.get(at("/"));
		assert.equal(home.status, 200);
		assert.match(home.text, expected);
	});
}

test("without a picture the initials are those of the first and the last name", async () => {
	for (const [name, expected] of [["ada augusta byrne", "AB"], ["Ada", "A"], ["\u{10428}x y", "\u{10400}Y"]] as const) {
		standIn.fault("me", { field: "name", value: name });
		const browser = new Browser();
		await signIn(browser);
		assert.ok((await browser.get(at("/"))).text.includes(`<span>${expected}</span>`), name);
	}
});

test("neither the picture's host nor a site learns where its visitor comes from", async () => {
	const browser = new Browser();
	await signIn(browser);
	const { text } = await browser.get(at("/"));
	assert.match(text, /<img src="[^"]+" alt="" referrerpolicy="no-referrer">/);
	const links = [...text.matchAll(/<a href="https:[^>]*>/g)].map(([link]) => link);
	assert.ok(links.length > 0 && links.every((link) => link.includes('rel="noreferrer"')), links.join());
});

for (const [expiresIn, expected] of [
	[90, /Expires in 2 minutes, at/],
	[30, /Expires in 1 minute, at/],
] as const) {
	test(`a token for ${expiresIn} seconds is described as such`, async () => {
		standIn.fault("token", { field: "expires_in", value: expiresIn });
		const browser = new Browser();
		await signIn(browser);
		assert.match((await browser.get(at("/"))).text, expected);
	});
}

for (const [what, expires, expected] of [
	["that has expired is said to have", () => Date.now() - 1000, /Expired at .*You stay signed in here/],
	["of a session from before the app kept its end breaks no page", () => "NULL", /Unknown expiry/],
] satisfies [string, () => number | string, RegExp][]) {
	test(`a token ${what}, and the session stays`, async () => {
		const browser = new Browser();
		await signIn(browser);
		database.exec(`UPDATE ${tables.session} SET token_expires = ${expires()}`);
		assert.match((await browser.get(at("/"))).text, expected);
	});
}

test("the playground may load its script, wasm and nothing else", async () => {
	const page = await new Browser().get(at("/playground"));
	assert.equal(page.status, 200);
	assert.match(page.headers.get("Content-Security-Policy") ?? "", /script-src 'self' 'wasm-unsafe-eval'; connect-src 'self'/);
	const [, script = ""] = /<script type="module" src="([^"]*)"><\/script>/.exec(page.text) ?? [];
	const { status, headers } = await fetch(at(script));
	assert.deepEqual([status, headers.get("Content-Type"), headers.get("X-Content-Type-Options")], [200, "text/javascript; charset=utf-8", "nosniff"]);
	assert.equal(page.text.split("<script").length, 2);
});

test("migrations run once: a server on the same file finds its users again", async () => {
	await signIn(new Browser());
	const second = await startServer({ filename, port: 0, env: {} });
	second.close();
	assert.deepEqual(count(), [1, 1, 1]);
});

test("signing out ends the session in the browser and in the database", async () => {
	const browser = new Browser();
	await signIn(browser);
	const session = browser.cookies.get("auth_session");
	assert.ok(session);
	const visit = await browser.post(at("/logout"));
	assert.deepEqual([visit.status, visit.location?.href], [303, at("/").href]);
	assert.equal(browser.cookies.has("auth_session"), false);
	assert.deepEqual(count(), [1, 1, 0]);

	browser.cookies.set("auth_session", session);
	assert.match((await browser.get(at("/"))).text, /Sign in with Atlassian/);
	assert.equal(browser.cookies.has("auth_session"), false);
});

test("signing out twice is no error", async () => {
	const visit = await new Browser().post(at("/logout"));
	assert.deepEqual([visit.status, visit.location?.href], [303, at("/").href]);
});

for (const origin of ["https://elsewhere.example", "null", ""]) {
	test(`a sign-out with the Origin "${origin}" is refused`, async () => {
		const browser = new Browser();
		await signIn(browser);
		const visit = await browser.post(at("/logout"), {}, origin);
		assert.equal(visit.status, 403);
		assert.deepEqual(count(), [1, 1, 1]);
		assert.match((await browser.get(at("/"))).text, /Signed in as/);
	});
}

test("signing out takes a form, not a link", async () => {
	const browser = new Browser();
	await signIn(browser);
	const missing = await browser.get(at("/logout"));
	assert.equal(missing.status, 404);
	assert.match(missing.text, /<title>Page not found/);
	assert.deepEqual(count(), [1, 1, 1]);
});

test("the state is kept in a cookie of ten minutes that scripts and other sites' forms do not get", async () => {
	const { status, headers, location } = await new Browser().get(at("/login/atlassian"));
	assert.equal(status, 302);
	const state = location?.searchParams.get("state");
	assert.match(state ?? "", /^[a-z0-9]{43}$/);
	const cookie = `atlassian_oauth_state=${state}; Max-Age=600; Path=/; HttpOnly; SameSite=Lax`;
	assert.deepEqual(headers.getSetCookie(), [cookie]);
});

test("over https both cookies are Secure, and the address is Atlassian's", async (t) => {
	const origin = "https://app.example";
	const redirectUri = `${origin}/login/atlassian/callback`;
	standIn.clients[0]?.redirectUris.push(redirectUri);
	t.after(() => standIn.clients[0]?.redirectUris.pop());
	const { betterSqlite3 } = await import("@lucia-auth/adapter-sqlite");
	const auth = createAuth(betterSqlite3(database, tables), origin);
	const { id: clientId, secret: clientSecret } = defaultClient;
	const atlassianAuth = atlassian(auth, { clientId, clientSecret, redirectUri, fetch: standIn.route });
	const app = createApp({ sessions: luciaSessions(auth), provider: { atlassianAuth, clientId }, origin });

	const login = await app.request(`${origin}/login/atlassian`);
	const [stateCookie = ""] = login.headers.getSetCookie();
	assert.match(stateCookie, /; Secure\b/);
	const location = new URL(login.headers.get("Location") ?? "");
	assert.equal(location.origin + location.pathname, "https://auth.atlassian.com/authorize");

	const headers = { Cookie: stateCookie.split(";")[0] ?? "" };
	const callback = await app.request((await standIn.consent(location)).href, { headers });
	assert.equal(callback.status, 302);
	assert.match(callback.headers.getSetCookie().at(-1) ?? "", /^auth_session=[a-z0-9]{40};.*; HttpOnly; Secure; SameSite=Lax$/);
	assert.match((await app.request(`${origin}/`)).headers.get("Content-Security-Policy") ?? "", /img-src 'self' https:;/);
});

for (const path of ["/", "/login/atlassian/callback", "/style.css"]) {
	test(`${path} is sent with a policy that allows no script and no frame`, async () => {
		const { headers } = await new Browser().get(at(path));
		assert.equal(
			headers.get("Content-Security-Policy"),
			`default-src 'none'; style-src 'self'; img-src 'self' ${standIn.origin}; form-action 'self'; frame-ancestors 'none'; base-uri 'none'`,
		);
		assert.equal(headers.get("X-Content-Type-Options"), "nosniff");
		assert.equal(headers.get("X-Frame-Options"), "DENY");
		assert.equal(headers.get("Referrer-Policy"), "same-origin");
		assert.equal(headers.get("Cache-Control"), path === "/style.css" ? null : "no-store");
	});
}

test("credentials lead to Atlassian, even where there is a stand-in, and half of them nowhere", async () => {
	const { betterSqlite3 } = await import("@lucia-auth/adapter-sqlite");
	const auth = createAuth(betterSqlite3(database, tables), server.origin);
	const env = { ATLASSIAN_CLIENT_ID: "id", ATLASSIAN_CLIENT_SECRET: "secret", STAND_IN: standIn.origin };
	const provider = createProvider((configs) => atlassian(auth, configs), env, server.origin);
	const [url] = await provider.atlassianAuth.getAuthorizationUrl();
	assert.equal(url.origin, "https://auth.atlassian.com");
	assert.equal(url.searchParams.get("client_id"), "id");
	assert.equal(provider.standIn, undefined);
	const { atlassianAuth } = createProvider((configs) => atlassian(auth, configs), { ...env, ATLASSIAN_CLIENT_ID: "" }, server.origin);
	await assert.rejects(atlassianAuth.getAuthorizationUrl(), /clientId/);
});

test("credentials are those that the token endpoint gets to see", async (t) => {
	const { betterSqlite3 } = await import("@lucia-auth/adapter-sqlite");
	const client = { id: "its-id", secret: "its-secret", name: "An app", redirectUris: [server.origin + CALLBACK_PATH] };
	standIn.clients.push(client);
	t.after(() => standIn.clients.pop());
	const auth = createAuth(betterSqlite3(database, tables), server.origin);
	const env = { ATLASSIAN_CLIENT_ID: client.id, ATLASSIAN_CLIENT_SECRET: client.secret };
	const { atlassianAuth } = createProvider((configs) => atlassian(auth, configs), env, server.origin);
	const [url, state] = await atlassianAuth.getAuthorizationUrl();
	const callback = await standIn.consent(url);
	t.mock.method(globalThis, "fetch", standIn.route);
	const { atlassianUser } = await atlassianAuth.callback(callback, state);
	assert.equal(atlassianUser.name, "Ada Byrne");
});

test("credentials are read from .dev.vars, and from the environment before it", () => {
	const file = join(folder, ".dev.vars");
	writeFileSync(file, "PATH=file\nATLASSIAN_OF_THE_FILE='secret # 1'\n");
	const { PATH, ATLASSIAN_OF_THE_FILE } = readEnv(file);
	assert.deepEqual([PATH, ATLASSIAN_OF_THE_FILE], [process.env["PATH"], "secret # 1"]);
	assert.equal(readEnv(join(folder, "no such file"))["PATH"], process.env["PATH"]);
});

for (const [what, env, path] of [
	["no credentials", {}, "/login/atlassian"],
	["a client id alone", { ATLASSIAN_CLIENT_ID: "half" }, "/login/atlassian/callback?code=c&state=s"],
	["a secret alone", { ATLASSIAN_CLIENT_SECRET: "half" }, "/login/atlassian"],
] as const) {
	test(`with ${what}, ${path} is a page that says what to do`, async (t) => {
		silenceErrors(t);
		const bare = await startServer({ filename, port: 0, env });
		t.after(bare.close);
		const { status, text, title } = await new Browser().get(bare.origin + path);
		assert.deepEqual([status, title], [503, "No credentials · lucia-atlassian"]);
		for (const remedy of [".dev.vars", "npx wrangler secret put", "npm run demo"]) assert.ok(text.includes(remedy), remedy);
	});
}

test("with credentials the server on Node sends people to Atlassian", async (t) => {
	const env = { ATLASSIAN_CLIENT_ID: "an-id", ATLASSIAN_CLIENT_SECRET: "a-secret" };
	const real = await startNode({ filename, port: 0, env });
	t.after(real.close);
	assertLeadsToAtlassian(await new Browser().get(`${real.origin}/login/atlassian`), real.origin, "an-id");
	assert.equal(real.standIn, undefined);
});

test("who comes by the name localhost goes on under the server's own, and signs in there", async () => {
	const browser = new Browser();
	const { port } = new URL(server.origin);
	const { status, location } = await browser.get(`http://localhost:${port}/login/atlassian?x=1`);
	assert.deepEqual([status, location?.href], [302, at("/login/atlassian?x=1").href]);
});

test("what is not below /assets/ is a page that may load its stylesheet", async () => {
	const { status, title, headers } = await new Browser().get(at("/assets/nothing.js"));
	assert.deepEqual([status, title], [404, "Page not found · lucia-atlassian"]);
	assert.match(headers.get("Content-Security-Policy") ?? "", /style-src 'self'/);
});

test("the demo in a terminal colours its output and prints no control character besides", () => {
	const args = ["--import", "tsx", fileURLToPath(new URL("demo.ts", import.meta.url)), "--node", "--once"];
	const { status, stdout, stderr } = spawnSync(process.execPath, args, { encoding: "utf8", env: { ...process.env, FORCE_COLOR: "1", PORT: "" } });
	assert.equal(status, 0, stderr);
	assert.match(stdout, /state +\x1b\[0m {2}\S{5}… \x1b\[2m\(43 characters\)\x1b\[0m\n/);
	assert.doesNotMatch(stdout.replaceAll(/\x1b\[\d+m/g, ""), /[^\n\P{Cc}]|\u{fffd}/u);
});

test("the pages of the app without Lucia do not say that Lucia runs", async (t) => {
	const without = await startNode({ filename: join(folder, "without.db"), port: 0, env: {}, withoutLucia: true });
	t.after(without.close);
	for (const path of ["/", "/playground", "/nothing"]) {
		const { text } = await new Browser().get(without.origin + path);
		assert.match(text, /<footer>/);
		assert.doesNotMatch(text.slice(text.indexOf("<footer>")), /Lucia/);
	}
});

test("half of the credentials is an error that names both variables", async () => {
	await assert.rejects(
		startNode({ filename, port: 0, env: { ATLASSIAN_CLIENT_ID: "half" } }),
		/Set both ATLASSIAN_CLIENT_ID and ATLASSIAN_CLIENT_SECRET/,
	);
});
