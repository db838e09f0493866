// Hands values that no app should hand over to everything that the package exports, as arguments, as parts
// of right arguments and as what the app's own functions give, and asks that nothing breaks: each call
// settles with a clear error or a result, no secret is told, and the instance that all share goes on.
// FUZZ_CASES and FUZZ_SEED set how many cases and which.

import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { inspect } from "node:util";
import { runInNewContext } from "node:vm";

import { Random } from "../parity/random.ts";

let instances = 0;
const { Instance } = WebAssembly;
WebAssembly.Instance = function (module: WebAssembly.Module, imports: WebAssembly.Imports) {
	instances++;
	return new Instance(module, imports);
} as unknown as typeof Instance;

const root = await import("lucia-atlassian");
const { default: init } = await import("lucia-atlassian/init");
const stores = await import("lucia-atlassian/stores");

const cases = Number(process.env.FUZZ_CASES ?? 2000);
const seed = Number(process.env.FUZZ_SEED ?? 1);
const AT_ONCE = 500;
// The pauses of a refresh that is tried four times are some six seconds.
const SETTLED_WITHIN = 30_000;

type Call = (...args: unknown[]) => unknown;
const any = (value: unknown) => value as any;

const secret = "S3CR3T";
const clientSecret = `${secret}-client`;
const code = `${secret}-code`;
const token = `${secret}-token`;
const right = { clientId: "client", clientSecret, redirectUri: "https://app.example/cb", timeout: 200 };

const respond = async (request: Request) =>
	Response.json(
		request.url.endsWith("/me")
			? { account_id: "account" }
			: request.url.endsWith("/accessible-resources")
				? [{ id: "1", url: "https://team.atlassian.net", name: "Team", scopes: ["read:jira-work"] }]
				: { access_token: token, refresh_token: token, expires_in: 3600 }
	);

// Configurations without a `fetch` of their own take this one, and nothing leaves the machine.
globalThis.fetch = any(respond);
const working = root.atlassian(any({}), { ...right, fetch: respond });

/** What the app throws itself: it may come through as it is, whatever it is. */
const thrown: unknown[] = [new Error("the app's own"), Symbol("the app's own"), "the app's own", null, undefined, 0];

/** A promise whose rejection may go unnoticed: it is the app's, and the package need not look at it. */
function unnoticed<T>(promise: Promise<T>): Promise<T> {
	promise.catch(() => {});
	return promise;
}

function value(random: Random, depth = 0): any {
	const deeper = () => (depth < 2 ? value(random, depth + 1) : null);
	const fail = () => {
		throw random.pick(thrown);
	};
	// The library is called while it reads the argument of another call.
	const reenter = () => {
		working.getAuthorizationUrl().catch(() => {});
		working.validateCallback(any(random.pick([code, "", null]))).catch(() => {});
		return random.pick(["text", "", any(Symbol.iterator), {}]);
	};
	return random.oneOf<unknown>(
		() => undefined,
		() => random.pick<unknown>([null, true, false, 0, -0, -1, 1.5, NaN, Infinity, 2 ** 53, 10n, -(2n ** 70n)]),
		() => random.pick(["", "x", "\0", "\ud800", "a\udc00b", "%", "a b&c=d#e?", "\r\nX: y", "é🦀", "__proto__"]),
		() => (random.chance(10) ? random.pick(["x", "\ud800", "&", "é"]).repeat(2_000_000) : "y"),
		() => random.pick([Symbol(), Symbol.iterator, Symbol.for("x")]),
		() => fail,
		() => () => deeper(),
		() => () => unnoticed((async () => deeper())()),
		() => () => unnoticed((async () => fail())()),
		() => class {},
		() => Object.create(null),
		() => {
			const cycle: any = { list: [] };
			cycle.self = cycle;
			cycle.list.push(cycle);
			return cycle;
		},
		() => ({ toString: reenter, valueOf: reenter, toJSON: reenter, [Symbol.toPrimitive]: reenter }),
		() => ({ get then() { return fail(); } }),
		() => ({ then: (resolve: Call) => (reenter(), resolve(deeper())) }),
		() => ({ then: (_: Call, reject: Call) => reject(random.pick(thrown)) }),
		() => new Proxy({}, { get: fail, has: fail, ownKeys: fail, getPrototypeOf: fail }),
		() => new Proxy(function () {}, { apply: fail, construct: fail, get: (_, key) => (key === "then" ? undefined : deeper()) }),
		() => {
			const { proxy, revoke } = Proxy.revocable(random.pick<any>([{}, [], () => {}]), {});
			revoke();
			return proxy;
		},
		() => new Proxy([], { get: (list, key) => (key === "length" ? random.pick<unknown>([-1, NaN, 1e9, 2 ** 53, "2", {}, 1n]) : Reflect.get(list, key)) }),
		() => ({ length: random.pick<unknown>([-1, 2 ** 32, "x"]), 0: deeper() }),
		() => Object.assign([deeper(), deeper()], { [Symbol.iterator]: fail }),
		() => [deeper(), deeper()],
		() => Array(3),
		() => runInNewContext(random.pick(["new Error('of another realm')", "[1]", "({})", "new String('x')", "() => { throw new TypeError('x') }"])),
		() => random.pick<() => unknown>([() => new Date(NaN), () => new String("x"), () => new Number(1), () => new Map(), () => new Uint8Array(3), () => new URL("x:y"), () => new Error("x")])(),
		() => unnoticed(Promise.resolve(deeper())),
		() => unnoticed(Promise.reject(random.pick(thrown))),
		() =>
			new Response(random.pick(["", "null", "{}", "[]", "{", '{"access_token":1}', '{"account_id":{}}', "\ufeff{}"]), {
				status: random.pick([200, 201, 301, 400, 401, 403, 429, 500, 503])
			}),
		() => ({ ok: deeper(), status: deeper(), headers: deeper(), json: () => unnoticed((async () => deeper())()), body: deeper() }),
		() => new Response(new ReadableStream({ start: (controller) => controller.error(random.pick(thrown)) })),
		() => Response.json({ access_token: token, refresh_token: deeper() === null ? null : token }),
		() => (random.chance(50) ? new Proxy({}, { get: (_, key) => (key === "then" ? undefined : deeper()) }) : { get x() { return fail(); } })
	);
}

