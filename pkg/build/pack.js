// Packs the tarball for npm and unpacks it into node_modules: the demo and the tests import the same files as users.

import { chmodSync, cpSync, mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";

import { contents, inRoot, read } from "./files.js";
import { once } from "./once.js";

export async function packAndInstall() {
	const { name, version, files } = JSON.parse(read(inRoot("pkg", "package.json")));
	const installed = inRoot("node_modules", name);
	const tarball = join("target", `${name}-${version}.tgz`);
	const inputs = [contents("pkg", ["README.md", "LICENSE"]), read(inRoot("README.md")), read(inRoot("LICENSE"))];
	const outputs = [inRoot(tarball), inRoot("pkg", "README.md"), inRoot("pkg", "LICENSE")];
	const stamp = join(installed, ".unpacked");
	const step = { name: tarball, why: "the package as npm publishes it, unpacked into node_modules", seconds: 2 };
	await once({ stamp, inputs, outputs, ...step }, async (run) => {
		for (const file of ["README.md", "LICENSE"]) cpSync(inRoot(file), inRoot("pkg", file));
		// npm packs the modes of files, which depend on the umask.
		for (const file of ["package.json", "README.md", "LICENSE", ...files]) chmodSync(inRoot("pkg", file), 0o644);
		mkdirSync(inRoot("target"), { recursive: true });
		await run("npm", ["pack", "./pkg", "--pack-destination", "target", "--loglevel", "error"]);
		rmSync(installed, { recursive: true, force: true });
		mkdirSync(installed, { recursive: true });
		await run("tar", ["-xzf", inRoot(tarball), "--strip-components=1", "-C", installed]);
	});
}
