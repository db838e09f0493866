// Makes the npm package, and everything that is needed for that, from a fresh clone: the npm
// packages, wasm-pack and the wasm-bindgen that fits the library, the wasm itself, the tarball. The
// tarball is then unpacked into node_modules, so that all that follows imports what will be
// published. A commit gives the same bytes wherever it is built. Nothing is done again whose inputs are
// the same; the tools are kept in the user's cache folder, where other clones find them.

import { execFileSync, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
	chmodSync,
	cpSync,
	existsSync,
	mkdirSync,
	readFileSync,
	readdirSync,
	rmSync,
	writeFileSync
} from "node:fs";
import { homedir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const WASM_PACK = "0.15.1";

// SHA-256 as a loop and not unrolled, an eighth of the code: one code verifier is hashed at a time.
// The crate has no feature for it; only what is published is built so.
const COMPACT_SHA2 = ["--cfg", 'sha2_backend_soft="compact"'];

// The optimizer copies functions into their callers up to a size at which the copies pay in speed; most
// of what is here waits for the network. What is on the way to a URL stays as fast.
const FEWER_COPIES = ["-C", "llvm-args=--inline-threshold=40"];

// What would change the wasm from outside the repository. CARGO_ENCODED_RUSTFLAGS, which the build
// sets, keeps cargo from reading flags elsewhere.
const FOREIGN_SETTINGS = /^(RUSTFLAGS|RUSTC|RUSTC_WRAPPER|RUSTC_WORKSPACE_WRAPPER|RUSTC_BOOTSTRAP|RUSTUP_TOOLCHAIN|CARGO_INCREMENTAL|CARGO_PROFILE_.*|CARGO_TARGET_WASM32_.*|CARGO_BUILD_(?!TARGET_DIR|JOBS).*)$/;

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const inRoot = (...path) => join(root, ...path);
const cache = join(
	process.env.XDG_CACHE_HOME || join(homedir(), ".cache"),
	"lucia-atlassian"
);
const windows = process.platform === "win32";

const say = (text) => console.log(`build: ${text}`);

function fail(text) {
	console.error(`build: ${text}`);
	process.exit(1);
}

function run(command, args, options = {}) {
	const { status, error } = spawnSync(command, args, {
		cwd: root,
		stdio: ["ignore", "inherit", "inherit"],
		shell: windows && command === "npm",
		...options
	});
	return error ? error.code : status;
}

function must(command, args, options, mayFail = false) {
	const status = run(command, args, options);
	if (status === "ENOENT") {
		const hint = command === "cargo" ? " Install Rust with rustup, https://rustup.rs." : "";
		fail(`\`${command}\` is not installed, or not on the PATH.${hint}`);
	}
	if (status !== 0 && !mayFail) fail(`\`${command} ${args.join(" ")}\` failed (${status}).`);
	return status;
}

// `npm publish --dry-run` runs this script and says so by these to every npm below it, which would
// then install and pack nothing.
for (const name of ["npm_config_dry_run", "npm_config_json"]) delete process.env[name];

const read = (path) => (existsSync(path) ? readFileSync(path, "utf8") : "");

/** Does a step unless a stamp says that it was done with the same inputs and its outputs are there. */
function once({ stamp, inputs, outputs = [], what }, step) {
	const key = createHash("sha256").update(JSON.stringify(inputs)).digest("hex");
	if (read(stamp) === key && outputs.every(existsSync)) return;
	rmSync(stamp, { force: true });
	say(what);
	step();
	mkdirSync(dirname(stamp), { recursive: true });
	writeFileSync(stamp, key);
}

/** The names and contents of the files in a folder, for `once`. */
function contents(folder, except = []) {
	return readdirSync(inRoot(folder), { withFileTypes: true, recursive: true })
		.filter((entry) => entry.isFile())
		.map((entry) => join(entry.parentPath ?? entry.path, entry.name))
		.filter((path) => !except.some((name) => path.startsWith(inRoot(folder, name))))
		.sort()
		.map((path) => [path.slice(root.length), readFileSync(path, "base64")]);
}

function installNpmPackages() {
	once(
		{
			stamp: inRoot("node_modules", ".lucia-atlassian"),
			inputs: [read(inRoot("package-lock.json")), process.version],
			what: "installing npm packages (about a minute; better-sqlite3 may have to be compiled)"
		},
		() => must("npm", ["ci", "--no-audit", "--no-fund"])
	);
}

/** Installs a program from crates.io into the cache, and gives the folder of its executables. */
export function installCrate(name, version, minutes) {
	const folder = join(cache, `${name}-${version}`);
	const stamp = join(folder, "installed");
	const what = `installing ${name} ${version} (about ${minutes} minutes)`;
	once({ stamp, inputs: [name, version], what }, () => {
		const args = ["install", name, "--version", version, "--root", folder, "--force"];
		// The lock file of a release can name a crate that has been withdrawn since.
		if (must("cargo", [...args, "--locked"], {}, true) !== 0) {
			say(`${name}: its own lock file cannot be used, taking the newest crates that fit`);
			must("cargo", args);
		}
	});
	return join(folder, "bin");
}

function lockedBindgen() {
	const locked = /name = "wasm-bindgen"\nversion = "([^"]+)"/.exec(read(inRoot("Cargo.lock")));
	return locked ? locked[1] : fail("Cargo.lock does not name wasm-bindgen.");
}

