// What the benchmark uses of the package's build script.

declare module "*/pkg/build.js" {
	/** The environment in which wasm-pack and the wasm-bindgen of the right version are found. */
	export function buildEnvironment(): NodeJS.ProcessEnv;

	/** How wasm-opt makes the wasm small. */
	export const wasmOptions: string[];

	/** The wasm without what only the table of functions keeps in it. */
	export function withoutDeadFunctions(binaryen: typeof import("binaryen").default, wasm: Uint8Array): Uint8Array;
}
