// The lists of runtimes and tools, made from the rows of the matrix and compared with the documents. README.md has a
// line with the names of each group, tests/packaging/README.md has a row with the version for each row of the matrix.

import { readFileSync, writeFileSync } from "node:fs";

import type { Row } from "./project.ts";

const summaryFile = new URL("../../README.md", import.meta.url);
const tableFile = new URL("README.md", import.meta.url);
const start = "<!-- runtimes: written by the tests -->\n";
const end = "<!-- end of runtimes -->";

/** A line of the whole table. */
interface Line {
	runtime: string;
	version: string;
	loads: string;
}

/** What stands in a file before, between and after the two marks. */
function parts(file: URL): [before: string, table: string, after: string] {
	const [before, rest] = readFileSync(file, "utf8").split(start);
	const [table, after] = rest?.split(end) ?? [];
	if (before === undefined || table === undefined || after === undefined) {
		throw new Error(`${file.pathname} has no place for the table, between ${start.trim()} and ${end}`);
	}
	return [before, table, after];
}

function readLines(table: string): Line[] {
	const cells = table.split("\n").slice(2).filter(Boolean).map((line) => line.split(" | "));
	return cells.map(([runtime = "", version = "", loads = ""]) => ({
		runtime: runtime.replace("| ", ""),
		version,
		loads: loads.replace(" |", "")
	}));
}

/**
 * The line of a row. Browsers come from the machine and renew themselves: for them the table says from which
 * version on, and that stays as long as the one at hand is not older.
 */
async function line({ runtime, version, loads, renewsItself }: Row, old: Line | undefined): Promise<Line> {
	if (!renewsItself) return { runtime, version: await version(), loads };
	const oldest = Number.parseInt(old?.version.replace("from ", "") ?? "", 10);
	const major = Number.parseInt(await version(), 10);
	return { runtime, version: `from ${oldest <= major ? oldest : major}`, loads };
}

const table = (lines: Line[]) =>
	[
		"| runtime or tool | version | how it loads the wasm |",
		"| --- | --- | --- |",
		...lines.map(({ runtime, version, loads }) => `| ${runtime} | ${version} | ${loads} |`),
		""
	].join("\n");

/** One line for each group: the names of its tools, which are the rows' names up to the first comma. */
export function summary(groups: Record<string, Pick<Row, "runtime">[]>): string {
	const lines = Object.entries(groups).map(([group, rows]) => {
		const names = new Set(rows.map(({ runtime }) => runtime.split(",")[0]));
		return `- **${group}:** ${[...names].join(", ")}.\n`;
	});
	return lines.join("");
}

/**
 * Both files as they are, as they should be when all rows have passed, and with the lines of those that did pass.
 * A row that was not run has its line from the run that wrote it.
 */
export async function readme(groups: Record<string, Row[]>, passed: Set<Row>): Promise<{ actual: string; expected: string; update: () => void }> {
	const [before, present, after] = parts(tableFile);
	const [beforeSummary, presentSummary, afterSummary] = parts(summaryFile);
	const old = readLines(present);
	const expected: Line[] = [];
	const updated: Line[] = [];
	for (const row of Object.values(groups).flat()) {
		const known = old.find(({ runtime }) => runtime === row.runtime);
		// Asking a browser for its version starts it.
		const fresh = row.renewsItself && !passed.has(row) && known ? known : await line(row, known);
		expected.push(fresh);
		const written = passed.has(row) ? fresh : known;
		if (written !== undefined) updated.push(written);
	}
	return {
		actual: present + presentSummary,
		expected: table(expected) + summary(groups),
		update() {
			writeFileSync(tableFile, [before, start, table(updated), end, after].join(""));
			writeFileSync(summaryFile, [beforeSummary, start, summary(groups), end, afterSummary].join(""));
		}
	};
}
