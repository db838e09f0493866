// Many processes keep one user's tokens alive while access tokens expire all the time and Atlassian fails:
// threads of Node with one SQLite file, and Workers with one D1 database, with the store's lock and
// without it. Nobody may ever be given a dead token or be told to sign in again, and no tokens may be lost.
//
// `STRESS_EXPIRIES=2000` makes it longer: so many expiries in each run. `STRESS_SEED` repeats its faults,
// though not the order in which processes run.

import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { after, suite, test, type TestContext } from "node:test";
import { fileURLToPath } from "node:url";
import { Worker } from "node:worker_threads";

import Database from "better-sqlite3";
import { type BuildOptions, build } from "esbuild";
import { atlassian } from "lucia-atlassian/providers";
import { d1Store, memoryStore, schema, sqliteStore } from "lucia-atlassian/stores";
import type { AtlassianProvider, StoredTokens, TokenStore } from "lucia-atlassian/providers";
import { Miniflare } from "miniflare";

import { type Fault, isCarriedOut } from "../atlassian/faults.ts";
import { type Atlassian, defaultClient, startAtlassian } from "../atlassian/server.ts";
import { Random } from "../parity/random.ts";
import { type Outcome, type Question, scope, timeout } from "./call.ts";

const expiries = Number(process.env["STRESS_EXPIRIES"] ?? 100);
const seed = Number(process.env["STRESS_SEED"] ?? Date.now() % 2 ** 32);
const processes = 8;
const user = "ada";
const second = 1000;
const minute = 60 * second;
const lifetime = 2 * minute;
const leeway = 10 * minute;
/** To where an access token is within the skew, and to where it has expired. */
const jumps = [70 * second, 125 * second] as const;

const html = "<!doctype html><title>One moment, please</title>";
/** Each meets some refresh. */
const faults: readonly [Fault, times?: number][] = [
	[{ status: 500 }],
	[{ status: 503, body: html }],
	[{ retryAfter: 1 }],
	[{ cut: "headers" }],
	[{ cut: "body" }],
	[{ raw: html }],
	[{ delay: 30 }],
	[{ delay: 2 * timeout }],
	[{ delay: 2 * timeout, at: "body" }],
	[{ lost: true }],
	[{ lost: true }, 2],
	// All tries of one process, and then some.
	[{ lost: true }, 5],
	[{ status: 502 }, 5],
];
const losesResponse = ({ lost, cut, raw, delay }: Fault) =>
	lost === true || cut === "body" || raw !== undefined || (delay ?? 0) > timeout;

const pause = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

/** The stand-in with a clock that stands until it is moved. */
async function startStandIn() {
	const clock = { now: Date.now() };
	const standIn = await startAtlassian({ now: () => clock.now, accessTokenLifetime: lifetime });
	return { clock, standIn };
}

/** Signs in, and leaves the tokens in the store. */
async function signIn(standIn: Atlassian, store: TokenStore, now: number): Promise<AtlassianProvider> {
	const provider = atlassian({} as never, {
		clientId: defaultClient.id,
		clientSecret: defaultClient.secret,
		redirectUri: defaultClient.redirectUris[0] ?? "",
		scope,
		fetch: standIn.route,
	});
	const [url, state] = await provider.getAuthorizationUrl();
	const { atlassianTokens } = await provider.callback(await standIn.consent(url), state);
	await provider.tokens(store).set({ ...atlassianTokens, expiresAt: now + lifetime });
	standIn.log.length = 0;
	for (const name of Object.keys(standIn.counts)) standIn.counts[name as keyof Atlassian["counts"]] = 0;
	return provider;
}