/** The environment in which wasm-pack and the wasm-bindgen of the right version are found. */
export function buildEnvironment() {
	const folders = [
		installCrate("wasm-bindgen-cli", lockedBindgen(), 2),
		installCrate("wasm-pack", WASM_PACK, 1)
	];
	return { ...process.env, PATH: [...folders, process.env.PATH].join(delimiter) };
}

/**
 * How wasm-opt makes the wasm small. A function that has one caller is left where it is unless it is
 * short: moving it there takes a few bytes off the wasm and adds some to what gzip makes of it.
 */
export const wasmOptions = ["-Oz", "--one-caller-inline-max-function-size=20", "--strip-producers"];

// What formats the message of a panic, and what unwinds to say it: nobody would see it. In a release a
// panic is a trap, and nothing of the package is formatted by `core::fmt`.
const PANICS = /panicking::panic_fmt$|panicking::panic_handler|PanicPayload>::|^<?core\[\w+\]::fmt::| as core\[\w+\]::fmt::/;
// What JavaScript would call for types of closures that no function of the package has, and tasks that
// nobody spawns.
const UNUSED = /convert::closures::_::invoke|^js_sys::futures::/;

/**
 * Makes traps of the functions that are in the wasm because the linker put their addresses into a table,
 * and that nothing calls. An optimizer cannot know that. Those that JavaScript calls are exported, or
 * called by an export of their own name. `binaryen` is the module of that name.
 */
export function withoutDeadFunctions(binaryen, wasm) {
	binaryen.setDebugInfo(true);
	const module = binaryen.readBinary(wasm);
	const exported = Array.from({ length: module.getNumExports() }, (_, index) =>
		binaryen.getExportInfo(module.getExportByIndex(index)).value
	);
	const functions = Array.from({ length: module.getNumFunctions() }, (_, index) =>
		binaryen.getFunctionInfo(module.getFunctionByIndex(index))
	);
	for (const { name, params, results, module: from } of functions) {
		if (from || exported.some((other) => other.startsWith(name))) continue;
		if (!PANICS.test(name) && !UNUSED.test(name)) continue;
		module.removeFunction(name);
		module.addFunction(name, params, results, [], module.unreachable());
	}
	// Closures are made once for the module and stay.
	module.removeExport("__wbindgen_destroy_closure");
	return module.emitBinary();
}

/**
 * The glue, without what it does for other packages: a closure counts its users to free itself after the
 * last, and an import that may throw takes its arguments as an array, which takes time in each call.
 */
