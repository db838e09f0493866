// The faults, a row each: what goes over the wire in the place of the right response, and what has to come of
// it by the README, whose table of errors has the action of each code. Adding a case is adding a line; `matrix.ts` has each
// row meet every request that it can.

import { brotliCompressSync, constants, gzipSync } from "node:zlib";

import { errorActions } from "../documents/text.ts";

export type Endpoint = "token" | "me" | "resources" | "revoke" | "own";

/** What a server does once it has read a request, in order. After the last step it waits for the client. */
export type Step =
	| Uint8Array
	| string
	/** A TCP reset. */
	| "RESET"
	/** The connection is closed in order. */
	| "END"
	/** This again and again, as fast as the client takes it, or a piece each so many milliseconds. */
	| { endless: Uint8Array; every?: number };

/** A code of the README, or `ok`. The published package's helper marks nothing: its refusals have no code. */
export type Outcome = string;

export type Fault = {
	group: string;
	name: string;
	/** Only for responses of these endpoints. */
	only?: Endpoint[];
	steps: (endpoint: Endpoint) => Step[];
	/** Where the request goes in place of the server: to a port that refuses, or to one that resets at once. */
	to?: "refusing" | "resetting";
	/** The status, where it is not 2xx: then the error is an `OAuthRequestError` with this status. */
	refusal?: number;
	/** Several where it is up to the platform. */
	outcome: (endpoint: Endpoint) => Outcome | readonly Outcome[];
	/** Members of the result that have to be these. */
	sees?: Record<string, unknown>;
	/** Needs the timeout to end, or may do harm when it is up: then it is a short one. */
	isSlow?: boolean;
	/** Takes memory and time: not beside many others. */
	isHeavy?: boolean;
};

const actions = errorActions();

/** The one action that the README's table gives for a code. */
export function actionOf(code: Outcome): string {
	const [action, ...others] = actions.get(code) ?? [];
	if (action === undefined || others.length > 0) throw new Error(`the README's table of errors has no single action for ${code}`);
	return action;
}

export const ACCOUNT_ID = "712020:5f0c1f2e-8a4b-4f0e-9d53-2b7c9e61a0d4";

const tokens = {
	access_token: "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJhIn0.access",
	expires_in: 3600,
	token_type: "Bearer",
	scope: "read:me offline_access",
	refresh_token: "eyJhbGciOiJIUzI1NiJ9.eyJqdGkiOiJyIn0.refreshed",
};

/** The right responses. */
export const responses: Record<Endpoint, any> = {
	token: tokens,
	own: tokens,
	me: {
		account_type: "atlassian",
		account_id: ACCOUNT_ID,
		email: "ada.byrne@example.com",
		name: "Ada Byrne",
		picture: "https://avatar.example/ada.png",
		account_status: "active",
		nickname: "ada",
		zoneinfo: "Europe/Dublin",
		locale: "en-IE",
		extended_profile: { job_title: "Analyst", organization: "Northwind Looms" },
	},
	resources: [
		{
			id: "1324a887-45db-4bf4-8e99-ef0ff456d421",
			name: "northwind-looms",
			url: "https://northwind-looms.atlassian.net",
			scopes: ["read:jira-work"],
			avatarUrl: "https://avatar.example/site.png",
		},
	],
	revoke: {},
};

/** What a response that cannot be used is called. */
const INVALID = {
	token: "INVALID_TOKEN_RESPONSE",
	me: "INVALID_USER_RESPONSE",
	resources: "INVALID_RESOURCES_RESPONSE",
	// A revocation says all it has to by its status, and the helper of the published package hands on any JSON.
	revoke: "ok",
	own: "ok",
} as const;

// Bytes

const bytes = (text: string) => new TextEncoder().encode(text);
const text = (endpoint: Endpoint) => JSON.stringify(responses[endpoint]);

