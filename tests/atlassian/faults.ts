/**
 * Faults: what can go wrong between a client and Atlassian, on demand. A fault is plain data; this file holds
 * the queue of those to come and turns a correct response into a faulty one. The server cuts and delays.
 */
import { STATUS_CODES } from "node:http";

/** The response of the service: `json` or `text`, and for a refusal the reason that goes into the log. */
export interface StandInResponse {
	status: number;
	headers?: Record<string, string>;
	json?: unknown;
	text?: string | Buffer;
	reason?: string;
}

/**
 * What goes wrong with one response; members combine. With `status`, `redirect`, `retryAfter` or `cut: "headers"`
 * the request is not carried out (no code is used up); with all others it is.
 */
export interface Fault {
	/** Respond with this status, and `body` if given: text as it stands, anything else as JSON. */
	status?: number;
	body?: unknown;
	headers?: Record<string, string>;
	/** Seconds for `Retry-After`; the status is 429 unless `status` says otherwise. */
	retryAfter?: number;
	/** A redirect of this status to `location` (default: a path of the stand-in that only logs and says 404). */
	redirect?: number;
	location?: string;
	/** This body in place of the right one, the status being kept. */
	raw?: string | Buffer;
	contentType?: string;
	/** Set `field` of the correct JSON to `value`; a dotted path reaches inside (`extended_profile.location`). */
	field?: string;
	value?: unknown;
	/** Leave this field out of the correct JSON. */
	without?: string;
	/** Milliseconds to wait before the headers, or after half of the body. */
	delay?: number;
	at?: "headers" | "body";
	/** Cut the connection before the headers, or after half of the body. */
	cut?: "headers" | "body";
	/** Carry the request out, then cut the connection before any response. */
	lost?: true;
}

export function isCarriedOut(fault: Fault): boolean {
	return (
		fault.status === undefined &&
		fault.redirect === undefined &&
		fault.retryAfter === undefined &&
		fault.cut !== "headers"
	);
}

/** The response of a fault that keeps the request from being carried out. */
export function responseOfFault(fault: Fault, elsewhere: string, now: number): StandInResponse {
	const reason = "fault: the request was not carried out";
	if (fault.redirect !== undefined) {
		return { status: fault.redirect, headers: { Location: fault.location ?? elsewhere }, text: "", reason };
	}
	const status = fault.status ?? 429;
	const headers: Record<string, string> = {};
	if (fault.retryAfter !== undefined) {
		headers["Retry-After"] = String(fault.retryAfter);
		headers["X-RateLimit-Reset"] = new Date(now + fault.retryAfter * 1000).toISOString();
	}
	if (typeof fault.body === "string") {
		return { status, headers: { "Content-Type": "text/plain;charset=UTF-8", ...headers }, text: fault.body, reason };
	}
	const json = fault.body === undefined ? { code: status, message: STATUS_CODES[status] ?? "Error" } : fault.body;
	return { status, headers, json, reason };
}

/** The response with the fault's headers, body or altered field. */
export function alter(response: StandInResponse, fault: Fault): StandInResponse {
	const altered = { ...response, headers: { ...response.headers, ...fault.headers } };
	if (fault.field !== undefined || fault.without !== undefined) {
		if (response.json === undefined) {
			return { status: 500, text: "", reason: "fault: there is no JSON response here whose field could be altered" };
		}
		altered.json = structuredClone(response.json);
		if (fault.field !== undefined) setField(altered.json, fault.field, fault.value);
		if (fault.without !== undefined) setField(altered.json, fault.without, undefined);
	}
	if (fault.raw !== undefined) {
		altered.json = undefined;
		altered.text = fault.raw;
		altered.headers["Content-Type"] ??= "text/html;charset=UTF-8";
	}
	if (fault.contentType !== undefined) altered.headers["Content-Type"] = fault.contentType;
	return altered;
}

function setField(json: unknown, path: string, value: unknown): void {
	const names = path.split(".");
	const last = names.pop() as string;
	let holder = json as Record<string, unknown>;
	for (const name of names) {
		if (typeof holder[name] !== "object" || holder[name] === null) holder[name] = {};
		holder = holder[name] as Record<string, unknown>;
	}
	if (value === undefined) delete holder[last];
	else holder[last] = value;
}

/** The faults to come, each for an endpoint's name or for `host/path`, used up in the order they were set. */
export class Faults {
	#waiting: { target: string; fault: Fault; times: number }[] = [];

	add(target: string, fault: Fault, times: number): void {
		if (Object.keys(fault).length === 0) throw new TypeError("A fault needs at least one member, such as status");
		if (!(times >= 1)) throw new TypeError("A fault applies at least once: times must be 1 or more");
		this.#waiting.push({ target, fault, times });
	}

	take(...targets: string[]): Fault | undefined {
		const first = this.#waiting.find(({ target }) => targets.includes(target));
		if (first === undefined) return undefined;
		first.times -= 1;
		if (first.times <= 0) this.#waiting.splice(this.#waiting.indexOf(first), 1);
		return first.fault;
	}

	clear(): void {
		this.#waiting = [];
	}
}
