// What errors mean: the same bodies to every kind of request, and what else a method can reject with.

import { OAuthRequestError, isReauthorizationRequired, validateOAuth2AuthorizationCode } from "lucia-atlassian";

import { type Scenario, START, type World, message, rejection, signIn } from "./world.ts";

const TOKEN = "a-token-or-a-code-that-must-not-show";
const ISSUED = "a-token-that-came-and-must-not-show";
const OPAQUE = "v1.MjQ2OGFjZWdpa21vcXM_1a-t";
const JWT = "eyJhbGciOiJub25lIn0.eyJzdWIiOiJhZGEifQ.c2ln";
const SECRET = "ATOAstandin7hV2mXq9LrTzB4cWk8NfYpD1sGjR6eUa0oCvIbEw3HnQlMtZx5yKJ0A1B2C3D";

type Reply = { status: number; body?: BodyInit | null; headers?: Record<string, string> };

/** Each kind of request that Atlassian can refuse. */
const requests: Record<string, (world: World, reply: () => Response) => Promise<unknown>> = {
	code: (world, reply) => world.provider({ fetch: async () => reply() }).validateAuthorizationCode(TOKEN),
	refresh: (world, reply) => world.provider({ fetch: async () => reply() }).refreshTokens(TOKEN),
	user: (world, reply) => world.provider({ fetch: async () => reply() }).getUser(TOKEN),
	sites: (world, reply) => world.provider({ fetch: async () => reply() }).getAccessibleResources(TOKEN),
	"the user of a callback": (world, reply) =>
		world
			.provider({ fetch: async ({ method }) => (method === "GET" ? reply() : Response.json({ access_token: TOKEN })) })
			.callback("?code=another-code&state=s", "s"),
};

const json = (status: number, value: unknown, headers?: Record<string, string>): Reply => ({
	status,
	body: JSON.stringify(value),
	...(headers && { headers }),
});

const tokensInTexts = [
	[`access_token: ${OPAQUE}`, "access_token: [redacted]"],
	[`{'id_token': '${OPAQUE}'}`, "{'id_token': '[redacted]'}"],
	[`<accessToken>${OPAQUE}`, "<accessToken>[redacted]"],
	[`Bearer ${OPAQUE}`, "Bearer [redacted]"],
	[`access_token%3D${OPAQUE}`, "access_token%[redacted]"],
	[`name=access_token, value=${OPAQUE}`, "name=access_token, value=[redacted]"],
	[btoa(OPAQUE), "[redacted]"],
	[`${OPAQUE.slice(0, 6)} ${OPAQUE.slice(6)}`, "v1.MjQ [redacted]"],
	[JWT, "[redacted]"],
] as const;

