// The generated cases of the differential suite: what is handed to an implementation, and what
// `fetch` and Lucia's `auth` respond to it. The same seed and index give the same case again, made of
// fresh objects, so that two implementations never share one. Inputs that the two are meant to treat
// differently (the improvements) are not generated; improvements.test.ts has those.

import { LuciaError } from "lucia";
import { Random } from "./random.ts";

/** What a stubbed function does when it is called. */
export type Outcome = {
	how: "return" | "resolve" | "thenable" | "throw" | "reject" | "rejecting thenable" | "throwing then";
	value: unknown;
};

/** What the stubbed `fetch` gives back. The watched forms note what is read of them. */
export type StubResponse = { form: "stub" | "watched stub"; delivery: Outcome["how"]; members: Record<string, unknown>; json: Outcome | undefined };
export type RealResponse = { form: "Response" | "watched Response"; delivery: Outcome["how"]; status: number; text: string };
export type PlannedResponse = StubResponse | RealResponse | { form: "no response"; outcome: Outcome };

/** A method of `auth`. */
export type AuthMethod =
	| { kind: "function"; outcome: Outcome }
	| { kind: "value"; value: unknown }
	| { kind: "getter"; outcome: Outcome };

export const authMethods = ["useKey", "getUser", "createKey", "createUser"] as const;
export type AuthMethodName = (typeof authMethods)[number];

export type AuthPlan =
	| { form: "absent"; value: unknown }
	| { form: "object" | "class" | "frozen" | "null prototype"; methods: Record<AuthMethodName, AuthMethod> };

/** How a method is taken from the object that has it. */
export type CallStyle = "method" | "destructured" | "copied";

export type UserAuthStep = {
	method: "getExistingUser" | "createKey" | "createUser";
	style: CallStyle;
	arguments: unknown[];
	replace: { name: AuthMethodName; by: AuthMethod } | undefined;
};

/** Globals that are replaced while the case runs, before or after `atlassian()` is called. */
export type Replacement = { names: ("Request" | "URL")[]; when: "before construction" | "after construction" };

export type Case =
	| { kind: "construction"; auth: unknown; configs: unknown }
	| { kind: "authorization URL"; auth: unknown; configs: object; style: CallStyle; replacement: Replacement }
	| {
			kind: "callback";
			auth: AuthPlan;
			configs: object;
			style: CallStyle;
			replacement: Replacement;
			code: string;
			responses: PlannedResponse[];
			swapFetch: boolean;
			reenter: boolean;
			steps: UserAuthStep[];
	  }
	| { kind: "concurrent callbacks"; configs: object; flows: { code: string; token: string; delay: number; responses: [PlannedResponse, PlannedResponse] }[] }
	| { kind: "root authorization URL"; pkce: boolean; base: string | URL; options: object }
	| { kind: "root code exchange"; code: string; url: string | URL; options: object; response: PlannedResponse }
	| { kind: "ID token"; token: string }
	| { kind: "root user auth"; auth: AuthPlan; providerId: string; providerUserId: string; steps: UserAuthStep[] }
	| { kind: "request error"; request: Request; response: unknown };

export function generateCase(seed: number, index: number): Case {
	const random = new Random(seed, index);
	const share = random.integer(0, 99);
	if (share < 3) return construction(random);
	if (share < 18) return authorizationUrl(random);
	if (share < 55) return callback(random);
	if (share < 59) return concurrentCallbacks(random);
	if (share < 70) return rootAuthorizationUrl(random);
	if (share < 81) return rootCodeExchange(random);
	if (share < 90) return idToken(random);
	if (share < 98) return rootUserAuth(random);
	return requestError(random);
}

