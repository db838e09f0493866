// Leaving Lucia without losing a user: the steps of www/leaving-lucia.md on one database, with SQLite in Node and with
// D1 in workerd. Looked at are the rows, the cookies and the page that a visitor sees.

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, beforeEach, suite, test } from "node:test";

import { betterSqlite3 } from "@lucia-auth/adapter-sqlite";
import Database from "better-sqlite3";

import { startWorker } from "../../www/dev.ts";
import { createAuth, tables } from "../../www/lucia.ts";
import { CALLBACK_PATH } from "../../www/provider.ts";
import { queryOf } from "../../www/server.ts";
import { type Exchange, ownSessions, type Query, sessionsOfLucia } from "../../www/sessions.ts";
import { type Atlassian, startAtlassian } from "../atlassian/server.ts";
import { find, read as readDocument } from "../documents/text.ts";
import { STEP_HEADER, type Step, handle, steps } from "./leaving.ts";

type Running = { origin: string; standIn: Atlassian; filename: string; send: (request: Request) => Response | Promise<Response> };

const DAY = 24 * 60 * 60 * 1000;
const folder = mkdtempSync(join(tmpdir(), "lucia-atlassian-leaving-"));
process.once("exit", () => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }));

function migrations(): URL[] {
	const folder = new URL("../../www/migrations/", import.meta.url);
	return readdirSync(folder).sort().map((name) => new URL(name, folder));
}

const runtimes: Record<string, (closing: (() => unknown)[]) => Promise<Running>> = {
	async "Node, SQLite"(closing) {
		const standIn = await startAtlassian();
		closing.push(() => standIn.close());
		const filename = join(folder, "app.db");
		const database = new Database(filename);
		closing.push(() => database.close());
		database.pragma("foreign_keys = ON");
		for (const name of migrations()) database.exec(readFileSync(name, "utf8"));
		const origin = "https://app.example";
		standIn.clients[0]?.redirectUris.push(origin + CALLBACK_PATH);
		const auth = createAuth(betterSqlite3(database, tables), origin);
		const env = { STAND_IN: standIn.origin };
		return { origin, standIn, filename, send: (request) => handle(request, auth, queryOf(database), env) };
	},
	async "workerd, D1"(closing) {
		const worker = await startWorker({ folder: join(folder, "worker"), port: 0, env: {}, atlassian: {}, script: "../tests/signin/leaving-worker.ts" });
		closing.push(() => worker.close());
		const { origin, standIn, filename } = worker;
		assert.ok(standIn);
		return { origin, standIn, filename, send: (request) => fetch(request, { redirect: "manual" }) };
	}
};

const page = readDocument("www/leaving-lucia.md");

test("the page shows what is run here", () => {
	const run = readFileSync(new URL("./leaving.ts", import.meta.url), "utf8");
	const shown = [...page.matchAll(/const sessions = (.*);/g)].map(([, expression = ""]) => expression);
	assert.equal(shown.length, steps.length - 1);
	for (const expression of shown) assert.ok(run.includes(`sessions: ${expression}, provider: client`), expression);
});

test("of two first sign-ins that have both found nobody, one makes the user and the other takes it", async () => {
	const database = new Database(":memory:");
	database.pragma("foreign_keys = ON");
	for (const name of migrations()) database.exec(readFileSync(name, "utf8"));
	const query = queryOf(database);
	let waiting = 0;
	let release = () => {};
	const both = new Promise<void>((resolve) => (release = resolve));
	const { begin } = ownSessions(async (sql, ...values) => {
		const row = await query(sql, ...values);
		if (sql.startsWith("SELECT user_id FROM user_key") && waiting < 2) {
			if (++waiting === 2) release();
			await both;
		}
		return row;
	}, "https://app.example");
	const signIn = { atlassianUser: { account_id: "712020:ada" }, atlassianTokens: {} } as Parameters<typeof begin>[1];
	const profile = { name: "Ada", email: null, picture: null };
	const access = { scope: null, token_expires: null, sites: null };
	const exchange = { request: new Request("https://app.example"), setCookie() {} };
	await Promise.all([1, 2].map(() => begin(exchange, signIn, profile, access)));
	const count = (table: string) => database.prepare<[], { n: number }>(`SELECT count(*) AS n FROM ${table}`).get()?.n;
	assert.deepEqual(["user", "user_key", "session"].map(count), [1, 1, 2]);
	database.close();
});

