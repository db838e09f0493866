// Responses of every shape that `fetch` can give: those of the runtime, of another realm or library, wrapped by a
// framework, or made by an app. Each combination of how they copy, what their body is and how they are read has to
// give the right code, within the limits, and leaves the body to the app where that can be done.

import assert from "node:assert/strict";
import { Readable } from "node:stream";
import { describe, test } from "node:test";

import { OAuthRequestError, atlassian, validateOAuth2AuthorizationCode } from "lucia-atlassian";

const configs = { clientId: "client", clientSecret: "hidden-client-secret", redirectUri: "https://app.example/callback" };
const provider = (response: () => unknown, options = {}) => atlassian({} as never, { ...configs, fetch: response as never, ...options });

const refusal = JSON.stringify({ error: "invalid_grant", error_description: "Unknown or invalid refresh token." });
const bytes = (text: string) => new TextEncoder().encode(text);

type Members = { body: string; clone: string; readers: string; headers: string };

/** How a copy is made; `undefined` leaves out `clone`. */
const clones: Record<string, ((make: () => object) => unknown) | undefined> = {
	"a copy": (make) => make(),
	"an error": () => {
		throw new TypeError("Illegal invocation");
	},
	"no clone": undefined,
	"a copy without a body": () => ({ status: 403, body: null }),
	"an empty copy": () => new Response(""),
	"a copy that cannot be read": () => ({ text: async () => Promise.reject(new Error("used")) }),
	nothing: () => undefined,
};

/** What `body` is. */
const bodies: Record<string, (text: string) => unknown> = {
	"a web stream": (text) => new Response(text).body,
	"a Node stream": (text) => Readable.from([bytes(text)]),
	bytes,
	nothing: () => null,
	"an error": () => {
		throw new TypeError("Illegal invocation");
	},
};

/** The methods that read a response. */
const readers: Record<string, (text: string) => object> = {
	"text and json": (text) => ({ text: async () => text, json: async () => JSON.parse(text) }),
	text: (text) => ({ text: async () => text }),
	json: (text) => ({ json: async () => JSON.parse(text) }),
	"neither text nor json": () => ({}),
};

const headers: Record<string, () => object> = {
	"a Headers": () => ({ headers: new Headers({ "Retry-After": "7" }) }),
	"no headers": () => ({}),
	"an error": () => ({
		get headers() {
			throw new TypeError("Illegal invocation");
		},
	}),
};

/** The methods of a class stand on its prototype. */
const isOfClass = [false, true];

function responseOf(status: number, text: string, { body, clone, readers: reader, headers: header }: Members, ofClass: boolean) {
	const make = (cloneOf: string): object => {
		const copy = clones[cloneOf];
		const content = bodies[body]!;
		let stream: unknown;
		const methods = { ...readers[reader]!(text), ...(copy && { clone: () => copy(() => make("no clone")) }) };
		const own = { ok: status < 300, status };
		Object.defineProperties(own, Object.getOwnPropertyDescriptors(headers[header]!()));
		Object.defineProperty(own, "body", { get: () => (stream ??= content(text)), enumerable: true });
		return Object.setPrototypeOf(ofClass ? own : Object.assign(own, methods), ofClass ? methods : Object.prototype);
	};
	return make(clone);
}

const isStream = (body: string) => /stream/.test(body);
const canRead = ({ body, readers }: Members) => isStream(body) || readers !== "neither text nor json";

const shapes = Object.keys(clones).flatMap((clone) =>
	Object.keys(bodies).flatMap((body) =>
		Object.keys(readers).flatMap((reader) =>
			Object.keys(headers).flatMap((header) => isOfClass.map((ofClass) => [{ clone, body, readers: reader, headers: header }, ofClass] as const)),
		),
	),
);

