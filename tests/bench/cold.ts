// How long it takes from nothing to the first URL: in Node by the process's own clock, in workerd from
// the start of its process to its first response. There is a program that imports nothing, to be taken off.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { join } from "node:path";
import { writeFileSync, mkdirSync } from "node:fs";
import { promisify } from "node:util";

import { compare } from "./compare.ts";
import { bundle, scratch, startWorkerd, workerOptions } from "./runtimes.ts";
import { spread } from "./statistics.ts";

const client = `"client", "secret", "https://app.example/callback"`;
const configs = `{ clientId: "client", clientSecret: "secret", redirectUri: "https://app.example/callback" }`;

/** Modules that import a peer, as an app does, and make one URL. */
const sources = {
	nothing: { imports: "", url: `""` },
	// What the platform takes that makes a state and a URL.
	"random bytes and a URL": {
		imports: "",
		url: `(crypto.getRandomValues(new Uint8Array(2_048)), new URL("https://auth.atlassian.com/authorize?x=1"), "")`
	},
	"the import alone": { imports: `import { atlassian } from "lucia-atlassian/providers";`, url: `(typeof atlassian === "function" ? "" : atlassian)` },
	"@lucia-auth/oauth": {
		imports: `import { atlassian } from "@lucia-auth/oauth/providers";`,
		url: `(await atlassian({}, ${configs}).getAuthorizationUrl())[0].href`
	},
	"lucia-atlassian": {
		imports: `import { atlassian } from "lucia-atlassian/providers";`,
		url: `(await atlassian({}, ${configs}).getAuthorizationUrl())[0].href`
	},
	// The floor: what any library has to do that makes the URL.
	"tuned JavaScript": {
		imports: `import { tuned } from "./tuned.ts";`,
		url: `(await tuned({}, ${configs}).getAuthorizationUrl())[0].href`
	},
	arctic: {
		imports: `import { Atlassian, generateState } from "arctic";`,
		url: `new Atlassian(${client}).createAuthorizationURL(generateState(), ["read:me"]).href`
	},
	oauth4webapi: {
		imports: `import * as oauth from "oauth4webapi";`,
		url: `(() => {
			const url = new URL("https://auth.atlassian.com/authorize");
			url.searchParams.set("response_type", "code");
			url.searchParams.set("client_id", "client");
			url.searchParams.set("scope", "read:me");
			url.searchParams.set("state", oauth.generateRandomState());
			url.searchParams.set("redirect_uri", "https://app.example/callback");
			url.searchParams.set("audience", "api.atlassian.com");
			url.searchParams.set("prompt", "consent");
			return url.href;
		})()`
	},
	"jira.js": {
		imports: `import { generateAuthorizationUrl } from "jira.js";`,
		url: `new URL(generateAuthorizationUrl({ clientId: "client", scopes: ["read:me"], redirectUri: "https://app.example/callback", state: crypto.randomUUID() })).href`
	}
};

/** What is started: the peers that can be, and what makes no URL. */
export type ColdName = keyof typeof sources;
export const coldNames = Object.keys(sources) as ColdName[];
/** Those of them that make no URL: what takes how much of the others' time. */
export const coldParts = ["nothing", "random bytes and a URL", "the import alone"] as const satisfies ColdName[];

/** Writes the programs for Node, and gives a function that starts one and gives its milliseconds. */
export async function coldNode(node: string): Promise<(name: ColdName) => Promise<number>> {
	const folder = join(scratch, "cold");
	mkdirSync(folder, { recursive: true });
	await bundle("tuned.ts", "cold/tuned.mjs", { platform: "node", minify: true });
	const file = (name: ColdName) => join(folder, `${name.replaceAll(/[^a-z0-9]+/g, "-")}.mjs`);
	for (const name of coldNames) {
		const { imports, url } = sources[name];
		writeFileSync(
			file(name),
			`${imports.replace("tuned.ts", "tuned.mjs")}\nconst url = ${url};\nconst milliseconds = performance.now();\nconsole.log(JSON.stringify({ url, milliseconds }));\n`
		);
	}
	return async (name) => {
		// A clean environment: with NODE_EXTRA_CA_CERTS, Node 20 takes 80 ms at each start to load certificates.
		const { stdout } = await promisify(execFile)(node, [file(name)], { env: {} });
		const { url, milliseconds } = JSON.parse(stdout) as { url: string; milliseconds: number };
		check(name, url);
		return milliseconds;
	};
}

/** Bundles the Workers, and gives a function that starts one and gives its milliseconds. */
export async function coldWorkerd(): Promise<(name: ColdName) => Promise<number>> {
	const bundles = new Map<ColdName, string>();
	for (const name of coldNames) {
		const { imports, url } = sources[name];
		const source = `${imports}\nexport default { fetch: async () => new Response(${url}) };`;
		const file = `cold-${name.replaceAll(/[^a-z0-9]+/g, "-")}.js`;
		bundles.set(name, await bundle({ name, source }, file, workerOptions));
	}
	return async (name) => {
		const started = performance.now();
		const { origin, stop } = await startWorkerd(bundles.get(name) ?? "", "http://127.0.0.1:9");
		try {
			check(name, await (await fetch(origin)).text());
			return performance.now() - started;
		} finally {
			await stop();
		}
	};
}

/** What starts took, by round: the rows of the peers, less a start with nothing, and of what makes no URL whole starts. */
export function compareStarts(runtime: string, reference: string, times: Record<ColdName, number[]>) {
	const isPart = (name: string) => (coldParts as readonly string[]).includes(name);
	const peers = Object.fromEntries(Object.entries(times).filter(([name]) => !isPart(name)));
	return {
		rows: compare({ figure: "cold", runtime, unit: "ms" }, reference, peers, { nothing: times.nothing }),
		parts: Object.fromEntries(coldParts.map((name) => [name, spread(times[name])]))
	};
}

const expected = {
	audience: "api.atlassian.com",
	client_id: "client",
	prompt: "consent",
	redirect_uri: "https://app.example/callback",
	response_type: "code",
	scope: "read:me"
};

/** Throws unless a peer made the URL that all make. */
export function check(name: ColdName, url: string): void {
	if ((coldParts as readonly string[]).includes(name)) return assert.equal(url, "", name);
	const { origin, pathname, searchParams } = new URL(url);
	const { state = "", ...found } = Object.fromEntries(searchParams);
	assert.equal(origin + pathname, "https://auth.atlassian.com/authorize", name);
	assert.deepEqual(found, expected, name);
	// The shortest is a UUID, by the guide of jira.js.
	assert.ok(state.length >= 36, `${name} made a state of ${state.length} characters`);
}
