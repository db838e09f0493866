// What apps on Node are written, compiled, installed and watched with: Express and NestJS, package managers,
// OpenTelemetry, a single executable. Servers have one route that runs the suite.

import assert from "node:assert/strict";
import { copyFileSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";

import { appScript } from "./page.ts";
import { type Project, type Row, bin, importingProgram, node, reportOf, tarball, versionOf } from "./project.ts";
import { reportFromServer } from "./server.ts";
import type { Report } from "./suite.ts";

const loads = "text, compiled on import";
const group = "node";

/** Compiles `main.ts` with TypeScript and serves it; it prints the port on which it listens. */
async function runCompiled(project: Project, type: "commonjs" | "module", main: string, compilerOptions: object): Promise<Report> {
	const { folder, write, exec } = project;
	write("package.json", JSON.stringify({ name: "app", private: true, type }));
	// The suite stays an ES module, which both kinds can load.
	write("suite.mjs", readFileSync(join(folder, "suite.js"), "utf8"));
	write("suite.d.mts", "export const suite: (...args: unknown[]) => Promise<unknown>;\n");
	write("main.ts", main);
	write(
		"tsconfig.json",
		JSON.stringify({
			compilerOptions: { strict: true, target: "es2022", skipLibCheck: true, types: ["node"], ...compilerOptions },
			files: ["main.ts"]
		})
	);
	await exec(node(24), [bin("tsc", group), "-p", "."]);
	return reportFromServer(project, { program: node(24), args: ["main.js"], listening: /port (\d+)/, path: "/suite" });
}

/** `run` as TypeScript. */
const typedRun = appScript.replace("./suite.js", "./suite.mjs").replace("export const run = (input)", "const run = (input: unknown)");

const frameworks: Row[] = [
	{
		runtime: "Express, TypeScript compiled to CommonJS",
		version: () => versionOf("express", group),
		loads,
		group,
		run: (project) =>
			runCompiled(
				project,
				"commonjs",
				`
import express from "express";
${typedRun.replace(/import \{ suite \} .*/, 'const { suite } = require("./suite.mjs") as { suite: (...args: unknown[]) => Promise<unknown> };')}
const app = express();
app.post("/suite", express.json(), async (request, response) => void response.json(await run(request.body)));
const server = app.listen(0, "127.0.0.1", () => console.log("port " + (server.address() as { port: number }).port));
`,
				{ module: "commonjs", moduleResolution: "node10", esModuleInterop: true }
			)
	},
	{
		runtime: "NestJS",
		version: () => versionOf("@nestjs/core", group),
		loads,
		group,
		run: (project) =>
			runCompiled(
				project,
				"module",
				`
import "reflect-metadata";
import { Body, Controller, HttpCode, Injectable, Module, Post } from "@nestjs/common";
import { NestFactory } from "@nestjs/core";
${typedRun}
@Injectable()
class SignIn {
	run(input: unknown) {
		return run(input);
	}
}
@Controller()
class SuiteController {
	constructor(private readonly signIn: SignIn) {}
	@Post("suite")
	@HttpCode(200)
	suite(@Body() input: unknown) {
		return this.signIn.run(input);
	}
}
@Module({ controllers: [SuiteController], providers: [SignIn] })
class App {}
const app = await NestFactory.create(App);
await app.listen(0, "127.0.0.1");
console.log("port " + app.getHttpServer().address().port);
`,
				{ module: "nodenext", experimentalDecorators: true, emitDecoratorMetadata: true }
			)
	}
];

/** The program of an app for which another package manager than npm has installed the tarball. */
async function runInstalled(project: Project, install: () => Promise<unknown>, start: (main: string) => string[], env: Record<string, string> = {}): Promise<Report> {
	const { folder, write, exec, input } = project;
	for (const file of ["node_modules", "package-lock.json"]) rmSync(join(folder, file), { recursive: true });
	write("package.json", JSON.stringify({ name: "app", private: true, type: "module" }));
	write("main.js", importingProgram);
	await install();
	return reportOf(await exec(node(24), start("main.js"), { INPUT: JSON.stringify(await input()), ...env }));
}

const packageManagers: Row[] = [
	{
		runtime: "pnpm",
		version: () => versionOf("pnpm", group),
		loads,
		group,
		isSelected: true,
		run: (project) => {
			const options = ["--offline", "--store-dir", join(project.folder, "store")];
			const install = () => project.exec(bin("pnpm", group), ["add", `file:${tarball}`, ...options]);
			return runInstalled(project, install, (main) => [main]);
		}
	},
	{
		runtime: "Yarn, Plug'n'Play",
		version: () => versionOf("@yarnpkg/cli-dist", group),
		loads,
		group,
		run: (project) => {
			const { folder, write, exec } = project;
			const env = {
				...{ YARN_NODE_LINKER: "pnp", YARN_ENABLE_GLOBAL_CACHE: "false", YARN_ENABLE_TELEMETRY: "false" },
				...{ YARN_GLOBAL_FOLDER: join(folder, "yarn"), YARN_ENABLE_IMMUTABLE_INSTALLS: "false", FORCE_COLOR: "0" }
			};
			const install = async () => {
				// Makes this the root of a project of its own.
				write("yarn.lock", "");
				await exec(node(24), [bin("yarn", group), "add", `lucia-atlassian@file:${tarball}`], env);
				assert.ok(readFileSync(join(folder, ".pnp.cjs"), "utf8").includes("lucia-atlassian"));
			};
			return runInstalled(project, install, (main) => [bin("yarn", group), "node", main], env);
		}
	}
];

const openTelemetry: Row = {
	runtime: "OpenTelemetry, `fetch` and HTTP instrumented",
	version: () => versionOf("@opentelemetry/sdk-node", group),
	loads,
	group,
	run: async ({ folder, write, exec, input }) => {
		write(
			"instrumentation.mjs",
			`
import { HttpInstrumentation } from "@opentelemetry/instrumentation-http";
import { UndiciInstrumentation } from "@opentelemetry/instrumentation-undici";
import { NodeSDK } from "@opentelemetry/sdk-node";
import { InMemorySpanExporter, SimpleSpanProcessor } from "@opentelemetry/sdk-trace";
const exporter = new InMemorySpanExporter();
const processor = new SimpleSpanProcessor({ exporter });
globalThis.spans = async () => {
	await processor.forceFlush();
	return exporter.getFinishedSpans();
};
new NodeSDK({
	instrumentations: [new HttpInstrumentation(), new UndiciInstrumentation()],
	spanProcessors: [processor]
}).start();
`
		);
		write(
			"main.js",
			`import { writeFileSync } from "node:fs";
${importingProgram}
writeFileSync("spans.json", JSON.stringify((await globalThis.spans()).map(({ name }) => name)));
process.exit();
`
		);
		const env = { INPUT: JSON.stringify(await input()), OTEL_METRICS_EXPORTER: "none", OTEL_LOGS_EXPORTER: "none" };
		const report = reportOf(await exec(node(24), ["--import", "./instrumentation.mjs", "main.js"], env));
		const spans = JSON.parse(readFileSync(join(folder, "spans.json"), "utf8")) as string[];
		assert.ok(spans.filter((name) => name === "POST").length >= 2, `expected a span for each request, not ${spans}`);
		return report;
	}
};

const singleExecutable: Row = {
	runtime: "Node as a single executable application",
	version: () => versionOf("node-24"),
	loads,
	group,
	run: async ({ folder, write, exec, input }) => {
		write("app.js", appScript);
		write("main.js", 'import { run } from "./app.js";\nrun(JSON.parse(process.env.INPUT)).then((report) => console.log(JSON.stringify(report)));\n');
		await exec(bin("esbuild", group), ["main.js", "--bundle", "--platform=node", "--format=cjs", "--outfile=bundle.cjs"]);
		write("sea.json", JSON.stringify({ main: "bundle.cjs", output: "app.blob", disableExperimentalSEAWarning: true }));
		await exec(node(24), ["--experimental-sea-config", "sea.json"]);
		copyFileSync(node(24), join(folder, "app"));
		// What Node looks for, as its documentation has it.
		const fuse = "NODE_SEA_FUSE_fce680ab2cc467b6e072b8b5df1996b2";
		await exec(node(24), [bin("postject", group), "app", "NODE_SEA_BLOB", "app.blob", "--sentinel-fuse", fuse]);
		// Nothing of the package is left beside it.
		rmSync(join(folder, "node_modules"), { recursive: true });
		return reportOf(await exec(join(folder, "app"), [], { INPUT: JSON.stringify(await input()) }));
	}
};

export const rows: Row[] = [...frameworks, ...packageManagers, openTelemetry, singleExecutable];
