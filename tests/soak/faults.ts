// What goes wrong, and what the package has to say to it: a line for each fault, with the `code` that its
// documentation promises for each endpoint that can meet it.

import type { Fault } from "../atlassian/faults.ts";

export type Endpoint = "token" | "me" | "resources";

export interface Trouble {
	name: string;
	fault: Fault;
	/** Empty where nothing may be noticed. */
	code: Record<Endpoint, string>;
}

/** `configs.timeout` of a request with a late response. */
export const shortTimeout = 250;
const late = 60_000;

const html = "<!doctype html><title>One moment, please</title>";
const everywhere = (code: string) => ({ token: code, me: code, resources: code });
const atApis = (token: string, api: string) => ({ token, me: api, resources: api });
const invalid = { token: "INVALID_TOKEN_RESPONSE", me: "INVALID_USER_RESPONSE", resources: "INVALID_RESOURCES_RESPONSE" };

export const troubles: readonly Trouble[] = [
	{ name: "500", fault: { status: 500 }, code: everywhere("SERVER_ERROR") },
	{ name: "503 with a page", fault: { status: 503, body: html }, code: everywhere("SERVER_ERROR") },
	{ name: "429", fault: { retryAfter: 1 }, code: everywhere("RATE_LIMITED") },
	{ name: "403", fault: { status: 403 }, code: atApis("UNEXPECTED_RESPONSE", "INSUFFICIENT_SCOPE") },
	{ name: "invalid_grant", fault: { status: 403, body: { error: "invalid_grant" } }, code: everywhere("INVALID_GRANT") },
	{ name: "access_denied", fault: { status: 401, body: { error: "access_denied" } }, code: atApis("INVALID_CLIENT", "INVALID_TOKEN") },
	{ name: "302", fault: { redirect: 302 }, code: everywhere("UNEXPECTED_REDIRECT") },
	{ name: "307", fault: { redirect: 307 }, code: everywhere("UNEXPECTED_REDIRECT") },
	{ name: "cut before the headers", fault: { cut: "headers" }, code: everywhere("NETWORK_ERROR") },
	{ name: "cut in the body", fault: { cut: "body" }, code: everywhere("NETWORK_ERROR") },
	{ name: "lost", fault: { lost: true }, code: everywhere("NETWORK_ERROR") },
	{ name: "a page", fault: { raw: html }, code: everywhere("INVALID_JSON") },
	{ name: "truncated JSON", fault: { raw: '{"access_token":"ey' }, code: everywhere("INVALID_JSON") },
	{ name: "another JSON", fault: { raw: "5" }, code: invalid },
	{ name: "too large", fault: { raw: `"${"x".repeat(2 ** 20)}"` }, code: everywhere("RESPONSE_TOO_LARGE") },
	{ name: "late", fault: { delay: late }, code: everywhere("TIMEOUT") },
	{ name: "late body", fault: { delay: late, at: "body" }, code: everywhere("TIMEOUT") },
	{ name: "slow", fault: { delay: 20 }, code: everywhere("") },
	{ name: "slow body", fault: { delay: 20, at: "body" }, code: everywhere("") },
	{ name: "another type", fault: { contentType: "text/plain" }, code: everywhere("") }
];

export const isLate = ({ fault }: Trouble) => fault.delay === late;

/** How often a refresh is tried. */
const tries = 4;

/** What a refresh comes to that meets the fault so many times, and how many requests it takes. */
export function refreshed({ code: { token } }: Trouble, times: number): { code: string; requests: number } {
	if (token === "INVALID_GRANT" || token === "INVALID_CLIENT") return { code: token, requests: 1 };
	if (token === "") return { code: "", requests: 1 };
	if (times < tries) return { code: "", requests: times + 1 };
	return { code: token === "RATE_LIMITED" ? token : "REFRESH_OUTCOME_UNKNOWN", requests: tries };
}