suite("200 calls in one process make one request", () => {
	const closing: (() => unknown)[] = [];
	after(async () => {
		for (const close of closing.reverse()) await close();
	});

	async function expired() {
		const { standIn } = await startStandIn();
		closing.push(() => standIn.close());
		const store = memoryStore();
		const provider = await signIn(standIn, store, Date.now() - lifetime);
		return { standIn, store, provider };
	}
	const twoHundred = <T>(call: () => Promise<T>) => Promise.all(Array.from({ length: 200 }, call));

	test("of refreshTokens", async () => {
		const { standIn, store, provider } = await expired();
		const refreshToken = (await store.load())?.refreshToken;
		const given = await twoHundred(() => provider.refreshTokens(refreshToken));
		assert.equal(new Set(given.map((tokens) => tokens.accessToken)).size, 1);
		assert.equal(standIn.counts.token, 1);
	});

	test("of accessToken", async () => {
		const { standIn, store, provider } = await expired();
		const tokens = provider.tokens(store);
		const given = await twoHundred(() => tokens.accessToken());
		assert.deepEqual([...new Set(given)], [(await store.load())?.accessToken]);
		assert.equal(standIn.counts.token, 1);
	});
});

/** A process that has one user's tokens. */
interface Process {
	ask(question: Question): Promise<Outcome>;
	/** Ends it wherever it is. It comes back when it is asked again; earlier requests get no response. */
	kill(): Promise<void>;
}

type Rows = Record<string, unknown>[];
type Query = (sql: string, ...values: unknown[]) => Promise<Rows>;

/** Processes that share one store. */
interface Fleet {
	clock: { now: number };
	standIn: Atlassian;
	query: Query;
	processes: Process[];
	/** How many calls each has on its way at a time. */
	callsAtOnce: number;
}

// What was stored, each time that it was replaced.
const statements = [
	schema,
	"CREATE TABLE history (id INTEGER PRIMARY KEY, before TEXT NOT NULL, after TEXT NOT NULL)",
	`CREATE TRIGGER kept AFTER UPDATE OF tokens ON atlassian_tokens
	BEGIN INSERT INTO history (before, after) VALUES (OLD.tokens, NEW.tokens); END`,
];

/** In the project's folder, where the packages are that a thread imports. */
async function bundle(source: string, options: BuildOptions): Promise<string> {
	const outfile = fileURLToPath(new URL(`../../target/stress/${basename(source, ".ts")}.mjs`, import.meta.url));
	const entryPoints = [fileURLToPath(new URL(source, import.meta.url))];
	await build({ entryPoints, outfile, bundle: true, format: "esm", target: "es2022", logLevel: "error", ...options });
	return outfile;
}

async function startThreads(hasLock: boolean, closing: (() => unknown)[]): Promise<Fleet> {
	const { clock, standIn } = await startStandIn();
	closing.push(() => standIn.close());
	const folder = mkdtempSync(join(tmpdir(), "lucia-atlassian-stress-"));
	closing.push(() => rmSync(folder, { recursive: true }));
	const filename = join(folder, "app.db");
	const database = new Database(filename);
	closing.push(() => database.close());
	database.pragma("journal_mode = WAL");
	for (const statement of statements) database.exec(statement);
	await signIn(standIn, sqliteStore(database, user), clock.now);

	const program = await bundle("thread.ts", { platform: "node", packages: "external" });
	const workerData = { filename, user, hasLock, standIn: standIn.origin };
	function startThread(): Process {
		let thread: Worker | undefined;
		let asked = new Map<number, { resolve: (outcome: Outcome) => void; reject: (reason: unknown) => void }>();
		let count = 0;
		const kill = async () => {
			const ending = thread;
			thread = undefined;
			await ending?.terminate();
		};
		closing.push(kill);
		return {
			kill,
			ask(question) {
				if (thread === undefined) {
					const waiting = (asked = new Map());
					thread = new Worker(program, { workerData });
					thread.on("message", ({ id, outcome }) => {
						waiting.get(id)?.resolve(outcome);
						waiting.delete(id);
					});
					thread.on("error", (error) => waiting.forEach(({ reject }) => reject(error)));
				}
				const id = count++;
				thread.postMessage({ id, question });
				return new Promise((resolve, reject) => asked.set(id, { resolve, reject }));
			},
		};
	}
	return {
		clock,
		standIn,
		query: async (sql, ...values) => {
			const statement = database.prepare(sql);
			if (statement.reader) return statement.all(...values) as Rows;
			statement.run(...values);
			return [];
		},
		processes: Array.from({ length: processes }, startThread),
		// They share what is on its way.
		callsAtOnce: 2,
	};
}

