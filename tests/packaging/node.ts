// Node, with both ways to load a package, in each version that is supported.

import { type Row, importingProgram, node, reportOf } from "./project.ts";

const requiringProgram = `
const index = require("lucia-atlassian");
const providers = require("lucia-atlassian/providers");
import("./suite.js")
	.then(({ suite }) => suite(index, providers, JSON.parse(process.env.INPUT)))
	.then((report) => console.log(JSON.stringify(report)));
`;

const version = (major: 20 | 22 | 24) => async () => {
	const { execFileSync } = await import("node:child_process");
	return execFileSync(node(major), ["--version"], { encoding: "utf8" }).trim().slice(1);
};

export const rows: Row[] = ([20, 22, 24] as const).flatMap((major) => [
	{
		runtime: `Node ${major}, \`import\``,
		version: version(major),
		loads: "text, compiled on import",
		run: async ({ write, exec, input }) => {
			write("main.js", importingProgram);
			return reportOf(await exec(node(major), ["main.js"], { INPUT: JSON.stringify(await input()) }));
		}
	},
	{
		runtime: `Node ${major}, \`require()\``,
		version: version(major),
		loads: "text, compiled on import",
		run: async ({ write, exec, input }) => {
			write("main.cjs", requiringProgram);
			return reportOf(await exec(node(major), ["main.cjs"], { INPUT: JSON.stringify(await input()) }));
		}
	}
]);
