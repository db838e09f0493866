/**
 * A stand-in for Atlassian's OAuth 2.0 (3LO) service, for tests and the demo: a real HTTP server on 127.0.0.1
 * that is as strict as the service is known to be and writes down why it refused what it refused.
 * `https://HOST/PATH` is served at `/HOST/PATH`; `www/stand-in.ts` sends requests there.
 */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { alter, type StandInResponse, responseOfFault, type Fault, Faults, isCarriedOut } from "./faults.ts";
import { clouds, defaultClient, routeTo, standInUrl } from "./route.ts";
import { type Account, accessTokenLifetime, type callbackErrors, type Client, type invalidCodeResponses, type invalidRefreshTokenResponses, type expiredAccessTokenResponses, Service } from "./service.ts";

export type { Fault } from "./faults.ts";
export { defaultClient, routeTo, standInUrl } from "./route.ts";
export { type Account, callbackErrors, type Client, invalidCodeResponses, invalidRefreshTokenResponses, expiredAccessTokenResponses, scopeMismatch, type Site } from "./service.ts";

const endpoints = {
	authorize: { side: "auth", method: "GET", path: "/authorize" },
	consent: { side: "auth", method: "POST", path: "/authorize/consent" },
	token: { side: "auth", method: "POST", path: "/oauth/token" },
	revoke: { side: "auth", method: "POST", path: "/oauth/revoke" },
	me: { side: "api", method: "GET", path: "/me" },
	resources: { side: "api", method: "GET", path: "/oauth/token/accessible-resources" },
	jira: { side: "api", method: "GET", path: "/ex/jira" },
} as const;

/** `jira` is all below its path. `consent` is the form of the page that `authorize` shows. */
export type Endpoint = keyof typeof endpoints;

/** One request as it arrived and what came of it, in full. Print it with `describe`, which masks secrets. */
export interface LogEntry {
	method: string;
	host: string;
	path: string;
	/** Unset for a path that Atlassian does not have. */
	endpoint?: Endpoint;
	/** Of the query or of the body, form or JSON, in the order they came. */
	parameters: URLSearchParams;
	headers: Record<string, string>;
	body: string;
	/** The status that was sent; 0 as long as none was, or when the connection was cut before it. */
	status: number;
	/** The response's body, parsed if it is JSON. With the fault `lost`, what was not sent. */
	response?: unknown;
	/** Where the response redirects to. */
	location?: string;
	/** Why the request was refused. */
	reason?: string;
	fault?: Fault;
}

export interface AtlassianOptions {
	clients?: Client[];
	accounts?: Account[];
	/** 0, the default, takes a free one. */
	port?: number;
	/** The clock, in milliseconds. */
	now?: () => number;
	/** How long access tokens live, in milliseconds. Default: an hour. */
	accessTokenLifetime?: number;
}

/** Of a person at the consent page: by default, the first account accepts. */
type Choice = { account?: string; decision?: "accept" | keyof typeof callbackErrors };

export interface Atlassian {
	/** Such as `http://127.0.0.1:4321`. */
	origin: string;
	/** `routeTo(origin)`. */
	route: (request: Request) => Promise<Response>;
	/** The registered apps; one may be added, or a redirect URI, at any time. */
	clients: Client[];
	accounts: Account[];
	/** Every request to an Atlassian path, right or wrong, but no CORS preflight and no picture; in the order of arrival. Clear it with `log.length = 0`. */
	log: LogEntry[];
	/** Requests for each endpoint, faulty ones included. */
	counts: Record<Endpoint, number>;
	/** How a dead refresh token is reported from now on. */
	invalidRefreshToken: keyof typeof invalidRefreshTokenResponses;
	/** How a code is reported that is unknown, used or too old. */
	invalidCode: keyof typeof invalidCodeResponses;
	/** How Jira's gateway refuses an access token that has ended. */
	expiredAccessToken: keyof typeof expiredAccessTokenResponses;
	/** The ids of the accounts whose users are blocked: no token is refreshed for them. */
	blockedAccounts: Set<string>;
	/** The next `times` requests for `target` (an endpoint, or `host/path`) meet this fault. Faults queue up. */
	fault(target: Endpoint | `${string}/${string}`, fault: Fault, times?: number): void;
	clearFaults(): void;
	/** Walks the consent page as a browser does and resolves to where it leads: the app's redirect URI. */
	consent(authorizationUrl: URL | string, choice?: Choice): Promise<URL>;
	/** Ends all that an account has granted, as a change of its password does. */
	revokeAccount(accountId: string): void;
	close(): Promise<void>;
}