function head(status: number, headers: Record<string, string | number>): string {
	const lines = Object.entries({ "Content-Type": "application/json", Connection: "close", ...headers });
	const shown = lines.filter(([, value]) => value !== "").map(([name, value]) => `${name}: ${value}\r\n`);
	return `HTTP/1.1 ${status} Status\r\n${shown.join("")}\r\n`;
}

/** A whole response. A header whose value is empty is left out. */
export function http(status: number, body: string | Uint8Array, headers: Record<string, string> = {}): Step[] {
	const content = typeof body === "string" ? bytes(body) : body;
	return [head(status, { "Content-Length": content.byteLength, ...headers }), content, "END"];
}

const chunk = (body: string | Uint8Array) => {
	const content = Buffer.from(body as Uint8Array);
	return Buffer.concat([bytes(`${content.byteLength.toString(16)}\r\n`), content, bytes("\r\n")]);
};

const chunked = (status: number, headers = {}) => head(status, { "Transfer-Encoding": "chunked", ...headers });

const MEGABYTE = 1_000_000;
const once = <T>(make: () => T) => {
	let made: T | undefined;
	return () => (made ??= make());
};
const hundredMegabytes = () => Buffer.alloc(100 * MEGABYTE, "a");
const padded = once(() => Buffer.concat([bytes('{"padding":"'), hundredMegabytes(), bytes('"}')]));
const gzipBomb = once(() => gzipSync(padded(), { level: 1 }));
const gzipBombInGzip = once(() => gzipSync(gzipBomb()));
const brotliBomb = once(() => brotliCompressSync(padded(), { params: { [constants.BROTLI_PARAM_QUALITY]: 2 } }));

// Statuses

/** Those of IANA's registry, and of proxies that stand before Atlassian. */
const STATUSES = [
	...[300, 301, 302, 303, 304, 305, 306, 307, 308],
	...[400, 401, 402, 403, 404, 405, 406, 407, 408, 409, 410, 411, 412, 413, 414, 415, 416, 417, 418, 421, 422],
	...[423, 424, 425, 426, 428, 429, 431, 444, 451, 460, 499],
	...[500, 501, 502, 503, 504, 505, 506, 507, 508, 510, 511, 520, 521, 522, 523, 524, 525, 526, 527, 530, 599],
];

function ofStatus(status: number, endpoint: Endpoint): Outcome | readonly Outcome[] {
	const isApi = endpoint === "me" || endpoint === "resources";
	// The Fetch standard makes a network error of it where there is no proxy to ask.
	if (status === 407) return ["NETWORK_ERROR", "UNEXPECTED_RESPONSE"];
	if (status < 400) return "UNEXPECTED_REDIRECT";
	if (status === 429) return "RATE_LIMITED";
	if (status >= 500 || status === 408 || status === 425) return "SERVER_ERROR";
	if (isApi && status === 401) return "INVALID_TOKEN";
	return "UNEXPECTED_RESPONSE";
}

const statuses: Fault[] = STATUSES.map((status) => ({
	group: "statuses",
	name: `${status}`,
	steps: () => http(status, status === 304 ? "" : '{"message":"no"}'),
	refusal: status,
	outcome: (endpoint) => ofStatus(status, endpoint),
}));

const retryAfter: Fault[] = ["3600", "0", "-1", "soon", "9".repeat(40), "Thu, 01 Jan 2060 00:00:00 GMT"].map(
	(value) => ({
		group: "statuses",
		name: `429, Retry-After: ${value}`,
		steps: () => http(429, "{}", { "Retry-After": value }),
		refusal: 429,
		outcome: () => "RATE_LIMITED",
	}),
);

// What a refusal says

