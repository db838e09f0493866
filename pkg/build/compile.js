// Compiles the Rust to wasm and its bindings, the JavaScript of wasm-bindgen, by wasm-pack. The files in
// `target/wasm-pack` are the input of `shrink.js` and `bundle.js`.

import { rmSync } from "node:fs";
import { join } from "node:path";

import { buildSettings, remappedPaths } from "./crates.js";
import { inRoot } from "./files.js";

// SHA-256 as a loop, which has an eighth of the unrolled code: the package hashes one code verifier at a time. The
// crate has no feature for it, so only the published build has the loop.
const COMPACT_SHA2 = ["--cfg", 'sha2_backend_soft="compact"'];

// Lower thresholds for inlining and unrolling: most of the code waits for the network, so size matters more than
// speed. The code for a URL stays as fast.
const FEWER_COPIES = ["-C", "llvm-args=--inline-threshold=25 --unroll-threshold=30"];

export const compiled = {
	glue: inRoot("target", "wasm-pack", "lucia_atlassian_bg.js"),
	wasm: inRoot("target", "wasm-pack", "lucia_atlassian_bg.wasm")
};

/** `run` runs a program; `crates` are the linked crates. */
export async function compile(run, env, crates) {
	const folder = join("target", "wasm-pack");
	rmSync(inRoot(folder), { recursive: true, force: true });
	const flags = [...COMPACT_SHA2, ...FEWER_COPIES, ...(await remappedPaths(run, crates))];
	await run(
		"wasm-pack",
		["build", "--target", "bundler", "--out-dir", folder, "--no-typescript", "--no-pack", "--mode", "no-install"],
		{ env: { ...buildSettings, PATH: env.PATH, CARGO_ENCODED_RUSTFLAGS: flags.join("\x1f") } }
	);
}
