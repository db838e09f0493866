// One batch of work for one peer, in whatever runtime this is loaded, and the proof that all peers do
// the same work. Reads no clock but the one it is handed: in a Worker, none runs while code runs.

import { accessToken, accountId, answerTo, code } from "./answers.ts";
import { type Peer, type PeerName, peers } from "./peers.ts";

/** A batch. */
export interface Job {
	/**
	 * `callback` is answered in the process, `chunked` too, by answers that do not say their length, `loopback`
	 * over HTTP. `none` is what a batch costs by itself, `turns` one that is answered in the process.
	 */
	work: "none" | "turns" | "url" | "callback" | "chunked" | "loopback";
	peer: PeerName;
	/** How often the work is done. */
	count: number;
	/** How many callbacks are waited for at a time. */
	inFlight: number;
}

const networkFetch = globalThis.fetch;

// It makes a `Request` of a URL, as the real one does, so that a library that hands over a URL and an object does
// not get around that. Node's makes another of a `Request`, too, which only shows over HTTP.
const inProcess =
	(saysLength: boolean): typeof fetch =>
	async (input, init) => {
		const request = input instanceof Request ? input : new Request(input, init);
		const answer = answerTo(request.url, saysLength);
		return new Response(answer.body, answer);
	};
const fetches = { callback: inProcess(true), chunked: inProcess(false), loopback: networkFetch };

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
	if (work === "turns") {
		for (let i = 0; i < count; i += CALLBACKS_A_TURN) await turn();
		return latencies;
	}
	globalThis.fetch = fetches[work];
	try {
		if (work !== "loopback") {
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

/** What a request asks of Atlassian, however a library says it. */
interface Sent {
	method: string;
	url: string;
	authorization: string | null;
	/** Of a token request, of the form or of the JSON. */
	parameters: Record<string, string>;
	/** Letter for letter. */
	whole: string;
}

async function sent(request: Request): Promise<Sent> {
	const { method, url, headers, redirect } = request;
	const body = await request.text();
	const isJson = headers.get("Content-Type")?.startsWith("application/json");
	const parameters = isJson ? JSON.parse(body) : Object.fromEntries(new URLSearchParams(body));
	const whole = JSON.stringify([method, url, [...headers], redirect, body]);
	return { method, url, authorization: headers.get("Authorization"), parameters, whole };
}

const sorted = (value: object): string => JSON.stringify(Object.entries(value).sort());

/**
 * Throws unless every peer makes the same URL but for the state, asks for the same twice, with a time limit if its
 * name says so, and comes to the same user and token; the package and tuned JavaScript send the same requests
 * letter for letter. `all` is for tests.
 */
export async function verify(all: Record<string, Peer> = peers): Promise<void> {
	let expectedUrl = "";
	let expectedParameters = "";
	let expectedWhole = "";
	const { timeout } = AbortSignal;
	for (const [name, peer] of Object.entries(all)) {
		const demand = (isMet: boolean, what: string) => {
			if (!isMet) throw new Error(`${name}: ${what}`);
		};
		const made = await peer.url();
		const url = made instanceof URL ? made : made[0];
		if (!(url instanceof URL)) throw new Error(`${name} gave no URL`);
		const state = url.searchParams.get("state") ?? "";
		// The shortest is a UUID, by the guide of jira.js.
		demand(state.length >= 36, `a state of ${state.length} characters`);
		url.searchParams.delete("state");
		url.searchParams.sort();
		expectedUrl ||= url.href;
		demand(url.href === expectedUrl, `the URL ${url.href}, not ${expectedUrl}`);

		const requests: Request[] = [];
		const limits: number[] = [];
		globalThis.fetch = async (input, init) => {
			const request = new Request(input, init);
			requests.push(request.clone());
			return fetches.callback(request);
		};
		AbortSignal.timeout = (milliseconds) => {
			limits.push(milliseconds);
			return timeout.call(AbortSignal, milliseconds);
		};
		try {
			const result = JSON.stringify(await peer.callback(code));
			for (const part of [accessToken, accountId]) {
				demand(result.includes(part), `the callback gave no ${part}`);
			}
		} finally {
			globalThis.fetch = networkFetch;
			AbortSignal.timeout = timeout;
		}
		demand(requests.length === 2, `${requests.length} requests for a callback, not 2`);
		const [token, user] = await Promise.all(requests.map(sent));
		if (!token || !user) return;
		expectedParameters ||= sorted(token.parameters);
		demand(token.method === "POST" && token.url === "https://auth.atlassian.com/oauth/token", `${token.method} ${token.url}`);
		demand(token.parameters["code"] === code, "another code");
		demand(sorted(token.parameters) === expectedParameters, `the parameters ${Object.keys(token.parameters)}, or other values`);
		demand(user.method === "GET" && user.url === "https://api.atlassian.com/me", `${user.method} ${user.url}`);
		demand(user.authorization === `Bearer ${accessToken}`, "another access token");
		const isLimited = name.endsWith(", timeout");
		demand(String(limits) === (isLimited ? "10000,10000" : ""), `the time limits ${limits}`);
		if (!/^(lucia-atlassian|tuned)/.test(name)) continue;
		expectedWhole ||= token.whole + user.whole;
		demand(token.whole + user.whole === expectedWhole, "other requests than the package");
	}
}
