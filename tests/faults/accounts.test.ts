// Account ids of every shape, and whom Lucia takes their owners for: with real Lucia on SQLite, and beside the
// published package where the two have to agree.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { afterEach, beforeEach, suite, test } from "node:test";
import { inspect } from "node:util";

import { betterSqlite3 } from "@lucia-auth/adapter-sqlite";
import Database from "better-sqlite3";

import { createAuth, tables } from "../../www/lucia.ts";
import { ours } from "../parity/ours.ts";
import { published } from "../parity/published.ts";

const configs = { clientId: "id", clientSecret: "secret", redirectUri: "http://localhost/callback" };
const tokens = { access_token: "access", expires_in: 3600, refresh_token: "refresh" };

const { fetch } = globalThis;
afterEach(() => {
	globalThis.fetch = fetch;
});

/** Signs in as whom `user`, the response of `/me`, says. */
function signIn({ atlassian }: typeof ours, auth: unknown, user: unknown) {
	const me = typeof user === "string" ? new Response(user) : { ok: true, json: async () => user };
	globalThis.fetch = (async (request: Request) => (request.url.endsWith("/me") ? me : Response.json(tokens))) as never;
	return (atlassian as any)(auth, configs).validateCallback("code");
}

const named = (value: unknown) => inspect(value).slice(0, 40);

suite("account ids of every shape", () => {
	const noId: unknown[] = [
		...[undefined, null, true, false, 0, -0, 1, NaN, Infinity, 10n, Symbol("a"), ""],
		...[[], ["a"], ["a", "b"], {}, { toString: () => "a" }, { valueOf: () => "a" }, { toJSON: () => "a" }, { length: 1, 0: "a" }],
		...[new String("a"), new String(""), Object.create(null), () => "a", new Date(0), new Proxy({}, {}), /a/],
		Object.assign(Object.create(String.prototype), { toString: () => "a" }),
	];
	for (const id of noId) {
		test(`${named(id)} is none: it rejects before Lucia is asked`, async () => {
			const calls: PropertyKey[] = [];
			const auth = new Proxy({}, { get: (_, name) => void calls.push(name) });
			await assert.rejects(signIn(ours, auth, { name: "Ada", account_id: id }), { code: "INVALID_USER_RESPONSE", action: "retry" });
			assert.deepEqual(calls, []);
		});
	}

	const ids = [
		...[" ", "\t\r\n", "a ", " a", "\u00a0", "\ufeff", "\u200b", "\0", "a\0b", "a\0c", "\ud800", "\udfff", "a\udc00\ud800b"],
		...["__proto__", "constructor", "toString", "hasOwnProperty", "null", "undefined", "0", "false", "NaN", "[object Object]"],
		...["a:b", ":", "::", "a:", ":a", "atlassian", "atlassian:x", "712020:5f0c1f2e-8a4b", "%3A", "é", "e\u0301", "ſ", "\u{1f600}"],
		...["'; DROP TABLE user; --", "../..", "a".repeat(1_000_000), "\u{1f600}".repeat(10_000)],
	];
	for (const id of ids) {
		for (const [how, make] of [
			["a response", () => JSON.stringify({ account_id: id })],
			["an app's object", () => ({ account_id: id })],
		] as const) {
			test(`${named(id)}, in ${how}, reaches Lucia letter for letter`, async () => {
				const seen: unknown[] = [];
				const auth = {
					useKey: async (...args: unknown[]) => (seen.push(args), { userId: "user" }),
					getUser: async (userId: string) => ({ userId }),
					createKey: async (key: { providerUserId: string }) => seen.push(key.providerUserId),
					createUser: async ({ key }: { key: { providerUserId: string } }) => seen.push(key.providerUserId),
				};
				const { providerUserId, atlassianUser, getExistingUser, createKey, createUser } = await signIn(ours, auth, make());
				await getExistingUser();
				await createKey("user");
				await createUser({ attributes: {} });
				assert.ok(providerUserId === id && atlassianUser.account_id === id);
				assert.ok(JSON.stringify(seen) === JSON.stringify([["atlassian", id, null], id, id]));
			});
		}
	}

	test("an id that changes when it is read again is the one that was checked", async () => {
		let reads = 0;
		const user = {
			get account_id() {
				return ["first", "second", "third"][reads++];
			},
		};
		const keys: unknown[] = [];
		const auth = { useKey: async (_: string, id: string) => (keys.push(id), { userId: "user" }), getUser: async () => ({}) };
		const { providerUserId, getExistingUser } = await signIn(ours, auth, user);
		await getExistingUser();
		assert.deepEqual([providerUserId, ...keys], ["first", "first"]);
	});
});

