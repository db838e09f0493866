// Reads the crates of the wasm from cargo and rustc, and sets the options of the compiler. They are the same on every
// machine, so that a commit gives the same bytes.

import { dirname, join } from "node:path";

import { fail } from "./commands.js";

// Settings outside the repository that would change the wasm. The build sets CARGO_ENCODED_RUSTFLAGS: then cargo reads
// no other flags.
const FOREIGN_SETTINGS = /^(RUSTFLAGS|RUSTC|RUSTC_WRAPPER|RUSTC_WORKSPACE_WRAPPER|RUSTC_BOOTSTRAP|RUSTUP_TOOLCHAIN|CARGO_INCREMENTAL|CARGO_PROFILE_.*|CARGO_TARGET_WASM32_.*|CARGO_BUILD_(?!TARGET_DIR|JOBS).*)$/;

export const buildSettings = Object.fromEntries(
	Object.entries(process.env).filter(([name]) => !FOREIGN_SETTINGS.test(name))
);

/** The standard output of a program of the Rust toolchain; `run` is the function that a step gets. */
export async function printed(run, command, ...args) {
	const { output } = await run(command, args, { env: buildSettings, isQuiet: true });
	return output;
}

/** The crates in the wasm, this one first, in the form of `cargo metadata`. */
export async function linkedCrates(run) {
	const target = "wasm32-unknown-unknown";
	const { packages, resolve } = JSON.parse(
		await printed(run, "cargo", "metadata", "--locked", "--format-version", "1", "--filter-platform", target)
	);
	// Unlike the metadata, the tree leaves out crates that only the features of the tests need.
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
 * Removes the folders of cargo and rustup from the messages of panics: each machine has others. Some machines also
 * have the sources of the standard library.
 */
export async function remappedPaths(run, crates) {
	const [, commit] = /^commit-hash: (\w+)$/m.exec(await printed(run, "rustc", "-vV")) ?? fail("rustc does not say its commit.");
	const standard = join((await printed(run, "rustc", "--print", "sysroot")).trim(), "lib", "rustlib", "src", "rust");
	return [
		`--remap-path-prefix=${standard}=/rustc/${commit}`,
		...crates.map(({ name, version, manifest_path }) => `--remap-path-prefix=${dirname(manifest_path)}=${name}-${version}`)
	];
}