function withoutGenerality(glue) {
	const replace = (pattern, by) => {
		if (!pattern.test(glue)) fail(`the glue is not as wasm-bindgen used to make it: ${pattern}`);
		glue = glue.replace(pattern, by);
	};
	replace(/^const CLOSURE_DTORS = [^;]*;\n\n/m, "");
	replace(/^function makeClosure\(.*?^}$/ms, "const makeClosure = (a, b, call) => (c = undefined, d, e, f) => call(a, b, c, d, e, f);");
	replace(
		/^export function (\w+)\(\) { return handleError\(function \((.*?)\) {\n(.*?)\n}, arguments\); }$/gms,
		"export function $1($2) {\n    try {\n$3\n    } catch (e) {\n        handleError(e);\n    }\n}"
	);
	replace(
		/^function handleError\(f, args\) {\n    try {\n        return f\.apply\(this, args\);\n    } catch \(e\) {\n(.*?)    }\n}$/ms,
		"function handleError(e) {\n$1}"
	);
	return glue;
}

/**
 * The glue, under the names that the wasm has for it and for its own functions. Those of wasm-bindgen
 * are long and end in hashes, which do not compress, and they stand in both files.
 *
 * `names` is for start.js: what begins the instance, which functions are calls of the package, and which of
 * those give a promise. `imports` is an object, since bundlers make a getter for each member of a module that is
 * used as one, which takes a millisecond of the start. A new instance has a memory of its own, so that views of
 * the old one are dropped.
 */
function withShortNames(glue, { imports, exports }) {
	const shortName = new Map(exports);
	const isPromise = (name) => {
		const body = new RegExp(`function (\\w+)\\([^)]*\\) {\\n    const ret = wasm\\.${name}\\([^)]*\\);\\n    return ret;`).exec(glue);
		return body && body[1] !== "atlassian";
	};
	const calls = exports.filter(([name]) => new RegExp(`wasm\\.${name}\\(`).test(glue) && !name.startsWith("__"));
	const names = {
		start: shortName.get("__wbindgen_start"),
		calls: calls.map(([, short]) => short),
		promises: calls.filter(([name]) => isPromise(name)).map(([, short]) => short)
	};
	const caches = [...glue.matchAll(/^let (cached\w+Memory0) = null;$/gm)].map(([, name]) => `${name} = null;`);
	const setWasm = "    wasm = val;\n";
	if (!caches.length || !glue.includes(setWasm)) fail("the glue is not as wasm-bindgen used to make it.");
	glue = glue.replace(setWasm, `${setWasm}    ${caches.join(" ")}\n`);
	for (const [, name] of imports) glue = glue.replace(`export function ${name}(`, `function ${name}(`);
	glue = glue.replace(/\bwasm\.(\w+)/g, (_, name) => `wasm.${shortName.get(name)}`);
	const functions = imports.map(([, name, short]) => `\t${short}: ${name}`);
	return `${glue}\nexport const names = ${JSON.stringify(names)};\n\nexport const imports = {\n${functions.join(",\n")}\n};\n`;
}

/** The output of a program that runs in the root. */
const printed = (command, ...args) =>
	execFileSync(command, args, { cwd: root, encoding: "utf8", env: buildSettings, maxBuffer: 1 << 26 });

const buildSettings = Object.fromEntries(
	Object.entries(process.env).filter(([name]) => !FOREIGN_SETTINGS.test(name))
);

/** The crates that are linked into the wasm, this one first, as `cargo metadata` has them. */
function linkedCrates() {
	const target = "wasm32-unknown-unknown";
	const { packages, resolve } = JSON.parse(
		printed("cargo", "metadata", "--locked", "--format-version", "1", "--filter-platform", target)
	);
	// Unlike the metadata, the tree leaves out what only a feature asked for by the tests brings.
	const tree = printed(
		...["cargo", "tree", "--locked", "--target", target, "--edges", "normal,no-proc-macro"],
		...["--prefix", "none", "--no-dedupe", "--format", "{p}"]
	);
	const linked = new Set(Array.from(tree.matchAll(/^(\S+) v(\S+)/gm), ([, name, version]) => `${name}@${version}`));
	const nodes = new Map(resolve.nodes.map(({ id, dependencies }) => [id, dependencies]));
	return packages
		.filter(({ name, version }) => linked.has(`${name}@${version}`))
		.map((crate) => ({ ...crate, dependencies: nodes.get(crate.id) }))
		.sort((a, b) => (b.id === resolve.root) - (a.id === resolve.root) || (a.name < b.name ? -1 : 1));
}

