// Reads the input files of the build from the repository.

import { existsSync, readFileSync, readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

export const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
export const inRoot = (...path) => join(root, ...path);

export const read = (path) => (existsSync(path) ? readFileSync(path, "utf8") : "");

/** The names and contents of the files in a folder, the input of `runIfChanged`. */
export function contents(folder, except = []) {
	return readdirSync(inRoot(folder), { withFileTypes: true, recursive: true })
		.filter((entry) => entry.isFile())
		.map((entry) => join(entry.parentPath ?? entry.path, entry.name))
		.filter((path) => !except.some((name) => path.startsWith(inRoot(folder, name))))
		.sort()
		.map((path) => [path.slice(root.length), readFileSync(path, "base64")]);
}
