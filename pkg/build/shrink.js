// Makes the wasm small: functions that nothing calls go, wasm-opt shortens the rest and renames what wasm and glue
// call each other by. wasm-bindgen's names are long and end in hashes, which do not compress.

import { readFileSync, writeFileSync } from "node:fs";

import { withoutDeadFunctions } from "./dead-functions.js";
import { inRoot } from "./files.js";

/**
 * How wasm-opt makes the wasm small. A function that has one caller is left where it is unless it is
 * short: moving it there takes a few bytes off the wasm and adds some to what gzip makes of it. The first KB of the
 * memory is the end of the stack, where no address is computed.
 */
const once = ["-Oz", "--low-memory-unused", "--one-caller-inline-max-function-size=20", "--strip-producers"];
export const wasmOptions = [...once, "--converge"];

/**
 * Writes the small wasm of `from` to `to`. Gives the imports as module, long name and short name, the exports as
 * long name and short name, and the names of the exports that give nothing but a value of JavaScript's.
 */
export async function shrink(run, binaryen, from, to) {
	const wasm = readFileSync(from);
	writeFileSync(to, withoutDeadFunctions(binaryen, wasm).wasm);
	const values = exportsOfOneValue(binaryen, readFileSync(to));
	const optimize = (...options) =>
		run(process.execPath, [inRoot("node_modules", "binaryen", "bin", "wasm-opt"), ...options, to, "-o", to]);
	await optimize(...wasmOptions, "--strip-debug");
	// Prints what it has made of the names. In a run of its own, since the first one does all that it does more than once.
	const { output } = await optimize(...once, "--minify-imports-and-exports-and-modules");
	const { imports, exports } = JSON.parse(output);
	return { imports, exports, values };
}

function exportsOfOneValue(binaryen, wasm) {
	const module = binaryen.readBinary(wasm);
	const exported = Array.from({ length: module.getNumExports() }, (_, index) =>
		binaryen.getExportInfo(module.getExportByIndex(index))
	);
	return exported
		.filter(({ kind }) => kind === binaryen.ExternalFunction)
		.filter(({ value }) => binaryen.getFunctionInfo(module.getFunction(value)).results === binaryen.externref)
		.map(({ name }) => name);
}
