// What can be checked of speed and size without a clock: how much a Worker bundles, that nothing is
// left behind in memory, how often one call crosses the boundary between JavaScript and wasm, and that
// the peers of the benchmark do the same work.

import assert from "node:assert/strict";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { type RequestListener, createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { before, suite, test } from "node:test";

import { installFixtures } from "../packaging/project.ts";
import { Random } from "../parity/random.ts";
import type { Results } from "./bench.ts";
import { chart } from "./chart.ts";
import { answerTo } from "./answers.ts";
import { type ColdName, check, coldNode, compareStarts } from "./cold.ts";
import { compare } from "./compare.ts";
import { goals } from "./goals.ts";
import { type Crossings, type Growth, crossings, memoryGrowth, mostHeap } from "./memory-report.ts";
import { type Peer, type PeerName, peers } from "./peers.ts";
import { measureRates } from "./rates.ts";
import { withFigures } from "./readme.ts";
import { sampleOf, serverRate, startNode, startServer, startWorker } from "./runtimes.ts";
import { type Size, measureSize, nameless, shippedWasm, sizeTable } from "./size.ts";
import { bootstrap, grown, inRounds, quantile, spread, total } from "./statistics.ts";
import { type Job, verify } from "./work.ts";

const node = process.execPath;

const results = JSON.parse(readFileSync(new URL("results.json", import.meta.url), "utf8")) as Results;

suite("size", () => {
	let size: Size;
	before(async () => {
		size = await measureSize();
		console.log(sizeTable(size));
	});

	test("a Worker bundles 40 KB of the package at most", () => {
		assert.ok(size.total <= 40_000, `expected 40 KB at most, not ${size.total} bytes`);
	});

	test("each byte of the wasm is of a module, a crate or a section, and six of seven of its code are of a function of 100 bytes or more that is named", () => {
		const parts = size.parts.filter(({ file }) => file === "wasm");
		const sum = (of: { bytes: number }[]) => of.reduce((total, { bytes }) => total + bytes, 0);
		assert.equal(sum(parts), shippedWasm().length);
		const unnamed = parts.filter(({ name }) => name === nameless);
		assert.ok(sum(unnamed) < 500, `${sum(unnamed)} bytes have no name`);
		const code = parts.filter(({ functions }) => functions.length > 0);
		const named = code.flatMap(({ functions }) => functions.map(([name, bytes]) => ({ name, bytes })));
		assert.ok(named.every(({ name }) => name !== ""));
		assert.ok(sum(named) > (6 / 7) * sum(code), `${sum(named)} of ${sum(code)} bytes of code are of functions with a name`);
	});

	test("no part has more than 4 KB of what is bundled but the strings and the JavaScript", () => {
		const large = size.parts.filter(({ file, name, gzip }) => gzip > 4_000 && file === "wasm" && !name.startsWith("data"));
		assert.deepEqual(large.map(({ name }) => name), []);
	});

	test("the README's size is that of what is built now, to half a kilobyte", () => {
		assert.ok(Math.abs((results.size?.total ?? 0) - size.total) < 500, `${results.size?.total} in results.json, ${size.total} now: run \`npm run bench\``);
	});
});

suite("memory", () => {
	const counts = { urls: 300_000, callbacks: 60_000, providers: 300_000 };
	for (const registry of [true, false]) {
		const where = registry ? "" : ", where there is no FinalizationRegistry";
		test(`URLs, callbacks and providers leave nothing behind${where}`, async () => {
			const growth = await memoryGrowth(node, counts, registry);
			assert.deepEqual(Object.keys(growth), ["urls", "callbacks", "callbacks, timeout", "providers", "providers, each used once"]);
			for (const [what, { heap, wasm, table, heaps }] of Object.entries(growth)) {
				console.log(`${what}: heap ${heap}, in all ${total(heaps)}, wasm ${wasm}, table ${table}`);
				assert.equal(wasm, 0, `${what}: the wasm memory grew`);
				assert.equal(table, 0, `${what}: the table of JavaScript values grew`);
				// A number kept for each of 60,000 callbacks is more than this, with a time limit an object.
				assert.ok(heap < mostHeap(what), `${what}: the JavaScript heap grew by ${heap} bytes`);
				if (!what.endsWith("timeout")) assert.ok(total(heaps) < mostHeap(what), `${what}: the JavaScript heap grew by ${total(heaps)} bytes`);
			}
		});
	}
});

suite("growth", () => {
	const steps: [what: string, values: number[], expected: number][] = [
		["nothing", [5, 5, 5, 5, 5, 5, 5], 0],
		["what grows each time", [0, 10, 20, 30, 40, 50, 60], 60],
		["one step in the middle", [0, 0, 0, 900, 900, 900, 900], 0],
		["one step at the beginning, and back at the end", [0, 900, 900, 900, 900, 900, 0], 0],
		["what shrinks once and grows each time", [0, -900, -890, -880, -870, -860, -850], 60],
		["a table that doubles", [100, 200, 200, 400, 400, 400, 800], 450]
	];
	for (const [what, values, expected] of steps) {
		test(`of ${what} is ${expected}`, () => assert.equal(grown(values), expected));
	}
});

suite("crossings of the boundary", () => {
	// A ceiling for each call, to be lowered when it can be.
	const ceilings = {
		atlassian: { into: 4, out: 25 },
		getAuthorizationUrl: { into: 1, out: 3 },
		validateCallback: { into: 5, out: 29 }
	};
	for (const [name, ceiling] of Object.entries(ceilings)) {
		test(`${name}: ${ceiling.into} into wasm and ${ceiling.out} out of it at most`, async () => {
			const counted = (await crossings(node))[name];
			assert.ok(counted, `expected ${name} to be counted`);
			const total = (direction: keyof Crossings) =>
				Object.values(counted[direction]).reduce((sum, count) => sum + count, 0);
			console.log(`${name}: ${total("into")} into wasm, ${total("out")} out of it`);
			assert.ok(total("into") > 0, "expected a call into wasm");
			for (const direction of ["into", "out"] as const) {
				assert.ok(
					total(direction) <= ceiling[direction],
					`${total(direction)} calls ${direction === "into" ? "into wasm" : "out of wasm"}: ${JSON.stringify(counted[direction], null, "\t")}`
				);
			}
		});
	}
});

suite("the benchmark itself", () => {
	const own = "lucia-atlassian";

	test("the README's figures and ARCHITECTURE's goals are those of the last whole run", () => {
		for (const { present, expected } of withFigures(results)) assert.equal(present, expected);
	});

	test("the charts are drawn from the last whole run", () => {
		for (const theme of ["light", "dark"] as const) {
			assert.equal(readFileSync(new URL(`chart-${theme}.svg`, import.meta.url), "utf8"), chart(results, theme));
		}
	});

	test("all peers make the same URL and send the same requests", () => verify());

	// Each sends or makes something else than the others, in one respect.
	const request = (url: string, init: RequestInit, { body = (form: string) => form, headers = {} } = {}): RequestInit => ({
		...init,
		...(url.endsWith("/token") && { body: body(String(init.body)) }),
		headers: { ...(init.headers as Record<string, string>), ...headers }
	});
	const others: [what: string, change: (url: string, init: RequestInit) => RequestInit | undefined][] = [
		["another client", (url, init) => request(url, init, { body: (form) => form.replace("client_id=", "client_id=x") })],
		["no secret", (url, init) => request(url, init, { body: (form) => form.replace(/client_secret=[^&]*/, "client_secret=") })],
		["another redirect URI", (url, init) => request(url, init, { body: (form) => form.replace("app.example", "other.example") })],
		["no grant type", (url, init) => request(url, init, { body: (form) => form.replace(/grant_type=[^&]*&/, "") })],
		["another code", (url, init) => request(url, init, { body: (form) => form.replace("code=", "code=x") })],
		["another access token", (_, init) => init.body === undefined ? { ...init, headers: { Authorization: "Bearer other" } } : init],
		["the secret in a URL", (url, init) => url.endsWith("/token") ? undefined : init],
		["a time limit", (_, init) => ({ ...init, signal: AbortSignal.timeout(10_000) })]
	];
	for (const [what, change] of others) {
		test(`a peer with ${what} is told from the others`, async () => {
			const reference = peers["@lucia-auth/oauth"];
			const other: Peer = {
				url: reference.url,
				callback: async (code) => {
					const { fetch } = globalThis;
					globalThis.fetch = async (input) => {
						const request = input as Request;
						const { method, url } = request;
						const init: RequestInit = {
							method,
							headers: Object.fromEntries(request.headers),
							...(method === "POST" && { body: await request.text() })
						};
						const changed = change(url, init);
						return changed === undefined ? fetch(`${url}?${init.body}`, { ...init, body: "" }) : fetch(new Request(url, changed));
					};
					try {
						return await reference.callback(code);
					} finally {
						globalThis.fetch = fetch;
					}
				}
			};
			await verify({ reference, same: { ...reference } });
			await assert.rejects(verify({ reference, other }), /^Error: other: /);
		});
	}
	test("a peer with another URL or a short state is told from the others", async () => {
		const reference = peers["@lucia-auth/oauth"];
		const [url] = (await reference.url()) as [URL, string];
		for (const [name, value] of [["scope", "read:me write:me"], ["state", "short"], ["prompt", ""]] as const) {
			const changed = new URL(url);
			changed.searchParams.set(name, value);
			await assert.rejects(verify({ reference, other: { ...reference, url: () => changed } }), /^Error: other: /);
		}
	});

	test("a start that makes another URL or a short state is told from the others", () => {
		const url = new URL("https://auth.atlassian.com/authorize?audience=api.atlassian.com&client_id=client&prompt=consent&response_type=code&scope=read:me");
		url.searchParams.set("redirect_uri", "https://app.example/callback");
		url.searchParams.set("state", "x".repeat(36));
		check("arctic", url.href);
		for (const [name, value] of [["scope", "read:me write:me"], ["state", "x".repeat(35)], ["prompt", ""], ["client_id", "other"]] as const) {
			const changed = new URL(url);
			changed.searchParams.set(name, value);
			assert.throws(() => check("arctic", changed.href), name);
		}
	});

	test("tuned JavaScript that sends other headers than the package is told from it", async () => {
		const own = peers["lucia-atlassian"];
		const other: Peer = {
			url: own.url,
			callback: async (code) => {
				const { fetch } = globalThis;
				globalThis.fetch = async (input) => fetch(new Request(input, { headers: { "User-Agent": "other" } }));
				try {
					return await own.callback(code);
				} finally {
					globalThis.fetch = fetch;
				}
			}
		};
		await assert.rejects(verify({ "lucia-atlassian": own, "tuned JavaScript": other }), /^Error: tuned JavaScript: /);
	});

	test("an interval holds the median 19 times of 20", () => {
		assert.deepEqual(spread([5, 1, 4, 2, 3]), { median: 3, lower: 1, upper: 5 });
		const upTo = (length: number) => Array.from({ length }, (_, index) => length - index);
		// From tables of the sign test.
		for (const [length, lower, upper] of [[6, 1, 6], [11, 2, 10], [12, 3, 10], [24, 7, 18], [42, 15, 28]] as const) {
			const { lower: found, upper: other } = spread(upTo(length));
			assert.deepEqual([found, other], [lower, upper]);
		}
		assert.equal(quantile([1, 2], 0.5), 1.5);
		assert.equal(quantile([7], 0.99), 7);
	});

	for (const [count, rounds] of [[6, 24], [8, 24], [8, 72], [12, 12], [9, 72], [3, 6]] as const) {
		test(`in ${rounds} rounds, each of ${count} has each place, and comes after each other, equally often`, async () => {
			const names = Array.from({ length: count }, (_, index) => `${index}`);
			const places = new Map<string, number>();
			const neighbours = new Map<string, number>();
			let order: string[] = [];
			await inRounds(rounds, names, async (name) => {
				const more = (map: Map<string, number>, key: string) => map.set(key, (map.get(key) ?? 0) + 1);
				more(places, `${name} at ${order.length}`);
				if (order.length > 0) more(neighbours, `${name} after ${order.at(-1)}`);
				order = order.length === count - 1 ? [] : [...order, name];
			});
			assert.equal(places.size, count * count);
			assert.deepEqual([...new Set(places.values())], [rounds / count]);
			assert.equal(neighbours.size, count * (count - 1));
			assert.deepEqual([...new Set(neighbours.values())], [rounds / count]);
		});
	}

	test("of a time, less is better, of a rate, more", () => {
		const rows = (unit: "ms" | "per second") =>
			compare(
				{ figure: "loopback", runtime: "Node 20", unit },
				"@lucia-auth/oauth",
				{ "@lucia-auth/oauth": [2, 2], "lucia-atlassian": [4, 4], "tuned JavaScript": [8, 8] },
				{ latencies: { "@lucia-auth/oauth": [[2], [2]], "lucia-atlassian": [[4], [4]] }, fewer: { "lucia-atlassian": [1, 1] } }
			).find(({ peer }) => peer === "lucia-atlassian");
		const medians = (unit: "ms" | "per second") => {
			const { ratio, ratioToTuned, p99Ratio, growth } = rows(unit) ?? {};
			return [ratio, ratioToTuned, p99Ratio, growth].map((spread) => spread?.median);
		};
		assert.deepEqual(medians("per second"), [2, 0.5, 0.5, 4]);
		assert.deepEqual(medians("ms"), [0.5, 2, 0.5, 4]);
	});

	test("each process is compared with the reference in the same process", () => {
		const rows = compare(
			{ figure: "loopback", runtime: "Node 20", unit: "per second" },
			"@lucia-auth/oauth",
			{ "@lucia-auth/oauth": [1, 10, 100], [own]: [3, 20, 100], "tuned JavaScript": [1, 2, 400] },
			{ fewer: { [own]: [1, 4, 100] }, busy: { [own]: [0.5, 0.7, 0.9] }, counts: { [own]: 7 } }
		);
		const { ratio, ratioToTuned, growth, busy, value, count } = rows.find(({ peer }) => peer === own) ?? {};
		assert.deepEqual(
			[ratio, ratioToTuned, growth, busy, value].map((spread) => [spread?.lower, spread?.median, spread?.upper]),
			[[1, 2, 3], [0.25, 3, 10], [1, 3, 5], [0.5, 0.7, 0.9], [3, 20, 100]]
		);
		assert.equal(count, 7);
	});

	test("the 99th percentile is that of all callbacks of a process", () => {
		const reference = "@lucia-auth/oauth";
		// Of a hundred callbacks, so many take ten times as long.
		const latenciesOf = (...slow: number[]) => slow.map((slow) => Array.from({ length: 100 }, (_, index) => (index < slow ? 10 : 1)));
		const rows = compare(
			{ figure: "loopback", runtime: "Node 20", unit: "per second" },
			reference,
			{ [reference]: [1, 1, 1], [own]: [1, 1, 1] },
			{ latencies: { [reference]: latenciesOf(3, 0, 3), [own]: latenciesOf(0, 0, 3) } }
		);
		assert.deepEqual(rows.map(({ p99, p99Ratio }) => [p99?.median, p99Ratio]), [
			[10, { median: 1, lower: 1, upper: 1 }],
			[1, { median: 1, lower: 1, upper: 10 }]
		]);
	});

	test("what has a time limit is compared with tuned JavaScript that has one", () => {
		const values = { "@lucia-auth/oauth": [1], "lucia-atlassian, timeout": [6], "tuned JavaScript": [2], "tuned JavaScript, timeout": [3] };
		const found = compare({ figure: "callback", runtime: "Node 20", unit: "per second" }, "@lucia-auth/oauth", values);
		assert.equal(found.find(({ peer }) => peer === "lucia-atlassian, timeout")?.ratioToTuned?.median, 2);
	});

	test("a start that cannot be told from one with nothing has no ratio that is shown", () => {
		const { measured } = results;
		const clipped = { median: 5, lower: -1, upper: 9 };
		const changed = { ...results, measured: measured.map((row) => (row.figure === "cold" && row.peer === own ? { ...row, value: clipped } : row)) };
		const verdicts = goals(changed).filter(({ what }) => what.startsWith("cold"));
		assert.deepEqual(verdicts.map(({ found, verdict }) => [found, verdict]), Array(2).fill(["not told from a start with nothing", "undecided"]));
		const starts = withFigures(changed)[0]?.expected.split("\n").find((line) => line.includes("speed from a start"));
		assert.match(starts ?? "", /start with nothing( \|)+$|start with nothing \|[ |]*$/);
	});

	test("the last whole run has seven rounds or more, and a verdict for each goal in each runtime", () => {
		const { settings } = results;
		assert.ok(Math.min(settings.processes, settings.coldRounds) >= 7);
		const found = goals(results).map(({ what }) => what);
		const inNode = ["Node 20", "Node 24"];
		const wanted = [
			...[...inNode, "workerd"].flatMap((runtime) => [
				...[`url, ${runtime}`, `url, ${runtime}, next library`, `callback, ${runtime}`, `callback with a time limit, ${runtime}`],
				...["", ", timeout"].flatMap((limit) => [`loopback, ${runtime}, ${own}${limit}`, `loopback p99, ${runtime}, ${own}${limit}`]),
				...["chunked", "loopback in chunks"].flatMap((figure) => [`${figure}, ${runtime}`, `${figure} with a time limit, ${runtime}`]),
				...[1, 10, 100, 1_000].map((inFlight) => `scale, ${runtime}, ${inFlight} in flight`),
				...[10, 100, 1_000].map((inFlight) => `scale, ${runtime}, ${inFlight} in flight, growth`)
			]),
			...inNode.flatMap((runtime) => [`cold, ${runtime}`, `memory, ${runtime}`, `memory, ${runtime}, no FinalizationRegistry`]),
			...["size", "callback, Chromium"]
		];
		assert.deepEqual(wanted.filter((what) => !found.includes(what)), []);
	});

	test("what a start with nothing takes is taken off, of medians", () => {
		const nothing = [10, 10, 10, 90, 10];
		const times = {
			nothing,
			"random bytes and a URL": [12, 12, 12, 12, 12],
			"the import alone": [14, 14, 14, 14, 14],
			"@lucia-auth/oauth": [40, 90, 40, 40, 40],
			[own]: [20, 20, 90, 20, 20],
			"tuned JavaScript": [15, 15, 15, 15, 15],
			arctic: [70, 70, 70, 70, 70],
			oauth4webapi: [9, 9, 9, 9, 9],
			"jira.js": [10, 10, 10, 10, 10]
		} satisfies Record<ColdName, number[]>;
		const { rows, parts } = compareStarts("Node 20", "@lucia-auth/oauth", times);
		assert.deepEqual(
			rows.map(({ figure, unit, peer, value, ratio }) => [figure, unit, peer, value.median, ratio.median]),
			[["@lucia-auth/oauth", 30, 1], [own, 10, 3], ["tuned JavaScript", 5, 6], ["arctic", 60, 0.5], ["oauth4webapi", -1, 300], ["jira.js", 0, 300]].map((row) => ["cold", "ms", ...row])
		);
		// Three starts of five may be the slow one.
		assert.deepEqual(rows[1]?.value, { median: 10, lower: -70, upper: 80 });
		assert.deepEqual(Object.entries(parts).map(([name, { median }]) => [name, median]), [["nothing", 10], ["random bytes and a URL", 12], ["the import alone", 14]]);
	});

	for (const work of ["url", "callback", "chunked", "loopback"] as const) {
		test(`of what a request takes that does a batch of ${work} in workerd, what one takes that does nothing is taken off`, async () => {
			// Milliseconds: of a request, of a turn of the event loop, of the work.
			const [request, turn, each] = [5, 0.5, 2];
			const jobs: Job[] = [];
			const post = async ({ work, count, ...job }: Job) => {
				jobs.push({ work, count, ...job });
				const turns = work === "url" || work === "loopback" || work === "none" ? 0 : Math.ceil(count / 20);
				// The first comes late, and the first of those that are between timed callbacks.
				const late = (work === "turns" || work === "none") && [1, 7].includes(jobs.length) ? 7 : 0;
				return request + late + turns * turn + (work === "turns" || work === "none" ? 0 : count * each);
			};
			const { milliseconds, latencies } = await sampleOf(post, { work, peer: own, count: 10_000, inFlight: 1 });
			assert.ok(Math.abs(milliseconds - 20_000) < 1e-6 + (work === "callback" || work === "chunked" ? request : 0), `${milliseconds}`);
			assert.deepEqual(latencies, work === "loopback" ? Array(70).fill(each) : []);
			// Not more timers than workerd allows a request.
			const most = Math.max(...jobs.filter((job) => job.work === work).map(({ count }) => count));
			assert.equal(most, work === "url" ? 10_000 : 4_000);
		});
	}

	test("an interval by drawing the rounds again holds what it is of 19 times of 20", () => {
		// The mean of 100 draws of 0 or 1 has a deviation of 0.05; 1.96 of it are on either side.
		const ends = bootstrap(100, (drawn) => drawn.reduce((sum, round) => sum + (round % 2), 0) / 100);
		assert.ok(Math.abs(ends.lower - 0.402) < 0.011 && Math.abs(ends.upper - 0.598) < 0.011, JSON.stringify(ends));
		const random = new Random(7, 0);
		let held = 0;
		for (let i = 0; i < 100; i++) {
			// Skewed, as starts are.
			const times = random.list(36, 36, () => 20 - 10 * Math.log((1 + random.integer(0, 99_998)) / 100_000));
			const { lower, upper } = bootstrap(36, (drawn) => quantile(drawn.map((round) => times[round] as number), 0.5));
			const median = 20 + 10 * Math.LN2;
			if (lower <= median && median <= upper) held++;
		}
		assert.ok(held >= 90 && held < 100, `${held} of 100`);
	});

	test("a start has an environment of its own", async () => {
		const start = await coldNode(node);
		const { NODE_OPTIONS } = process.env;
		process.env["NODE_OPTIONS"] = "--require=./there-is-no-such-module.cjs";
		try {
			assert.ok((await start("nothing")) > 0);
			assert.ok((await start("lucia-atlassian")) > 0);
		} finally {
			if (NODE_OPTIONS === undefined) delete process.env["NODE_OPTIONS"];
			else process.env["NODE_OPTIONS"] = NODE_OPTIONS;
		}
	});

	const serve = async (listener: RequestListener) => {
		const server = createServer(listener).listen(0, "127.0.0.1");
		await once(server, "listening");
		const stop = async () => {
			server.closeAllConnections();
			server.close();
			await once(server, "close");
		};
		return { origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, stop };
	};

	test("the rate of the server is that of pairs of answers", async () => {
		const asked: Record<string, number> = {};
		let first = 0;
		const { origin, stop } = await serve((request, response) => {
			first ||= performance.now();
			const what = `${request.method} ${request.url}`;
			request.resume().on("end", () => {
				asked[what] = (asked[what] ?? 0) + 1;
				// In pieces, as long answers come.
				response.writeHead(200, { "Content-Length": 7 }).write('{"a":');
				response.end("1}");
			});
		});
		try {
			const rate = await serverRate(origin, 400);
			const seconds = (performance.now() - first) / 1_000;
			assert.deepEqual(Object.keys(asked).sort(), ["GET /me", "POST /oauth/token"]);
			const pairs = Math.min(...Object.values(asked)) / seconds;
			assert.ok(rate > 0.6 * pairs && rate < 1.6 * pairs, `${rate}, where ${pairs} were answered`);
		} finally {
			await stop();
		}
	});

	for (const kind of ["", "chunked"] as const) {
		test(`the server ${kind ? "sends chunks" : "says how much there is"}`, async () => {
			const { origin, stop } = await startServer(kind);
			try {
				for (const path of ["/oauth/token", "/me"]) {
					const { headers } = await fetch(origin + path);
					assert.equal(headers.get("Transfer-Encoding"), kind || null);
					assert.equal(headers.has("Content-Length"), !kind);
				}
			} finally {
				await stop();
			}
		});
	}

	const runtimes = { "Node 20": (origin: string) => startNode(20, origin), "Node 24": (origin: string) => startNode(24, origin), workerd: startWorker };
	for (const [name, start] of Object.entries(runtimes)) {
		test(`over HTTP, all peers ask for the same in ${name}, the package and tuned JavaScript letter for letter`, async () => {
			await installFixtures();
			let seen: { method: string; url: string; authorization: string | undefined; parameters: object; whole: string }[] = [];
			const server = await serve(async (request, response) => {
				const { method = "", url = "", headers } = request;
				let body = "";
				for await (const chunk of request.setEncoding("utf8")) body += chunk;
				const parameters = headers["content-type"] === "application/json" ? JSON.parse(body) : Object.fromEntries(new URLSearchParams(body));
				const { host, ...others } = headers;
				seen.push({ method, url, authorization: headers.authorization, parameters, whole: JSON.stringify([method, url, Object.entries(others).sort(), body]) });
				const answer = answerTo(url);
				response.writeHead(200, answer.headers).end(answer.body);
			});
			const runtime = await start(server.origin);
			try {
				const wholes = new Set<string>();
				const asked = new Set<string>();
				for (const peer of Object.keys(peers) as PeerName[]) {
					seen = [];
					// One in flight would be timed, by more of them.
					await runtime.run({ work: "loopback", peer, count: 2, inFlight: 2 });
					assert.deepEqual(seen.map(({ method, url }) => `${method} ${url}`).sort(), ["GET /me", "GET /me", "POST /oauth/token", "POST /oauth/token"], peer);
					for (const { method, authorization, parameters, whole } of seen) {
						asked.add(JSON.stringify([method, method === "GET" ? authorization : "", Object.entries(parameters).sort()]));
						if (/^(lucia-atlassian|tuned)/.test(peer)) wholes.add(whole);
					}
				}
				assert.deepEqual([asked.size, wholes.size], [2, 2], JSON.stringify([...asked, ...wholes], null, 1));
			} finally {
				await runtime.stop();
				await server.stop();
			}
		});
	}

	// Peers that take so many milliseconds each time, half of it busy, and twice as many in one of the processes.
	const simulated = (milliseconds: Record<string, number>, odds = { count: 0, turn: 0, times: 1 }) => {
		const runs: (Job & { process: number })[] = [];
		let running = 0;
		const start = async (process: number) => {
			running++;
			const run = async (job: Job) => {
				runs.push({ ...job, process });
				const each = (milliseconds[job.peer] ?? 0) * (process === 1 ? 2 : 1);
				// The last time that a peer has its turn in a process is quick, or slow.
				const turns = runs.filter((run) => run.process === process && run.peer === job.peer && run.inFlight === job.inFlight).length;
				const odd = job.count === odds.count && turns === odds.turn ? odds.times : 1;
				return { milliseconds: job.count * each * odd, latencies: [each, runs.length], cpu: job.count * each * 0.5 };
			};
			return { run, stop: async () => running-- };
		};
		const plan = (rounds: number, inFlight = 1) => ({
			jobs: Object.fromEntries(Object.keys(milliseconds).map((peer) => [peer, { work: "loopback" as const, peer: peer as PeerName, inFlight }])),
			rounds,
			batch: 240
		});
		return { runs, start, plan, running: () => running };
	};

	test("a rate is how often the work was done in the time that it took, by process, and each peer does as much", async () => {
		const { runs, start, plan, running } = simulated({ reference: 4, own: 1, other: 2 });
		const { first, second } = await measureRates(start, 3, { first: plan(2), second: plan(1, 1_000) });
		assert.equal(running(), 0);
		const { latencies, ...others } = first;
		const { rates } = others;
		assert.deepEqual(others, {
			// What fits into a batch with the one in the middle.
			counts: { reference: 120, own: 120, other: 120 },
			rates: { reference: [250, 125, 250], own: [1_000, 500, 1_000], other: [500, 250, 500] },
			busy: { reference: [0.5, 0.5, 0.5], own: [0.5, 0.5, 0.5], other: [0.5, 0.5, 0.5] }
		});
		assert.deepEqual(second.counts, { reference: 3_000, own: 3_000, other: 3_000 });
		for (const process of [0, 1, 2]) {
			const measured = runs.flatMap((job, index) => (job.process === process && job.inFlight === 1 ? [{ ...job, at: index + 1 }] : []));
			// Once to warm up, and in two rounds, after what it takes to find the counts in the first process.
			const rounds = measured.slice(-9);
			if (process > 0) assert.equal(measured.length, 9);
			for (const { count } of rounds) assert.equal(count, 120);
			for (const peer of ["reference", "own", "other"] as const) {
				const of = rounds.filter((job) => job.peer as string === peer).slice(-2);
				const each: number = 1_000 / (rates[peer]?.[process] ?? 0);
				assert.deepEqual(latencies[peer]?.[process], of.flatMap(({ at }) => [each, at]));
			}
		}
		// Each was warm before it was found how often it fits: it had done a batch.
		const found = runs.filter(({ process, inFlight }) => process === 0 && inFlight === 1).slice(0, -9);
		for (const [peer, least] of [["reference", 60], ["own", 240], ["other", 120]] as const) {
			assert.ok((found.filter((job) => job.peer as string === peer).at(-1)?.count ?? 0) >= least, peer);
		}
	});

	for (const times of [0.1, 10]) {
		test(`one round ${times} times as long is not what a process comes to`, async () => {
			// In the second process, of one turn to warm up and three rounds the last.
			const { start, plan } = simulated({ own: 1, other: 1 }, { count: 240, turn: 4, times });
			const { one } = await measureRates(start, 2, { one: plan(3) });
			assert.deepEqual([one.rates["own"]?.[1], one.busy["own"]?.[1]], [500, 0.5]);
		});
	}

	test("over all processes, the turns are those of one long run", async () => {
		const { runs, start, plan } = simulated({ a: 240, b: 240, c: 240, d: 240 });
		await measureRates(start, 2, { one: plan(2) });
		// Of a process the last eight, after those to warm up.
		const names = [0, 1].flatMap((process) => runs.filter((job) => job.process === process).slice(-8).map(({ peer }) => peer as string));
		const neighbours = names.flatMap((name, index) => (index % 4 === 0 ? [] : [`${names[index - 1]}${name}`]));
		assert.equal(new Set(neighbours).size, 12);
	});

	test("a process is stopped when its work fails", async () => {
		const { start, plan, running } = simulated({ own: 1 });
		const failing = async (process: number) => ({ ...(await start(process)), run: () => Promise.reject(new Error("no")) });
		await assert.rejects(measureRates(failing, 3, { one: plan(1) }), /^Error: no$/);
		assert.equal(running(), 0);
	});

	test("as many callbacks are in flight as a job says", async () => {
		const { fetch: before } = globalThis;
		let inFlight = 0;
		let most = 0;
		globalThis.fetch = async (input, init) => {
			most = Math.max(most, ++inFlight);
			await new Promise(setImmediate);
			inFlight--;
			const answer = answerTo(new Request(input, init).url, true);
			return new Response(answer.body, answer);
		};
		try {
			// Another address, so that it takes this for the network.
			const { work }: typeof import("./work.ts") = await import(`${import.meta.resolve("./work.ts")}?again`);
			const latencies = await work({ work: "loopback", peer: "lucia-atlassian", count: 30, inFlight: 7 }, () => performance.now());
			assert.deepEqual([most, latencies.length], [7, 30]);
		} finally {
			globalThis.fetch = before;
		}
	});

	// A row for each figure and runtime, a hair above and a hair below.
	const exactly = (median: number) => ({ median, lower: median, upper: median });
	const row = (figure: string, runtime: string, peer: string, more: object) => ({
		figure,
		runtime,
		peer,
		unit: "per second",
		value: exactly(2),
		ratio: exactly(1),
		...more
	});
	const held = (heap: number): Growth => ({ heap, wasm: 0, table: 0, heaps: [0, heap] });
	const limits: [what: string, find: (value: number) => object, least: number][] = [
		...["Node 20", "Node 24", "workerd"].flatMap((runtime): typeof limits => [
			[`url, ${runtime}`, (value) => ({ measured: [row("url", runtime, own, { ratio: exactly(value) })] }), 2.5],
			[
				`url, ${runtime}, next library`,
				(value) => ({ measured: [row("url", runtime, own, { value: exactly(value) }), row("url", runtime, "arctic", { value: exactly(5) })] }),
				5
			],
			[`callback, ${runtime}`, (value) => ({ measured: [row("callback", runtime, own, { ratio: exactly(value) })] }), 1],
			[
				`callback with a time limit, ${runtime}`,
				(value) => ({ measured: [row("callback", runtime, `${own}, timeout`, { ratioToTuned: exactly(value) })] }),
				0.9
			],
			[`loopback, ${runtime}, ${own}`, (value) => ({ measured: [row("loopback", runtime, own, { ratio: exactly(value) })] }), 1],
			[
				`loopback, ${runtime}, ${own}, timeout`,
				(value) => ({ measured: [row("loopback", runtime, `${own}, timeout`, { ratio: exactly(value) })] }),
				1
			],
			[`chunked, ${runtime}`, (value) => ({ measured: [row("chunked", runtime, own, { ratio: exactly(value) })] }), 1],
			[
				`chunked with a time limit, ${runtime}`,
				(value) => ({ measured: [row("chunked", runtime, `${own}, timeout`, { ratioToTuned: exactly(value) })] }),
				0.9
			],
			[`loopback in chunks, ${runtime}`, (value) => ({ measured: [row("loopback chunked", runtime, own, { ratio: exactly(value) })] }), 1],
			[
				`loopback in chunks with a time limit, ${runtime}`,
				(value) => ({ measured: [row("loopback chunked", runtime, `${own}, timeout`, { ratioToTuned: exactly(value) })] }),
				0.9
			],
			[
				`loopback p99, ${runtime}, ${own}`,
				(value) => ({ measured: [row("loopback", runtime, own, { p99Ratio: exactly(value) })] }),
				1
			],
			[`scale, ${runtime}, 10 in flight`, (value) => ({ measured: [row("scale", runtime, own, { inFlight: 10, ratio: exactly(value) })] }), 1],
			[
				`scale, ${runtime}, 10 in flight, growth`,
				(value) => ({ measured: [row("scale", runtime, own, { inFlight: 10, growth: exactly(value) })] }),
				1
			]
		]),
		...["Node 20", "Node 24"].map((runtime): (typeof limits)[number] => [
			`cold, ${runtime}`,
			(value) => ({ measured: [row("cold", runtime, own, { unit: "ms", ratio: exactly(value) })] }),
			2.5
		]),
		["size", (value) => ({ measured: [], size: { total: -value } }), -40_000],
		...["urls", "callbacks, timeout"].map((what): (typeof limits)[number] => [
			"memory, Node 24",
			(value) => ({ measured: [], memory: [{ runtime: "Node 24", registry: true, growth: { urls: held(0), [what]: held(-value) } }] }),
			-mostHeap(what)
		]),
		[
			"memory, Node 20",
			(value) => ({ measured: [], memory: [{ runtime: "Node 20", registry: true, growth: { urls: { ...held(0), wasm: -value } } }] }),
			0
		]
	];
	for (const [what, find, least] of limits) {
		test(`a hair below its goal, ${what} is missed`, () => {
			const verdict = (value: number) => goals(find(value) as Results).find((goal) => goal.what === what)?.verdict;
			const hair = Math.max(1e-6, Math.abs(least) * 1e-6);
			assert.deepEqual([verdict(least + hair), verdict(least - hair)], ["reached", "missed"]);
		});
	}

	test("a heap that grew in one step is not decided", () => {
		const verdict = (heap: number, heaps: number[]) =>
			goals({ measured: [], memory: [{ runtime: "Node 24", registry: true, growth: { urls: { heap, wasm: 0, table: 0, heaps } } }] } as unknown as Results)[0]?.verdict;
		assert.deepEqual([verdict(0, [0, 0]), verdict(0, [0, 400_000]), verdict(400_000, [0, 0])], ["reached", "undecided", "missed"]);
	});

	test("URLs are decided only where the intervals do not meet", () => {
		const verdict = (lower: number, upper: number) => {
			const measured = [row("url", "workerd", own, { value: { median: 6, lower, upper } }), row("url", "workerd", "arctic", { value: exactly(5) })];
			return goals({ measured } as unknown as Results).find(({ what }) => what.endsWith("next library"))?.verdict;
		};
		assert.deepEqual([verdict(5.5, 7), verdict(4, 7)], ["reached", "undecided"]);
	});

	test("where the server was the limit, no growth is asked for", () => {
		const levels = [[10, 950, undefined], [100, 960, exactly(0.9)]] as const;
		const measured = levels.map(([inFlight, value, growth]) => row("scale", "workerd", own, { inFlight, value: exactly(value), growth }));
		const found = (server: number) => goals({ measured, server } as unknown as Results).filter(({ what }) => what.endsWith("growth"));
		for (const server of [1_000, 1_040]) assert.deepEqual(found(server), []);
		for (const server of [1_060, 2_000]) assert.equal(found(server)[0]?.verdict, "missed");
	});

	test("a goal within the interval is undecided, on either side of the median", () => {
		const verdicts = [[2.5, 3, 4], [2.4, 2.6, 4], [0.1, 2.4, 2.6], [0.1, 2.4, 2.49]].map(([lower = 0, median = 0, upper = 0]) => {
			const spread = { median, lower, upper };
			const row = { figure: "cold", runtime: "Node 20", peer: "lucia-atlassian", unit: "ms", value: { median: 20, lower: 19, upper: 21 }, ratio: spread } as const;
			return goals({ measured: [row] } as unknown as Results)[0]?.verdict;
		});
		assert.deepEqual(verdicts, ["reached", "undecided", "undecided", "missed"]);
	});
});
