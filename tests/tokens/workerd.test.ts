// The same scenarios in workerd: wrangler bundles them with the package as a deployment would, and serves
// them with D1 and KV, under the oldest compatibility date and under the newest.

import assert from "node:assert/strict";
import { after, before, suite, test } from "node:test";
import { fileURLToPath } from "node:url";

import { compatibilityDates, startWrangler } from "../packaging/wrangler.ts";
import { type StandIn, declareScenarios, startStandIn } from "./harness.ts";

const main = fileURLToPath(new URL("worker.ts", import.meta.url));

for (const compatibilityDate of compatibilityDates) {
	suite(`tokens in workerd, compatibility_date ${compatibilityDate}`, () => {
		let standIn: StandIn;
		let origin = "";
		let runs = 0;
		const closing: (() => unknown)[] = [];

		before(async () => {
			standIn = await startStandIn();
			closing.push(() => standIn.close());
			const worker = await startWrangler({
				name: "tokens",
				main,
				compatibility_date: compatibilityDate,
				d1_databases: [{ binding: "DB", database_name: "tokens", database_id: "tokens" }],
				kv_namespaces: [{ binding: "KV", id: "tokens" }],
			});
			closing.push(() => worker.close());
			origin = worker.origin;
		});

		after(async () => {
			for (const close of closing.reverse()) await close();
		});

		declareScenarios(() => standIn, ["memory", "d1", "kv"], async ({ name }, store) => {
			const body = JSON.stringify({ name, store, user: `user ${runs++}`, addresses: standIn.addresses });
			const response = await fetch(origin, { method: "POST", body });
			const text = await response.text();
			assert.equal(response.status, 200, text);
			return JSON.parse(text);
		});
	});
}

test("what instrumentation put in the place of fetch gets a Request, even if it looks like workerd's own", async () => {
	const worker = await startWrangler({
		name: "instrumented",
		main: fileURLToPath(new URL("instrumented.ts", import.meta.url)),
		compatibility_date: compatibilityDates[1],
	});
	try {
		const { given, source } = (await (await fetch(worker.origin)).json()) as { given: boolean[]; source: string };
		assert.equal(source, "function fetch() { [native code] }");
		assert.deepEqual(given, [true]);
	} finally {
		await worker.close();
	}
});
