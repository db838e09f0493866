// Every `fetch` that apps and their tests put in the place of the runtime's, each in a process of its own that ends by
// itself: a sign-in, error responses, time limits and the limit on bodies come out as with the runtime's, no request
// hangs, and nothing that a limit ends may end the process. Versions are pinned in the fixtures' lock file.

import assert from "node:assert/strict";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { after, before, describe, it } from "node:test";

import { build } from "esbuild";

import { type Project, installFixtures, makeProject, node, startAtlassian } from "./project.ts";

const group = "fetches";
const refusal = JSON.stringify({ error: "invalid_grant", error_description: "Unknown or invalid refresh token." });
/** Longer than the buffers of a Node stream, and shorter than what the package reads. */
const full = JSON.stringify({ error: "invalid_grant", filler: "x".repeat(40_000) });
/** Longer than what the package reads. */
const long = "x".repeat(300_000);

let atlassian: Awaited<ReturnType<typeof startAtlassian>>;
let server: ReturnType<typeof createServer>;
let project: Project;
/** For each endless response, when its client closes the connection. */
const open = new Map<string, Promise<unknown>>();

before(async () => {
	await Promise.all([installFixtures(), installFixtures(group)]);
	server = createServer((request, response) => {
		let body = "";
		request.socket.setTimeout(5_000, () => request.socket.destroy());
		request.setEncoding("utf8").on("data", (text) => (body += text));
		request.on("end", () => {
			const reply = (status: number) => response.writeHead(status, { "Content-Type": "application/json" });
			const code = new URLSearchParams(body).get("code") ?? "";
			if (request.url?.endsWith("/me")) reply(200).end('{"account_id":"ada"}');
			else if (code === "refused") reply(403).end(refusal);
			else if (code === "full") reply(403).end(full);
			else if (code === "long" || code === "unread") reply(502).end(long);
			else if (code === "halted") reply(403).write(refusal.slice(0, 20));
			// `silent` sends nothing. What a library cannot abort ends here, and with it the program.
			else if (code === "stalled") reply(200).write('{"access');
			else if (code === "large") reply(200).end(JSON.stringify({ access_token: "token", filler: "x".repeat(5_000_000) }));
			else if (code.startsWith("endless ")) {
				const stream = reply(200);
				const timer = setInterval(() => stream.write("x".repeat(250_000)), 20);
				stream.on("close", () => clearInterval(timer));
				open.set(code.slice(8), new Promise((resolve) => stream.on("close", () => stream.writableEnded || resolve(undefined))));
				// What a library does not cancel ends here, and with it the program.
				setTimeout(() => stream.end(), 2_000);
			} else if (code.startsWith("closed ")) {
				const closed = open.get(code.slice(7)) ?? Promise.resolve();
				const late = new Promise((resolve) => setTimeout(resolve, 4_000, "late"));
				void Promise.race([closed, late]).then((outcome) => (outcome === "late" ? reply(403).end(refusal) : reply(200).end('{"access_token":"token"}')));
			}
			else if (code === "good") reply(200).end('{"access_token":"token"}');
		});
	});
	await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
	atlassian = await startAtlassian();
	project = await makeProject(atlassian, { runtime: "fetches", group });
	project.write("outcomes.js", outcomes);
	project.write("inside.js", 'export { atlassian } from "lucia-atlassian";\nexport { outcomes } from "./outcomes.js";');
	// As test tools do that run code in a context of its own.
	const { outputFiles } = await build({
		absWorkingDir: project.folder,
		entryPoints: ["inside.js"],
		bundle: true,
		format: "iife",
		globalName: "inside",
		write: false
	});
	project.write("bundle.js", outputFiles[0]?.text ?? "");
});

after(() => {
	server.closeAllConnections();
	server.close();
	return atlassian.close();
});

/** What an app sees of each outcome, but for those that EXCEPT names. */
const outcomes = `
export async function outcomes(atlassian, options, except = "") {
	const configs = { clientId: "client", clientSecret: "hidden-client-secret", redirectUri: "http://localhost/callback" };
	const seen = {};
	const told = async ({ providerUserId, code, action, body, response }, name) => {
		if (providerUserId) return providerUserId;
		if (name === "halted" || name === "unread") return { code, action };
		const text = await response?.text();
		return { code, action, ...(response && { body, unread: text.length > 1_000 ? text.length : text }) };
	};
	const codes = [["good"], ["refused"], ["full"], ["long"], ["silent", 300], ["stalled", 300], ["halted", 300], ["unread", 300], ["large"], ["endless"], ["closed"]];
	const key = String(Math.random());
	for (const [code, timeout] of codes) {
		if (except.includes(code)) continue;
		let timer;
		// Without a result, the wait for a body of an error response would take as long.
		const late = new Promise((resolve) => (timer = setTimeout(resolve, code === "closed" ? 4_500 : 2_300, "late")));
		const argument = /endless|closed/.test(code) ? code + " " + key : code;
		const call = atlassian({}, { ...configs, ...options, timeout }).validateCallback(argument);
		const outcome = await Promise.race([call.catch((error) => error), late]);
		clearTimeout(timer);
		seen[code] = outcome === "late" ? outcome : await told(outcome, code);
	}
	// Until the last limit is over: what it ends must not end the program.
	await new Promise((resolve) => setTimeout(resolve, 600));
	return seen;
}
`;

