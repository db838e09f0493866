// The checks of speed and size that need no clock: the size of a Worker's bundle, memory that calls leave, calls
// across the boundary between JavaScript and wasm, and that the peers of the benchmark do the same work.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { suite, test } from "node:test";

import { section } from "../documents/text.ts";
import { chart } from "./chart.ts";
import { type Peer, peers } from "./peers.ts";
import { type Results, documents, inWords, json, rateFigures, runtimes, spread, timeInWords } from "./report.ts";
import { crossingsOf, memoryGrowth } from "./runtimes.ts";
import { startServer } from "./server.ts";
import { measureSize } from "./size.ts";
import { verify } from "./work.ts";

const file = readFileSync(new URL("results.json", import.meta.url), "utf8");
const results = JSON.parse(file) as Results;

test("a Worker bundles 46 KB of the package at most", async () => {
	const { wasm, javascript } = await measureSize();
	const size = wasm + javascript;
	console.log(`${size} bytes after gzip: ${wasm} of wasm, ${javascript} of JavaScript`);
	assert.ok(size <= 46_000, `expected 46,000 bytes at most, not ${size}`);
	const stated = results.size?.rows[0];
	assert.ok(stated && Math.abs(size - stated.wasm - stated.javascript) < 1_000, "the README has another size: run `npm run bench -- --only size`");
});

for (const registry of [true, false]) {
	test(`calls leave nothing in memory${registry ? "" : ", where there is no FinalizationRegistry"}`, async () => {
		const { control, ...growth } = await memoryGrowth(process.execPath, { urls: 60_000, callbacks: 10_000 }, registry);
		assert.equal(Object.keys(growth).length, 5);
		for (const [what, { calls, heap, wasm, table }] of Object.entries(growth)) {
			console.log(`${calls} ${what}: heap ${heap}, wasm ${wasm}, table ${table}`);
			assert.deepEqual({ wasm, table }, { wasm: 0, table: 0 }, what);
			assert.ok(heap < 200_000, `${calls} ${what}: the JavaScript heap grew by ${heap} bytes`);
		}
		assert.ok((control?.heap ?? 0) > 200_000, `an object kept for each call went unnoticed: ${control?.heap} bytes`);
	});
}

test("calls cross the boundary no more often than they have to", async () => {
	// To be lowered when they can be.
	const most: Record<string, Record<string, number>> = {
		atlassian: { into: 4, out: 25 },
		getAuthorizationUrl: { into: 1, out: 2 },
		validateCallback: { into: 5, out: 30 }
	};
	const found = await crossingsOf(process.execPath);
	assert.deepEqual(Object.keys(found), Object.keys(most));
	for (const [name, crossings] of Object.entries(found)) {
		for (const [direction, calls] of Object.entries(crossings)) {
			const sum = Object.values<number>(calls).reduce((sum, count) => sum + count, 0);
			console.log(`${name}: ${sum} ${direction} wasm`);
			assert.ok(sum > 0 && sum <= (most[name]?.[direction] ?? 0), `${name}, ${direction}: ${JSON.stringify(calls)}`);
		}
	}
});

