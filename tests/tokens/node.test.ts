// The scenarios in Node, with SQLite; and two copies of the package in one process.

import assert from "node:assert/strict";
import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, afterEach, before, beforeEach, mock, suite, test } from "node:test";
import { fileURLToPath, pathToFileURL } from "node:url";
import { inspect } from "node:util";

import Database from "better-sqlite3";
import { atlassian, isReauthorizationRequired } from "lucia-atlassian";
import { d1Store, kvStore, memoryStore, schema, sqliteStore } from "lucia-atlassian/stores";

import { type StandIn, declareScenarios, startStandIn } from "./harness.ts";
import { Replicated, runScenario } from "./world.ts";

suite("tokens in Node", () => {
	let standIn: StandIn;
	before(async () => {
		standIn = await startStandIn();
	});
	after(() => standIn.close());

	declareScenarios(() => standIn, ["memory", "sqlite"], async (scenario, store) => {
		const memory = memoryStore();
		const database = new Database(":memory:");
		database.exec(schema);
		const replicated = new Replicated({
			prepare: (sql) => ({ bind: (...values) => ({ first: async () => (database.prepare(sql).get(...values) ?? null) as never }) }),
		});
		try {
			return await runScenario(scenario, standIn.addresses, {
				store: (user = "user") => (store === "sqlite" ? sqliteStore(database, user) : memory),
				sql: async (statement) => void database.prepare(statement).run("user"),
				behind: (read) => d1Store(replicated.session(read), "user"),
				inspect: (value) => inspect(value, { depth: 10, showHidden: true }),
			});
		} finally {
			database.close();
		}
	});

	test("isReauthorizationRequired works for errors of another copy of the package", async () => {
		const folder = mkdtempSync(join(tmpdir(), "lucia-atlassian-copy-"));
		try {
			cpSync(fileURLToPath(new URL("../../node_modules/lucia-atlassian", import.meta.url)), folder, { recursive: true });
			const copy: typeof import("lucia-atlassian") = await import(pathToFileURL(join(folder, "dist", "default.js")).href);
			assert.notEqual(copy.isReauthorizationRequired, isReauthorizationRequired);
			for (const [status, body, expected] of [
				[403, { error: "invalid_grant" }, true],
				[403, { error: "access_denied" }, false],
				[503, { error: "server_error" }, false],
			] as const) {
				const provider = copy.atlassian({} as never, {
					clientId: "id",
					clientSecret: "secret",
					redirectUri: "",
					fetch: async () => Response.json(body, { status }),
				});
				const error = await provider.validateAuthorizationCode("code").catch((error: unknown) => error);
				assert.equal(isReauthorizationRequired(error), expected);
				assert.equal(copy.isReauthorizationRequired(error), expected);
			}
		} finally {
			rmSync(folder, { recursive: true });
		}
	});

	test("whoever is signed out of Workers KV during a refresh stays so", async () => {
		const values = new Map([["ada", JSON.stringify({ accessToken: "access", refreshToken: "refresh", expiresAt: 0 })]]);
		const namespace = { get: async (key: string) => values.get(key) ?? null, put: async (key: string, value: string) => void values.set(key, value) };
		const { accessToken } = atlassian({} as never, {
			clientId: "id",
			clientSecret: "secret",
			redirectUri: "",
			fetch: async () => {
				values.delete("ada");
				return Response.json({ access_token: "new", refresh_token: "new refresh" });
			},
		}).tokens(kvStore(namespace, "ada"));
		await assert.rejects(accessToken(), { code: "NO_TOKENS" });
		assert.equal(values.size, 0);
	});

	test("a refusal in a lock that lets go later, and does not look at it, does not end the process", async () => {
		const unhandled: unknown[] = [];
		const note = (reason: unknown) => unhandled.push(reason);
		process.on("unhandledRejection", note);
		try {
			const provider = atlassian({} as never, {
				clientId: "id",
				clientSecret: "secret",
				redirectUri: "",
				fetch: async () => Response.json({ error: "invalid_client" }, { status: 401 }),
			});
			const { accessToken } = provider.tokens({
				load: () => ({ accessToken: "access", refreshToken: "refresh", expiresAt: 0 }),
				save: () => true,
				async lock(work) {
					void work();
					for (let i = 0; i < 10; i++) await new Promise(setImmediate);
				},
			});
			await assert.rejects(accessToken(), { code: "INVALID_CLIENT" });
			assert.deepEqual(unhandled, []);
		} finally {
			process.off("unhandledRejection", note);
		}
	});
});

