// The README's table of tools that need a setting. Each tool runs without the setting and must print the error of the
// table. It then runs with the setting, here or as a row of the matrix.

import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";

import { table } from "../documents/text.ts";
import { installFixtures, makeProject, startAtlassian } from "./project.ts";
import { cases } from "./remedies.ts";

/** The error that the table shows for a tool. */
const errors = new Map(table("README.md", "tool", "error", "setting").map(([tool = "", error = ""]) => [tool, error]));

describe("tools without the setting of the README", { concurrency: 2 }, () => {
	let atlassian: Awaited<ReturnType<typeof startAtlassian>>;
	before(async () => {
		await installFixtures();
		atlassian = await startAtlassian();
	});
	after(() => atlassian.close());

	for (const { tool, group, fails, works } of cases) {
		it(tool, async () => {
			const project = () => makeProject(atlassian, { runtime: `remedy ${tool}`, ...(group && { group }) });
			const seen = await fails(await project()).then(
				(result) => `no error: ${JSON.stringify(result)}`,
				(error: Error) => error.message
			);
			// Tools colour what they print, and break its lines.
			const plain = seen.replaceAll(/\u001b\[[\d;]*m/g, "").replaceAll(/\s+/g, " ");
			const parts = [...(errors.get(tool) ?? "").matchAll(/`(.*?)`/g)].flatMap(([, text = ""]) => text.split("…"));
			assert.ok(parts.length > 0, `the README's table has no error of ${tool}. It is:\n${seen}`);
			for (const part of parts) assert.ok(plain.includes(part), `expected ${part} in\n${seen}`);
			await works?.(await project());
		});
	}
});