// What each means: for a code and a refresh, and for an API. A refresh that may be tried again ends with an
// unknown outcome.
const table: [name: string, reply: Reply, token: string, api: string][] = [
	["an invalid code", json(403, { error: "invalid_grant", error_description: "Invalid authorization code" }), "INVALID_GRANT reauthorize", "INVALID_GRANT reauthorize"],
	["wrong credentials", json(401, { error: "access_denied", error_description: "Unauthorized" }), "INVALID_CLIENT configure", "INVALID_TOKEN reauthorize"],
	["a dead refresh token", json(403, { error: "invalid_grant", error_description: "Unknown or invalid refresh token." }), "INVALID_GRANT reauthorize", "INVALID_GRANT reauthorize"],
	["another dead one", json(403, { error: "unauthorized_client", error_description: "refresh_token is invalid" }), "INVALID_GRANT reauthorize", "UNAUTHORIZED_CLIENT configure"],
	["one with its text in error", json(403, { error: "refresh_token is invalid" }), "INVALID_GRANT reauthorize", "UNEXPECTED_RESPONSE retry"],
	["one in an object", json(400, { error: { code: "x", message: "refresh_token is invalid" } }), "INVALID_GRANT reauthorize", "UNEXPECTED_RESPONSE retry"],
	["one in an array", json(400, { errors: [{ title: "refresh_token is invalid" }] }), "INVALID_GRANT reauthorize", "UNEXPECTED_RESPONSE retry"],
	["one in an array of strings", json(400, { errors: ["refresh_token is invalid"] }), "INVALID_GRANT reauthorize", "UNEXPECTED_RESPONSE retry"],
	["messages that are not strings", json(400, { errorMessages: [{ toString: 1 }], join: 1 }), "UNEXPECTED_RESPONSE retry", "UNEXPECTED_RESPONSE retry"],
	["one that was revoked", json(403, { error: "invalid_grant", error_description: "Token was globally revoked" }), "INVALID_GRANT reauthorize", "INVALID_GRANT reauthorize"],
	["a used code", json(400, { error: "invalid_request", error_description: "authorization_code is invalid" }), "INVALID_GRANT reauthorize", "INVALID_REQUEST configure"],
	["a used code as 401", json(401, { error: "invalid_request", error_description: "authorization_code is invalid" }), "INVALID_GRANT reauthorize", "INVALID_REQUEST configure"],
	["a used code as 403", json(403, { error: "unauthorized_client", error_description: "authorization_code is invalid" }), "INVALID_GRANT reauthorize", "UNAUTHORIZED_CLIENT configure"],
	["a used code in capitals", json(400, { error: "invalid_request", error_description: "AUTHORIZATION_CODE IS INVALID" }), "INVALID_GRANT reauthorize", "INVALID_REQUEST configure"],
	["a used code with a full stop", json(400, { error: "invalid_request", error_description: "authorization_code is invalid." }), "INVALID_GRANT reauthorize", "INVALID_REQUEST configure"],
	["a used code with its text in error", json(400, { error: "authorization_code is invalid" }), "INVALID_GRANT reauthorize", "UNEXPECTED_RESPONSE retry"],
	["a used code as an API's message", json(400, { code: 400, message: "authorization_code is invalid" }), "INVALID_GRANT reauthorize", "UNEXPECTED_RESPONSE retry"],
	["an expired refresh token", json(403, { error: "unauthorized_client", error_description: "Refresh token is expired" }), "INVALID_GRANT reauthorize", "UNAUTHORIZED_CLIENT configure"],
	["a missing parameter", json(400, { error: "invalid_request", error_description: "refresh_token is required" }), "INVALID_REQUEST configure", "INVALID_REQUEST configure"],
	["another parameter", json(400, { error: "invalid_request", error_description: "The redirect_uri is invalid for this authorization code" }), "INVALID_REQUEST configure", "INVALID_REQUEST configure"],
	["a grant that the app must not use", json(403, { error: "unauthorized_client", error_description: "client is not allowed to use refresh_token grant" }), "UNAUTHORIZED_CLIENT configure", "UNAUTHORIZED_CLIENT configure"],
	["an outage that speaks of the code", json(503, { error: "invalid_request", error_description: "authorization_code is invalid" }), "SERVER_ERROR retry", "SERVER_ERROR retry"],
	["a gateway's 401", json(401, { code: 401, message: "Unauthorized" }), "UNEXPECTED_RESPONSE retry", "INVALID_TOKEN reauthorize"],
	["a missing scope", json(401, { code: 401, message: "Unauthorized; scope does not match" }), "UNEXPECTED_RESPONSE retry", "INSUFFICIENT_SCOPE configure"],
	["a limit that speaks of scope", json(429, { message: "Too many requests for this scope" }), "RATE_LIMITED retry", "RATE_LIMITED retry"],
	["a 403", json(403, { code: 403, message: "Forbidden" }), "UNEXPECTED_RESPONSE retry", "INSUFFICIENT_SCOPE configure"],
	["a server's error with a JSON body", json(500, { error: "server_error" }), "SERVER_ERROR retry", "SERVER_ERROR retry"],
	["a 503 that says nothing in JSON", json(503, { code: 503 }), "SERVER_ERROR retry", "SERVER_ERROR retry"],
	["a refusal with the status of an outage", json(503, { error: "invalid_grant" }), "SERVER_ERROR retry", "SERVER_ERROR retry"],
	["an outage that blames the app", json(503, { error: "access_denied" }), "SERVER_ERROR retry", "SERVER_ERROR retry"],
	["an empty body", { status: 400, body: "" }, "UNEXPECTED_RESPONSE retry", "UNEXPECTED_RESPONSE retry"],
	["no body", { status: 401, body: null }, "UNEXPECTED_RESPONSE retry", "INVALID_TOKEN reauthorize"],
	...[
		"invalid_grant",
		'<meta name="viewport" content="user-scalable=no">',
		"<style>body{user-select:none}</style>",
		"Sign in with an account that may use this proxy",
		"400 Bad Request ... Bad request, error code E-12",
		"The authorization code is invalid, the refresh token is invalid",
		'<th scope="col">',
	].map((text): (typeof table)[number] => [`HTML: ${text}`, { status: 403, body: `<html>${text}</html>` }, "UNEXPECTED_RESPONSE retry", "UNEXPECTED_RESPONSE retry"]),
	["truncated JSON", { status: 403, body: '{"error":"invalid_grant"' }, "UNEXPECTED_RESPONSE retry", "UNEXPECTED_RESPONSE retry"],
	["no UTF-8", { status: 400, body: new Uint8Array([0xff, 0xfe, 0x22]) }, "UNEXPECTED_RESPONSE retry", "UNEXPECTED_RESPONSE retry"],
	["an array", json(400, [{ error: "invalid_grant" }]), "UNEXPECTED_RESPONSE retry", "UNEXPECTED_RESPONSE retry"],
	["a number", json(400, 400), "UNEXPECTED_RESPONSE retry", "UNEXPECTED_RESPONSE retry"],
	["null", json(400, null), "UNEXPECTED_RESPONSE retry", "UNEXPECTED_RESPONSE retry"],
	["a string", json(400, "invalid_grant"), "UNEXPECTED_RESPONSE retry", "UNEXPECTED_RESPONSE retry"],
	["an error that is no string", json(400, { error: { code: "invalid_grant" }, error_description: ["x"] }), "UNEXPECTED_RESPONSE retry", "UNEXPECTED_RESPONSE retry"],
	["seconds to wait", json(429, {}, { "Retry-After": "7" }), "RATE_LIMITED retry 7", "RATE_LIMITED retry 7"],
	["a date to wait for", json(429, {}, { "Retry-After": new Date(START + 90_000).toUTCString() }), "RATE_LIMITED retry 90", "RATE_LIMITED retry 90"],
	["a date that is over", json(429, {}, { "Retry-After": new Date(START - 90_000).toUTCString() }), "RATE_LIMITED retry 0", "RATE_LIMITED retry 0"],
	["a limit's reset", json(429, {}, { "X-RateLimit-Reset": new Date(START + 45_500).toISOString() }), "RATE_LIMITED retry 46", "RATE_LIMITED retry 46"],
	["nonsense to wait for", json(429, {}, { "Retry-After": "soon" }), "RATE_LIMITED retry", "RATE_LIMITED retry"],
	["an outage with an end", { status: 503, body: "", headers: { "Retry-After": "120" } }, "SERVER_ERROR retry 120", "SERVER_ERROR retry 120"],
	["a redirect", { status: 307, body: null, headers: { Location: "https://evil.example/" } }, "UNEXPECTED_REDIRECT retry", "UNEXPECTED_REDIRECT retry"],
	["100 KB", json(403, { error: "invalid_grant", filler: "x".repeat(100_000) }), "UNEXPECTED_RESPONSE retry", "INSUFFICIENT_SCOPE configure"],
	["60 KB", json(403, { error: "invalid_grant", filler: "so much more ".repeat(4_600) }), "INVALID_GRANT reauthorize", "INVALID_GRANT reauthorize"],
	["a word for the token, and more", json(403, { error: "invalid_grant", error_description: '"refresh_token": unknown' }), "INVALID_GRANT reauthorize", "INVALID_GRANT reauthorize"],
	["a body with tokens", json(400, { access_token: ISSUED, refresh_token: ISSUED, expires_in: 3600 }), "UNEXPECTED_RESPONSE retry", "UNEXPECTED_RESPONSE retry"],
	["a body with tokens, of an outage", json(503, { access_token: ISSUED }), "SERVER_ERROR retry", "SERVER_ERROR retry"],
	["a body with a token, with a redirect", json(302, { refreshToken: ISSUED }), "UNEXPECTED_REDIRECT retry", "UNEXPECTED_REDIRECT retry"],
	["a body with a token, within", json(403, { error: "invalid_grant", upstream: [{ token: ISSUED }] }), "INVALID_GRANT reauthorize", "INVALID_GRANT reauthorize"],
	["a body with tokens, as text", json(403, { error: "invalid_grant", upstream: JSON.stringify({ id_token: OPAQUE }, null, 1) }), "INVALID_GRANT reauthorize", "INVALID_GRANT reauthorize"],
	["a body with tokens, as a form", json(403, { error: "invalid_grant", upstream: `access_token=${OPAQUE}` }), "INVALID_GRANT reauthorize", "INVALID_GRANT reauthorize"],
	...tokensInTexts.map(
		([text]): (typeof table)[number] => [
			`a token in a text: ${text}`,
			json(403, { error: "invalid_grant", error_description: text }),
			"INVALID_GRANT reauthorize",
			"INVALID_GRANT reauthorize",
		],
	),
	["a trace that can be looked for", json(403, { error: "invalid_grant", trace: "3b1f6c52-6f0e-4a52-9c41-0b8de1f7a6b3", see: "https://developer.atlassian.com/cloud/jira/platform/oauth-2-3lo-apps/", statusCode: 403, errorMessages: [], isFinal: true }), "INVALID_GRANT reauthorize", "INVALID_GRANT reauthorize"],
	["an invalid token, and what is wrong with it", json(403, { error: "invalid_grant", error_description: "Invalid token: it is unknown" }), "INVALID_GRANT reauthorize", "INVALID_GRANT reauthorize"],
	["a body with a JSON Web Token", json(403, { error: "invalid_grant", upstream: JWT }), "INVALID_GRANT reauthorize", "INVALID_GRANT reauthorize"],
	["a body that repeats the token", json(403, { error: "invalid_grant", sent: `Bearer ${TOKEN}` }), "INVALID_GRANT reauthorize", "INVALID_GRANT reauthorize"],
	["a body that repeats the client secret", json(400, { error: "invalid_request", [SECRET]: 1 }), "INVALID_REQUEST configure", "INVALID_REQUEST configure"],
];

