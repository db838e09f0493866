// The soak for two minutes. `SOAK_SEED` repeats its choices, though not the order in which lanes run.

import assert from "node:assert/strict";
import { before, suite, test } from "node:test";

import { claims } from "./claims.ts";
import { type Results, runSoak } from "./run.ts";

suite("two minutes of sign-ins, refreshes and faults at full speed", { timeout: 300_000 }, () => {
	let results: Results;
	const seed = Number(process.env["SOAK_SEED"] ?? Date.now() % 2 ** 32);

	before(async () => {
		results = await runSoak({ minutes: 2, intervalSeconds: 1, seed });
	});

	for (const name of ["Node", "workerd"]) {
		for (const { claim, problem } of claims) {
			test(`${name}: ${claim}`, (context) => {
				context.diagnostic(`SOAK_SEED=${seed}`);
				const runtime = results.runtimes.find((runtime) => runtime.name === name);
				assert.ok(runtime, `there are no results of ${name}`);
				assert.equal(problem(runtime), "");
			});
		}
	}
});
