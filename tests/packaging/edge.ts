// What a build for an edge runtime has to hold, so that it is known to have taken the edge entry.

import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";

/** Asserts that a build holds the wasm of the package as a file, once, and nowhere as text. */
export function assertEdgeEntry(project: string, build: string): void {
	const dist = join(project, "node_modules", "lucia-atlassian", "dist");
	const wasm = readFileSync(join(dist, "lucia_atlassian_bg.wasm"));
	// A stretch that no bundler has a reason to break up.
	const text = wasm.toString("base64", 300, 600);
	const entry = readFileSync(join(dist, "default.js"), "utf8");
	assert.ok(entry.includes(text), "expected the default entry to hold the wasm as text");

	const files = readdirSync(build, { withFileTypes: true, recursive: true })
		.filter((file) => file.isFile())
		.map((file) => join(file.parentPath, file.name));
	const modules = files.filter((file) => readFileSync(file).equals(wasm));
	assert.equal(
		modules.length,
		1,
		`expected the wasm as one file of the build, which consists of\n${files.join("\n")}`
	);
	const texts = files.filter((file) => readFileSync(file).includes(text));
	assert.deepEqual(texts, [], "expected the wasm as text in no file of the build");
}
