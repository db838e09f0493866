// Takes functions out of the wasm that nothing calls. The linker puts the address of every function that could be
// called indirectly into a table, and no optimizer may drop what stands there. The functions are found by their
// names, which the standard library and wasm-bindgen choose: a kind that is not found any more fails the build.

import { fail } from "./commands.js";

const kinds = {
	// Nobody would see the message: in a release a panic is a trap, and nothing of the package is formatted by `core::fmt`.
	"what formats and reports a panic": /panicking::panic_fmt$|panicking::panic_handler|PanicPayload>::|^<?core\[\w+\]::fmt::| as core\[\w+\]::fmt::/,
	"callers of closures of a type that the package does not have": /convert::closures::_::invoke/,
	"tasks, of which the package spawns none": /^js_sys::futures::/
};

/** Gives the dead functions of a module by their kinds. `binaryen` is the module of that name. */
function deadFunctions(binaryen, module) {
	const exported = Array.from({ length: module.getNumExports() }, (_, index) =>
		binaryen.getExportInfo(module.getExportByIndex(index)).value
	);
	// A function that JavaScript calls is exported, or called by an export of its own name.
	const functions = Array.from({ length: module.getNumFunctions() }, (_, index) =>
		binaryen.getFunctionInfo(module.getFunctionByIndex(index))
	).filter(({ name, module: from }) => !from && !exported.some((other) => other.startsWith(name)));
	return Object.entries(kinds).map(([kind, pattern]) => {
		const dead = functions.filter(({ name }) => pattern.test(name));
		if (dead.length === 0) fail(`the wasm has none of this kind: ${kind}. Look at how the toolchain names them, in build/dead-functions.js.`);
		return [kind, dead];
	});
}

/** Makes traps of the dead functions. Gives the wasm, and by kinds the names of the functions. */
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
