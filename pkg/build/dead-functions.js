// Takes out of the wasm what nothing calls. The linker puts the address of every function that could be called
// indirectly into a table, and no optimizer may drop what stands there.

// What formats the message of a panic, and what unwinds to say it: nobody would see it. In a release a
// panic is a trap, and nothing of the package is formatted by `core::fmt`.
const PANICS = /panicking::panic_fmt$|panicking::panic_handler|PanicPayload>::|^<?core\[\w+\]::fmt::| as core\[\w+\]::fmt::/;
// What JavaScript would call for types of closures that no function of the package has, and tasks that
// nobody spawns.
const UNUSED = /convert::closures::_::invoke|^js_sys::futures::/;

/**
 * Makes traps of the functions that are in the wasm because the linker put their addresses into a table,
 * and that nothing calls. An optimizer cannot know that. Those that JavaScript calls are exported, or
 * called by an export of their own name. `binaryen` is the module of that name.
 */
export function withoutDeadFunctions(binaryen, wasm) {
	binaryen.setDebugInfo(true);
	const module = binaryen.readBinary(wasm);
	const exported = Array.from({ length: module.getNumExports() }, (_, index) =>
		binaryen.getExportInfo(module.getExportByIndex(index)).value
	);
	const functions = Array.from({ length: module.getNumFunctions() }, (_, index) =>
		binaryen.getFunctionInfo(module.getFunctionByIndex(index))
	);
	for (const { name, params, results, module: from } of functions) {
		if (from || exported.some((other) => other.startsWith(name))) continue;
		if (!PANICS.test(name) && !UNUSED.test(name)) continue;
		module.removeFunction(name);
		module.addFunction(name, params, results, [], module.unreachable());
	}
	return module.emitBinary();
}
