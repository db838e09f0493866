// The bill of materials in the tarball: valid by the schema of CycloneDX, and true, compared with what
// cargo resolves, with the lock file and with the functions that are in the wasm.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

import { Spec, Validation } from "@cyclonedx/cyclonedx-library";

import { wasmParts } from "../bench/size.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));
const installed = join(root, "node_modules", "lucia-atlassian");
const text = readFileSync(join(installed, "dist", "sbom.cdx.json"), "utf8");

interface Component {
	type: string;
	name: string;
	version: string;
	hashes?: { alg: string; content: string }[];
	licenses?: { expression: string }[];
	purl?: string;
}

const bill = JSON.parse(text) as {
	metadata: { component: Component; tools: { components: Component[] } };
	components: Component[];
};
const crates = bill.components.filter(({ purl }) => purl?.startsWith("pkg:cargo/"));

test("it is CycloneDX 1.6", async () => {
	const validator = new Validation.JsonStrictValidator(Spec.Version.v1dot6);
	assert.equal(await validator.validate(text), null);
	assert.notEqual(await validator.validate(text.replace('"library"', '"libary"')), null);
});

test("it is of this version and has the hash of the wasm that is published", () => {
	const { version } = JSON.parse(readFileSync(join(installed, "package.json"), "utf8")) as { version: string };
	assert.equal(bill.metadata.component.purl, `pkg:npm/lucia-atlassian@${version}`);
	const [wasm] = bill.components.filter(({ type }) => type === "file");
	const hash = createHash("sha256").update(readFileSync(join(installed, wasm?.name ?? ""))).digest("hex");
	assert.deepEqual(wasm?.hashes, [{ alg: "SHA-256", content: hash }]);
});

test("it names the crates that cargo links, with version, checksum and licence", () => {
	const tree = execFileSync(
		"cargo",
		["tree", "--locked", "--target", "wasm32-unknown-unknown", "--edges", "normal,no-proc-macro", "--prefix", "none", "--format", "{p}|{l}"],
		{ cwd: root, encoding: "utf8" }
	);
	const lock = readFileSync(join(root, "Cargo.lock"), "utf8").split("[[package]]");
	const expected = new Map<string, unknown>();
	for (const line of tree.trim().split("\n")) {
		const [, name, version, licence] = /^(\S+) v(\S+)[^|]*\|(.*?)(?: \(\*\))?$/.exec(line) ?? [];
		if (name === undefined || name === "lucia-atlassian") continue;
		const locked = lock.find((entry) => entry.includes(`\nname = "${name}"\nversion = "${version}"\n`));
		const [, content] = /\nchecksum = "(\w+)"/.exec(locked ?? "") ?? [];
		expected.set(`pkg:cargo/${name}@${version}`, [content, licence]);
	}
	assert.ok(expected.size > 5);
	const named = new Map(crates.map(({ purl, hashes, licenses }) => [purl, [hashes?.[0]?.content, licenses?.[0]?.expression]]));
	assert.deepEqual(new Map([...named].sort()), new Map([...expected].sort()));
});

test("every crate that has a function in the wasm is in it", async () => {
	const inWasm = (await wasmParts()).map(({ crate }) => crate).filter((crate) => crate !== "standard library");
	assert.ok(inWasm.includes("base64ct"), inWasm.join());
	const named = new Set([bill.metadata.component, ...crates].map(({ name }) => name.replaceAll("-", "_")));
	assert.deepEqual(inWasm.filter((name) => !named.has(name)), []);
	assert.ok(bill.components.some(({ name }) => name === "rust-std"));
});

test("it names what made the wasm", () => {
	const tools = Object.fromEntries(bill.metadata.tools.components.map(({ name, version }) => [name, version]));
	const { devDependencies } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { devDependencies: Record<string, string> };
	const [, bindgen] = /wasm-bindgen = "=(.*)"/.exec(readFileSync(join(root, "Cargo.toml"), "utf8")) ?? [];
	const [, rust] = /channel = "(.*)"/.exec(readFileSync(join(root, "rust-toolchain.toml"), "utf8")) ?? [];
	assert.equal(tools["rustc"], rust);
	assert.equal(tools["wasm-bindgen-cli"], bindgen);
	for (const name of ["binaryen", "esbuild"]) assert.equal(tools[name], devDependencies[name]);
	assert.ok(tools["wasm-pack"]);
});
