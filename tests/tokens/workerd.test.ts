// The same scenarios in workerd: wrangler bundles them with the package as a deployment would, and serves
// them with D1 and KV, under the oldest compatibility date and under the newest.

import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, suite } from "node:test";
import { fileURLToPath } from "node:url";

import { wranglerEnv } from "../../www/dev.ts";
import { start } from "../packaging/process.ts";
import { type StandIn, declareScenarios, startStandIn } from "./harness.ts";

const path = (relative: string) => fileURLToPath(new URL(relative, import.meta.url));
const { version } = JSON.parse(readFileSync(path("../../node_modules/workerd/package.json"), "utf8"));
const newest = /^\d+\.(....)(..)(..)\./.exec(version)?.slice(1).join("-") ?? "";

for (const compatibilityDate of ["2021-11-02", newest]) {
	suite(`tokens in workerd, compatibility_date ${compatibilityDate}`, () => {
		let standIn: StandIn;
		let origin = "";
		let runs = 0;
		const closing: (() => unknown)[] = [];

		before(async () => {
			const folder = mkdtempSync(join(tmpdir(), "lucia-atlassian-tokens-"));
			closing.push(() => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }));
			standIn = await startStandIn();
			closing.push(() => standIn.close());
			const config = {
				name: "tokens",
				main: path("worker.ts"),
				compatibility_date: compatibilityDate,
				d1_databases: [{ binding: "DB", database_name: "tokens", database_id: "tokens" }],
				kv_namespaces: [{ binding: "KV", id: "tokens" }],
			};
			writeFileSync(join(folder, "wrangler.json"), JSON.stringify(config));
			const wrangler = path("../../node_modules/wrangler/bin/wrangler.js");
			const args = ["dev", "--local", "--ip", "127.0.0.1", "--port", "0", "--inspector-port", "0"];
			const { ready, stop } = await start(process.execPath, [wrangler, ...args], {
				cwd: folder,
				env: wranglerEnv(folder),
				ready: /Ready on (http:\/\/127\.0\.0\.1:\d+)/,
			});
			closing.push(stop);
			origin = ready[1] ?? "";
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
