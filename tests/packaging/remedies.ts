// The tools that need a setting before they load the package: what each does without it and with it. The README's
// table has the same tools; `remedies.test.ts` runs them.

import { nuxt } from "./edge-frameworks.ts";
import { buildNitro } from "./nitro.ts";
import { runOpenNext } from "./opennext.ts";
import { appScript } from "./page.ts";
import { type Project, bin, node } from "./project.ts";
import { reportFromServer } from "./server.ts";
import { dev, environment } from "./workers.ts";

/** A tool as the table names it, the fixtures that it needs, and what it does without the remedy and with it. */
export interface Case {
	tool: string;
	group?: string;
	fails: (project: Project) => Promise<unknown>;
	/** Where the remedy is no row of the matrix. */
	works?: (project: Project) => Promise<unknown>;
}

const worker = `
import { run } from "./run.js";
export default { fetch: async (request) => Response.json(await run(await request.json())) };
`;

/** A Worker that Vite bundles for it as for any server, with a compatibility date. */
async function runPlainVite(project: Project, compatibilityDate: string): Promise<unknown> {
	const { folder, write, exec } = project;
	write("run.js", appScript);
	write("worker.js", worker);
	write("vite.config.js", 'export default { ssr: { noExternal: true, target: "webworker" } };\n');
	await exec(node(24), [bin("vite"), "build", "--ssr", "worker.js"]);
	write("wrangler.json", JSON.stringify({ name: "app", main: "dist/worker.js", no_bundle: true, compatibility_date: compatibilityDate }));
	return reportFromServer(project, { ...dev(folder), path: "/" });
}

/** The function that Nitro builds for Vercel's edge, in Vercel's edge runtime. As on Vercel, no wasm is compiled from bytes. */
async function runInEdgeRuntime(project: Project): Promise<unknown> {
	const { write, exec } = project;
	await buildNitro(project, "vercel_edge");
	const entry = ".vercel/output/functions/__fallback.func/index.mjs";
	await exec(bin("esbuild"), [entry, "--bundle", "--format=cjs", "--platform=neutral", "--external:node:*", "--outfile=function.cjs"]);
	write(
		"edge.mjs",
		`
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { EdgeVM } from "@edge-runtime/vm";
const runtime = new EdgeVM({ codeGeneration: { strings: false, wasm: process.env.WASM === "true" } });
const run = runtime.evaluate("(module, exports, require) => {" + readFileSync("function.cjs", "utf8") + "}");
run({ exports: {} }, {}, createRequire(import.meta.url));
`
	);
	// Without this rule the same function loads.
	await exec(node(24), ["edge.mjs"], { WASM: "true" });
	return exec(node(24), ["edge.mjs"]);
}

async function runVitestForWorkers({ folder, write, exec }: Project, options: string): Promise<unknown> {
	write("worker.js", "export default { fetch: () => new Response() };\n");
	write("wrangler.json", JSON.stringify({ name: "app", main: "worker.js", compatibility_date: "2026-08-01", compatibility_flags: ["nodejs_compat"] }));
	write("app.test.js", 'import { test } from "vitest";\nimport "lucia-atlassian";\ntest("loads", () => {});\n');
	write("vitest.config.js", `import { cloudflareTest } from "@cloudflare/vitest-pool-workers";\nexport default { plugins: [cloudflareTest(${options})] };\n`);
	return exec(node(24), [bin("vitest", "vitest-workers"), "run"], environment(folder));
}

async function runEsbuild({ write, exec }: Project, ...options: string[]): Promise<unknown> {
	write("main.js", 'export { atlassian } from "lucia-atlassian";\n');
	return exec(bin("esbuild"), ["main.js", "--bundle", "--format=esm", "--conditions=edge-light", "--outdir=dist", ...options]);
}

async function runJest({ write, exec }: Project, group: string, config: object): Promise<unknown> {
	write("package.json", JSON.stringify({ name: "app", private: true }));
	write("babel.config.cjs", 'module.exports = { presets: [["@babel/preset-env", { targets: { node: "current" } }]] };');
	write("jest.config.json", JSON.stringify(config));
	write("app.test.js", 'import { atlassian } from "lucia-atlassian/providers";\ntest("loads", () => expect(atlassian).toBeDefined());\n');
	return exec(node(24), [bin("jest", group), "--config", "jest.config.json"]);
}

async function runParcel({ write, exec }: Project, packageExports: boolean): Promise<unknown> {
	write("package.json", JSON.stringify({ name: "app", private: true, ...(packageExports && { "@parcel/resolver-default": { packageExports } }) }));
	write("package-lock.json", "{}");
	write("index.html", '<!doctype html><script type="module" src="./main.js"></script>');
	write("main.js", 'import { atlassian } from "lucia-atlassian/providers";\nconsole.log(atlassian);\n');
	return exec(node(24), [bin("parcel", "parcel"), "build", "index.html", "--no-cache"]);
}

export const cases: Case[] = [
	{
		tool: "Nitro 2 (Nuxt) with an edge preset",
		group: "nuxt",
		fails: async ({ folder, write, exec }) => {
			write("run.js", appScript);
			for (const [path, text] of Object.entries(nuxt("cloudflare_module"))) {
				write(path, text.replace(", experimental: { wasm: true }", ""));
			}
			return exec(node(24), [bin("nuxt", "nuxt"), "build"], environment(folder));
		}
	},
	{
		tool: "Nitro 2 (Nuxt), preset `vercel_edge`",
		group: "nuxt",
		// The remedy is a row of the matrix.
		fails: runInEdgeRuntime
	},
	{
		tool: "OpenNext",
		group: "opennext",
		fails: (project) => runOpenNext(project, {})
	},
	{
		tool: "vitest for Workers",
		group: "vitest-workers",
		fails: (project) => runVitestForWorkers(project, "{}"),
		works: (project) => runVitestForWorkers(project, '{ wrangler: { configPath: "./wrangler.json" } }')
	},
	{
		tool: "Vite without a plugin, for Workers",
		fails: (project) => runPlainVite(project, "2025-05-31"),
		works: (project) => runPlainVite(project, "2025-06-01")
	},
	{
		tool: "esbuild with `--conditions=edge-light`",
		fails: (project) => runEsbuild(project),
		works: (project) => runEsbuild(project, "--external:*.wasm?module")
	},
	...[
		{ tool: "jest 30", group: "test-tools" },
		{ tool: "jest 29", group: "test-tools-older" }
	].map(({ tool, group }) => ({
		tool,
		group,
		fails: (project: Project) => runJest(project, group, {}),
		works: (project: Project) => runJest(project, group, { transformIgnorePatterns: ["/node_modules/(?!lucia-atlassian/)"] })
	})),
	{
		tool: "Parcel",
		group: "parcel",
		fails: (project) => runParcel(project, false),
		works: (project) => runParcel(project, true)
	}
];