function construction(random: Random): Case {
	const anything = () =>
		random.oneOf<unknown>(
			() => undefined,
			() => null,
			() => random.integer(-5, 5),
			() => text(random, 0, 12),
			() => Symbol("anything"),
			() => [],
			() => () => {},
			() => ({ get clientId() { throw new Error("clientId cannot be read"); } }),
			() => new Proxy({}, { get() { throw new Error("nothing can be read"); } }),
			() => {
				const { proxy, revoke } = Proxy.revocable({}, {});
				revoke();
				return proxy;
			},
		);
	return { kind: "construction", auth: anything(), configs: anything() };
}

function authorizationUrl(random: Random): Case {
	// The client secret plays no part in the URL, so that whatever stands there is no obstacle.
	const secret = random.chance(80) ? text(random, 1, 40) : random.pick<unknown>(["", undefined, null, 5, {}]);
	return {
		kind: "authorization URL",
		auth: random.pick<unknown>([undefined, null, {}, "auth"]),
		configs: configs(random, secret),
		style: callStyle(random),
		replacement: replacement(random),
	};
}

function callback(random: Random): Case {
	const responses = random.chance(75)
		? [goodResponse(random, tokenBody(random)), random.chance(80) ? goodResponse(random, userBody(random)) : failingResponse(random)]
		: [failingResponse(random), goodResponse(random, userBody(random))];
	return {
		kind: "callback",
		auth: authPlan(random),
		configs: configs(random, text(random, 1, 60)),
		style: callStyle(random),
		replacement: replacement(random),
		code: random.chance(3) ? text(random, 3000, 9000) : text(random, 1, 60),
		responses,
		swapFetch: random.chance(10),
		reenter: random.chance(10),
		steps: userAuthSteps(random),
	};
}

function concurrentCallbacks(random: Random): Case {
	return {
		kind: "concurrent callbacks",
		configs: configs(random, text(random, 1, 20)),
		flows: random.list(2, 5, (position) => {
			const token = `${position}.${accessToken(random)}`;
			const first = random.chance(85) ? goodResponse(random, { ...tokenBody(random), access_token: token }) : failingResponse(random);
			const second = random.chance(85) ? goodResponse(random, userBody(random)) : failingResponse(random);
			return { code: `${position}.${text(random, 0, 20)}`, token, delay: random.integer(0, 4), responses: [first, second] };
		}),
	};
}

function rootAuthorizationUrl(random: Random): Case {
	const options: Record<string, unknown> = { clientId: random.chance(90) ? text(random, 1, 30) : "", scope: scopes(random) };
	if (random.chance(75)) options.redirectUri = redirectUri(random);
	else if (random.chance(30)) options.redirectUri = random.pick([undefined, null]);
	const pkce = random.chance(50);
	if (pkce && random.chance(80)) options.codeChallengeMethod = random.pick(["S256", "plain", ""]);
	return { kind: "root authorization URL", pkce, base: baseUrl(random), options };
}

function rootCodeExchange(random: Random): Case {
	const options: Record<string, unknown> = { clientId: random.chance(90) ? text(random, 1, 30) : "" };
	if (random.chance(60)) options.redirectUri = redirectUri(random);
	if (random.chance(50)) options.codeVerifier = random.chance(85) ? text(random, 1, 100) : random.pick(["", undefined]);
	if (random.chance(85)) {
		options.clientPassword = random.chance(90)
			? {
					clientSecret: random.chance(90) ? text(random, 1, 40) : "",
					authenticateWith: random.pick(["client_secret", "http_basic_auth", "client_secret", "http_basic_auth", "none"]),
				}
			: random.pick([undefined, null]);
	}
	const response = random.chance(75)
		? goodResponse(random, random.chance(60) ? tokenBody(random) : json(random, 2))
		: failingResponse(random);
	return { kind: "root code exchange", code: text(random, 1, 60), url: baseUrl(random), options, response };
}

