// The size of the package in the bundle of a Worker, compressed by `gzip -9`, and the crates that the wasm consists
// of. The shipped wasm has no names of functions, so the build's optimizer runs once more and keeps them.

import { execFile, execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";

import binaryen from "binaryen";

import { withoutDeadFunctions } from "../../pkg/build/dead-functions.js";
import { wasmOptions } from "../../pkg/build/shrink.js";
import { bundle, root, scratch, workerOptions } from "./runtimes.ts";

const execute = promisify(execFile);
// Not node:zlib, whose output is some 2 % larger.
const gzipped = (input: Uint8Array) => execFileSync("gzip", ["-9", "-n"], { input }).length;

/** The wasm of the package as it is installed in `node_modules`. */
const shippedWasm = () => readFileSync(join(root, "node_modules", "lucia-atlassian", "dist", "lucia_atlassian_bg.wasm"));

/** Bytes after compression of a package that is installed in `node_modules`. */
export async function measureSize(name = "lucia-atlassian"): Promise<{ wasm: number; javascript: number }> {
	const source = `export { atlassian } from "${name}/providers";`;
	const js = readFileSync(await bundle({ source }, `size-${name}.js`, workerOptions));
	const [wasm = ""] = /\b[0-9a-f]{16}\.wasm\b/.exec(js.toString()) ?? [];
	return { wasm: gzipped(readFileSync(join(scratch, wasm))), javascript: gzipped(js) };
}

/** The shipped wasm with the names of its functions: before wasm-opt, which moves them into each other, and after it. */
export async function withNames(): Promise<{ before: Uint8Array; after: Uint8Array }> {
	const { wasm: before } = withoutDeadFunctions(binaryen, readFileSync(join(root, "target", "wasm-pack", "lucia_atlassian_bg.wasm")));
	const wasm = join(scratch, "named.wasm");
	mkdirSync(scratch, { recursive: true });
	writeFileSync(wasm, before);
	const optimizer = join(root, "node_modules", "binaryen", "bin", "wasm-opt");
	await execute(process.execPath, [optimizer, ...wasmOptions, "-g", wasm, "-o", wasm]);
	const after = readFileSync(wasm);
	const [own, named] = [shippedWasm(), after].map((wasm) => Buffer.concat(functionBodies(wasm)).length);
	if (own !== named) throw new Error(`expected ${own} bytes of code as in the shipped wasm, not ${named}: run \`npm run build\``);
	return { before, after };
}

/** The functions of one crate: bytes, and bytes after compression by themselves. */
export type Part = { crate: string; bytes: number; gzip: number };

/** The crates that have functions in the shipped wasm, the largest first. */
export async function wasmParts(): Promise<Part[]> {
	const { after } = await withNames();
	const module = binaryen.readBinary(after);
	const functions = Array.from({ length: module.getNumFunctions() }, (_, index) => binaryen.getFunctionInfo(module.getFunctionByIndex(index)));
	const names = functions.filter(({ module }) => module === "").map(({ name }) => name);
	const bodies = functionBodies(after);
	if (names.length !== bodies.length) throw new Error(`expected ${bodies.length} functions with a name, not ${names.length}`);
	const crates = new Map<string, Uint8Array[]>();
	for (const [index, name] of names.entries()) {
		const crate = crateOf(name);
		crates.set(crate, [...(crates.get(crate) ?? []), bodies[index] ?? new Uint8Array()]);
	}
	return [...crates]
		.map(([crate, bodies]): Part => {
			const bytes = Buffer.concat(bodies);
			// Without gzip's own header.
			return { crate, bytes: bytes.length, gzip: gzipped(bytes) - 20 };
		})
		.sort((a, b) => b.bytes - a.bytes);
}

/** The code of the functions in order: https://webassembly.github.io/spec/core/binary/modules.html. */
function functionBodies(wasm: Uint8Array): Uint8Array[] {
	const CODE = 10;
	let at = 8;
	/** An integer in LEB128. */
	const integer = (): number => {
		const byte = wasm[at++] ?? 0;
		return byte < 0x80 ? byte : byte - 0x80 + 0x80 * integer();
	};
	const skip = () => {
		const length = integer();
		return wasm.subarray(at, (at += length));
	};
	while (integer() !== CODE) skip();
	integer();
	return Array.from({ length: integer() }, skip);
}

const standard = new Set(["core", "alloc", "std", "compiler_builtins", "dlmalloc", "hashbrown", "__rustc"]);

/** The crate of a function. `<T as Trait>::method` is the type's, unless the type is the standard library's. */
function crateOf(name: string): string {
	if (name.includes("lucia_atlassian")) return "lucia_atlassian";
	if (/^__(wb|externref)/.test(name)) return "wasm_bindgen";
	// Paths, each with the hash of its crate or without: `core[0123456789abcdef]::fmt::write`.
	const crates = Array.from(name.matchAll(/(?<![\w:\]])([a-z_][a-z0-9_]*)(?:\[[0-9a-f]+\])?::/g), ([, crate]) => crate ?? "");
	const crate = crates.find((crate) => !standard.has(crate)) ?? crates[0];
	// Functions that JavaScript calls have no path, nor have those of C.
	if (crate === undefined) return ["memcmp", "memcpy", "memmove", "memset", "fmax"].includes(name) ? "standard library" : "lucia_atlassian";
	return standard.has(crate) ? "standard library" : crate;
}
