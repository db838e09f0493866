// Makes the npm package, and everything that is needed for that, from a fresh clone: the npm packages, the tools
// that compile, the wasm, the tarball. A commit gives the same bytes wherever it is built. Nothing is done again
// whose inputs are the same.

import { packAndInstall } from "./build/pack.js";
import { buildEnvironment, installNpmPackages } from "./build/tools.js";
import { buildWasm } from "./build/wasm.js";

installNpmPackages();
// They are not there before.
const { default: binaryen } = await import("binaryen");
buildWasm(buildEnvironment(), binaryen, await import("esbuild"));
packAndInstall();
