// The work of one batch, in whatever runtime loads this module, and the check that all peers do the same work.

import { type Peer, peers } from "./peers.ts";
import { accessToken, accountId, code, responseTo } from "./responses.ts";

/** A batch: one kind of work, done by one peer, so many times. */
export interface Job {
	/** Make a URL; do a callback with a `fetch` that responds in the process; do one over HTTP. */
	work: "url" | "callback" | "http";
	peer: string;
	count: number;
}

const networkFetch = globalThis.fetch;

// Like the real one, it makes a `Request` of what it gets, so that a library that passes a URL and an object does
// not save that work.
const fetchInProcess: typeof fetch = async (input, init) => {
	const request = input instanceof Request ? input : new Request(input, init);
	const response = responseTo(request.url);
	return new Response(response.body, response);
};

/** Does a job, or `verify`; gives the milliseconds that it took. A Worker's clock stands still meanwhile. */
export async function timed(job: Job | "verify"): Promise<number> {
	const started = performance.now();
	await (job === "verify" ? verify() : work(job));
	return performance.now() - started;
}

async function work({ work, peer: name, count }: Job): Promise<void> {
	const peer = peers[name];
	if (!peer) throw new Error(`no peer is called ${name}`);
	if (work === "callback") globalThis.fetch = fetchInProcess;
	try {
		for (let i = 0; i < count; i++) await (work === "url" ? peer.url() : peer.callback(code));
	} finally {
		globalThis.fetch = networkFetch;
	}
}

/** The parts of a request that have to be the same for all peers, and the whole of it. */
async function partsOf(request: Request) {
	const { method, url, headers, redirect } = request;
	const body = await request.text();
	return {
		same: JSON.stringify([method, url, headers.get("Authorization"), [...new URLSearchParams(body)].sort()]),
		whole: JSON.stringify([method, url, [...headers], redirect, body])
	};
}

/**
 * Rejects unless every peer makes the first one's URL but for the state, sends the first one's two requests, and
 * gives the user and the token of the responses. Requests of the package and of tuned JavaScript have to be equal
 * letter for letter. The package with its default limit gives each request an `AbortSignal.timeout`; nobody else limits
 * the time. `all` is for tests.
 */
export async function verify(all: Record<string, Peer> = peers): Promise<void> {
	const expected: Record<string, string> = {};
	const { timeout } = AbortSignal;
	for (const [name, peer] of Object.entries(all)) {
		const same = (what: string, found: string) => {
			if (found !== (expected[what] ??= found)) throw new Error(`${name}: expected the ${what} ${expected[what]}, not ${found}`);
		};
		const made = await peer.url();
		const url = new URL(made instanceof URL ? made : made[0]);
		const { length } = url.searchParams.get("state") ?? "";
		if (length < 40) throw new Error(`${name}: expected a state of 40 characters or more, not ${length}`);
		url.searchParams.delete("state");
		url.searchParams.sort();
		same("URL", url.href);

		const requests: Request[] = [];
		let timeouts = 0;
		globalThis.fetch = async (input, init) => {
			const request = new Request(input, init);
			requests.push(request.clone());
			return fetchInProcess(request);
		};
		AbortSignal.timeout = (milliseconds) => {
			timeouts++;
			return timeout.call(AbortSignal, milliseconds);
		};
		try {
			const result = JSON.stringify(await peer.callback(code));
			for (const part of [accessToken, accountId]) {
				if (!result.includes(part)) throw new Error(`${name}: the callback gave no ${part}`);
			}
		} finally {
			globalThis.fetch = networkFetch;
			AbortSignal.timeout = timeout;
		}
		const parts = await Promise.all(requests.map(partsOf));
		same("requests", parts.map(({ same }) => same).join());
		if (/^(lucia-atlassian|tuned)/.test(name)) same("requests letter for letter", parts.map(({ whole }) => whole).join());
		const expectedTimeouts = name === "lucia-atlassian" ? requests.length : 0;
		if (timeouts !== expectedTimeouts) throw new Error(`${name}: expected ${expectedTimeouts} signals of time limits, not ${timeouts}`);
	}
}
