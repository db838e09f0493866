// The ways through a proxy of www/recipes.md, each in a program of its own that reaches Atlassian in no other way: the
// name is looked up by the proxy, which hands the connection to the stand-in.

import assert from "node:assert/strict";
import { createServer as createTlsServer } from "node:https";
import { type Server as HttpServer, type IncomingMessage, type ServerResponse, createServer, request as send } from "node:http";
import { type AddressInfo, type Server, type Socket, connect } from "node:net";
import { createRequire } from "node:module";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { fileURLToPath } from "node:url";

import { transformSync } from "esbuild";

import { find, section } from "../documents/text.ts";
import { type Project, installFixtures, makeProject, node, scratchOf, startAtlassian } from "./project.ts";

const group = "proxies";
const root = fileURLToPath(new URL("../../", import.meta.url));

let atlassian: Awaited<ReturnType<typeof startAtlassian>>;
let project: Project;
let proxy: Server;
/** Atlassian's servers, as the proxy reaches them: with TLS, and without. */
let front: Server;
let plainFront: Server;
/** What the proxy was asked for, such as `CONNECT auth.atlassian.com:443`. */
const asked: string[] = [];

const portOf = (server: Server) => (server.address() as AddressInfo).port;
const listen = (server: Server) => new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));

/** Hands a request for `host` to the stand-in. */
function forward(host: string, path: string, request: IncomingMessage, response: ServerResponse): void {
	const { method, headers } = request;
	const forwarded = send(`${atlassian.origin}/${host}${path}`, { method, headers }, (received) => {
		response.writeHead(received.statusCode ?? 502, received.headers);
		received.pipe(response);
	});
	forwarded.on("error", () => response.destroy());
	request.pipe(forwarded);
}

before(async () => {
	await Promise.all([installFixtures(), installFixtures(group)]);
	atlassian = await startAtlassian();
	project = await makeProject(atlassian, { runtime: "proxies", group });

	const { generate } = createRequire(join(scratchOf(group), "package.json"))("selfsigned") as {
		generate: (attributes: unknown, options: unknown) => Promise<{ private: string; cert: string }>;
	};
	const names = ["auth.atlassian.com", "api.atlassian.com"];
	const certificate = await generate([{ name: "commonName", value: names[0] }], {
		keySize: 2048,
		algorithm: "sha256",
		extensions: [
			{ name: "basicConstraints", cA: true },
			{ name: "subjectAltName", altNames: names.map((value) => ({ type: 2, value })) }
		]
	});
	project.write("ca.pem", certificate.cert);
	const serve = (request: IncomingMessage, response: ServerResponse) =>
		forward(request.headers.host ?? "", request.url ?? "", request, response);
	front = createTlsServer({ key: certificate.private, cert: certificate.cert }, serve);
	plainFront = createServer(serve);
	proxy = createServer((request, response) => {
		asked.push(`${request.method} ${request.url}`);
		const { host, pathname, search } = new URL(request.url ?? "");
		forward(host, pathname + search, request, response);
	}).on("connect", (request: IncomingMessage, socket: Socket, head: Buffer) => {
		asked.push(`CONNECT ${request.url}`);
		// Port 80 is asked for by those who tunnel to a server without TLS, too.
		const port = portOf(request.url?.endsWith(":80") ? plainFront : front);
		const upstream = connect(port, "127.0.0.1", () => {
			socket.write("HTTP/1.1 200 Connection Established\r\n\r\n");
			upstream.write(head);
			upstream.pipe(socket).pipe(upstream);
		});
		for (const end of [socket, upstream]) end.on("error", () => upstream.destroy());
	});
	await Promise.all([proxy, front, plainFront].map(listen));
});

after(() => {
	for (const server of [proxy, front, plainFront]) {
		(server as HttpServer).closeAllConnections();
		server.close();
	}
	return atlassian.close();
});

/** The examples of the page's section, in its order. */
const [globalDispatcher, ownFetch, parts] = find(
	section("www/recipes.md", "Proxies"),
	/```ts\n(.*?)```.*?```ts\n(.*?)```.*?```ts\n(.*?)```/s,
	"three examples of proxies in www/recipes.md"
);

