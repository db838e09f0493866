// The scenarios: each drives the app over HTTP as a browser does, through the consent page of the
// stand-in, then looks at the rows in the database and at the requests that reached the stand-in. They
// know nothing of the runtime that serves the app.

import assert from "node:assert/strict";
import { test } from "node:test";

import { createKeyId } from "lucia";

import type { Atlassian, LogEntry } from "../atlassian/server.ts";
import { CALLBACK_PATH, type Refused, type Row, type Rows, type SignedIn, scope } from "./app.ts";

/** An app that listens at `origin`, and the stand-in that it signs people in with. */
export type Running = { origin: string; atlassian: Atlassian };

const DAY = 24 * 60 * 60 * 1000;

/** As much of a browser as a sign-in needs: cookies, and redirects that are not followed. */
class Browser {
	readonly #app: Running;
	readonly #cookies = new Map<string, string>();

	constructor(app: Running) {
		this.#app = app;
	}

	async get(url: string | URL): Promise<Response> {
		const cookie = [...this.#cookies].map(([name, value]) => `${name}=${value}`).join("; ");
		const response = await fetch(new URL(url, this.#app.origin), { headers: { Cookie: cookie }, redirect: "manual" });
		for (const line of response.headers.getSetCookie()) {
			const [, name = "", value = ""] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
			if (value === "") this.#cookies.delete(name);
			else this.#cookies.set(name, value);
		}
		return response;
	}

	cookie(name: string): string | undefined {
		return this.#cookies.get(name);
	}

	/** Starts a sign-in, and gives the address that the app redirects to. */
	async start(): Promise<URL> {
		const response = await this.get("/login/atlassian");
		assert.equal(response.status, 302, await response.text());
		return new URL(response.headers.get("Location") ?? "");
	}

	/** Starts a sign-in and goes through the consent page, and gives the callback's address, not yet visited. */
	async consent(account: string, decision: "accept" | "cancel" = "accept"): Promise<URL> {
		const callback = await this.#app.atlassian.consent(await this.start(), { account, decision });
		assert.equal(callback.origin + callback.pathname, this.#app.origin + CALLBACK_PATH);
		return callback;
	}

	/** A whole sign-in that succeeds. */
	async signIn(account: string): Promise<SignedIn> {
		const response = await this.get(await this.consent(account));
		assert.equal(response.status, 200, await response.clone().text());
		return response.json() as Promise<SignedIn>;
	}

	/** The user that the app sees: the one whose session this browser has. */
	async user(): Promise<unknown> {
		return (await this.get("/")).json();
	}
}

async function rowsOf({ origin }: Running): Promise<Rows> {
	const response = await fetch(new URL("/rows", origin));
	assert.equal(response.status, 200, await response.clone().text());
	return response.json() as Promise<Rows>;
}

const nothing: Rows = { user: [], key: [], session: [] };

/** Some seconds of difference between two clocks, or within a slow run, are no matter. */
function assertFreshSession(row: Row | undefined, sessionId: string | undefined, userId: string): void {
	assert.ok(row);
	const expires = Number(row["active_expires"]);
	assert.deepEqual(row, {
		id: sessionId,
		user_id: userId,
		active_expires: expires,
		idle_expires: expires + 14 * DAY,
	});
	assert.ok(Math.abs(expires - DAY - Date.now()) < 60_000, `the session is active until ${new Date(expires)}`);
}

/** What a runtime's own `fetch` adds to a request. */
const transport =
	/^(host|connection|content-length|transfer-encoding|accept-encoding|accept-language|sec-fetch-.*|cf-.*|priority)$/;

function headersOf({ headers }: LogEntry): Record<string, string> {
	return Object.fromEntries(Object.entries(headers).filter(([name]) => !transport.test(name)));
}

const requestsOf = (log: LogEntry[]) => log.map(({ method, host, path, status }) => `${method} ${host}${path} ${status}`);

const AUTHORIZE = ["GET auth.atlassian.com/authorize 200", "POST auth.atlassian.com/authorize/consent 302"];
const EXCHANGE = ["POST auth.atlassian.com/oauth/token 200", "GET api.atlassian.com/me 200"];

/** Each request that a sign-in makes, to the letter. */
function assertExchange({ origin, atlassian }: Running, callback: URL, log: LogEntry[]): void {
	const [token, me] = log;
	assert.ok(token && me && log.length === 2);
	const [client] = atlassian.clients;
	const form = new URLSearchParams([
		["code", callback.searchParams.get("code") ?? ""],
		["client_id", client?.id ?? ""],
		["grant_type", "authorization_code"],
		["redirect_uri", origin + CALLBACK_PATH],
		["client_secret", client?.secret ?? ""],
	]);
	assert.equal(token.body, form.toString());
	assert.deepEqual(headersOf(token), {
		accept: "application/json",
		"content-type": "application/x-www-form-urlencoded",
		"user-agent": "lucia",
	});
	const { access_token: accessToken } = token.response as { access_token: string };
	assert.equal(me.body, "");
	assert.equal(me.parameters.size, 0);
	assert.deepEqual(headersOf(me), {
		accept: "application/json",
		authorization: `Bearer ${accessToken}`,
		"user-agent": "lucia",
	});
}

/** Declares the scenarios as tests of the app that `app` gives. */
export function signInScenarios(app: () => Running): void {
	function scenario(name: string, run: (app: Running, ada: string, grace: string) => Promise<void>): void {
		test(name, async () => {
			const running = app();
			const { origin, atlassian } = running;
			const [ada, grace] = atlassian.accounts;
			const [client] = atlassian.clients;
			assert.ok(ada && grace && client);
			assert.equal((await fetch(new URL("/reset", origin), { method: "POST" })).status, 204);
			atlassian.log.length = 0;
			const { secret } = client;
			try {
				await run(running, ada.user.account_id, grace.user.account_id);
			} finally {
				client.secret = secret;
				atlassian.clearFaults();
			}
		});
	}

	scenario("the authorization URL", async ({ origin, atlassian }) => {
		const browser = new Browser({ origin, atlassian });
		const url = await browser.start();
		const state = url.searchParams.get("state") ?? "";
		assert.match(state, /^[a-z0-9]{43}$/);
		assert.equal(browser.cookie("atlassian_oauth_state"), state);
		assert.equal(url.origin + url.pathname, "https://auth.atlassian.com/authorize");
		assert.deepEqual(
			[...url.searchParams],
			[
				["response_type", "code"],
				["client_id", atlassian.clients[0]?.id],
				["scope", ["read:me", ...scope].join(" ")],
				["state", state],
				["redirect_uri", origin + CALLBACK_PATH],
				["audience", "api.atlassian.com"],
				["prompt", "consent"],
			],
		);
		assert.notEqual((await browser.start()).searchParams.get("state"), state);
		assert.deepEqual(atlassian.log, []);
	});

	scenario("a new user", async (app, ada) => {
		const { atlassian } = app;
		const browser = new Browser(app);
		const callback = await browser.consent(ada);
		const response = await browser.get(callback);
		assert.equal(response.status, 200, await response.clone().text());
		const signedIn = (await response.json()) as SignedIn;

		const [, , token, me] = atlassian.log;
		const user = me?.response as SignedIn["atlassianUser"];
		const { access_token: accessToken, refresh_token: refreshToken } = token?.response as Record<string, string>;
		assert.deepEqual(signedIn, {
			outcome: "created",
			user: { userId: signedIn.user.userId, name: user.name, email: user.email, picture: user.picture },
			atlassianUser: user,
			atlassianTokens: { accessToken, accessTokenExpiresIn: 3600, refreshToken },
		});
		assert.equal(user.extended_profile?.["job_title"], "Analyst");

		const { userId } = signedIn.user;
		assert.match(userId, /^[a-z0-9]{15}$/);
		const rows = await rowsOf(app);
		assert.deepEqual(rows.user, [{ id: userId, name: user.name, email: user.email, picture: user.picture }]);
		assert.deepEqual(rows.key, [{ id: `atlassian:${ada}`, user_id: userId, hashed_password: null }]);
		assert.equal(rows.key[0]?.["id"], createKeyId("atlassian", ada));
		assert.equal(rows.session.length, 1);
		assertFreshSession(rows.session[0], browser.cookie("auth_session"), userId);
		assert.deepEqual(await browser.user(), signedIn.user);

		assert.deepEqual(requestsOf(atlassian.log), [...AUTHORIZE, ...EXCHANGE]);
		assertExchange(app, callback, atlassian.log.slice(2));
	});

	scenario("the same user again", async (app, ada) => {
		const { atlassian } = app;
		const first = await new Browser(app).signIn(ada);
		const before = await rowsOf(app);
		const browser = new Browser(app);
		const second = await browser.signIn(ada);

		assert.equal(second.outcome, "existing");
		assert.deepEqual(second.user, first.user);
		assert.deepEqual(second.atlassianUser, first.atlassianUser);
		assert.notEqual(second.atlassianTokens.accessToken, first.atlassianTokens.accessToken);
		const after = await rowsOf(app);
		assert.deepEqual({ ...after, session: after.session.slice(0, 1) }, before);
		assert.equal(after.session.length, 2);
		assertFreshSession(after.session[1], browser.cookie("auth_session"), first.user.userId);
		assert.deepEqual(await browser.user(), first.user);
		assert.deepEqual(requestsOf(atlassian.log), [...AUTHORIZE, ...EXCHANGE, ...AUTHORIZE, ...EXCHANGE]);
	});

	scenario("a second account, linked with createKey", async (app, ada, grace) => {
		const { atlassian } = app;
		const browser = new Browser(app);
		const first = await browser.signIn(ada);
		const before = await rowsOf(app);
		const linked = await browser.signIn(grace);

		assert.equal(linked.outcome, "linked");
		assert.equal(linked.atlassianUser.account_id, grace);
		assert.deepEqual(linked.user, first.user);
		const { userId } = first.user;
		assert.deepEqual(await rowsOf(app), {
			...before,
			key: [...before.key, { id: `atlassian:${grace}`, user_id: userId, hashed_password: null }],
		});

		for (const account of [ada, grace]) {
			const again = new Browser(app);
			assert.equal((await again.signIn(account)).outcome, "existing");
			assert.deepEqual(await again.user(), first.user);
		}
		assert.equal((await rowsOf(app)).session.length, 3);
		const whole = [...AUTHORIZE, ...EXCHANGE];
		assert.deepEqual(requestsOf(atlassian.log), [...whole, ...whole, ...whole, ...whole]);
	});

	scenario("a refused consent", async (app, ada) => {
		const browser = new Browser(app);
		const callback = await browser.consent(ada, "cancel");
		assert.equal(callback.searchParams.get("error"), "access_denied");
		assert.equal(callback.searchParams.has("code"), false);
		const response = await browser.get(callback);
		assert.equal(response.status, 403);
		assert.equal(await response.text(), "access_denied");
		assert.deepEqual(await rowsOf(app), nothing);
		assert.equal(await browser.user(), null);
		assert.deepEqual(requestsOf(app.atlassian.log), AUTHORIZE);
	});

	scenario("a code used twice", async (app, ada) => {
		const { atlassian } = app;
		const browser = new Browser(app);
		const callback = await browser.consent(ada);
		assert.equal((await browser.get(callback)).status, 200);
		const before = await rowsOf(app);
		assert.equal(before.session.length, 1);

		const other = new Browser(app);
		callback.searchParams.set("state", (await other.start()).searchParams.get("state") ?? "");
		const response = await other.get(callback);
		assert.equal(response.status, 502, await response.clone().text());
		assert.deepEqual(await response.json(), {
			isError: true,
			message: "OAUTH_REQUEST_FAILED",
			request: { method: "POST", url: "https://auth.atlassian.com/oauth/token" },
			response: { status: 403, body: { error: "invalid_grant", error_description: "Invalid authorization code" } },
		} satisfies Refused);
		assert.deepEqual(await rowsOf(app), before);
		assert.equal(await other.user(), null);
		assert.deepEqual(requestsOf(atlassian.log), [
			...AUTHORIZE,
			...EXCHANGE,
			"POST auth.atlassian.com/oauth/token 403",
		]);
		assert.equal(atlassian.log[4]?.body, atlassian.log[2]?.body);
	});

	scenario("a wrong secret", async (app, ada) => {
		const { atlassian } = app;
		const browser = new Browser(app);
		const callback = await browser.consent(ada);
		// As when the secret was renewed in Atlassian's console and not yet in the app.
		if (atlassian.clients[0]) atlassian.clients[0].secret = "renewed";
		const response = await browser.get(callback);
		assert.equal(response.status, 502, await response.clone().text());
		assert.deepEqual(await response.json(), {
			isError: true,
			message: "OAUTH_REQUEST_FAILED",
			request: { method: "POST", url: "https://auth.atlassian.com/oauth/token" },
			response: { status: 401, body: { error: "access_denied", error_description: "Unauthorized" } },
		} satisfies Refused);
		assert.deepEqual(await rowsOf(app), nothing);
		assert.equal(await browser.user(), null);
		assert.deepEqual(requestsOf(atlassian.log), [...AUTHORIZE, "POST auth.atlassian.com/oauth/token 401"]);
		assert.equal(atlassian.log[2]?.reason, "client_secret is wrong");
	});

	scenario("a refusal by /me", async (app, ada) => {
		const { atlassian } = app;
		const browser = new Browser(app);
		const callback = await browser.consent(ada);
		atlassian.fault("me", { status: 503, body: { code: 503 } });
		const response = await browser.get(callback);
		assert.equal(response.status, 502, await response.clone().text());
		assert.deepEqual(await response.json(), {
			isError: true,
			message: "OAUTH_REQUEST_FAILED",
			request: { method: "GET", url: "https://api.atlassian.com/me" },
			response: { status: 503, body: { code: 503 } },
		} satisfies Refused);
		assert.deepEqual(await rowsOf(app), nothing);
		assert.equal(await browser.user(), null);
	});

	scenario("a callback with a foreign state", async (app, ada, grace) => {
		const { atlassian } = app;
		const attacker = new Browser(app);
		const victim = new Browser(app);
		const callback = await attacker.consent(grace);
		const own = await victim.consent(ada);
		const stateless = new URL(callback);
		stateless.searchParams.delete("state");

		for (const [browser, url] of [
			[victim, callback],
			[victim, stateless],
			[new Browser(app), callback],
			[new Browser(app), stateless],
		] as const) {
			const response = await browser.get(url);
			assert.equal(response.status, 400);
			assert.equal(await response.text(), "foreign state");
		}
		assert.deepEqual(await rowsOf(app), nothing);
		assert.deepEqual(requestsOf(atlassian.log), [...AUTHORIZE, ...AUTHORIZE]);

		assert.equal((await victim.get(own)).status, 200);
		assert.deepEqual(
			(await rowsOf(app)).key.map(({ id }) => id),
			[`atlassian:${ada}`],
		);
	});

	scenario("fifty sign-ins of two accounts at once", async (app, ada, grace) => {
		const { atlassian } = app;
		const accounts = [ada, grace] as const;
		const users = [(await new Browser(app).signIn(ada)).user, (await new Browser(app).signIn(grace)).user] as const;
		assert.notEqual(users[0].userId, users[1].userId);
		const before = await rowsOf(app);

		const sessions = await Promise.all(
			Array.from({ length: 50 }, async (_, index) => {
				const which = index % 2 === 0 ? 0 : 1;
				// Responses overtake each other, by up to a quarter of a second.
				atlassian.fault("token", { delay: (index * 37) % 250 });
				atlassian.fault("me", { delay: (index * 101) % 250 });
				const browser = new Browser(app);
				const signedIn = await browser.signIn(accounts[which]);
				assert.equal(signedIn.outcome, "existing");
				assert.equal(signedIn.atlassianUser.account_id, accounts[which]);
				assert.deepEqual(signedIn.user, users[which]);
				assert.deepEqual(await browser.user(), users[which]);
				return [browser.cookie("auth_session"), users[which].userId];
			}),
		);

		const after = await rowsOf(app);
		assert.deepEqual({ ...after, session: after.session.slice(0, 2) }, before);
		assert.deepEqual(
			new Map(after.session.slice(2).map(({ id, user_id }) => [id, user_id])),
			new Map(sessions as [string, string][]),
		);
		assert.equal(after.session.length, 52);
		const count = (request: string) => requestsOf(atlassian.log).filter((logged) => logged === request).length;
		assert.deepEqual([...AUTHORIZE, ...EXCHANGE].map(count), [52, 52, 52, 52]);
		assert.equal(atlassian.log.length, 4 * 52);
	});
}
