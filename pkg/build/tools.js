// Installs the tools: the npm packages of the lock file, and programs from crates.io in the user's cache
// folder, where other clones find them. wasm-bindgen's program has the version of the library, since the two
// refuse to work together otherwise.

import { homedir } from "node:os";
import { delimiter, join } from "node:path";

import { fail, must, say } from "./commands.js";
import { inRoot, read } from "./files.js";
import { once } from "./once.js";

export const WASM_PACK = "0.15.1";

const cache = join(
	process.env.XDG_CACHE_HOME || join(homedir(), ".cache"),
	"lucia-atlassian"
);

export function installNpmPackages() {
	once(
		{
			stamp: inRoot("node_modules", ".lucia-atlassian"),
			inputs: [read(inRoot("package-lock.json")), process.version],
			what: "installing npm packages (about a minute; better-sqlite3 may have to be compiled)"
		},
		() => must("npm", ["ci", "--no-audit", "--no-fund"])
	);
}

/** Installs a program from crates.io into the cache, and gives the folder of its executables. */
export function installCrate(name, version, minutes) {
	const folder = join(cache, `${name}-${version}`);
	const stamp = join(folder, "installed");
	const what = `installing ${name} ${version} (about ${minutes} minutes)`;
	once({ stamp, inputs: [name, version], what }, () => {
		const args = ["install", name, "--version", version, "--root", folder, "--force"];
		// The lock file of a release can name a crate that has been withdrawn since.
		if (must("cargo", [...args, "--locked"], {}, true) !== 0) {
			say(`${name}: its own lock file cannot be used, taking the newest crates that fit`);
			must("cargo", args);
		}
	});
	return join(folder, "bin");
}

export function lockedBindgen() {
	const locked = /name = "wasm-bindgen"\nversion = "([^"]+)"/.exec(read(inRoot("Cargo.lock")));
	return locked ? locked[1] : fail("Cargo.lock does not name wasm-bindgen.");
}

/** The environment in which wasm-pack and the wasm-bindgen of the right version are found. */
export function buildEnvironment() {
	const folders = [
		installCrate("wasm-bindgen-cli", lockedBindgen(), 2),
		installCrate("wasm-pack", WASM_PACK, 1)
	];
	return { ...process.env, PATH: [...folders, process.env.PATH].join(delimiter) };
}
