// Bundlers, each with the configuration that its documentation starts with and no plugin for wasm.
// What they build is run in Chromium or in Node; pages are served under a Content Security Policy,
// but for those that Vite serves itself.

import { join } from "node:path";

import { appScript, errorsScript, html, pageScript, reportOfPages, serve } from "./page.ts";
import { start } from "./process.ts";
import { type Project, type Row, bin, reportOf, versionOf } from "./project.ts";
import type { Report } from "./suite.ts";

const nodeScript = `
import { run } from "./app.js";

run(JSON.parse(process.env.INPUT)).then((report) => console.log(JSON.stringify(report)));
`;

const loads = "text, compiled on import";

/** Runs bundles in Node; gives the first report with a problem, or else the last. */
async function reportOfNode({ exec, input }: Project, ...bundles: string[]): Promise<Report> {
	let report: Report = { passed: [], problem: "no bundle was run" };
	for (const bundle of bundles) {
		const INPUT = JSON.stringify(await input());
		const output = await exec(process.execPath, [bundle], { INPUT }).catch((error: Error) => {
			// Node shows the line that threw, and the line of a bundle can hold the whole wasm.
			throw new Error(error.message.replaceAll(/(.{200}).+/g, "$1…"));
		});
		report = reportOf(output);
		if (report.problem !== null) return { ...report, problem: `${bundle}: ${report.problem}` };
	}
	return report;
}

/** Serves a folder of pages and runs them in Chromium. */
async function reportOfFolder(
	{ folder, input }: Project,
	path: string,
	...pages: string[]
): Promise<Report> {
	const { origin: atlassian } = await input();
	return serve(join(folder, path), { connect: [atlassian] }, (origin) =>
		reportOfPages("Chromium", input, ...pages.map((page) => `${origin}/${page}`))
	);
}

function writeVitePage({ write }: Project): void {
	write("app.js", appScript);
	write("page.js", pageScript);
	write("index.html", html("/page.js"));
	write("public/errors.js", errorsScript);
}

/** Serves with Vite, on a free port, and runs the page in Chromium. */
async function reportOfVite({ folder, input }: Project, ...args: string[]): Promise<Report> {
	const { ready, output, stop } = await start(bin("vite"), [...args, "--host", "127.0.0.1", "--port", "0"], {
		cwd: folder,
		env: { ...process.env, FORCE_COLOR: "0", NO_COLOR: "1" },
		ready: /Local: +(http:\S+)/
	});
	try {
		return await reportOfPages("Chromium", input, ready[1] ?? "");
	} catch (error) {
		throw new Error(`${error}\n${output()}`);
	} finally {
		await stop();
	}
}

const vite: Row[] = [
	{
		runtime: "Vite, dev server",
		version: () => versionOf("vite"),
		loads,
		run: async (project) => {
			writeVitePage(project);
			return reportOfVite(project);
		}
	},
	{
		runtime: "Vite, build",
		version: () => versionOf("vite"),
		loads,
		run: async (project) => {
			writeVitePage(project);
			await project.exec(bin("vite"), ["build"]);
			return reportOfFolder(project, "dist", "");
		}
	},
	{
		runtime: "Vite, preview",
		version: () => versionOf("vite"),
		loads,
		run: async (project) => {
			writeVitePage(project);
			await project.exec(bin("vite"), ["build"]);
			return reportOfVite(project, "preview");
		}
	},
	{
		runtime: "Vite, SSR",
		version: () => versionOf("vite"),
		loads,
		run: async (project) => {
			project.write("app.js", appScript);
			project.write("main.js", nodeScript);
			// Vite leaves packages out of the bundle unless told otherwise.
			project.write("bundled.config.js", "export default { ssr: { noExternal: true } };\n");
			const build = ["build", "--ssr", "main.js"];
			await project.exec(bin("vite"), [...build, "--outDir", "external"]);
			await project.exec(bin("vite"), [
				...[...build, "--outDir", "bundled"],
				...["--config", "bundled.config.js"]
			]);
			return reportOfNode(project, "external/main.js", "bundled/main.js");
		}
	}
];

