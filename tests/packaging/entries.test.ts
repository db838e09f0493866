// What the entries do when they are imported and nothing else, and what they do where the runtime refuses to
// compile WebAssembly: the app starts, and the first call says which package it was and what to change.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { createContext, runInContext } from "node:vm";

import { type BuildOptions, build } from "esbuild";
import * as index from "lucia-atlassian";
import { Miniflare } from "miniflare";

const execute = promisify(execFile);
const root = fileURLToPath(new URL("../../", import.meta.url));

const configs = { clientId: "id", clientSecret: "secret", redirectUri: "https://app.example/callback" };

async function bundled(contents: string, options: BuildOptions): Promise<string> {
	const { outputFiles } = await build({
		stdin: { contents, resolveDir: root },
		bundle: true,
		write: false,
		format: "esm",
		external: ["*.wasm?module"],
		logLevel: "error",
		...options
	});
	return outputFiles?.[0]?.text ?? "";
}

for (const [name, condition] of [
	["lucia-atlassian", "default"],
	["lucia-atlassian", "workerd"],
	["lucia-atlassian/providers", "edge-light"],
	["lucia-atlassian/init", "default"],
	["lucia-atlassian/stores", "default"]
] as const) {
	test(`importing ${name} alone does nothing, condition ${condition}`, async () => {
		const conditions = [condition];
		assert.equal(await bundled(`import "${name}";`, { conditions, minify: true }), "");
		const used = await bundled(`export * from "${name}";`, { conditions, minify: true });
		assert.ok(used.length > 1_000, "nothing was bundled at all");
	});
}

test("functions and classes have the names under which they are exported", () => {
	for (const [name, value] of Object.entries(index)) assert.equal((value as { name: string }).name, name);
});

/** What a call came to: whether it threw or rejected, and with what. */
type Outcome = { how: "returned" | "threw" | "resolved" | "rejected"; code?: string; action?: string; message?: string; isError?: boolean };

interface Probe {
	exports: string[];
	methods: string[];
	clientMethods: string[];
	outcomes: Record<string, Outcome>;
	isReauthorizationRequired: boolean[];
	isSubclass: boolean;
}

/** The source of a module whose `probe` calls everything that the package exports. */
const probe = `
import * as index from "lucia-atlassian";
const configs = ${JSON.stringify(configs)};
async function outcome(call) {
	const told = (how, { code, action, message } = {}, error) => ({ how, code, action, message, isError: error instanceof Error });
	let result;
	try {
		result = call();
		if (typeof result?.then !== "function") return { how: "returned" };
	} catch (error) {
		return told("threw", error, error);
	}
	try {
		await result;
		return { how: "resolved" };
	} catch (error) {
		return told("rejected", error, error);
	}
}
export async function probe() {
	const provider = index.atlassian({}, configs);
	const store = provider.tokens({ load: () => null, save: () => true });
	const { atlassian, atlassianClient, OAuthRequestError, isReauthorizationRequired, ...functions } = index;
	const calls = { ...functions, ...provider, accessToken: store.accessToken, set: store.set };
	delete calls.tokens;
	const outcomes = {};
	for (const [name, call] of Object.entries(calls)) outcomes[name] = await outcome(() => call("x", "x", {}));
	return {
		exports: Object.keys(index).sort(),
		methods: Object.keys(provider).sort(),
		clientMethods: Object.keys(atlassianClient(configs)).sort(),
		outcomes,
		isReauthorizationRequired: [{ action: "reauthorize" }, new Error("x"), undefined].map((error) => isReauthorizationRequired(error)),
		isSubclass: new OAuthRequestError({}, {}) instanceof Error
	};
}
`;

const refusals: Record<string, { runs: () => Promise<Probe>; says: RegExp[] }> = {
	"node --jitless": {
		runs: async () => {
			const program = `${probe}\nconsole.log(JSON.stringify(await probe()));`;
			const { stdout } = await execute(process.execPath, ["--jitless", "--input-type=module", "-e", program], { cwd: root });
			return JSON.parse(stdout);
		},
		says: [/WebAssembly is not defined/, /--jitless/]
	},
	"a vm context without WebAssembly": {
		runs: async () => {
			const context = createContext({ TextDecoder, TextEncoder, URL, URLSearchParams, Request, Response, Headers, atob, crypto });
			runInContext("delete globalThis.WebAssembly", context);
			runInContext(await bundled(probe, { format: "iife", globalName: "app" }), context);
			// Without the prototypes of the other realm.
			return JSON.parse(JSON.stringify(await runInContext("app.probe()", context)));
		},
		says: [/WebAssembly is not defined/, /vm context/]
	},
	"workerd, in a request": {
		runs: async () => {
			const main = `export default { fetch: async () => Response.json(await (await import("./probe.js")).probe()) };`;
			const miniflare = new Miniflare({
				cf: false,
				compatibilityDate: "2025-10-01",
				modulesRoot: "/",
				modules: [
					{ type: "ESModule", path: "/main.js", contents: main },
					{ type: "ESModule", path: "/probe.js", contents: await bundled(probe, {}) }
				]
			});
			try {
				return (await (await miniflare.dispatchFetch("http://app.example/")).json()) as Probe;
			} finally {
				await miniflare.dispose();
			}
		},
		says: [/Wasm code generation disallowed by embedder/, /serverExternalPackages: \["lucia-atlassian"\]/, /from "lucia-atlassian" itself/]
	}
};

/** What gives its result and not a promise of it. */
const synchronous = ["apiUrl", "decodeIdToken", "providerUserAuth"];

for (const [where, { runs, says }] of Object.entries(refusals)) {
	test(`${where}: the import works, and each call says what to do`, async () => {
		const { exports, methods, clientMethods, outcomes, isReauthorizationRequired, isSubclass } = await runs();
		assert.deepEqual(exports, Object.keys(index).sort());
		const provider = index.atlassian({} as never, configs);
		assert.deepEqual(methods, Object.keys(provider).sort());
		assert.deepEqual(clientMethods, Object.keys(index.atlassianClient(configs)).sort());
		const { message = "" } = outcomes["getUser"] ?? {};
		for (const pattern of [/^lucia-atlassian needs WebAssembly/, ...says]) assert.match(message, pattern);
		for (const [name, outcome] of Object.entries(outcomes)) {
			const how = synchronous.includes(name) ? "threw" : "rejected";
			const expected = { how, code: "WEBASSEMBLY_UNAVAILABLE", action: "configure", message, isError: true };
			assert.deepEqual(outcome, expected, name);
		}
		const store = provider.tokens({ load: () => null, save: () => true });
		const expected = [...Object.keys(index), ...Object.keys(provider), ...Object.keys(store)];
		const notCalled = ["OAuthRequestError", "atlassian", "atlassianClient", "isReauthorizationRequired", "tokens"];
		assert.deepEqual(Object.keys(outcomes).sort(), expected.filter((name) => !notCalled.includes(name)).sort());
		assert.deepEqual(isReauthorizationRequired, [true, false, false]);
		assert.ok(isSubclass);
	});
}