/** What an error shows of the body: the members that are known, in which nothing that looks like a token is left. */
function shownOf([, { body }]: (typeof table)[number]): Record<string, unknown> | undefined {
	if (typeof body !== "string" || body.length > 65_536) return undefined;
	let parsed: any;
	try {
		parsed = JSON.parse(body);
	} catch {
		return undefined;
	}
	const members = ["error", "error_description", "error_uri", "code", "message"];
	const shown = members.filter((member) => ["string", "number"].includes(typeof parsed?.[member])).map((member) => [member, parsed[member]]);
	if (shown.length === 0) return undefined;
	const text = tokensInTexts.find(([text]) => text === parsed.error_description)?.[1];
	return { ...Object.fromEntries(shown), ...(text && { error_description: text }) };
}

/** What an app finds in an error: code and action, what it shows of the body, and whether the response was left alone. */
async function examine(error: any, { body, status }: Reply): Promise<unknown> {
	if (!(error instanceof OAuthRequestError)) return `${error} ${error?.code}`;
	const found = error as OAuthRequestError & { code: string; action: string; retryAfter?: number; body?: unknown };
	const { code, action, retryAfter, response } = found;
	const parts: unknown[] = [code, action];
	if (retryAfter !== undefined) parts.push(retryAfter);
	const sent = new Uint8Array(await new Response(body ?? null).arrayBuffer());
	if (response.bodyUsed || response.status !== status) parts.push("whose response was read");
	else if (String(new Uint8Array(await response.arrayBuffer())) !== String(sent)) parts.push("whose response is another");
	if (found.message !== "OAUTH_REQUEST_FAILED" || found.name !== "Error" || !(found instanceof Error)) parts.push("which looks different");
	return [parts.join(" "), found.body ?? null];
}

