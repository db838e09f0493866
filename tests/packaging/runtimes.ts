// Deno and Bun, from npm. Both read `node_modules` as npm left it, and both take the default entry.

import { type Row, bin, importingProgram, reportOf, versionOf } from "./project.ts";

const loads = "text, compiled on import";

export const rows: Row[] = [
	{
		runtime: "Deno",
		version: () => versionOf("deno"),
		loads,
		run: async ({ folder, write, exec, input }) => {
			write("main.js", importingProgram);
			const fields = await input();
			// The suite needs the network and its input. The package needs no permission: none for
			// files, above all.
			const permissions = [`--allow-net=${new URL(fields.origin).host}`, "--allow-env=INPUT"];
			return reportOf(
				await exec(bin("deno"), ["run", "--no-prompt", ...permissions, "main.js"], {
					INPUT: JSON.stringify(fields),
					DENO_DIR: `${folder}/.deno`,
					DENO_NO_UPDATE_CHECK: "1"
				})
			);
		}
	},
	{
		runtime: "Bun",
		version: () => versionOf("bun"),
		loads,
		run: async ({ write, exec, input }) => {
			write("main.js", importingProgram);
			return reportOf(
				await exec(bin("bun"), ["run", "main.js"], { INPUT: JSON.stringify(await input()) })
			);
		}
	}
];
