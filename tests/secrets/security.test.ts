// SECURITY.md names a test for each threat. Here each of them is looked for, so that a test that is renamed or
// removed shows.

import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { test } from "node:test";

const root = new URL("../../", import.meta.url);
const text = readFileSync(new URL("SECURITY.md", root), "utf8");
const [, table = ""] = /<!-- threats: .*? -->\n(.*?)<!-- end of threats -->/s.exec(text) ?? [];
const rows = table.trim().split("\n").slice(2);

/** The title, as what comes before `(` of a function or between the quotes of a string, whole or up to what it is filled with. */
const isTitle = (source: string, title: string): boolean =>
	source.split("\n").some((line) => /\btest\(|\bname: |^\s*(pub )?(async )?fn |^\s*"\d\. |^\t*\["|^\t\t?`/.test(line) && line.includes(title));

test("the table has threats", () => {
	assert.ok(rows.length >= 37, `${rows.length} rows`);
});

for (const row of rows) {
	const cells = row.split("|").slice(1, -1).map((cell) => cell.trim());
	test(`there is the test for: ${cells[0]}`, () => {
		assert.equal(cells.length, 3, row);
		assert.ok(cells.every((cell) => cell !== ""), row);
		const [, file = "", title = ""] = /^`([^`]+)`: (.+)$/.exec(cells[2] ?? "") ?? [];
		assert.ok(existsSync(new URL(file, root)), `there is no ${file}`);
		assert.ok(isTitle(readFileSync(new URL(file, root), "utf8"), title), `${file} has no test "${title}"`);
	});
}

test("a title that is in no file, or in a comment alone, is not found", () => {
	assert.ok(!isTitle('test("another", () => {});\n// a title\n', "a title"));
	assert.ok(isTitle('test("a title", () => {});', "a title"));
});