const tables = Object.entries(requests).map(
	([request, send]): Scenario => ({
		name: `what a refusal means: ${request}`,
		async run(world) {
			const seen: Record<string, unknown> = {};
			const shown: string[] = [];
			for (const [name, reply] of table) {
				const { status, body = null, headers = {} } = reply;
				world.time.now = START;
				const [error] = await rejection(send(world, () => new Response(body, { status, headers })));
				shown.push(String(error), JSON.stringify(error), world.inspect(error), JSON.stringify(error?.body ?? null));
				const isUnknown = request === "refresh" && error?.code === "REFRESH_OUTCOME_UNKNOWN";
				if (isUnknown) shown.push(JSON.stringify(error.cause), world.inspect(error.cause));
				seen[name] = await examine(isUnknown ? error.cause : error, reply);
				if (isUnknown && error.retryAfter !== error.cause.retryAfter) seen[name] += " of another time";
			}
			return { seen, leaks: shown.filter((text) => [TOKEN, ISSUED, OPAQUE, JWT, SECRET].some((secret) => text?.includes(secret))) };
		},
		expected: {
			seen: Object.fromEntries(
				table.map((row) => {
					const [name, , token, api] = row;
					const meaning = request === "code" || request === "refresh" ? token : api;
					return [name, [meaning, shownOf(row) ?? null]];
				}),
			),
			leaks: [],
		},
		requests: [],
	}),
);

