// The matrix: every request with every fault that it can meet, in whatever runtime `run` runs a row. What was
// seen is compared here with what has to come of it. Each row is counted once, and what did not survive
// fails the test of its request and group.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { ACCOUNT_ID, type Fault, type Outcome, actionOf, responses, faults, nameOf } from "./faults.ts";
import { type Row, SECRETS, type Seen, requests } from "./requests.ts";
import { type FaultServer, startFaultServer } from "./server.ts";

/** The timeout of rows that need it to end, and what is granted on top to a busy machine, in milliseconds. */
const TIMEOUT = 1_500;
const DEFAULT_TIMEOUT = 10_000;
// Less than the five seconds that the body of a refusal may take, so that it is the timeout that ends it.
const SLACK = 3_400;
/** The pauses between four tries of a refresh, at most. */
const REFRESH_PAUSES = 5_250;

type Pair = { request: number; fault: Fault };

/** `FAULTS=redirects` leaves out the others on purpose. */
const wanted = new RegExp(process.env.FAULTS ?? "");
const FEWEST = process.env.FAULTS ? 1 : 3_700;

const pairs: Pair[] = requests.flatMap(({ endpoint }, request) =>
	faults
		.filter((fault) => (fault.only?.includes(endpoint) ?? true) && wanted.test(nameOf(fault)))
		.map((fault) => ({ request, fault })),
);

const groups = [...new Set(faults.map(({ group }) => group))];
const isRefresh = (request: number) => requests[request]?.name === "token, refreshTokens";

/** Declares the tests. `unhandled` gives the rejections that nobody handled: in Node, one ends the process. */
export function declareMatrix(
	runtime: "Node" | "workerd",
	run: (row: Row) => Promise<Seen>,
	unhandled: () => Promise<string[]>,
): void {
	let server: FaultServer;
	const problems = new Map<Pair, Promise<string[]>>();
	let survived = 0;
	let isRun = 0;

	before(async () => {
		server = await startFaultServer();
		const { heavy = [], waiting = [], light = [] } = groupBy(pairs, ({ request, fault }) =>
			fault.isHeavy ? "heavy" : fault.isSlow || isRefresh(request) ? "waiting" : "light",
		);
		const work = (pair: Pair) => look(server, pair, run);
		// Those that wait most of the time take little of a machine; the heavy ones come last, and few at once.
		const isDone = Promise.all([inTurn(waiting, 64, problems, work), inTurn(light, 16, problems, work)]);
		inTurn(heavy, 2, problems, async (pair) => (await isDone, work(pair)));
	});

	after(async () => {
		await server.close();
	});

	for (const [index, { name }] of requests.entries()) {
		for (const group of groups) {
			const rows = pairs.filter(({ request, fault }) => request === index && fault.group === group);
			if (rows.length === 0) continue;
			test(`${name}: ${rows.length} ${group}`, async () => {
				const found: string[] = [];
				for (const pair of rows) {
					const wrong = (await problems.get(pair)) ?? ["it was not run"];
					isRun += 1;
					if (wrong.length === 0) survived += 1;
					else found.push(`${nameOf(pair.fault)}: ${wrong.join("; ")}`);
				}
				assert.equal(found.join("\n"), "");
			});
		}
	}

	test("no promise is rejected behind the app's back, when the time is up neither", async () => {
		await new Promise((resolve) => setTimeout(resolve, 2 * TIMEOUT));
		assert.deepEqual(await unhandled(), []);
	});

	test("secrets reached nobody but Atlassian, and the token endpoints alone", () => {
		assert.deepEqual(server.strays, []);
		assert.ok(server.arrivals.length > pairs.length);
		const isKept = ({ client, code, refreshToken }: typeof SECRETS, text: string) =>
			![client, code, refreshToken].some((secret) => text.includes(secret));
		const leaks = server.arrivals.filter(({ host, text }) => host === "api.atlassian.com" && !isKept(SECRETS, text));
		assert.deepEqual(leaks, []);
	});

	test("all faults were survived", () => {
		assert.equal(new Set(faults.map(nameOf)).size, faults.length);
		console.log(`${runtime}: ${isRun} faults, ${survived} survived`);
		assert.ok(isRun >= FEWEST);
		assert.equal(isRun, pairs.length);
		assert.equal(survived, isRun);
	});
}

function groupBy<T>(list: T[], key: (entry: T) => string): Record<string, T[]> {
	const groups: Record<string, T[]> = {};
	for (const entry of list) (groups[key(entry)] ??= []).push(entry);
	return groups;
}

