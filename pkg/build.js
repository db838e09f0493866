// Makes the npm package, and everything that is needed for that, from a fresh clone: the npm packages, the tools
// that compile, the wasm, the tarball. A commit gives the same bytes wherever it is built. Nothing is done again
// whose inputs are the same. `--no-sqlite` leaves out the compilation of SQLite for Node, which takes a minute.

import { StepError } from "./build/commands.js";
import { packAndInstall } from "./build/pack.js";
import { buildEnvironment, installNpmPackages, installSqlite } from "./build/tools.js";
import { buildWasm } from "./build/wasm.js";

async function buildPackage(npmPackages) {
	const [env] = await Promise.all([buildEnvironment(), npmPackages]);
	// They are not there before.
	const { default: binaryen } = await import("binaryen");
	await buildWasm(env, binaryen, await import("esbuild"));
	await packAndInstall();
}

try {
	const npmPackages = installNpmPackages();
	const sqlite = process.argv.includes("--no-sqlite") ? undefined : npmPackages.then(installSqlite);
	await Promise.all([buildPackage(npmPackages), sqlite]);
} catch (error) {
	if (!(error instanceof StepError)) throw error;
	// Ends the other steps, too.
	process.exit(1);
}
