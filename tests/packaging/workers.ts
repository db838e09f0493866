// Cloudflare Workers, with nothing set but the compatibility date: in `wrangler dev`, and what
// `wrangler deploy` would upload, both under the oldest date and under the newest.

import assert from "node:assert/strict";
import { join } from "node:path";

import { assertEdgeEntry } from "./edge.ts";
import { type Project, type Row, bin, node, versionOf } from "./project.ts";
import { type Server, reportFromServer } from "./server.ts";

const worker = `
import * as index from "lucia-atlassian";
import * as providers from "lucia-atlassian/providers";
import { suite } from "./suite.js";
export default {
	async fetch(request) {
		return Response.json(await suite(index, providers, await request.json()));
	}
};
`;

// The first change that a compatibility date turns on is of 2021-11-03, so that all dates before mean
// the same. The newest that a workerd knows is in its version, such as 1.20261117.1.
const oldest = () => "2021-11-02";
export const newest = () => {
	const date = /^\d+\.(\d{4})(\d{2})(\d{2})\./.exec(versionOf("workerd"));
	assert.ok(date, "expected the version of workerd to hold a date");
	return date.slice(1).join("-");
};

/** What wrangler writes down stays in the folder of the row, and nothing is sent. */
export const environment = (folder: string) => ({
	CI: "true",
	CLOUDFLARE_CF_FETCH_ENABLED: "false",
	FORCE_COLOR: "0",
	TMPDIR: folder,
	WRANGLER_HIDE_BANNER: "true",
	WRANGLER_SEND_METRICS: "false",
	XDG_CONFIG_HOME: folder
});

/** `wrangler dev`, run by a Node that wrangler accepts. */
export const dev = (folder: string, ...options: string[]): Server => ({
	program: node(24),
	args: [
		...[bin("wrangler"), "dev", ...options],
		...["--local", "--ip", "127.0.0.1", "--port", "0", "--inspector-port", "0"]
	],
	env: environment(folder),
	listening: /Ready on http:\/\/127\.0\.0\.1:(\d+)/,
	path: "/"
});

function writeWorker({ write }: Project, compatibilityDate: string): void {
	write("worker.js", worker);
	write(
		"wrangler.json",
		JSON.stringify({ name: "app", main: "worker.js", compatibility_date: compatibilityDate })
	);
}

async function runDeployed(project: Project, compatibilityDate: string) {
	const { folder, write, exec } = project;
	writeWorker(project, compatibilityDate);
	const output = await exec(
		node(24),
		[bin("wrangler"), "deploy", "--dry-run", "--outdir", "uploaded"],
		environment(folder)
	);
	const [size] = /Total Upload: .*/.exec(output) ?? [];
	assert.ok(size, `expected wrangler to print the size of the upload:\n${output}`);
	console.log(`compatibility date ${compatibilityDate}: ${size}`);

	assertEdgeEntry(folder, join(folder, "uploaded"));

	// The upload itself, not bundled again.
	write(
		"uploaded/wrangler.json",
		JSON.stringify({ name: "app", main: "worker.js", compatibility_date: compatibilityDate })
	);
	return reportFromServer(
		project,
		dev(folder, "--no-bundle", "--config", "uploaded/wrangler.json")
	);
}

const version = () => versionOf("wrangler");
const loads = "compiled module, by static import";

export const rows: Row[] = (
	[
		["oldest", oldest],
		["newest", newest]
	] as const
).flatMap(([age, compatibilityDate]) => [
	{
		runtime: `Cloudflare Workers, \`wrangler dev\`, ${age} compatibility date`,
		version,
		loads,
		run: async (project) => {
			writeWorker(project, compatibilityDate());
			// From 2025-06-01 on, workerd would compile the text on import as well.
			project.write(
				"node_modules/lucia-atlassian/dist/default.js",
				'throw new Error("expected a Worker to load edge.js, not default.js");'
			);
			return reportFromServer(project, dev(project.folder));
		}
	},
	{
		runtime: `Cloudflare Workers, \`wrangler deploy --dry-run\`, ${age} compatibility date`,
		version,
		loads,
		run: (project) => runDeployed(project, compatibilityDate())
	}
]);
