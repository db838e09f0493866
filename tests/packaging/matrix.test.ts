// The matrix: the same suite, from the same tarball, wherever the README says that the package runs.
// What it finds is compared with the README's table, so that the table cannot go stale.
// `ROWS=vite,bun` runs those rows alone whose names contain one of the words; `UPDATE_README=1`
// writes the table.

import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";

import { rows as aliasRows } from "./alias.ts";
import { rows as browserRows } from "./browsers.ts";
import { rows as bundlerRows } from "./bundlers.ts";
import { rows as frameworkRows } from "./frameworks.ts";
import { rows as nodeRows } from "./node.ts";
import { type Row, installFixtures, makeProject, startAtlassian } from "./project.ts";
import { readme, writeReadme } from "./readme.ts";
import { rows as runtimeRows } from "./runtimes.ts";
import { checks } from "./suite.ts";
import { rows as typescriptRows } from "./typescript.ts";
import { rows as workerRows } from "./workers.ts";

const allRows: Row[] = [
	...nodeRows,
	...workerRows,
	...runtimeRows,
	...browserRows,
	...bundlerRows,
	...frameworkRows,
	...typescriptRows,
	...aliasRows
];
const words = process.env["ROWS"]?.toLowerCase().split(",");
const rows = allRows.filter(
	({ runtime }) => words?.some((word) => runtime.toLowerCase().includes(word)) ?? true
);
const passed = new Set<Row>();

let atlassian: Awaited<ReturnType<typeof startAtlassian>>;

before(async () => {
	await installFixtures();
	atlassian = await startAtlassian();
});
after(() => atlassian.close());

describe("the package from its tarball", { concurrency: 2 }, () => {
	for (const row of rows) {
		it(row.runtime, async () => {
			const report = await row.run(await makeProject(atlassian, row.runtime, row.installAs));
			if (report) assert.deepEqual(report, { passed: [...checks], problem: null });
			passed.add(row);
		});
	}
});

if (!words) {
	it("the README's table says what was found", async () => {
		const { actual, expected } = await readme(allRows.filter((row) => passed.has(row)));
		if (process.env["UPDATE_README"] && passed.size === allRows.length) writeReadme(expected);
		else assert.equal(actual, expected);
	});
}
