// Packs the tarball for npm and unpacks it into node_modules: the demo and the tests import the same files as users.

import { chmodSync, cpSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join, posix } from "node:path";

import { contents, inRoot, read } from "./files.js";
import { runIfChanged } from "./run-if-changed.js";

// The documents of the package, where their links expect them.
const documents = [
	...["README.md", "CHANGELOG.md", "SECURITY.md"],
	...["www/coming-from-elsewhere.md", "www/leaving-lucia.md", "www/recipes.md"]
];

/** A document for the package: links to files that the package does not have become text, and pictures go. */
function publishable(file) {
	const isPublished = (path) => path === "" || documents.includes(posix.join(posix.dirname(file), path));
	return read(inRoot(file))
		.replaceAll(/^<(?:img|picture)\b.*\n\n/gm, "")
		.replaceAll(/\[([^\]]*)\]\(([^)#\s]*)[^)\s]*\)/g, (link, text, path) => (/^\w+:/.test(path) || isPublished(path) ? link : text));
}

export async function packAndInstall() {
	const { name, version, files } = JSON.parse(read(inRoot("pkg", "package.json")));
	const installed = inRoot("node_modules", name);
	const tarball = join("target", `${name}-${version}.tgz`);
	const copies = [...documents, "LICENSE"];
	const inputs = [contents("pkg", copies), ...copies.map((file) => read(inRoot(file)))];
	const outputs = [inRoot(tarball), ...copies.map((file) => inRoot("pkg", file))];
	const stamp = join(installed, ".unpacked");
	const step = { name: tarball, why: "the package as npm publishes it, unpacked into node_modules", seconds: 2 };
	await runIfChanged({ stamp, inputs, outputs, ...step }, async (run) => {
		mkdirSync(inRoot("pkg", "www"), { recursive: true });
		for (const file of documents) writeFileSync(inRoot("pkg", file), publishable(file));
		cpSync(inRoot("LICENSE"), inRoot("pkg", "LICENSE"));
		// npm packs the modes of files, which depend on the umask.
		for (const file of ["package.json", ...copies, ...files]) chmodSync(inRoot("pkg", file), 0o644);
		mkdirSync(inRoot("target"), { recursive: true });
		await run("npm", ["pack", "./pkg", "--pack-destination", "target", "--loglevel", "error"]);
		rmSync(installed, { recursive: true, force: true });
		mkdirSync(installed, { recursive: true });
		await run("tar", ["-xzf", inRoot(tarball), "--strip-components=1", "-C", installed]);
	});
}