for (const clone of Object.keys(clones)) {
	test(`a refusal whose clone gives ${clone} is read, whatever its body is and however it is read`, async () => {
		for (const [members, ofClass] of shapes.filter(([members]) => members.clone === clone)) {
			const response = responseOf(403, refusal, members, ofClass);
			const error = await provider(() => response).validateAuthorizationCode("code").catch((error: unknown) => error);
			const label = JSON.stringify([members, ofClass]);
			assert.ok(error instanceof OAuthRequestError, label);
			assert.equal(error.response, response, label);
			assert.equal(error.code, canRead(members) ? "INVALID_GRANT" : "UNEXPECTED_RESPONSE", label);
			assert.deepEqual(error.body, canRead(members) ? JSON.parse(refusal) : undefined, label);
			assert.equal(error.retryAfter, members.headers === "a Headers" ? 7 : undefined, label);
		}
	});
}

const fails = () => {
	throw new TypeError("Illegal invocation");
};
const never = new Promise<never>(() => {});
const locked = () => {
	const stream = new Response("other").body;
	stream?.getReader();
	return stream;
};
const disturbed = () => {
	const { body } = new Response("other");
	body?.cancel();
	return body;
};

/** Ways in which one reader fails, by which members of a response; each is made anew. */
const failures: Record<string, () => object> = {
	"no members": () => ({}),
	"null for a body, and texts of nothing": () => ({ body: null, text: async () => "", json: async () => null }),
	"undefined for all": () => ({ body: undefined, text: async () => undefined, json: async () => undefined }),
	"null for a text": () => ({ text: async () => null, json: fails }),
	"white space": () => ({ text: async () => " \r\n", json: fails }),
	"an object for a text": () => ({ text: async () => ({}), json: async () => undefined }),
	"a locked body": () => ({ body: locked(), text: fails, json: fails }),
	"a body that was read": () => ({ body: disturbed(), text: fails, json: fails }),
	"a body of texts": () => ({ body: Readable.from(["other"]), text: fails, json: fails }),
	"readers that throw": () => ({ body: null, text: fails, json: fails }),
	"readers that reject": () => ({ text: () => Promise.reject(new Error("used")), json: () => Promise.reject(new Error("used")) }),
	"getters that throw": () => Object.defineProperties({}, Object.fromEntries(["body", "text", "json"].map((name) => [name, { get: fails, configurable: true }]))),
	"a body that hangs": () => ({ body: new ReadableStream({ pull: () => never }), text: fails, json: fails }),
	"a text that hangs": () => ({ text: () => never, json: () => never }),
};

/** Ways in which a copy fails: `clone` itself, or what it gives. */
const failedClones: Record<string, () => PropertyDescriptor> = {
	"is missing": () => ({ value: undefined }),
	"is no function": () => ({ value: {} }),
	throws: () => ({ value: fails }),
	"is a getter that throws": () => ({ get: fails }),
	rejects: () => ({ value: () => Promise.reject(new Error("no copy")) }),
	hangs: () => ({ value: () => never }),
	"gives undefined": () => ({ value: () => undefined }),
	"gives a text": () => ({ value: () => "copy" }),
	...Object.fromEntries(Object.entries(failures).map(([name, failure]) => [`gives ${name}`, () => ({ value: failure })])),
};

/** What of the response itself gives the body, where the others fail. */
const workingReaders: Record<string, () => object> = {
	"a web stream": () => ({ body: new Response(refusal).body }),
	"a Node stream": () => ({ body: Readable.from([bytes(refusal)]) }),
	text: () => ({ text: async () => refusal }),
	"a text at once": () => ({ text: () => refusal }),
	json: () => ({ json: async () => JSON.parse(refusal) }),
	"json at once": () => ({ json: () => JSON.parse(refusal) }),
};

const endpoints: Record<string, (response: () => unknown) => Promise<unknown>> = {
	refresh: (response) => provider(response).refreshTokens("sent-1"),
	"code exchange": (response) => provider(response).validateAuthorizationCode("code"),
	user: (response) => provider(response).getUser("sent-1"),
	sites: (response) => provider(response).getAccessibleResources("sent-1"),
};

