// An app that has never had Lucia: it installs the tarball outside this repository, where no Lucia can be found,
// compiles with all checks of libraries, and signs in with what the compiler made of it in each kind of runtime.

import assert from "node:assert/strict";
import { after, before, suite, test } from "node:test";
import { fileURLToPath } from "node:url";

import { type Project, bin, installFixtures, makeProject, node, reportOf, startAtlassian } from "./project.ts";
import { reportFromServer } from "./server.ts";
import type { Report } from "./suite.ts";
import { dev, newest } from "./workers.ts";

const tsc = fileURLToPath(new URL("../../node_modules/typescript/bin/tsc", import.meta.url));

const app = `
import { OAuthRequestError, atlassianClient, isReauthorizationRequired } from "lucia-atlassian/client";
import * as root from "lucia-atlassian";
import { memoryStore } from "lucia-atlassian/stores";

export interface Input { origin: string; code: string; clientId: string; clientSecret: string; redirectUri: string }

export async function run({ origin, code, ...configs }: Input): Promise<{ passed: string[]; problem: string | null }> {
	const passed: string[] = [];
	try {
		const { getAuthorizationUrl, callback, tokens } = atlassianClient({
			...configs,
			async fetch(request) {
				const { host, pathname } = new URL(request.url);
				const { method, headers, signal } = request;
				const body = method === "GET" ? null : await request.text();
				return fetch(\`\${origin}/\${host}\${pathname}\`, { method, headers, signal, body });
			}
		});
		const [url, state] = await getAuthorizationUrl();
		if (url.searchParams.get("client_id") !== configs.clientId) throw new Error(url.href);
		const requestUrl = \`\${configs.redirectUri}?code=\${encodeURIComponent(code)}&state=\${state}\`;
		const { atlassianUser, atlassianTokens, ...others } = await callback(requestUrl, state);
		if (Object.keys(others).length > 0) throw new Error(Object.keys(others).join());
		passed.push(\`signed in \${atlassianUser.name}\`);
		const { set, accessToken } = tokens(memoryStore());
		await set(atlassianTokens);
		if ((await accessToken()) === atlassianTokens.accessToken) passed.push("kept the tokens");
		const error: unknown = await callback(requestUrl, state).catch((reason: unknown) => reason);
		if (error instanceof OAuthRequestError && error instanceof root.OAuthRequestError && isReauthorizationRequired(error)) {
			passed.push(\`refused a used code: \${error.code}\`);
		}
		return { passed, problem: null };
	} catch (error) {
		return { passed, problem: String(error) };
	}
}
`;
const expected: Report = {
	passed: ["signed in Ada Byrne", "kept the tokens", "refused a used code: INVALID_GRANT"],
	problem: null
};

const main = `
import { run } from "./app.js";
console.log(JSON.stringify(await run(JSON.parse(process.env.INPUT))));
`;
const worker = `
import { run } from "./app.js";
export default { fetch: async (request) => Response.json(await run(await request.json())) };
`;

suite("an app without Lucia", () => {
	let atlassian: Awaited<ReturnType<typeof startAtlassian>>;
	let project: Project;

	before(async () => {
		await installFixtures();
		atlassian = await startAtlassian();
		project = await makeProject(atlassian, { runtime: "without Lucia", isApart: true });
		project.write("main.js", main);
		project.write("worker.js", worker);
		project.write("app.ts", app);
		await compile("nodenext", "nodenext");
	});
	after(() => atlassian?.close());

	async function compile(module: string, moduleResolution: string): Promise<void> {
		const compilerOptions = {
			...{ strict: true, exactOptionalPropertyTypes: true, skipLibCheck: false, types: [] },
			...{ target: "es2022", lib: ["es2022", "dom", "dom.iterable"], module, moduleResolution }
		};
		project.write("tsconfig.json", JSON.stringify({ compilerOptions, files: ["app.ts"] }));
		await project.exec(process.execPath, [tsc, "-p", "."]);
	}

	const run = async (program: string, args: string[], env: Record<string, string> = {}) => {
		const INPUT = JSON.stringify(await project.input());
		assert.deepEqual(reportOf(await project.exec(program, args, { ...env, INPUT })), expected);
	};

	test("has no Lucia: npm knows of none, and Node finds none", async () => {
		const listed = await project.exec("npm", ["ls", "--all", "--parseable"]);
		assert.deepEqual(listed.trim().split("\n").slice(1).map((path) => path.split("node_modules/")[1]), ["lucia-atlassian"]);
		await assert.rejects(project.exec(process.execPath, ["--input-type=module", "-e", 'import "lucia"']), /Cannot find package 'lucia'/);
	});

	for (const [module, moduleResolution] of [["node16", "node16"], ["esnext", "bundler"], ["nodenext", "nodenext"]] as const) {
		test(`compiles with skipLibCheck false, moduleResolution ${moduleResolution}`, () => compile(module, moduleResolution));
	}

	for (const major of [20, 24] as const) test(`signs in on Node ${major}`, () => run(node(major), ["main.js"]));

	test("signs in on Deno, without permissions but those for the network and the input", async () => {
		const permissions = [`--allow-net=${new URL(atlassian.origin).host}`, "--allow-env=INPUT"];
		const env = { DENO_DIR: `${project.folder}/.deno`, DENO_NO_UPDATE_CHECK: "1" };
		await run(bin("deno"), ["run", "--no-prompt", ...permissions, "main.js"], env);
	});

	test("signs in on Bun", () => run(bin("bun"), ["run", "main.js"]));

	test("signs in in workerd", async () => {
		project.write("wrangler.json", JSON.stringify({ name: "app", main: "worker.js", compatibility_date: newest() }));
		assert.deepEqual(await reportFromServer(project, dev(project.folder)), expected);
	});
});
