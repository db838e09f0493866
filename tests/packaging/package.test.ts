// The tarball itself: what is in it, what the linters of packages say, that it can be published, and
// what the entry with the explicit `init` does when it is used wrongly.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

import { build } from "esbuild";

import { broken } from "../documents/text.ts";
import { bin, installFixtures, tarball } from "./project.ts";

const execute = promisify(execFile);
const root = fileURLToPath(new URL("../../", import.meta.url));

before(() => installFixtures());

const published = [
	"package/CHANGELOG.md",
	"package/LICENSE",
	"package/README.md",
	"package/SECURITY.md",
	"package/client.d.ts",
	"package/dist/check.js",
	"package/dist/default.js",
	"package/dist/edge.js",
	"package/dist/init.js",
	"package/dist/lucia_atlassian_bg.wasm",
	"package/dist/sbom.cdx.json",
	"package/index.d.ts",
	"package/init.d.ts",
	"package/lucia.d.ts",
	"package/package.json",
	"package/providers.d.ts",
	"package/stores.d.ts",
	"package/stores.js",
	"package/www/coming-from-elsewhere.md",
	"package/www/leaving-lucia.md",
	"package/www/recipes.md"
];

test("the tarball holds these files and no others", async () => {
	const { stdout } = await execute("tar", ["-tzf", tarball]);
	assert.deepEqual(stdout.trim().split("\n").sort(), published);
});

test("the links of its documents lead to its files, and it shows no picture that it does not have", () => {
	const folder = join(root, "node_modules", "lucia-atlassian");
	for (const path of published.filter((path) => path.endsWith(".md"))) {
		const file = path.replace("package/", "");
		assert.deepEqual(broken(file, readFileSync(join(folder, file), "utf8"), folder), [], file);
	}
	const readme = readFileSync(join(folder, "README.md"), "utf8");
	assert.ok(readme.includes("](SECURITY.md#limits)") && readme.includes("](www/recipes.md)") && readme.includes("ARCHITECTURE.md explains"));
	assert.doesNotMatch(readme, /<img|<picture|screenshots/);
});

test("it depends on nothing and runs nothing when it is installed", () => {
	const manifest = JSON.parse(readFileSync(`${root}pkg/package.json`, "utf8")) as Record<
		string,
		Record<string, string> | undefined
	>;
	assert.equal(manifest["dependencies"], undefined);
	// In any version, since npm refuses another than the range has, even of an optional peer.
	assert.deepEqual(manifest["peerDependencies"], { lucia: ">=2.0.0" });
	assert.deepEqual(manifest["peerDependenciesMeta"], { lucia: { optional: true } });
	// Neither preinstall, install, postinstall nor prepare; npm would also run node-gyp for a binding.gyp,
	// which the list of files above excludes.
	assert.deepEqual(Object.keys(manifest["scripts"] ?? {}), ["prepublishOnly"]);
	assert.deepEqual(manifest["bin"], { "lucia-atlassian": "dist/check.js" });
	for (const field of ["gypfile", "optionalDependencies", "bundleDependencies"]) {
		assert.equal(manifest[field], undefined, field);
	}
});

test("npm installs it without Lucia and beside Lucia 2 and 3, and brings nothing else along", async () => {
	for (const version of [undefined, "2.7.7", "3.2.2"]) {
		const folder = mkdtempSync(join(tmpdir(), "lucia-atlassian-install-"));
		try {
			const write = (name: string, text: string) => writeFileSync(join(folder, name), text);
			write("package.json", `{ "name": "app", "private": true }`);
			const npm = async (...args: string[]) => (await execute("npm", args, { cwd: folder })).stdout;
			// Offline: what is not there could not be fetched, so that asking for it fails.
			const offline = ["--offline", "--no-audit", "--no-fund"];
			if (version) {
				mkdirSync(join(folder, "lucia"));
				write("lucia/package.json", JSON.stringify({ name: "lucia", version }));
				await npm("install", "./lucia", ...offline);
			}
			await npm("install", tarball, ...offline);
			const { dependencies } = JSON.parse(await npm("ls", "--all", "--json")) as {
				dependencies: Record<string, unknown>;
			};
			const expected = version ? ["lucia", "lucia-atlassian"] : ["lucia-atlassian"];
			assert.deepEqual(Object.keys(dependencies).sort(), expected);
			const { stdout } = await execute("npx", ["--offline", "lucia-atlassian", "--help"], { cwd: folder });
			assert.match(stdout, /^Usage: npx lucia-atlassian check\n/);
		} finally {
			rmSync(folder, { recursive: true });
		}
	}
});