async function startIsolates(hasLock: boolean, closing: (() => unknown)[]): Promise<Fleet> {
	const { clock, standIn } = await startStandIn();
	closing.push(() => standIn.close());
	const program = await bundle("isolate.ts", { conditions: ["workerd"], loader: { ".wasm": "copy" }, assetNames: "[name]" });
	const wasm = "lucia_atlassian_bg.wasm";
	const miniflare = new Miniflare({
		cf: false,
		workers: Array.from({ length: processes }, (_, number) => ({
			name: `isolate-${number}`,
			compatibilityDate: "2021-11-02",
			modules: [
				{ type: "ESModule" as const, path: "isolate.mjs", contents: readFileSync(program, "utf8") },
				{ type: "CompiledWasm" as const, path: `${wasm}?module`, contents: readFileSync(join(dirname(program), wasm)) },
			],
			bindings: { USER: user, HAS_LOCK: hasLock, STAND_IN: standIn.origin },
			d1Databases: { DB: "app" },
			unsafeDirectSockets: [{ host: "127.0.0.1", port: 0 }],
		})),
	});
	closing.push(() => miniflare.dispose());
	await miniflare.ready;
	const database = await miniflare.getD1Database("DB", "isolate-0");
	for (const statement of statements) await database.prepare(statement).run();
	await signIn(standIn, d1Store(database, user), clock.now);

	async function startIsolate(number: number): Promise<Process> {
		const url = await miniflare.unsafeGetDirectURL(`isolate-${number}`);
		let life = new AbortController();
		return {
			async ask(question) {
				const { signal } = life;
				const response = await fetch(url, { method: "POST", body: JSON.stringify(question), signal });
				const text = await response.text();
				assert.equal(response.status, 200, text);
				return JSON.parse(text);
			},
			// The runtime ends what a request does when its client goes away.
			async kill() {
				life.abort();
				life = new AbortController();
			},
		};
	}
	return {
		clock,
		standIn,
		query: async (sql, ...values) => (await database.prepare(sql).bind(...values).all()).results as Rows,
		processes: await Promise.all(Array.from({ length: processes }, (_, number) => startIsolate(number))),
		callsAtOnce: 1,
	};
}

async function stored({ query }: Fleet): Promise<StoredTokens> {
	const [row] = await query("SELECT tokens FROM atlassian_tokens WHERE user_id = ?", user);
	return JSON.parse(String(row?.["tokens"]));
}

async function countSaves({ query }: Fleet): Promise<number> {
	const [row] = await query("SELECT count(*) AS count FROM history");
	return Number(row?.["count"]);
}

/** What reached the token endpoint. */
function refreshes({ standIn }: Fleet) {
	const all = standIn.log.filter(({ endpoint }) => endpoint === "token");
	const carriedOut = all.filter(({ fault }) => fault === undefined || isCarriedOut(fault));
	return {
		carriedOut,
		faults: all.filter(({ fault }) => fault !== undefined).length,
		lostResponses: carriedOut.filter(({ fault }) => fault && losesResponse(fault)).length,
	};
}

/** That each stored refresh token came for the one that was stored before it, and that none was dead. */
async function assertChain(fleet: Fleet, first: StoredTokens): Promise<void> {
	const { carriedOut } = refreshes(fleet);
	const parents = new Map<string, string | null>();
	for (const { parameters, response, reason } of carriedOut) {
		assert.equal(reason, undefined, "a refresh was refused");
		const { refresh_token: refreshToken } = response as { refresh_token?: string };
		if (refreshToken !== undefined) parents.set(refreshToken, parameters.get("refresh_token"));
	}
	let current = first.refreshToken;
	for (const { before, after } of await fleet.query("SELECT before, after FROM history ORDER BY id")) {
		assert.equal((JSON.parse(String(before)) as StoredTokens).refreshToken, current);
		const { refreshToken } = JSON.parse(String(after)) as StoredTokens;
		assert.equal(parents.get(refreshToken ?? ""), current, "newer tokens were replaced by older ones");
		current = refreshToken;
	}
	assert.equal((await stored(fleet)).refreshToken, current);
}