const SAYS = {
	invalid_grant: "INVALID_GRANT",
	invalid_client: "INVALID_CLIENT",
	invalid_token: "INVALID_TOKEN",
	invalid_request: "INVALID_REQUEST",
	invalid_scope: "INVALID_SCOPE",
	unauthorized_client: "UNAUTHORIZED_CLIENT",
	insufficient_scope: "INSUFFICIENT_SCOPE",
	unsupported_grant_type: "UNSUPPORTED_GRANT_TYPE",
	unsupported_response_type: "UNSUPPORTED_RESPONSE_TYPE",
	server_error: "SERVER_ERROR",
	temporarily_unavailable: "TEMPORARILY_UNAVAILABLE",
} as const;

const says: Fault[] = [400, 403, 429, 503].flatMap((status) =>
	Object.entries(SAYS).map(([error, code]) => ({
		group: "what a refusal says",
		name: `${status} ${error}`,
		steps: () => http(status, JSON.stringify({ error })),
		refusal: status,
		outcome: (endpoint: Endpoint) => {
			// Credentials are no matter of an API.
			if (code === "INVALID_CLIENT" && (endpoint === "me" || endpoint === "resources")) return ofStatus(status, endpoint);
			// What a server says of others while it fails is not believed.
			const isOutage = status === 429 || status === 503;
			return isOutage && actionOf(code) !== "retry" ? ofStatus(status, endpoint) : code;
		},
	})),
);

const refusedWith = (
	name: string,
	body: string | Uint8Array,
	code: Outcome = "UNEXPECTED_RESPONSE",
	headers: Record<string, string> = {},
	more: Partial<Fault> = {},
): Fault => ({
	group: "what a refusal says",
	name: `400 ${name}`,
	steps: () => http(400, body, headers),
	refusal: 400,
	outcome: () => code,
	...more,
});

const oddErrors = [null, 5, true, [], {}, "", ["invalid_grant"], { error: "invalid_grant" }, "__proto__", "toString", "\ud800", "a".repeat(60_000)];
const refusals: Fault[] = [
	...oddErrors.map((error) => refusedWith(`error: ${JSON.stringify(error).slice(0, 30)}`, JSON.stringify({ error }))),
	...oddErrors.map((error) =>
		refusedWith(`error_description: ${JSON.stringify(error).slice(0, 30)}`, JSON.stringify({ error: "no", error_description: error })),
	),
	...["", " ", "null", "true", "[]", "0", '"invalid_grant"', '{"error":"invalid_grant"', "<html>no</html>"].map((body) =>
		refusedWith(`with the body ${JSON.stringify(body)}`, body),
	),
	refusedWith("in UTF-16", Buffer.from('\ufeff{"error":"invalid_grant"}', "utf16le")),
	refusedWith("non-UTF-8", Buffer.from('{"error":"\xff\xfe"}', "latin1")),
	refusedWith("the same key twice: the last counts", '{"error":"server_error","error":"invalid_grant"}', "INVALID_GRANT"),
	refusedWith("__proto__", '{"__proto__":{"error":"invalid_grant"}}'),
	refusedWith("nested 30,000 deep", `{"error":"invalid_grant","more":${"[".repeat(30_000)}${"]".repeat(30_000)}}`, "INVALID_GRANT"),
	refusedWith("more than what is read of it", JSON.stringify({ error: "invalid_grant", more: "a".repeat(70_000) }), "UNEXPECTED_RESPONSE", {}, {
		isSlow: true,
	}),
	refusedWith("as HTML, but JSON", '{"error":"invalid_grant"}', "INVALID_GRANT", { "Content-Type": "text/html" }),
	refusedWith("in gzip", gzipSync('{"error":"invalid_grant"}'), "INVALID_GRANT", { "Content-Encoding": "gzip" }),
	refusedWith("in broken gzip", "no gzip", "UNEXPECTED_RESPONSE", { "Content-Encoding": "gzip" }, {
		// A platform may read before it hands on the head.
		outcome: () => ["UNEXPECTED_RESPONSE", "NETWORK_ERROR"],
	}),
	refusedWith("a bomb of gzip", "", "UNEXPECTED_RESPONSE", {}, {
		steps: () => http(400, gzipBomb(), { "Content-Encoding": "gzip" }),
		isHeavy: true, isSlow: true,
	}),
	refusedWith("of 100 MB", "", "UNEXPECTED_RESPONSE", {}, { steps: () => http(400, padded()), isHeavy: true, isSlow: true }),
	refusedWith("without end", "", "UNEXPECTED_RESPONSE", {}, {
		steps: () => [chunked(400), { endless: chunk("a".repeat(16_384)) }],
		isHeavy: true, isSlow: true,
	}),
	refusedWith("reset in the middle", "", "UNEXPECTED_RESPONSE", {}, {
		steps: () => [head(400, { "Content-Length": 100 }), '{"error":', "RESET"],
		outcome: () => ["UNEXPECTED_RESPONSE", "NETWORK_ERROR"],
	}),
	refusedWith("closed in the middle", "", "UNEXPECTED_RESPONSE", {}, {
		steps: () => [head(400, { "Content-Length": 100 }), '{"error":', "END"],
	}),
	refusedWith("stuck before the body", "", "UNEXPECTED_RESPONSE", {}, { steps: () => [chunked(400)], isSlow: true }),
	refusedWith("stuck in the middle", "", "UNEXPECTED_RESPONSE", {}, { steps: () => [chunked(400), chunk('{"error":')], isSlow: true }),
	refusedWith("drop by drop, without end", "", "UNEXPECTED_RESPONSE", {}, {
		steps: () => [chunked(400), { endless: chunk(" "), every: 50 }],
		isSlow: true,
	}),
	refusedWith("stuck after the last byte", "", "UNEXPECTED_RESPONSE", {}, {
		steps: () => [chunked(400), chunk('{"error":"no"}')],
		isSlow: true,
	}),
];

