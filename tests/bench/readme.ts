// The README's figures and the goals in ARCHITECTURE.md, made from the results of the last whole run and compared
// with what is there.

import { readFileSync, writeFileSync } from "node:fs";

import type { Results } from "./bench.ts";
import { type Measured, isTold } from "./compare.ts";
import { goalsTable } from "./goals.ts";
import type { Growth } from "./memory-report.ts";
import { spreadText, total } from "./statistics.ts";

const runtimes = ["Node 20", "Node 24", "workerd", "Chromium"];

const rows: [what: string, figure: Measured["figure"], peer: string, inFlight?: number][] = [
	["authorization URLs a second", "url", "lucia-atlassian"],
	["callbacks a second, answered in the process, `timeout: 0`", "callback", "lucia-atlassian"],
	["the same with the default timeout, which the other does not have", "callback", "lucia-atlassian, timeout"],
	["the same, `timeout: 0`, of answers that do not say their length", "chunked", "lucia-atlassian"],
	["callbacks a second over HTTP, server on the same machine, `timeout: 0`", "loopback", "lucia-atlassian"],
	["the same with the default timeout", "loopback", "lucia-atlassian, timeout"],
	["the same, `timeout: 0`, of answers in chunks", "loopback chunked", "lucia-atlassian"],
	["the same, `timeout: 0`, 10 in flight", "scale", "lucia-atlassian", 10],
	["the same, `timeout: 0`, 100 in flight", "scale", "lucia-atlassian", 100],
	["the same, `timeout: 0`, 1,000 in flight", "scale", "lucia-atlassian", 1_000],
	["speed from a start to the first URL, less a start with nothing", "cold", "lucia-atlassian"]
];

function table({ measured, settings, cold, size, memory, date, machine }: Results): string {
	const cell = (figure: Measured["figure"], runtime: string, peer: string, inFlight?: number) => {
		const row = measured.find(
			(row) => row.figure === figure && row.runtime === runtime && row.peer === peer && row.inFlight === inFlight
		);
		return row && isTold(row) ? spreadText(row.ratio) : "";
	};
	const lines = rows.map(([what, figure, peer, inFlight]) =>
		["", what, ...runtimes.map((runtime) => cell(figure, runtime, peer, inFlight)), ""].join(" | ").trim()
	);
	const grown = (of: (growth: Growth) => number) =>
		Math.max(...(memory ?? []).flatMap(({ growth }) => Object.values(growth).map(of)));
	const kilobytes = (bytes = 0) => (bytes / 1000).toFixed(1);
	const start = (name: string) =>
		measured.find(({ figure, runtime, peer }) => figure === "cold" && runtime === "workerd" && peer === name)?.value.median.toFixed(1);
	return [
		`| times \`@lucia-auth/oauth\` 3.5.3 | ${runtimes.join(" | ")} |`,
		"| --- | --- | --- | --- | --- |",
		...lines,
		"",
		`A Worker bundles ${kilobytes(size?.total)} KB of it (gzip): ${kilobytes(size?.wasm)} KB of wasm, ${kilobytes(size?.js)} KB of JavaScript. A start of workerd to its first response, of ${cold?.["workerd"]?.["nothing"]?.median.toFixed(0)} ms with nothing, takes ${start("lucia-atlassian")} ms more with it, ${start("@lucia-auth/oauth")} ms with \`@lucia-auth/oauth\`: more is compiled before it runs. Once warm, three million URLs, three hundred thousand callbacks and three million providers let the wasm memory grow by ${grown(({ wasm }) => wasm)} bytes and the JavaScript heap by ${kilobytes(grown(({ heaps }) => total(heaps)))} KB at most. Medians of ${settings.processes} processes of each runtime, in each of which all libraries take turns, and of ${settings.coldRounds} starts, each with an interval that holds it 19 times of 20. Measured on ${date} on ${machine["processor"]}, ${machine["cores"]} cores.`
	].join("\n");
}

const places = [
	{ path: new URL("../../README.md", import.meta.url), name: "figures", text: table },
	{ path: new URL("../../ARCHITECTURE.md", import.meta.url), name: "goals", text: goalsTable }
];

/** The documents with what these results say, and as they are. */
export function withFigures(results: Results): { path: URL; present: string; expected: string }[] {
	return places.map(({ path, name, text }) => {
		const [start, end] = [`<!-- ${name}: written by npm run bench -->\n`, `<!-- end of ${name} -->`];
		const present = readFileSync(path, "utf8");
		const [before, rest] = present.split(start);
		const after = rest?.split(end)[1];
		if (before === undefined || after === undefined) throw new Error(`${path.pathname} has no place for the ${name}`);
		return { path, present, expected: `${before}${start}${text(results)}\n${end}${after}` };
	});
}

/** Puts what these results say into the documents. */
export function writeFigures(results: Results): void {
	for (const { path, expected } of withFigures(results)) writeFileSync(path, expected);
}
