// What tests use of the package's build.

declare module "*/pkg/build/commands.js" {
	/** An error whose message is enough: nobody needs its stack. */
	export class StepError extends Error {}

	/** A step: what it makes, what for, and how many seconds it usually takes. */
	interface Description {
		name: string;
		why: string;
		seconds: number;
	}

	type Run = (program: string, args: string[], options: { cwd: string; env: NodeJS.ProcessEnv }) => Promise<{ output: string }>;

	/** Runs `work` as one step of the screen. `log` writes to the step's log. */
	export function step<T>(description: Description, work: (run: Run, log: (output: string) => void) => Promise<T>): Promise<T>;
}

declare module "*/pkg/build/files.js" {
	/** A path below the folder of the repository. */
	export function inRoot(...path: string[]): string;
}

declare module "*/pkg/build/tools.js" {
	/** The environment in which wasm-pack and the wasm-bindgen of the right version are found. */
	export function buildEnvironment(): Promise<NodeJS.ProcessEnv>;

	/** Compiles a program from crates.io into the cache, and gives the folder of its executables. */
	export function installCrate(name: string, version: string, why: string, seconds: number): Promise<string>;
}

declare module "*/pkg/build/shrink.js" {
	/** How wasm-opt makes the wasm small. */
	export const wasmOptions: string[];
}

declare module "*/pkg/build/dead-functions.js" {
	/** Makes traps of the functions that only the table of functions keeps in the wasm, and gives their names by kinds. */
	export function withoutDeadFunctions(
		binaryen: typeof import("binaryen").default,
		wasm: Uint8Array
	): { wasm: Uint8Array; removed: Record<string, string[]> };
}
