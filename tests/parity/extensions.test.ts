// What this package has and the published one has not: `configs.fetch`, `configs.timeout` and `configs.bodyLimit`, codes
// on its errors, and that it goes on working whatever an app hands it.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { afterEach, test } from "node:test";
import { promisify } from "node:util";

import {
	OAuthRequestError,
	atlassian,
	providerUserAuth,
	validateOAuth2AuthorizationCode
} from "lucia-atlassian";

type Auth = Parameters<typeof atlassian>[0];
type Configs = Parameters<typeof atlassian>[1];

const auth = {} as Auth;
const configs = { clientId: "id", clientSecret: "secret", redirectUri: "https://app.example/cb" };

/** Responds as Atlassian does. */
async function response(request: Request): Promise<Response> {
	return Response.json(
		request.url.endsWith("/me") ? { account_id: "account" } : { access_token: "token" }
	);
}

const { fetch } = globalThis;
const { timeout } = AbortSignal;
afterEach(() => {
	globalThis.fetch = fetch;
	AbortSignal.timeout = timeout;
});

async function stillWorks() {
	const provider = atlassian(auth, { ...configs, fetch: response });
	const [url, state] = await provider.getAuthorizationUrl();
	assert.equal(url.searchParams.get("state"), state);
	assert.equal(state.length, 43);
	const { atlassianUser } = await provider.validateCallback("code");
	assert.equal(atlassianUser.account_id, "account");
}

test("configs.fetch is used in place of the global one, as a function of one Request", async () => {
	globalThis.fetch = () => assert.fail("the global fetch was called");
	const calls: { self: unknown; args: unknown[] }[] = [];
	const provider = atlassian(auth, {
		...configs,
		fetch: function (this: unknown, ...args: [Request]) {
			calls.push({ self: this, args });
			return response(args[0]);
		}
	});
	await provider.validateCallback("code");
	assert.equal(calls.length, 2);
	for (const { self, args } of calls) {
		assert.equal(self, undefined);
		assert.equal(args.length, 1);
		assert.ok(args[0] instanceof Request);
	}
});

test("a fetch that was there before the package gets one Request, too", async () => {
	const calls: unknown[][] = [];
	globalThis.fetch = ((...args: [Request]) => {
		calls.push(args);
		return response(args[0]);
	}) as typeof fetch;
	// Another address, so that it is loaded again.
	const copy: typeof import("lucia-atlassian") = await import(`${import.meta.resolve("lucia-atlassian")}?again`);
	await copy.atlassian(auth, configs).validateCallback("code");
	assert.deepEqual(
		calls.map((args) => args.map((arg) => arg instanceof Request)),
		[[true], [true]]
	);
});

test("so does one that looks like Node's own by what instrumentation makes of Function.prototype.toString", async () => {
	const calls: unknown[][] = [];
	const { toString } = Function.prototype;
	const wrapper = (...args: unknown[]) => {
		calls.push(args);
		return response(args[0] as Request);
	};
	const originals = new Map<unknown, unknown>([[wrapper, globalThis.fetch]]);
	Function.prototype.toString = function () {
		return toString.call(originals.get(this) ?? this);
	};
	globalThis.fetch = wrapper as typeof fetch;
	try {
		const copy: typeof import("lucia-atlassian") = await import(`${import.meta.resolve("lucia-atlassian")}?instrumented`);
		await copy.atlassian(auth, configs).validateCallback("code");
	} finally {
		Function.prototype.toString = toString;
	}
	assert.deepEqual(calls.map((args) => args.map((arg) => arg instanceof Request)), [[true], [true]]);
});

test("a Request that was put in place of Node's is used with Node's own fetch, too", async () => {
	const { Request } = globalThis;
	const requests: Request[] = [];
	globalThis.Request = class extends Request {
		constructor(...args: ConstructorParameters<typeof Request>) {
			super(...args);
			requests.push(this);
		}
	};
	try {
		// Nothing listens there.
		const exchange = validateOAuth2AuthorizationCode("code", "http://127.0.0.1:9/token", { clientId: "id" });
		await assert.rejects(exchange, TypeError);
	} finally {
		globalThis.Request = Request;
	}
	assert.deepEqual(requests.map(({ method, redirect }) => [method, redirect]), [["POST", "manual"]]);
});

