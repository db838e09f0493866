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
 * The table of the rows that passed. Browsers come from the machine and renew themselves: for them
 * the table says from which version on, and that stays as long as the one at hand is not older.
 */
async function table(passed: Row[], present: string): Promise<string> {
	const lines = await Promise.all(
		passed.map(async ({ runtime, version, loads, renewsItself }) => {
			let found = await version();
			if (renewsItself) {
				const major = Number.parseInt(found, 10);
				const cell = present.split(`| ${runtime} | from `)[1] ?? "";
				const oldest = Number.parseInt(cell, 10);
				found = `from ${oldest <= major ? oldest : major}`;
			}
			return `| ${runtime} | ${found} | ${loads} | yes |`;
		})
	);
	return [
		"| runtime | version | how the wasm is loaded | tested |",
		"| --- | --- | --- | --- |",
		...lines,
		...unsupported.map(({ runtime, reason }) => `| ${runtime} | | | not supported: ${reason} |`),
		""
	].join("\n");
}

/** The README as it is, and as it should be after these rows passed. */
export async function readme(passed: Row[]): Promise<{ actual: string; expected: string }> {
	const actual = readFileSync(path, "utf8");
	const [before, rest] = actual.split(start);
	const [present, after] = rest?.split(end) ?? [];
	if (before === undefined || present === undefined || after === undefined) {
		throw new Error(`README.md has no place for the table, between ${start.trim()} and ${end}`);
	}
	return { actual, expected: [before, start, await table(passed, present), end, after].join("") };
}

/** Writes the README. */
export function writeReadme(text: string): void {
	writeFileSync(path, text);
}
