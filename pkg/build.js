// Builds the npm package from a fresh clone: installs the npm packages and the compilers, and creates the wasm and the
// tarball. Every machine builds the same bytes from a commit. The build skips steps whose inputs are unchanged.
// `--no-sqlite` leaves out the compilation of SQLite for Node, which takes a minute.

import { StepError } from "./build/commands.js";
import { packAndInstall } from "./build/pack.js";
import { buildEnvironment, installNpmPackages, installSqlite } from "./build/tools.js";
import { buildWasm } from "./build/wasm.js";

async function buildPackage(npmPackages) {
	const [env] = await Promise.all([buildEnvironment(), npmPackages]);
	// Only now are they installed.
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
