// The README's table of runtimes, made from what the matrix found and compared with what is there.

import { readFileSync, writeFileSync } from "node:fs";

import type { Row } from "./project.ts";

const path = new URL("../../README.md", import.meta.url);
const start = "<!-- runtimes: written by the tests -->\n";
const end = "<!-- end of runtimes -->";

/** What does not work, and why. */
const unsupported = [
	{
		runtime: "Node before 20.19",
		reason: "no `require()` of ES modules; 18 has no global `crypto` either"
	}
];

/**
 * The line of a row. Browsers come from the machine and renew themselves: for them the table says from which
 * version on, and that stays as long as the one at hand is not older.
 */
async function line({ runtime, version, loads, renewsItself }: Row, present: string): Promise<string> {
	let found: string;
	if (renewsItself) {
		const cell = present.split(`| ${runtime} | from `)[1] ?? "";
		const oldest = Number.parseInt(cell, 10);
		const major = Number.parseInt(await version(), 10);
		found = `from ${oldest <= major ? oldest : major}`;
	} else {
		found = await version();
	}
	return `| ${runtime} | ${found} | ${loads} | yes |`;
}

const table = (lines: string[]) =>
	[
		"| runtime | version | how the wasm is loaded | tested |",
		"| --- | --- | --- | --- |",
		...lines,
		...unsupported.map(({ runtime, reason }) => `| ${runtime} | | | not supported: ${reason} |`),
		""
	].join("\n");

/**
 * The README as it is, as it should be when all rows have passed, and with the lines of those that did pass.
 * A row that was not run has its line from the run that wrote it.
 */
export async function readme(
	rows: Row[],
	passed: Set<Row>
): Promise<{ actual: string; expected: string; updated: string }> {
	const actual = readFileSync(path, "utf8");
	const [before, rest] = actual.split(start);
	const [present, after] = rest?.split(end) ?? [];
	if (before === undefined || present === undefined || after === undefined) {
		throw new Error(`README.md has no place for the table, between ${start.trim()} and ${end}`);
	}
	const expected: string[] = [];
	const updated: string[] = [];
	for (const row of rows) {
		const old = present.split("\n").find((line) => line.startsWith(`| ${row.runtime} | `));
		// Asking a browser for its version starts it.
		const fresh = row.renewsItself && !passed.has(row) ? (old ?? row.runtime) : await line(row, present);
		expected.push(fresh);
		const written = passed.has(row) ? fresh : old;
		if (written !== undefined) updated.push(written);
	}
	const withTable = (lines: string[]) => [before, start, table(lines), end, after].join("");
	return { actual, expected: withTable(expected), updated: withTable(updated) };
}

/** Writes the README. */
export function writeReadme(text: string): void {
	writeFileSync(path, text);
}
