// The six things that this package does better than the published one, and the proof that they are
// differences: each test has to pass with this package and to fail, for the reason given beside it, with
// the published one. The only network is 127.0.0.1.

import assert, { AssertionError } from "node:assert/strict";
import { Console } from "node:console";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { Writable } from "node:stream";
import { test } from "node:test";
import { inspect } from "node:util";
import { routeTo } from "../atlassian/route.ts";
import type { Implementation } from "./differential.ts";
import { ours } from "./ours.ts";
import { published } from "./published.ts";

type Case = {
	name: string;
	/** Throws an `AssertionError` when the implementation lacks the improvement. */
	check: (implementation: Implementation, patienceMs: number) => Promise<void>;
	/** What the published package is found to do. */
	published: RegExp;
};

// A promise that is still pending by then counts as never settled. Ours has ample time on a slow machine;
// the published package is given little, since no time would do.
const patience = { ours: 10_000, published: 500 };

const improvements: Record<string, () => Case[]> = {
	"1. a user without a usable account_id is refused before Lucia is called": withoutAccountId,
	"2. a token response without a usable access_token is refused": withoutAccessToken,
	"3. secrets show in no log, inspection or serialisation": secretsInLogs,
	"4. a redirect from the token endpoint is not followed": redirects,
	"5. requests time out, and configs is read once": timeouts,
	"6. missing or mistyped credentials are refused at the call": credentials,
};

for (const [title, cases] of Object.entries(improvements)) {
	test(title, async (t) => {
		for (const { name, check, published: finding } of cases()) {
			await t.test(name, () => check(ours, patience.ours));
			await t.test(`${name}: the published package fails this`, () =>
				assert.rejects(check(published, patience.published), (error) => {
					assert.ok(error instanceof AssertionError, inspect(error));
					assert.match(error.message, finding);
					return true;
				}),
			);
		}
	});
}

const clientSecret = "s3cr3tOfTheClient";
const code = "c0deOfTheCallback";
const bearerToken = "t0kenOfTheBearer";
const configs = { clientId: "client-id", clientSecret, redirectUri: "https://app.example/callback", scope: ["offline_access"] };
const tokenBody = { access_token: bearerToken, expires_in: 3600 };
const userBody = { account_id: "557058:1", name: "Ada" };

function withoutAccountId(): Case[] {
	const table: [name: string, body: unknown, named?: RegExp][] = [
		["no account_id", { name: "Ada" }],
		["account_id undefined", { account_id: undefined }],
		["account_id null", { account_id: null }],
		["account_id empty", { account_id: "" }],
		["account_id a number", { account_id: 557058 }],
		["account_id zero", { account_id: 0 }],
		["account_id a boolean", { account_id: true }],
		["account_id an object", { account_id: { id: "557058:1" } }],
		["account_id an array", { account_id: ["557058:1"] }],
		["account_id a String object", { account_id: new String("557058:1") }],
		["an error body", { code: 401, message: "Unauthorized" }],
		["the body is a string", "557058:1", /\bbody\b/],
		["the body is an array", [userBody]],
	];
	return table.map(([name, body, named = /\baccount_id\b/]) => ({
		name,
		published: /accepted the user/,
		async check({ atlassian }) {
			const called: PropertyKey[] = [];
			const auth = new Proxy({}, { get: (_, method) => () => void called.push(method) });
			const outcome = await withFetch(responding(json(tokenBody), stub(body)), () => settled(atlassian(auth, configs).validateCallback(code)));
			assert.equal(outcome.status, "rejected", "validateCallback accepted the user");
			assert.match(messageOf(outcome.reason), named, "the message does not name what was wrong");
			assert.deepEqual(called, [], "Lucia was called");
		},
	}));
}

