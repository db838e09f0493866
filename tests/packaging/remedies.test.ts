// The README's table of what tools say when they cannot load the package as it comes, and what to do then. Each tool
// runs here without the remedy, and has to say what the table says; most remedies are rows of the matrix.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, describe, it } from "node:test";
import { fileURLToPath } from "node:url";

import { nuxt } from "./edge-frameworks.ts";
import { runOpenNext } from "./opennext.ts";
import { appScript } from "./page.ts";
import { type Project, bin, installFixtures, makeProject, node, startAtlassian } from "./project.ts";
import { reportFromServer } from "./server.ts";
import { dev, environment } from "./workers.ts";

/** A tool as the table names it, the fixtures that it needs, and what it does without the remedy and with it. */
interface Case {
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

async function runJest({ write, exec }: Project, config: object): Promise<unknown> {
	write("package.json", JSON.stringify({ name: "app", private: true }));
	write("babel.config.cjs", 'module.exports = { presets: [["@babel/preset-env", { targets: { node: "current" } }]] };');
	write("jest.config.json", JSON.stringify(config));
	write("app.test.js", 'import { atlassian } from "lucia-atlassian/providers";\ntest("loads", () => expect(atlassian).toBeDefined());\n');
	return exec(node(24), [bin("jest", "test-tools"), "--config", "jest.config.json"]);
}

async function runParcel({ write, exec }: Project, packageExports: boolean): Promise<unknown> {
	write("package.json", JSON.stringify({ name: "app", private: true, ...(packageExports && { "@parcel/resolver-default": { packageExports } }) }));
	write("package-lock.json", "{}");
	write("index.html", '<!doctype html><script type="module" src="./main.js"></script>');
	write("main.js", 'import { atlassian } from "lucia-atlassian/providers";\nconsole.log(atlassian);\n');
	return exec(node(24), [bin("parcel", "parcel"), "build", "index.html", "--no-cache"]);
}

const cases: Case[] = [
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
	{
		tool: "jest",
		group: "test-tools",
		fails: (project) => runJest(project, {}),
		works: (project) => runJest(project, { transformIgnorePatterns: ["/node_modules/(?!lucia-atlassian/)"] })
	},
	{
		tool: "Parcel",
		group: "parcel",
		fails: (project) => runParcel(project, false),
		works: (project) => runParcel(project, true)
	}
];

const readme = readFileSync(fileURLToPath(new URL("../../README.md", import.meta.url)), "utf8");
const [, section = ""] = /^## If your tool says\n(.*?)^## /ms.exec(readme) ?? [];
/** What the table says by the name of the tool. */
const table = new Map(Array.from(section.matchAll(/^\| (.*?) \| (`.*?`) \| (.*) \|$/gm), ([, tool = "", says = ""]) => [tool, says]));

describe("what tools say without the README's remedy", { concurrency: 2 }, () => {
	let atlassian: Awaited<ReturnType<typeof startAtlassian>>;
	before(async () => {
		await installFixtures();
		atlassian = await startAtlassian();
	});
	after(() => atlassian.close());

	it("the table has these tools and no others", () => {
		assert.deepEqual([...table.keys()], cases.map(({ tool }) => tool));
	});

	for (const { tool, group, fails, works } of cases) {
		it(tool, async () => {
			const project = () => makeProject(atlassian, { runtime: `remedy ${tool}`, ...(group && { group }) });
			const seen = await fails(await project()).then(
				(result) => `no error: ${JSON.stringify(result)}`,
				(error: Error) => error.message
			);
			// Tools colour what they print, and break its lines.
			const plain = seen.replaceAll(/\u001b\[[\d;]*m/g, "").replaceAll(/\s+/g, " ");
			for (const [, text = ""] of table.get(tool)?.matchAll(/`(.*?)`/g) ?? []) {
				for (const part of text.split("…")) assert.ok(plain.includes(part), `expected ${part} in\n${seen}`);
			}
			assert.ok(table.has(tool), seen);
			await works?.(await project());
		});
	}
});