/** Ada has two sites, one of them with both products; Grace hides her time zone and her job. */
export const defaultAccounts: Account[] = [
	{
		user: {
			account_type: "atlassian",
			account_id: "712020:5f0c1f2e-8a4b-4f0e-9d53-2b7c9e61a0d4",
			email: "ada.byrne@example.com",
			name: "Ada Byrne",
			picture: "/picture/712020%3A5f0c1f2e-8a4b-4f0e-9d53-2b7c9e61a0d4",
			account_status: "active",
			nickname: "ada",
			zoneinfo: "Europe/Dublin",
			locale: "en-IE",
			extended_profile: {
				job_title: "Analyst",
				organization: "Northwind Looms",
				department: "Engines",
				location: "Dublin",
			},
		},
		sites: [
			{
				id: "1324a887-45db-4bf4-8e99-ef0ff456d421",
				name: "northwind-looms",
				url: "https://northwind-looms.atlassian.net",
				products: ["jira", "confluence"],
			},
			{
				id: "9b1c6f4e-7d0a-4a6c-b1f5-03e2d8c7a956",
				name: "byrne-home",
				url: "https://byrne-home.atlassian.net",
				products: ["jira"],
			},
		],
	},
	{
		user: {
			account_type: "atlassian",
			account_id: "5d8c2f71a90b3e0c47d6e1b2",
			email: "grace.okafor@example.com",
			name: "Grace Okafor",
			picture: "/picture/5d8c2f71a90b3e0c47d6e1b2",
			account_status: "active",
			nickname: "Grace",
			locale: "en-NG",
		},
		sites: [
			{
				id: "1324a887-45db-4bf4-8e99-ef0ff456d421",
				name: "northwind-looms",
				url: "https://northwind-looms.atlassian.net",
				products: ["jira", "confluence"],
			},
		],
	},
];

