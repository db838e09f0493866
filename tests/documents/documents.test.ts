// The documents keep to their length, and their links and anchors lead somewhere. What they claim is tested where it
// happens: this looks at the text alone.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../../", import.meta.url));
const files = execFileSync("git", ["ls-files", "*.md"], { cwd: root, encoding: "utf8" }).trim().split("\n");
const read = (file: string) => readFileSync(join(root, file), "utf8");

/** The anchor that a heading has on the pages of code hosts: lower case, without punctuation, hyphens for spaces. */
const anchor = (heading: string) =>
	heading.toLowerCase().replace(/[^\p{L}\p{N} _-]/gu, "").trim().replaceAll(" ", "-");

const anchors = (text: string) => [...text.matchAll(/^#+ (.*)$/gm)].map(([, heading = ""]) => anchor(heading));

const links = (text: string) =>
	[...text.matchAll(/\]\(([^)\s]+)\)|\b(?:src|srcset|href)="([^"]+)"/g)].map(([, inText, inTag]) => inText ?? inTag ?? "");

/** What is wrong with the links of a text that stands in `file`. */
function broken(file: string, text: string): string[] {
	return links(text).filter((link) => {
		if (/^(https?|mailto):/.test(link)) return false;
		const [path = "", fragment] = link.split("#");
		const target = path === "" ? file : join(dirname(file), path);
		if (!existsSync(join(root, target))) return true;
		return fragment !== undefined && !anchors(target === file ? text : read(target)).includes(fragment);
	});
}

for (const [file, most] of [["README.md", 250], ["ARCHITECTURE.md", 150]] as const) {
	test(`${file} has ${most} lines at most`, () => {
		assert.ok(read(file).trimEnd().split("\n").length <= most);
	});
}

for (const file of files) {
	test(`the links of ${file} lead somewhere`, () => assert.deepEqual(broken(file, read(file)), []));
}

test("a link to no file, and one to no heading, are found", () => {
	const text = "# A heading, `code`\n[a](nowhere.md) [b](#a-heading-code) [c](#another) [d](README.md#errors) [e](README.md#nothing)";
	assert.deepEqual(broken("ARCHITECTURE.md", text), ["nowhere.md", "#another", "README.md#nothing"]);
});
