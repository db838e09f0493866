// The same in workerd. Each row and each part of the crowd is a request of its own to one isolate. Not by
// `wrangler dev`: its debugger, which no deployment has, ends the process on a body that says it is gzip and is not.

import assert from "node:assert/strict";
import { after, before, suite } from "node:test";

import { bundle, startWorkerd, workerOptions } from "../bench/runtimes.ts";
import { installFixtures } from "../packaging/project.ts";
import { declareCrowd } from "./crowd.ts";
import { declareMatrix } from "./matrix.ts";

let worker: Awaited<ReturnType<typeof startWorkerd>>;
const run = async (what: object): Promise<any> => {
	const response = await fetch(worker.origin, { method: "POST", body: JSON.stringify(what) });
	const text = await response.text();
	assert.equal(response.status, 200, text);
	return JSON.parse(text);
};

suite("workerd", () => {
	before(async () => {
		await installFixtures();
		worker = await startWorkerd(await bundle("../faults/worker.ts", "faults.js", workerOptions));
	});
	after(() => worker.stop());

	suite("faults in workerd", () => {
		declareMatrix("workerd", (row) => run({ row }), () => run({ unhandled: true }));
	});

	suite("a crowd in workerd", () => {
		declareCrowd(10, (crowd) => run({ crowd }));
	});
});
