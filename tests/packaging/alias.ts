// The npm alias: the package under the name of the published one, in a program whose source still
// says `@lucia-auth/oauth`.

import { type Row, importingProgram, node, reportOf, versionOf } from "./project.ts";

export const rows: Row[] = [
	{
		runtime: "npm alias `@lucia-auth/oauth`",
		version: () => `Node ${versionOf("node-24")}`,
		loads: "text, compiled on import",
		installAs: "@lucia-auth/oauth",
		run: async ({ write, exec, input }) => {
			write("main.js", importingProgram.replaceAll('"lucia-atlassian', '"@lucia-auth/oauth'));
			return reportOf(
				await exec(node(24), ["main.js"], { INPUT: JSON.stringify(await input()) })
			);
		}
	}
];