export async function startAtlassian(options: AtlassianOptions = {}): Promise<Atlassian> {
	const now = options.now ?? Date.now;
	// Copies, so that a test that adds a redirect URI does not change the defaults for the next.
	const clients = structuredClone(options.clients ?? [defaultClient]);
	const accounts = structuredClone(options.accounts ?? defaultAccounts);
	const service = new Service(clients, accounts, now, options.accessTokenLifetime ?? accessTokenLifetime);
	const faults = new Faults();
	const log: LogEntry[] = [];
	const counts: Record<Endpoint, number> = { authorize: 0, consent: 0, token: 0, revoke: 0, me: 0, resources: 0, jira: 0 };

	async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
		// One connection a request: a client never sees a fault hidden by its own retry on a reused connection.
		response.setHeader("Connection", "close");
		response.setHeader("Access-Control-Allow-Origin", "*");
		response.setHeader("Access-Control-Expose-Headers", "*");
		const url = new URL(`http://stand-in${request.url}`);
		if (request.method === "OPTIONS") {
			response.setHeader("Access-Control-Allow-Methods", "GET, POST");
			response.setHeader("Access-Control-Allow-Headers", request.headers["access-control-request-headers"] ?? "*");
			response.writeHead(204).end();
			request.resume();
			return;
		}
		if (url.pathname === "/favicon.ico") {
			response.writeHead(204).end();
			return;
		}
		if (url.pathname.startsWith("/picture/")) {
			return send(response, service.picture(decodeURIComponent(url.pathname.slice("/picture/".length))));
		}

		const [, host = "", path = ""] = /^\/([^/]*)(.*)$/.exec(url.pathname) ?? [];
		const cloud = clouds.find(({ auth, api }) => auth === host || api === host);
		const side = cloud?.auth === host ? "auth" : "api";
		const endpoint = (Object.keys(endpoints) as Endpoint[]).find(
			(name) =>
				cloud !== undefined &&
				endpoints[name].side === side &&
				(endpoints[name].path === path || (name === "jira" && path.startsWith(`${endpoints.jira.path}/`))),
		);
		const entry: LogEntry = {
			method: request.method ?? "",
			host,
			path,
			parameters: url.searchParams,
			headers: Object.fromEntries(Object.entries(request.headers).map(([name, value]) => [name, String(value)])),
			body: "",
			status: 0,
		};
		if (endpoint !== undefined) {
			entry.endpoint = endpoint;
			counts[endpoint] += 1;
		}
		log.push(entry);
		try {
			const bytes = await readBody(request);
			entry.body = bytes.toString();
			const read = readParameters(url, request, bytes);
			entry.parameters = read.parameters;
			await respondTo(entry, cloud, url, read, response);
		} catch (error) {
			entry.reason = `the request could not be carried out: ${error instanceof Error ? error.message : error}`;
			if (response.headersSent) response.destroy();
			else await send(response, { status: 500, text: entry.reason }, {}, entry);
		}
	}

	async function respondTo(
		entry: LogEntry,
		cloud: (typeof clouds)[number] | undefined,
		url: URL,
		read: Parameters,
		response: ServerResponse,
	): Promise<void> {
		const { host, path, endpoint, headers } = entry;
		const fault = faults.take(`${host}${path}`, ...(endpoint === undefined ? [] : [endpoint]));
		let received: StandInResponse;
		if (fault !== undefined && !isCarriedOut(fault)) {
			received = responseOfFault(fault, `${origin}/${host}/elsewhere`, now());
		} else if (cloud === undefined || endpoint === undefined) {
			received = { status: 404, json: { code: 404, message: "Not Found" }, reason: `Atlassian has no ${host}${path}` };
		} else if (entry.method !== endpoints[endpoint].method) {
			const { method } = endpoints[endpoint];
			const reason = `the method must be ${method}`;
			received = { status: 405, headers: { Allow: method }, json: { code: 405, message: "Method Not Allowed" }, reason };
		} else {
			const { authorization } = headers;
			received = service[endpoint]({ cloud, path, ...read, authorization, hasQuery: url.search !== "" });
		}
		if (fault !== undefined) {
			entry.fault = fault;
			received = alter(received, fault);
		}
		if (received.reason !== undefined) entry.reason = received.reason;
		if (received.headers?.Location !== undefined) entry.location = received.headers.Location;
		entry.response = received.json ?? received.text?.toString();
		await send(response, received, fault, entry);
	}

	const server = createServer((request, response) => {
		handle(request, response).catch(() => response.destroy());
	});
	// A client that uses a connection at the moment in which it is closed for being idle has no response.
	server.keepAliveTimeout = 600_000;
	await new Promise<void>((resolve, reject) => {
		server.once("error", reject);
		server.listen(options.port ?? 0, "127.0.0.1", resolve);
	});
	const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
	service.origin = origin;

	return {
		origin,
		route: routeTo(origin),
		clients,
		accounts,
		log,
		counts,
		get invalidRefreshToken() {
			return service.invalidRefreshToken;
		},
		set invalidRefreshToken(shape) {
			service.invalidRefreshToken = shape;
		},
		get invalidCode() {
			return service.invalidCode;
		},
		set invalidCode(shape) {
			service.invalidCode = shape;
		},
		get expiredAccessToken() {
			return service.expiredAccessToken;
		},
		set expiredAccessToken(shape) {
			service.expiredAccessToken = shape;
		},
		blockedAccounts: service.blockedAccounts,
		fault(target, fault, times = 1) {
			const paths = clouds.flatMap((cloud) => Object.values(endpoints).map(({ side, path }) => cloud[side] + path));
			if (!Object.hasOwn(endpoints, target) && !paths.includes(target as never)) {
				throw new TypeError(`No such endpoint: ${target}. Expected ${Object.keys(endpoints).join(", ")}, or host/path`);
			}
			faults.add(target, fault, times);
		},
		clearFaults: () => faults.clear(),
		consent: (authorizationUrl, choice) => consent(origin, new URL(authorizationUrl), choice),
		revokeAccount: (accountId) => service.revokeAccount(accountId),
		close() {
			return new Promise((resolve, reject) => {
				server.close((error) => (error === undefined ? resolve() : reject(error)));
				server.closeAllConnections();
			});
		},
	};
}

