// The app under load, for both runtimes: does one thing that a visitor's request makes an app do, and
// tells what came of it. What ought to have come of it is known to the driver alone.

import "./instance.ts";

import type { TokenStore } from "lucia-atlassian/providers";
import { atlassian } from "lucia-atlassian/providers";
import { memoryStore } from "lucia-atlassian/stores";

import type { Auth } from "../../www/lucia.ts";
import { defaultClient, routeTo } from "../atlassian/route.ts";
import { wasm } from "./instance.ts";

/** What an app has: Lucia, and a database. */
export interface Database {
	auth: Auth;
	store: (userId: string) => TokenStore;
	forget: (userId: string) => Promise<unknown>;
}

/** What the driver asks for. */
export type Task = {
	/** One visitor at a time. */
	lane: number;
	/** The stand-in of this lane. */
	standIn: string;
	/** Whether the provider is the one that was made for the lane's first visitor. */
	isLasting: boolean;
	/** `configs.timeout`. */
	timeout?: number;
} & (
	| { name: "start"; pkce: boolean }
	| { name: "finish"; by: "callback" | "validateCallback"; url: string; state: string; codeVerifier?: string }
	| { name: "exchange"; code: string; codeVerifier?: string }
	| { name: "user"; accessToken: string }
	| { name: "sites"; accessToken: string }
	| { name: "refresh"; refreshToken: string }
	| { name: "keep"; in: "memory" | "database"; userId: string; tokens: Kept; isRejected: boolean; calls: number }
	| { name: "revoke"; token: string }
	| { name: "forget"; userId: string }
);

/** The tokens of a response, as far as they are compared. */
export interface Kept {
	accessToken: string;
	refreshToken: string;
	expiresAt: number;
}

/** What a method rejected with. */
export interface Rejection {
	code: string;
	action: string;
	message: string;
}

export type Result = { value: any } | { error: Rejection };

export const scope = ["read:jira-work", "offline_access"];

// The package's pauses between two tries of a refresh, and no others: half a second becomes 22 ms, so
// that a lane does not spend its time waiting.
const { setTimeout } = globalThis;
const hurried = (callback: (...args: unknown[]) => void, milliseconds = 0, ...args: unknown[]) =>
	setTimeout(callback, milliseconds >= 500 && milliseconds < 3_000 ? milliseconds ** 0.5 : milliseconds, ...args);
globalThis.setTimeout = hurried as typeof setTimeout;

let unsettled = 0;
/** What the lasting providers use; the stand-in of a lane is replaced from time to time. */
const standIns = new Map<number, string>();
const lasting = new Map<number, ReturnType<typeof makeProvider>>();

/** What is measured from within. */
export const measure = () => ({ unsettled, wasm: wasm() });

export async function resultOf(task: Task, database: Database): Promise<Result> {
	unsettled += 1;
	try {
		return { value: (await perform(task, database)) ?? null };
	} catch (error) {
		const { code, action, stack, message } = error as Rejection & Error;
		// Where it came from matters if it is none of the package's errors.
		return { error: { code: String(code), action, message: action ? message : (stack ?? String(error)) } };
	} finally {
		unsettled -= 1;
	}
}

function makeProvider(auth: Auth, fetch: (request: Request) => Promise<Response>, timeout?: number) {
	return atlassian(auth, {
		clientId: defaultClient.id,
		clientSecret: defaultClient.secret,
		redirectUri: defaultClient.redirectUris[0] ?? "",
		scope,
		fetch,
		...(timeout !== undefined && { timeout })
	});
}

function provider({ lane, standIn, isLasting, timeout }: Task, { auth }: Database) {
	if (!isLasting || timeout !== undefined) return makeProvider(auth, routeTo(standIn), timeout);
	standIns.set(lane, standIn);
	const made =
		lasting.get(lane) ?? makeProvider(auth, (request) => routeTo(standIns.get(lane) ?? "")(request));
	lasting.set(lane, made);
	return made;
}

async function perform(task: Task, database: Database): Promise<unknown> {
	const made = provider(task, database);
	switch (task.name) {
		case "start": {
			const [url, state, codeVerifier] = await (task.pkce
				? made.getAuthorizationUrl({ pkce: true })
				: made.getAuthorizationUrl());
			return { url: url.href, state, codeVerifier };
		}
		case "finish": {
			const { url, state, codeVerifier } = task;
			const signedIn =
				task.by === "callback"
					? await made.callback(url, state, { codeVerifier })
					: await made.validateCallback(new URL(url).searchParams.get("code") ?? "", { codeVerifier });
			const { atlassianTokens, atlassianUser, getExistingUser, createUser } = signedIn;
			const { name, email, picture } = atlassianUser;
			const existing = await getExistingUser();
			const { userId } = existing ?? (await createUser({ attributes: { name, email, picture } }));
			return { tokens: atlassianTokens, user: atlassianUser, userId, isNew: existing === null };
		}
		case "exchange":
			return made.validateAuthorizationCode(task.code, { codeVerifier: task.codeVerifier });
		case "user":
			return made.getUser(task.accessToken);
		case "sites":
			return (await made.getAccessibleResources(task.accessToken)).sites;
		case "refresh":
			return made.refreshTokens(task.refreshToken);
		case "keep": {
			const store = task.in === "memory" ? memoryStore() : database.store(task.userId);
			const { set, accessToken } = made.tokens(store);
			await set({ ...task.tokens, accessTokenExpiresIn: 3_600 });
			const rejected = task.isRejected ? task.tokens.accessToken : null;
			const calls = await Promise.all(Array.from({ length: task.calls }, () => accessToken({ rejected })));
			return { accessTokens: [...new Set(calls)], stored: await store.load() };
		}
		case "revoke": {
			const { accepted, error } = await made.revoke(task.token);
			if (!accepted) throw error;
			return accepted;
		}
		case "forget":
			return database.forget(task.userId);
	}
}