const forms = {
	"a global dispatcher": `${globalDispatcher} const options = {};`,
	"an environment variable": "const options = {};",
	"a dispatcher for Node's own fetch": `${ownFetch} const options = { fetch: viaProxy };`,
	"the parts of the request": `${parts} const options = { fetch: viaProxy };`,
	"the request itself": `
import { ProxyAgent, fetch } from "undici";
const dispatcher = new ProxyAgent(process.env.PROXY);
const options = { fetch: (request) => fetch(request, { dispatcher }) };
`,
	"the request itself, in node-fetch": `
import fetch from "node-fetch";
const options = { fetch: (request) => fetch(request) };
`
};

const program = (form: keyof typeof forms, undici: string) => `
${transformSync(forms[form], { loader: "ts" }).code.replace('"undici"', `"${undici}"`).replace('"http://proxy.example:8080"', "process.env.PROXY")}
import { atlassian, validateOAuth2AuthorizationCode } from "lucia-atlassian";
const { code, ...configs } = JSON.parse(process.env.INPUT);
const provider = atlassian({}, { ...configs, ...options });
const outcome = await provider.validateCallback(code).catch((error) => error);
const refused = await provider.validateCallback(code).catch((error) => error);
const { clientId, clientSecret } = configs;
const clientPassword = { clientSecret, authenticateWith: "client_secret" };
const plain = process.env.IS_PLAIN && await validateOAuth2AuthorizationCode(code, "http://auth.atlassian.com/oauth/token", { clientId, clientPassword }).catch((error) => error);
console.log(JSON.stringify({
	plain: plain?.response?.status,
	account: outcome.providerUserId,
	error: outcome.name && { ...outcome, name: outcome.name, message: outcome.message, action: outcome.action, cause: String(outcome.cause) },
	refusal: { status: refused.response?.status, code: refused.code, action: refused.action, body: await refused.response?.json() }
}));
process.exit();
`;

interface Outcome {
	/** The status of an exchange at an address without TLS. */
	plain?: number;
	account?: string;
	error?: { name: string; message: string; code: string; action: string; cause: string };
	refusal: { status: number; code: string; action: string; body: unknown };
}

async function run(form: keyof typeof forms, major: 20 | 22 | 24, undici: string, env: Record<string, string> = {}): Promise<Outcome> {
	asked.length = 0;
	project.write("main.js", program(form, undici));
	const output = await project.exec(node(major), ["main.js"], {
		INPUT: JSON.stringify(await project.input()),
		NODE_EXTRA_CA_CERTS: join(project.folder, "ca.pem"),
		PROXY: `http://127.0.0.1:${portOf(proxy)}`,
		...env
	});
	return JSON.parse(output.trimEnd().split("\n").at(-1) ?? "") as Outcome;
}

/** A sign-in and a refusal, both through the proxy. */
function assertSignedIn({ account, error, refusal }: Outcome): void {
	assert.deepEqual(error, undefined);
	assert.equal(account, atlassian.accounts[0]?.user["account_id"]);
	assert.equal(refusal.code, "INVALID_GRANT");
	assert.equal(refusal.action, "reauthorize");
	assert.equal(refusal.status, 403);
	assert.ok(refusal.body);
	const tunnels = asked.filter((line) => !/:80$|^POST http:/.test(line));
	assert.deepEqual([...new Set(tunnels)].sort(), ["CONNECT api.atlassian.com:443", "CONNECT auth.atlassian.com:443"]);
}

/** Which undici runs on, and works with the `fetch` of, which Node. */
const all = [
	["a global dispatcher", 6, 20],
	["a global dispatcher", 6, 22],
	["a global dispatcher", 6, 24],
	["a global dispatcher", 7, 20],
	["a global dispatcher", 7, 22],
	["a global dispatcher", 7, 24],
	["a global dispatcher", 8, 22],
	["a global dispatcher", 8, 24],
	["a dispatcher for Node's own fetch", 6, 20],
	["a dispatcher for Node's own fetch", 6, 22],
	["a dispatcher for Node's own fetch", 6, 24],
	["a dispatcher for Node's own fetch", 7, 20],
	["a dispatcher for Node's own fetch", 7, 22],
	["a dispatcher for Node's own fetch", 7, 24],
	["the parts of the request", 6, 20],
	["the parts of the request", 7, 20],
	["the parts of the request", 8, 22],
	["the parts of the request", 8, 24]
] as const;