/** Works on all, so many at once, and resolves when the last is done. */
function inTurn(
	pairs: Pair[],
	atOnce: number,
	problems: Map<Pair, Promise<string[]>>,
	work: (pair: Pair) => Promise<string[]>,
): Promise<void> {
	const waiting = pairs.map((pair) => {
		let begin = () => {};
		const promise = new Promise<void>((resolve) => (begin = resolve)).then(() => work(pair));
		// Reported by its test.
		promise.catch(() => {});
		problems.set(pair, promise);
		return { begin, promise };
	});
	const worker = async () => {
		for (let next = waiting.shift(); next; next = waiting.shift()) {
			next.begin();
			await next.promise.catch(() => {});
		}
	};
	return Promise.all(Array.from({ length: atOnce }, worker)).then(() => {});
}

/** Runs a row, and says what is wrong with what was seen. */
async function look(server: FaultServer, { request, fault }: Pair, run: (row: Row) => Promise<Seen>): Promise<string[]> {
	const { endpoint } = requests[request]!;
	const isShort = fault.isSlow && endpoint !== "own";
	const timeout = isShort ? TIMEOUT : DEFAULT_TIMEOUT;
	const patience = isRefresh(request) ? 4 * timeout + REFRESH_PAUSES + SLACK : timeout + SLACK;
	const { addresses } = server;
	const seen = await run({
		request,
		fault: nameOf(fault),
		...(isShort && { timeout }),
		patience,
		addresses: { server: addresses.server, fault: addresses[fault.to ?? "server"] },
	});
	return [...compare(seen, request, fault), ...compareNext(seen, request)];
}

function compare({ outcome, lucia, milliseconds }: Seen, request: number, fault: Fault): string[] {
	const { endpoint } = requests[request]!;
	if (outcome === undefined) return [`not settled after ${milliseconds} ms`];
	const expected = [fault.outcome(endpoint)].flat();
	const wrong = lucia.length > 0 ? [`Lucia was asked for ${lucia}`] : [];
	if ("result" in outcome) {
		if (!expected.includes("ok")) return [...wrong, `resolved, not ${expected}`];
		for (const [name, value] of Object.entries(fault.sees ?? {})) {
			if (name in outcome.result && outcome.result[name] !== value && sees(endpoint, name)) {
				wrong.push(`${name} is ${JSON.stringify(outcome.result[name])}`);
			}
		}
		return wrong;
	}
	const { error } = outcome;
	const described = `${error.name} ${error.code} ${error.action} ${error.status ?? ""} (cause ${error.cause}) ${error.shown.slice(0, 300)}`;
	if (!expected.some((code) => isAsExpected(error, code, request, fault))) wrong.push(`expected ${expected}, got ${described}`);
	for (const [name, secret] of Object.entries(SECRETS)) {
		if (error.shown.includes(secret)) wrong.push(`the error shows the ${name}`);
	}
	return wrong;
}

/** Whether a member of the result comes from the response of this endpoint. */
const sees = (endpoint: string, name: string) => name !== "accessToken" || endpoint === "token" || endpoint === "own";

function isAsExpected(
	{ code, action, isRefusal, status, cause }: Extract<NonNullable<Seen["outcome"]>, { error: unknown }>["error"],
	expected: Outcome,
	request: number,
	{ refusal }: Fault,
): boolean {
	if (expected === "ok") return false;
	const isResponse = refusal !== undefined && expected !== "NETWORK_ERROR";
	if (requests[request]!.endpoint === "own") {
		// A helper of the published package, whose errors are as there: nothing is marked.
		return isResponse ? isRefusal && status === refusal && code === undefined : !isRefusal;
	}
	const isUnknown = isRefresh(request) && actionOf(expected) === "retry" && expected !== "RATE_LIMITED";
	if (isUnknown) return code === "REFRESH_OUTCOME_UNKNOWN" && action === "retry" && cause === expected;
	return code === expected && action === actionOf(expected) && isRefusal === isResponse && (!isResponse || status === refusal);
}

function compareNext({ next }: Seen, request: number): string[] {
	const expected = {
		isEmpty: requests[request]!.endpoint === "revoke",
		accountId: ACCOUNT_ID,
		lucia: ["useKey", ["atlassian", responses.me.account_id, null], "getUser", ["ada"]],
	};
	try {
		assert.deepEqual(next, expected);
		return [];
	} catch {
		return [`the next sign-in gave ${JSON.stringify(next).slice(0, 300)}`];
	}
}