/**
 * Messages of panics name the file, and the folder in which cargo and rustup keep it is another one on
 * each machine. Standard sources are there where a developer has installed them.
 */
function remappedPaths(crates) {
	const [, commit] = /^commit-hash: (\w+)$/m.exec(printed("rustc", "-vV")) ?? fail("rustc does not say its commit.");
	const standard = join(printed("rustc", "--print", "sysroot").trim(), "lib", "rustlib", "src", "rust");
	return [
		`--remap-path-prefix=${standard}=/rustc/${commit}`,
		...crates.map(({ name, version, manifest_path }) => `--remap-path-prefix=${dirname(manifest_path)}=${name}-${version}`)
	];
}

const sha256 = (content) => ({ alg: "SHA-256", content });

/** What the package consists of and what made it, as CycloneDX; without a date, so that it repeats. */
function billOfMaterials([own, ...crates], wasm) {
	const lock = read(inRoot("Cargo.lock"));
	const checksum = ({ name, version }) =>
		new RegExp(`name = "${name}"\nversion = "${version.replace("+", "\\+")}"\nsource = .*\nchecksum = "(\\w+)"`).exec(lock)?.[1] ??
		fail(`Cargo.lock has no checksum of ${name} ${version}.`);
	const crate = (name, version) => `pkg:cargo/${name}@${version}`;
	const reference = ({ name, version, id }) => (id === own.id ? `pkg:npm/${name}@${version}` : crate(name, version));
	const [, rust] = /^release: (\S+)$/m.exec(printed("rustc", "-vV")) ?? fail("rustc does not say its version.");
	const standard = `pkg:generic/rust-std@${rust}`;
	const tool = (name, version, purl) => ({ type: "application", name, version, purl });
	const npmTools = ["binaryen", "esbuild"].map((name) => {
		const { version } = JSON.parse(read(inRoot("node_modules", name, "package.json")));
		return tool(name, version, `pkg:npm/${name}@${version}`);
	});
	const component = ({ name, version, license, id }) => ({
		type: "library",
		"bom-ref": reference({ name, version, id }),
		name,
		version,
		...(id === own.id ? {} : { hashes: [sha256(checksum({ name, version }))] }),
		licenses: [{ expression: license }],
		purl: reference({ name, version, id })
	});
	const file = "dist/lucia_atlassian_bg.wasm";
	const linked = new Map([own, ...crates].map((crate) => [crate.id, reference(crate)]));
	const bill = {
		$schema: "http://cyclonedx.org/schema/bom-1.6.schema.json",
		bomFormat: "CycloneDX",
		specVersion: "1.6",
		version: 1,
		metadata: {
			tools: {
				components: [
					tool("rustc", rust, `pkg:generic/rustc@${rust}`),
					tool("wasm-bindgen-cli", lockedBindgen(), crate("wasm-bindgen-cli", lockedBindgen())),
					tool("wasm-pack", WASM_PACK, crate("wasm-pack", WASM_PACK)),
					...npmTools
				]
			},
			component: component(own)
		},
		components: [
			{ type: "file", "bom-ref": file, name: file, hashes: [sha256(createHash("sha256").update(wasm).digest("hex"))] },
			{ type: "library", "bom-ref": standard, name: "rust-std", version: rust, licenses: [{ expression: "MIT OR Apache-2.0" }], purl: standard },
			...crates.map(component)
		],
		dependencies: [own, ...crates].map((crate) => ({
			ref: reference(crate),
			dependsOn: [
				...(crate === own ? [standard] : []),
				...crate.dependencies.flatMap((id) => linked.get(id) ?? [])
			].sort()
		}))
	};
	return `${JSON.stringify(bill, null, "\t")}\n`;
}