const webpack: Row[] = [
	{
		runtime: "webpack, web",
		version: () => versionOf("webpack"),
		loads,
		run: async (project) => {
			project.write("app.js", appScript);
			project.write("page.js", pageScript);
			project.write("webpack.config.js", 'export default { mode: "production", entry: "./page.js" };\n');
			project.write("dist/errors.js", errorsScript);
			project.write("dist/index.html", html("/main.js", "text/javascript"));
			await project.exec(bin("webpack"), []);
			return reportOfFolder(project, "dist", "");
		}
	},
	{
		runtime: "webpack, node",
		version: () => versionOf("webpack"),
		loads,
		run: async (project) => {
			project.write("app.js", appScript);
			project.write("main.js", nodeScript);
			project.write(
				"webpack.config.js",
				'export default { mode: "production", target: "node", entry: "./main.js", output: { filename: "main.cjs" } };\n'
			);
			await project.exec(bin("webpack"), []);
			return reportOfNode(project, "dist/main.cjs");
		}
	}
];

const rollupConfig = (input: string, options: string, outputs: string[]) => `
import { nodeResolve } from "@rollup/plugin-node-resolve";

export default {
	input: ${JSON.stringify(input)},
	output: [${outputs.join(", ")}],
	plugins: [nodeResolve(${options})]
};
`;

const rollup: Row[] = [
	{
		runtime: "Rollup, node",
		version: () => versionOf("rollup"),
		loads,
		run: async (project) => {
			project.write("app.js", appScript);
			project.write("main.js", nodeScript);
			project.write(
				"rollup.config.js",
				rollupConfig("main.js", '{ exportConditions: ["node"] }', [
					'{ file: "dist/main.js", format: "es" }',
					'{ file: "dist/main.cjs", format: "cjs" }'
				])
			);
			await project.exec(bin("rollup"), ["--config"]);
			return reportOfNode(project, "dist/main.js", "dist/main.cjs");
		}
	},
	{
		runtime: "Rollup, browser",
		version: () => versionOf("rollup"),
		loads,
		run: async (project) => {
			project.write("app.js", appScript);
			project.write("page.js", pageScript);
			project.write(
				"rollup.config.js",
				rollupConfig("page.js", "{ browser: true }", [
					'{ file: "dist/es.js", format: "es" }',
					'{ file: "dist/iife.js", format: "iife" }'
				])
			);
			project.write("dist/errors.js", errorsScript);
			project.write("dist/es.html", html("/es.js"));
			project.write("dist/iife.html", html("/iife.js", "text/javascript"));
			await project.exec(bin("rollup"), ["--config"]);
			return reportOfFolder(project, "dist", "es.html", "iife.html");
		}
	}
];

const esbuild: Row[] = [
	{
		runtime: "esbuild, browser",
		version: () => versionOf("esbuild"),
		loads,
		run: async (project) => {
			project.write("app.js", appScript);
			project.write("page.js", pageScript);
			project.write("dist/errors.js", errorsScript);
			project.write("dist/esm.html", html("/esm.js"));
			project.write("dist/iife.html", html("/iife.js", "text/javascript"));
			for (const format of ["esm", "iife"]) {
				await project.exec(bin("esbuild"), [
					...["page.js", "--bundle", "--minify"],
					...[`--format=${format}`, `--outfile=dist/${format}.js`]
				]);
			}
			return reportOfFolder(project, "dist", "esm.html", "iife.html");
		}
	},
	{
		runtime: "esbuild, node",
		version: () => versionOf("esbuild"),
		loads,
		run: async (project) => {
			project.write("app.js", appScript);
			project.write("main.js", nodeScript);
			for (const [format, outfile] of [
				["esm", "dist/main.mjs"],
				["cjs", "dist/main.cjs"]
			]) {
				await project.exec(bin("esbuild"), [
					...["main.js", "--bundle", "--minify", "--platform=node"],
					...[`--format=${format}`, `--outfile=${outfile}`]
				]);
			}
			return reportOfNode(project, "dist/main.mjs", "dist/main.cjs");
		}
	}
];

export const rows: Row[] = [...vite, ...webpack, ...rollup, ...esbuild];