function withoutAccessToken(): Case[] {
	const marker = "marker4711";
	const table: [name: string, body: unknown, named?: RegExp][] = [
		["no access_token", { expires_in: 3600 }],
		["access_token null", { access_token: null }],
		["access_token empty", { access_token: "" }],
		["access_token of white space", { access_token: " \t " }],
		["access_token a number", { access_token: 987654321 }],
		["access_token a boolean", { access_token: true }],
		["access_token an object", { access_token: { token: marker } }],
		["access_token an array", { access_token: [marker] }],
		["access_token with a line break", { access_token: `${marker}\r\nX-Injected: yes` }],
		["access_token with a line feed inside", { access_token: `${marker}\nend` }],
		["access_token with a trailing line break", { access_token: `${marker}\n` }],
		["access_token with a NUL", { access_token: `${marker}\0` }],
		["access_token beyond Latin-1", { access_token: `${marker}\u{20ac}` }],
		["an error body", { error: "invalid_grant", error_description: marker }],
		["the body is a string", marker, /\bbody\b/],
		["the body is an array", [marker]],
	];
	return table.map(([name, body, named = /\baccess_token\b/]) => ({
		name,
		published: /bearer request was sent|does not name what was wrong/,
		async check({ atlassian }) {
			const sent: Request[] = [];
			const outcome = await withFetch(responding(stub(body), json(userBody), sent), () => settled(atlassian({}, configs).validateCallback(code)));
			assert.equal(sent.length, 1, "the bearer request was sent");
			assert.equal(outcome.status, "rejected", "validateCallback went on");
			assert.ok(outcome.reason instanceof Error, "the reason is no Error");
			assert.match(outcome.reason.message, named, "the message does not name what was wrong");
			for (const value of [marker, "987654321", clientSecret, code]) assertHidden(await shown(outcome.reason), { value });
		},
	}));
}

function secretsInLogs(): Case[] {
	const secrets = { clientSecret, code, bearerToken };
	const refused = () => new Response('{"error":"access_denied"}', { status: 401 });
	return [
		{
			name: "the provider and its result",
			published: /clientSecret is shown/,
			async check({ atlassian }) {
				const provider = atlassian({}, configs);
				assertHidden(await shown(provider), secrets);
				const result = (await withFetch(responding(json(tokenBody), json(userBody)), () => provider.validateCallback(code))) as object;
				assertHidden(await shown(result), { clientSecret, code });
			},
		},
		{
			name: "an error of the token endpoint",
			published: /(clientSecret|code) is shown/,
			async check({ atlassian, OAuthRequestError }) {
				const error = await refusal(OAuthRequestError, responding(refused, json(userBody)), () => atlassian({}, configs).validateCallback(code));
				assert.equal(error.request.url, "https://auth.atlassian.com/oauth/token");
				assert.equal(error.request.method, "POST");
				assertHidden(await shown(error), secrets);
			},
		},
		{
			name: "an error of the user endpoint",
			published: /bearerToken is shown/,
			async check({ atlassian, OAuthRequestError }) {
				const error = await refusal(OAuthRequestError, responding(json(tokenBody), refused), () => atlassian({}, configs).validateCallback(code));
				assert.equal(error.request.url, "https://api.atlassian.com/me");
				assert.equal(error.request.method, "GET");
				assertHidden(await shown(error), secrets);
			},
		},
		...(["client_secret", "http_basic_auth"] as const).map((authenticateWith) => ({
			name: `an error of validateOAuth2AuthorizationCode with ${authenticateWith}`,
			published: /(clientSecret|code|basic) is shown/,
			async check({ validateOAuth2AuthorizationCode, OAuthRequestError }: Implementation) {
				const options = { clientId: "client-id", clientPassword: { clientSecret, authenticateWith } };
				const error = await refusal(OAuthRequestError, responding(refused, refused), () =>
					validateOAuth2AuthorizationCode(code, "https://idp.example/token", options),
				);
				assert.equal(error.request.url, "https://idp.example/token");
				assert.equal(error.request.method, "POST");
				assertHidden(await shown(error), { ...secrets, basic: btoa(`client-id:${clientSecret}`) });
			},
		})),
	];
}

function redirects(): Case[] {
	return [301, 302, 303, 307, 308].map((status) => ({
		name: `status ${status}`,
		published: /redirect was followed/,
		check: ({ atlassian, OAuthRequestError }) => {
			const seen: string[] = [];
			const foreign = (request: IncomingMessage, response: ServerResponse) => {
				seen.push(`${request.method} ${request.url}`);
				response.end(JSON.stringify(tokenBody));
			};
			return withServer(foreign, (elsewhere) => {
				const atlassianItself = (request: IncomingMessage, response: ServerResponse) => {
					if (request.url === "/auth.atlassian.com/oauth/token") response.writeHead(status, { Location: `${elsewhere}/token` }).end();
					else response.end(JSON.stringify(userBody));
				};
				return withServer(atlassianItself, async (origin) => {
					const outcome = await withFetch(routeTo(origin), () => settled(atlassian({}, configs).validateCallback(code)));
					assert.deepEqual(seen, [], "the redirect was followed");
					assert.equal(outcome.status, "rejected");
					assert.ok(outcome.reason instanceof OAuthRequestError, inspect(outcome.reason));
					assert.equal((outcome.reason as RequestError).response.status, status);
				});
			});
		},
	}));
}

