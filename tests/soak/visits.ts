// A visitor after another at a stand-in of their own, so that a fault meets the request that it is meant
// for: signs in, uses the tokens, leaves. Each thing that is done has one right outcome, and a
// right list of requests at the stand-in; anything else is written down.

import { isDeepStrictEqual } from "node:util";

import { type Atlassian, defaultAccounts, startAtlassian } from "../atlassian/server.ts";
import { Random } from "../parity/random.ts";
import type { Result, Kept, Task } from "./app.ts";
import { type Endpoint, isLate, refreshed, shortTimeout, type Trouble, troubles } from "./faults.ts";

/** One thing that was done. */
export interface Done {
	/** What, and by which fault it was met. */
	work: string;
	fault: string;
	/** What it rejected with, empty where it did not. */
	code: string;
	/** As the driver sees it, by way of a request to the app. */
	milliseconds: number;
	/** What is wrong about it; no token is in here. */
	unexpected?: string;
}

type Particulars<T> = T extends unknown ? Omit<T, "lane" | "standIn" | "isLasting"> : never;

/** What has to come of something: a `code` or, where that is empty, a value. */
interface Expected {
	code?: string;
	/** What is wrong about the value. */
	check?: (value: any) => string | undefined;
	/** The requests at the stand-in. */
	requests: string[];
	/** How many of them it refuses of its own accord. */
	refusals?: number;
}

export interface LaneOptions {
	lane: number;
	random: Random;
	ask: (task: Task) => Promise<Result>;
	report: (done: Done) => void;
	isOver: () => boolean;
}

const minute = 60_000;
/** After so many visitors the stand-in is replaced, as it keeps all that it has issued. */
const visitorsEach = 50;

/** Settles once it is over. */
export async function runLane(options: LaneOptions): Promise<void> {
	/** The Lucia users of this lane's accounts. */
	const users = new Map<string, string>();
	const accounts = defaultAccounts.map((account) => {
		const user = { ...account.user, account_id: `${account.user.account_id}:${options.lane}` };
		return { ...account, user };
	});
	let port = 0;
	while (!options.isOver()) {
		// On the same port again, unless somebody has taken it: Node's `fetch` keeps something for every origin.
		const standIn = await startAtlassian({ accounts, port }).catch(() => startAtlassian({ accounts }));
		port = Number(new URL(standIn.origin).port);
		try {
			for (let left = visitorsEach; left > 0 && !options.isOver(); left--) {
				if (await visit(options, standIn, users)) break;
			}
		} finally {
			await standIn.close();
		}
	}
}

