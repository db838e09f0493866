// Builds the files of the playground for the browser: its script, and separate chunks of this package, its wasm and
// `@lucia-auth/oauth`, to measure their sizes. The script contains the sizes. wrangler runs this before it serves or
// deploys the Worker.

import { readdirSync, rmSync } from "node:fs";
import { basename } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";

import { build, type BuildOptions } from "esbuild";

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

const options = {
	absWorkingDir: here("."),
	entryPoints: ["playground/playground.ts"],
	outdir: "public/assets",
	bundle: true,
	format: "esm",
	splitting: true,
	minify: true,
	target: "es2022",
	chunkNames: "[name]-[hash]",
	assetNames: "[name]-[hash]",
	publicPath: "/assets",
	loader: { ".wasm": "file" },
	logLevel: "error",
} satisfies BuildOptions;

export type Weights = { script: number; wasm: number; published: number };

/** Bytes after gzip, as a server sends them. */
async function weigh(): Promise<Weights> {
	const { outputFiles } = await build({ ...options, write: false, define: { WEIGHTS: "{}" } });
	const gzipped = (name: string) => {
		const files = outputFiles.filter(({ path }) => basename(path).startsWith(name));
		if (files.length !== 1) throw new Error(`Expected one file ${name}… in the playground's build, found ${files.length}.`);
		return gzipSync(files[0]?.contents ?? "", { level: 9 }).length;
	};
	return { script: gzipped("init-"), wasm: gzipped("lucia_atlassian_bg-"), published: gzipped("published-") };
}

export async function buildPlayground(): Promise<void> {
	const define = { WEIGHTS: JSON.stringify(await weigh()) };
	const { metafile } = await build({ ...options, define, metafile: true });
	const built = Object.keys(metafile.outputs).map((path) => basename(path));
	// Otherwise wrangler would also deploy the files of an earlier build.
	for (const name of readdirSync(here("public/assets"))) {
		if (!built.includes(name)) rmSync(here(`public/assets/${name}`), { force: true });
	}
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await buildPlayground();