/** Some of a right object's fields replaced, so that what comes after the first check is reached. */
function spoiled(random: Random, object: Record<string, unknown>): any {
	const own: Record<string, unknown> = { ...object };
	for (const key of Object.keys(own)) {
		if (!random.chance(25)) continue;
		const other = value(random);
		if (random.chance(20)) Object.defineProperty(own, key, { get: () => { throw random.pick(thrown); }, enumerable: true });
		else own[key] = random.chance(40) && typeof own[key] === "function" ? () => other : other;
	}
	return own;
}

const isError = (error: unknown) =>
	error instanceof Error || /Error|Exception/.test(Object.prototype.toString.call(error));

// Functions of the app that throw what they are not given to throw, such as an engine's own error, are
// clear in themselves; those in `thrown` come through unchanged.
function clear(error: any, what: string) {
	if (thrown.includes(error)) return;
	assert.ok(isError(error), `${what}: rejected with a ${typeof error}, which the app has not thrown`);
	assert.ok(String(error.message).length > 0, `${what}: an error without a message`);
	assert.ok(error.name !== "RuntimeError" && !/unreachable|memory access|null pointer|recursive use/.test(error.message), `${what}: ${error}`);
	const told = `${error.message} ${inspect(error, { depth: 4, showHidden: true })}`;
	assert.ok(!told.includes(secret), `${what}: tells a secret: ${told.slice(0, 300)}`);
}

// Those whose documentation says that they throw, and those that make an object without a promise.
const throwing = new Set(["apiUrl", "decodeIdToken", "OAuthRequestError", "isReauthorizationRequired"]);

async function settles(what: string, call: () => unknown): Promise<unknown> {
	let result: unknown;
	try {
		result = call();
	} catch (error) {
		const name = what.split(" ").at(-1) ?? "";
		assert.ok(throwing.has(name), `${what} threw ${isError(error) ? (error as Error).stack : typeof error} at once`);
		clear(error, what);
		return undefined;
	}
	if (!(result instanceof Promise)) return result;
	const late = Symbol("late");
	const timer = new AbortController();
	try {
		const end = sleep(SETTLED_WITHIN, late, { signal: timer.signal }).catch(() => undefined);
		const first = await Promise.race([result, end]);
		assert.notEqual(first, late, `${what} has not settled`);
		return first;
	} catch (error) {
		if (error instanceof assert.AssertionError) throw error;
		clear(error, what);
		return undefined;
	} finally {
		timer.abort();
	}
}

const isObject = (result: unknown): result is Record<string, Call> => typeof result === "object" && result !== null;