/** That all processes still have a token, by one more refresh, when nothing but what is stored can be used. */
async function assertAlive(fleet: Fleet): Promise<void> {
	const { clock, standIn, processes } = fleet;
	standIn.clearFaults();
	clock.now += leeway + minute;
	for (const process of processes) assert.equal((await process.ask({ now: clock.now })).status, 200);
}

interface Report {
	calls: number;
	/** Calls that were given a token that was dead when it was given. */
	dead: number;
	/** Calls whose token expired between. */
	late: number;
	/** Calls that rejected, by `code`. */
	failures: Record<string, number>;
}

/** Has all processes ask again and again while the clock goes on and refreshes fail. */
async function stress(fleet: Fleet, random: Random): Promise<Report> {
	const { clock, standIn, processes, callsAtOnce } = fleet;
	const report: Report = { calls: 0, dead: 0, late: 0, failures: {} };
	let isOver = false;
	/** Who has used a token since the clock was last moved. */
	const served = new Set<Process>();

	/** When the calls began that each process has on its way: one may be given what another has waited for. */
	const inFlight = new Map(processes.map((process) => [process, [] as number[]]));
	async function keepAsking(process: Process): Promise<void> {
		let rejected: string | undefined;
		while (!isOver) {
			const now = clock.now;
			const times = inFlight.get(process) ?? [];
			const since = Math.min(now, ...times);
			times.push(now);
			const outcome = await process.ask({ now, ...(rejected !== undefined && { rejected }) });
			times.splice(times.indexOf(now), 1);
			report.calls += 1;
			rejected = undefined;
			if (outcome.error !== undefined) {
				const { code, action, message } = outcome.error;
				assert.equal(action, "retry", `${code}: ${message}`);
				report.failures[code] = (report.failures[code] ?? 0) + 1;
			} else if (outcome.status === 200) {
				if (now === clock.now) served.add(process);
				// Mostly not again before the clock is moved: what matters is what comes then.
				if (random.chance(50)) while (now === clock.now && !isOver) await pause(random.integer(1, 10));
			} else {
				assert.equal(outcome.status, 401);
				if (since === clock.now) report.dead += 1;
				else report.late += 1;
				rejected = outcome.accessToken;
			}
		}
	}

	async function moveClock(): Promise<void> {
		for (let expiry = 0; expiry < expiries; expiry++) {
			const saves = await countSaves(fleet);
			served.clear();
			if (random.chance(30)) {
				const [fault, times] = random.pick(faults);
				standIn.fault("token", fault, times);
			}
			clock.now += random.pick(jumps);
			const began = Date.now();
			// Not before all have a token and it is stored: no refresh takes as long as the leeway.
			do {
				if (isOver) return;
				assert.ok(Date.now() - began < minute, `expiry ${expiry}: after a minute, some have no token yet`);
				await pause(random.integer(1, 10));
			} while (served.size < processes.length || (await countSaves(fleet)) === saves);
		}
	}

	const callers = processes.flatMap((process) => Array.from({ length: callsAtOnce }, () => keepAsking(process)));
	const work = [moveClock(), ...callers];
	const over = work.map((part) => part.finally(() => (isOver = true)));
	await Promise.allSettled(over);
	await Promise.all(over);
	return report;
}

