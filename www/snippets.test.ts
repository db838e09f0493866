// The code of the playground compiles, whatever was typed: each of its files in a project of its own, against the
// package and Lucia themselves, with stubs for what Cloudflare and Next.js would bring. That for Workers signs
// people in at the stand-in.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { randomUUID } from "node:crypto";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { after, before, suite, test } from "node:test";
import { fileURLToPath, pathToFileURL } from "node:url";

import { betterSqlite3 } from "@lucia-auth/adapter-sqlite";
import Database from "better-sqlite3";

import { type Atlassian, defaultClient, startAtlassian } from "../tests/atlassian/server.ts";
import { createAuth, tables } from "./lucia.ts";
import { type Runtime, snippets, type Values } from "./playground/snippets.ts";

const root = fileURLToPath(new URL("../", import.meta.url));

const plain = { clientId: "an-app", redirectUri: "https://app.example/login/atlassian/callback", scope: ["read:jira-work"] };
const odd = { clientId: '"; \u2028${`\\', redirectUri: "not a \"URL\"", scope: [] };

const lucia = `import { lucia } from "lucia";
declare const adapter: Parameters<typeof lucia>[0]["adapter"];
export const initializeLucia = (_: D1Database) => lucia({ adapter, env: "DEV" });
export const auth = lucia({ adapter, env: "DEV" });
declare global {
	type D1Database = { prepare: unknown };
	namespace Lucia {
		type Auth = typeof auth;
		type DatabaseUserAttributes = { name: string };
		type DatabaseSessionAttributes = {};
	}
}`;

const next = `declare module "next/headers" {
	type Cookies = {
		get(name: string): { value: string } | undefined;
		set(name: string, value: string, options: { httpOnly: boolean; secure: boolean; sameSite: "lax"; path: string; maxAge: number }): void;
	};
	export function cookies(): Promise<Cookies>;
}`;

const tsconfig = {
	compilerOptions: {
		strict: true,
		noEmit: true,
		target: "es2022",
		lib: ["es2022", "dom"],
		module: "esnext",
		moduleResolution: "bundler",
		skipLibCheck: true,
		types: ["node"],
		paths: { "@/*": ["./*"] },
	},
};

/** What `tsc` says about a snippet, whose files each begin with a comment that names them. */
function compile(runtime: Runtime, values: Values): string {
	const folder = join(root, "target", `snippet-${process.pid}`);
	const write = (path: string, text: string) => {
		mkdirSync(dirname(join(folder, path)), { recursive: true });
		writeFileSync(join(folder, path), text);
	};
	try {
		write({ workers: "src/lucia.ts", node: "lucia.ts", next: "auth/lucia.ts" }[runtime], lucia);
		write("next.d.ts", next);
		write("tsconfig.json", JSON.stringify(tsconfig));
		const files = snippets[runtime](values).split(/^(?=\/\/ \S+\.ts$)/m);
		for (const file of files) write(/^\/\/ (\S+)/.exec(file)?.[1] ?? assert.fail(file), file);
		const { stdout } = spawnSync(process.execPath, [join(root, "node_modules/typescript/bin/tsc"), "-p", folder], { encoding: "utf8" });
		return stdout;
	} finally {
		rmSync(folder, { recursive: true, force: true });
	}
}

for (const runtime of ["workers", "node", "next"] as const) {
	test(`the code for ${runtime} compiles`, () => {
		assert.equal(compile(runtime, plain), "");
		assert.equal(compile(runtime, odd), "");
		assert.equal(compile(runtime, { ...plain, redirectUri: "https://app.example/" }), "");
	});

	test(`the code for ${runtime} holds the values and reads the secret from the environment`, () => {
		const code = snippets[runtime](plain);
		for (const value of ['clientId: "an-app"', `redirectUri: "${plain.redirectUri}"`, 'scope: ["read:jira-work"]', "/login/atlassian/callback", "env.ATLASSIAN_CLIENT_SECRET"]) {
			assert.ok(code.includes(value), `the code lacks ${value}`);
		}
		assert.equal(snippets[runtime](odd).includes("scope:"), false);
	});
}

test("code that does not compile is noticed", () => {
	assert.match(compile("node", { ...plain, scope: [1 as never] }), /TS2322/);
});

