// Edits the glue, the JavaScript that wasm-bindgen makes: short names, in step with those of the wasm, and
// nothing that only other packages need.

import { fail } from "./commands.js";

/**
 * The glue, without what it does for other packages: a closure counts its users to free itself after the
 * last, and an import that may throw takes its arguments as an array, which takes time in each call.
 */
export function withoutGenerality(glue) {
	const replace = (pattern, by) => {
		if (!pattern.test(glue)) fail(`the glue is not as wasm-bindgen used to make it: ${pattern}`);
		glue = glue.replace(pattern, by);
	};
	replace(/^const CLOSURE_DTORS = [^;]*;\n\n/m, "");
	replace(/^function makeClosure\(.*?^}$/ms, "const makeClosure = (a, b, call) => (c = undefined, d, e, f) => call(a, b, c, d, e, f);");
	replace(
		/^export function (\w+)\(\) { return handleError\(function \((.*?)\) {\n(.*?)\n}, arguments\); }$/gms,
		"export function $1($2) {\n    try {\n$3\n    } catch (e) {\n        handleError(e);\n    }\n}"
	);
	replace(
		/^function handleError\(f, args\) {\n    try {\n        return f\.apply\(this, args\);\n    } catch \(e\) {\n(.*?)    }\n}$/ms,
		"function handleError(e) {\n$1}"
	);
	return glue;
}

/**
 * The glue, under the names that the wasm has for it and for its own functions. Those of wasm-bindgen
 * are long and end in hashes, which do not compress, and they stand in both files.
 *
 * `names` is for start.js: what begins the instance, which functions are calls of the package, and which of
 * those give a promise. `imports` is an object, since bundlers make a getter for each member of a module that is
 * used as one, which takes a millisecond of the start. A new instance has a memory of its own, so that views of
 * the old one are dropped.
 */
export function withShortNames(glue, { imports, exports }) {
	const shortName = new Map(exports);
	const isPromise = (name) => {
		const body = new RegExp(`function (\\w+)\\([^)]*\\) {\\n    const ret = wasm\\.${name}\\([^)]*\\);\\n    return ret;`).exec(glue);
		return body && !["atlassian", "atlassianClient"].includes(body[1]);
	};
	const calls = exports.filter(([name]) => new RegExp(`wasm\\.${name}\\(`).test(glue) && !name.startsWith("__"));
	const names = {
		start: shortName.get("__wbindgen_start"),
		calls: calls.map(([, short]) => short),
		promises: calls.filter(([name]) => isPromise(name)).map(([, short]) => short)
	};
	const caches = [...glue.matchAll(/^let (cached\w+Memory0) = null;$/gm)].map(([, name]) => `${name} = null;`);
	const setWasm = "    wasm = val;\n";
	if (!caches.length || !glue.includes(setWasm)) fail("the glue is not as wasm-bindgen used to make it.");
	glue = glue.replace(setWasm, `${setWasm}    ${caches.join(" ")}\n`);
	for (const [, name] of imports) glue = glue.replace(`export function ${name}(`, `function ${name}(`);
	glue = glue.replace(/\bwasm\.(\w+)/g, (_, name) => `wasm.${shortName.get(name)}`);
	const functions = imports.map(([, name, short]) => `\t${short}: ${name}`);
	return `${glue}\nexport const names = ${JSON.stringify(names)};\n\nexport const imports = {\n${functions.join(",\n")}\n};\n`;
}