function timeouts(): Case[] {
	const silent = () => {};
	const stalling = (_: IncomingMessage, response: ServerResponse) => {
		response.writeHead(200, { "Content-Type": "application/json" });
		response.write('{"access_token":');
	};
	const table: [name: string, token: typeof stalling, user: typeof stalling][] = [
		["the token endpoint never responds", silent, silent],
		["the body of the token response stalls", stalling, silent],
		["the user endpoint never responds", (_, response) => void response.end(JSON.stringify(tokenBody)), silent],
		["the body of the user response stalls", (_, response) => void response.end(JSON.stringify(tokenBody)), stalling],
	];
	return [
		...table.map(
			([name, token, user]): Case => ({
				name,
				published: /still pending/,
				check: ({ atlassian }, patienceMs) =>
					withServer(
						(request, response) => (request.url?.endsWith("/oauth/token") ? token : user)(request, response),
						async (origin) => {
							const provider = atlassian({}, { ...configs, timeout: 200 });
							const outcome = await withFetch(routeTo(origin), () => settled(provider.validateCallback(code), patienceMs));
							assert.notEqual(outcome.status, "pending", "the call is still pending");
							assert.equal(outcome.status, "rejected");
							assert.ok(outcome.reason instanceof DOMException, inspect(outcome.reason));
							assert.equal(outcome.reason.name, "TimeoutError");
						},
					),
			}),
		),
		...(
			[
				["10,000 milliseconds by default", {}, [10_000, 10_000]],
				["a timeout of its own", { timeout: 250 }, [250, 250]],
			] as const
		).map(
			([name, setting, expected]): Case => ({
				name,
				published: /AbortSignal.timeout was not called so/,
				async check({ atlassian }) {
					const { asked, sent, aborts } = await watchTimeouts(() => atlassian({}, { ...configs, ...setting }));
					assert.deepEqual(asked, expected, "AbortSignal.timeout was not called so");
					const reason = new DOMException("The operation was aborted due to timeout", "TimeoutError");
					for (const { abort } of aborts) abort(reason);
					for (const { signal } of sent) assert.equal(signal.reason, reason, "the request does not carry the signal");
					const none = await watchTimeouts(() => atlassian({}, { ...configs, timeout: 0 }));
					assert.deepEqual(none.asked, [], "timeout: 0 is no limit");
					assert.equal(none.sent.length, 2);
				},
			}),
		),
		{
			name: "configs is read once",
			published: /a later change of configs/,
			async check({ atlassian }) {
				const mine = { ...configs, scope: ["one"] };
				const provider = atlassian({}, mine);
				Object.assign(mine, { clientId: "changed", redirectUri: "changed", clientSecret: "changed" });
				mine.scope.push("changed");
				const [url] = (await provider.getAuthorizationUrl()) as [URL, string];
				assert.ok(!url.href.includes("changed"), "a later change of configs shows in the URL");
				const sent: Request[] = [];
				await withFetch(responding(json(tokenBody), json(userBody), sent), () => provider.validateCallback(code));
				assert.ok(!(await sent[0]?.text())?.includes("changed"), "a later change of configs shows in the request");
			},
		},
	];
}

