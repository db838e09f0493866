// Starts the wasm: joins a compiled module to its JavaScript glue. Which of the ways a runtime has to get
// at the compiled module is left to the entries, `default.js`, `edge.js` and `init.js`.
//
// All users of an isolate share the instance. What it answers with, errors too, it hands over as results;
// an exception that leaves it in another way, of a full stack or a trap, leaves it in an unknown state.
// Then it is not used again: what is still in it is unwound, and the next call has a new one. Nothing is
// lost by that, since nothing is kept in wasm between two calls.

import { __wbg_set_wasm, imports, names } from "./dist/lucia_atlassian_bg.js";

export let started = false;

let compiled;
let instance;
/** How many calls are in the instance. */
let depth = 0;
/** What has left it in the other way. */
let broken;

export function start(module) {
	// A second instance would be handed what the first one made.
	if (started) return;
	compiled = module;
	instantiate();
	started = true;
}

function instantiate() {
	const { exports } = new WebAssembly.Instance(compiled, { a: imports });
	if (!exports[names.start]) throw new TypeError("lucia-atlassian: this is not the package's wasm");
	instance = {};
	for (const [name, value] of Object.entries(exports)) {
		const wrap = names.calls.includes(name) ? guard : watch;
		instance[name] = typeof value === "function" ? wrap(name, value) : value;
	}
	__wbg_set_wasm(instance);
	exports[names.start]();
}

// What the glue calls for itself, in the middle of a call or right after it. What leaves it is caught by some of
// the glue, and is then no result of the app's code.
const watch = (name, call) => (a, b, c, d) => {
	try {
		return call(a, b, c, d);
	} catch (error) {
		broken ??= { error };
		throw error;
	}
};

// Six arguments are the most that any call has: those of a method, and whose method it is. An array of them
// would take time in each call.
const guard = (name, call) => (a, b, c, d, e, f) => {
	const isBroken = broken !== undefined;
	if (isBroken && depth > 0) throw broken.error;
	depth++;
	try {
		if (!isBroken) return call(a, b, c, d, e, f);
		broken = undefined;
		instantiate();
	} catch (error) {
		broken ??= { error };
		// A method gives a promise, whatever happens.
		if (depth === 1 && names.promises.includes(name)) return Promise.reject(broken.error);
		throw broken.error;
	} finally {
		depth--;
	}
	return instance[name](a, b, c, d, e, f);
};