describe("through a proxy", () => {
	for (const [form, undici, major] of all) {
		it(`${form}: undici ${undici} on Node ${major}`, async () => {
			assertSignedIn(await run(form, major, `undici-${undici}`));
		});
	}

	for (const major of [22, 24] as const) {
		it(`NODE_USE_ENV_PROXY on Node ${major}`, async () => {
			const env = { NODE_USE_ENV_PROXY: "1", HTTPS_PROXY: `http://127.0.0.1:${portOf(proxy)}` };
			assertSignedIn(await run("an environment variable", major, "", env));
		});
	}

	it("a global dispatcher and the environment serve an address without TLS, too", async () => {
		const PROXY = `http://127.0.0.1:${portOf(proxy)}`;
		const env = { IS_PLAIN: "1", NODE_USE_ENV_PROXY: "1", HTTP_PROXY: PROXY, HTTPS_PROXY: PROXY };
		for (const [form, major, undici, settings] of [
			["a global dispatcher", 20, "undici-6", { IS_PLAIN: "1" }],
			["a global dispatcher", 24, "undici-8", { IS_PLAIN: "1" }],
			["an environment variable", 24, "", env]
		] as const) {
			const outcome = await run(form, major, undici, settings);
			assertSignedIn(outcome);
			assert.equal(outcome.plain, 400, "a code without a redirect URI");
			assert.match(asked.join("\n"), /^CONNECT auth\.atlassian\.com:80$|^POST http:\/\/auth\.atlassian\.com\/oauth\/token$/m);
		}
	});

	for (const [form, fetcher, major] of [
		["the request itself", "undici-6", 20],
		["the request itself", "undici-7", 24],
		["the request itself", "undici-8", 24],
		["the request itself, in node-fetch", "node-fetch", 24],
		["a dispatcher for Node's own fetch", "undici-8", 22],
		["a dispatcher for Node's own fetch", "undici-8", 24]
	] as const) {
		it(`${form} says which form to write: ${fetcher} on Node ${major}`, async () => {
			const { error, refusal } = await run(form, major, fetcher);
			assert.equal(error?.name, "TypeError");
			assert.equal(error.code, "INVALID_ARGUMENT");
			assert.equal(error.action, "configure");
			assert.match(error.message, /fetch\(request\.url, /);
			assert.match(error.cause, /Failed to parse URL from \[object Request\]|Invalid URL|fetch failed/);
			assert.equal(refusal.action, "configure");
			assert.deepEqual(asked, []);
		});
	}

	it("TypeScript compiles each example of the page, with undici 6, 7 and 8, with the types of the DOM and without", async () => {
		const files: string[] = [];
		const write = (name: string, text: string) => {
			project.write(name, `import type { atlassian } from "lucia-atlassian";\ntype Fetch = NonNullable<NonNullable<Parameters<typeof atlassian>[1]>["fetch"]>;\n${text}`);
			files.push(name);
		};
		for (const [name, example, majors] of [
			["global-dispatcher", globalDispatcher, [6, 7, 8]],
			["own-fetch", `${ownFetch}\nexport const typed: Fetch = viaProxy;`, [6, 7]],
			["parts", `${parts}\nexport const typed: Fetch = viaProxy;`, [6, 7, 8]]
		] as const) {
			for (const major of majors) write(`${name}-${major}.ts`, example?.replace('"undici"', `"undici-${major}"`) ?? "");
		}
		write(
			"others.ts",
			`
import nodeFetch from "node-fetch";
export const typed: Fetch[] = [
	() => ({ ok: true, json: () => ({}) }),
	async () => ({ ok: false, status: 403, json: async () => ({ error: "invalid_grant" }) }),
	async () => new Response(),
	(request) => fetch(request),
	fetch,
	async ({ url, method, headers, redirect, signal, ...request }) =>
		nodeFetch(url, { method, headers: Object.fromEntries(headers), body: (await request.text()) || null, redirect, signal })
];
// @ts-expect-error without \`ok\`
export const wrong: Fetch = async () => ({ json: () => ({}) });
`
		);
		const shared = { strict: true, exactOptionalPropertyTypes: true, noEmit: true, skipLibCheck: true, target: "es2022", module: "nodenext" };
		const node = { types: ["node"], typeRoots: [join(root, "node_modules", "@types")] };
		for (const lib of [["es2023"], ["es2023", "dom", "dom.iterable"]]) {
			project.write("tsconfig.json", JSON.stringify({ compilerOptions: { ...shared, ...node, lib }, files }));
			await project.exec(process.execPath, [join(root, "node_modules", "typescript", "bin", "tsc"), "-p", "."]);
		}
	});
});