suite("the same work for all peers", () => {
	test("all make the same URL and send the same requests", () => verify());

	const reference = peers["@lucia-auth/oauth"] as Peer;

	/** A peer whose requests are changed on their way. */
	const sending = (change: (request: Request, body: string) => Request | Promise<Request>, peer = reference): Peer => ({
		url: peer.url,
		callback: async (code) => {
			const { fetch } = globalThis;
			globalThis.fetch = async (input, init) => {
				const request = new Request(input, init);
				return fetch(await change(request, await request.clone().text()));
			};
			try {
				return await peer.callback(code);
			} finally {
				globalThis.fetch = fetch;
			}
		}
	});
	const form = (from: string | RegExp, to: string) =>
		sending((request, body) => (body ? new Request(request, { body: body.replace(from, to) }) : request));
	const making = (from: RegExp, to: string): Peer => ({
		...reference,
		url: async () => [new URL(String(await reference.url()).split(",")[0]?.replace(from, to) ?? ""), null]
	});
	const others: Record<string, Peer> = {
		"another client": form("client_id=", "client_id=x"),
		"no secret": form(/client_secret=[^&]*/, "client_secret="),
		"no grant type": form(/grant_type=[^&]*&/, ""),
		"another code": form("code=", "code=x"),
		"another access token": sending((request) => (request.method === "GET" ? new Request(request, { headers: { Authorization: "Bearer x" } }) : request)),
		"one address for all": sending((request) => new Request("https://api.atlassian.com/me", request)),
		"a time limit": sending((request) => new Request(request, { signal: AbortSignal.timeout(10_000) })),
		"another scope": making(/scope=[^&]*/, "scope=read%3Ajira-work"),
		"a short state": making(/state=[^&]*/, "state=short")
	};
	for (const [what, other] of Object.entries(others)) {
		test(`a peer with ${what} is noticed`, async () => {
			await verify({ reference, same: sending((request) => request) });
			await assert.rejects(verify({ reference, other }), /^Error: other: /);
		});
	}

	test("tuned JavaScript that sends other headers than the package is noticed", async () => {
		const own = peers["lucia-atlassian, timeout: 0"] as Peer;
		const tuned = sending((request) => new Request(request, { headers: { ...Object.fromEntries(request.headers), "User-Agent": "other" } }), own);
		await verify({ "lucia-atlassian, timeout: 0": own, "tuned JavaScript": own });
		await assert.rejects(verify({ "lucia-atlassian, timeout: 0": own, "tuned JavaScript": tuned }), /^Error: tuned JavaScript: /);
	});

	test("the package without its time limits is noticed", async () => {
		const unlimited = peers["lucia-atlassian, timeout: 0"] as Peer;
		await assert.rejects(verify({ "lucia-atlassian": unlimited }), /expected 2 signals of time limits, not 0$/);
	});

	test("the server states the length of a response, or sends chunks", async () => {
		const server = await startServer();
		for (const chunked of [false, true]) {
			server.chunked = chunked;
			const { headers } = await fetch(`${server.origin}/me`);
			assert.deepEqual([headers.get("Transfer-Encoding"), headers.has("Content-Length")], [chunked ? "chunked" : null, !chunked]);
		}
		await server.stop();
	});
});

test("a median has half of the values on either side, and a spread from the lowest to the highest", () => {
	assert.deepEqual(spread([10, 9, 2]), { median: 9, low: 2, high: 10 });
	assert.deepEqual(spread([4, 1, 3, 2]), { median: 2.5, low: 1, high: 4 });
});

test("the README has orders of magnitude in words", () => {
	for (const [ratios, words] of [
		[[2.6, 7.8], "2 to 8 times as many"],
		[[0.91, 1.13], "about as many"],
		[[0.97, 1.3], "as many or more"],
		[[0.74, 1.15], "up to a quarter fewer"],
		[[0.62, 0.93], "up to two fifths fewer"]
	] as const) {
		assert.equal(inWords([...ratios]), words);
	}
	assert.deepEqual([timeInWords(23, 34), timeInWords(35, 31), timeInWords(31, 31)], ["about 10 milliseconds sooner", "a few milliseconds later", "at the same time"]);
	for (const line of section("README.md", "Performance").split("\n").filter((line) => line.startsWith("- "))) {
		assert.doesNotMatch(line, /\d\.\d| ms\b/);
	}
});

test("each figure has every runtime, and both documents and the charts show it", () => {
	for (const figure of [...rateFigures, "start"] as const) {
		const found = new Set(results[figure]?.rows.map(({ runtime }) => runtime));
		assert.deepEqual([...found], runtimes.slice(0, figure === "url" || figure === "callback" ? 4 : 3));
		assert.match(results[figure]?.measured ?? "", /rates in ([7-9]|\d\d) rounds, starts in \d\d/);
	}
	assert.equal(json(results), file);
	for (const { present, expected } of documents(results)) assert.equal(present, expected);
	for (const theme of ["light", "dark"] as const) {
		assert.equal(readFileSync(new URL(`chart-${theme}.svg`, import.meta.url), "utf8"), chart(results, theme));
	}
});
