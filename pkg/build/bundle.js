// Makes one file of each entry and of all that it imports. esbuild gives wasm and glue the same short names.

import { writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

import { compiled } from "./compile.js";
import { root } from "./files.js";

// wasm-bindgen's own names alone have it. All others are left as they are, since the package's JavaScript has
// properties of the same names; start.js looks them up by `names`.
const isReserved = (name) => name.includes("__");

// All other exports of one value give a promise.
const GIVE_NO_PROMISE = ["apiUrl", "atlassian", "atlassianClient", "tokens"];

/** Writes the module that start.js imports: what belongs to this wasm. */
function writeNames({ imports, exports, values }) {
	const known = ([name, short]) => (isReserved(name) ? short : name);
	// A closure of the package's is called like one of its functions, but has a name that wasm-bindgen made.
	const calls = exports.filter(([name]) => !name.startsWith("__"));
	const promises = calls.filter(([name]) => values.includes(name) && !GIVE_NO_PROMISE.includes(name));
	writeFileSync(
		join(dirname(compiled.glue), "names.js"),
		`
${imports.map(([module, name]) => `import { ${name} } from "${module}";`).join("\n")}
export const imports = { ${imports.map(([, name, short]) => `${short}: ${name}`).join(", ")} };
export const names = ${JSON.stringify(Object.fromEntries(calls.map((call) => [call[1], known(call)])))};
export const promises = ${JSON.stringify(promises.map(known))};
`
	);
}

/** `names` are what `shrink` gives. */
export async function bundle(esbuild, names) {
	writeNames(names);
	const reserved = names.exports.filter(([name]) => isReserved(name));
	await esbuild.build({
		absWorkingDir: root,
		entryPoints: ["pkg/check.js", "pkg/default.js", "pkg/edge.js", "pkg/init.js"],
		outdir: "pkg/dist",
		bundle: true,
		// The program uses the package as an app does.
		external: ["*.wasm?module", "lucia-atlassian", "node:*"],
		format: "esm",
		target: "es2022",
		charset: "utf8",
		loader: { ".wasm": "base64" },
		logLevel: "warning",
		mangleProps: new RegExp(`^(${reserved.map(([name]) => name).join("|")})$`),
		mangleCache: Object.fromEntries(reserved)
	});
}