interface Parameters {
	parameters: URLSearchParams;
	unreadable?: string;
}

const largestBody = 64 * 1024;

async function readBody(request: IncomingMessage): Promise<Buffer> {
	const chunks: Buffer[] = [];
	let length = 0;
	for await (const chunk of request as AsyncIterable<Buffer>) {
		// Read to the end all the same: a client that is still sending would not see the refusal.
		if (length <= largestBody) chunks.push(chunk);
		length += chunk.length;
	}
	return Buffer.concat(chunks);
}

function readParameters(url: URL, request: IncomingMessage, body: Buffer): Parameters {
	if (request.method !== "POST") return parseForm(url.search.slice(1), "query");
	const none = new URLSearchParams();
	if (body.length > largestBody) return { parameters: none, unreadable: "the body is larger than 64 KiB" };
	let text: string;
	try {
		text = new TextDecoder("utf-8", { fatal: true }).decode(body);
	} catch {
		return { parameters: none, unreadable: "the body is not UTF-8" };
	}
	const type = request.headers["content-type"]?.split(";")[0]?.trim().toLowerCase();
	if (type === "application/x-www-form-urlencoded") return parseForm(text, "body");
	if (type !== "application/json") {
		const unreadable = `Content-Type must be application/x-www-form-urlencoded or application/json, not ${type ?? "missing"}`;
		return { parameters: none, unreadable };
	}
	let json: unknown;
	try {
		json = JSON.parse(text);
	} catch {
		return { parameters: none, unreadable: "the body is not JSON" };
	}
	if (typeof json !== "object" || json === null || Array.isArray(json)) {
		return { parameters: none, unreadable: "the body is not a JSON object" };
	}
	const members = Object.entries(json);
	const wrong = members.find(([, value]) => typeof value !== "string");
	if (wrong !== undefined) return { parameters: none, unreadable: `${wrong[0]} must be a string` };
	return { parameters: new URLSearchParams(members) };
}

function parseForm(text: string, where: "body" | "query"): Parameters {
	const parameters = new URLSearchParams(text);
	// RFC 6749, 3.1 and 3.2: parameters must not be included more than once.
	const names = [...parameters.keys()];
	const twice = names.find((name, index) => names.indexOf(name) !== index);
	if (twice !== undefined) return { parameters, unreadable: `${twice} is given more than once` };
	try {
		decodeURIComponent(text);
	} catch {
		return { parameters, unreadable: `the ${where} is not percent-encoded UTF-8` };
	}
	return { parameters };
}

async function send(response: ServerResponse, received: StandInResponse, fault: Fault = {}, entry?: LogEntry): Promise<void> {
	const isJson = received.json !== undefined;
	const body = Buffer.from(isJson ? JSON.stringify(received.json) : (received.text ?? ""));
	if (fault.delay !== undefined && fault.at !== "body") await pause(fault.delay, response);
	if (response.destroyed) return;
	if (fault.lost || fault.cut === "headers") {
		response.destroy();
		return;
	}
	if (entry !== undefined) entry.status = received.status;
	response.writeHead(received.status, {
		...(isJson && { "Content-Type": "application/json;charset=UTF-8" }),
		// A cut in an empty body shows only if a body was promised.
		"Content-Length": fault.cut === "body" ? Math.max(body.length, 1) : body.length,
		...received.headers,
	});
	const half = Math.floor(body.length / 2);
	const delayed = fault.delay !== undefined && fault.at === "body";
	if (!delayed && fault.cut !== "body") {
		response.end(body);
		return;
	}
	response.flushHeaders();
	response.write(body.subarray(0, half));
	if (delayed) await pause(fault.delay ?? 0, response);
	if (response.destroyed) return;
	if (fault.cut === "body") response.socket?.destroySoon();
	else response.end(body.subarray(half));
}