/** Gives whether a request may still be on its way to the stand-in, given up but not gone. */
async function visit(
	{ lane, random, ask, report, isOver }: LaneOptions,
	standIn: Atlassian,
	users: Map<string, string>
): Promise<boolean> {
	let isBehind = false;

	/** Does it, and gives its value, or `undefined` where it rejected or came to something unexpected. */
	async function perform(
		particulars: Particulars<Task>,
		expected: Expected,
		trouble?: { endpoint: Endpoint | "revoke"; times?: number; trouble: Trouble }
	): Promise<any> {
		standIn.log.length = 0;
		if (trouble) standIn.fault(trouble.endpoint, trouble.trouble.fault, trouble.times);
		const task = { lane, standIn: standIn.origin, isLasting: random.chance(50), ...particulars } as Task;
		if (trouble && isLate(trouble.trouble)) {
			task.timeout = shortTimeout;
			isBehind = true;
		}
		const began = performance.now();
		const response = await ask(task).catch((error: Error): Result => {
			return { error: { code: "no response", action: "", message: String(error.cause ?? error) } };
		});
		const milliseconds = performance.now() - began;
		standIn.clearFaults();
		const code = "error" in response ? response.error.code : "";
		const unexpected = whatIsWrong(response, expected, standIn, isBehind);
		report({
			work: task.name,
			fault: trouble ? `${trouble.trouble.name}${(trouble.times ?? 1) > 1 ? `, ${trouble.times} times` : ""}` : "",
			code,
			milliseconds,
			...(unexpected !== undefined && { unexpected })
		});
		return unexpected === undefined && "value" in response ? response.value : undefined;
	}

	/** A fault for some of what is done. */
	const maybe = <T>(make: (trouble: Trouble) => T): T | undefined =>
		random.chance(35) ? make(random.pick(troubles)) : undefined;

	/** What the token endpoint has issued last. */
	const issued = () => {
		const { access_token, refresh_token } = (standIn.log.findLast(({ endpoint, status, fault }) => endpoint === "token" && status === 200 && fault?.raw === undefined)?.response ?? {}) as Record<string, unknown>;
		return { accessToken: access_token, refreshToken: refresh_token };
	};
	const isIssued = ({ accessToken, refreshToken }: Kept) =>
		isDeepStrictEqual({ accessToken, refreshToken }, issued()) ? undefined : "tokens that were not issued last";

	const pkce = random.chance(50);
	const started = await perform({ name: "start", pkce }, { requests: [] });
	if (!started) return false;
	const { url, state, codeVerifier } = started as { url: string; state: string; codeVerifier?: string };
	const account = random.pick(standIn.accounts);
	const { account_id: id } = account.user;
	const isDenied = random.chance(5);
	const back = await standIn.consent(url, { account: id, decision: isDenied ? "cancel" : "accept" });
	const finish = { name: "finish", url: back.href, state, ...(pkce && { codeVerifier }) } as const;
	if (isDenied) {
		await perform({ ...finish, by: "callback" }, { code: "ACCESS_DENIED", requests: [] });
		return false;
	}
	if (random.chance(5)) {
		await perform({ ...finish, by: "callback", state: `${state}x` }, { code: "STATE_MISMATCH", requests: [] });
	}
	if (random.chance(5)) {
		const { codeVerifier: _, ...without } = finish;
		const verifier = "a-verifier-that-belongs-to-no-request-at-all-of-this-app";
		const wrong = pkce && random.chance(50) ? without : { ...without, codeVerifier: verifier };
		await perform({ ...wrong, by: "callback" }, { code: "INVALID_GRANT", requests: ["token"], refusals: 1 });
	}

	const code = back.searchParams.get("code") ?? "";
	let tokens: Kept | undefined;
	let userId: string | undefined;
	const atSignIn = maybe((trouble) => ({ endpoint: random.pick(["token", "me"] as const), trouble }));
	const signInCode = atSignIn?.trouble.code[atSignIn.endpoint] ?? "";
	if (random.chance(20)) {
		const trouble = atSignIn && { ...atSignIn, endpoint: "token" as const };
		const expected = { code: trouble?.trouble.code.token ?? "", check: isIssued, requests: ["token"] };
		tokens = await perform({ name: "exchange", code, ...(pkce && { codeVerifier }) }, expected, trouble);
	} else {
		const isTokenTrouble = signInCode !== "" && atSignIn?.endpoint === "token";
		const known = users.get(id);
		const check = (value: { tokens: Kept; user: { account_id: string; name: string }; userId: string; isNew: boolean }) => {
			if (value.user.account_id !== id || value.user.name !== account.user.name) return "another account";
			if (value.isNew !== (known === undefined)) return known ? "a second user for the account" : "a user nobody has made";
			if (known !== undefined && value.userId !== known) return "another user";
			return isIssued(value.tokens);
		};
		const expected = { code: signInCode, check, requests: isTokenTrouble ? ["token"] : ["token", "me"] };
		const by = random.pick(["callback", "validateCallback"] as const);
		const signedIn = await perform({ ...finish, by }, expected, atSignIn);
		if (signedIn) {
			tokens = signedIn.tokens as Kept;
			userId = signedIn.userId as string;
			users.set(id, userId);
		}
	}
	if (atSignIn === undefined && random.chance(5)) {
		await perform({ ...finish, by: "callback" }, { code: "INVALID_GRANT", requests: ["token"], refusals: 1 });
	}

	for (let left = random.integer(2, 8); tokens !== undefined && left > 0 && !isBehind && !isOver(); left--) {
		const { accessToken, refreshToken } = tokens as Kept;
		switch (random.pick(["user", "sites", "refresh", "refresh", "keep", "keep"] as const)) {
			case "user": {
				const trouble = maybe((trouble) => ({ endpoint: "me" as const, trouble }));
				const check = (user: { account_id: string }) => (user.account_id === id ? undefined : "another account");
				await perform({ name: "user", accessToken }, { code: trouble?.trouble.code.me ?? "", check, requests: ["me"] }, trouble);
				break;
			}
			case "sites": {
				const trouble = maybe((trouble) => ({ endpoint: "resources" as const, trouble }));
				const right = account.sites.map(({ id }) => id);
				const check = (sites: { id: string }[]) =>
					isDeepStrictEqual(sites.map(({ id }) => id), right) ? undefined : "other sites";
				await perform({ name: "sites", accessToken }, { code: trouble?.trouble.code.resources ?? "", check, requests: ["resources"] }, trouble);
				break;
			}
			case "refresh": {
				const trouble = maybe(refreshTrouble);
				const { code, requests } = refreshOutcome(trouble);
				const expected = { code, check: isIssued, requests: Array.from({ length: requests }, () => "token") };
				const renewed = await perform({ name: "refresh", refreshToken }, expected, trouble);
				// Where it came to nothing, the old refresh token works for ten more minutes.
				if (renewed) tokens = renewed;
				break;
			}
			case "keep": {
				const store = userId !== undefined && random.chance(60) ? "database" : "memory";
				const trouble = maybe(refreshTrouble);
				const { code, requests } = refreshOutcome(trouble);
				const isAlive = random.chance(30);
				const isRejected = isAlive && random.chance(50);
				const isFresh = isAlive && !isRejected;
				// Within the skew of a minute.
				const isNearlyOver = isFresh && random.chance(50);
				const expiresAt = Date.now() + (isNearlyOver ? minute / 2 : isAlive ? 10 * minute : -minute);
				const isRefreshed = !isFresh || isNearlyOver;
				// What is alive is given where nothing newer can be had.
				const isOldGiven = !isRefreshed || (isNearlyOver && code !== "");
				const check = ({ accessTokens, stored }: { accessTokens: string[]; stored: Kept }) => {
					if (accessTokens.length !== 1) return "different tokens for calls that overlap";
					if (stored.accessToken !== accessTokens[0]) return "a token that was not stored";
					if (!isOldGiven) return isIssued(stored);
					return stored.accessToken === accessToken && stored.refreshToken === refreshToken ? undefined : "other tokens";
				};
				const kept = await perform(
					{ name: "keep", in: store, userId: userId ?? "", tokens: { accessToken, refreshToken, expiresAt }, isRejected, calls: random.integer(1, 3) },
					{ code: isOldGiven ? "" : code, check, requests: isRefreshed ? Array.from({ length: requests }, () => "token") : [] },
					isRefreshed ? trouble : undefined
				);
				if (kept) tokens = kept.stored;
				break;
			}
		}
	}

	if (tokens !== undefined && !isBehind && random.chance(40)) {
		const { accessToken, refreshToken } = tokens;
		const trouble = maybe((trouble) => ({ endpoint: "revoke" as const, trouble }));
		const { fault } = trouble?.trouble ?? {};
		// The body of the response is not looked at.
		const isRead = trouble === undefined || !isBodyOnly(trouble.trouble);
		const revocation = isRead ? trouble : undefined;
		const code = revocation?.trouble.code.token ?? "";
		await perform({ name: "revoke", token: refreshToken }, { code, requests: ["revoke"] }, revocation);
		const isDead = fault === undefined || !isRead || code === "";
		if (isDead && !isBehind) {
			await perform({ name: "refresh", refreshToken }, { code: "INVALID_GRANT", requests: ["token"], refusals: 1 });
			await perform({ name: "user", accessToken }, { code: "INVALID_TOKEN", requests: ["me"], refusals: 1 });
		}
	}
	// So that the next sign-in makes a user, and the database does not grow.
	if (userId !== undefined && !isBehind && random.chance(40)) {
		if ((await perform({ name: "forget", userId }, { requests: [] })) !== undefined) users.delete(id);
	}
	return isBehind;

	function refreshTrouble(trouble: Trouble) {
		// With a short timeout, a try that is not late could be late on a busy machine.
		const times = isLate(trouble) || random.chance(25) ? 4 : random.integer(1, 2);
		return { endpoint: "token" as const, times, trouble };
	}
}