// Connections

const cut = (name: string, steps: (body: Uint8Array) => Step[], ...outcome: Outcome[]): Fault => ({
	group: "connections",
	name,
	steps: (endpoint) => steps(bytes(text(endpoint))),
	// A revocation is accepted by its status; nobody waits for its body.
	outcome: (endpoint) => (endpoint === "revoke" && steps(bytes("{}"))[0] !== undefined ? [...outcome, "ok"] : outcome),
});

const half = (body: Uint8Array) => body.slice(0, body.byteLength / 2);
const length = (body: Uint8Array) => head(200, { "Content-Length": body.byteLength });

const connections: Fault[] = [
	{ ...cut("refused", () => [], "NETWORK_ERROR"), to: "refusing" },
	{ ...cut("reset when it is made", () => [], "NETWORK_ERROR"), to: "resetting" },
	cut("reset before the headers", () => ["RESET"], "NETWORK_ERROR"),
	cut("closed before the headers", () => ["END"], "NETWORK_ERROR"),
	cut("reset in the middle of the headers", () => ["HTTP/1.1 200 OK\r\nContent-Type: app", "RESET"], "NETWORK_ERROR"),
	cut("closed in the middle of the headers", () => ["HTTP/1.1 200 OK\r\nContent-Type: app", "END"], "NETWORK_ERROR"),
	cut("reset after the headers", (body) => [length(body), "RESET"], "NETWORK_ERROR"),
	cut("reset in the middle of the body", (body) => [length(body), half(body), "RESET"], "NETWORK_ERROR"),
	cut("closed in the middle of the body", (body) => [length(body), half(body), "END"], "NETWORK_ERROR"),
	// Node takes the end of the connection for that of a chunked body.
	cut("reset in the middle of a chunked body", (body) => [chunked(200), chunk(half(body)), "RESET"], "NETWORK_ERROR", "INVALID_JSON"),
	cut("closed in the middle of a chunked body", (body) => [chunked(200), chunk(half(body)), "END"], "NETWORK_ERROR", "INVALID_JSON"),
	cut("reset after the last byte", (body) => [length(body), body, "RESET"], "ok", "NETWORK_ERROR"),
	cut("closed after the last byte of a chunked body, without its end", (body) => [chunked(200), chunk(body), "END"], "NETWORK_ERROR", "ok"),
	cut("no length, ended by the close", (body) => [head(200, {}), body, "END"], "ok"),
	cut("no length, closed in the middle", (body) => [head(200, {}), half(body), "END"], "INVALID_JSON"),
	cut("longer than its length", (body) => [length(body), body, "and more", "END"], "ok", "NETWORK_ERROR"),
	cut("a chunk of no size", (body) => [chunked(200), "no size\r\n", body, "END"], "NETWORK_ERROR"),
	cut("no HTTP", () => ["220 mail.example ESMTP\r\n", "END"], "NETWORK_ERROR"),
	cut("a status of no number", () => ["HTTP/1.1 abc No\r\n\r\n", "END"], "NETWORK_ERROR"),
	cut("an endless header", () => ["HTTP/1.1 200 OK\r\nA: ", { endless: bytes("a".repeat(16_384)) }], "NETWORK_ERROR"),
];