for (const keeps of [false, true]) {
	test(`a request has the headers of its own call alone${keeps ? ", where a Request keeps what it is made of" : ""}`, async () => {
		const { Request } = globalThis;
		const sent: (string | null)[][] = [];
		let refused = false;
		const fetch = async (request: Request) => {
			const { url, headers } = request;
			sent.push([headers.get("Authorization"), headers.get("User-Agent"), headers.get("X-Trace")]);
			// As instrumentation does.
			headers.set("X-Trace", `${sent.length}`);
			headers.set("User-Agent", "changed");
			return url.endsWith("/me") ? Response.json({ account_id: "id" }, { status: refused ? 403 : 200 }) : Response.json({ access_token: `token ${sent.length}` });
		};
		if (keeps) {
			globalThis.Request = class Request {
				url: string;
				headers: Headers;
				constructor(url: string, { headers }: RequestInit) {
					this.url = url;
					this.headers = headers instanceof Headers ? headers : new Headers(headers);
					Object.assign(headers as object, { "X-Trace": "kept" });
				}
			} as never;
		}
		try {
			const { validateCallback } = atlassian(auth, { ...configs, fetch });
			await validateCallback("code");
			await validateCallback("code");
			refused = true;
			await assert.rejects(validateCallback("code"), (error: unknown) => {
				assert.ok(error instanceof OAuthRequestError);
				assert.deepEqual([...error.request.headers].sort(), [["accept", "application/json"], ["user-agent", "lucia"]]);
				return true;
			});
		} finally {
			globalThis.Request = Request;
		}
		const expected = [1, 3, 5].flatMap((at) => [[null, "lucia", null], [`Bearer token ${at}`, "lucia", null]]);
		assert.deepEqual(sent, expected);
	});
}

test("Node's own Request is given the access token when it is made, also after another was in its place", async () => {
	const { Request } = globalThis;
	const { set } = Headers.prototype;
	const names: string[] = [];
	Headers.prototype.set = function (name, value) {
		names.push(name);
		set.call(this, name, value);
	};
	try {
		const { validateCallback } = atlassian(auth, { ...configs, fetch: response });
		await validateCallback("code");
		globalThis.Request = class extends Request {};
		await validateCallback("code");
		assert.deepEqual(names, ["Authorization"]);
		globalThis.Request = Request;
		await validateCallback("code");
		assert.deepEqual(names, ["Authorization", "Authorization"]);
		// No token of an earlier call is there before.
		Headers.prototype.set = () => {};
		const sent: (string | null)[] = [];
		const fetch = (request: Request) => (sent.push(request.headers.get("Authorization")), response(request));
		await atlassian(auth, { ...configs, fetch }).validateCallback("code");
		assert.deepEqual(sent, [null, null]);
	} finally {
		globalThis.Request = Request;
		Headers.prototype.set = set;
	}
});

test("Node's own fetch makes the one Request that there is", async () => {
	const { addEventListener } = EventTarget.prototype;
	/** How many listen for an end that a time limit brings: each Request is one. */
	const listeners = async (send: () => Promise<unknown>) => {
		let count = 0;
		EventTarget.prototype.addEventListener = function (...args: Parameters<typeof addEventListener>) {
			if (args[0] === "abort") count++;
			return addEventListener.apply(this, args);
		};
		try {
			await assert.rejects(send(), TypeError);
			return count;
		} finally {
			EventTarget.prototype.addEventListener = addEventListener;
		}
	};
	// Nothing listens there.
	const url = "http://127.0.0.1:9/token";
	const init = () => ({ method: "POST", body: "code=code", signal: AbortSignal.timeout(10_000) });
	const [direct, byRequest, own] = [
		await listeners(() => fetch(url, init())),
		await listeners(() => fetch(new Request(url, init()))),
		await listeners(() => validateOAuth2AuthorizationCode("code", url, { clientId: "id" }))
	];
	assert.ok(direct < byRequest, `${direct} and ${byRequest}`);
	assert.equal(own, direct);
});

test("loading the package does not load Node's fetch", async () => {
	const program = `await import("lucia-atlassian"); console.log(Symbol.for("undici.globalDispatcher.1") in globalThis)`;
	const run = async (source: string) =>
		(await promisify(execFile)(process.execPath, ["--input-type=module", "-e", source], { encoding: "utf8" })).stdout.trim();
	assert.equal(await run(program), "false");
	assert.equal(await run(`Request; ${program}`), "true");
});

