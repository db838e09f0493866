// The README's first examples as they stand, each with real Lucia and against the stand-in: `worker.ts` in workerd with
// D1, `server.ts` in Node with SQLite, and `routes.ts` in both. This file writes only the app's own `lucia.ts`.

import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { Server } from "node:net";
import { relative } from "node:path";
import { after, afterEach, suite, test } from "node:test";
import { fileURLToPath, pathToFileURL } from "node:url";

import Database from "better-sqlite3";

import { Browser } from "../../www/browser.ts";
import { startWorker } from "../../www/dev.ts";
import { tables } from "../../www/lucia.ts";
import { type Atlassian, defaultClient, startAtlassian } from "../atlassian/server.ts";
import { examples, root } from "../documents/text.ts";

// Below the root, where the packages are found.
mkdirSync(`${root}target`, { recursive: true });
const folder = mkdtempSync(`${root}target/readme-`);
const at = (path: string) => new URL(`../../${relative(root, folder)}/${path}`, import.meta.url);
for (const [name, text] of examples("README.md")) writeFileSync(at(name), text);

type Row = Record<string, unknown>;
interface App {
	origin: string;
	standIn: Atlassian;
	rows: (tables: string[]) => Promise<Row[][]>;
	/** Where Atlassian sends the browser, which the stand-in has registered. */
	redirectUri: string;
}

const closing: (() => unknown)[] = [];
afterEach(async () => {
	for (const close of closing.splice(0).reverse()) await close();
});
after(() => rmSync(folder, { recursive: true }));

/** Starts the example `worker.ts`, for which Atlassian is the stand-in. */
async function startWorkerExample(): Promise<App> {
	writeFileSync(
		at("lucia.ts"),
		`import { d1 } from "@lucia-auth/adapter-sqlite";
		import { lucia } from "lucia";
		export const initializeLucia = (database) => lucia({ adapter: d1(database, ${JSON.stringify(tables)}), env: "PROD", getUserAttributes: ({ name }) => ({ name }) });`,
	);
	writeFileSync(
		at("main.ts"),
		`import { defaultClient, routeTo } from "../../www/stand-in.ts";
		import worker from "./worker.ts";
		const { fetch } = globalThis;
		export default {
			fetch(request, { DB, STAND_IN }) {
				globalThis.fetch = fetch;
				globalThis.fetch = routeTo(STAND_IN);
				return worker.fetch(request, { DB, ATLASSIAN_CLIENT_ID: defaultClient.id, ATLASSIAN_CLIENT_SECRET: defaultClient.secret });
			}
		};`,
	);
	const state = mkdtempSync(`${folder}/state-`);
	const { origin, standIn, rows, close } = await startWorker({ folder: state, port: 0, env: {}, atlassian: {}, script: relative(`${root}www`, fileURLToPath(at("main.ts"))) });
	closing.push(close);
	assert.ok(standIn);
	return { origin, standIn, rows, redirectUri: "https://app.example/login/atlassian/callback" };
}

/** Imports the example `server.ts`, which listens on another port than its own, and whose Atlassian is the stand-in. */
async function startServerExample(): Promise<App> {
	const database = new Database(":memory:");
	database.exec(readFileSync(new URL("../../www/migrations/0001_lucia.sql", import.meta.url), "utf8"));
	Object.assign(globalThis, { database });
	writeFileSync(
		at("lucia.ts"),
		`import { betterSqlite3 } from "@lucia-auth/adapter-sqlite";
		import { lucia } from "lucia";
		export const auth = lucia({ adapter: betterSqlite3(globalThis.database, ${JSON.stringify(tables)}), env: "DEV", getUserAttributes: ({ name }) => ({ name }) });`,
	);
	const standIn = await startAtlassian();
	closing.push(() => standIn.close());
	const { fetch } = globalThis;
	globalThis.fetch = (async (...request: Parameters<typeof fetch>) => {
		const { hostname } = new URL(request[0] instanceof Request ? request[0].url : request[0]);
		return hostname === "127.0.0.1" ? fetch(...request) : standIn.route(new Request(...request));
	}) as typeof fetch;
	closing.push(() => (globalThis.fetch = fetch));
	Object.assign(process.env, { ATLASSIAN_CLIENT_ID: defaultClient.id, ATLASSIAN_CLIENT_SECRET: defaultClient.secret });
	const { listen } = Server.prototype;
	const port = await new Promise<number>((resolve, reject) => {
		Server.prototype.listen = function (this: Server, ...args: unknown[]) {
			Server.prototype.listen = listen;
			assert.equal(args[0], 3000);
			closing.push(() => this.close());
			return Reflect.apply(listen, this, [0, "127.0.0.1", () => resolve((this.address() as { port: number }).port)]);
		} as typeof listen;
		import(pathToFileURL(`${folder}/server.ts`).href).catch(reject);
	});
	const rows = async (names: string[]) => names.map((name) => database.prepare<[], Row>(`SELECT * FROM ${name}`).all());
	return { origin: `http://127.0.0.1:${port}`, standIn, rows, redirectUri: "http://localhost:3000/login/atlassian/callback" };
}

suite("the README's first examples", () => {
	for (const [name, start] of [["worker.ts in workerd, with D1", startWorkerExample], ["server.ts in Node, with SQLite", startServerExample]] as const) {
		test(`${name}: two sign-ins of one user, and callbacks of another browser or without consent`, async () => {
			const { origin, standIn, rows, redirectUri } = await start();
			standIn.clients[0]?.redirectUris.push(redirectUri);
			/** Signs in up to the redirect back to the app, whose address is the app's own here. */
			const consent = async (browser: Browser) => {
				const { status, location, headers } = await browser.get(`${origin}/login/atlassian`);
				assert.equal(status, 302);
				assert.match(headers.get("Set-Cookie") ?? "", /^atlassian_state=[\w-]{43}; HttpOnly; Secure; SameSite=Lax; Path=\/; Max-Age=600$/);
				const { href } = await standIn.consent(location ?? assert.fail("no redirect"));
				assert.ok(href.startsWith(redirectUri));
				return href.replace(new URL(redirectUri).origin, origin);
			};

			const browser = new Browser();
			const callback = await consent(browser);
			assert.equal((await new Browser().get(callback)).status, 400);
			assert.equal((await browser.get(`${callback.split("?")[0]}?error=access_denied&state=${browser.cookies.get("atlassian_state")}`)).status, 400);
			assert.equal(standIn.counts.token, 0);

			for (const href of [callback, await consent(browser)]) {
				// A callback uses the state of the latest start.
				browser.cookies.set("atlassian_state", new URL(href).searchParams.get("state") ?? "");
				const { status, location, text } = await browser.get(href);
				assert.deepEqual([status, location?.pathname], [302, "/"], text);
				assert.equal(browser.cookies.has("atlassian_state"), false);
			}
			const [users = [], keys = [], sessions = []] = await rows([tables.user, tables.key, tables.session]);
			assert.deepEqual(users.map(({ name }) => name), ["Ada Byrne"]);
			assert.deepEqual(keys.map(({ id, user_id }) => [id, user_id]), [[`atlassian:${standIn.accounts[0]?.user.account_id}`, users[0]?.["id"]]]);
			assert.equal(sessions.length, 2);
			assert.ok(sessions.some(({ id, user_id }) => id === browser.cookies.get("auth_session") && user_id === users[0]?.["id"]));
			assert.equal((await browser.get(origin)).text, "Your app");
		});
	}
});
