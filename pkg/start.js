// Starts the wasm: joins a compiled module to its JavaScript glue, and gives what the package exports. Which of the
// ways a runtime has to get at the compiled module is left to the entries, `default.js`, `edge.js` and `init.js`.
// Each of them is published as one file, with a copy of this module.
//
// All users of an entry share the instance. Its results, errors too, are values that it returns; an exception that
// leaves it in another way, of a full stack or a trap, leaves it in an unknown state. Then it is not used again:
// what is still in it is unwound, and the next call has a new one. Nothing is lost by that, since nothing is kept
// in wasm between two calls.

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
// `imports` is an object, since bundlers make a getter for each member of a module that is used as one, which takes
// a millisecond of the start. The build shortens the names of wasm-bindgen, which have `__` in them, everywhere.
import { imports, names, promises } from "../target/wasm-pack/names.js";

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
/** How many calls are in the instance. */
let depth = 0;
/** What has left it in the other way. */
let broken;
/** What the glue uses as the instance: its memory and its table, and a function around each of its functions. */
const instance = {};
/** Gives such a function the one of a new instance. */
const replace = {};

export function start(module) {
	compiled = module;
	instantiate();
	return exported;
}

/** Gives what `start` gives, for as long as nothing is started: calls fail with the error that `makeError` makes. */
export function refuse(makeError) {
	const call = (name) => () => {
		if (promises.includes(name)) return Promise.reject(makeError());
		throw makeError();
	};
	__wbg_set_wasm(new Proxy({}, { get: (_, name) => call(name) }));
	return exported;
}

function instantiate() {
	const { exports } = new WebAssembly.Instance(compiled, { a: imports });
	if (!exports.__wbindgen_start) throw new TypeError("lucia-atlassian: this is not the package's wasm");
	// Detaches the buffer, by which the glue notices that its views of the old memory are of no use any more.
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

// In both of these `call` is assigned for each instance also because the engine must not know which function it is.
// V8 would inline the call into wasm, and that of Node 20 then ends the process when the stack is full within `try`.

// What the glue calls for itself, in the middle of a call or right after it. What leaves it is caught by some of
// the glue, and is then no result of the app's code.
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

// Five arguments are the most that any call has. An array of them would take time in each call.
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
			// A method gives a promise, whatever happens.
			if (depth === 1 && promises.includes(name)) return Promise.reject(broken.error);
			throw broken.error;
		} finally {
			depth--;
		}
		return guarded(a, b, c, d, e);
	};
	instance[name] = guarded;
}