const wrong: [field: string, configs: Record<string, unknown>][] = [
	["configs.fetch", { fetch: 5 }],
	["configs.fetch", { fetch: "fetch" }],
	["configs.fetch", { fetch: {} }],
	["configs.timeout", { timeout: "10" }],
	["configs.timeout", { timeout: -1 }],
	["configs.timeout", { timeout: 0.5 }],
	["configs.timeout", { timeout: Number.NaN }],
	["configs.timeout", { timeout: Number.POSITIVE_INFINITY }],
	["configs.timeout", { timeout: 2 ** 31 }],
	["configs.timeout", { timeout: 1n }],
	["configs.bodyLimit", { bodyLimit: "1 MiB" }],
	["configs.bodyLimit", { bodyLimit: -1 }],
	["configs.bodyLimit", { bodyLimit: 1.5 }],
	["configs.bodyLimit", { bodyLimit: 2 ** 31 }],
	["configs.scope", { scope: new Array(10_001) }],
	["configs.scope", { scope: new Array(2 ** 32 - 1) }],
	["configs.scope[0]", { scope: new Array(10_000) }],
	["configs.scope", { scope: "read:jira-work" }],
	["configs.scope", { scope: new Proxy([], { get: () => Symbol() }) }],
	["configs.scope", { scope: new Proxy([], { get: () => 1n }) }]
];
for (const [field, odd] of wrong) {
	test(`${field} of the wrong kind: ${Object.values(odd).map((value) => typeof value)}`, async () => {
		for (let i = 0; i < 1_000; i++) {
			atlassian(auth, { ...configs, ...odd } as unknown as Configs).getAuthorizationUrl().catch(() => {});
		}
		const provider = atlassian(auth, { ...configs, ...odd, } as unknown as Configs);
		const refusal = (error: unknown) => {
			assert.ok(error instanceof TypeError);
			assert.ok(error.message.includes(`\`${field}\``), error.message);
			assert.equal((error as TypeError & { code: string }).code, "INVALID_ARGUMENT");
			return true;
		};
		await assert.rejects(provider.getAuthorizationUrl(), refusal);
		await assert.rejects(provider.validateCallback("code"), refusal);
		await stillWorks();
	});
}

test("what a getter of configs throws stays the same, and says that the app is to be changed", async () => {
	for (const field of ["clientId", "clientSecret", "redirectUri", "scope", "fetch", "timeout", "bodyLimit", "cloud"]) {
		const thrown = Object.assign(new Error("cannot be read"), { own: 1 });
		const odd = { ...configs, get [field]() { throw thrown; } } as unknown as Configs;
		const { validateCallback, getUser, callback } = atlassian(auth, odd);
		for (const rejected of [validateCallback("code"), getUser("token"), callback("/?code=c&state=s", "s")]) {
			await assert.rejects(rejected, (error: Error & { code: string; action: string }) => {
				assert.equal(error, thrown);
				assert.deepEqual([error.code, error.action, Object.keys(error)], ["INVALID_ARGUMENT", "configure", ["own"]]);
				return true;
			});
		}
	}
});

test("null and undefined stand for the defaults", async () => {
	const waits: number[] = [];
	AbortSignal.timeout = (milliseconds) => {
		waits.push(milliseconds);
		return timeout.call(AbortSignal, milliseconds);
	};
	globalThis.fetch = response as typeof fetch;
	for (const nothing of [null, undefined]) {
		const odd = { fetch: nothing, timeout: nothing, bodyLimit: nothing, scope: nothing } as unknown as Configs;
		await atlassian(auth, { ...configs, ...odd, ...configs }).validateCallback("code");
	}
	assert.deepEqual(waits, [10_000, 10_000, 10_000, 10_000]);
});

