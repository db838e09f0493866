// Makes the wasm small: removes functions that nothing calls, and runs wasm-opt, which also shortens the names of
// imports and exports. wasm-bindgen's names are long and end in hashes, which do not compress.

import { readFileSync, writeFileSync } from "node:fs";

import { fail } from "./commands.js";
import { withoutDeadFunctions } from "./dead-functions.js";
import { inRoot } from "./files.js";

/**
 * The options of wasm-opt. The two sizes of inlined functions, in nodes of code, are those with the smallest gzip;
 * larger ones make the wasm smaller, but its gzip larger. The first KB of the memory is the end of the stack, where the code computes no
 * address.
 */
const inlining = ["--always-inline-max-function-size=6", "--one-caller-inline-max-function-size=25"];
const once = ["-Oz", "--low-memory-unused", ...inlining, "--strip-producers"];
export const wasmOptions = [...once, "--converge"];

/**
 * Writes the small wasm of `from` to `to`. Returns the imports as module, long name and short name, the exports as
 * long name and short name, and the names of the exports that return one JavaScript value.
 */
export async function shrink(run, binaryen, from, to) {
	const wasm = readFileSync(from);
	writeFileSync(to, withoutDeadFunctions(binaryen, wasm).wasm);
	const functions = exportedFunctions(binaryen, readFileSync(to));
	functions.forEach(checkArity);
	const values = functions.filter(({ results }) => results === binaryen.externref).map(({ name }) => name);
	const optimize = (...options) =>
		run(process.execPath, [inRoot("node_modules", "binaryen", "bin", "wasm-opt"), ...options, to, "-o", to]);
	await optimize(...wasmOptions, "--strip-debug");
	// Prints the new names. This needs a second run, because the first run repeats all its passes.
	const { output } = await optimize(...once, "--minify-imports-and-exports-and-modules");
	const { imports, exports } = JSON.parse(output);
	return { imports, exports, values };
}

function exportedFunctions(binaryen, wasm) {
	const module = binaryen.readBinary(wasm);
	const exported = Array.from({ length: module.getNumExports() }, (_, index) =>
		binaryen.getExportInfo(module.getExportByIndex(index))
	);
	return exported
		.filter(({ kind }) => kind === binaryen.ExternalFunction)
		.map(({ name, value }) => ({ name, ...typeOf(binaryen, module.getFunction(value)) }));
}

function typeOf(binaryen, func) {
	const { params, results } = binaryen.getFunctionInfo(func);
	return { arity: binaryen.expandType(params).length, results };
}

/** Fails for an export with more arguments than the wrappers in start.js pass on: `guard` five, and `watch` four. */
function checkArity({ name, arity }) {
	const most = name.startsWith("__") ? 4 : 5;
	if (arity > most) fail(`the export ${name} has ${arity} arguments: its wrapper in pkg/start.js passes on ${most}.`);
}
