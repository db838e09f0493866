// The results of the benchmark, and the documents that show them: the tables of `tests/bench/README.md` and the three
// rows of the root's README.

import { readFileSync } from "node:fs";

import type { Part } from "./size.ts";

export const runtimes = ["Node 20", "Node 24", "workerd", "Chromium"] as const;
export const reference = "@lucia-auth/oauth";
const own = "lucia-atlassian";

/** The titles of the figures; those of rates in two parts, for the chart. */
export const titles = {
	url: ["Authorization URLs", "a second"],
	callback: ["Callbacks", "a second, responses made in the process"],
	http: ["Callbacks over HTTP", "a second, one at a time, server on the same machine"],
	chunked: ["Callbacks over HTTP, chunked", "a second, responses without Content-Length"],
	start: ["Start", "milliseconds to the first URL"],
	size: ["Size", "bytes in the bundle of a Worker after gzip -9"],
	crates: ["Size of the wasm", "bytes by crate"],
	memory: ["Memory", "bytes that calls leave"]
} as const;
export const rateFigures = ["url", "callback", "http", "chunked"] as const;
export type Figure = (typeof rateFigures)[number] | "start";

/** The median of a figure in all rounds, and its spread: the lowest and the highest. */
export interface Spread {
	median: number;
	low: number;
	high: number;
}

/** The median and the spread of values. */
export function spread(values: number[]): Spread {
	const sorted = values.toSorted((a, b) => a - b);
	const at = (index: number) => sorted[index] ?? Number.NaN;
	const last = sorted.length - 1;
	return { median: (at(Math.floor(last / 2)) + at(Math.ceil(last / 2))) / 2, low: at(0), high: at(last) };
}

/** The order of a round: each name begins a round in its turn, and every other round goes backwards. */
export function turns<Name>(names: readonly Name[], round: number): Name[] {
	const first = round % names.length;
	const order = [...names.slice(first), ...names.slice(0, first)];
	return round % 2 === 1 ? order.reverse() : order;
}

/** A peer in a runtime. `ratio` is how many times the reference's rate of the same round. */
export interface Row {
	runtime: string;
	peer: string;
	value: Spread;
	ratio?: Spread;
}

/** A figure. `measured` is the date, the machine and the versions in words. */
interface Section<Row> {
	measured: string;
	rows: Row[];
}

/** Everything that runs found, by figure. */
export interface Results extends Partial<Record<Figure, Section<Row>>> {
	size?: Section<{ package: string; wasm: number; javascript: number }>;
	crates?: Section<Part>;
	memory?: Section<{ runtime: string; what: string; calls: number; heap: number; wasm: number }>;
}

/** Results as JSON, a row to a line. */
export function json(results: Results): string {
	const rounded = (_key: string, value: unknown) =>
		typeof value === "number" && !Number.isInteger(value) ? Number(value.toPrecision(4)) : value;
	const sections = Object.entries(results).map(([figure, { measured, rows }]: [string, Section<object>]) => {
		const lines = rows.map((row) => `\t\t\t${JSON.stringify(row, rounded)}`);
		return `\t"${figure}": {\n\t\t"measured": ${JSON.stringify(measured)},\n\t\t"rows": [\n${lines.join(",\n")}\n\t\t]\n\t}`;
	});
	return `{\n${sections.join(",\n")}\n}\n`;
}

const table = (head: string[], rows: unknown[][]) =>
	[head, head.map(() => "---"), ...rows].map((cells) => `| ${cells.join(" | ")} |`).join("\n");

const spreadText = ({ median, low, high }: Spread, text: (value: number) => string) =>
	`${text(median)} (${text(low)}–${text(high)})`;

/** A row for each peer, a column for each runtime. */
function peerTable(rows: Row[]): string {
	const columns = runtimes.filter((name) => rows.some(({ runtime }) => runtime === name));
	const number = (value: number) => value.toLocaleString("en-US", { maximumSignificantDigits: 3 });
	const cell = (peer: string, runtime: string) => {
		const row = rows.find((row) => row.peer === peer && row.runtime === runtime);
		if (!row) return "";
		const { value, ratio } = row;
		return spreadText(value, number) + (ratio ? `<br>× ${spreadText(ratio, (value) => value.toFixed(2))}` : "");
	};
	const peers = [...new Set(rows.map(({ peer }) => peer))];
	return table(["", ...columns], peers.map((peer) => [peer, ...columns.map((runtime) => cell(peer, runtime))]));
}