test("each entry is one file, and the default entry has the same wasm as the file of its own", async () => {
	const dist = join(root, "node_modules", "lucia-atlassian", "dist");
	const wasm = readFileSync(join(dist, "lucia_atlassian_bg.wasm"), "base64");
	assert.ok(readFileSync(join(dist, "default.js"), "utf8").includes(`"${wasm}"`));
	const entryPoints = ["default.js", "edge.js", "init.js"].map((file) => join(dist, file));
	// V8 stores a source with any other character in twice the memory, which takes longer.
	for (const file of entryPoints) assert.doesNotMatch(readFileSync(file, "utf8"), /[^\0-\x7f]/, file);
	const { metafile } = await build({ entryPoints, bundle: true, external: ["*"], outdir: dist, write: false, metafile: true });
	const imported = Object.entries(metafile.inputs).map(([path, { imports }]) => [basename(path), imports.map(({ path }) => path)]);
	assert.deepEqual(imported, [
		["default.js", []],
		["edge.js", ["./lucia_atlassian_bg.wasm?module"]],
		["init.js", []]
	]);
});

test("publint finds nothing", async () => {
	const { stdout } = await execute(bin("publint"), ["run", tarball, "--strict"]);
	assert.match(stdout, /All good!/);
});

test("attw finds nothing", async () => {
	// CommonJS gets an ES module here, which Node can require() in all versions that are supported. The
	// .wasm is a file to load, not a module with types.
	const { stdout } = await execute(bin("attw"), [
		tarball,
		...["--ignore-rules", "cjs-resolves-to-esm"],
		...["--exclude-entrypoints", "lucia_atlassian.wasm"]
	]);
	assert.match(stdout, /No problems found/);
});

test("npm publish works from a clean clone, with nothing built before", async () => {
	const clone = mkdtempSync(join(tmpdir(), "lucia-atlassian-clone-"));
	try {
		const { stdout: files } = await execute("git", ["ls-files", "-z"], { cwd: root });
		for (const file of files.split("\0").filter((file) => file && existsSync(join(root, file)))) {
			cpSync(join(root, file), join(clone, file));
		}
		const { stderr } = await execute("npm", ["publish", "./pkg", "--dry-run"], {
			cwd: clone,
			// Kept for the next run, and apart from what the build here has linked.
			env: { ...process.env, CARGO_TARGET_DIR: join(root, "target", "clone") },
			maxBuffer: 1 << 26
		});
		for (const file of ["README.md", "LICENSE", "dist/lucia_atlassian_bg.wasm"]) {
			assert.match(stderr, new RegExp(`kB ${file.replaceAll(".", "\\.")}`));
		}
		assert.match(stderr, new RegExp(`total files: ${published.length}\\b`));
	} finally {
		rmSync(clone, { recursive: true });
	}
});

test("the build makes again what is gone", async () => {
	rmSync(tarball);
	rmSync(join(root, "pkg", "LICENSE"));
	await execute(process.execPath, ["pkg/build.js"], { cwd: root });
	assert.ok(existsSync(tarball));
	assert.ok(existsSync(join(root, "pkg", "LICENSE")));
});

test("tools that do not read `exports` find the default entry", async () => {
	const require = createRequire(import.meta.url);
	const main = require.resolve(join(root, "node_modules", "lucia-atlassian"));
	assert.equal(basename(main), "default.js");
});

test("the versions of the crate and of the package are the same", () => {
	const { version } = JSON.parse(readFileSync(`${root}pkg/package.json`, "utf8")) as {
		version: string;
	};
	assert.ok(readFileSync(`${root}Cargo.toml`, "utf8").includes(`\nversion = "${version}"\n`));
});

/** Runs a program that imports the package, and gives what it prints as JSON. */
async function printed(program: string): Promise<unknown> {
	const prelude = `
		import { readFileSync } from "node:fs";
		import { createRequire } from "node:module";
		const path = createRequire(import.meta.url).resolve("lucia-atlassian/lucia_atlassian.wasm");
		const bytes = readFileSync(path);
		const works = async ({ atlassian }) =>
			(await atlassian(null, { clientId: "id" }).getAuthorizationUrl())[1].length === 43;
	`;
	const { stdout } = await execute(
		process.execPath,
		["--input-type=module", "-e", prelude + program],
		{ cwd: root }
	);
	return JSON.parse(stdout);
}

