// What the package sets out to reach, and whether a run found that it does.

import type { Results } from "./bench.ts";
import { type Measured, isTold } from "./compare.ts";
import { type Growth, mostHeap } from "./memory-report.ts";
import { type Spread, spreadText, total } from "./statistics.ts";

/** One goal in one runtime. */
export interface Goal {
	what: string;
	goal: string;
	found: string;
	/** `undecided` where the goal lies within the interval of the median. */
	verdict: "reached" | "missed" | "undecided";
}

const own = "lucia-atlassian";
const ownWithTimeout = "lucia-atlassian, timeout";
const reference = "@lucia-auth/oauth";

/** The goals that the figures of a run say something about. */
export function goals({ measured, size, memory, server = Number.POSITIVE_INFINITY }: Results): Goal[] {
	const found: Goal[] = [];
	const decided = (isMet: boolean) => (isMet ? "reached" : "missed");
	const add = (what: string, ratio: Spread | undefined, atLeast: number, of = reference) => {
		if (ratio === undefined) return;
		found.push({
			what,
			goal: `at least ${atLeast} times ${of}`,
			found: spreadText(ratio),
			verdict: ratio.lower >= atLeast ? "reached" : ratio.upper < atLeast ? "missed" : "undecided"
		});
	};
	const rowsOf = (figure: Measured["figure"], runtime: string) =>
		measured.filter((row) => row.figure === figure && row.runtime === runtime);

	for (const runtime of new Set(measured.map((row) => row.runtime))) {
		const row = (figure: Measured["figure"], peer: string) =>
			rowsOf(figure, runtime).find((row) => row.peer === peer);

		if (runtime !== "Chromium") add(`url, ${runtime}`, row("url", own)?.ratio, 2.5);
		const libraries = rowsOf("url", runtime).filter(
			({ peer }) => peer !== own && !peer.startsWith("tuned")
		);
		const best = libraries.sort((a, b) => b.value.median - a.value.median)[0];
		const url = row("url", own);
		if (best && url) {
			const isClear = url.value.lower > best.value.upper || url.value.upper < best.value.lower;
			found.push({
				what: `url, ${runtime}, next library`,
				goal: `more than ${best.peer}`,
				found: (url.value.median / best.value.median).toFixed(2),
				verdict: isClear ? decided(url.value.median > best.value.median) : "undecided"
			});
		}

		add(`callback, ${runtime}`, row("callback", own)?.ratio, 1);
		const limited = row("callback", ownWithTimeout)?.ratioToTuned;
		add(`callback with a time limit, ${runtime}`, limited, 0.9, "tuned JavaScript");

		add(`chunked, ${runtime}`, row("chunked", own)?.ratio, 1);
		add(`chunked with a time limit, ${runtime}`, row("chunked", ownWithTimeout)?.ratioToTuned, 0.9, "tuned JavaScript");

		for (const peer of [own, ownWithTimeout]) {
			const loopback = row("loopback", peer);
			add(`loopback, ${runtime}, ${peer}`, loopback?.ratio, 1);
			add(`loopback p99, ${runtime}, ${peer}`, loopback?.p99Ratio, 1, `as good as ${reference}`);
		}
		add(`loopback in chunks, ${runtime}`, row("loopback chunked", own)?.ratio, 1);
		add(`loopback in chunks with a time limit, ${runtime}`, row("loopback chunked", ownWithTimeout)?.ratioToTuned, 0.9, "tuned JavaScript");
		let before = 0;
		for (const { peer, inFlight, ratio, growth, value } of rowsOf("scale", runtime)) {
			if (peer !== own) continue;
			add(`scale, ${runtime}, ${inFlight} in flight`, ratio, 1);
			// Where the server was the limit before, there is nothing to grow to.
			if (before < 0.9 * server) {
				add(`scale, ${runtime}, ${inFlight} in flight, growth`, growth, 1, "what it is with fewer in flight");
			}
			before = value.median;
		}
		const cold = row("cold", own);
		if (!runtime.startsWith("Node") || !cold) continue;
		const what = `cold, ${runtime}`;
		if (isTold(cold)) add(what, cold.ratio, 2.5);
		else found.push({ what, goal: `at least 2.5 times ${reference}`, found: "not told from a start with nothing", verdict: "undecided" });
	}

	if (size) {
		found.push({
			what: "size",
			goal: "at most 40000 bytes",
			found: `${size.total}`,
			verdict: decided(size.total <= 40_000)
		});
	}
	for (const { runtime, registry, growth } of memory ?? []) {
		const all = Object.values(growth);
		const wasm = Math.max(...all.flatMap(({ wasm, table }) => [wasm, table]));
		const heap = Math.max(...all.map(({ heap }) => heap));
		const isBelow = (of: (growth: Growth) => number) => Object.entries(growth).every(([what, found]) => of(found) < mostHeap(what));
		const isSteady = isBelow(({ heap }) => heap);
		// What has grown once is not told from a table that doubles once.
		const isSmall = isBelow(({ heaps }) => total(heaps));
		found.push({
			what: `memory, ${runtime}${registry ? "" : ", no FinalizationRegistry"}`,
			goal: "no growth of wasm, less than 300000 bytes of heap, 500000 with a time limit",
			found: `wasm ${wasm}, heap ${heap}`,
			verdict: wasm === 0 && isSteady && !isSmall ? "undecided" : decided(wasm === 0 && isSteady)
		});
	}
	return found;
}

/** The goals of a run as a table in Markdown, and what else it found out that has no ratio. */
export function goalsTable(results: Results): string {
	const rows = goals(results).map(({ what, goal, found, verdict }) =>
		`| ${what} | ${goal} | ${found} | ${verdict === "reached" ? verdict : `**${verdict}**`} |`
	);
	const starts = Object.entries(results.cold ?? {}).map(([runtime, parts]) => {
		const each = Object.entries(parts).map(([name, { median }]) => `${median.toFixed(1)} ms with ${name}`);
		return `A start of ${runtime} takes ${each.join(", ")}.`;
	});
	const parts = (results.size?.parts ?? []).map(({ file, name, gzip }) => `${file === "js" ? name : name.replace("lucia_atlassian::", "")} ${Math.round(gzip)}`);
	return [
		"| figure | goal | found | |",
		"| --- | --- | --- | --- |",
		...rows,
		"",
		...(results.server ? [`The server of \`loopback\` and \`scale\`, alone, answers ${Math.round(results.server)} callbacks a second.`] : []),
		...starts,
		...(results.size ? ["", `The ${results.size.total} bytes that a Worker bundles, after gzip: ${parts.join(", ")}.`] : [])
	].join("\n");
}