suite("whom Lucia takes them for", () => {
	let database: InstanceType<typeof Database>;
	let auth: ReturnType<typeof createAuth>;
	beforeEach(() => {
		database = new Database(":memory:");
		database.pragma("foreign_keys = ON");
		database.exec(readFileSync(new URL("../../www/migrations/0001_lucia.sql", import.meta.url), "utf8"));
		auth = createAuth(betterSqlite3(database, tables), "http://localhost");
	});
	afterEach(() => database.close());

	const create = async (id: string) => {
		const { createUser } = await signIn(ours, auth, { account_id: id });
		return (await createUser({ attributes: { name: id, email: null, picture: null } })).userId;
	};

	test("ids that look alike are different people", async () => {
		const ids = ["a", "A", "a:b", "b", "a:", ":a", ":", "::", "atlassian:a", "atlassian", "a ", " a", "__proto__", "null", "é", "e\u0301", "\0", "a\0b", "%", "_"];
		const users = new Map<string, string>();
		for (const id of ids) {
			assert.equal(await (await signIn(ours, auth, { account_id: id })).getExistingUser(), null, named(id));
			users.set(id, await create(id));
		}
		assert.equal(new Set(users.values()).size, ids.length);
		for (const id of ids) {
			assert.equal((await (await signIn(ours, auth, { account_id: id })).getExistingUser()).userId, users.get(id), named(id));
		}
	});

	test("a colon in an id does not make it that of another provider", async () => {
		const ada = await create("a:b");
		const lucia = (providerId: string, id: string) => ours.providerUserAuth(auth, providerId, id);
		for (const [providerId, id] of [["a", "b"], ["github", "atlassian:a:b"], ["", "atlassian:a:b"], ["atlassian", "b"], ["atlassian", "a"]] as const) {
			assert.equal(await lucia(providerId, id).getExistingUser(), null, `${providerId} ${id}`);
		}
		// The only pair that would be written alike, and Lucia refuses it.
		await assert.rejects(async () => lucia("atlassian:a", "b").getExistingUser(), TypeError);
		await assert.rejects(async () => lucia("atlassian:a", "b").createKey(ada), TypeError);
		assert.equal((await lucia("atlassian", "a:b").getExistingUser()).userId, ada);
	});

	const implementations = Object.entries({ ours, published });

	for (const [name, implementation] of implementations) {
		test(`a user who is deleted between useKey and getUser is nobody else (${name})`, async () => {
			const [ada, bob] = [await create("ada"), await create("bob")];
			const { useKey } = auth;
			auth.useKey = (async (...args: Parameters<typeof useKey>) => {
				const key = await useKey(...args);
				await auth.deleteUser(key.userId);
				return key;
			}) as never;
			const { getExistingUser } = await signIn(implementation, auth, { account_id: "ada" });
			await assert.rejects(getExistingUser(), { name: "Error", message: "AUTH_INVALID_USER_ID" });
			auth.useKey = useKey;
			// The key is gone with the user: the next sign-in is a first one.
			assert.equal(await getExistingUser(), null);
			const again = await create("ada");
			assert.ok(again !== ada && again !== bob);
			assert.equal((await getExistingUser()).userId, again);
		});

		test(`a key whose user is gone signs nobody in (${name})`, async () => {
			const ada = await create("ada");
			database.pragma("foreign_keys = OFF");
			database.prepare("DELETE FROM user WHERE id = ?").run(ada);
			const { getExistingUser, createUser } = await signIn(implementation, auth, { account_id: "ada" });
			await assert.rejects(getExistingUser(), { message: "AUTH_INVALID_USER_ID" });
			const options = { attributes: { name: null, email: null, picture: null } };
			await assert.rejects(createUser(options), { message: "AUTH_DUPLICATE_KEY_ID" });
		});
	}
});
