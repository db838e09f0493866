// What the many processes of the stress test do, be they threads of Node or Workers: get an access token
// and use it at once. Each believes the clock that it was told last, as machines believe theirs, and
// pauses for less time than it means to.

import type { atlassian as makeProvider, Tokens, TokenStore } from "lucia-atlassian/providers";

import { defaultClient, routeTo } from "../atlassian/route.ts";

/** What the test asks of a process. */
export interface Question {
	/** What time it is. */
	now: number;
	/** An access token that an API refused with 401. */
	rejected?: string;
	/** Not to get further than to the response of a refresh. */
	neverSaves?: boolean;
}

/** What came of it. */
export interface Outcome {
	accessToken?: string;
	/** The response of the API to the token. */
	status?: number;
	/** What `accessToken` rejected with. */
	error?: { code: string; action: string; message: string };
}

export const scope = ["offline_access"];
/** For each request, in milliseconds. */
export const timeout = 400;
let now = 0;

/** To be called once in each process. */
export function hurry(): void {
	const { setTimeout } = globalThis;
	// Half a second becomes 22 ms, while 50 ms between two tries to get a lock become no less than 7 ms.
	const hurried = (callback: (...args: unknown[]) => void, milliseconds = 0, ...args: unknown[]) =>
		setTimeout(callback, milliseconds ** 0.5, ...args);
	globalThis.setTimeout = hurried as typeof setTimeout;
	Date.now = () => now;
}

export function tokensIn(store: TokenStore, atlassian: typeof makeProvider, standIn: string): Tokens {
	const provider = atlassian({} as never, {
		clientId: defaultClient.id,
		clientSecret: defaultClient.secret,
		redirectUri: defaultClient.redirectUris[0] ?? "",
		scope,
		timeout,
		fetch: routeTo(standIn),
	});
	return provider.tokens(store);
}

/** The store as a process has it that ends before it saves. It waits for a timer, as workerd ends what waits for nothing. */
export const withoutSaving = (store: TokenStore): TokenStore => ({
	...store,
	save: () => new Promise((resolve) => setTimeout(resolve, 2 ** 31 - 1, false)),
});

export const withoutLock = ({ load, save }: TokenStore): TokenStore => ({ load, save });

export async function perform(tokens: Tokens, standIn: string, question: Question): Promise<Outcome> {
	now = Math.max(now, question.now);
	let accessToken: string;
	try {
		accessToken = await tokens.accessToken({ rejected: question.rejected ?? null });
	} catch (error) {
		const { code, action, message } = error as { code: string; action: string; message: string };
		return { error: { code, action, message } };
	}
	const headers = { Authorization: `Bearer ${accessToken}` };
	const response = await routeTo(standIn)(new Request("https://api.atlassian.com/me", { headers }));
	await response.arrayBuffer();
	return { accessToken, status: response.status };
}
