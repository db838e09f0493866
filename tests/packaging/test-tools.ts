// Test tools, in each environment that they make for a test: Node's own, or a browser's that is made of parts of
// different origin. The test file signs in as an app's own tests do.

import { readFileSync } from "node:fs";
import { join } from "node:path";

import { appScript } from "./page.ts";
import { type Project, type Row, bin, node, scratchOf, versionOf } from "./project.ts";
import type { Report } from "./suite.ts";
import { environment } from "./workers.ts";

const loads = "text, compiled on import";
const group = "test-tools";
/** Jest and vitest of the time of Lucia 2 and after. */
const olderGroup = "test-tools-older";

const testFile = `
import { writeFileSync } from "node:fs";
import * as index from "lucia-atlassian";
import * as providers from "lucia-atlassian/providers";
import { suite } from "./suite.js";
test("the suite", async () => {
	const report = await suite(index, providers, JSON.parse(process.env.INPUT));
	writeFileSync("report.json", JSON.stringify(report));
});
`;

const reportIn = (folder: string) => JSON.parse(readFileSync(join(folder, "report.json"), "utf8")) as Report;

async function runVitest({ folder, write, exec, input }: Project, environment: string, program: string): Promise<Report> {
	write("suite.test.js", testFile);
	// happy-dom goes on to decompress a body that was cancelled, as one over the limit is, and throws where nobody
	// can catch it.
	const onUnhandledError = environment === "happy-dom" ? '({ code }) => code !== "ERR_INVALID_STATE"' : "undefined";
	write("vitest.config.js", `export default { test: { globals: true, onUnhandledError: ${onUnhandledError} } };`);
	await exec(node(24), [program, "run", "--environment", environment], {
		INPUT: JSON.stringify(await input())
	});
	return reportIn(folder);
}

const vitest: Row[] = (["node", "jsdom", "happy-dom"] as const).map((environment) => ({
	runtime: `vitest, environment ${environment}`,
	version: () => versionOf("vitest", group) + (environment === "node" ? "" : `, ${environment} ${versionOf(environment, group)}`),
	loads,
	group,
	isSelected: environment === "jsdom",
	run: (project) => runVitest(project, environment, bin("vitest", group))
}));

// The versions whose jsdom has an `AbortSignal` that Node's `Request` rejects. Their bins have the same name.
const olderVitest: Row[] = [1, 2, 3].map((major) => ({
	runtime: `vitest, version ${major}, environment jsdom`,
	version: () => `${versionOf(`vitest-${major}`, olderGroup)}, jsdom ${versionOf("jsdom", olderGroup)}`,
	loads,
	group: olderGroup,
	run: (project) => runVitest(project, "jsdom", join(scratchOf(olderGroup), "node_modules", `vitest-${major}`, "vitest.mjs"))
}));

// jsdom has no `fetch` of its own: apps that test with it copy Node's into its window.
const jsdomWithFetch = `
const { TestEnvironment } = require("jest-environment-jsdom");
const { fetch, Headers, Request, Response, TextDecoder, TextEncoder } = globalThis;
module.exports = class extends TestEnvironment {
	async setup() {
		await super.setup();
		Object.assign(this.global, { fetch, Headers, Request, Response, TextDecoder, TextEncoder });
	}
};
`;

async function runJest({ folder, write, exec, input }: Project, testEnvironment: string, from: string): Promise<Report> {
	write("environment.cjs", jsdomWithFetch);
	write("babel.config.cjs", 'module.exports = { presets: [["@babel/preset-env", { targets: { node: "current" } }]] };');
	write("jest.config.json", JSON.stringify({ testEnvironment, transformIgnorePatterns: ["/node_modules/(?!lucia-atlassian/)"] }));
	write("suite.test.js", testFile);
	await exec(node(24), [bin("jest", from)], { INPUT: JSON.stringify(await input()) });
	return reportIn(folder);
}

const jest: Row[] = [
	{ environment: "node", testEnvironment: "node", from: group },
	{ environment: "jsdom", testEnvironment: "./environment.cjs", from: group, isSelected: true },
	{ environment: "jsdom", testEnvironment: "./environment.cjs", from: olderGroup }
].map(({ environment, testEnvironment, from, isSelected = false }) => ({
	runtime: `jest, ${from === olderGroup ? "version 29, " : ""}environment ${environment}`,
	version: () => versionOf("jest", from) + (environment === "jsdom" ? `, jsdom ${versionOf("jest-environment-jsdom/node_modules/jsdom", from)}` : ""),
	loads,
	group: from,
	isSelected,
	run: (project) => runJest(project, testEnvironment, from)
}));

const workersGroup = "vitest-workers";

const vitestForWorkers: Row = {
	runtime: "vitest for Workers",
	version: () => `${versionOf("@cloudflare/vitest-pool-workers", workersGroup)}, vitest ${versionOf("vitest", workersGroup)}`,
	loads: "compiled module, by static import",
	group: workersGroup,
	run: async ({ folder, write, exec, input }) => {
		// Workers have no files and no environment: what comes and goes is on the standard streams.
		write(
			"suite.test.js",
			`
import { test } from "vitest";
import { run } from "./run.js";
test("the suite", async () => console.log("REPORT" + JSON.stringify(await run(${JSON.stringify(await input())}))));
`
		);
		write("run.js", appScript);
		write("worker.js", "export default { fetch: () => new Response() };\n");
		write("wrangler.json", JSON.stringify({ name: "app", main: "worker.js", compatibility_date: "2026-08-01", compatibility_flags: ["nodejs_compat"] }));
		write(
			"vitest.config.js",
			`
import { cloudflareTest } from "@cloudflare/vitest-pool-workers";
export default { plugins: [cloudflareTest({ wrangler: { configPath: "./wrangler.json" } })] };
`
		);
		const output = await exec(node(24), [bin("vitest", workersGroup), "run"], environment(folder));
		return JSON.parse(/^REPORT(.*)$/m.exec(output)?.[1] ?? "null") as Report;
	}
};

export const rows: Row[] = [...vitest, ...olderVitest, vitestForWorkers, ...jest];