// Delays

const delays: Fault[] = (
	[
		["before the headers", () => []],
		["in the middle of the headers", () => ["HTTP/1.1 200 OK\r\nContent-Type: app"]],
		["before the body", (body) => [length(body)]],
		["in the middle of the body", (body) => [length(body), half(body)]],
		["in the middle of a chunked body", (body) => [chunked(200), chunk(half(body))]],
		["after the last byte, before the end", (body) => [chunked(200), chunk(body)]],
		["in small pieces, without end", () => [chunked(200), { endless: chunk(" "), every: 50 }]],
	] as [string, (body: Uint8Array) => Step[]][]
).map(([name, steps], index) => ({
	group: "delays beyond the timeout",
	name,
	steps: (endpoint) => steps(bytes(text(endpoint))),
	outcome: (endpoint) => (endpoint === "revoke" && index > 1 ? "ok" : "TIMEOUT"),
	isSlow: true,
}));

// Redirects. FOREIGN stands for another server's origin, which must never be asked.

const LOCATIONS = ["FOREIGN/stolen", "//FOREIGN_HOST/stolen", "/elsewhere", "", "http://[", "data:application/json,{}"];

const redirects: Fault[] = [301, 302, 303, 307, 308].flatMap((status) =>
	LOCATIONS.map((location) => ({
		group: "redirects",
		name: `${status} to ${JSON.stringify(location)}`,
		steps: () => http(status, "", { Location: location }),
		refusal: status,
		// A platform may refuse what is no URL at all before anybody could follow it.
		outcome: () => (location === "http://[" ? ["UNEXPECTED_REDIRECT", "NETWORK_ERROR"] : "UNEXPECTED_REDIRECT"),
	})),
);

// Bodies

const body = (
	name: string,
	make: (text: string) => string | Uint8Array,
	outcome: Outcome | readonly Outcome[] | "INVALID",
	headers: Record<string, string> = {},
	more: Partial<Fault> = {},
): Fault => ({
	group: "bodies",
	name,
	steps: (endpoint) => http(200, make(text(endpoint)), headers),
	outcome: (endpoint) => (endpoint === "revoke" ? [...[outcome].flat(), "ok"].filter((one) => one !== "INVALID") as Outcome[] : outcome === "INVALID" ? INVALID[endpoint] : outcome),
	...more,
});

/** The JSON of a response with more in front of its members, or of the first of them. */
const withMore = (text: string, members: string) => text.replace("{", `{${members}${text === "{}" ? "" : ","}`);