test("a first sign-in that fails at any of its statements leaves no user without a key, and works when tried again", async () => {
	const failures: number[] = [];
	for (let failing = 0; failures.length === failing; failing++) {
		const database = new Database(":memory:");
		database.pragma("foreign_keys = ON");
		for (const name of migrations()) database.exec(readFileSync(name, "utf8"));
		const run = queryOf(database);
		let statements = 0;
		const { begin } = ownSessions(async (sql, ...values) => {
			if (statements++ === failing) throw new Error("the database is away");
			return run(sql, ...values);
		}, "https://app.example");
		const signIn = { atlassianUser: { account_id: "712020:ada" }, atlassianTokens: {} } as Parameters<typeof begin>[1];
		const profile = { name: "Ada", email: null, picture: null };
		const access = { scope: null, token_expires: null, sites: null };
		const exchange = { request: new Request("https://app.example"), setCookie() {} };
		const count = (table: string) => database.prepare<[], { n: number }>(`SELECT count(*) AS n FROM ${table}`).get()?.n;
		const hasFailed = await begin(exchange, signIn, profile, access).then(
			() => false,
			() => true
		);
		if (hasFailed) {
			failures.push(failing);
			assert.equal(count("user"), count("user_key"), `statement ${failing}`);
			await begin(exchange, signIn, profile, access);
		}
		assert.deepEqual(["user", "user_key", "session"].map(count), [1, 1, 1], `statement ${failing}`);
		database.close();
	}
	assert.ok(failures.length >= 5, `${failures.length} statements`);
});

test("no statement reads a whole table", async () => {
	const database = new Database(":memory:");
	for (const name of migrations()) database.exec(readFileSync(name, "utf8"));
	const run = queryOf(database);
	const statements = new Map<string, unknown[]>();
	const query: Query = (sql, ...values) => {
		statements.set(sql, values);
		return run(sql, ...values);
	};
	const origin = "https://app.example";
	const sessions = ownSessions(query, origin, sessionsOfLucia(query, origin));
	const signIn = { atlassianUser: { account_id: "712020:ada" }, atlassianTokens: {} } as Parameters<typeof sessions.begin>[1];
	const cookies = new Map([["auth_session", "of-lucia"]]);
	const exchange = (): Exchange => ({
		request: new Request(origin, { headers: { Cookie: [...cookies].map((pair) => pair.join("=")).join("; ") } }),
		setCookie(cookie) {
			const [, name = "", value = ""] = /^([^=]*)=([^;]*)/.exec(cookie) ?? [];
			cookies.set(name, value);
		}
	});
	assert.equal(await sessions.read(exchange()), null);
	await sessions.begin(exchange(), signIn, { name: null, email: null, picture: null }, { scope: null, token_expires: null, sites: null });
	database.exec(`UPDATE session SET expires = ${Date.now() + DAY}`);
	assert.ok(await sessions.read(exchange()));
	await sessions.end(exchange());
	for (const table of ["session", "user_session", "user_key", "user"]) assert.match([...statements.keys()].join(), new RegExp(`\\b${table}\\b`));
	for (const [sql, values] of statements) {
		const plan = database.prepare<unknown[], { detail: string }>(`EXPLAIN QUERY PLAN ${sql}`).all(...values);
		assert.ok(!plan.some(({ detail }) => detail.startsWith("SCAN")), `${sql}: ${JSON.stringify(plan)}`);
	}
	database.close();
});

test("Lucia is in the files that the page says", () => {
	const [, server = ""] = find(page, /^- `worker\.ts`(.*)\n- `server\.ts`(.*)$/m, "list of `worker.ts` and `server.ts` in leaving-lucia.md");
	const www = new URL("../../www/", import.meta.url);
	const read = (name: string) => readFileSync(new URL(name, www), "utf8");
	const imported = (name: string) => [...read(name).matchAll(/^import .* from "(.*)";$/gm)].map(([, from = ""]) => from);
	const isOfLucia = (from: string) => ["lucia", "@lucia-auth/adapter-sqlite", "lucia-atlassian/providers", "./lucia.ts"].includes(from);
	// What the Worker or the server needs, followed from where each begins.
	const reached = (name: string, found = new Set<string>()) => {
		if (!found.has(name)) found.add(name) && imported(name).filter((from) => from.startsWith("./")).forEach((from) => reached(from.slice(2), found));
		return found;
	};
	assert.deepEqual([...reached("worker-without-lucia.ts")].filter((name) => imported(name).some(isOfLucia)), []);
	assert.deepEqual([...reached("server.ts")].filter((name) => imported(name).some(isOfLucia)).sort(), ["lucia.ts", "server.ts"]);
	for (const from of imported("server.ts").filter(isOfLucia)) assert.ok(server.includes(`\`${from}\``), from);
});

