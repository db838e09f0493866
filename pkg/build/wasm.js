// Compiles the Rust to the package's wasm and its glue, makes both small, and puts the default entry into one
// file: all of `pkg/dist`.

import { cpSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { fail } from "./commands.js";
import { buildSettings, linkedCrates, remappedPaths } from "./crates.js";
import { withoutDeadFunctions } from "./dead-functions.js";
import { contents, inRoot, read, root } from "./files.js";
import { withShortNames, withoutGenerality } from "./glue.js";
import { once } from "./once.js";
import { billOfMaterials } from "./sbom.js";

// SHA-256 as a loop and not unrolled, an eighth of the code: one code verifier is hashed at a time.
// The crate has no feature for it; only what is published is built so.
const COMPACT_SHA2 = ["--cfg", 'sha2_backend_soft="compact"'];

// The optimizer copies functions into their callers up to a size at which the copies pay in speed; most
// of what is here waits for the network. What is on the way to a URL stays as fast.
const FEWER_COPIES = ["-C", "llvm-args=--inline-threshold=40"];

/**
 * How wasm-opt makes the wasm small. A function that has one caller is left where it is unless it is
 * short: moving it there takes a few bytes off the wasm and adds some to what gzip makes of it.
 */
export const wasmOptions = ["-Oz", "--one-caller-inline-max-function-size=20", "--strip-producers"];

export async function buildWasm(env, binaryen, esbuild) {
	const dist = inRoot("pkg", "dist");
	const inputs = [
		contents("src"),
		...["Cargo.toml", "Cargo.lock", "rust-toolchain.toml"].map((path) => read(inRoot(path))),
		contents("pkg/build"),
		...["pkg/check.js", "pkg/default.js", "pkg/start.js", "www/scopes.ts"].map((path) => read(inRoot(path))),
		...["binaryen", "esbuild"].map((name) => read(inRoot("node_modules", name, "package.json")))
	];
	const step = { name: "wasm", why: "compiles the Rust code and makes it small", seconds: 30 };
	await once({ stamp: join(dist, "built"), inputs, ...step }, async (run) => {
		rmSync(dist, { recursive: true, force: true });
		const crates = linkedCrates();
		const flags = [...COMPACT_SHA2, ...FEWER_COPIES, ...remappedPaths(crates)];
		await run(
			"wasm-pack",
			["build", "--target", "bundler", "--out-dir", "pkg/dist", "--no-typescript", "--no-pack", "--mode", "no-install"],
			{ env: { ...buildSettings, PATH: env.PATH, CARGO_ENCODED_RUSTFLAGS: flags.join("\x1f") } }
		);
		const wasm = join(dist, "lucia_atlassian_bg.wasm");
		const imported = WebAssembly.Module.imports(new WebAssembly.Module(readFileSync(wasm)));
		const other = imported.find(({ module }) => module !== "./lucia_atlassian_bg.js");
		if (other) fail(`the wasm imports ${other.name} from ${other.module}, which start.js does not give it: declare it with \`catch\`.`);
		writeFileSync(wasm, withoutDeadFunctions(binaryen, readFileSync(wasm)));
		// Prints what it has made of the names.
		const { output: names } = await run(process.execPath, [
			inRoot("node_modules", "binaryen", "bin", "wasm-opt"),
			...wasmOptions,
			...["--strip-debug", "--minify-imports-and-exports-and-modules", wasm, "-o", wasm]
		]);

		// The folder of the snippets has a hash in its name, which the list of published files cannot.
		const glue = join(dist, "lucia_atlassian_bg.js");
		const [hashed] = readdirSync(join(dist, "snippets"));
		const snippets = `snippets/${hashed}/src/js/`;
		cpSync(join(dist, snippets), dist, { recursive: true });
		writeFileSync(glue, withShortNames(withoutGenerality(read(glue).replaceAll(`./${snippets}`, "./")), JSON.parse(names)));
		rmSync(join(dist, "snippets"), { recursive: true });
		rmSync(join(dist, "lucia_atlassian.js"));
		await esbuild.build({
			absWorkingDir: root,
			entryPoints: ["pkg/default.js", "pkg/check.js"],
			outdir: "pkg/dist",
			bundle: true,
			// The program uses the package as an app does.
			external: ["lucia-atlassian", "node:*"],
			format: "esm",
			target: "es2022",
			charset: "utf8",
			loader: { ".wasm": "base64" },
			logLevel: "warning"
		});
		writeFileSync(join(dist, "sbom.cdx.json"), billOfMaterials(crates, readFileSync(wasm)));
	});
}