const padded = (size: number) => {
	const body = JSON.stringify({ access_token: "token", account_id: "id", padding: "" });
	return body.replace('""', `"${"x".repeat(size - body.length)}"`);
};
const limits: [bodyLimit: number | undefined, size: number, isRead: boolean][] = [
	[undefined, 1_048_576, true],
	[undefined, 1_048_577, false],
	[100, 100, true],
	[100, 101, false],
	[0, 1_048_577, true],
	[8_192, 8_192, true],
	[8_192, 8_193, false]
];
for (const [bodyLimit, size, isRead] of limits) {
	test(`of a response of ${size} bytes with bodyLimit ${bodyLimit}, ${isRead ? "all is" : "no more is"} read`, async () => {
		let isCancelled = false;
		const bytes = new TextEncoder().encode(padded(size));
		const stream = (parts: Uint8Array[]) =>
			new ReadableStream({
				pull(controller) {
					const part = parts.shift();
					if (part) controller.enqueue(part);
					else if (isRead) controller.close();
				},
				cancel() {
					isCancelled = true;
				}
			});
		const length = String(bytes.length);
		const responses = [
			() => new Response(stream([bytes])),
			() => new Response(stream([bytes.subarray(0, 60), bytes.subarray(60, 61), bytes.subarray(61)])),
			() => new Response(padded(size), { headers: { "Content-Length": length } }),
			// The length is that of what was sent, before it was decompressed.
			() => new Response(padded(size), { headers: { "Content-Length": "20", "Content-Encoding": "gzip" } }),
			() => new Response(padded(size), { headers: { "Content-Length": "20", "Transfer-Encoding": "chunked" } }),
			() => new Response(padded(size), { headers: { "Content-Length": "none" } })
		];
		for (const response of responses) {
			const limited = { ...configs, ...(bodyLimit !== undefined && { bodyLimit }), fetch: async () => response() };
			const responded = atlassian(auth, limited).validateCallback("code");
			if (isRead) {
				assert.deepEqual((await responded).atlassianUser, JSON.parse(padded(size)));
				continue;
			}
			await assert.rejects(responded, (error: Error & { code: string; action: string }) => {
				assert.equal(error.code, "RESPONSE_TOO_LARGE");
				assert.equal(error.action, "retry");
				assert.match(error.message, /^The response of https:\/\/auth\.atlassian\.com\/oauth\/token is larger than `configs\.bodyLimit` allows/);
				return true;
			});
		}
		assert.equal(isCancelled, !isRead);
	});
}

test("a response without a body is no JSON", async () => {
	for (const bodyLimit of [undefined, 0]) {
		const limited = { ...configs, ...(bodyLimit !== undefined && { bodyLimit }), fetch: async () => new Response(null) };
		await assert.rejects(atlassian(auth, limited).getUser("token"), /^SyntaxError: The response of https:\/\/api\.atlassian\.com\/me is invalid JSON/);
	}
});

test("a body of the app's own that is no stream of bytes is refused at once", async () => {
	for (const chunk of [undefined, "", "{}", new Uint16Array(4), new DataView(new ArrayBuffer(4)), null, 5, { byteLength: 0 }]) {
		let parts = 0;
		const body = new ReadableStream({
			pull(controller) {
				// Without end, but for a test that fails.
				if (parts++ > 1_000) throw new Error("nobody looks");
				controller.enqueue(chunk);
			}
		});
		const provider = atlassian(auth, { ...configs, fetch: async () => new Response(body) });
		await assert.rejects(provider.getUser("token"), /^TypeError: lucia-atlassian: the body of a response must be a stream of `Uint8Array`$/);
		assert.ok(parts < 4, `${parts} parts were read`);
	}
});

test("init says what it has to be given", async () => {
	const { default: init } = await import("lucia-atlassian/init");
	for (const source of [undefined, null, {}, 1]) {
		await assert.rejects(init(source as never), /^TypeError: lucia-atlassian\/init: pass the URL of lucia_atlassian\.wasm/);
	}
});

test("the response of an app's test is asked for its json, whatever its length", async () => {
	const response = () => Object.assign(new Response("not this"), { json: async () => JSON.parse(padded(2_000)) });
	for (const responded of [response, () => ({ ok: true, json: response().json })]) {
		const fetch = (async () => responded()) as unknown as typeof globalThis.fetch;
		const { atlassianUser } = await atlassian(auth, { ...configs, bodyLimit: 10, fetch }).validateCallback("code");
		assert.equal(atlassianUser.account_id, "id");
	}
});

test("validateOAuth2AuthorizationCode may take ten seconds and follows no redirect", async () => {
	const waits: number[] = [];
	AbortSignal.timeout = (milliseconds) => {
		waits.push(milliseconds);
		return timeout.call(AbortSignal, milliseconds);
	};
	let redirect: string | undefined;
	globalThis.fetch = (async (request: Request) => {
		({ redirect } = request);
		return response(request);
	}) as typeof fetch;
	await validateOAuth2AuthorizationCode("code", "https://provider.example/token", { clientId: "id" });
	assert.deepEqual(waits, [10_000]);
	assert.equal(redirect, "manual");
});

