// Compiles app.ts against the published package and against this one, installed under the published
// name as an npm alias does, so that not a letter of the app differs. Then breaks the app and the
// declarations in turn, and expects tsc to notice each time.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, suite, test } from "node:test";
import { fileURLToPath } from "node:url";

import { examples } from "../documents/text.ts";

const nodeModules = fileURLToPath(new URL("../../node_modules/", import.meta.url));
const here = fileURLToPath(new URL("./", import.meta.url));
const tsc = join(nodeModules, "typescript", "bin", "tsc");

const strict = [
	...["--noEmit", "--strict", "--exactOptionalPropertyTypes", "--verbatimModuleSyntax"],
	...["--target", "es2022", "--lib", "es2022,dom,dom.iterable"],
];
const resolutions = [
	{ name: "bundler", options: ["--module", "esnext", "--moduleResolution", "bundler"] },
	{ name: "node16", options: ["--module", "node16", "--moduleResolution", "node16"] },
	{ name: "nodenext", options: ["--module", "nodenext", "--moduleResolution", "nodenext"] },
];
const quick = ["--module", "nodenext", "--skipLibCheck"];

type Package = "@lucia-auth/oauth" | "lucia-atlassian";
type Mutation = { file: string; from: string; to: string };

suite("types", { concurrency: 2 }, () => {
	let scratch: string;
	before(() => {
		scratch = mkdtempSync(join(tmpdir(), "lucia-atlassian-types-"));
	});
	after(() => rmSync(scratch, { recursive: true }));

	/** An app's folder, with `oauth` for its `@lucia-auth/oauth`; `mutation` changes one of its files. */
	function project(oauth: Package, mutation?: Mutation): string {
		const folder = mkdtempSync(join(scratch, "app-"));
		writeFileSync(join(folder, "package.json"), `{ "type": "module" }`);
		for (const file of ["app.ts", "extensions.ts"]) cpSync(join(here, file), join(folder, file));
		mkdirSync(join(folder, "node_modules", "@lucia-auth"), { recursive: true });
		const inFolder = (name: string) => join(folder, "node_modules", name);
		cpSync(join(nodeModules, oauth), inFolder("@lucia-auth/oauth"), { recursive: true });
		symlinkSync(join(nodeModules, "lucia"), inFolder("lucia"), "junction");
		symlinkSync(inFolder("@lucia-auth/oauth"), inFolder("lucia-atlassian"), "junction");
		if (mutation) {
			const path = join(folder, mutation.file);
			const text = readFileSync(path, "utf8");
			assert.equal(text.split(mutation.from).length, 2, `${mutation.file} must have this once: ${mutation.from}`);
			writeFileSync(path, text.replace(mutation.from, () => mutation.to));
		}
		return folder;
	}

	function compile(cwd: string, options: string[], ...files: string[]): Promise<{ status: unknown; output: string }> {
		const args = [tsc, "--pretty", "false", ...strict, ...options, ...files];
		return new Promise((resolve) => {
			execFile(process.execPath, args, { cwd }, (error, stdout, stderr) => {
				resolve({ status: error ? error.code : 0, output: stdout + stderr });
			});
		});
	}

	for (const { name, options } of resolutions) {
		for (const skipLibCheck of ["true", "false"]) {
			const all = [...options, "--skipLibCheck", skipLibCheck];
			const how = `moduleResolution ${name}, skipLibCheck ${skipLibCheck}`;
			test(`the app compiles against the published package: ${how}`, async () => {
				assert.deepEqual(await compile(project("@lucia-auth/oauth"), all, "app.ts"), { status: 0, output: "" });
			});
			test(`the app and the extensions compile against this package: ${how}`, async () => {
				const compiled = await compile(project("lucia-atlassian"), all, "app.ts", "extensions.ts");
				assert.deepEqual(compiled, { status: 0, output: "" });
			});
		}
	}

	/** An app's folder with this package alone, or beside a `lucia` whose types are those. */
	function projectAlone(luciaTypes: string | undefined, app: string): string {
		const folder = mkdtempSync(join(scratch, "app-"));
		writeFileSync(join(folder, "package.json"), `{ "type": "module" }`);
		writeFileSync(join(folder, "app.ts"), app);
		cpSync(join(nodeModules, "lucia-atlassian"), join(folder, "node_modules", "lucia-atlassian"), { recursive: true });
		if (luciaTypes !== undefined) {
			const lucia = join(folder, "node_modules", "lucia");
			mkdirSync(lucia);
			writeFileSync(join(lucia, "package.json"), `{ "name": "lucia", "type": "module", "types": "./index.d.ts" }`);
			writeFileSync(join(lucia, "index.d.ts"), luciaTypes);
		}
		return folder;
	}

	const withoutLucia = `
		import { OAuthRequestError, atlassian } from "lucia-atlassian";
		import init from "lucia-atlassian/init";
		import type { AtlassianAuth } from "lucia-atlassian/providers";
		import { memoryStore } from "lucia-atlassian/stores";

		type Parameter = Parameters<typeof atlassian>[0];
		declare const own: Pick<Parameter, "useKey" | "getUser" | "createKey" | "createUser" | "transformDatabaseUser">;
		const configs = { clientId: "", clientSecret: "", redirectUri: "" };
		export const provider: AtlassianAuth = atlassian(own, configs);
		export const id = async (): Promise<string> => (await atlassian(own, configs).validateCallback("")).providerUserId;
		export const all = [OAuthRequestError, init, memoryStore];
		// @ts-expect-error without the methods that the package calls
		atlassian({}, configs);
	`;
	const client = `
		import { OAuthRequestError, atlassianClient, isReauthorizationRequired } from "lucia-atlassian/client";
		import type { AtlassianClient, AtlassianConfigs, AtlassianTokenSet, AtlassianUser } from "lucia-atlassian/client";
		import { atlassianClient as same } from "lucia-atlassian";
		import { sqliteStore } from "lucia-atlassian/stores";

		const configs: AtlassianConfigs = { clientId: "", clientSecret: "", redirectUri: "", scope: ["offline_access"] };
		const client: AtlassianClient = same(configs);
		export async function signIn(requestUrl: string, state: string | undefined): Promise<[AtlassianUser, AtlassianTokenSet]> {
			const { callback } = atlassianClient(configs);
			const { atlassianUser, atlassianTokens } = await callback(requestUrl, state);
			await client.tokens(sqliteStore({ prepare: () => ({ get: () => undefined }) }, "id")).set(atlassianTokens);
			return [atlassianUser, atlassianTokens];
		}
		export const advice = (error: unknown) =>
			isReauthorizationRequired(error) ? error.code : error instanceof OAuthRequestError && error.action;
		// @ts-expect-error the tokens of validateCallback are those of the drop-in
		export const expiry = async () => (await client.validateCallback("")).atlassianTokens.expiresAt;
		// @ts-expect-error without Lucia there is no user of Lucia's
		export const user = async () => (await client.callback("", "")).getExistingUser();
		// @ts-expect-error without configs
		atlassianClient();
	`;
	test("the types of lucia-atlassian/client import nothing", () => {
		const text = readFileSync(join(nodeModules, "lucia-atlassian", "client.d.ts"), "utf8");
		assert.doesNotMatch(text, /\bimport\b.*["(]|\bfrom "|<reference/);
	});
	for (const { name, options } of resolutions) {
		test(`a client compiles where there is no Lucia: moduleResolution ${name}`, async () => {
			const all = [...options, "--skipLibCheck", "false"];
			assert.deepEqual(await compile(projectAlone(undefined, client), all, "app.ts"), { status: 0, output: "" });
		});
		test(`an app compiles without Lucia, and with one that has no \`Auth\`: moduleResolution ${name}`, async () => {
			for (const lucia of [undefined, "export declare class Lucia {}"]) {
				const folder = projectAlone(lucia, withoutLucia);
				const all = [...options, "--skipLibCheck", "false"];
				assert.deepEqual(await compile(folder, all, "app.ts"), { status: 0, output: "" });
			}
		});
	}

	test("the examples of the README and of its pages compile", async () => {
		const folder = project("lucia-atlassian");
		symlinkSync(join(nodeModules, "@hono"), join(folder, "node_modules", "@hono"), "junction");
		const files = examples("README.md", "www/recipes.md", "www/coming-from-elsewhere.md");
		for (const [name, text] of files) writeFileSync(join(folder, name), text);
		writeFileSync(
			join(folder, "lucia.ts"),
			`import { lucia } from "lucia";
			export declare const initializeLucia: (database: unknown) => Auth;
			export type Auth = ReturnType<typeof lucia<{ adapter: any; env: "PROD" }>>;
			export declare const auth: Auth;
			declare global {
				interface Env { DB: unknown; ATLASSIAN_CLIENT_ID: string; ATLASSIAN_CLIENT_SECRET: string }
				var process: { env: Record<string, string | undefined> };
				namespace Lucia {
					type Auth = import("./lucia.js").Auth;
					type DatabaseUserAttributes = { name: string };
					type DatabaseSessionAttributes = {};
				}
			}`
		);
		writeFileSync(
			join(folder, "database.ts"),
			`export declare const database: {
				prepare(sql: string): { get(...values: unknown[]): unknown; run(...values: unknown[]): unknown };
			};`
		);
		assert.deepEqual(await compile(folder, quick, ...files.keys()), { status: 0, output: "" });
	});

	const brokenApps: (Mutation & { error: RegExp })[] = [
		{
			file: "app.ts",
			from: `	clientSecret: env["ATLASSIAN_CLIENT_SECRET"] ?? "",\n`,
			to: "",
			error: /TS2741: Property 'clientSecret' is missing/,
		},
		{
			file: "app.ts",
			from: `{ username: atlassianUser.nickname, email: atlassianUser.email }`,
			to: `{ username: atlassianUser.nickname }`,
			error: /TS2741: Property 'email' is missing/,
		},
		{
			file: "app.ts",
			from: "if (existingUser) return existingUser;",
			to: "if (existingUser || code) return existingUser;",
			error: /TS(2531|18047): .*possibly 'null'/,
		},
		{
			file: "app.ts",
			from: `Awaited<ReturnType<UserAuth["getExistingUser"]>>, User | null>`,
			to: `Awaited<ReturnType<UserAuth["getExistingUser"]>>, User>`,
			error: /TS2344: Type 'false' does not satisfy the constraint 'true'/,
		},
		{
			file: "app.ts",
			from: "// @ts-expect-error without clientSecret\natlassian(auth, { clientId,",
			to: "// @ts-expect-error without clientSecret\natlassian(auth, { clientId, clientSecret,",
			error: /TS2578: Unused '@ts-expect-error' directive/,
		},
	];
	for (const { error, ...mutation } of brokenApps) {
		for (const oauth of ["@lucia-auth/oauth", "lucia-atlassian"] as const) {
			test(`a broken app does not compile against ${oauth}: ${mutation.to || `without ${mutation.from.trim()}`}`, async () => {
				const { status, output } = await compile(project(oauth, mutation), quick, "app.ts");
				assert.notEqual(status, 0);
				assert.match(output, error);
				assert.match(output, /^app\.ts/);
			});
		}
	}

	const declarations: [file: string, from: string, to: string][] = [
		["index.d.ts", "getExistingUser: () => Promise<LuciaUser<_Auth> | null>", "getExistingUser: () => Promise<any>"],
		["index.d.ts", "getExistingUser: () => Promise<LuciaUser<_Auth> | null>", "getExistingUser: () => Promise<LuciaUser<_Auth>>"],
		["index.d.ts", "}) => Promise<LuciaUser<_Auth>>;", "}) => Promise<Record<string, unknown>>;"],
		["index.d.ts", "createKey: (userId: string) => Promise<Key>", "createKey: (userId: string) => Promise<void>"],
		["index.d.ts", "attributes: LuciaDatabaseUserAttributes<_Auth>;", "attributes?: LuciaDatabaseUserAttributes<_Auth>;"],
		["client.d.ts", "export declare class OAuthRequestError extends Error", "export declare class OAuthRequestError"],
		["client.d.ts", `message: "OAUTH_REQUEST_FAILED"`, "message: string"],
		["client.d.ts", "response: Response;\n\tmessage", "response: unknown;\n\tmessage"],
		["client.d.ts", "clientSecret: string;", "clientSecret?: string;"],
		["client.d.ts", "scope?: string[];\n\t/**", "scope?: string | string[];\n\t/**"],
		["client.d.ts", "timeout?: number;", "timeout: number;"],
		["providers.d.ts", "getAuthorizationUrl: () => Promise<readonly [url: URL, state: string]>", "getAuthorizationUrl: () => Promise<readonly [url: URL, state: string | null]>"],
		["client.d.ts", "refreshToken: string | null;\n};", "refreshToken?: string;\n};"],
		["providers.d.ts", "extends ProviderUserAuth<_Auth> {", "extends ProviderUserAuth {"],
		["providers.d.ts", ") => AtlassianProvider<_Auth>;", ") => AtlassianProvider;"],
	];
	for (const [file, from, to] of declarations) {
		test(`the app notices a wrong declaration: ${to}`, async () => {
			const folder = project("lucia-atlassian", { file: `node_modules/@lucia-auth/oauth/${file}`, from, to });
			const { status, output } = await compile(folder, quick, "app.ts");
			assert.notEqual(status, 0);
			assert.match(output, /^app\.ts/);
		});
	}

	const extensions: [from: string, to: string][] = [
		["fetch?: (request: Request) => { ok: boolean; json: () => unknown } | PromiseLike<{ ok: boolean; json: () => unknown }>;", "fetch?: (request: Request) => Promise<Response>;"],
		["fetch?: (request: Request) => { ok: boolean; json: () => unknown } | PromiseLike<{ ok: boolean; json: () => unknown }>;", "fetch?: (request: any) => any;"],
		["timeout?: number;", "timeout?: number | string;"],
		["codeVerifier?: string]>;", "codeVerifier: string]>;"],
		["pkce?: boolean | undefined;", "pkce?: false;"],
	];
	for (const [from, to] of extensions) {
		test(`the extensions notice a wrong declaration: ${to}`, async () => {
			const folder = project("lucia-atlassian", { file: "node_modules/@lucia-auth/oauth/client.d.ts", from, to });
			const { status, output } = await compile(folder, quick, "app.ts", "extensions.ts");
			assert.notEqual(status, 0);
			assert.match(output, /^extensions\.ts/);
		});
	}
});