/** Ends early when the connection does, so that closing the server waits for nobody. */
function pause(milliseconds: number, response: ServerResponse): Promise<void> {
	return new Promise((resolve) => {
		const timer = setTimeout(done, milliseconds);
		response.once("close", done);
		function done(): void {
			clearTimeout(timer);
			response.off("close", done);
			resolve();
		}
	});
}

// Taken when this file is loaded, before a test puts its own in place of the global one.
const browse = globalThis.fetch;

async function consent(
	origin: string,
	authorizationUrl: URL,
	{ account, decision = "accept" }: Choice = {},
): Promise<URL> {
	const address = authorizationUrl.origin === origin ? authorizationUrl : standInUrl(authorizationUrl, origin);
	const page = await browse(address);
	const html = await page.text();
	const [, action] = /<form method="post" action="([^"]*)">/.exec(html) ?? [];
	const [, ticket = ""] = /name="ticket" value="([^"]*)"/.exec(html) ?? [];
	if (action === undefined) {
		const problems = [...html.matchAll(/<li>(.*?)<\/li>/g)].map(([, problem]) => problem).join("; ");
		throw new Error(`There is no consent page: the stand-in responded with ${page.status}. ${problems}`);
	}
	const [, chosen = ""] = /name="account" value="([^"]*)" checked/.exec(html) ?? [];
	const form = new URLSearchParams({ ticket, account: account ?? chosen, decision });
	const response = await browse(new URL(action, address), { method: "POST", body: form, redirect: "manual" });
	await response.arrayBuffer();
	const location = response.headers.get("Location");
	if (location === null) throw new Error(`The consent was refused: the stand-in responded with ${response.status}`);
	return new URL(location);
}

const secrets = /^(client_secret|code|code_verifier|access_token|refresh_token|token|ticket)$/;

function masked(name: string, value: unknown): unknown {
	return secrets.test(name) && typeof value === "string" ? `[${value.length} characters, masked]` : value;
}

/** A log entry for people to read, without client secrets, codes and tokens. */
export function describe(entry: LogEntry): string {
	const lines = [`${entry.method} https://${entry.host}${entry.path}`];
	const authorization = entry.headers["authorization"];
	if (authorization !== undefined) {
		const [scheme = "", ...rest] = authorization.split(" ");
		const credentials = rest.length > 0 ? rest.join(" ") : scheme;
		lines.push(`  Authorization: ${rest.length > 0 ? `${scheme} ` : ""}[${credentials.length} characters, masked]`);
	}
	for (const [name, value] of entry.parameters) lines.push(`  ${name}: ${masked(name, value)}`);
	lines.push(entry.status === 0 ? "  no response arrived" : `  responded with ${entry.status}`);
	if (entry.location !== undefined) {
		const location = new URL(entry.location, `https://${entry.host}`);
		const parameters = [...location.searchParams].map(([name, value]) => `${name}=${masked(name, value)}`);
		lines.push(`  to ${location.href.split(/[?#]/)[0]}${parameters.length > 0 ? `?${parameters.join("&")}` : ""}`);
	}
	if (typeof entry.response === "object") lines.push(`  ${JSON.stringify(entry.response, masked)}`);
	if (entry.reason !== undefined) lines.push(`  because ${entry.reason}`);
	// What a client sent must not be able to write lines of its own.
	return lines.map((line) => line.replace(/\p{Cc}/gu, "\u{fffd}")).join("\n");
}
