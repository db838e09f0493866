// What can be checked of speed and size without a clock: how much a Worker bundles, that nothing is
// left behind in memory, how often one call crosses the boundary between JavaScript and wasm, and that
// the peers of the benchmark do the same work.

import assert from "node:assert/strict";
import { suite, test } from "node:test";

import { type Crossings, crossings, memoryGrowth } from "./memory-report.ts";
import { measureSize, sizeTable } from "./size.ts";
import { inRounds, quantile, spread } from "./statistics.ts";
import { verify } from "./work.ts";

const node = process.execPath;

suite("size", () => {
	test("a Worker bundles 40 KB of the package at most, and all of it has a name", async () => {
		const size = await measureSize();
		console.log(sizeTable(size));
		assert.ok(size.total <= 40_000, `expected 40 KB at most, not ${size.total} bytes`);
		const named = size.parts.reduce((sum, { gzip }) => sum + gzip, 0);
		assert.ok(Math.abs(named - size.total) < 1, `the parts add up to ${named} of ${size.total} bytes`);
		const unnamed = size.parts.find(({ name }) => name === "no crate named");
		assert.ok((unnamed?.gzip ?? 0) < 1_000, `${unnamed?.gzip} bytes belong to no crate`);
	});
});

suite("memory", () => {
	const counts = { urls: 100_000, callbacks: 20_000, providers: 100_000 };
	for (const registry of [true, false]) {
		const where = registry ? "" : ", where there is no FinalizationRegistry";
		test(`URLs, callbacks and providers leave nothing behind${where}`, async () => {
			const growth = await memoryGrowth(node, counts, registry);
			assert.deepEqual(Object.keys(growth), ["urls", "callbacks", "callbacks, timeout", "providers"]);
			for (const [what, { heap, wasm, table }] of Object.entries(growth)) {
				console.log(`${what}: heap ${heap}, wasm ${wasm}, table ${table}`);
				assert.equal(wasm, 0, `${what}: the wasm memory grew`);
				assert.equal(table, 0, `${what}: the table of JavaScript values grew`);
				// One small object kept for each of 20,000 callbacks would be more than this.
				assert.ok(heap < 500_000, `${what}: the JavaScript heap grew by ${heap} bytes`);
			}
		});
	}
});

suite("crossings of the boundary", () => {
	// A ceiling for each call, to be lowered when it can be.
	const ceilings = {
		atlassian: { into: 4, out: 25 },
		getAuthorizationUrl: { into: 1, out: 3 },
		validateCallback: { into: 5, out: 29 }
	};
	for (const [name, ceiling] of Object.entries(ceilings)) {
		test(`${name}: ${ceiling.into} into wasm and ${ceiling.out} out of it at most`, async () => {
			const counted = (await crossings(node))[name];
			assert.ok(counted, `expected ${name} to be counted`);
			const total = (direction: keyof Crossings) =>
				Object.values(counted[direction]).reduce((sum, count) => sum + count, 0);
			console.log(`${name}: ${total("into")} into wasm, ${total("out")} out of it`);
			assert.ok(total("into") > 0, "expected a call into wasm");
			for (const direction of ["into", "out"] as const) {
				assert.ok(
					total(direction) <= ceiling[direction],
					`${total(direction)} calls ${direction === "into" ? "into wasm" : "out of wasm"}: ${JSON.stringify(counted[direction], null, "\t")}`
				);
			}
		});
	}
});

suite("the benchmark itself", () => {
	test("all peers make the same URL and send the same requests", () => verify());

	test("quartiles are those of the sorted values", () => {
		assert.deepEqual(spread([5, 1, 4, 2, 3]), { median: 3, lower: 2, upper: 4 });
		assert.equal(quantile([1, 2], 0.5), 1.5);
		assert.equal(quantile([7], 0.99), 7);
	});

	test("in its rounds, every peer has each place and each neighbour", async () => {
		const order: string[] = [];
		const values = await inRounds(6, ["a", "b", "c"], async (name) => order.push(name));
		assert.equal(order.join(""), "abc" + "acb" + "cab" + "cba" + "bca" + "bac");
		assert.deepEqual(Object.values(values).map(({ length }) => length), [6, 6, 6]);
	});
});
