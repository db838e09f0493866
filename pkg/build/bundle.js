// Bundles each entry with its imports into one file. esbuild gives wasm and bindings the same short names.

import { writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

import { compiled } from "./compile.js";
import { root } from "./files.js";

// Only wasm-bindgen's own names contain it. The other names stay, because the package's JavaScript has properties with
// the same names; start.js looks them up in `names`.
const isReserved = (name) => name.includes("__");

// All other exports that return one value return a promise. After a trap, start.js throws from these and rejects for the
// others, so a method that returns no promise must be in this list.
const GIVE_NO_PROMISE = ["apiUrl", "atlassian", "atlassianClient", "providerUserAuth", "tokens"];

/**
 * Writes the module that start.js imports: the names of this wasm. An object with a prototype, and so many members,
 * takes ten times as long to create.
 */
function writeNames({ imports, exports, values }) {
	const known = ([name, short]) => (isReserved(name) ? short : name);
	// JavaScript calls the package's closures like its functions, but wasm-bindgen made their names.
	const calls = exports.filter(([name]) => !name.startsWith("__"));
	const throwing = calls.filter(([name]) => !values.includes(name) || GIVE_NO_PROMISE.includes(name));
	writeFileSync(
		join(dirname(compiled.glue), "names.js"),
		`
${imports.map(([module, name]) => `import { ${name} } from "${module}";`).join("\n")}
export const imports = { __proto__: null, ${imports.map(([, name, short]) => `${short}: ${name}`).join(", ")} };
export const names = ${JSON.stringify(Object.fromEntries(calls.map((call) => [call[1], known(call)])))};
export const throwing = ${JSON.stringify(throwing.map(known))};
`
	);
}

/** `names` is the result of `shrink`. */
export async function bundle(esbuild, names) {
	writeNames(names);
	const reserved = names.exports.filter(([name]) => isReserved(name));
	await esbuild.build({
		absWorkingDir: root,
		entryPoints: ["pkg/check.js", "pkg/default.js", "pkg/edge.js", "pkg/init.js"],
		outdir: "pkg/dist",
		bundle: true,
		// The program imports the package as an app does.
		external: ["*.wasm?module", "lucia-atlassian", "node:*"],
		format: "esm",
		// ASCII alone, which is esbuild's default: V8 stores a source with any other character in twice the memory.
		target: "es2022",
		loader: { ".wasm": "base64" },
		logLevel: "warning",
		mangleProps: new RegExp(`^(${reserved.map(([name]) => name).join("|")})$`),
		mangleCache: Object.fromEntries(reserved)
	});
}