const define = (target: object, members: object) => Object.defineProperties(target, Object.getOwnPropertyDescriptors(members));

describe("a refusal is read by whatever of it gives the body", { concurrency: 100 }, () => {
	for (const [clone, failedClone] of Object.entries(failedClones)) {
		test(`where its clone ${clone}`, { timeout: 60_000 }, async () => {
			const cases = Object.entries(failures).flatMap(([failure, failing]) =>
				Object.entries(workingReaders).flatMap(([reader, working]) => Object.entries(endpoints).map(([endpoint, ask]) => ({ failure, failing, reader, working, endpoint, ask }))),
			);
			await Promise.all(
				cases.map(async ({ failure, failing, reader, working, endpoint, ask }) => {
					const response = define(define({ ok: false, status: 403 }, failing()), working());
					Object.defineProperty(response, "clone", failedClone());
					const error = await ask(() => response).catch((error: unknown) => error);
					const label = JSON.stringify({ clone, failure, reader, endpoint });
					assert.ok(error instanceof OAuthRequestError, label);
					assert.deepEqual([error.code, error.action, error.body], ["INVALID_GRANT", "reauthorize", JSON.parse(refusal)], label);
				}),
			);
		});
	}
});

/** A response of the runtime, as what `fetch` gives is handed on, and whether a copy can be had of it. */
const wrapped: [name: string, wrap: (response: Response) => object, canBeCopied: boolean][] = [
	["as it is", (response) => response, true],
	// As in SvelteKit's `load`: a method has the proxy as `this`, which newer versions of Node refuse.
	["in a Proxy that reads members of its target", (response) => new Proxy(response, { get: (target, name) => Reflect.get(target, name, target) }), false],
	[
		"in a Proxy that binds methods",
		(response) =>
			new Proxy(response, {
				get(target, name) {
					const member = Reflect.get(target, name, target);
					return typeof member === "function" ? member.bind(target) : member;
				},
			}),
		true,
	],
	[
		"with a clone that throws",
		(response) =>
			Object.assign(response, {
				clone: () => {
					throw new TypeError("Illegal invocation");
				},
			}),
		false,
	],
	["without a clone", (response) => Object.assign(response, { clone: undefined }), false],
	["with a clone without a body", (response) => Object.assign(response, { clone: () => new Response(null) }), false],
	["with an empty clone", (response) => Object.assign(response, { clone: () => new Response("") }), false],
	["with a json of its own", (response) => Object.assign(response, { json: async () => JSON.parse(refusal) }), true],
	["of a subclass", (response) => Object.setPrototypeOf(response, class extends Response {}.prototype), true],
];

for (const isOfAnotherRealm of [false, true]) {
	for (const [name, wrap, canBeCopied] of wrapped) {
		const kind = isOfAnotherRealm ? "another realm" : "the runtime";
		test(`a refusal of ${kind}, ${name}, is read${canBeCopied ? ", and keeps its body" : ""}`, async () => {
			const { Response } = globalThis;
			const response = new Response(refusal, { status: 403 });
			const given = wrap(response);
			try {
				if (isOfAnotherRealm) globalThis.Response = class Response {} as never;
				const error = await provider(() => given).refreshTokens("sent-1").catch((error: unknown) => error);
				assert.ok(error instanceof OAuthRequestError);
				assert.equal(error.response, given);
				assert.deepEqual([error.code, error.body], ["INVALID_GRANT", JSON.parse(refusal)]);
			} finally {
				globalThis.Response = Response;
			}
			if (canBeCopied) assert.equal(await response.text(), refusal);
		});
	}
}

test("a refusal that says nothing keeps its body, which is empty", async () => {
	for (const body of ["", null]) {
		const response = new Response(body, { status: 403 });
		const error = await provider(() => response).validateAuthorizationCode("code").catch((error: unknown) => error as OAuthRequestError);
		assert.deepEqual([(error as OAuthRequestError).code, "body" in (error as object), response.bodyUsed], ["UNEXPECTED_RESPONSE", false, false]);
	}
});

