// Removes functions from the wasm that nothing calls. The linker puts every function that could be called indirectly
// into a table, and no optimizer may drop an entry of it. This finds the functions by their names, which the standard
// library and wasm-bindgen choose. The build fails when it finds none of a kind.

import { fail } from "./commands.js";

const kinds = {
	// Nobody would see the message: in a release, a panic is a trap. The package formats nothing by `core::fmt`.
	"formatting and reporting of panics": /panicking::panic_fmt$|panicking::panic_handler|PanicPayload>::|^<?core\[\w+\]::fmt::| as core\[\w+\]::fmt::/,
	"callers of closures of types that the package does not use": /convert::closures::_::invoke/,
	"tasks, which the package never spawns": /^js_sys::futures::/
};

/** Returns the dead functions of a module by their kinds. `binaryen` is the npm module of that name. */
function deadFunctions(binaryen, module) {
	const exported = Array.from({ length: module.getNumExports() }, (_, index) =>
		binaryen.getExportInfo(module.getExportByIndex(index)).value
	);
	// JavaScript calls the exported functions. An export can be a wrapper, whose name begins with that of its function.
	const functions = Array.from({ length: module.getNumFunctions() }, (_, index) =>
		binaryen.getFunctionInfo(module.getFunctionByIndex(index))
	).filter(({ name, module: from }) => !from && !exported.some((other) => other.startsWith(name)));
	return Object.entries(kinds).map(([kind, pattern]) => {
		const dead = functions.filter(({ name }) => pattern.test(name));
		if (dead.length === 0) fail(`update the patterns in pkg/build/dead-functions.js: no function of the wasm is of this kind: ${kind}.`);
		return [kind, dead];
	});
}

/** Replaces the dead functions by traps. Returns the wasm, and the names of the functions by kind. */
export function withoutDeadFunctions(binaryen, wasm) {
	binaryen.setDebugInfo(true);
	const module = binaryen.readBinary(wasm);
	const removed = {};
	for (const [kind, dead] of deadFunctions(binaryen, module)) {
		removed[kind] = dead.map(({ name }) => name);
		for (const { name, params, results } of dead) {
			module.removeFunction(name);
			module.addFunction(name, params, results, [], module.unreachable());
		}
	}
	return { wasm: module.emitBinary(), removed };
}