test("the default entry decodes the wasm in each of its ways", async () => {
	for (const platform of [
		"",
		"delete globalThis.Buffer; Uint8Array.fromBase64 = (text) => Uint8Array.from(atob(text), (c) => c.charCodeAt(0));",
		"delete globalThis.Buffer; delete Uint8Array.fromBase64;"
	]) {
		const program = `${platform} console.log(JSON.stringify(await works(await import("lucia-atlassian"))));`;
		assert.equal(await printed(program), true, platform);
	}
});

test("init takes a module, bytes, a response of either type or an address, and two calls share it", async () => {
	const sources = [
		"new WebAssembly.Module(bytes)",
		"bytes",
		`new Response(bytes, { headers: { "Content-Type": "application/wasm" } })`,
		`new Response(bytes, { headers: { "Content-Type": "application/octet-stream" } })`,
		"Promise.resolve(new Response(bytes))",
		"`data:application/wasm;base64,${bytes.toString('base64')}`",
		"new URL(`data:application/wasm;base64,${bytes.toString('base64')}`)"
	];
	for (const source of sources) {
		const result = await printed(`
			let streamed = 0;
			const { compileStreaming } = WebAssembly;
			WebAssembly.compileStreaming = (response) => { streamed++; return compileStreaming(response); };
			const { default: init, ...index } = await import("lucia-atlassian/init");
			await Promise.all([init(${source}), init("never fetched")]);
			console.log(JSON.stringify([await works(index), streamed]));
		`);
		assert.deepEqual(result, [true, source.includes("application/wasm") ? 1 : 0], source);
	}
});

test("a program may import both the default entry and init", async () => {
	for (const [first, second] of [
		[`import("lucia-atlassian")`, `import("lucia-atlassian/init")`],
		[`import("lucia-atlassian/init")`, `import("lucia-atlassian")`]
	]) {
		const result = await printed(`
			const one = await ${first};
			if (one.default) await one.default(bytes);
			const before = await works(one);
			const two = await ${second};
			if (two.default) await two.default(bytes);
			const fetch = async () => Response.json({ error: "invalid_grant" }, { status: 403 });
			const configs = { clientId: "id", clientSecret: "secret", redirectUri: "https://app.example", fetch };
			const error = await one.atlassian(null, configs).validateCallback("code").catch((reason) => reason);
			console.log(JSON.stringify([
				before,
				await works(one),
				await works(two),
				error instanceof one.OAuthRequestError,
				two.isReauthorizationRequired(error)
			]));
		`);
		assert.deepEqual(result, [true, true, true, true, true], first);
	}
});

test("a call before init says what to do, and a failed init can be repeated", async () => {
	const program = `
		import init, { atlassian, createOAuth2AuthorizationUrl } from "lucia-atlassian/init";
		import { readFileSync } from "node:fs";
		import { createRequire } from "node:module";
		const messages = [];
		await createOAuth2AuthorizationUrl().catch((error) => messages.push(error.message));
		try { atlassian(); } catch (error) { messages.push(error.message); }
		await init(new Response("", { status: 404 })).catch((error) => messages.push(error.message));
		await init(new Uint8Array(8)).catch((error) => messages.push(error.name));
		const empty = Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0);
		await init(empty).catch((error) => messages.push(error.message));
		try { atlassian(); } catch (error) { messages.push(error.message); }
		const path = createRequire(import.meta.url).resolve("lucia-atlassian/lucia_atlassian.wasm");
		await init(readFileSync(path));
		await init("https://never.fetched.example/");
		const [, state] = await atlassian(null, { clientId: "id" }).getAuthorizationUrl();
		messages.push(state.length);
		console.log(JSON.stringify(messages));
	`;
	const { stdout } = await execute(process.execPath, ["--input-type=module", "-e", program], {
		cwd: root
	});
	assert.deepEqual(JSON.parse(stdout), [
		"lucia-atlassian/init: await init(…) before the first call",
		"lucia-atlassian/init: await init(…) before the first call",
		"lucia-atlassian/init: check the URL of the wasm file:  responded with status 404",
		"CompileError",
		"lucia-atlassian: pass the wasm of this version to init(…)",
		"lucia-atlassian/init: await init(…) before the first call",
		43
	]);
});