function idToken(random: Random): Case {
	const header = base64Url(JSON.stringify({ alg: random.pick(["none", "RS256", "HS256"]), typ: "JWT" }));
	const signature = base64Url(text(random, 0, 40));
	if (random.chance(60)) {
		const payload = random.chance(90) ? jsonObject(random, 3) : random.list(0, 4, () => json(random, 2));
		const space = random.chance(10) ? random.pick(["\t", "\n  ", 2]) : undefined;
		const mark = random.chance(5) ? "\u{feff}" : "";
		let encoded = base64Url(mark + JSON.stringify(payload, null, space));
		// Issuers that pad (RFC 7515 forbids it) or keep the common alphabet are seen in practice and are read.
		if (random.chance(20)) encoded = encoded.padEnd(Math.ceil(encoded.length / 4) * 4, "=");
		if (random.chance(30)) encoded = encoded.replaceAll("-", "+").replaceAll("_", "/");
		return { kind: "ID token", token: `${random.chance(90) ? header : ""}.${encoded}.${random.chance(80) ? signature : ""}` };
	}
	const payload = base64Url(JSON.stringify(jsonObject(random, 1)));
	return {
		kind: "ID token",
		token: random.oneOf(
			() => "",
			() => "..",
			() => header,
			() => `${header}.${payload}`,
			() => `${header}.${payload}.${signature}.${signature}`,
			() => `${header}..${signature}`,
			() => `${header}.${base64Url("null")}.${signature}`,
			() => `${header}.${base64Url(random.pick(["true", "12", '"text"', "{", '{"sub":}', "{}{}", "undefined", "\u{feff}\u{feff}{}"]))}.`,
			() => `${header}.!!!!.${signature}`,
		),
	};
}

function rootUserAuth(random: Random): Case {
	return {
		kind: "root user auth",
		auth: authPlan(random),
		providerId: text(random, 1, 12),
		providerUserId: text(random, 1, 40),
		steps: userAuthSteps(random),
	};
}

function requestError(random: Random): Case {
	const request = new Request(`https://idp.example/${encodeURIComponent(wellFormed(text(random, 0, 10)))}`, {
		method: random.pick(["GET", "POST", "PUT"]),
	});
	const response = random.chance(50) ? new Response("refused", { status: random.pick([400, 401, 500]) }) : { ok: false };
	return { kind: "request error", request, response };
}

function configs(random: Random, clientSecret: unknown): object {
	const members: Record<string, unknown> = {
		clientId: text(random, 1, random.chance(5) ? 400 : 40),
		clientSecret,
		redirectUri: redirectUri(random),
	};
	const scope = random.oneOf<unknown>(
		() => undefined,
		() => null,
		() => scopes(random),
		() => scopes(random),
		() => Object.freeze(scopes(random)),
	);
	if (scope !== undefined || random.chance(30)) members.scope = scope;
	if (random.chance(5)) members.unknown = { anything: true };
	return random.pick([
		() => members,
		() => members,
		() => Object.freeze(members),
		() => Object.assign(Object.create(null), members) as object,
		() => Object.create(members) as object,
		() => {
			const withGetters = {};
			for (const [name, value] of Object.entries(members)) {
				Object.defineProperty(withGetters, name, { get: () => value, enumerable: false });
			}
			return withGetters;
		},
	])();
}

function scopes(random: Random): string[] {
	const known = ["read:me", "offline_access", "read:jira-work", "write:jira-work", "read:confluence-content.all", "manage:jira-configuration"];
	const list = random.list(0, random.chance(5) ? 150 : 6, () => (random.chance(70) ? random.pick(known) : text(random, 0, 12)));
	if (list.length > 0 && random.chance(20)) list.push(random.pick(list));
	return list;
}

function redirectUri(random: Random): string {
	return random.oneOf(
		() => "",
		() => "https://app.example/login/atlassian/callback",
		() => `http://localhost:${random.integer(1, 65535)}/callback?next=${encodeURIComponent("/a?b=c&d")}`,
		() => `https://app.example/${text(random, 0, 30)}`,
		() => text(random, 1, 30),
	);
}