async function one(index: number): Promise<void> {
	const random = new Random(seed, index);
	const made = () => value(random);
	const args = () => random.list(0, 3, made);
	const label = (name: string) => `case ${index} of seed ${seed}: ${name}`;
	const fetch = random.oneOf<unknown>(
		() => respond,
		() => async (request: Request) => (random.chance(50) ? respond(request) : made()),
		() => () => made(),
		() => made()
	);
	const auth = spoiled(random, {
		useKey: async () => ({ userId: "u" }),
		getUser: async () => ({ userId: "u" }),
		createKey: async () => ({}),
		createUser: async () => ({ userId: "u" })
	});
	const configs = spoiled(random, { ...right, scope: ["read:jira-work", "offline_access"], fetch, bodyLimit: 1000, cloud: "commercial" });
	// Nobody waits as long as an app may say.
	if (typeof Object.getOwnPropertyDescriptor(configs, "timeout")?.value === "number") configs.timeout = 200;

	const object = random.oneOf<() => Promise<[string, unknown]>>(
		() => async () => {
			const given = random.chance(90) ? configs : made();
			const isClient = random.chance(30);
			return ["provider", isClient ? root.atlassianClient(given) : root.atlassian(random.chance(90) ? auth : made(), given)];
		},
		() => async () => {
			const provider = root.atlassian(auth, any({ ...right, fetch: respond }));
			return ["user", await settles(label("validateCallback"), () => provider.validateCallback(code))];
		},
		() => async () => {
			const provider = root.atlassian(any({}), any({ ...right, fetch }));
			const store = spoiled(random, {
				...stores.memoryStore(),
				lock: async (work: () => Promise<void>) => random.pick([work, () => void work()])(),
				load: async () => ({ accessToken: token, refreshToken: token, expiresAt: random.pick([0, 1e15]) })
			});
			const result = await settles(label("tokens"), () => any(provider).tokens(random.chance(80) ? store : made(), made()));
			return ["tokens", result];
		},
		() => async () => ["resources", await settles(label("getAccessibleResources"), () => working.getAccessibleResources(token))],
		() => async () => {
			const name = random.pick(["d1Store", "sqliteStore", "kvStore"] as const);
			// What a store does with its database is the app's call: it may throw at once.
			try {
				return ["store", any(stores)[name](random.chance(50) ? made() : { prepare: made(), get: made(), put: made() }, made())];
			} catch (error) {
				clear(error, label(name));
				return ["store", undefined];
			}
		},
		() => async () => ["export", { ...root, init }]
	);
	const [kind, target] = await object();
	if (!isObject(target)) return;
	for (const [name, method] of Object.entries(target)) {
		if (typeof method !== "function" || name === "atlassian" || !random.chance(70)) continue;
		// Waits for as long as the lease of another may last, by whatever a database says.
		if (kind === "store" && name === "lock") continue;
		const list = name === "validateCallback" || name === "validateAuthorizationCode" ? [code, made()] : args();
		const result = await settles(label(`${kind} ${name}`), () =>
			name === "OAuthRequestError" ? new (method as any)(...list) : method(...(random.chance(60) ? list : args()))
		);
		// Other results are the app's own values, of which none may be looked at.
		if (kind !== "provider" || !isObject(result) || name === "getAuthorizationUrl") continue;
		for (const [inner, next] of Object.entries(result)) {
			if (typeof next !== "function") continue;
			await settles(label(`${name} ${inner}`), () => next(...args()));
		}
	}
}

async function stillWorks() {
	const [url, state] = await working.getAuthorizationUrl();
	assert.equal(url.searchParams.get("state"), state);
	const { atlassianTokens, atlassianUser } = await working.validateCallback(code);
	assert.deepEqual([atlassianTokens.accessToken, atlassianUser.account_id], [token, "account"]);
}

test(`${cases} cases of seed ${seed}: clear errors, no secret, and one instance`, async () => {
	for (let from = 0; from < cases; from += AT_ONCE) {
		const indices = Array.from({ length: Math.min(AT_ONCE, cases - from) }, (_, i) => from + i);
		await Promise.all(indices.map(one));
		await stillWorks();
		assert.equal(instances, 1, `cases ${from} to ${from + AT_ONCE} of seed ${seed} made another instance: a trap`);
	}
});

/** What a cookie parser may make of what a visitor has sent: a string, `false` for a wrong signature, a JSON primitive. */
function cookie(random: Random): unknown {
	const character = () => random.pick(["a", "Z", "0", "-", ".", "_", "~", "+", "=", "%", " ", "\0", "\n", "é", "🦀", "\ud800", "\udc00", "s", "j:"]);
	return random.oneOf<unknown>(
		() => random.pick<unknown>([undefined, null, false, true, "", "state", "false", "null", "undefined"]),
		() => random.pick<unknown>([0, -0, 1, 1.5, NaN, Infinity, 10n]),
		() => random.list(0, 200, character).join(""),
		() => random.pick(["a", "~", "\ud800", "%"]).repeat(random.pick([1, 42, 43, 96, 128, 129, 4000]))
	);
}

test(`${cases} cookies of seed ${seed}: no visitor makes the app report a mistake of its own`, async () => {
	let signedIn = 0;
	for (let index = 0; index < cases; index++) {
		const random = new Random(seed, index);
		const [storedState, codeVerifier] = [random.chance(50) ? "state" : cookie(random), cookie(random)];
		try {
			await working.callback("?code=c&state=state", any(storedState), any({ codeVerifier }));
			assert.equal(storedState, "state");
			signedIn++;
		} catch (error) {
			const { action, code } = any(error);
			assert.equal(action, "reauthorize", `case ${index} of seed ${seed}: ${code} for ${inspect([storedState, codeVerifier])}`);
		}
	}
	assert.ok(signedIn > 0 && signedIn < cases);
	assert.equal(instances, 1);
});
