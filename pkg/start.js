// Starts the wasm: joins a compiled module to its JavaScript glue. Which of the two ways a runtime
// has to get at the compiled module is left to the entries, `default.js` and `edge.js`.

import * as glue from "./dist/lucia_atlassian_bg.js";

export function start(module) {
	const { exports } = new WebAssembly.Instance(module, { "./lucia_atlassian_bg.js": glue });
	glue.__wbg_set_wasm(exports);
	exports.__wbindgen_start();
}
