// This package and the published one, side by side on seeded random cases. A new seed is drawn on each
// run and printed; `PARITY_SEED` and `PARITY_CASES` run a seed again, `PARITY_CASE` one case of it.

import assert from "node:assert/strict";
import { test } from "node:test";
import { compareCase, differential, type Report } from "./differential.ts";
import { ours } from "./ours.ts";
import { published } from "./published.ts";

function fromEnvironment(name: string, most: number): number | undefined {
	const text = process.env[name];
	if (text === undefined || text === "") return undefined;
	if (!/^\d{1,10}$/.test(text) || Number(text) > most) throw new RangeError(`${name} must be an integer from 0 to ${most}, not ${JSON.stringify(text)}`);
	return Number(text);
}

const seed = fromEnvironment("PARITY_SEED", 2 ** 32 - 1) ?? crypto.getRandomValues(new Uint32Array(1))[0] ?? 0;
const cases = fromEnvironment("PARITY_CASES", 10_000_000) ?? 2500;
const only = fromEnvironment("PARITY_CASE", 10_000_000);

test("this package does what the published one does", async (t) => {
	let report: Report = { seed, cases: 0, checks: 0, differences: [] };
	if (only === undefined) report = await differential(published, ours, seed, cases);
	else await compareCase(published, ours, seed, only, report);

	const { checks, differences } = report;
	t.diagnostic(`seed ${seed}, ${report.cases} cases, ${checks} checks, ${differences.length} differences`);
	for (const { index, kind, name, published, ours } of differences.slice(0, 20)) {
		t.diagnostic(`case ${index} (${kind}), ${name}; again with PARITY_SEED=${seed} PARITY_CASE=${index}`);
		t.diagnostic(`  published: ${published}`);
		t.diagnostic(`  ours:      ${ours}`);
	}
	assert.equal(differences.length, 0, `${differences.length} differences with PARITY_SEED=${seed} PARITY_CASES=${cases}`);
	assert.ok(report.cases > 0 && checks > 0, "nothing was compared");
});
