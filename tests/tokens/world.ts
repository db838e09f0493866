// What a scenario works with, in Node and in a Worker alike: the package, stores, a clock of its own, and the
// stand-in for Atlassian, which runs in another process and takes orders over HTTP. Nothing of Node is
// imported.

import { OAuthRequestError, atlassian } from "lucia-atlassian";
import type { AtlassianProvider, AtlassianTokenSet, TokenStore } from "lucia-atlassian/providers";
import type { d1Store } from "lucia-atlassian/stores";

import type { Atlassian, Fault, LogEntry } from "../atlassian/server.ts";
import { defaultClient, routeTo } from "../atlassian/route.ts";

export type Configs = Parameters<typeof atlassian>[1];

/** When a scenario begins, by its clock and by that of the stand-in. */
export const START = Date.parse("2026-03-01T12:00:00Z");
export const HOUR = 3_600_000;

/** The orders that the stand-in takes. `requests` gives those that reached it so far. */
export type Orders = {
	fault(target: "token" | "me" | "resources" | "revoke", fault: Fault, times?: number): void;
	consent(url: string, choice?: Parameters<Atlassian["consent"]>[1]): string;
	setTime(time: number): void;
	dieAs(shape: Atlassian["invalidRefreshToken"]): void;
	refuseCodesAs(shape: Atlassian["invalidCode"]): void;
	blockAccounts(): void;
	setSecret(secret: string): void;
	revokeAccounts(): void;
	requests(): string[];
};

type Remote = { [Name in keyof Orders]: (...args: Parameters<Orders[Name]>) => Promise<ReturnType<Orders[Name]>> };

/** Where the stand-in is and takes its orders. */
export type Addresses = { standIn: string; orders: string };

export type World = {
	/** Makes a provider as an app does. What is not said is right. */
	provider(configs?: Partial<Configs>): AtlassianProvider;
	/** Sends a request to the stand-in. */
	route: (request: Request) => Promise<Response>;
	atlassian: Remote;
	time: Time;
	/** Gives the store of a user, anew for each process that shares it. */
	store(user?: string): TokenStore;
	/** Runs a statement about the user's row, where the store is a database. */
	sql(statement: string): Promise<void>;
	/** Gives the user's store in a database with a replica, see {@link Replicated}. */
	behind(read?: number): TokenStore;
	/** As a person would see a value in a log. */
	inspect(value: unknown): string;
};

export type Scenario = {
	name: string;
	/** Gives what could be seen, as JSON; tokens, codes and the like by their value. */
	run(world: World): Promise<unknown>;
	/** What it has to give, with tokens and codes named by the order in which they were issued: `access 2`. */
	expected: unknown;
	/** The requests that the package sends, if they are to be compared. */
	requests?: string[];
	/** Looks at the requests in full. */
	check?(log: LogEntry[]): void;
	/** Run with each of these stores; else with the one in memory. */
	stores?: string[];
};

/** Clock and pauses, while a scenario runs: the clock stands still but for pauses, which take no time. */
export type Time = {
	now: number;
	/** The pauses so far, in milliseconds. */
	pauses: number[];
	/** Called in the place of each pause's end. */
	onPause?: () => unknown;
	/** Whether the time that the body of a refusal may take is up at once. */
	isBodyLate?: boolean;
};

// The times for the body of a refusal, and that of the timer in which Node's `fetch` keeps all of its own.
const BODY_TIMES = Array.from({ length: 12 }, (_, halves) => 5_000 / 2 ** halves);
const NODE_TIME = 499;

export async function withOwnTime<T>(work: (time: Time) => Promise<T>): Promise<T> {
	const { setTimeout } = globalThis;
	const { now } = Date;
	const { random } = Math;
	const time: Time = { now: START, pauses: [] };
	Date.now = () => time.now;
	// A pause that half of the largest jitter makes longer is as long as a time for a body.
	Math.random = () => {
		const value = random();
		return Math.floor(value * 256) === 128 ? 0 : value;
	};
	globalThis.setTimeout = ((callback: (...args: unknown[]) => void, milliseconds = 0, ...args: unknown[]) => {
		if (milliseconds === NODE_TIME) return setTimeout(callback, milliseconds, ...args);
		if (BODY_TIMES.includes(milliseconds)) return setTimeout(callback, time.isBodyLate ? 20 : milliseconds, ...args);
		time.pauses.push(milliseconds);
		return setTimeout(async () => {
			time.now += milliseconds;
			await time.onPause?.();
			callback(...args);
		}, 0);
	}) as typeof setTimeout;
	try {
		return await work(time);
	} finally {
		globalThis.setTimeout = setTimeout;
		Date.now = now;
		Math.random = random;
	}
}

type D1 = Parameters<typeof d1Store>[0];

/** A D1 database whose replica gives, once, what a row was before the last statement that wrote into it. */
export class Replicated {
	readonly #database: D1;
	#before: unknown = null;

	constructor(database: D1) {
		this.#database = database;
	}

