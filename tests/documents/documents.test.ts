// The documents keep to their length, and their links and anchors lead somewhere. What they claim is tested where it
// happens: this looks at the text alone.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { test } from "node:test";

import { groups } from "../packaging/matrix.ts";
import { summary } from "../packaging/readme.ts";
import { cases } from "../packaging/remedies.ts";
import { docComments, prose, sentences, words } from "./sentences.ts";
import { broken, examples, find, read, root, section, table } from "./text.ts";

const files = execFileSync("git", ["ls-files", "*.md"], { cwd: root, encoding: "utf8" }).trim().split("\n");

for (const [file, most] of [["README.md", 250], ["ARCHITECTURE.md", 150]] as const) {
	test(`${file} has ${most} lines at most`, () => {
		const { length } = read(file).trimEnd().split("\n");
		assert.ok(length <= most, `${file} has ${length} lines`);
	});
}

test("no emphasis is split by a bullet", () => {
	for (const file of files) assert.doesNotMatch(read(file), /^\* \*/m, file);
});

test("ARCHITECTURE.md has no figures: tests/bench/README.md has them", () => {
	assert.deepEqual(read("ARCHITECTURE.md").match(/\b[\d,.]+ ?(%|bytes|[KM]i?B|[mµ]?s|seconds|minutes|times)(?!\w)|\ba (tenth|fifth|quarter|third|half) of\b/g) ?? [], []);
});

test("no text says that a constructor never throws: a string can be too long for an instance", () => {
	const sources = execFileSync("git", ["ls-files", "*.md", "*.d.ts", "src"], { cwd: root, encoding: "utf8" }).trim().split("\n");
	assert.deepEqual(sources.filter((file) => /never throws/i.test(read(file))), []);
});

/** Phrases that the documents and the types do without: a shorter or an established one is there. */
const PHRASES = /\b(answer(s|ed)?|is (told|said) by|comes to be|holds up nobody|what is no|whatever)\b/i;

const pages = ["README.md", "ARCHITECTURE.md", "SECURITY.md", "CHANGELOG.md", "RELEASING.md", ...files.filter((file) => file.startsWith("www/"))];
const types = execFileSync("git", ["ls-files", "pkg/*.d.ts"], { cwd: root, encoding: "utf8" }).trim().split("\n");

for (const file of [...pages, ...types]) {
	test(`the sentences of ${file} have 30 words at most and 20 on average, and established terms`, () => {
		const found = sentences(file.endsWith(".md") ? prose(read(file)) : docComments(read(file)));
		assert.ok(found.length > 0, `${file} has no sentence`);
		assert.deepEqual(found.filter((sentence) => words(sentence) > 30), []);
		assert.ok(found.reduce((sum, sentence) => sum + words(sentence), 0) / found.length <= 20);
		assert.deepEqual(found.filter((sentence) => PHRASES.test(sentence)), []);
	});
}

test("a sentence that is too long, and a phrase, are found in Markdown and in doc comments", () => {
	const long = `Long${" word".repeat(30)}.`;
	const markdown = `# Title\n\nShort. ${long} \`code, more code\` is one word.\n\n| a cell. Another | \`x.ts\`: an answer in a title |\n\`\`\`ts\nan answer in code\n\`\`\`\n`;
	const expected = ["Title", "Short.", long, "Code is one word.", "a cell.", "Another"];
	assert.deepEqual(sentences(prose(markdown)), expected);
	assert.deepEqual([words(long), words("Code is one word."), words("– a dash")], [31, 4, 2]);
	const source = `/**\n * Short. ${long}\n *\n * - Entry of a list\n * @param name - A name\n */ x /** Last. */`;
	assert.deepEqual(sentences(docComments(source)), ["Short.", long, "Entry of a list", "A name", "Last."]);
	assert.ok(["An answer came", "it is told by the type", "Whatever replaces", "what is no JSON"].every((text) => PHRASES.test(text)));
	assert.ok(!PHRASES.test("The response tells whether"));
});

for (const file of files) {
	test(`the links of ${file} lead somewhere`, () => assert.deepEqual(broken(file, read(file)), []));
}

test("a link to no file, and one to no heading, are found", () => {
	const text = "# A heading, `code`\n[a](nowhere.md) [b](#a-heading-code) [c](#another) [d](README.md#errors) [e](README.md#nothing)";
	assert.deepEqual(broken("ARCHITECTURE.md", text), ["nowhere.md", "#another", "README.md#nothing"]);
});

test("the README's table of settings has the tools that tests/packaging/remedies.test.ts runs", () => {
	assert.deepEqual(table("README.md", "tool", "error", "setting").map(([tool]) => tool), cases.map(({ tool }) => tool));
});

test("the README lists the tools of tests/packaging/README.md and no others", () => {
	const listed = [...section("README.md", "Frameworks and tools").matchAll(/^- \*\*.*?:\*\* (.*)\.$/gm)].flatMap(([, names = ""]) => names.split(", "));
	const tested = table("tests/packaging/README.md", "runtime or tool", "version", "how it loads the wasm").map(([runtime = ""]) => runtime.split(",")[0]);
	assert.deepEqual(listed.toSorted(), [...new Set(tested)].toSorted());
	assert.deepEqual(Object.values(groups).flat().map(({ runtime }) => runtime.split(",")[0]).filter((name) => !tested.includes(name)), []);
});

test("the README's list has each name once, and no way in which a tool was run", () => {
	const rows = ["Vite, build", "Vite, SSR", "npm alias `@lucia-auth/oauth`"].map((runtime) => ({ runtime }));
	assert.equal(summary({ Tools: rows, More: [{ runtime: "TypeScript, `moduleResolution` node16, nodenext" }] }), "- **Tools:** Vite, npm alias `@lucia-auth/oauth`.\n- **More:** TypeScript.\n");
});

test("the README's examples are these, and each has a test that runs it", () => {
	assert.deepEqual([...examples("README.md").keys()], ["worker.ts", "server.ts", "routes.ts", "jira.ts"]);
});

test("a heading, a table, an example or a pattern that is missing throws, and names the document", () => {
	for (const [look, message] of [
		[() => section("README.md", "No such heading"), /^README\.md has no heading "## No such heading"$/],
		[() => table("README.md", "tool", "no such column"), /^README\.md has no rows of a table "\| tool \| no such column \|"$/],
		[() => examples("CHANGELOG.md"), /^CHANGELOG\.md has no example/],
		[() => find("text", /(no such text)/, "statement in x.md"), /^there is no statement in x\.md$/],
	] as const) {
		assert.throws(look, ({ message: text }: Error) => message.test(text));
	}
});
