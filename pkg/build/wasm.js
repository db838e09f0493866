// Creates `pkg/dist` from the Rust and the entries: the wasm, a file for each entry, and the bill of materials.

import { mkdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";

import { bundle } from "./bundle.js";
import { compile, compiled } from "./compile.js";
import { linkedCrates } from "./crates.js";
import { contents, inRoot, read } from "./files.js";
import { runIfChanged } from "./run-if-changed.js";
import { writeBillOfMaterials } from "./sbom.js";
import { shrink } from "./shrink.js";

export async function buildWasm(env, binaryen, esbuild) {
	const dist = inRoot("pkg", "dist");
	const wasm = join(dist, "lucia_atlassian_bg.wasm");
	const inputs = [
		contents("src"),
		contents("pkg/build"),
		...["Cargo.toml", "Cargo.lock", "rust-toolchain.toml"].map((path) => read(inRoot(path))),
		...["check", "default", "edge", "init", "start", "unavailable"].map((name) => read(inRoot("pkg", `${name}.js`))),
		read(inRoot("www", "scopes.ts")),
		...["binaryen", "esbuild"].map((name) => read(inRoot("node_modules", name, "package.json")))
	];
	const step = { name: "wasm", why: "compiles the Rust code and makes it small", seconds: 30 };
	await runIfChanged({ stamp: join(dist, "built"), inputs, ...step }, async (run) => {
		rmSync(dist, { recursive: true, force: true });
		mkdirSync(dist);
		const crates = await linkedCrates(run);
		await compile(run, env, crates);
		await bundle(esbuild, await shrink(run, binaryen, compiled.wasm, wasm));
		await writeBillOfMaterials(run, join(dist, "sbom.cdx.json"), crates, readFileSync(wasm));
	});
}