function buildWasm(env, binaryen, esbuild) {
	const dist = inRoot("pkg", "dist");
	const inputs = [
		contents("src"),
		...["Cargo.toml", "Cargo.lock", "rust-toolchain.toml"].map((path) => read(inRoot(path))),
		...["pkg/build.js", "pkg/default.js", "pkg/start.js"].map((path) => read(inRoot(path))),
		...["binaryen", "esbuild"].map((name) => read(inRoot("node_modules", name, "package.json")))
	];
	const what = "compiling the wasm (about half a minute)";
	once({ stamp: join(dist, "built"), inputs, what }, () => {
		rmSync(dist, { recursive: true, force: true });
		const crates = linkedCrates();
		const flags = [...COMPACT_SHA2, ...FEWER_COPIES, ...remappedPaths(crates)];
		must(
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
		const names = execFileSync(process.execPath, [
			inRoot("node_modules", "binaryen", "bin", "wasm-opt"),
			...wasmOptions,
			...["--strip-debug", "--minify-imports-and-exports-and-modules", wasm, "-o", wasm]
		]);

		// The folder of the snippet has a hash in its name, which the list of published files cannot.
		const glue = join(dist, "lucia_atlassian_bg.js");
		const [, snippet] = /from '\.\/(snippets\/[^']+\/syntax\.js)'/.exec(read(glue)) ?? fail("the glue does not import syntax.js.");
		cpSync(join(dist, snippet), join(dist, "syntax.js"));
		writeFileSync(glue, withShortNames(withoutGenerality(read(glue).replaceAll(`./${snippet}`, "./syntax.js")), JSON.parse(names)));
		rmSync(join(dist, "snippets"), { recursive: true });
		rmSync(join(dist, "lucia_atlassian.js"));
		esbuild.buildSync({
			absWorkingDir: root,
			entryPoints: ["pkg/default.js"],
			outfile: "pkg/dist/default.js",
			bundle: true,
			format: "esm",
			target: "es2022",
			charset: "utf8",
			loader: { ".wasm": "base64" },
			logLevel: "warning"
		});
		writeFileSync(join(dist, "sbom.cdx.json"), billOfMaterials(crates, readFileSync(wasm)));
	});
}

function packAndInstall() {
	const { name, version, files } = JSON.parse(read(inRoot("pkg", "package.json")));
	const installed = inRoot("node_modules", name);
	const tarball = join("target", `${name}-${version}.tgz`);
	const inputs = [contents("pkg", ["README.md", "LICENSE"]), read(inRoot("README.md")), read(inRoot("LICENSE"))];
	const outputs = [inRoot(tarball), inRoot("pkg", "README.md"), inRoot("pkg", "LICENSE")];
	const stamp = join(installed, ".unpacked");
	once({ stamp, inputs, outputs, what: `packing ${tarball}` }, () => {
		for (const file of ["README.md", "LICENSE"]) cpSync(inRoot(file), inRoot("pkg", file));
		// npm packs the modes that files have, and the umask decided those.
		for (const file of ["package.json", "README.md", "LICENSE", ...files]) chmodSync(inRoot("pkg", file), 0o644);
		mkdirSync(inRoot("target"), { recursive: true });
		must("npm", ["pack", "./pkg", "--pack-destination", "target", "--loglevel", "error"]);
		rmSync(installed, { recursive: true, force: true });
		mkdirSync(installed, { recursive: true });
		execFileSync("tar", ["-xzf", inRoot(tarball), "--strip-components=1", "-C", installed]);
	});
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
	installNpmPackages();
	const { default: binaryen } = await import("binaryen");
	buildWasm(buildEnvironment(), binaryen, await import("esbuild"));
	packAndInstall();
}