const bodies: Fault[] = [
	...["application/json; charset=utf-16", "text/html", "image/png", "no/type; at=all;;", ""].map((type) =>
		body(`right, as ${JSON.stringify(type)}`, (text) => text, "ok", { "Content-Type": type }),
	),
	body("HTML", () => "<!doctype html><title>Maintenance</title>", "INVALID_JSON", { "Content-Type": "text/html" }),
	body("empty", () => "", "INVALID_JSON"),
	body("white space", () => " \r\n\t", "INVALID_JSON"),
	body("truncated", (text) => text.slice(0, -1), "INVALID_JSON"),
	body("one character", () => "{", "INVALID_JSON"),
	body("followed by more", (text) => `${text}x`, "INVALID_JSON"),
	body("twice", (text) => text + text, "INVALID_JSON"),
	body("NaN", () => "NaN", "INVALID_JSON"),
	body("of single quotes", (text) => text.replaceAll('"', "'"), "INVALID_JSON"),
	body("NULs", () => new Uint8Array(1000), "INVALID_JSON"),
	body("with a byte order mark", (text) => `\ufeff${text}`, "ok"),
	body("UTF-16", (text) => Buffer.from(text, "utf16le"), "INVALID_JSON"),
	body("non-UTF-8 where nobody looks", (text) => Buffer.from(withMore(text, '"more":"\xff\xc0\xaf"'), "latin1"), "ok"),
	body("lone surrogates where nobody looks", (text) => withMore(text, '"more":"\\ud800"'), "ok"),
	body("nested 100,000 deep where nobody looks", (text) => withMore(text, `"more":${"[".repeat(100_000)}${"]".repeat(100_000)}`), "ok"),
	body("nothing but 100,000 brackets", () => "[".repeat(100_000) + "]".repeat(100_000), "INVALID"),
	body("__proto__", () => '{"__proto__":{"access_token":"a","account_id":"b","id":"c","url":"d"}}', "INVALID"),
	body("10,000 members", (text) => withMore(text, Array.from({ length: 10_000 }, (_, n) => `"m${n}":${n}`).join()), "ok"),
	body("number beyond all", (text) => withMore(text, `"more":1e999,"less":${"9".repeat(10_000)}`), "ok"),
	...["null", "true", "0", '"text"', "{}"].map((json) => body(json, () => json, "INVALID")),
	body("[]", () => "[]", "INVALID", {}, { only: ["token", "me", "own"] }),
	body("[null]", () => "[null]", "INVALID"),
	body("right, in gzip", (text) => gzipSync(text), "ok", { "Content-Encoding": "gzip" }),
	body("broken gzip", () => "no gzip at all", ["NETWORK_ERROR", "INVALID_JSON"], { "Content-Encoding": "gzip" }),
	body("truncated gzip", (text) => gzipSync(text).subarray(0, -12), ["NETWORK_ERROR", "INVALID_JSON"], { "Content-Encoding": "gzip" }),
	body("unknown encoding", (text) => text, ["ok", "NETWORK_ERROR", "INVALID_JSON"], { "Content-Encoding": "rot13" }),
	body("gzip bomb", () => gzipBomb(), "RESPONSE_TOO_LARGE", { "Content-Encoding": "gzip" }, { isHeavy: true }),
	body("brotli bomb", () => brotliBomb(), ["RESPONSE_TOO_LARGE", "INVALID_JSON"], { "Content-Encoding": "br" }, { isHeavy: true }),
	body("gzip bomb in gzip", () => gzipBombInGzip(), ["RESPONSE_TOO_LARGE", "INVALID_JSON", "NETWORK_ERROR"], { "Content-Encoding": "gzip, gzip" }, { isHeavy: true }),
	body("100 MB", () => padded(), "RESPONSE_TOO_LARGE", {}, { isHeavy: true }),
	body("100 MB of one word", () => hundredMegabytes(), "RESPONSE_TOO_LARGE", {}, { isHeavy: true }),
	body("endless", () => "", "RESPONSE_TOO_LARGE", {}, {
		isHeavy: true,
		steps: () => [chunked(200), chunk('{"padding":"'), { endless: chunk("a".repeat(16_384)) }],
	}),
	// Which of the two counts, a server may not decide. Node refuses both.
	body("endless, and said to be 10 bytes long", () => "", ["RESPONSE_TOO_LARGE", "NETWORK_ERROR"], {}, {
		isHeavy: true,
		steps: () => [chunked(200, { "Content-Length": "10" }), chunk('{"padding":"'), { endless: chunk("a".repeat(16_384)) }],
	}),
	body("endless white space", () => "", "RESPONSE_TOO_LARGE", {}, {
		isHeavy: true,
		steps: () => [chunked(200), { endless: chunk(" ".repeat(16_384)) }],
	}),
];

