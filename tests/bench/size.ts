// What a Worker that imports the package uploads for it, compressed as `gzip -9` does, and what that
// consists of. The functions of the wasm are told apart by the names that the linker wrote: the wasm is
// made once more from the same build, with the names kept, and what is shipped has to be as long.

import { execFile, execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";

import binaryen from "binaryen";
import { build } from "esbuild";

import { withoutDeadFunctions } from "../../pkg/build/dead-functions.js";
import { wasmOptions } from "../../pkg/build/shrink.js";
import { buildEnvironment } from "../../pkg/build/tools.js";
import { root, scratch, workerOptions } from "./runtimes.ts";

const execute = promisify(execFile);
// Not node:zlib, which is made for speed and compresses some 2 % less.
const gzipped = (input: Uint8Array) => execFileSync("gzip", ["-9", "-n"], { input }).length;

/** A part of the package. */
export interface Part {
	file: "wasm" | "js";
	/** The module of the package, the crate, the section of the wasm or the file. */
	name: string;
	/** Before compression. Together those of the wasm are as many as the file has. */
	bytes: number;
	/** Its share of the compressed file: of the wasm by how well it compresses by itself, of the JavaScript by length. */
	gzip: number;
	/** Its functions of 100 bytes or more, the largest first. */
	functions: [name: string, bytes: number][];
}

/** The sizes in bytes after compression, and the parts, the largest first. */
export interface Size {
	wasm: number;
	js: number;
	total: number;
	parts: Part[];
}

interface Piece {
	group: string;
	name: string;
	bytes: Uint8Array;
}

/** The wasm of the package as it is installed in `node_modules`. */
export const shippedWasm = (): Uint8Array =>
	readFileSync(join(root, "node_modules", "lucia-atlassian", "dist", "lucia_atlassian_bg.wasm"));

/** Measures the package as it is installed in `node_modules`. */
export async function measureSize(): Promise<Size> {
	const shipped = shippedWasm();
	mkdirSync(scratch, { recursive: true });
	const { outputFiles, metafile } = await build({
		...workerOptions,
		stdin: {
			contents: `export { atlassian } from "lucia-atlassian/providers";`,
			resolveDir: join(root, "tests", "bench")
		},
		bundle: true,
		format: "esm",
		target: "es2022",
		write: false,
		metafile: true
	});
	const js = outputFiles?.[0]?.contents ?? new Uint8Array();
	const [output] = Object.values(metafile?.outputs ?? {});
	const files = Object.entries(output?.inputs ?? {}).map(([path, { bytesInOutput }]) => ({
		name: path.replace(/^.*lucia-atlassian\//, ""),
		bytes: bytesInOutput
	}));

	const size = { wasm: gzipped(shipped), js: gzipped(js) };
	const jsBytes = files.reduce((sum, { bytes }) => sum + bytes, 0);
	const jsParts = files
		.filter(({ bytes }) => bytes > 0)
		.map(({ name, bytes }): Part => {
			return { file: "js", name, bytes, gzip: (size.js * bytes) / jsBytes, functions: [] };
		});
	const { after } = await withNames(shipped);
	const parts = [...wasmParts(pieces(after, sections(shipped)), size.wasm), ...jsParts];
	return {
		...size,
		total: size.wasm + size.js,
		parts: parts.sort((a, b) => b.gzip - a.gzip)
	};
}

/** The wasm that is shipped, with the names of its functions: before wasm-opt, which moves them into each other, and after it. */
export async function withNames(shipped: Uint8Array): Promise<{ before: Uint8Array; after: Section[] }> {
	const folder = join(scratch, "named");
	const linked = join(root, "target", "wasm32-unknown-unknown", "release", "lucia_atlassian.wasm");
	await execute("wasm-bindgen", [linked, "--target", "bundler", "--out-dir", folder, "--no-typescript"], {
		env: await buildEnvironment()
	});
	const wasm = join(folder, "lucia_atlassian_bg.wasm");
	const before = withoutDeadFunctions(binaryen, readFileSync(wasm));
	writeFileSync(wasm, before);
	await execute(process.execPath, [
		join(root, "node_modules", "binaryen", "bin", "wasm-opt"),
		...[...wasmOptions, "-g", wasm, "-o", wasm]
	]);
	const after = sections(readFileSync(wasm));
	const code = (of: Section[]) => of.find(({ id }) => id === CODE)?.content.length;
	const own = code(sections(shipped));
	if (own !== code(after)) {
		throw new Error(
			`the code of the shipped wasm is ${own} bytes long, and of the named one ${code(after)}: run \`npm run build\``
		);
	}
	return { before, after };
}

const CUSTOM = 0;
const IMPORT = 2;
const CODE = 10;
const sectionNames: Record<number, string> = {
	1: "types of functions",
	2: "imports",
	3: "signatures",
	4: "tables",
	5: "memory",
	6: "globals",
	7: "exports",
	9: "table of function pointers",
	11: "data: strings and constants",
	12: "number of data segments"
};

interface Section {
	id: number;
	content: Uint8Array;
}

/** What the format has around a section or a function: its length. */
const lengthOf = (number: number): number => (number < 0x80 ? 1 : 1 + lengthOf(Math.floor(number / 0x80)));

/** Reads the binary format: https://webassembly.github.io/spec/core/binary/. */
class Reader {
	readonly bytes: Uint8Array;
	at = 0;

	constructor(bytes: Uint8Array) {
		this.bytes = bytes;
	}

	get done(): boolean {
		return this.at >= this.bytes.length;
	}

	byte(): number {
		return this.bytes[this.at++] ?? 0;
	}

	number(): number {
		let value = 0;
		for (let shift = 0; ; shift += 7) {
			const byte = this.byte();
			value += (byte & 0x7f) * 2 ** shift;
			if (byte < 0x80) return value;
		}
	}

	take(length: number): Uint8Array {
		this.at += length;
		return this.bytes.subarray(this.at - length, this.at);
	}

	name(): string {
		return new TextDecoder().decode(this.take(this.number()));
	}
}

function sections(wasm: Uint8Array): Section[] {
	const reader = new Reader(wasm);
	reader.take(8);
	const found: Section[] = [];
	while (!reader.done) found.push({ id: reader.byte(), content: reader.take(reader.number()) });
	return found;
}

function pieces(withNames: Section[], shipped: Section[]): Piece[] {
	const names = functionNames(withNames);
	const found: Piece[] = [];
	// The magic number and the version.
	let framing = 8;
	for (const { id, content } of shipped) {
		framing += 1 + lengthOf(content.length);
		if (id === CODE) continue;
		const group = sectionNames[id] ?? (id === CUSTOM ? "custom sections" : `section ${id}`);
		found.push({ group, name: group, bytes: content });
	}
	const code = new Reader(withNames.find(({ id }) => id === CODE)?.content ?? new Uint8Array());
	let index = importedFunctions(withNames);
	let left = code.number();
	framing += lengthOf(left);
	for (; left > 0; left--, index++) {
		const length = code.number();
		framing += lengthOf(length);
		const name = names.get(index) ?? "";
		found.push({ group: groupOf(name), name, bytes: code.take(length) });
	}
	found.push({ group: "lengths of sections and functions", name: "", bytes: new Uint8Array(framing) });
	return found;
}

function functionNames(of: Section[]): Map<number, string> {
	const names = new Map<number, string>();
	for (const { id, content } of of) {
		const reader = new Reader(content);
		if (id !== CUSTOM || reader.name() !== "name") continue;
		while (!reader.done) {
			const kind = reader.byte();
			const part = new Reader(reader.take(reader.number()));
			if (kind !== 1) continue;
			for (let left = part.number(); left > 0; left--) {
				// Without the hashes, which every build makes anew.
				names.set(part.number(), part.name().replaceAll(/\[[0-9a-f]{16}\]|::h[0-9a-f]{16}/g, ""));
			}
		}
	}
	return names;
}

function importedFunctions(of: Section[]): number {
	const reader = new Reader(of.find(({ id }) => id === IMPORT)?.content ?? new Uint8Array([0]));
	let functions = 0;
	const limits = () => {
		if (reader.byte() & 1) reader.number();
		reader.number();
	};
	for (let left = reader.number(); left > 0; left--) {
		reader.name();
		reader.name();
		const kind = reader.byte();
		if (kind === 0) {
			functions++;
			reader.number();
		} else if (kind === 1) {
			reader.byte();
			limits();
		} else if (kind === 2) limits();
		else reader.take(2);
	}
	return functions;
}

const standard = new Set(["core", "alloc", "std", "compiler_builtins", "dlmalloc", "hashbrown"]);

const functionsForJavaScript = "lucia_atlassian: functions called from JavaScript";

/** The name of the part whose functions have none. */
export const nameless = "no name";

/**
 * The module of the package or the crate that a function is from; `<T as Trait>::method` is the type's, unless
 * that is no crate's.
 */
function groupOf(name: string): string {
	const [module] = /lucia_atlassian::(js::)?[a-z_]+(?=::)/.exec(name) ?? [];
	if (module !== undefined && !/ shim$/.test(name)) return module;
	// What the linker inlined into the functions that JavaScript calls is told apart no further.
	if (/ shim$/.test(name)) return functionsForJavaScript;
	if (name.startsWith("core::ops::function::")) return "lucia_atlassian: closures";
	const paths = [...name.replaceAll("$", "").matchAll(/(?<![\w:])([a-z_][a-z0-9_]*)::/g)]
		.map(([, crate]) => crate as string);
	const crate = paths.find((path) => !standard.has(path)) ?? paths[0];
	if (crate === undefined) {
		if (/^__(wb|externref)/.test(name)) return "wasm_bindgen: what the glue needs";
		if (["memcmp", "fmax"].includes(name)) return "compiler_builtins (standard library)";
		return name === "" ? nameless : functionsForJavaScript;
	}
	return standard.has(crate) ? `${crate} (standard library)` : crate;
}

function wasmParts(all: Piece[], gzip: number): Part[] {
	const groups = new Map<string, Piece[]>();
	for (const piece of all) groups.set(piece.group, [...(groups.get(piece.group) ?? []), piece]);
	const parts = [...groups].map(([name, members]): Part => {
		const functions = members
			.map(({ name, bytes }): [string, number] => [name, bytes.length])
			.sort(([, a], [, b]) => b - a);
		return {
			file: "wasm",
			name,
			bytes: functions.reduce((sum, [, bytes]) => sum + bytes, 0),
			// A header of its own is not what a part costs.
			gzip: Math.max(1, gzipped(Buffer.concat(members.map(({ bytes }) => bytes))) - 20),
			functions: functions.length > 1 ? functions.filter(([, bytes]) => bytes >= 100) : []
		};
	});
	const sum = parts.reduce((total, part) => total + part.gzip, 0);
	for (const part of parts) part.gzip *= gzip / sum;
	return parts;
}

/** The size as a table. */
export function sizeTable({ wasm, js, total, parts }: Size): string {
	const kilobytes = (bytes: number) => (bytes / 1000).toFixed(2).padStart(6);
	const lines = [
		`${kilobytes(total)} KB  all that a Worker bundles: gzip -9 of the wasm (${kilobytes(wasm).trim()}) and of the minified JavaScript (${kilobytes(js).trim()})`
	];
	for (const { file, name, bytes, gzip, functions } of parts) {
		lines.push(`${kilobytes(gzip)} KB  ${file.padEnd(4)} ${name} (${bytes} bytes before)`);
		for (const [name, bytes] of functions) {
			lines.push(`${" ".repeat(16)}${String(bytes).padStart(6)} bytes  ${name.slice(0, 110)}`);
		}
	}
	return lines.join("\n");
}