// Requests go to the server of the test: their class says so, and nothing else of a library is changed.
const prelude = `
import { createRequire } from "node:module";
const require = createRequire(import.meta.url);
const { ORIGIN } = process.env;
const here = (url) => ORIGIN + new URL(String(url)).pathname;
const aim = (Request) => class extends Request { constructor(url, init) { super(here(url), init); } };
const use = ({ fetch, Request, Response, Headers }) => Object.assign(globalThis, { fetch, Request: aim(Request), Response, Headers });
/** A fetch of the app's own that hands on the parts of a request. */
const withParts = (fetch) => async (request) => {
	const { url, method, headers, redirect, signal } = request;
	return fetch(here(url), { method, headers: Object.fromEntries(headers), body: (await request.text()) || undefined, redirect, signal });
};
let options;
`;

/** A program that puts a library in its place and runs the package beside it. */
const beside = (library: string) => `${prelude}
${library}
const { atlassian } = await import("lucia-atlassian");
const { outcomes } = await import("./outcomes.js");
console.log(JSON.stringify(await outcomes(atlassian, options, process.env.EXCEPT)));
`;

/** A program whose time limits are long timers, and that must end long before them. */
const ends = `${prelude}
delete AbortSignal.timeout;
globalThis.Request = aim(Request);
const { atlassian } = await import("lucia-atlassian");
const configs = { clientId: "client", clientSecret: "hidden-client-secret", redirectUri: "http://localhost/callback", timeout: 60_000 };
const { providerUserId } = await atlassian({}, configs).validateCallback("good");
// This timer keeps no process alive, either.
setTimeout(() => { console.log("still alive"); process.exit(); }, 20_000).unref();
console.log(providerUserId);
`;

/** The same, where the package runs in a context of its own with Node's `fetch`, as test tools make one. */
const inside = (context: string) => `${prelude}
import { readFileSync } from "node:fs";
import { Script, createContext } from "node:vm";
const { fetch, Headers, Response, TextDecoder, TextEncoder } = globalThis;
const own = { fetch, Headers, Request: aim(Request), Response, TextDecoder, TextEncoder };
${context}
new Script(readFileSync("bundle.js", "utf8")).runInContext(context);
const { atlassian, outcomes } = new Script("inside").runInContext(context);
console.log(JSON.stringify(await outcomes(atlassian)));
`;

const jsdomBeside = (version: string) => beside(`
const { JSDOM } = require("jsdom-${version}");
const { window } = new JSDOM("", { url: ORIGIN });
for (const name of ["AbortController", "AbortSignal", "DOMException", "Event", "EventTarget"]) globalThis[name] = window[name];
globalThis.Request = aim(Request);
`);

const jsdomInside = (version: string) => inside(`
const { JSDOM } = require("jsdom-${version}");
const dom = new JSDOM("", { url: ORIGIN, runScripts: "outside-only" });
Object.assign(dom.window, own);
const context = dom.getInternalVMContext();
`);

const happyDom = (version: string) => beside(`
const { Window } = await import("happy-dom-${version}");
const window = new Window({ url: ORIGIN });
for (const name of ["AbortController", "AbortSignal", "DOMException", "Event", "Headers", "Response"]) globalThis[name] = window[name];
Object.assign(globalThis, { fetch: window.fetch.bind(window), Request: aim(window.Request) });
`);

const remix = (version: string) => beside(`require("remix-${version}").installGlobals(); globalThis.Request = aim(Request);`);

const globals = (library: string) => beside(`use(${library});`);
const ownFetch = (library: string) => beside(`options = { fetch: withParts(${library}) };`);
const nodeFetch3 = `await import("node-fetch-3").then(({ default: fetch, ...rest }) => ({ fetch, ...rest }))`;

