// Creates the bill of materials in the package, for users who must know the contents of their products.

import { createHash } from "node:crypto";
import { writeFileSync } from "node:fs";

import { fail } from "./commands.js";
import { printed } from "./crates.js";
import { inRoot, read } from "./files.js";
import { WASM_PACK, lockedBindgen } from "./tools.js";

const sha256 = (content) => ({ alg: "SHA-256", content });

/** Writes the parts and the tools of the package as CycloneDX, without a date: the bytes are reproducible. */
export async function writeBillOfMaterials(run, path, [own, ...crates], wasm) {
	const lock = read(inRoot("Cargo.lock"));
	const checksum = ({ name, version }) =>
		new RegExp(`name = "${name}"\nversion = "${version.replace("+", "\\+")}"\nsource = .*\nchecksum = "(\\w+)"`).exec(lock)?.[1] ??
		fail(`Cargo.lock has no checksum of ${name} ${version}.`);
	const crate = (name, version) => `pkg:cargo/${name}@${version}`;
	const reference = ({ name, version, id }) => (id === own.id ? `pkg:npm/${name}@${version}` : crate(name, version));
	const [, rust] = /^release: (\S+)$/m.exec(await printed(run, "rustc", "-vV")) ?? fail("rustc does not say its version.");
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
	writeFileSync(path, `${JSON.stringify(bill, null, "\t")}\n`);
}