export const errorScenarios: Scenario[] = [
	...tables,
	{
		name: "the body of a refusal that never ends is not waited for",
		async run(world) {
			world.time.isBodyLate = true;
			const { readable, writable } = new TransformStream();
			void writable.getWriter().write(new TextEncoder().encode('{"error":"invalid_grant"'));
			const provider = world.provider({ fetch: async () => new Response(readable, { status: 403 }) });
			const [error] = await rejection(provider.validateAuthorizationCode("code"));
			return [error.code, error.action, "body" in error, error.response.bodyUsed];
		},
		expected: ["UNEXPECTED_RESPONSE", "retry", false, false],
		requests: [],
	},
	{
		name: "a secret that was sent reads [redacted] in a body, as it is or encoded for a form or a URL",
		async run(world) {
			const signs = 'a"secret\\with=signs/~and (more)';
			const code = "5f0c1f2e-8a4b-4f0e-9d53-2b7c9e61a0d4";
			const seen = [];
			for (const [secret, repeated] of [
				[signs, signs],
				[signs, new URLSearchParams({ client_secret: signs }).toString()],
				[signs, encodeURIComponent(signs)],
				["Some-words", "Some-words"],
				["Some-words", "some-words"],
				[code, code],
				[code, code.toUpperCase()],
				["401", 401],
				["x".repeat(60_000), "x".repeat(60_000)],
			] as const) {
				for (const member of ["error", "error_description", "error_uri", "code", "message"]) {
					const message = typeof repeated === "number" ? repeated : `before ${repeated} after`;
					const fetch = async () => Response.json({ [member]: message }, { status: 400 });
					const [[bySecret], [byCode]] = await Promise.all([
						rejection(world.provider({ fetch, clientSecret: secret }).validateAuthorizationCode("another")),
						rejection(world.provider({ fetch }).validateAuthorizationCode(secret)),
					]);
					seen.push(bySecret.body[member], byCode.body[member]);
				}
			}
			const codeVerifier = "correct-horse-battery-staple.correct-horse-battery";
			for (const repeated of [codeVerifier, codeVerifier.toUpperCase(), encodeURIComponent(codeVerifier)]) {
				const fetch = async () => Response.json({ message: `before ${repeated} after` }, { status: 400 });
				const [byVerifier] = await rejection(world.provider({ fetch }).validateCallback("another", { codeVerifier }));
				seen.push(byVerifier.body.message);
			}
			return [...new Set(seen)];
		},
		expected: ["before [redacted] after", "before client_secret=[redacted] after", "[redacted]"],
	},
	{
		name: "of a body, an error shows the known members, of at most 500 characters, without what looks like a token",
		async run(world) {
			const shownOf = async (body: unknown) => {
				const fetch = async () => Response.json(body, { status: 400 });
				return (await rejection(world.provider({ fetch }).validateAuthorizationCode("another")))[0].body ?? null;
			};
			const ofMessage = async (message: string) => ((await shownOf({ message })) as { message: string }).message;
			return [
				await shownOf({ error: "a", error_description: "b", error_uri: "https://developer.atlassian.com/cloud/", code: 4, message: "m", sites: [], token: "t" }),
				await shownOf({ error: { message: "m" }, error_description: null, code: true, message: ["m"] }),
				await shownOf(["message"]),
				await shownOf({}),
				(await ofMessage("word ".repeat(2_000))).length,
				(await ofMessage(`${"word ".repeat(98)}${"t0ken".repeat(8)}`)).slice(480),
				await Promise.all(
					[
						"Unknown code 3b1f6c52-6f0e-4a52-9c41-0b8de1f7a6b3.",
						"unsupported_response_type",
						"See https://developer.atlassian.com/cloud/jira/platform/oauth-2-3lo-apps/.",
						"abcdefghij".repeat(2),
						"abcdefghi".repeat(2),
						`3b1f6c52-6f0e-4a52-9c41-0b8de1f7a6b3${"a".repeat(4)}`,
						`${"a".repeat(19)}.`,
						"QUJDREVGR0hJSktMTU5PUFFSU1RVVg==",
						".".repeat(60_000),
					].map(ofMessage),
				),
			];
		},
		expected: [
			{ error: "a", error_description: "b", error_uri: "https://developer.atlassian.com/cloud/", code: 4, message: "m" },
			null,
			null,
			null,
			500,
			"word word [redacted]",
			[
				"Unknown code 3b1f6c52-6f0e-4a52-9c41-0b8de1f7a6b3.",
				"unsupported_response_type",
				"See https://developer.atlassian.com/cloud/jira/platform/oauth-2-3lo-apps/.",
				"[redacted]",
				"abcdefghi".repeat(2),
				"[redacted]",
				"[redacted]",
				"[redacted]",
				"[redacted]",
			],
		],
		requests: [],
	},
	{
		// A Worker has six connections at a time, and a body that is not read keeps one.
		name: "eight refusals at once, of a few bytes and of many, leave room for the next request, though nobody reads their bodies",
		async run(world) {
			const provider = world.provider();
			const { accessToken } = await signIn(world, provider);
			const seen = [];
			for (const body of [{ error: "invalid_token" }, { error: "invalid_token", filler: "x ".repeat(10_000) }, { error: "invalid_token", filler: "x ".repeat(100_000) }]) {
				await world.atlassian.fault("me", { status: 401, body }, 8);
				const errors = await Promise.all(Array.from({ length: 8 }, () => rejection(provider.getUser("another token"))));
				seen.push([...new Set(errors.map(([error]) => `${error?.code} ${error?.body?.error}`))]);
				seen.push(typeof (await provider.getUser(accessToken)).account_id);
			}
			return seen;
		},
		expected: [["INVALID_TOKEN invalid_token"], "string", ["INVALID_TOKEN invalid_token"], "string", ["INVALID_TOKEN undefined"], "string"],
	},
	{
		// Compared piece by piece, these took a minute, in which nobody else on the isolate had a turn.
		name: "a long refusal of an enormous token is read like others",
		async run(world) {
			const fetch = async () => Response.json({ error: "a ".repeat(32_000) }, { status: 403 });
			const [error] = await rejection(world.provider({ fetch }).getUser("ab".repeat(520_000)));
			return [error?.code, error?.body];
		},
		expected: ["UNEXPECTED_RESPONSE", { error: "a ".repeat(250) }],
		requests: [],
	},
	{
		name: "an app's stub of a response is classified as far as it goes",
		async run(world) {
			const seen = [];
			for (const response of [{ ok: false }, { ok: false, status: 429 }, { ok: false, status: 503, headers: new Headers({ "Retry-After": "3" }) }, { ok: false, status: "403", clone: () => ({}) }]) {
				const provider = world.provider({ fetch: async () => response as never });
				const [error] = await rejection(provider.validateAuthorizationCode("code"));
				seen.push([error instanceof OAuthRequestError, error.response === response, error.code, error.retryAfter ?? null]);
			}
			return seen;
		},
		expected: [
			[true, true, "UNEXPECTED_RESPONSE", null],
			[true, true, "RATE_LIMITED", null],
			[true, true, "SERVER_ERROR", 3],
			[true, true, "UNEXPECTED_RESPONSE", null],
		],
	},
	{
		name: "errors of another realm are known by their tag, a request's own timeout by its signal",
		async run(world) {
			const tagged = (tag: string) => ({ [Symbol.toStringTag]: tag, message: "from elsewhere" });
			const minified = class a extends Error {
				code = undefined;
				get [Symbol.toStringTag]() {
					return "a";
				}
			};
			const told = ({ code, action }: { code?: unknown; action?: unknown }) => `${code} ${action}`;
			const seen = [];
			for (const thrown of [tagged("Error"), tagged("DOMException"), new minified()]) {
				const fetch = () => Promise.reject(thrown);
				seen.push(told((await rejection(world.provider({ fetch }).validateAuthorizationCode("code")))[0]));
			}
			const fetch = ({ signal }: Request) =>
				new Promise<Response>((_, reject) => {
					// As a connection would: a signal that nobody holds is garbage, and comes to no end.
					const connection = setInterval(() => signal, 1_000);
					signal.addEventListener("abort", () => {
						clearInterval(connection);
						reject(signal.reason);
					});
				});
			seen.push(told((await rejection(world.provider({ fetch, timeout: 20 }).validateAuthorizationCode("code")))[0]));
			return seen;
		},
		expected: ["NETWORK_ERROR retry", "NETWORK_ERROR retry", "NETWORK_ERROR retry", "TIMEOUT retry"],
		requests: [],
	},
	{
		name: "what fetch rejects with stays the same object and looks the same",
		async run(world) {
			class Own extends Error {
				code = "ECONNRESET";
			}
			const seen = [];
			for (const thrown of [
				new TypeError("fetch failed"),
				new Own("own"),
				Object.freeze(new Error("frozen")),
				new DOMException("too long", "TimeoutError"),
				new SyntaxError("no JSON"),
				"a string",
				undefined,
				{ code: 5 },
			]) {
				const before = thrown instanceof Error ? Object.keys(thrown).join() : "";
				const errors = [];
				for (const fetch of [() => Promise.reject(thrown), () => { throw thrown; }] as never[]) {
					const { getUser, validateAuthorizationCode } = world.provider({ fetch });
					errors.push(...(await rejection(getUser("token"))), ...(await rejection(validateAuthorizationCode("code"))));
				}
				const [error] = errors;
				seen.push([
					errors.length === 4 && errors.every((error) => error === thrown),
					error instanceof Error && Object.keys(error).join() === before,
					error?.code ?? null,
					error?.action ?? null,
				]);
			}
			return seen;
		},
		expected: [
			[true, true, "NETWORK_ERROR", "retry"],
			[true, true, "ECONNRESET", "retry"],
			[true, true, null, null],
			// A DOMException that is not of the request's own timeout keeps its number.
			[true, true, 23, "retry"],
			[true, true, "INVALID_JSON", "retry"],
			[true, false, null, null],
			[true, false, null, null],
			[true, false, 5, null],
		],
		requests: [],
	},
	{
		name: "the runtime's own fetch gets an address and an object, what took its place a Request",
		async run() {
			const { fetch, Request } = globalThis;
			const given: string[][] = [];
			const note = (args: unknown[]) => given.push(args.map((arg) => (arg instanceof Request ? "Request" : typeof arg)));
			const send = () => validateOAuth2AuthorizationCode("code", "http://127.0.0.1:9/token", { clientId: "id" });
			/** The calls by which the object is read that says what to send. */
			const calls = async () => {
				Object.defineProperty(Object.prototype, "integrity", {
					configurable: true,
					get() {
						throw new Error("read");
					},
				});
				try {
					const [{ message, stack }] = await rejection(send());
					return message + stack.split("\n").slice(1, 7);
				} finally {
					delete (Object.prototype as { integrity?: unknown }).integrity;
				}
			};
			// What is learnt from the first request of a class is known before.
			await rejection(send());
			const seen = [await calls()];
			try {
				globalThis.fetch = fetch.bind(globalThis);
				seen.push(await calls());
				globalThis.fetch = new Proxy(fetch, { apply: (target, self, args) => (note(args), Reflect.apply(target, self, args)) });
				seen.push(await calls());
				await rejection(send());
				globalThis.fetch = async (...args) => (note(args), Response.json({ access_token: "token" }));
				await send();
				globalThis.fetch = fetch;
				globalThis.Request = class extends Request {};
				seen.push(await calls());
				globalThis.Request = class Request {
					constructor(url: string) {
						given.push([url]);
					}
				} as never;
				await rejection(send());
			} finally {
				Object.assign(globalThis, { fetch, Request });
			}
			await rejection(send());
			seen.push(await calls());
			// For old compatibility dates, wrangler puts a proxy in its place.
			const isOwn = !String(fetch).startsWith("function ()");
			const [own, bound, proxy, other, again] = seen;
			return [(own !== bound) === isOwn, again === own, proxy === bound, other !== own, given];
		},
		expected: [true, true, true, true, [["Request"], ["Request"], ["http://127.0.0.1:9/token"]]],
		requests: [],
	},
	{
		name: "what the app's own fetch gives is held to the limit, whatever length it says",
		async run(world) {
			const seen = [];
			for (const length of [undefined, "10"]) {
				const { readable, writable } = new TransformStream();
				const writer = writable.getWriter();
				let parts = 0;
				const written = (async () => {
					// Without end, but for a test that fails.
					while (parts < 1_000) {
						await writer.write(new Uint8Array(65_536));
						parts++;
					}
					await writer.close();
				})();
				const fetch = async () => new Response(readable, { headers: length ? { "Content-Length": length } : {} });
				const [error] = await rejection(world.provider({ fetch }).getUser("token"));
				const isCancelled = await written.then(() => false, () => true);
				seen.push([error?.code, isCancelled, parts < 20]);
			}
			return seen;
		},
		expected: Array(2).fill(["RESPONSE_TOO_LARGE", true, true]),
		requests: [],
	},
	{
		name: "isReauthorizationRequired knows what the user has to do something about",
		async run(world) {
			const refused = (body: unknown) => rejection(world.provider({ fetch: async () => Response.json(body, { status: 403 }) }).refreshTokens("t"));
			const dead = (await refused({ error: "invalid_grant" }))[0];
			const wrong = (await refused({ error: "access_denied" }))[0];
			const empty = (await rejection(world.provider().tokens(world.store()).accessToken()))[0];
			const getter = { get action() { throw new Error("no"); } };
			const others = [null, undefined, "reauthorize", 5, {}, new Error("x"), getter, new Proxy({}, { get: () => Symbol() }), wrong];
			return [
				[dead, empty, { action: "reauthorize" }].map(isReauthorizationRequired),
				others.map(isReauthorizationRequired),
			];
		},
		expected: [Array(3).fill(true), Array(9).fill(false)],
	},
	{
		name: "methods need no this, and never throw at once, whatever they are given",
		async run(world) {
			const odd = [
				[],
				[undefined],
				[null],
				[5],
				[Symbol("s")],
				[{}],
				[new Proxy({}, { get() { throw new Error("trap"); } })],
				["x", Symbol("s"), Symbol("s")],
				["x", new Proxy({}, { get() { throw new Error("trap"); } })],
				["x\u0000\n\ud800", "x", { codeVerifier: "\ud800" }],
			];
			const wrong = [{}, null, 5, { clientId: "" }, { clientId: "id" }, { clientId: "id", clientSecret: 5 }];
			const { atlassian } = await import("lucia-atlassian");
			const providers = [
				world.provider({ fetch: async () => Response.json({ error: "invalid_request" }, { status: 400 }) }),
				...wrong.map((configs) => atlassian({} as never, configs as never)),
			];
			const seen: string[] = [];
			for (const provider of providers) {
				const { apiUrl, tokens, ...methods } = provider as unknown as Record<string, (...args: unknown[]) => Promise<unknown>>;
				if (typeof apiUrl !== "function" || typeof tokens !== "function") seen.push("a method is missing");
				if (Object.keys(methods).length !== 9) seen.push(`${Object.keys(methods)}`);
				for (const args of odd) {
					const kept = tokens?.(...args) as unknown as typeof methods;
					for (const [name, method] of Object.entries({ ...methods, ...kept })) {
						try {
							const promise = method(...args);
							if (!(promise instanceof Promise)) seen.push(`${name} gives no promise`);
							for (const error of await rejection(promise)) {
								if (!(error instanceof Error)) seen.push(`${name} rejects with no Error`);
							}
						} catch (error) {
							seen.push(`${name} throws ${error}`);
						}
					}
				}
			}
			return seen;
		},
		expected: [],
		requests: [],
	},
	{
		name: "wrong arguments are named, and never shown",
		async run(world) {
			const { validateAuthorizationCode, getUser, getAccessibleResources, callback, refreshTokens } = world.provider();
			const seen = [];
			for (const [method, ...args] of [
				[validateAuthorizationCode],
				[validateAuthorizationCode, 5],
				[getUser],
				[getUser, ""],
				[getUser, "secret\nvalue"],
				[getUser, "secret\u20acvalue"],
				[getAccessibleResources, { secret: "value" }],
				[callback],
				[callback, 5, "s"],
				[callback, {}, "s"],
				[callback, "/cb?code=c&state=s", ["secret value"]],
				[refreshTokens, ["secret value"]],
			] as [(...args: never[]) => Promise<unknown>, ...never[]][]) {
				const [error] = await rejection(method(...args));
				seen.push([error instanceof TypeError, error.code, error.action, error.message]);
			}
			return seen;
		},
		expected: [
			"`code` must be a non-empty string, but is undefined",
			"`code` must be a non-empty string, but is a number",
			"`accessToken` must be a non-empty string, but is undefined",
			"`accessToken` must be a non-empty string, but is an empty string",
			"`accessToken` must be a string that a header can carry, but is blank, or has a line break or a character beyond U+00FF",
			"`accessToken` must be a string that a header can carry, but is blank, or has a line break or a character beyond U+00FF",
			"`accessToken` must be a non-empty string, but is an object",
			"`requestUrl` must be a string or a URL, but is undefined",
			"`requestUrl` must be a string or a URL, but is a number",
			"`requestUrl` must be a string or a URL, but is an object",
			"`storedState` must be a string, such as `cookies().get(name)?.value`, but is an array",
			"`refreshToken` must be a string, but is an array",
		].map((message) => [true, "INVALID_ARGUMENT", "configure", message]),
		requests: [],
	},
	{
		name: "a wrong configuration is what every method rejects with",
		async run(world) {
			const provider = world.provider({ clientSecret: "" }) as unknown as Record<string, (...args: unknown[]) => Promise<unknown>>;
			const { apiUrl, tokens, getAuthorizationUrl, ...methods } = provider;
			const kept = tokens?.(world.store()) as unknown as typeof methods;
			const messages = [];
			for (const method of Object.values({ ...methods, ...kept })) messages.push(await message(method("x", "y")));
			messages.push(await message((async () => apiUrl?.("a", "jira"))()));
			return [messages.length, [...new Set(messages)], await message(getAuthorizationUrl?.() ?? Promise.resolve())];
		},
		expected: [11, ["`configs.clientSecret` must be a non-empty string, but is an empty string"], "no rejection"],
		requests: [],
	},
	{
		name: "neither the provider nor what keeps tokens shows a secret",
		async run(world) {
			const provider = world.provider();
			const tokens = provider.tokens(world.store());
			await tokens.set({ accessToken: TOKEN, refreshToken: TOKEN, accessTokenExpiresIn: 60 });
			const shown = [provider, tokens].flatMap((value) => [JSON.stringify(value), world.inspect(value), String(value)]);
			return shown.filter((text) => text.includes(SECRET) || text.includes(TOKEN));
		},
		expected: [],
	},
];