test("the code for Next.js has a file where each redirect URI leads, and another for the start", () => {
	for (const [path, file, login] of [["/", "app/route.ts", "/login/atlassian"], ["/cb/", "app/cb/route.ts", "/login/atlassian"], ["/login/atlassian", "app/login/atlassian/route.ts", "/login"]]) {
		const files = [...snippets.next({ ...plain, redirectUri: `https://app.example${path}` }).matchAll(/^\/\/ (\S+\.ts)$/gm)].map(([, name]) => name);
		assert.deepEqual(files, ["auth/atlassian.ts", `app${login}/route.ts`, file]);
	}
});

test("the code for Node says how to start it on every Node", () => {
	assert.match(snippets.node(plain), /npx tsx server\.ts/);
});

suite("the code at work", () => {
	const folder = join(root, "target", `snippets-${process.pid}`);
	const { fetch } = globalThis;
	let standIn: Atlassian;
	let database: Database.Database;

	before(async () => {
		standIn = await startAtlassian();
		mkdirSync(folder, { recursive: true });
		database = new Database(":memory:");
		database.exec(readFileSync(new URL("migrations/0001_lucia.sql", import.meta.url), "utf8"));
		const auth = createAuth(betterSqlite3(database, tables), "https://app.example");
		Object.assign(globalThis, { luciaOfTheTest: auth });
		writeFileSync(join(folder, "lucia.js"), "export const auth = globalThis.luciaOfTheTest; export const initializeLucia = () => auth;");
		globalThis.fetch = ((request: Request) => standIn.route(request)) as typeof fetch;
	});

	after(async () => {
		globalThis.fetch = fetch;
		await standIn.close();
		database.close();
		rmSync(folder, { recursive: true, force: true });
	});

	type Handler = (request: Request) => Promise<Response>;

	async function worker(values: Values): Promise<Handler> {
		const file = join(folder, `${randomUUID()}.ts`);
		writeFileSync(file, snippets.workers(values));
		const { default: module } = await import(pathToFileURL(file).href);
		return (request) => module.fetch(request, { ATLASSIAN_CLIENT_SECRET: defaultClient.secret });
	}

	async function start(handle: Handler, login: string) {
		const { status, headers } = await handle(new Request(`https://app.example${login}`));
		assert.equal(status, 302);
		const [cookie = "", ...others] = headers.getSetCookie();
		assert.match(cookie, /^atlassian_state=[a-z0-9]{43}; HttpOnly; Secure; SameSite=Lax; Path=\/; Max-Age=600$/);
		assert.deepEqual(others, []);
		return { url: headers.get("Location") ?? "", cookie: cookie.split(";")[0] ?? "" };
	}

	const visit = (handle: Handler, url: URL, cookie: string) => handle(new Request(url, { headers: cookie ? { Cookie: `a=b; ${cookie}` } : {} }));

	for (const [path, login, home] of [
		["/login/atlassian/callback", "/login/atlassian", "/"],
		["/cb/", "/login/atlassian", "/"],
		["/", "/login/atlassian", "/home"],
		["/login/atlassian", "/login", "/"],
	] as const) {
		test(`for Workers, with the redirect URI ${path}, signs in whoever started here, and nobody else`, async () => {
			const redirectUri = `https://app.example${path}`;
			standIn.clients[0]?.redirectUris.push(redirectUri);
			const handle = await worker({ clientId: defaultClient.id, redirectUri, scope: ["read:jira-user"] });
			const own = await start(handle, login);
			const foreign = await start(handle, login);
			const callback = await standIn.consent(own.url);
			standIn.log.length = 0;
			for (const cookie of [foreign.cookie, "", "atlassian_state="]) {
				const { status, headers } = await visit(handle, callback, cookie);
				assert.deepEqual([status, headers.getSetCookie()], [400, []]);
			}
			assert.equal((await visit(handle, await standIn.consent(foreign.url, { decision: "cancel" }), foreign.cookie)).status, 400);
			assert.equal(standIn.log.some(({ endpoint }) => endpoint === "token"), false);

			const { status, headers } = await visit(handle, callback, own.cookie);
			assert.deepEqual([status, headers.get("Location")], [302, home]);
			assert.match(headers.get("Set-Cookie") ?? "", /^auth_session=[a-z0-9]{40};.*HttpOnly.*Secure/);
			assert.equal((await visit(handle, callback, own.cookie)).status, 400);
			standIn.fault("token", { status: 503 });
			const another = await start(handle, login);
			await assert.rejects(visit(handle, await standIn.consent(another.url), another.cookie), { code: "SERVER_ERROR" });
		});
	}
});