function credentials(): Case[] {
	const marker = "marker4711";
	const mistyped: [name: string, value: unknown][] = [
		["a number", 5],
		["true", true],
		["an object", { marker }],
		["an array", [marker]],
		["a String object", new String(marker)],
	];
	const wrong: [name: string, value: unknown][] = [["undefined", undefined], ["null", null], ["empty", ""], ...mistyped];
	const scopes: [name: string, value: unknown][] = [
		["a string", `read:jira-work ${marker}`],
		["a number", 5],
		["an object", { marker }],
		["an array with a number", ["read:jira-work", 5]],
		["an array with null", [null]],
		["an array with undefined", [undefined]],
		["an array in an array", [[marker]]],
	];
	const both = ["getAuthorizationUrl", "validateCallback"];
	const rows: { field: string; named: string; value: unknown; without?: boolean; methods: string[] }[] = [
		{ field: "clientId", named: "missing", value: undefined, without: true, methods: both },
		{ field: "clientSecret", named: "missing", value: undefined, without: true, methods: ["validateCallback"] },
		...wrong.map(([named, value]) => ({ field: "clientId", named, value, methods: both })),
		...wrong.map(([named, value]) => ({ field: "clientSecret", named, value, methods: ["validateCallback"] })),
		...mistyped.map(([named, value]) => ({ field: "redirectUri", named, value, methods: both })),
		...scopes.map(([named, value]) => ({ field: "scope", named, value, methods: ["getAuthorizationUrl"] })),
	];

	const refused = async (field: string, call: () => unknown) => {
		const sent: Request[] = [];
		const outcome = await withFetch(responding(json(tokenBody), json(userBody), sent), async () => {
			let promise: unknown;
			assert.doesNotThrow(() => (promise = call()), "the call threw before it gave a promise");
			return settled(promise);
		});
		assert.equal(outcome.status, "rejected", `the call went on in spite of ${field}`);
		assert.ok(outcome.reason instanceof TypeError, `the reason is no TypeError: ${inspect(outcome.reason)}`);
		assert.match(outcome.reason.message, new RegExp(`\\b${field}\\b`), `the message does not name ${field}`);
		assert.equal(sent.length, 0, "a request was sent");
		for (const value of [marker, clientSecret]) assertHidden(await shown(outcome.reason), { value });
	};
	const finding = /the call went on|the reason is no|the message does not name/;

	return [
		...rows.flatMap(({ field, named, value, without, methods }) =>
			methods.map((method): Case => ({
				name: `${method} with ${field} ${named}`,
				published: finding,
				check({ atlassian }) {
					const mine: Record<string, unknown> = { ...configs, [field]: value };
					if (without) delete mine[field];
					const provider = atlassian({}, mine) as Record<string, (...parameters: string[]) => unknown>;
					return refused(field, () => (method === "validateCallback" ? provider.validateCallback?.(code) : provider.getAuthorizationUrl?.()));
				},
			})),
		),
		{
			name: "validateCallback without an argument",
			published: finding,
			check: ({ atlassian }) => refused("code", () => atlassian({}, configs).validateCallback() as unknown),
		},
		...wrong.map(([named, value]): Case => ({
			name: `validateCallback with code ${named}`,
			published: finding,
			check: ({ atlassian }) => refused("code", () => atlassian({}, configs).validateCallback(value) as unknown),
		})),
	];
}

const hostile: [name: string, make: () => unknown][] = [
	["undefined", () => undefined],
	["null", () => null],
	["a number", () => 5],
	["a string", () => "configs"],
	["a symbol", () => Symbol("configs")],
	["an empty object", () => ({})],
	["an array", () => []],
	["a getter that throws", () => ({ ...configs, get clientId() { throw new Error("clientId cannot be read"); } })],
	["a scope whose length throws", () => ({ ...configs, scope: new Proxy([], { get() { throw new Error("scope cannot be read"); } }) })],
	["a proxy that throws", () => new Proxy({}, { get() { throw new Error("nothing can be read"); } })],
	["a revoked proxy", () => revoked()],
	["a revoked proxy for scope", () => ({ ...configs, scope: revoked() })],
];

test("atlassian() never throws; what is wrong shows as a rejection of both methods", async (t) => {
	for (const [name, make] of hostile) {
		await t.test(name, async () => {
			for (const auth of [undefined, null, 5, revoked()]) {
				const provider = ours.atlassian(auth, make()) as Record<string, (code: string) => unknown>;
				for (const method of ["getAuthorizationUrl", "validateCallback"]) {
					const call = provider[method];
					assert.ok(call !== undefined);
					const outcome = await withFetch(responding(json(tokenBody), json(userBody)), () => settled(call(code)));
					assert.equal(outcome.status, "rejected", method);
				}
			}
		});
	}
});

test("a response that is null is refused too", async () => {
	const table: [token: () => unknown, user: () => unknown, named: RegExp][] = [
		[stub(null), json(userBody), /token endpoint/],
		[json(tokenBody), stub(null), /\/me\b/],
	];
	for (const [token, user, named] of table) {
		const outcome = await withFetch(responding(token, user), () => settled(ours.atlassian({}, configs).validateCallback(code)));
		assert.equal(outcome.status, "rejected");
		assert.match(messageOf(outcome.reason), named);
	}
});

type RequestError = Error & { request: Request; response: Response };
type Outcome = { status: "fulfilled"; value: unknown; reason?: undefined } | { status: "rejected"; reason: unknown } | { status: "pending"; reason?: undefined };