/** A stream of zeros that counts what was read of it, and says whether it was cancelled. */
function endless(isWeb: boolean) {
	const seen = { parts: 0, isCancelled: false };
	const part = new Uint8Array(16_384).fill(48);
	if (!isWeb) {
		const stream = new Readable({
			read() {
				seen.parts++;
				this.push(part);
			},
			destroy(_, done) {
				seen.isCancelled = true;
				done(null);
			},
		});
		return { body: stream, seen };
	}
	const body = new ReadableStream({
		pull(controller) {
			seen.parts++;
			controller.enqueue(part);
		},
		cancel() {
			seen.isCancelled = true;
		},
	});
	return { body, seen };
}

for (const isWeb of [true, false]) {
	const kind = isWeb ? "web" : "Node";
	test(`the limit on bodies holds for every ${kind} stream, of a success and of a refusal`, async () => {
		for (const status of [200, 403]) {
			const { body, seen } = endless(isWeb);
			const response = { ok: status === 200, status, body, text: () => assert.fail("all of it was asked for") };
			const error = await provider(() => response).validateAuthorizationCode("code").catch((error: any) => error);
			assert.equal(error.code, status === 200 ? "RESPONSE_TOO_LARGE" : "UNEXPECTED_RESPONSE");
			assert.ok(seen.parts < 100, `${seen.parts} parts were read`);
			assert.equal(seen.isCancelled, true);
		}
	});
}

test("the limit on bodies holds for what is read by text()", async () => {
	const success = JSON.stringify({ access_token: "token", filler: "é".repeat(300) });
	const response = () => ({ ok: true, body: bytes(success), text: async () => success });
	const read = (bodyLimit: number) => provider(response, { bodyLimit }).validateAuthorizationCode("code");
	assert.equal((await read(bytes(success).length)).accessToken, "token");
	assert.equal((await read(0)).accessToken, "token");
	await assert.rejects(read(bytes(success).length - 1), { code: "RESPONSE_TOO_LARGE" });
});

test("a success is read from its stream, by text() or by json(), whatever it is of", async () => {
	const success = JSON.stringify({ access_token: "token" });
	for (const [members, ofClass] of shapes.filter(([{ clone, headers }]) => clone === "no clone" && headers === "no headers")) {
		const response = responseOf(200, success, members, ofClass);
		const label = JSON.stringify([members, ofClass]);
		const result = await provider(() => response).validateAuthorizationCode("code").catch((error: unknown) => error as Error);
		if (canRead(members)) assert.equal((result as { accessToken?: string }).accessToken, "token", label);
		else assert.ok(result instanceof TypeError, label);
	}
});

/** Bodies of a response with a `json` of its own that are no stream to be read. */
const withoutStream: Record<string, () => object> = {
	"no body": () => ({}),
	null: () => ({ body: null }),
	undefined: () => ({ body: undefined }),
	text: () => ({ body: "other" }),
	bytes: () => ({ body: bytes("other") }),
	"an error": () => ({
		get body() {
			throw new TypeError("Illegal invocation");
		},
	}),
	"a Response without a body": () => new Response(null),
	"a Response that was read": () => {
		const response = new Response("other");
		response.text();
		return response;
	},
};

test("a json of its own is asked, whatever it gives, where there is no stream to be held to the limit", async () => {
	const filler = "x".repeat(1_000);
	for (const [label, without] of Object.entries(withoutStream)) {
		const response = Object.defineProperties({ ok: true }, Object.getOwnPropertyDescriptors(without()));
		const given = label.startsWith("a Response") ? without() : response;
		Object.assign(given, { json: async () => ({ access_token: "token", filler }), text: () => assert.fail("text was asked for") });
		assert.equal((await provider(() => given, { bodyLimit: 100 }).validateAuthorizationCode("code")).accessToken, "token", label);
	}
});