/** A refresh whose process ends before it has saved the response. */
async function killOne(fleet: Fleet, victim: Process, hasLock: boolean): Promise<void> {
	const { clock, standIn, query, processes } = fleet;
	clock.now += jumps[1];
	const before = standIn.counts.token;
	victim.ask({ now: clock.now, neverSaves: true }).catch(() => {});
	while (standIn.counts.token === before || standIn.log.at(-1)?.status !== 200) await pause(5);
	const others = processes.filter((process) => process !== victim);
	let responded = 0;
	const outcomes = Promise.all(
		others.map(async (process) => {
			const outcome = await process.ask({ now: clock.now });
			responded += 1;
			return outcome;
		}),
	);
	await pause(20);
	await victim.kill();
	if (hasLock) {
		await pause(50);
		assert.equal(responded, 0, "nobody waited for the lock");
		const [row] = await query("SELECT locked_until FROM atlassian_tokens WHERE user_id = ?", user);
		const left = Number(row?.["locked_until"]) - Date.now();
		assert.ok(left > 0 && left <= 6 * second, `the lease ends in ${left} ms`);
		// A minute later.
		await query("UPDATE atlassian_tokens SET locked_until = locked_until - 60000 WHERE user_id = ?", user);
	}
	for (const outcome of await outcomes) assert.equal(outcome.status, 200, JSON.stringify(outcome));
	assert.equal((await victim.ask({ now: clock.now })).status, 200);
}

for (const [name, start] of [["threads", startThreads], ["isolates", startIsolates]] as const) {
	for (const hasLock of [true, false]) {
		suite(`${name}, ${hasLock ? "with" : "without"} the lock`, () => {
			const closing: (() => unknown)[] = [];
			after(async () => {
				for (const close of closing.reverse()) await close();
			});

			test("nobody has a dead token, and no token is lost", async (context: TestContext) => {
				const fleet = await start(hasLock, closing);
				const first = await stored(fleet);
				const began = Date.now();
				const { calls, dead, late, failures } = await stress(fleet, new Random(seed, 0));
				const seconds = (Date.now() - began) / second;
				const { carriedOut, faults, lostResponses } = refreshes(fleet);
				await assertChain(fleet, first);
				await assertAlive(fleet);
				await assertChain(fleet, first);
				context.diagnostic(
					`${name}, ${hasLock ? "with" : "without"} the lock: ${expiries} expiries, ${calls} calls, ` +
						`${carriedOut.length} refreshes carried out, ${expiries} the least possible and ${lostResponses} for responses lost, ` +
						`${faults} faults, ${dead} dead tokens, 0 lost, ${late} tokens expired between, ` +
						`rejected ${JSON.stringify(failures)}, ${seconds.toFixed(1)} s, STRESS_SEED=${seed}`,
				);
				assert.equal(dead, 0);
				const most = hasLock ? 1.25 : processes;
				assert.ok(carriedOut.length <= expiries * most + lostResponses, `${carriedOut.length} refreshes`);
			});

			test("a process that ends in the middle of a refresh costs nobody the session", async () => {
				const fleet = await start(hasLock, closing);
				const first = await stored(fleet);
				for (const victim of fleet.processes.slice(0, 4)) await killOne(fleet, victim, hasLock);
				await assertChain(fleet, first);
				await assertAlive(fleet);
				await assertChain(fleet, first);
			});
		});
	}
}

test("the owner of a lock keeps it for as long as it works, and one that has ended delays others for seconds", async () => {
	const database = new Database(":memory:");
	database.exec(schema);
	const store = sqliteStore(database, user);
	await store.save({ accessToken: "token", expiresAt: 0 } as StoredTokens, null);
	const order: string[] = [];
	const slow = store.lock?.(async () => {
		// Longer than a lease.
		await pause(7 * second);
		order.push("slow");
	});
	await store.lock?.(async () => void order.push("second"));
	await slow;
	assert.deepEqual(order, ["slow", "second"]);

	const { length } = order;
	// Never lets go, as after the end of its process: its renewals end with it.
	const { setInterval } = globalThis;
	globalThis.setInterval = (() => undefined) as never;
	await new Promise<void>((resolve) => {
		void store.lock?.(() => {
			resolve();
			return new Promise(() => {});
		});
	});
	globalThis.setInterval = setInterval;
	await Promise.race([store.lock?.(async () => void order.push("next")), pause(30 * second)]);
	assert.equal(order.length, length + 1);
	database.close();
});