function baseUrl(random: Random): string | URL {
	if (random.chance(5)) return random.pick(["", "not a URL", "/relative", "https://", "https://name:password@idp.example/token"]);
	const names = ["client_id", "scope", "state", "response_type", "redirect_uri", "code_challenge", "code_challenge_method", "tenant", "a b"];
	const query = random.list(0, 6, () => {
		const name = random.chance(80) ? random.pick(names) : wellFormed(text(random, 0, 8));
		const value = wellFormed(text(random, 0, 10));
		return random.oneOf(
			() => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`,
			() => `${encodeURIComponent(name)}=${value}`,
			() => name,
			() => `${name}=%zz+%20${value}`,
			() => "",
		);
	});
	const host = random.pick(["https://idp.example", "https://idp.example:8443", "http://127.0.0.1:1", "https://b\u{fc}cher.example"]);
	const path = random.pick(["", "/authorize", "/oauth/token", "/a%20b/../c", "/\u{e9}/\u{1f600}"]);
	const url = host + path + (query.length > 0 ? `?${query.join("&")}` : "") + (random.chance(15) ? `#${text(random, 0, 6)}` : "");
	return random.chance(30) ? new URL(url) : url;
}

function tokenBody(random: Random): Record<string, unknown> {
	const members: [string, unknown][] = [["access_token", accessToken(random)]];
	if (random.chance(75)) {
		members.push(["expires_in", random.oneOf<unknown>(() => 3600, () => 3600, () => random.integer(-1, 100_000), () => 0.5, () => 1e21, () => null, () => "3600", () => "", () => false, () => [1], () => json(random, 1))]);
	}
	if (random.chance(60)) {
		members.push(["refresh_token", random.oneOf<unknown>(() => text(random, 1, 60), () => text(random, 1, 60), () => "", () => null, () => random.pick([0, 12, false, true]))]);
	}
	if (random.chance(50)) members.push(["scope", scopes(random).join(" ")]);
	if (random.chance(50)) members.push(["token_type", random.pick(["Bearer", "bearer", "mac", "", null])]);
	if (random.chance(20)) members.push([text(random, 0, 8), json(random, 2)]);
	return objectOf(random.shuffle(members));
}

/** What a bearer token may hold (RFC 6749 A.12), without the space. */
function accessToken(random: Random): string {
	const jwt = () => [1, 2, 3].map(() => base64Url(text(random, 1, 60))).join(".");
	const visible = () => String.fromCharCode(...random.list(1, 80, () => random.integer(0x21, 0x7e)));
	const long = () => base64Url(text(random, 1500, 2000));
	return random.chance(3) ? long() : random.oneOf(jwt, visible);
}

function userBody(random: Random): Record<string, unknown> {
	const known = ["account_type", "email", "name", "picture", "account_status", "nickname", "zoneinfo", "locale"];
	const accountId = random.oneOf(
		() => `557058:${base64Url(text(random, 4, 20))}`,
		() => text(random, 1, 40),
		() => random.pick(["undefined", "null", "0", " ", "a:b:c", "\u{d800}", "__proto__", "\u{feff}"]),
	);
	const members: [string, unknown][] = [["account_id", accountId]];
	for (const name of known) if (random.chance(60)) members.push([name, random.chance(90) ? text(random, 0, 30) : null]);
	if (random.chance(50)) members.push(["extended_profile", jsonObject(random, 1)]);
	if (random.chance(50)) members.push(...random.list(1, 3, (): [string, unknown] => [jsonKey(random), json(random, 3)]));
	return objectOf(random.shuffle(members));
}

function goodResponse(random: Random, body: unknown): PlannedResponse {
	const text = JSON.stringify(body) as string | undefined;
	if (random.chance(40) && text !== undefined) {
		return {
			form: random.pick(["Response", "watched Response"]),
			delivery: random.pick(["resolve", "return", "thenable"]),
			status: random.pick([200, 200, 200, 201, 206, 299]),
			text: random.chance(10) ? `\n ${text}\t` : text,
		};
	}
	return {
		form: random.pick(["stub", "watched stub"]),
		delivery: random.pick(["resolve", "resolve", "return", "thenable"]),
		members: { ok: random.chance(80) ? true : random.pick<unknown>([1, "yes", {}, []]), ...(random.chance(20) ? { status: 500 } : {}) },
		json: { how: random.pick(["resolve", "resolve", "return", "thenable"]), value: stubBody(random, body) },
	};
}

/** A stub's body need not come out of `JSON.parse`: it may be frozen, or have its members from a prototype. */
function stubBody(random: Random, body: unknown): unknown {
	if (typeof body !== "object" || body === null || random.chance(80)) return body;
	return random.pick([() => Object.freeze(body), () => Object.create(body) as object])();
}

function failingResponse(random: Random): PlannedResponse {
	const refused = (): PlannedResponse => ({
		form: random.pick(["Response", "watched Response"]),
		delivery: random.pick(["resolve", "return", "thenable"]),
		status: random.pick([300, 301, 302, 304, 307, 308, 400, 401, 403, 404, 409, 418, 429, 500, 502, 503, 504, 599]),
		text: random.pick(['{"error":"invalid_grant"}', "<html>", "", text(random, 0, 20)]),
	});
	return random.oneOf<PlannedResponse>(
		refused,
		refused,
		() => {
			const ok = random.pick<unknown>([false, 0, "", null, undefined, Number.NaN]);
			const members = random.chance(80) ? { ok, status: 401 } : {};
			return { form: random.pick(["stub", "watched stub"]), delivery: random.pick(["resolve", "return"]), members, json: { how: "resolve", value: {} } };
		},
		() => ({ form: "no response", outcome: { how: random.pick(["throw", "reject", "rejecting thenable", "throwing then"]), value: failure(random) } }),
		() => ({ form: "no response", outcome: { how: random.pick(["return", "resolve"]), value: random.pick([undefined, null]) } }),
		() => ({
			form: random.pick(["stub", "watched stub"]),
			delivery: "resolve",
			members: { ok: true },
			json: random.chance(85)
				? { how: random.pick(["throw", "reject", "rejecting thenable", "throwing then"]), value: failure(random) }
				: undefined,
		}),
		() => ({ form: random.pick(["Response", "watched Response"]), delivery: "resolve", status: 200, text: random.pick(["", "<html>", "{", "nul", "{}{}"]) }),
	);
}

/** Anything that a program may throw or reject with. */
function failure(random: Random): unknown {
	return random.oneOf<unknown>(
		() => undefined,
		() => null,
		() => text(random, 0, 12),
		() => random.pick([0, -0, Number.NaN, 7n, true, Symbol("failure")]),
		() => new Error(text(random, 0, 12)),
		() => new TypeError("fetch failed", { cause: new Error("connect ECONNREFUSED") }),
		() => new SyntaxError("Unexpected token"),
		() => new DOMException("The operation was aborted.", "AbortError"),
		() => new DOMException("The operation timed out.", "TimeoutError"),
		() => Object.freeze({ message: "frozen" }),
		() => Object.freeze(new Error("frozen")),
		() => [text(random, 0, 4)],
		() => () => "a function",
		() => ({ response: null, request: null, message: "OAUTH_REQUEST_FAILED" }),
	);
}

const invalidKeyId = "AUTH_INVALID_KEY_ID";

function luciaFailure(random: Random): unknown {
	if (random.chance(40)) return failure(random);
	return random.oneOf<unknown>(
		() => new LuciaError(invalidKeyId),
		() => new LuciaError(random.pick(["AUTH_INVALID_USER_ID", "AUTH_DUPLICATE_KEY_ID", "AUTH_INVALID_PASSWORD"])),
		() => new Error(invalidKeyId),
		() => new Error(random.pick([` ${invalidKeyId}`, invalidKeyId.toLowerCase(), `${invalidKeyId}\n`, `Error: ${invalidKeyId}`])),
		() => new Error("wrapped", { cause: new LuciaError(invalidKeyId) }),
		() => ({ message: invalidKeyId }),
		() => Object.freeze(Object.assign(Object.create(null), { message: invalidKeyId }) as object),
		() => Object.create({ message: invalidKeyId }) as object,
		() => ({ get message() { return invalidKeyId; } }),
		() => ({ get message(): string { throw new Error("message cannot be read"); } }),
		() => Object.assign(() => {}, { message: invalidKeyId }),
		() => ({ message: new String(invalidKeyId) }),
		() => ({ message: [invalidKeyId] }),
		() => ({ code: invalidKeyId }),
		() => invalidKeyId,
	);
}

function authPlan(random: Random): AuthPlan {
	if (random.chance(4)) return { form: "absent", value: random.pick([undefined, null, "auth", 5, {}]) };
	const key = () =>
		random.oneOf<unknown>(
			() => ({ userId: text(random, 0, 15), providerId: "atlassian", passwordDefined: false }),
			() => ({ userId: text(random, 0, 15) }),
			() => ({ userId: random.pick<unknown>([undefined, null, 12, {}]) }),
			() => Object.create({ userId: "inherited" }) as object,
			() => ({ get userId() { throw luciaFailure(random); } }),
			() => random.pick<unknown>([undefined, null, "key", 5, {}]),
		);
	const user = () => random.oneOf<unknown>(() => ({ userId: text(random, 0, 15), name: text(random, 0, 15) }), () => ({ userId: "1" }), () => random.pick<unknown>([undefined, null, "user", 5, false]));
	return {
		form: random.pick(["object", "class", "frozen", "null prototype"]),
		methods: {
			useKey: authMethod(random, key),
			getUser: authMethod(random, user),
			createKey: authMethod(random, key),
			createUser: authMethod(random, user),
		},
	};
}

function authMethod(random: Random, value: () => unknown): AuthMethod {
	if (random.chance(3)) return { kind: "value", value: random.pick<unknown>([undefined, null, "useKey", {}]) };
	if (random.chance(3)) return { kind: "getter", outcome: { how: "throw", value: luciaFailure(random) } };
	const outcome: Outcome = random.chance(65)
		? { how: random.pick(["resolve", "resolve", "resolve", "return", "thenable"]), value: value() }
		: { how: random.pick(["reject", "reject", "throw", "rejecting thenable", "throwing then"]), value: luciaFailure(random) };
	return { kind: random.chance(5) ? "getter" : "function", outcome };
}

function userAuthSteps(random: Random): UserAuthStep[] {
	return random.list(1, 4, () => {
		const method = random.pick(["getExistingUser", "getExistingUser", "createKey", "createUser", "createUser"] as const);
		const name = random.pick(authMethods);
		return {
			method,
			style: callStyle(random),
			arguments: method === "getExistingUser" ? [] : method === "createKey" ? [userId(random)] : createUserArguments(random),
			replace: random.chance(25) ? { name, by: authMethod(random, () => ({ userId: `replaced ${name}` })) } : undefined,
		};
	});
}

function userId(random: Random): unknown {
	return random.chance(75) ? text(random, 0, 20) : random.pick<unknown>([undefined, null, 12, -0, 5n, {}, ["a"], Symbol("user")]);
}

function createUserArguments(random: Random): unknown[] {
	const attributes = () => jsonObject(random, 2);
	return random.oneOf<unknown[]>(
		() => [{ attributes: attributes() }],
		() => [{ attributes: attributes() }],
		() => [{ userId: text(random, 0, 15), attributes: attributes() }],
		() => [{ attributes: attributes(), key: { providerId: "email", providerUserId: "a@b.example", password: "hunter2" } }],
		() => [{ key: random.pick([null, undefined, "key"]), attributes: {} }],
		() => [objectOf(random.list(1, 4, (): [string, unknown] => [jsonKey(random), json(random, 2)]))],
		() => [JSON.parse('{"userId":"1","__proto__":{"admin":true},"attributes":{}}')],
		() => [{ [Symbol.for("option")]: 1, attributes: {} }],
		() => [{ get attributes() { return { read: true }; } }],
		() => [{ attributes: {}, get key() { throw new Error("key cannot be read"); } }],
		() => [Object.create({ inherited: true }, { hidden: { value: 1 }, attributes: { value: {}, enumerable: true } })],
		() => [Object.freeze({ attributes: Object.freeze({}) })],
		() => [new Map([["attributes", {}]])],
		() => [random.pick<unknown>([undefined, null, 5, true, "ab", ["a", "b"], () => {}, Symbol("options")])],
		() => [],
	);
}

function callStyle(random: Random): CallStyle {
	return random.pick(["method", "destructured", "copied"]);
}

function replacement(random: Random): Replacement {
	const names = random.chance(20) ? random.pick([["Request"], ["URL"], ["Request", "URL"]] as ("Request" | "URL")[][]) : [];
	return { names, when: random.pick(["before construction", "after construction"]) };
}

/** Text of UTF-16 code units: plain, reserved in a URL or form, control, beyond ASCII, lone surrogates. */
export function text(random: Random, least: number, most: number): string {
	const alphabets: (() => string)[] = [
		() => random.pick([..."abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"]),
		() => random.pick([..."&=+%?#/:;,@!$'()*~-._[]{}|\\^`\"<> "]),
		() => random.pick(["%20", "%zz", "+", " ", "  ", "&amp;", "\r\n", "\n", "\t", "\0", "\x7f"]),
		() => random.pick(["\u{e9}", "\u{df}", "e\u{301}", "\u{4f60}", "\u{1f600}", "\u{10ffff}", "\u{200d}", "\u{2028}", "\u{feff}", "\u{fffd}", "\u{ffff}"]),
		() => random.pick(["\u{d800}", "\u{dc00}", "\u{dfff}\u{d83d}"]),
	];
	const usual = random.chance(50) ? 0 : random.integer(1, 4);
	const length = random.integer(least, most);
	let made = "";
	while (made.length < length) made += (alphabets[random.chance(60) ? usual : random.integer(0, 3)] as () => string)();
	return made;
}

function wellFormed(value: string): string {
	return new TextDecoder("utf-8", { ignoreBOM: true }).decode(new TextEncoder().encode(value));
}

function base64Url(value: string): string {
	return Buffer.from(value).toString("base64url");
}

function json(random: Random, depth: number): unknown {
	return random.oneOf<unknown>(
		() => text(random, 0, 20),
		() => random.pick([0, 1, -1, 0.1, 1e21, 1e-7, 2 ** 53, -(2 ** 31)]),
		() => random.pick([true, false, null]),
		() => (depth > 0 ? random.list(0, 4, () => json(random, depth - 1)) : []),
		() => (depth > 0 ? jsonObject(random, depth - 1) : {}),
	);
}

function jsonObject(random: Random, depth: number): Record<string, unknown> {
	return objectOf(random.list(0, 6, (): [string, unknown] => [jsonKey(random), json(random, depth)]));
}

function jsonKey(random: Random): string {
	return random.chance(70) ? text(random, 0, 10) : random.pick(["__proto__", "constructor", "toString", "length", "10", "2", "", "then", "sub", "\u{d800}"]);
}

/** Unlike assignment, this gives `__proto__` as an own property, as `JSON.parse` does. */
function objectOf(members: readonly (readonly [string, unknown])[]): Record<string, unknown> {
	return Object.fromEntries(members);
}
