// Starts the wasm: joins a compiled module to its JavaScript glue, once. Which of the ways a runtime
// has to get at the compiled module is left to the entries, `default.js`, `edge.js` and `init.js`.

import * as glue from "./dist/lucia_atlassian_bg.js";

export let started = false;

export function start(module) {
	// A second instance would be handed what the first one made.
	if (started) return;
	const { exports } = new WebAssembly.Instance(module, { a: glue });
	if (!exports[glue.names.atlassian]) throw new TypeError("lucia-atlassian: this is not the package's wasm");
	glue.__wbg_set_wasm(exports);
	exports[glue.names.start]();
	started = true;
}
