// Serves a Worker of the tests with `wrangler dev`, which bundles it with the package as a deployment would.
// The Worker imports the package of this repository; installing it elsewhere is left to the matrix of runtimes.

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { wranglerEnv } from "../../www/dev.ts";
import { start } from "./process.ts";

const inModules = (path: string) => fileURLToPath(new URL(`../../node_modules/${path}`, import.meta.url));

/** A date before all changes that one turns on, and the newest that this workerd knows. */
export const compatibilityDates = ["2021-11-02", newestDate()] as const;

function newestDate(): string {
	const { version } = JSON.parse(readFileSync(inModules("workerd/package.json"), "utf8")) as { version: string };
	// Such as 1.20261117.1.
	const date = /^\d+\.(\d{4})(\d{2})(\d{2})\./.exec(version);
	if (!date) throw new Error(`expected the version of workerd to hold a date, not ${version}`);
	return date.slice(1).join("-");
}

/** Serves what `config`, a wrangler.json, describes, in a folder that goes away with it. */
export async function startWrangler(config: { name: string; main: string; compatibility_date: string; [setting: string]: unknown }) {
	const folder = mkdtempSync(join(tmpdir(), `lucia-atlassian-${config.name}-`));
	const remove = () => rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
	try {
		writeFileSync(join(folder, "wrangler.json"), JSON.stringify(config));
		const args = ["dev", "--local", "--ip", "127.0.0.1", "--port", "0", "--inspector-port", "0"];
		const { ready, stop } = await start(process.execPath, [inModules("wrangler/bin/wrangler.js"), ...args], {
			cwd: folder,
			env: wranglerEnv(folder),
			ready: /Ready on (http:\/\/127\.0\.0\.1:\d+)/
		});
		return {
			origin: ready[1] ?? "",
			async close() {
				await stop();
				remove();
			}
		};
	} catch (error) {
		remove();
		throw error;
	}
}
