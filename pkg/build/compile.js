// Compiles the Rust to wasm and its glue, the JavaScript that wasm-bindgen makes, by wasm-pack. The files are in
// `target/wasm-pack`; the package has none of them as it is.

import { rmSync } from "node:fs";
import { join } from "node:path";

import { buildSettings, remappedPaths } from "./crates.js";
import { inRoot } from "./files.js";

// SHA-256 as a loop and not unrolled, an eighth of the code: one code verifier is hashed at a time.
// The crate has no feature for it; only what is published is built so.
const COMPACT_SHA2 = ["--cfg", 'sha2_backend_soft="compact"'];

// The optimizer copies functions into their callers, and what is in a loop once for each turn, up to a size at which the
// copies pay in speed; most of what is here waits for the network. What is on the way to a URL stays as fast.
const FEWER_COPIES = ["-C", "llvm-args=--inline-threshold=40 --unroll-threshold=30"];

export const compiled = {
	glue: inRoot("target", "wasm-pack", "lucia_atlassian_bg.js"),
	wasm: inRoot("target", "wasm-pack", "lucia_atlassian_bg.wasm")
};

/** `run` runs a program; `crates` are those that are linked. */
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
