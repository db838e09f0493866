// The README's figures, made from the results of the last whole run and compared with what is there.

import { readFileSync, writeFileSync } from "node:fs";

import type { Measured, Results } from "./bench.ts";

const path = new URL("../../README.md", import.meta.url);
const start = "<!-- figures: written by npm run bench -->\n";
const end = "<!-- end of figures -->";

const runtimes = ["Node 20", "Node 24", "workerd", "Chromium"];

const rows: [what: string, figure: Measured["figure"], peer: string, inFlight?: number][] = [
	["authorization URLs a second", "url", "lucia-atlassian"],
	["callbacks a second, answered in the process, `timeout: 0`", "callback", "lucia-atlassian"],
	["the same with the default timeout, which the other does not have", "callback", "lucia-atlassian, timeout"],
	["the same, `timeout: 0`, of answers that do not say their length", "chunked", "lucia-atlassian"],
	["callbacks a second over HTTP, server on the same machine", "loopback", "lucia-atlassian"],
	["the same, 10 in flight", "scale", "lucia-atlassian", 10],
	["the same, 100 in flight", "scale", "lucia-atlassian", 100],
	["the same, 1,000 in flight", "scale", "lucia-atlassian", 1_000],
	["speed from a start to the first URL, less a start with nothing", "cold", "lucia-atlassian"]
];

function table({ measured, size, memory, date, machine }: Results): string {
	const cell = (figure: Measured["figure"], runtime: string, peer: string, inFlight?: number) => {
		// The start with nothing is not taken off there, as in the chart.
		if (figure === "cold" && runtime === "workerd") return "";
		const row = measured.find(
			(row) => row.figure === figure && row.runtime === runtime && row.peer === peer && row.inFlight === inFlight
		);
		return row ? row.ratio.median.toFixed(2) : "";
	};
	const lines = rows.map(([what, figure, peer, inFlight]) =>
		["", what, ...runtimes.map((runtime) => cell(figure, runtime, peer, inFlight)), ""].join(" | ").trim()
	);
	const grown = Math.max(...(memory ?? []).flatMap(({ growth }) => Object.values(growth).map(({ wasm }) => wasm)));
	const kilobytes = (bytes = 0) => (bytes / 1000).toFixed(1);
	return [
		`| times \`@lucia-auth/oauth\` 3.5.3 | ${runtimes.join(" | ")} |`,
		"| --- | --- | --- | --- | --- |",
		...lines,
		"",
		`A Worker bundles ${kilobytes(size?.total)} KB of it (gzip): ${kilobytes(size?.wasm)} KB of wasm, ${kilobytes(size?.js)} KB of JavaScript. After a million URLs, a hundred thousand callbacks and a million providers the wasm memory has grown by ${grown} bytes. Medians, measured on ${date} on ${machine["processor"]}, ${machine["cores"]} cores.`
	].join("\n");
}

/** The README with these figures, and as it is. */
export function withFigures(results: Results): { present: string; expected: string } {
	const present = readFileSync(path, "utf8");
	const [before, rest] = present.split(start);
	const after = rest?.split(end)[1];
	if (before === undefined || after === undefined) throw new Error("README.md has no place for the figures");
	return { present, expected: `${before}${start}${table(results)}\n${end}${after}` };
}

/** Puts these figures into the README. */
export const writeFigures = (results: Results): void => writeFileSync(path, withFigures(results).expected);
