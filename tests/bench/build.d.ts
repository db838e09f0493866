// The one function of the package's build script that the benchmark uses.

declare module "*/pkg/build.js" {
	/** The environment in which wasm-pack and the wasm-bindgen of the right version are found. */
	export function buildEnvironment(): NodeJS.ProcessEnv;
}
