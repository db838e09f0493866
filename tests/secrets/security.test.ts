// SECURITY.md names a test for each threat. Here each of them is looked for, so that a test that is renamed or
// removed shows.

import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { test } from "node:test";

import { find, table } from "../documents/text.ts";

const root = new URL("../../", import.meta.url);
const rows = table("SECURITY.md", "threat", "defence", "test");

/** The title, as what comes before `(` of a function or between the quotes of a string, whole or up to what it is filled with. */
const isTitle = (source: string, title: string): boolean =>
	source.split("\n").some((line) => /\btest\(|\bname: |^\s*(pub )?(async )?fn |^\s*"\d\. |^\t*\["|^\t\t?`/.test(line) && line.includes(title));

test("the table has threats", () => {
	assert.ok(rows.length >= 37, `${rows.length} rows`);
});

for (const [threat, defence, place = ""] of rows) {
	test(`there is the test for: ${threat}`, () => {
		assert.ok(threat && defence);
		const [, file = "", title = ""] = /^`([^`]+)`: (.+)$/.exec(place) ?? [];
		assert.ok(existsSync(new URL(file, root)), `there is no ${file}`);
		assert.ok(isTitle(readFileSync(new URL(file, root), "utf8"), title), `${file} has no test "${title}"`);
	});
}

test("npm test runs the files of the table", () => {
	// Without the suites of `npm run test:frameworks`.
	const suites = readFileSync(new URL("tests/run.js", root), "utf8").split(/^\t\{$/m).filter((suite) => !suite.includes("frameworks: true"));
	const reached = new Set<string>();
	const reach = (file: string) => {
		if (reached.has(file) || !/\.[jt]s$/.test(file) || !existsSync(new URL(file, root))) return;
		reached.add(file);
		const source = readFileSync(new URL(file, root), "utf8");
		for (const [, path = ""] of source.matchAll(/(?:from|import|import\() ?"(\.[^"]+)"/g)) reach(new URL(path, new URL(file, root)).href.slice(root.href.length));
	};
	for (const [, file = ""] of suites.join().matchAll(/"((?:tests|www)\/[^"]+)"/g)) reach(file);
	// cargo finds its own, and tests/browser.ts runs the one in a browser.
	const isRust = (file: string) => file.endsWith(".rs") && (file.startsWith("src/") || file.startsWith("tests/"));
	const files = rows.map(([, , place = ""]) => find(place, /^`([^`]+)`/, `file in ${place}`)[0] ?? "");
	assert.deepEqual([...new Set(files)].filter((file) => !isRust(file) && !reached.has(file)), []);
});

test("a title that is in no file, or in a comment alone, is not found", () => {
	assert.ok(!isTitle('test("another", () => {});\n// a title\n', "a title"));
	assert.ok(isTitle('test("a title", () => {});', "a title"));
});
