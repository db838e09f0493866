// SECURITY.md names a test for each threat. Here each of them is looked for, so that a test that is renamed or
// removed shows.

import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { test } from "node:test";

import { table } from "../documents/text.ts";

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

test("a title that is in no file, or in a comment alone, is not found", () => {
	assert.ok(!isTitle('test("another", () => {});\n// a title\n', "a title"));
	assert.ok(isTitle('test("a title", () => {});', "a title"));
});