const isBodyOnly = ({ fault: { raw, contentType, delay, at, cut } }: Trouble) =>
	raw !== undefined || contentType !== undefined || (delay !== undefined && at === "body") || cut === "body";

const refreshOutcome = (trouble: { trouble: Trouble; times: number } | undefined) =>
	trouble === undefined ? { code: "", requests: 1 } : refreshed(trouble.trouble, trouble.times);

function whatIsWrong(
	response: Result,
	{ code = "", check, requests, refusals = 0 }: Expected,
	{ log }: Atlassian,
	isBehind: boolean
): string | undefined {
	const got = "error" in response ? response.error : undefined;
	if ((got?.code ?? "") !== code) {
		return `expected ${code || "success"}, but it ${got ? `rejected with ${got.code}: ${got.message}` : "succeeded"}`;
	}
	const sent = log.map(({ endpoint, host, path }) => endpoint ?? host + path);
	// What was given up may not have got there.
	const isRight = isBehind ? sent.length <= requests.length : isDeepStrictEqual(sent, requests);
	if (!isRight) return `expected the requests ${requests.join()}, not ${sent.join()}`;
	const reasons = log.flatMap(({ reason, fault }) => (reason !== undefined && fault === undefined ? [reason] : []));
	if (reasons.length !== refusals) return `the stand-in refused: ${reasons.join("; ")}`;
	return "value" in response ? check?.(response.value) : undefined;
}
