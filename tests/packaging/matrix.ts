// The matrix: the same suite, from the same tarball, wherever the README says that the package runs. The rows come
// from the files beside this one; which of them a run takes is left to the `*.test.ts` that call `testRows`.
// `ROWS=vite,bun` takes those rows alone whose names contain one of the words. `UPDATE_README=1` writes the lines
// of the rows that passed into the tables of README.md and tests/packaging/README.md.

import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";

import { rows as aliasRows } from "./alias.ts";
import { rows as browserRows, webKitRows } from "./browsers.ts";
import { rows as bundlerRows } from "./bundlers.ts";
import { rows as edgeFrameworkRows } from "./edge-frameworks.ts";
import { rows as frameworkRows } from "./frameworks.ts";
import { rows as nextRows } from "./next.ts";
import { rows as nitroRows } from "./nitro.ts";
import { rows as nodeRows } from "./node.ts";
import { rows as nodeFrameworkRows } from "./node-frameworks.ts";
import { rows as openNextRows } from "./opennext.ts";
import { type Row, installFixtures, makeProject, startAtlassian } from "./project.ts";
import { readme } from "./readme.ts";
import { rows as runtimeRows } from "./runtimes.ts";
import { checks } from "./suite.ts";
import { rows as testToolRows } from "./test-tools.ts";
import { rows as typescriptRows } from "./typescript.ts";
import { rows as workerRows } from "./workers.ts";

/** Runtimes and bundlers, run by `npm run test:packaging`. */
export const runtimes: Row[] = [
	...nodeRows,
	...workerRows,
	...runtimeRows,
	...browserRows,
	...bundlerRows,
	...frameworkRows,
	...typescriptRows,
	...aliasRows
];

/** Frameworks, test tools, package managers and the engine of Safari, run by `npm run test:frameworks`. */
export const frameworks: Row[] = [
	...webKitRows,
	...edgeFrameworkRows,
	...nitroRows,
	...nextRows,
	...openNextRows,
	...nodeFrameworkRows,
	...testToolRows
];

/** All rows, in the order of the tables. */
export const groups: Record<string, Row[]> = {
	Runtimes: [...nodeRows, ...workerRows, ...runtimeRows, ...browserRows, ...webKitRows],
	Bundlers: bundlerRows,
	Frameworks: [...frameworkRows, ...edgeFrameworkRows, ...nitroRows, ...nextRows, ...openNextRows],
	Tools: [...nodeFrameworkRows, ...testToolRows, ...typescriptRows, ...aliasRows]
};

/** Runs rows, and compares both READMEs' tables with what they found, so that it cannot go stale. */
export function testRows(rows: Row[]): void {
	const words = process.env["ROWS"]?.toLowerCase().split(",");
	const chosen = rows.filter(
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
		for (const row of chosen) {
			it(row.runtime, async () => {
				const report = await row.run(await makeProject(atlassian, row));
				if (report) assert.deepEqual(report, { passed: [...checks], problem: null });
				passed.add(row);
			});
		}
	});

	if (words && !process.env["UPDATE_README"]) return;
	it("the tables of both READMEs say what was found", async () => {
		const { actual, expected, update } = await readme(groups, passed);
		if (process.env["UPDATE_README"]) update();
		else assert.equal(actual, expected);
	});
}
