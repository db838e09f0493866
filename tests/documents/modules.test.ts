// The modules keep to their lengths and import each other in no circle, so that each can be read after those it needs.

import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../../", import.meta.url));
const read = (file: string) => readFileSync(join(root, file), "utf8");
const filesIn = (folder: string, extension: string) =>
	readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
		.filter((file) => file.endsWith(extension))
		.map((file) => join(folder, file).replaceAll("\\", "/"));

for (const [folder, most] of [["src/js", 120], ["pkg/build", 150]] as const) {
	test(`no script of ${folder} has more than ${most} lines`, () => {
		const files = filesIn(folder, ".js");
		assert.ok(files.length > 5);
		assert.deepEqual(files.filter((file) => read(file).trimEnd().split("\n").length > most), []);
	});
}

/** The paths of a Rust file's imports: `use a::{b, c::d}` gives `a::b` and `a::c::d`. Those of its tests are left out. */
function rustPaths(text: string): string[] {
	const code = (text.split("#[cfg(test)]")[0] ?? "").replace(/^\s*\/\/.*$/gm, "");
	return [...code.matchAll(/\b(?:crate|super)::(?:\w+|::|\{[^}]*\})+/g)].flatMap(([path]) => {
		const [before = "", group] = path.split("{");
		return group === undefined ? [path] : group.replace("}", "").split(",").map((name) => before + name.trim());
	});
}

type Imports = Map<string, string[]>;

/** The modules of the crate, each with those that it imports. */
function rustImports(): Imports {
	const files = filesIn("src", ".rs").filter((file) => !/\/(lib|mod)\.rs$/.test(file));
	const modules = new Map(files.map((file) => [file.slice("src/".length, -".rs".length).replaceAll("/", "::"), file]));
	return new Map(
		[...modules].map(([name, file]) => {
			const parent = name.split("::").slice(0, -1);
			const paths = rustPaths(read(file)).map((path) => path.replace(/^crate::/, "").replace(/^super/, parent.join("::")));
			return [name, [...modules.keys()].filter((other) => paths.some((path) => path === other || path.startsWith(`${other}::`)))];
		})
	);
}

/** The folders of the crate and its other modules, each with those that it imports. */
function folderImports(): Imports {
	const folderOf = (name: string) => name.split("::")[0] ?? "";
	const folders: Imports = new Map();
	for (const [name, imported] of rustImports()) {
		const folder = folderOf(name);
		const others = imported.map(folderOf).filter((other) => other !== folder);
		folders.set(folder, [...(folders.get(folder) ?? []), ...others]);
	}
	return folders;
}

const scriptImports = (): Imports =>
	new Map(filesIn("src/js", ".js").map((file) => [basename(file), [...read(file).matchAll(/ from "\.\/([\w.]+)";/g)].map(([, name = ""]) => name)]));

/** A circle of imports, from one module to itself; `undefined` where there is none. */
function circle(imports: Imports): string[] | undefined {
	const done = new Set<string>();
	const search = (name: string, path: string[]): string[] | undefined => {
		if (path.includes(name)) return [...path.slice(path.indexOf(name)), name];
		if (done.has(name)) return undefined;
		done.add(name);
		for (const other of imports.get(name) ?? []) {
			const found = search(other, [...path, name]);
			if (found !== undefined) return found;
		}
		return undefined;
	};
	for (const name of imports.keys()) {
		const found = search(name, []);
		if (found !== undefined) return found;
	}
	return undefined;
}

for (const [what, imports, known] of [
	["Rust", rustImports(), ["js::tokens", "js::fetch"]],
	["folders and top-level", folderImports(), ["atlassian", "oauth"]],
	["JavaScript", scriptImports(), ["error_response.js", "body.js"]]
] as const) {
	test(`the ${what} modules import each other in no circle`, () => {
		const [from, to] = known;
		assert.ok(imports.get(from)?.includes(to), `${from} imports ${to}`);
		assert.equal(circle(imports), undefined);
		assert.notEqual(circle(new Map([...imports, [to, [from]]])), undefined);
	});
}