for (const [name, start] of Object.entries(runtimes)) {
	suite(`leaving Lucia: ${name}`, () => {
		const closing: (() => unknown)[] = [];
		let running: Running;

		before(async () => {
			running = await start(closing);
		});
		after(async () => {
			for (const close of closing.reverse()) await close();
		});
		beforeEach(() => write(["session", "user_session", "user_key", "user"].map((table) => `DELETE FROM ${table}`).join(";")));

		/** Each with a connection of its own: the app has the same file open. */
		function withDatabase<T>(work: (database: Database.Database) => T): T {
			const database = new Database(running.filename);
			try {
				return work(database);
			} finally {
				database.close();
			}
		}
		const write = (sql: string) => withDatabase((database) => database.exec(sql));
		const rows = (table: string) => withDatabase((database) => database.prepare<[], Record<string, any>>(`SELECT * FROM ${table} ORDER BY rowid`).all());
		const counts = () => ["user", "user_key", "user_session", "session"].map((table) => rows(table).length);

		class Visitor {
			readonly cookies = new Map<string, string>();
			/** Of the last response. */
			setCookies: string[] = [];

			async visit(step: Step, url: string | URL, init: RequestInit = {}): Promise<Response> {
				const headers = new Headers(init.headers);
				headers.set(STEP_HEADER, step);
				headers.set("Cookie", [...this.cookies].map(([name, value]) => `${name}=${value}`).join("; "));
				const response = await running.send(new Request(new URL(url, running.origin), { redirect: "manual", ...init, headers }));
				this.setCookies = response.headers.getSetCookie();
				for (const cookie of this.setCookies) {
					const [, name = "", value = ""] = /^([^=]*)=([^;]*)/.exec(cookie) ?? [];
					if (value) this.cookies.set(name, value);
					else this.cookies.delete(name);
				}
				return response;
			}

			async callback(step: Step, account?: string): Promise<URL> {
				const { headers } = await this.visit(step, "/login/atlassian");
				return running.standIn.consent(headers.get("Location") ?? "", account === undefined ? {} : { account });
			}

			async signIn(step: Step, account?: string): Promise<this> {
				const response = await this.visit(step, await this.callback(step, account));
				assert.equal(response.status, 302, await response.text());
				return this;
			}

			/** Whom the page at `/` greets. */
			async isSignedIn(step: Step, name = "Ada Byrne"): Promise<boolean> {
				const text = await (await this.visit(step, "/")).text();
				const isSignedIn = text.includes(name) && text.includes("Signed in as");
				assert.equal(isSignedIn, !text.includes("Sign in with Atlassian"), text);
				return isSignedIn;
			}

			signOut(step: Step): Promise<Response> {
				return this.visit(step, "/logout", { method: "POST", headers: { Origin: running.origin } });
			}
		}

		test("one person is the same user, with the same key, at every step", async () => {
			for (const step of steps) assert.ok(await (await new Visitor().signIn(step)).isSignedIn(step), step);
			const [user] = rows("user");
			const account = running.standIn.accounts[0]?.user;
			assert.deepEqual(counts(), [1, 1, 1, 3]);
			assert.deepEqual(rows("user_key"), [{ id: `atlassian:${account?.account_id}`, user_id: user?.["id"], hashed_password: null }]);
			assert.deepEqual([user?.["name"], user?.["email"]], [account?.name, account?.email]);
		});

		test("a user who first came without Lucia is known with it, so that a step can be taken back", async () => {
			const visitor = await new Visitor().signIn("without Lucia");
			const [user] = rows("user");
			await visitor.signIn("with Lucia");
			assert.ok(await visitor.isSignedIn("with Lucia"));
			assert.deepEqual(rows("user"), [user]);
			assert.equal(rows("user_key").length, 1);
		});

		test("a session that Lucia began goes on beside Lucia and without it, until it expires", async () => {
			const visitor = await new Visitor().signIn("with Lucia");
			for (const step of ["beside Lucia", "without Lucia"] as const) {
				assert.ok(await visitor.isSignedIn(step), step);
				assert.deepEqual(visitor.setCookies, []);
			}
			const shown = await (await visitor.visit("without Lucia", "/")).text();
			assert.ok(shown.includes("northwind-looms") && shown.includes(running.standIn.accounts[0]!.user.account_id));
			assert.equal(await visitor.isSignedIn("after Lucia"), false);
			// Idle: Lucia would renew it, and does beside the app's own sessions.
			write(`UPDATE user_session SET active_expires = ${Date.now() - 1}`);
			assert.ok(await visitor.isSignedIn("without Lucia"));
			assert.ok(rows("user_session")[0]?.["active_expires"] < Date.now());
			assert.ok(await visitor.isSignedIn("beside Lucia"));
			assert.ok(rows("user_session")[0]?.["active_expires"] > Date.now());
			write(`UPDATE user_session SET active_expires = 1, idle_expires = ${Date.now() - 1}`);
			assert.equal(await visitor.isSignedIn("without Lucia"), false);
		});

		test("a session that the app began beside Lucia goes on at all later steps", async () => {
			const visitor = await new Visitor().signIn("beside Lucia");
			assert.equal(visitor.cookies.has("auth_session"), false);
			for (const step of steps.slice(1)) assert.ok(await visitor.isSignedIn(step), step);
		});

		// With Lucia alone, the check is Lucia's.
		for (const step of steps.slice(1)) {
			test(`${step}, a request that another origin may have sent has no session, whoever began it`, async () => {
				for (const begun of ["with Lucia", step] as const) {
					const visitor = await new Visitor().signIn(begun);
					const has = async (method: string, origin?: string) => {
						const headers: HeadersInit = origin === undefined ? {} : { Origin: origin };
						return (await visitor.visit(step, "/session", { method, headers })).json();
					};
					const isKnown = step !== "after Lucia" || begun === step;
					for (const method of ["POST", "PUT", "PATCH", "DELETE"]) {
						assert.equal(await has(method, running.origin), isKnown, method);
						for (const origin of [undefined, "null", "https://elsewhere.example", `${running.origin}.elsewhere.example`]) {
							assert.equal(await has(method, origin), false, `${method} from ${origin}`);
						}
					}
					assert.equal(await has("GET", "https://elsewhere.example"), isKnown);
					const before = counts();
					await visitor.visit(step, "/session/end", { method: "POST", headers: { Origin: "https://elsewhere.example" } });
					assert.deepEqual(counts(), before);
				}
			});
		}

		test("Lucia deletes a user who has sessions of the app's own", async () => {
			const [ada, grace] = running.standIn.accounts.map(({ user }) => user.account_id);
			const visitor = await new Visitor().signIn("beside Lucia", ada);
			await new Visitor().signIn("beside Lucia", grace);
			const database = new Database(running.filename);
			try {
				const auth = createAuth(betterSqlite3(database, tables), running.origin);
				const { userId } = await auth.getKey("atlassian", ada ?? "");
				await auth.deleteUser(userId);
			} finally {
				database.close();
			}
			assert.equal(await visitor.isSignedIn("beside Lucia"), false);
			assert.deepEqual(counts(), [1, 1, 0, 1]);
		});

		test("the page's statement ends the sessions of one user", async () => {
			const [statement = ""] = find(page, /(DELETE FROM session WHERE user_id = \?)/, "DELETE statement in leaving-lucia.md");
			const [ada, grace] = running.standIn.accounts.map(({ user }) => user.account_id);
			const visitor = await new Visitor().signIn("beside Lucia", ada);
			const other = await new Visitor().signIn("beside Lucia", grace);
			const key = rows("user_key").find(({ id }) => id === `atlassian:${ada}`);
			withDatabase((database) => database.prepare(statement).run(key?.["user_id"]));
			assert.equal(await visitor.isSignedIn("beside Lucia"), false);
			assert.deepEqual(counts(), [2, 2, 0, 1]);
			assert.ok((await (await other.visit("beside Lucia", "/")).text()).includes("Signed in as"));
		});

		test("the database holds the hash of the token and not the token", async () => {
			const visitor = await new Visitor().signIn("without Lucia");
			const cookie = visitor.setCookies.find((cookie) => cookie.startsWith("session=")) ?? "";
			const secure = running.origin.startsWith("https:") ? "; Secure" : "";
			assert.match(cookie, new RegExp(`^session=[0-9a-f]{64}; Path=/; Max-Age=2592000; HttpOnly${secure}; SameSite=Lax$`));
			const token = visitor.cookies.get("session") ?? "";
			const [session] = rows("session");
			assert.equal(session?.["hash"], createHash("sha256").update(token).digest("hex"));
			assert.ok(!JSON.stringify(["user", "user_key", "user_session", "session"].map(rows)).includes(token));
			// What is in the database opens nothing.
			for (const stolen of [session?.["hash"], session?.["user_id"], token.slice(1), `${token}0`, "%"]) {
				const thief = new Visitor();
				thief.cookies.set("session", stolen);
				thief.cookies.set("auth_session", stolen);
				assert.equal(await thief.isSignedIn("without Lucia"), false);
			}
		});

		test("a session slides: at half of its life it is renewed, before that it is left alone, after its end it is gone", async () => {
			const visitor = await new Visitor().signIn("without Lucia");
			const expires = () => rows("session")[0]?.["expires"];
			const first = expires();
			assert.ok(Math.abs(first - Date.now() - 30 * DAY) < 60_000);
			assert.ok(await visitor.isSignedIn("without Lucia"));
			assert.deepEqual([visitor.setCookies, expires()], [[], first]);
			write(`UPDATE session SET expires = ${Date.now() + 15 * DAY - 1000}`);
			assert.ok(await visitor.isSignedIn("without Lucia"));
			assert.match(visitor.setCookies.join(), /^session=[0-9a-f]{64};.*Max-Age=2592000/);
			assert.ok(expires() >= first);
			write(`UPDATE session SET expires = ${Date.now() - 1}`);
			assert.equal(await visitor.isSignedIn("without Lucia"), false);
			// The next sign-in sweeps up.
			await new Visitor().signIn("without Lucia");
			assert.deepEqual(counts(), [1, 1, 0, 1]);
		});

		for (const step of ["beside Lucia", "without Lucia"] as const) {
			test(`${step}, a sign-in takes the place of the session that Lucia began, and signing out ends either`, async () => {
				const visitor = await new Visitor().signIn("with Lucia");
				await visitor.signIn(step);
				assert.deepEqual(counts(), [1, 1, 0, 1]);
				assert.deepEqual([...visitor.cookies.keys()], ["session"]);
				const token = visitor.cookies.get("session") ?? "";
				assert.equal((await visitor.signOut(step)).status, 303);
				assert.deepEqual([counts(), [...visitor.cookies.keys()]], [[1, 1, 0, 0], []]);
				visitor.cookies.set("session", token);
				assert.equal(await visitor.isSignedIn(step), false);

				const other = await new Visitor().signIn("with Lucia");
				assert.equal((await other.signOut(step)).status, 303);
				assert.deepEqual([counts(), [...other.cookies.keys()]], [[1, 1, 0, 0], []]);
			});
		}

		test("eight first sign-ins of one account at once make one user, and each gets a session", async () => {
			const visitors = Array.from({ length: 8 }, () => new Visitor());
			const callbacks = await Promise.all(visitors.map((visitor) => visitor.callback("without Lucia")));
			const responses = await Promise.all(visitors.map((visitor, index) => visitor.visit("without Lucia", callbacks[index]!)));
			assert.deepEqual(responses.map(({ status }) => status), Array(8).fill(302));
			assert.deepEqual(counts(), [1, 1, 0, 8]);
			for (const visitor of visitors) assert.ok(await visitor.isSignedIn("without Lucia"));
		});

		test("two people are two users, and a profile that is hidden is taken as such", async () => {
			const [ada, grace] = running.standIn.accounts.map(({ user }) => user);
			assert.ok(ada && grace);
			await new Visitor().signIn("without Lucia", ada.account_id);
			await new Visitor().signIn("without Lucia", grace.account_id);
			assert.deepEqual(rows("user_key").map(({ id }) => id), [`atlassian:${ada.account_id}`, `atlassian:${grace.account_id}`]);
			running.standIn.fault("me", { status: 200, body: { account_id: ada.account_id } });
			await new Visitor().signIn("without Lucia", ada.account_id);
			assert.deepEqual(rows("user").map(({ name, email }) => [name, email]), [[null, null], [grace.name, grace.email]]);
		});
	});
}
