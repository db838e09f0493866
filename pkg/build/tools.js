// Installs the tools: the npm packages of the lock file, and programs from crates.io in the user's cache folder, where
// other clones find them. The program of wasm-bindgen must have the same version as the library.

import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { delimiter, dirname, join } from "node:path";

import { fail, step } from "./commands.js";
import { inRoot, read } from "./files.js";
import { runIfChanged } from "./run-if-changed.js";

export const WASM_PACK = "0.15.1";

const cache = join(
	process.env.XDG_CACHE_HOME || join(homedir(), ".cache"),
	"lucia-atlassian"
);

// Runs no scripts of packages: only better-sqlite3 needs its script.
export const installNpmPackages = () =>
	runIfChanged(
		{
			stamp: inRoot("node_modules", ".lucia-atlassian"),
			inputs: [read(inRoot("package-lock.json")), process.version],
			name: "npm packages",
			why: "for the build, the demo and the tests",
			seconds: 20
		},
		(run) => run("npm", ["ci", "--ignore-scripts", "--no-audit", "--no-fund"])
	);

/** Downloads or compiles SQLite for Node. Only the demo in a Worker does not need it. */
export async function installSqlite() {
	if (existsSync(inRoot("node_modules", "better-sqlite3", "build", "Release", "better_sqlite3.node"))) return;
	// The headers that came with Node, if any: otherwise the compilation downloads them.
	const prefix = dirname(dirname(process.execPath));
	const headers = existsSync(join(prefix, "include", "node", "node.h")) ? { npm_config_nodedir: prefix } : {};
	await step({ name: "better-sqlite3", why: "SQLite for the app on Node and for the tests", seconds: 60 }, (run) =>
		run("npm", ["rebuild", "better-sqlite3"], { env: { ...headers, ...process.env } })
	);
}

/**
 * Compiles a program from crates.io and returns the folder of its executables in the user's cache. Without
 * optimisation, compiling takes some minutes less, and the programs still need only seconds.
 */
export async function installCrate(name, version, why, seconds) {
	const folder = join(cache, `${name}-${version}`);
	const stamp = join(folder, "installed");
	await runIfChanged({ stamp, inputs: [name, version], name: `${name} ${version}`, why, seconds }, async (run) => {
		const args = ["install", name, "--version", version, "--root", folder, "--force"];
		const env = { ...process.env, CARGO_PROFILE_RELEASE_OPT_LEVEL: "0", CARGO_PROFILE_RELEASE_LTO: "off" };
		// If the lock file of a release names a withdrawn crate, use the newest versions that fit.
		const { status } = await run("cargo", [...args, "--locked"], { env, mayFail: true });
		if (status !== 0) await run("cargo", args, { env });
	});
	return join(folder, "bin");
}

export function lockedBindgen() {
	const locked = /name = "wasm-bindgen"\nversion = "([^"]+)"/.exec(read(inRoot("Cargo.lock")));
	return locked ? locked[1] : fail("Cargo.lock does not name wasm-bindgen.");
}

/** The environment with wasm-pack and the right version of wasm-bindgen on the PATH. */
export async function buildEnvironment() {
	const folders = await Promise.all([
		installCrate("wasm-bindgen-cli", lockedBindgen(), "writes the JavaScript around the wasm", 80),
		installCrate("wasm-pack", WASM_PACK, "compiles the Rust code into files that Node imports", 80)
	]);
	return { ...process.env, PATH: [...folders, process.env.PATH].join(delimiter) };
}