/** The tables of `tests/bench/README.md`. */
export function tables(results: Results): string {
	const runs = new Map<string, string[]>();
	const sections = Object.entries(titles).flatMap(([figure, title]) => {
		const { measured, rows } = (results[figure as keyof Results] as Section<object> | undefined) ?? {};
		if (measured === undefined || rows === undefined) return [];
		runs.set(measured, [...(runs.get(measured) ?? []), title[0]]);
		const isTimed = rows.some((row) => "peer" in row);
		return [`### ${title.join(", ")}`, isTimed ? peerTable(rows as Row[]) : table(Object.keys(rows[0] ?? {}), rows.map(Object.values))];
	});
	return [...sections, "### Runs", ...Array.from(runs, ([measured, figures]) => `${figures.join("; ")}: ${measured}.`)].join("\n\n");
}

const parts = [[0, "hardly any"], [0.1, "a tenth"], [0.2, "a fifth"], [0.25, "a quarter"], [0.33, "a third"], [0.4, "two fifths"], [0.5, "half"]] as const;

/** The order of magnitude of ratios, such as `two to eight times as many` or `up to a quarter fewer`. */
export function inWords(ratios: number[]): string {
	const [low, high] = [Math.min(...ratios), Math.max(...ratios)];
	const nearest = (share: number) => parts.reduce((best, part) => (Math.abs(part[0] - share) < Math.abs(best[0] - share) ? part : best))[1];
	if (low >= 1.5) return `${Math.floor(low)} to ${Math.ceil(high)} times as many`;
	if (low >= 0.85) return high <= 1.15 ? "about as many" : "as many or more";
	return `up to ${nearest(1 - low)} fewer`;
}

/** A difference of milliseconds in words. */
export function timeInWords(own: number, other: number): string {
	const difference = Math.abs(own - other);
	if (difference < 1) return "at the same time";
	const amount = difference < 8 ? "a few" : `about ${Math.round(difference / 10) * 10}`;
	return `${amount} milliseconds ${own < other ? "sooner" : "later"}`;
}

/** The three rows of the root's README: orders of magnitude, since the figures are in the tables. */
export function summary(results: Results): string {
	const rates = (figure: Figure, peer: string) =>
		inWords(results[figure]?.rows.flatMap((row) => (row.peer === peer && row.ratio ? [row.ratio.median] : [])) ?? []);
	const start = (runtime: string) => {
		const median = (peer: string) => results.start?.rows.find((row) => row.runtime === runtime && row.peer === peer)?.value.median ?? Number.NaN;
		return timeInWords(median(own), median(reference));
	};
	const { wasm = 0, javascript = 0 } = results.size?.rows[0] ?? {};
	return [
		`- **Authorization URLs:** ${rates("url", own)} a second as \`${reference}\`.`,
		`- **Callbacks:** over HTTP ${rates("http", own)} a second, ${rates("chunked", own)} if responses do not state their length. Without the network ${rates("callback", own)}, ${rates("callback", `${own}, timeout: 0`)} with \`timeout: 0\`.`,
		`- **Start and size:** compared with \`${reference}\`, Node 24 makes its first URL ${start("Node 24")}, and workerd ${start("workerd")}. A Worker's bundle grows by less than ${Math.ceil((wasm + javascript) / 10_000) * 10} KB (gzip).`
	].join("\n");
}

/** The documents as these results make them, and as they are. */
export function documents(results: Results): { path: URL; present: string; expected: string }[] {
	return ([["README.md", tables], ["../../README.md", summary]] as const).map(([file, text]) => {
		const path = new URL(file, import.meta.url);
		const present = readFileSync(path, "utf8");
		const place = /(?<=<!-- figures: written by npm run bench -->\n).*?(?=<!-- end of figures -->)/s;
		if (!place.test(present)) throw new Error(`${path.pathname} has no place for the figures`);
		return { path, present, expected: present.replace(place, () => `${text(results)}\n`) };
	});
}