/** How a promise stands when it is settled, or when patience is at its end. A late rejection is taken too. */
async function settled(promise: unknown, patienceMs = patience.ours): Promise<Outcome> {
	assert.ok(promise instanceof Promise, "a method gave no promise");
	let timer: NodeJS.Timeout | undefined;
	const pending = new Promise<Outcome>((resolve) => {
		timer = setTimeout(resolve, patienceMs, { status: "pending" });
	});
	const outcome = promise.then(
		(value: unknown): Outcome => ({ status: "fulfilled", value }),
		(reason: unknown): Outcome => ({ status: "rejected", reason }),
	);
	return Promise.race([outcome, pending]).finally(() => clearTimeout(timer));
}

async function refusal(errorClass: Implementation["OAuthRequestError"], fetch: typeof globalThis.fetch, call: () => unknown): Promise<RequestError> {
	const outcome = await withFetch(fetch, () => settled(call()));
	assert.equal(outcome.status, "rejected");
	assert.ok(outcome.reason instanceof errorClass, inspect(outcome.reason));
	assert.ok((outcome.reason as RequestError).request instanceof Request);
	return outcome.reason as RequestError;
}

async function withFetch<T>(fetch: unknown, run: () => T | Promise<T>): Promise<T> {
	const original = globalThis.fetch;
	globalThis.fetch = fetch as typeof globalThis.fetch;
	try {
		return await run();
	} finally {
		globalThis.fetch = original;
	}
}

/** A `fetch` that responds to the two requests of a sign-in, and keeps a copy of what was sent. */
function responding(token: () => unknown, user: () => unknown, sent: Request[] = []): typeof globalThis.fetch {
	return (async (request: Request) => {
		sent.push(request.clone());
		return sent.length === 1 ? token() : user();
	}) as typeof globalThis.fetch;
}

const json = (body: unknown) => () => Response.json(body);
/** Unlike a `Response`, hands over values that JSON cannot hold. */
const stub = (body: unknown) => () => ({ ok: true, status: 200, json: async () => body });

async function withServer(listener: (request: IncomingMessage, response: ServerResponse) => void, run: (origin: string) => Promise<void>): Promise<void> {
	const server = createServer(listener);
	await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
	try {
		await run(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
	} finally {
		server.closeAllConnections();
		await new Promise((resolve) => server.close(resolve));
	}
}

/** One sign-in, with each call of `AbortSignal.timeout` returning a signal that only the test aborts. */
async function watchTimeouts(make: () => { validateCallback: (code: string) => Promise<unknown> }) {
	const original = AbortSignal.timeout;
	const asked: number[] = [];
	const aborts: { abort: (reason: unknown) => void }[] = [];
	const sent: Request[] = [];
	AbortSignal.timeout = (milliseconds) => {
		asked.push(milliseconds);
		const controller = new AbortController();
		aborts.push({ abort: (reason) => controller.abort(reason) });
		return controller.signal;
	};
	try {
		const provider = make();
		const requests = async (request: Request) => {
			sent.push(request);
			return sent.length === 1 ? Response.json(tokenBody) : Response.json(userBody);
		};
		await withFetch(requests, () => provider.validateCallback(code));
	} finally {
		AbortSignal.timeout = original;
	}
	return { asked, sent, aborts };
}

/** All that a log, an inspector, a serialiser or a reader of `error.request` gets to see of a value. */
async function shown(value: object): Promise<string> {
	const parts: string[] = [];
	const stream = new Writable({
		write(chunk: Buffer, _, done) {
			parts.push(chunk.toString());
			done();
		},
	});
	new Console({ stdout: stream, stderr: stream }).log(value, String(value));
	parts.push(inspect(value, { depth: Infinity, showHidden: true, getters: true, showProxy: true, maxStringLength: null, maxArrayLength: null }));
	for (const serialise of [JSON.stringify, structuredClone] as ((value: object) => unknown)[]) {
		try {
			parts.push(inspect(serialise(value), { depth: Infinity }));
		} catch (error) {
			// What cannot be serialised must not be quoted in the refusal either.
			parts.push(String(error));
		}
	}
	if (value instanceof Error) parts.push(value.message, value.stack ?? "");
	const { request } = value as { request?: unknown };
	if (request instanceof Request) parts.push(inspect([...request.headers]), request.bodyUsed ? "" : await request.clone().text());
	return parts.join("\n");
}

function assertHidden(shown: string, secrets: Record<string, string>): void {
	for (const [name, secret] of Object.entries(secrets)) assert.ok(!shown.includes(secret), `${name} is shown`);
}

function messageOf(reason: unknown): string {
	assert.ok(reason instanceof Error, inspect(reason));
	return reason.message;
}

function revoked(): object {
	const { proxy, revoke } = Proxy.revocable({}, {});
	revoke();
	return proxy;
}
