// Starts the wasm: connects a compiled module to its JavaScript bindings, and returns the exports of the package. The
// entries `default.js`, `edge.js` and `init.js` find the compiled module. The build publishes each of them as one
// file, with a copy of this module.
//
// All users of an entry share the instance. It returns its results and its errors as values. After a stack overflow or
// a trap, the instance is in an unknown state: the running calls end with the exception, and the next call gets a new
// instance. This loses nothing, because wasm keeps nothing between two calls.

import {
	OAuthRequestError,
	__wbg_set_wasm,
	atlassian,
	atlassianClient,
	createOAuth2AuthorizationUrl,
	createOAuth2AuthorizationUrlWithPKCE,
	decodeIdToken,
	isReauthorizationRequired,
	providerUserAuth,
	validateOAuth2AuthorizationCode
} from "../target/wasm-pack/lucia_atlassian_bg.js";
// `imports` is an object, not a module: bundlers would create a getter for each member, which slows the start by a
// millisecond. The build shortens all names of wasm-bindgen: those with `__` in them.
import { imports, names, throwing } from "../target/wasm-pack/names.js";

const exported = {
	OAuthRequestError,
	atlassian,
	atlassianClient,
	createOAuth2AuthorizationUrl,
	createOAuth2AuthorizationUrlWithPKCE,
	decodeIdToken,
	isReauthorizationRequired,
	providerUserAuth,
	validateOAuth2AuthorizationCode
};

let compiled;
/** The number of running calls of the instance. */
let depth = 0;
/** The exception of a stack overflow or a trap, in an object. */
let broken;
/** The instance for the bindings: its memory and its table, and a wrapper of each of its functions. */
const instance = {};
/** For each name, a function that sets the wrapped function of a new instance. */
const replace = {};

export function start(module) {
	compiled = module;
	instantiate();
	return exported;
}

/** Returns the exports of the package; until `start`, their calls fail with an error of `makeError`. */
export function placeholders(makeError) {
	const call = (name) => () => {
		if (throwing.includes(name)) throw makeError();
		return Promise.reject(makeError());
	};
	__wbg_set_wasm(new Proxy({}, { get: (_, name) => call(name) }));
	return exported;
}

function instantiate() {
	// `a` is the short name that wasm-opt gave to all modules of imports.
	const { exports } = new WebAssembly.Instance(compiled, { a: imports });
	if (!exports.__wbindgen_start) throw new TypeError("lucia-atlassian: pass the wasm of this version to init(…)");
	// Detaches the buffer: the bindings then replace their views of the old memory.
	instance.memory?.grow(0);
	for (const [short, value] of Object.entries(exports)) {
		const name = names[short] ?? short;
		if (typeof value !== "function") instance[name] = value;
		else if (name in replace) replace[name](value);
		else if (short in names) guard(name, value);
		else watch(name, value);
	}
	__wbg_set_wasm(instance);
	exports.__wbindgen_start();
}

// Both functions assign `call` for each instance, also to hide the function from the engine. V8 would inline the call
// into wasm. In Node 20, a stack overflow within `try` would then end the process.

// For the exports that the bindings call during or after a call of a method. Some bindings catch their exceptions and
// would take them for errors of the app's code.
function watch(name, call) {
	replace[name] = (next) => (call = next);
	instance[name] = (a, b, c, d) => {
		try {
			return call(a, b, c, d);
		} catch (error) {
			broken ??= { error };
			throw error;
		}
	};
}

// For the methods. A call during a broken call throws; a call after it gets a new instance first, and runs in that.
// Every export has at most five arguments, and those of `watch` four: `pkg/build/shrink.js` checks it. An array of
// arguments would slow each call.
function guard(name, call) {
	replace[name] = (next) => (call = next);
	const guarded = (a, b, c, d, e) => {
		const isBroken = broken !== undefined;
		if (isBroken && depth > 0) throw broken.error;
		depth++;
		try {
			if (!isBroken) return call(a, b, c, d, e);
			broken = undefined;
			instantiate();
		} catch (error) {
			broken ??= { error };
			// A method always returns a promise.
			if (depth > 1 || throwing.includes(name)) throw broken.error;
			return Promise.reject(broken.error);
		} finally {
			depth--;
		}
		return guarded(a, b, c, d, e);
	};
	instance[name] = guarded;
}
