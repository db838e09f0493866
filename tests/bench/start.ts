// The time from nothing to the first URL: in Node by the clock of its process, in workerd from the start of its process
// to its first response. A program that imports nothing shows the part of the runtime itself.

import { execFile } from "node:child_process";
import { promisify } from "node:util";

import type { BuildOptions } from "esbuild";

import { node } from "../packaging/project.ts";
import { bundle, startWorkerd, workerOptions } from "./runtimes.ts";

const configs = `{ clientId: "client", clientSecret: "secret", redirectUri: "https://app.example/callback" }`;
const lucia = (name: string, from: string) => [
	`import { ${name} } from "${from}";`,
	`(await ${name}({}, ${configs}).getAuthorizationUrl())[0].href`
];

/** The import of a peer, as in an app, and an expression that makes a URL. */
const sources: Record<string, string[]> = {
	nothing: ["", `""`],
	"@lucia-auth/oauth": lucia("atlassian", "@lucia-auth/oauth/providers"),
	"lucia-atlassian": lucia("atlassian", "lucia-atlassian/providers"),
	"tuned JavaScript": lucia("tuned", "./tuned.ts"),
	arctic: [
		`import { Atlassian, generateState } from "arctic";`,
		`new Atlassian("client", "secret", "https://app.example/callback").createAuthorizationURL(generateState(), ["read:me"]).href`
	],
	before: lucia("atlassian", "lucia-atlassian-before/providers")
};

/** Makes the programs of these peers; gives a function that starts one and gives the milliseconds to its URL. */
export async function startsOf(runtime: string, peers: string[]): Promise<(peer: string) => Promise<number>> {
	const isWorker = runtime === "workerd";
	const files = new Map<string, string>();
	for (const peer of peers) {
		const [imports = "", url = ""] = sources[peer] ?? [];
		const source = isWorker
			? `${imports} export default { fetch: async () => new Response(${url}) };`
			: `${imports} const url = ${url}; const milliseconds = performance.now(); console.log(JSON.stringify({ url, milliseconds }));`;
		// In Node, packages stay where npm installs them.
		const options: BuildOptions = isWorker ? workerOptions : { platform: "node", packages: "external" };
		files.set(peer, await bundle({ source }, `start-${peer.replaceAll(/[^a-z]+/g, "-")}.${isWorker ? "js" : "mjs"}`, options));
	}
	const startNode = async (file: string) => {
		// A clean environment: with NODE_EXTRA_CA_CERTS, Node 20 takes 80 ms at each start to load certificates.
		const { stdout } = await promisify(execFile)(node(runtime === "Node 20" ? 20 : 24), [file], { env: {} });
		return JSON.parse(stdout) as { url: string; milliseconds: number };
	};
	const startWorker = async (file: string) => {
		const started = performance.now();
		const { origin, stop } = await startWorkerd(file, "http://127.0.0.1:9");
		try {
			const url = await (await fetch(origin)).text();
			return { url, milliseconds: performance.now() - started };
		} finally {
			await stop();
		}
	};
	return async (peer) => {
		const { url, milliseconds } = await (isWorker ? startWorker : startNode)(files.get(peer) ?? "");
		if (peer !== "nothing") checkUrl(peer, url);
		return milliseconds;
	};
}

const expected =
	"https://auth.atlassian.com/authorize?audience=api.atlassian.com&client_id=client&prompt=consent&redirect_uri=https%3A%2F%2Fapp.example%2Fcallback&response_type=code&scope=read%3Ame";

/** Throws unless a program made the URL that all make, with a state of 40 characters or more. */
function checkUrl(peer: string, text: string): void {
	const url = new URL(text);
	const state = url.searchParams.get("state") ?? "";
	url.searchParams.delete("state");
	url.searchParams.sort();
	if (url.href !== expected || state.length < 40) throw new Error(`${peer} made the URL ${text}`);
}