	/** @param behind - Which of the session's reads is behind, counted from 0; without it, none is */
	session(behind?: number): D1 {
		let reads = 0;
		const run = (sql: string, values: unknown[]) => this.#database.prepare(sql).bind(...values).first();
		const first = async (sql: string, values: unknown[]) => {
			if (sql.startsWith("SELECT")) return reads++ === behind ? this.#before : run(sql, values);
			const columns = "tokens, locked_until = 0 AS is_free";
			const user = values.find((value) => String(value).startsWith("user"));
			const before = await run(`SELECT ${columns} FROM atlassian_tokens WHERE user_id = ?`, [user]);
			const row = await run(sql, values);
			if (row !== null) this.#before = before;
			return row;
		};
		return { prepare: (sql) => ({ bind: (...values) => ({ first: <T>() => first(sql, values) as Promise<T> }) }) };
	}
}

/** Runs a scenario, and gives what it saw. */
export function runScenario(
	scenario: Scenario,
	{ standIn, orders }: Addresses,
	{ inspect = String, ...stores }: Pick<World, "store" | "sql" | "behind"> & Partial<Pick<World, "inspect">>,
): Promise<unknown> {
	const order = async (name: string, args: unknown[]) => {
		const response = await fetch(orders, { method: "POST", body: JSON.stringify({ name, args }) });
		if (!response.ok) throw new Error(await response.text());
		return response.json();
	};
	const route = routeTo(standIn);
	const remote = new Proxy({}, { get: (_, name) => (...args: unknown[]) => order(String(name), args) });
	return withOwnTime((time) =>
		scenario.run({
			provider: (configs = {}) =>
				atlassian({} as never, {
					clientId: defaultClient.id,
					clientSecret: defaultClient.secret,
					redirectUri: defaultClient.redirectUris[0] ?? "",
					scope: ["read:jira-work", "offline_access"],
					fetch: route,
					...configs,
				}),
			route,
			atlassian: remote as Remote,
			time,
			...stores,
			inspect,
		}),
	);
}

/** Moves the clock of the scenario and that of the stand-in. */
export async function advance({ time, atlassian }: World, milliseconds: number): Promise<void> {
	time.now += milliseconds;
	await atlassian.setTime(time.now);
}

/** Walks through the consent page, and gives the callback's URL. */
export async function consent(world: World, provider: AtlassianProvider, options: { pkce?: boolean } = {}) {
	const [url, state, codeVerifier] = (await provider.getAuthorizationUrl(options as { pkce: true })) as readonly [URL, string, string?];
	const callback = await world.atlassian.consent(url.href);
	return { url, state, codeVerifier, callback, code: new URL(callback).searchParams.get("code") ?? "" };
}

/** Signs in, and gives the tokens. */
export async function signIn(world: World, provider: AtlassianProvider = world.provider()): Promise<AtlassianTokenSet> {
	return provider.validateAuthorizationCode((await consent(world, provider)).code);
}

/** A rejection as an app sees it. `shown` is all that a log could get of it: no secret may be there. */
export type Refusal = {
	error: string;
	code: unknown;
	action: unknown;
	retryAfter?: unknown;
	status?: number;
	shown: string;
};

/** Awaits a call that has to reject, and describes what it rejects with. */
export async function refusal(world: World, call: Promise<unknown>): Promise<Refusal | string> {
	const [error] = await rejection(call);
	return error === undefined ? "no rejection" : describeError(world, error);
}

/** What a call rejects with, as the only entry; no entry if it does not. */
export async function rejection(call: Promise<unknown>): Promise<any[]> {
	return call.then(
		() => [],
		(error: unknown) => [error],
	);
}

export function describeError(world: World, error: any): Refusal {
	const isOurs = error instanceof OAuthRequestError;
	const kind = isOurs ? "OAuthRequestError" : error instanceof TypeError ? "TypeError" : error?.name;
	return {
		error: kind,
		code: error?.code,
		action: error?.action,
		...(error?.retryAfter !== undefined && { retryAfter: error.retryAfter }),
		...(isOurs && { status: error.response.status }),
		shown: [...everything(error), world.inspect(error)].join("\n"),
	};
}

/** Each string that can be reached from a value, but for bodies that were not read. */
function* everything(value: unknown, seen = new Set<unknown>()): Generator<string> {
	if (typeof value === "string") yield value;
	if (typeof value !== "object" || value === null || seen.has(value)) return;
	seen.add(value);
	yield String(value);
	try {
		yield JSON.stringify(value);
	} catch {
		// What cannot be serialised does not leak by it.
	}
	if (value instanceof Request) yield* [value.url, ...[...value.headers].flat(), `${value.body}`];
	for (const name of Object.getOwnPropertyNames(value)) yield* everything((value as Record<string, unknown>)[name], seen);
	if (value instanceof Error) yield* everything([value.message, value.stack, value.cause], seen);
}

/** Describes a rejection in short: code, action and the seconds to wait. */
export async function classification(world: World, call: Promise<unknown>) {
	const refused = await refusal(world, call);
	if (typeof refused === "string") return refused;
	const { code, action, retryAfter, shown } = refused;
	return { classification: [code, action, retryAfter].filter((part) => part !== undefined).join(" "), shown };
}

/** The message of what a call rejects with. */
export async function message(call: Promise<unknown>): Promise<string> {
	const [error] = await rejection(call);
	return error?.message ?? "no rejection";
}