// Fields

const ENORMOUS = "a".repeat(900_000);
const VALUES: [string, unknown][] = [
	["missing", undefined],
	["null", null],
	["true", true],
	["0", 0],
	["-1", -1],
	["1e300", 1e300],
	["empty", ""],
	["a string", "text"],
	["an empty array", []],
	["an array of a string", ["text"]],
	["an empty object", {}],
	["an object", { toString: "text", length: 1 }],
	["enormous", ENORMOUS],
];

/** Those that a response cannot do without; all others may be anything. */
const REQUIRED: Partial<Record<Endpoint, string[]>> = { token: ["access_token"], me: ["account_id"], resources: ["id", "url"] };

function field(endpoint: Endpoint, name: string, [value, json]: [string, unknown], outcome?: Outcome): Fault {
	const isUsable = !REQUIRED[endpoint]?.includes(name) || (typeof json === "string" && json !== "" && (name !== "url" || json.startsWith("https://")));
	const change = (response: object) => ({ ...response, [name]: json });
	return {
		group: "fields",
		name: `${name} of ${endpoint}: ${value}`,
		only: [endpoint],
		steps: () => http(200, JSON.stringify(endpoint === "resources" ? responses[endpoint].map(change) : change(responses[endpoint]))),
		outcome: () => outcome ?? (isUsable ? "ok" : INVALID[endpoint]),
	};
}

const fields: Fault[] = [
	...(["token", "own", "me"] as const).flatMap((endpoint) =>
		Object.keys(responses[endpoint]).flatMap((name) => VALUES.map((value) => field(endpoint, name, value))),
	),
	...Object.keys(responses.resources[0]).flatMap((name) => VALUES.map((value) => field("resources", name, value))),
	...["a\nb", "a\rb", "a\0b", "ä€", "\ud800"].map((token) =>
		field("token", "access_token", [JSON.stringify(token), token], "INVALID_TOKEN_RESPONSE"),
	),
	field("resources", "url", ["an https URL", "https://a.example"]),
	field("resources", "url", ["an enormous https URL", `https://${ENORMOUS}`]),
	...["https://", "http://a.example", "/", "not a url"].map((url) => field("resources", "url", [url, url], "INVALID_RESOURCES_RESPONSE")),
	field("resources", "scopes", ["too many", Array.from({ length: 1001 }, (_, n) => `s${n}`)], "INVALID_RESOURCES_RESPONSE"),
	...(
		[
			["token", "access_token", { accessToken: "second" }],
			["own", "access_token", { accessToken: "second" }],
			["me", "account_id", { accountId: "second" }],
			["resources", "id", { id: "second" }],
		] as const
	).map(([endpoint, name, sees]): Fault => ({
		group: "fields",
		name: `${name} of ${endpoint}: twice, the last counts`,
		only: [endpoint],
		steps: () => http(200, text(endpoint).replace(/\}(\]?)$/, `,"${name}":"second"}$1`)),
		outcome: () => "ok",
		sees,
	})),
];

/** What a fault is called between the parties. */
export const nameOf = ({ group, name }: Fault) => `${group}: ${name}`;

export const faults: Fault[] = [
	...statuses,
	...retryAfter,
	...says,
	...refusals,
	...connections,
	...delays,
	...redirects,
	...bodies,
	...fields,
];
