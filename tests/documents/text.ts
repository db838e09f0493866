// Reads the documents for the tests of their claims. A heading, a table or an example that is missing throws, and
// names the document: a test that finds nothing to check would pass.

import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

export const root = fileURLToPath(new URL("../../", import.meta.url));

/** The text of a document, such as `www/recipes.md`. */
export const read = (file: string) => readFileSync(new URL(file, new URL("../../", import.meta.url)), "utf8");

/** What a pattern finds in a text: the groups of the first match. */
export function find(text: string, pattern: RegExp, what: string): string[] {
	const found = pattern.exec(text);
	if (!found) throw new Error(`there is no ${what}`);
	return found.slice(1);
}

/** The text below a heading of the second level, up to the next one. */
export function section(file: string, heading: string): string {
	const [, text] = read(file).split(`\n## ${heading}\n`);
	if (text === undefined) throw new Error(`${file} has no heading "## ${heading}"`);
	return text.split(/^## /m)[0] ?? "";
}

/** The rows of the table whose first row has these cells, each as its cells. */
export function table(file: string, ...head: string[]): string[][] {
	const rows = read(file).split(/\n(?!\|)/).flatMap((block) => {
		const lines = block.split("\n").filter((line) => line.startsWith("|"));
		const [first, , ...others] = lines.map((line) => line.split("|").slice(1, -1).map((cell) => cell.trim()));
		return JSON.stringify(first) === JSON.stringify(head) ? others : [];
	});
	if (rows.length === 0) throw new Error(`${file} has no rows of a table "| ${head.join(" | ")} |"`);
	for (const row of rows) {
		if (row.length !== head.length) throw new Error(`${file} has a row of ${row.length} cells, not ${head.length}: | ${row.join(" | ")} |`);
	}
	return rows;
}

/** The code blocks of a language, by the file name in the comment that they begin with; without the comment. */
export function examples(...files: string[]): Map<string, string> {
	return new Map(
		files.flatMap((file) => {
			const found = [...read(file).matchAll(/```ts\n\/\/ ([\w-]+\.ts)\n([^]*?)```/g)];
			if (found.length === 0) throw new Error(`${file} has no example that begins with the name of its file`);
			return found.map(([, name = "", text = ""]): [string, string] => [name, text]);
		}),
	);
}

/** The actions that the README's table of errors gives for each code. */
export function errorActions(): Map<string, Set<string>> {
	const actions = new Map<string, Set<string>>();
	for (const [codes = "", , whatToDo = ""] of table("README.md", "`code`", "cause", "what to do")) {
		const named = whatToDo.match(/\b(reauthorize|configure|retry)\b/g);
		if (!named) throw new Error(`README.md has no action for ${codes}`);
		for (const [, code = ""] of codes.matchAll(/`([A-Z_]+)`/g)) actions.set(code, new Set(named));
	}
	return actions;
}

/** The anchor that a heading has on the pages of code hosts: lower case, without punctuation, hyphens for spaces. */
const anchor = (heading: string) =>
	heading.toLowerCase().replace(/[^\p{L}\p{N} _-]/gu, "").trim().replaceAll(" ", "-");

const anchors = (text: string) => [...text.matchAll(/^#+ (.*)$/gm)].map(([, heading = ""]) => anchor(heading));

const links = (text: string) =>
	[...text.matchAll(/\]\(([^)\s]+)\)|\b(?:src|srcset|href)="([^"]+)"/g)].map(([, inText, inTag]) => inText ?? inTag ?? "");

/** The links of a text in `file` that lead to no file or heading. `folder` has the files. */
export function broken(file: string, text: string, folder = root): string[] {
	return links(text).filter((link) => {
		if (/^(https?|mailto):/.test(link)) return false;
		const [path = "", fragment] = link.split("#");
		const target = path === "" ? file : join(dirname(file), path);
		if (!existsSync(join(folder, target))) return true;
		return fragment !== undefined && !anchors(target === file ? text : readFileSync(join(folder, target), "utf8")).includes(fragment);
	});
}
