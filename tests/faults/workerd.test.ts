// The same in workerd: wrangler bundles them with the package as a deployment would. Each row and each part
// of the crowd is a request of its own to one isolate.

import assert from "node:assert/strict";
import { after, before, suite } from "node:test";
import { fileURLToPath } from "node:url";

import { compatibilityDates, startWrangler } from "../packaging/wrangler.ts";
import { declareCrowd } from "./crowd.ts";
import { declareMatrix } from "./matrix.ts";

const main = fileURLToPath(new URL("worker.ts", import.meta.url));

let worker: Awaited<ReturnType<typeof startWrangler>>;
const run = async (what: object, tries = 2): Promise<any> => {
	const response = await fetch(worker.origin, { method: "POST", body: JSON.stringify(what) }).catch((cause: unknown) => {
		throw new Error(`wrangler does not answer. It has printed\n${worker.output().slice(-2000)}`, { cause });
	});
	const text = await response.text();
	// wrangler's own answer. What makes the Worker die does so again.
	if (response.status === 503 && /restarted mid-request/.test(text) && tries > 0) {
		console.log(`the Worker was restarted during ${JSON.stringify(what)}`);
		return run(what, tries - 1);
	}
	assert.equal(response.status, 200, text);
	return JSON.parse(text);
};

suite("workerd", () => {
	before(async () => {
		worker = await startWrangler({ name: "faults", main, compatibility_date: compatibilityDates[1] });
	});
	after(() => worker.close());

	suite("faults in workerd", () => {
		declareMatrix("workerd", (row) => run({ row }), () => run({ unhandled: true }));
	});

	suite("a crowd in workerd", () => {
		declareCrowd(10, (crowd) => run({ crowd }));
	});
});
