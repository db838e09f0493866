// What cargo and rustc say about the crates in the wasm, and the settings under which they are compiled: the same
// ones wherever the build runs, so that the same commit gives the same bytes.

import { dirname, join } from "node:path";

import { fail } from "./commands.js";

// What would change the wasm from outside the repository. CARGO_ENCODED_RUSTFLAGS, which the build
// sets, keeps cargo from reading flags elsewhere.
const FOREIGN_SETTINGS = /^(RUSTFLAGS|RUSTC|RUSTC_WRAPPER|RUSTC_WORKSPACE_WRAPPER|RUSTC_BOOTSTRAP|RUSTUP_TOOLCHAIN|CARGO_INCREMENTAL|CARGO_PROFILE_.*|CARGO_TARGET_WASM32_.*|CARGO_BUILD_(?!TARGET_DIR|JOBS).*)$/;

export const buildSettings = Object.fromEntries(
	Object.entries(process.env).filter(([name]) => !FOREIGN_SETTINGS.test(name))
);

/** The standard output of a program of the Rust toolchain; `run` is the function that a step gets. */
export async function printed(run, command, ...args) {
	const { output } = await run(command, args, { env: buildSettings, isQuiet: true });
	return output;
}

/** The crates that are linked into the wasm, this one first, as `cargo metadata` has them. */
export async function linkedCrates(run) {
	const target = "wasm32-unknown-unknown";
	const { packages, resolve } = JSON.parse(
		await printed(run, "cargo", "metadata", "--locked", "--format-version", "1", "--filter-platform", target)
	);
	// Unlike the metadata, the tree leaves out what only a feature asked for by the tests brings.
	const tree = await printed(
		run,
		...["cargo", "tree", "--locked", "--target", target, "--edges", "normal,no-proc-macro"],
		...["--prefix", "none", "--no-dedupe", "--format", "{p}"]
	);
	const linked = new Set(Array.from(tree.matchAll(/^(\S+) v(\S+)/gm), ([, name, version]) => `${name}@${version}`));
	const nodes = new Map(resolve.nodes.map(({ id, dependencies }) => [id, dependencies]));
	return packages
		.filter(({ name, version }) => linked.has(`${name}@${version}`))
		.map((crate) => ({ ...crate, dependencies: nodes.get(crate.id) }))
		.sort((a, b) => (b.id === resolve.root) - (a.id === resolve.root) || (a.name < b.name ? -1 : 1));
}

/**
 * Messages of panics name the file, and the folder in which cargo and rustup keep it is another one on
 * each machine. Standard sources are there where a developer has installed them.
 */
export async function remappedPaths(run, crates) {
	const [, commit] = /^commit-hash: (\w+)$/m.exec(await printed(run, "rustc", "-vV")) ?? fail("rustc does not say its commit.");
	const standard = join((await printed(run, "rustc", "--print", "sysroot")).trim(), "lib", "rustlib", "src", "rust");
	return [
		`--remap-path-prefix=${standard}=/rustc/${commit}`,
		...crates.map(({ name, version, manifest_path }) => `--remap-path-prefix=${dirname(manifest_path)}=${name}-${version}`)
	];
}
