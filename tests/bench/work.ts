// One batch of work for one peer, in whatever runtime this is loaded, and the proof that all peers do
// the same work. Reads no clock but the one it is handed: in a Worker, none runs while code runs.

import { accessToken, accountId, answerTo, code } from "./answers.ts";
import { type PeerName, peers } from "./peers.ts";

/** A batch. */
export interface Job {
	/** `callback` is answered in the process, `loopback` over HTTP. `none` is what a batch costs by itself. */
	work: "none" | "url" | "callback" | "loopback";
	peer: PeerName;
	/** How often the work is done. */
	count: number;
	/** How many callbacks are waited for at a time. */
	inFlight: number;
}

const networkFetch = globalThis.fetch;

// Like the real one, it makes a `Request` of whatever it is given: a library that hands over a URL and
// an object does not get around that.
const inProcessFetch: typeof fetch = async (input, init) => {
	const request = input instanceof Request ? input : new Request(input, init);
	const answer = answerTo(request.url);
	return new Response(answer.body, answer);
};

// A real answer comes in a turn of the event loop of its own. Only between turns do runtimes let go of
// what a WeakRef was made of, as Node's `fetch` does with every signal: without this, the garbage of a
// whole batch would pile up.
const CALLBACKS_A_TURN = 20;
const turn = (): Promise<unknown> =>
	new Promise<void>((resolve) => {
		if (typeof setImmediate === "function") setImmediate(resolve);
		// A page's timers wait for at least 4 ms.
		else if ("scheduler" in globalThis && "postTask" in scheduler) void scheduler.postTask(() => resolve());
		else setTimeout(resolve, 0);
	});

/** Does a batch; gives how long each callback of a `loopback` took, if there is a clock. */
export async function work({ work, peer, count, inFlight }: Job, clock?: () => number): Promise<number[]> {
	const { url, callback } = peers[peer];
	const latencies: number[] = [];
	if (work === "none") return latencies;
	if (work === "url") {
		for (let i = 0; i < count; i++) await url();
		return latencies;
	}
	globalThis.fetch = work === "callback" ? inProcessFetch : networkFetch;
	try {
		if (work === "callback") {
			for (let i = 0; i < count; i++) {
				await callback(code);
				if (i % CALLBACKS_A_TURN === 0) await turn();
			}
			return latencies;
		}
		let left = count;
		const lane = async () => {
			while (left-- > 0) {
				const started = clock?.();
				await callback(code);
				if (started !== undefined && clock) latencies.push(clock() - started);
			}
		};
		await Promise.all(Array.from({ length: inFlight }, lane));
		return latencies;
	} finally {
		globalThis.fetch = networkFetch;
	}
}

/** Throws unless every peer makes the same URL but for the state, and comes to the same user and token. */
export async function verify(): Promise<void> {
	let expected = "";
	for (const [name, peer] of Object.entries(peers)) {
		const made = await peer.url();
		const url = made instanceof URL ? made : made[0];
		if (!(url instanceof URL)) throw new Error(`${name} gave no URL`);
		const state = url.searchParams.get("state") ?? "";
		// The shortest is a UUID, by the guide of jira.js.
		if (state.length < 36) throw new Error(`${name} made a state of ${state.length} characters`);
		url.searchParams.delete("state");
		url.searchParams.sort();
		expected ||= url.href;
		if (url.href !== expected) throw new Error(`${name} made ${url.href}, not ${expected}`);

		const requests: Request[] = [];
		globalThis.fetch = async (input, init) => {
			requests.push(new Request(input, init));
			return inProcessFetch(input, init);
		};
		try {
			const result = JSON.stringify(await peer.callback(code));
			for (const part of [accessToken, accountId]) {
				if (!result.includes(part)) throw new Error(`${name}: the callback gave no ${part}`);
			}
		} finally {
			globalThis.fetch = networkFetch;
		}
		const [token, user] = requests;
		if (requests.length !== 2 || !token || !user) {
			throw new Error(`${name} sent ${requests.length} requests for a callback, not 2`);
		}
		const body = await token.text();
		if (token.url !== "https://auth.atlassian.com/oauth/token" || !body.includes(code)) {
			throw new Error(`${name} did not send the code to the token endpoint`);
		}
		if (user.url !== "https://api.atlassian.com/me" || user.headers.get("Authorization") !== `Bearer ${accessToken}`) {
			throw new Error(`${name} did not ask for the user with the access token`);
		}
	}
}