/** Each library; `major` is the oldest Node that it runs on. Some give a response only with the whole of its body. */
const libraries: { name: string; program: string; major?: 22; waitsForBody?: true; except?: string[] }[] = [
	{ name: "Node's own", program: beside("globalThis.Request = aim(Request);") },
	{ name: "Node's own, without AbortSignal.timeout", program: beside("delete AbortSignal.timeout; globalThis.Request = aim(Request);") },
	{ name: "Node's own in a context without AbortSignal", program: inside(`
const { URL, URLSearchParams, atob, crypto, setTimeout } = globalThis;
const context = createContext({ ...own, URL, URLSearchParams, atob, crypto, setTimeout, clearTimeout });
`) },
	...["20", "26"].flatMap((version) => [
		{ name: `Node's own with the AbortSignal of jsdom ${version}, as in vitest`, program: jsdomBeside(version) },
		{ name: `Node's own in the window of jsdom ${version}, as in jest`, program: jsdomInside(version) },
	]),
	// happy-dom goes on to write to a stream that was cancelled, and in Node 20 throws where nobody can catch it.
	...["12", "14", "15", "17", "18", "20", "21"].map((version) => ({ name: `happy-dom ${version}`, program: happyDom(version), except: ["endless", "closed"] })),
	// node-fetch 2, which cross-fetch uses, keeps the connection of a body that is cancelled.
	{ name: "node-fetch 2 as globals", program: globals(`{ ...require("node-fetch-2"), fetch: require("node-fetch-2") }`), except: ["closed"] },
	{ name: "node-fetch 2 as configs.fetch", program: ownFetch(`require("node-fetch-2")`), except: ["closed"] },
	{ name: "node-fetch 3 as globals", program: globals(nodeFetch3) },
	{ name: "node-fetch 3 as configs.fetch", program: ownFetch(`(${nodeFetch3}).fetch`) },
	{ name: "cross-fetch as globals", program: globals(`require("cross-fetch")`), except: ["closed"] },
	{ name: "cross-fetch as configs.fetch", program: ownFetch(`require("cross-fetch").fetch`), except: ["closed"] },
	...["", "-2"].map((version) => ({
		name: `whatwg-fetch${version} as globals, with jsdom's XMLHttpRequest`,
		waitsForBody: true as const,
		except: ["endless"],
		program: beside(`
const { JSDOM } = require("jsdom-26");
const { XMLHttpRequest } = new JSDOM("", { url: ORIGIN }).window;
Object.assign(globalThis, { XMLHttpRequest, self: globalThis });
for (const name of ["fetch", "Request", "Response", "Headers"]) delete globalThis[name];
{
	const exported = require("whatwg-fetch${version}");
	// Version 2 makes globals.
	use(exported.fetch ? exported : globalThis);
}
`)
	})),
	{
		name: "jest-fetch-mock 3",
		waitsForBody: true,
		except: ["endless"],
		program: beside(`
const { ModuleMocker } = require("jest-mock");
const mocker = new ModuleMocker(globalThis);
globalThis.jest = { fn: mocker.fn.bind(mocker) };
const { fetch } = globalThis;
require("jest-fetch-mock").enableMocks();
fetchMock.mockResponse(async ({ url, method, body }) => {
	const response = await fetch(here(url), { method, body: body && String(body) });
	return { body: await response.text(), init: { status: response.status } };
});
`),
	},
	...["1", "2"].map((version) => ({ name: `installGlobals of Remix ${version}`, program: remix(version) })),
	...["6", "7"].map((version) => ({ name: `undici ${version} as configs.fetch`, program: ownFetch(`require("undici-${version}").fetch`) })),
	{ name: "undici 8 as configs.fetch", program: ownFetch(`require("undici-8").fetch`), major: 22 },
];