suite("the lock of a database", () => {
	let database: Database.Database;
	/** Called with each statement after it has run. */
	let afterStatement: (sql: string) => unknown;
	const lockOf = () => {
		const d1: Parameters<typeof d1Store>[0] = {
			prepare: (sql) => ({
				bind: (...values) => ({
					first: async () => {
						const row = database.prepare(sql).get(...values) ?? null;
						await afterStatement(sql);
						return row as never;
					},
				}),
			}),
		};
		const { lock } = d1Store(d1, "ada");
		assert.ok(lock);
		return lock;
	};
	const lockedUntil = () => database.prepare<[], { end: number }>("SELECT locked_until AS end FROM atlassian_tokens").get()?.end;
	const isAcquired = (sql: string) => /^UPDATE.* AND \(locked_until <= /.test(sql);
	const isRenewed = (sql: string) => /^UPDATE atlassian_tokens SET locked_until = CAST.* AND locked_until = \?/.test(sql);
	const isReleased = (sql: string) => /^UPDATE atlassian_tokens SET locked_until = 0 /.test(sql);
	/** A time that the clock of the database notices. */
	const moment = () => new Promise((resolve) => setTimeout(resolve, 10));

	beforeEach(() => {
		database = new Database(":memory:");
		database.exec(`${schema}; INSERT INTO atlassian_tokens (user_id, tokens) VALUES ('ada', 'null')`);
		afterStatement = () => {};
		mock.timers.enable({ apis: ["setInterval"] });
	});
	afterEach(() => {
		mock.timers.reset();
		database.close();
	});

	test("its owner renews it every two seconds, and releases it", async () => {
		const ends: unknown[] = [];
		await lockOf()(async () => {
			ends.push(lockedUntil());
			for (let i = 0; i < 3; i++) {
				await moment();
				mock.timers.tick(2_000);
				await moment();
				ends.push(lockedUntil());
			}
		});
		assert.deepEqual(ends, [...new Set(ends)].sort());
		assert.equal(ends.length, 4);
		assert.equal(lockedUntil(), 0);
		afterStatement = (sql) => assert.fail(`after the work: ${sql}`);
		mock.timers.tick(10_000);
		await moment();
	});

	for (const renewals of [1, 2, 3]) test(`a renewal whose response comes after the work, and ${renewals - 1} more that were due, is released, too`, async () => {
		let isWorkDone = false;
		afterStatement = async (sql) => {
			while (isRenewed(sql) && !isWorkDone) await moment();
			if (isRenewed(sql)) await moment();
		};
		await lockOf()(async () => {
			for (let due = 0; due < renewals; due++) {
				await moment();
				mock.timers.tick(2_000);
			}
			await moment();
			isWorkDone = true;
		});
		assert.equal(lockedUntil(), 0);
	});

	test("a database that is busy once at the release does not keep it", async () => {
		let releases = 0;
		afterStatement = (sql) => {
			if (isReleased(sql) && releases++ === 0) {
				database.prepare("UPDATE atlassian_tokens SET locked_until = ?").run(end);
				throw new Error("busy");
			}
		};
		let end: number | undefined;
		await lockOf()(async () => {
			end = lockedUntil();
		});
		assert.deepEqual([releases, lockedUntil()], [2, 0]);
	});

	test("calls that wait for it only read", async () => {
		const statements: string[] = [];
		database.exec("UPDATE atlassian_tokens SET locked_until = CAST((julianday('now') - 2440587.5) * 86400000 AS INTEGER) + 60000");
		afterStatement = (sql) => {
			statements.push(sql);
			if (statements.length === 4) database.exec("UPDATE atlassian_tokens SET locked_until = 0");
		};
		await lockOf()(async () => {});
		const kinds = statements.map((sql) => (isAcquired(sql) ? "acquire" : isReleased(sql) ? "release" : /^SELECT/.test(sql) ? "read" : sql));
		assert.deepEqual(kinds, ["acquire", "read", "read", "read", "read", "acquire", "release"]);
	});
});
