// The same in workerd: wrangler bundles them with the package as a deployment would. Each row and each part
// of the crowd is a request of its own to one isolate.

import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, suite } from "node:test";
import { fileURLToPath } from "node:url";

import { wranglerEnv } from "../../www/dev.ts";
import { start } from "../packaging/process.ts";
import { declareCrowd } from "./crowd.ts";
import { declareMatrix } from "./matrix.ts";

const path = (relative: string) => fileURLToPath(new URL(relative, import.meta.url));
const { version } = JSON.parse(readFileSync(path("../../node_modules/workerd/package.json"), "utf8"));
const newest = /^\d+\.(....)(..)(..)\./.exec(version)?.slice(1).join("-") ?? "";

/** Serves the Worker, and gives its origin and what ends it. */
async function startWorker(): Promise<{ origin: string; close(): Promise<void> }> {
	const folder = mkdtempSync(join(tmpdir(), "lucia-atlassian-faults-"));
	const config = { name: "faults", main: path("worker.ts"), compatibility_date: newest };
	writeFileSync(join(folder, "wrangler.json"), JSON.stringify(config));
	const wrangler = path("../../node_modules/wrangler/bin/wrangler.js");
	const args = ["dev", "--local", "--ip", "127.0.0.1", "--port", "0", "--inspector-port", "0"];
	const { ready, stop } = await start(process.execPath, [wrangler, ...args], {
		cwd: folder,
		env: wranglerEnv(folder),
		ready: /Ready on (http:\/\/127\.0\.0\.1:\d+)/,
	});
	return {
		origin: ready[1] ?? "",
		async close() {
			await stop();
			rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
		},
	};
}

let worker: Awaited<ReturnType<typeof startWorker>>;
const run = async (what: object, tries = 2): Promise<any> => {
	const response = await fetch(worker.origin, { method: "POST", body: JSON.stringify(what) });
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
		worker = await startWorker();
	});
	after(() => worker.close());

	suite("faults in workerd", () => {
		declareMatrix("workerd", (row) => run({ row }), () => run({ unhandled: true }));
	});

	suite("a crowd in workerd", () => {
		declareCrowd(10, (crowd) => run({ crowd }));
	});
});