test("error.request has the URL, the method and the headers that are no secret", async () => {
	const statuses = { "https://auth.atlassian.com/oauth/token": 200, "https://api.atlassian.com/me": 503 };
	const failing = (failed: string) => async (request: Request) =>
		request.url === failed ? new Response(null, { status: 503 }) : response(request);
	for (const url of Object.keys(statuses)) {
		const provider = atlassian(auth, { ...configs, fetch: failing(url) });
		const error = await provider.validateCallback("code").catch((reason: unknown) => reason);
		assert.ok(error instanceof OAuthRequestError);
		const isToken = url.endsWith("/token");
		assert.equal(error.request.url, url);
		assert.equal(error.request.method, isToken ? "POST" : "GET");
		assert.deepEqual([...error.request.headers], [
			["accept", "application/json"],
			...(isToken ? [["content-type", "application/x-www-form-urlencoded"]] : []),
			["user-agent", "lucia"]
		]);
		assert.equal(error.request.body, null);
	}
});

const oddPromises: [string, (promise: Promise<unknown>) => unknown][] = [
	["throws when called", (promise) => Object.assign(promise, { then: () => { throw new Error("then"); } })],
	["is not there", (promise) => Object.assign(promise, { then: undefined })],
	["throws when read", (promise) => Object.defineProperty(promise, "then", { get: () => { throw new Error("then"); } })],
	["calls back twice", (promise) => Object.assign(promise, { then: (callback: (value: unknown) => void) => { callback(1); callback(2); } })]
];
for (const [how, odd] of oddPromises) {
	test(`a promise whose own \`then\` ${how} is awaited like any other`, async () => {
		const provider = atlassian(auth, {
			...configs,
			fetch: (request) => odd(response(request)) as Promise<Response>
		});
		assert.equal((await provider.validateCallback("code")).atlassianUser.account_id, "account");
		const user = providerUserAuth(
			{
				useKey: () => odd(Promise.resolve({ userId: "user" })),
				getUser: () => odd(Promise.resolve("the user")),
				createKey: () => odd(Promise.resolve("the key")),
				createUser: () => odd(Promise.resolve("a user"))
			} as unknown as Auth,
			"provider",
			"id"
		);
		assert.equal(await user.getExistingUser(), "the user");
		assert.equal(await user.createKey("user"), "the key");
		assert.equal(await user.createUser({ attributes: {} as never }), "a user");
	});
}

// Node reports each overflow on standard error, so this runs in a process of its own.
test("an app whose code calls the package without end gets its RangeError, and goes on", async () => {
	const program = `
		import { atlassian, providerUserAuth } from "lucia-atlassian";
		const configs = ${JSON.stringify(configs)};
		const response = async (request) =>
			Response.json(request.url.endsWith("/me") ? { account_id: "account" } : { access_token: "token" });
		const user = providerUserAuth({
			useKey: () => user.getExistingUser(),
			createKey: () => user.createKey(""),
			createUser: () => user.createUser({})
		}, "provider", "id");
		const again = atlassian({}, { ...configs, fetch: () => again.validateCallback("code") });
		for (let i = 0; i < 10; i++) {
			for (const call of [user.getExistingUser, user.createKey, user.createUser, again.validateCallback]) {
				await call("code").then(() => process.exit(2), (error) => error instanceof RangeError || process.exit(3));
			}
		}
		const provider = atlassian({}, { ...configs, fetch: response });
		const { providerUserId } = await provider.validateCallback("code");
		console.log(providerUserId, (await provider.getAuthorizationUrl())[1].length);
	`;
	const { stdout } = await promisify(execFile)(process.execPath, ["--input-type=module", "-e", program], {
		cwd: new URL("../../", import.meta.url),
		maxBuffer: 1 << 28
	});
	assert.equal(stdout.trim(), "account 43");
});

test("sign-ins that never end are garbage", async () => {
	const program = `
		import { atlassian } from "lucia-atlassian";
		const provider = atlassian({}, { ...${JSON.stringify(configs)}, timeout: 0, fetch: () => new Promise(() => {}) });
		const heap = async () => {
			for (let i = 0; i < 5; i++) { globalThis.gc(); await new Promise(setImmediate); }
			return process.memoryUsage().rss;
		};
		const start = async (count) => {
			for (let i = 0; i < count; i++) {
				provider.validateCallback("code");
				if (i % 500 === 0) await new Promise(setImmediate);
			}
		};
		await start(10_000);
		const before = await heap();
		await start(30_000);
		console.log((await heap()) - before);
	`;
	const { stdout } = await promisify(execFile)(
		process.execPath,
		["--expose-gc", "--input-type=module", "-e", program],
		{ cwd: new URL("../../", import.meta.url) }
	);
	// Held, they would take some 6,000 bytes each.
	assert.ok(Number(stdout) < 30_000 * 1_000, `30,000 of them took ${stdout.trim()} bytes`);
});