/** Responses with a stream as their body and a `json` of its own, and whether a copy can be had. */
const withStream: Record<string, [(body: unknown) => object, canBeCopied: boolean]> = {
	"a Response": [(body) => new Response(body as never), true],
	"a response of another class": [
		(body) => {
			let stream = body as ReadableStream;
			return {
				get body() {
					return stream;
				},
				clone() {
					let copy: ReadableStream;
					[stream, copy] = stream.tee();
					return { body: copy };
				},
			};
		},
		true,
	],
	"without a clone": [(body) => ({ body }), false],
	"a clone that throws": [
		(body) => ({
			body,
			clone: () => {
				throw new TypeError("Illegal invocation");
			},
		}),
		false,
	],
	"a clone without a body": [(body) => ({ body, clone: () => ({ body: null }) }), false],
};

test("a json of its own is asked only once a body that is a stream is known to be within the limit", async () => {
	const content = JSON.stringify({ access_token: "of the body", filler: "x".repeat(1_000) });
	for (const [label, [make, canBeCopied]] of Object.entries(withStream)) {
		for (const isWeb of canBeCopied ? [true] : [true, false]) {
			const stream = () => (isWeb ? new Response(content).body : Readable.from([bytes(content)]));
			let isAsked = false;
			const ask = (body: unknown, bodyLimit: number) => {
				isAsked = false;
				const response = make(body);
				const own = { ok: true, json: async () => ((isAsked = true), { access_token: "of json" }) };
				for (const [name, value] of Object.entries(own)) Object.defineProperty(response, name, { value });
				return provider(() => response, { bodyLimit }).validateAuthorizationCode("code");
			};
			// Without a copy, what the body says is what was counted.
			const read = canBeCopied ? "of json" : "of the body";
			assert.equal((await ask(stream(), content.length)).accessToken, read, label);
			assert.equal((await ask(stream(), 0)).accessToken, "of json", label);
			await assert.rejects(ask(stream(), content.length - 1), { code: "RESPONSE_TOO_LARGE" }, label);
			assert.equal(isAsked, false, label);
			const { body, seen } = endless(isWeb);
			await assert.rejects(ask(body, 100_000), { code: "RESPONSE_TOO_LARGE" }, label);
			assert.equal(isAsked, false, label);
			assert.ok(seen.parts < 30, `${label}: ${seen.parts} parts were read`);
		}
	}
});

test("a stub with ok and json is asked for these alone, as by the published package", async () => {
	const read: PropertyKey[] = [];
	const stub = { ok: true, json: async () => ({ access_token: "token" }), text: () => assert.fail() };
	const watched = new Proxy(stub, { get: (target, name) => (read.push(name), Reflect.get(target, name)) });
	assert.equal((await provider(() => watched).validateAuthorizationCode("code")).accessToken, "token");
	assert.deepEqual(read.filter((name) => name !== "then"), ["ok", "json"]);
});

test("a request that cannot be made says nothing of the platform: the next one ends by its signal", async () => {
	const { Request } = globalThis;
	const signals: unknown[] = [];
	try {
		// A class that nothing is known of.
		globalThis.Request = class extends Request {
			constructor(url: string, init: RequestInit) {
				super(url, init);
				signals.push(init.signal);
			}
		} as never;
		const clientPassword = { clientSecret: "hidden-client-secret", authenticateWith: "client_secret" } as const;
		const refused = validateOAuth2AuthorizationCode("code", "https://user:password@provider.example/token", { clientId: "id", clientPassword });
		await assert.rejects(refused, TypeError);
		await provider(() => Response.json({ access_token: "token" })).validateAuthorizationCode("code");
		assert.ok(signals.at(-1) instanceof AbortSignal);
	} finally {
		globalThis.Request = Request;
	}
});