describe("in place of the runtime's fetch", { concurrency: 2 }, () => {
	for (const { name, program, waitsForBody, except = [], major: oldest = 20 } of libraries) {
		for (const major of ([20, 24] as const).filter((major) => major >= oldest)) {
			it(`${name}, Node ${major}`, async () => {
				const { port } = server.address() as AddressInfo;
				const file = `${name} ${major}.js`.toLowerCase().replaceAll(/[^a-z0-9.]+/g, "-");
				project.write(file, program);
				const env = { ORIGIN: `http://127.0.0.1:${port}`, EXCEPT: except.join() };
				const output = await project.exec(node(major), [file], env);
				const timeout = { code: "TIMEOUT", action: "retry" };
				const outage = { code: "SERVER_ERROR", action: "retry" };
				const expected = {
					good: "ada",
					refused: { code: "INVALID_GRANT", action: "reauthorize", body: JSON.parse(refusal), unread: refusal },
					full: { code: "INVALID_GRANT", action: "reauthorize", body: { error: "invalid_grant" }, unread: full.length },
					long: { ...outage, unread: long.length },
					silent: timeout,
					stalled: timeout,
					halted: waitsForBody ? timeout : { code: "UNEXPECTED_RESPONSE", action: "retry" },
					unread: outage,
					large: { code: "RESPONSE_TOO_LARGE", action: "retry" },
					// Where the body is no stream, it is read to its end.
					endless: { code: "RESPONSE_TOO_LARGE", action: "retry" },
					// The connection of the endless response was closed.
					closed: "ada"
				};
				const compared = Object.entries(expected).filter(([outcome]) => !except.includes(outcome));
				assert.deepEqual(JSON.parse(output.trimEnd().split("\n").at(-1) ?? ""), Object.fromEntries(compared));
			});
		}
	}

	for (const major of [20, 22, 24] as const) {
		it(`a time limit by a timer keeps no process alive, Node ${major}`, async () => {
			const { port } = server.address() as AddressInfo;
			project.write("ends.js", ends);
			assert.equal(await project.exec(node(major), ["ends.js"], { ORIGIN: `http://127.0.0.1:${port}` }), "ada\n");
		});
	}
});

/** What an app does with our request before it is sent. */
const derived = {
	"new Request(request)": "(request) => fetch(new Request(request))",
	"new Request(request, { headers })": "(request) => fetch(new Request(request, { headers: request.headers }))",
	"request.clone()": "(request) => fetch(request.clone())"
};

// A `Request` of Node's follows the signal of the one that it is made of only until a garbage collection.
describe("a request made of ours ends at the time limit, whatever the garbage collector takes", { concurrency: 2 }, () => {
	for (const [name, form] of Object.entries(derived)) {
		for (const place of ["configs.fetch", "the global fetch"]) {
			for (const major of [20, 24] as const) {
				it(`${name}, as ${place}, Node ${major}`, async () => {
					const { port } = server.address() as AddressInfo;
					const file = `derived ${name} ${place} ${major}.js`.toLowerCase().replaceAll(/[^a-z0-9.]+/g, "-");
					project.write(
						file,
						`
import { atlassian } from "lucia-atlassian";
const send = globalThis.fetch;
const here = (request) => new Request("http://127.0.0.1:${port}" + new URL(request.url).pathname, request);
const form = ((fetch) => ${form})((request) => send(here(request)));
${place === "configs.fetch" ? "" : "globalThis.fetch = form;"}
const options = { clientId: "client", clientSecret: "secret", redirectUri: "http://localhost/callback", timeout: 300${place === "configs.fetch" ? ", fetch: form" : ""} };
setInterval(gc, 20);
const codes = [];
for (const code of ["silent", "stalled"]) codes.push(await atlassian({}, options).validateCallback(code).then(() => "", (error) => error.code));
console.log(codes.join());
process.exit();
`
					);
					assert.equal((await project.exec(node(major), ["--expose-gc", file])).trim(), "TIMEOUT,TIMEOUT");
				});
			}
		}
	}
});

describe("the timer of the time limit ends with its request", () => {
	for (const version of ["15", "18", "21"]) {
		it(`happy-dom ${version} waits for nothing after a sign-in`, async () => {
			const { port } = server.address() as AddressInfo;
			project.write(
				`wait-${version}.js`,
				happyDom(version).replace(
					"console.log(",
					`await atlassian({}, { clientId: "client", clientSecret: "secret", redirectUri: "http://localhost/callback", timeout: 60_000 }).validateCallback("good");
const waits = Promise.race([window.happyDOM.waitUntilComplete().then(() => "complete"), new Promise((resolve) => setTimeout(resolve, 5_000, "waits"))]);
console.log(await waits);
process.exit();
(`
				)
			);
			const output = await project.exec(node(24), [`wait-${version}.js`], { ORIGIN: `http://127.0.0.1:${port}` });
			assert.equal(output.trim(), "complete");
		});
	}
});

it("undici.request as configs.fetch is told to be configured", async () => {
	project.write(
		"undici-request.js",
		`
import { request as undiciRequest } from "undici-7";
import { atlassian } from "lucia-atlassian";
const configs = { clientId: "client", clientSecret: "secret", redirectUri: "http://localhost/callback", fetch: (request) => undiciRequest(request) };
console.log(await atlassian({}, configs).validateCallback("good").then(() => "", ({ code, action }) => [code, action].join()));
`
	);
	assert.equal((await project.exec(node(24), ["undici-request.js"])).trim(), "INVALID_ARGUMENT,configure");
});