test("the timeout closes the connection of a refusal that never ends, whatever becomes of the error", async () => {
	const program = `
		import { createServer } from "node:http";
		import { setTimeout as sleep } from "node:timers/promises";
		import { atlassian } from "lucia-atlassian";
		let open = 0;
		const server = createServer((request, response) => {
			open++;
			response.on("close", () => open--);
			response.writeHead(403, { "Content-Type": "application/json" });
			const more = () => { while (!response.destroyed && response.write("x".repeat(65_536))); };
			response.on("drain", more);
			more();
		}).listen(0, "127.0.0.1", async () => {
			const origin = "http://127.0.0.1:" + server.address().port;
			const provider = atlassian({}, {
				...${JSON.stringify(configs)},
				timeout: 2_000,
				fetch: ({ signal, method }) => fetch(origin, { signal, method })
			});
			let codes = await Promise.all(Array.from({ length: 10 }, () => provider.validateCallback("code").catch((error) => {
				if (process.argv[1] === "cancel") error.response.body.cancel().catch(() => {});
				return error.code;
			})));
			for (let i = 0; i < 8; i++) { globalThis.gc(); await sleep(50); }
			const before = open;
			for (let i = 0; i < 40 && open > 0; i++) { globalThis.gc(); await sleep(100); }
			console.log([...new Set(codes)], before, open);
			process.exit();
		});
	`;
	for (const then of ["drop", "cancel"]) {
		const { stdout } = await promisify(execFile)(
			process.execPath,
			["--expose-gc", "--input-type=module", "-e", program, then],
			{ cwd: new URL("../../", import.meta.url) }
		);
		assert.match(stdout, /^\[ 'UNEXPECTED_RESPONSE' \] \d+ 0$/m, then);
	}
});

// A runtime may drop the timeout with the request, once nobody holds it.
test("the timeout ends a body that stalls, whatever the garbage collector does meanwhile", async () => {
	const program = `
		import { createServer } from "node:http";
		import { atlassian, validateOAuth2AuthorizationCode } from "lucia-atlassian";
		const server = createServer((request, response) => {
			response.writeHead(200, { "Content-Type": "application/json" });
			if (request.url === "/" + process.argv[1]) response.write("{");
			else response.end('{"access_token":"token"}');
		}).listen(0, "127.0.0.1", async () => {
			const origin = "http://127.0.0.1:" + server.address().port;
			setInterval(() => globalThis.gc(), 10);
			if (process.argv[3] === "Node's own Request") {
				// Nothing of \`fetch\` is replaced but where it connects to.
				await (await fetch(origin + "/other")).text();
				const dispatcher = globalThis[Symbol.for("undici.globalDispatcher.1")];
				globalThis[Symbol.for("undici.globalDispatcher.1")] = {
					dispatch: (options, handler) =>
						dispatcher.dispatch({ ...options, origin, path: options.path.endsWith("/me") ? "/me" : "/token" }, handler)
				};
			} else {
				const RealRequest = Request;
				globalThis.Request = class extends RealRequest {
					constructor(url, init) { super(origin + (String(url).endsWith("/me") ? "/me" : "/token"), init); }
				};
			}
			const { timeout } = AbortSignal;
			AbortSignal.timeout = () => timeout.call(AbortSignal, 300);
			const provider = atlassian({}, { ...${JSON.stringify(configs)}, timeout: 300 });
			const call = process.argv[2] === "helper"
				? validateOAuth2AuthorizationCode("code", origin, { clientId: "id" })
				: provider.validateCallback("code");
			const names = await Promise.race([
				call.then(() => "resolved", (error) => error.name),
				new Promise((resolve) => setTimeout(resolve, 5_000, "still pending"))
			]);
			console.log(names);
			process.exit();
		});
	`;
	const calls = [["token", "provider"], ["me", "provider"], ["token", "helper"]];
	for (const args of calls.flatMap((call) => [[...call, "another Request"], [...call, "Node's own Request"]])) {
		const { stdout } = await promisify(execFile)(
			process.execPath,
			["--expose-gc", "--input-type=module", "-e", program, ...args],
			{ cwd: new URL("../../", import.meta.url) }
		);
		assert.equal(stdout.trim(), "TimeoutError", args.join(" "));
	}
});
