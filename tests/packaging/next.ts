// Next.js of the time of Lucia 2, whose `fetch` stores what a route or a page fetches while it renders, also with
// `fetchCache = "force-cache"`. A route and a page of each kind sign in, refresh and read the user twice with the same
// question: each request must reach Atlassian, and the store must have no token.

import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";

import { appScript } from "./page.ts";
import { start } from "./process.ts";
import { type Project, type Row, bin, node, versionOf } from "./project.ts";
import type { Report } from "./suite.ts";

const environment = { NEXT_TELEMETRY_DISABLED: "1" };

/** Sends what the server fetches from Atlassian to the stand-in, below the `fetch` of Next.js. */
const routing = (origin: string) => `
const send = globalThis.fetch;
globalThis.fetch = async (input, init) => {
	const request = new Request(input, init);
	const { hostname, pathname, search } = new URL(request.url);
	if (!hostname.endsWith("atlassian.com")) return send(input, init);
	const { method, headers, redirect, signal } = request;
	const body = (await request.text()) || undefined;
	return send(\`${origin}/\${hostname}\${pathname}\${search}\`, { method, headers, body, redirect, signal });
};
`;

/** What a route or a page does: the question is in a file, since reading the request would turn the store off. */
const library = (folder: string, configs: object) => `
import { readFileSync } from "node:fs";
import { atlassian } from "lucia-atlassian";
const { validateCallback, refreshTokens, getUser } = atlassian({}, ${JSON.stringify(configs)});
const methods = { validateCallback: async (code) => (await validateCallback(code)).atlassianTokens, refreshTokens, getUser };
export async function result() {
	const [name, argument] = JSON.parse(readFileSync(${JSON.stringify(join(folder, "question.json"))}, "utf8"));
	return methods[name](argument).catch(({ code }) => ({ code }));
}
`;

const route = 'import { result } from "../../../result.js";\nexport const GET = async () => Response.json(await result());\n';
const page = `
import { result } from "../../../result.js";
export default async function Page() {
	return <pre data-result={JSON.stringify(await result())} />;
}
`;

interface Result {
	accessToken?: string;
	refreshToken?: string;
	account_id?: string;
	code?: string;
}

async function run(project: Project, group: string): Promise<Report> {
	const { folder, write, exec, input } = project;
	const { origin, code, ...configs } = await input();
	write("routing.mjs", routing(origin));
	write("result.js", library(folder, { ...configs, scope: ["offline_access"] }));
	write("run.js", appScript);
	write("app/suite/route.js", 'import { run } from "../../run.js";\nexport const POST = async (request) => Response.json(await run(await request.json()));\n');
	write("app/route/[id]/route.js", route);
	write("app/page/[id]/page.js", page);
	// Without `dynamic`, Next.js renders what does not read its request only once.
	const forced = 'export const dynamic = "force-dynamic";\nexport const fetchCache = "force-cache";\n';
	write("app/forced-route/[id]/route.js", forced + route);
	write("app/forced-page/[id]/page.js", forced + page);
	write("app/layout.js", 'export default ({ children }) => <html lang="en"><body>{children}</body></html>;');
	await exec(node(20), [bin("next", group), "build"], environment);
	const { ready, stop } = await start(node(20), [bin("next", group), "start", "--hostname", "127.0.0.1", "--port", "0"], {
		cwd: folder,
		env: { ...process.env, ...environment, NODE_OPTIONS: `--import ${join(folder, "routing.mjs")}` },
		ready: /http:\/\/127\.0\.0\.1:(\d+)/
	});
	try {
		const server = `http://127.0.0.1:${ready[1]}`;
		const tokens: string[] = [];
		const askTwice = async (kind: string, name: string, argument = ""): Promise<[Result, Result]> => {
			const responses: Result[] = [];
			for (const _ of [1, 2]) {
				write("question.json", JSON.stringify([name, argument]));
				// A page of the same address may be stored as a whole, which is the app's own choice.
				const text = await (await fetch(`${server}/${kind}/${responses.length}-${name}`)).text();
				const [, attribute = ""] = /data-result="([^"]*)"/.exec(text) ?? [];
				const response = JSON.parse(kind.endsWith("page") ? attribute.replaceAll("&quot;", '"') : text) as Result;
				responses.push(response);
				for (const token of [response.accessToken, response.refreshToken]) if (token) tokens.push(token);
			}
			return responses as [Result, Result];
		};
		for (const kind of ["route", "page", "forced-route", "forced-page"]) {
			const [tokensOfCode, again] = await askTwice(kind, "validateCallback", (await input("offline_access")).code);
			assert.equal(again.code, "INVALID_GRANT", `${kind}: a code that is used twice`);
			const [first, second] = await askTwice(kind, "refreshTokens", tokensOfCode.refreshToken);
			assert.notEqual(first.refreshToken, second.refreshToken, `${kind}: a refresh that is stored`);
			const users = await askTwice(kind, "getUser", second.accessToken);
			for (const user of users) assert.ok(user.account_id, `${kind}: ${JSON.stringify(user)}`);
		}
		assert.equal(tokens.length, 24);
		const files = readdirSync(join(folder, ".next"), { withFileTypes: true, recursive: true })
			.filter((file) => file.isFile())
			.map((file) => readFileSync(join(file.parentPath, file.name), "utf8"));
		// As they are, or in base64 at each of its three offsets.
		const forms = tokens.flatMap((token) => [token, ...[0, 1, 2].map((offset) => Buffer.from(token.slice(offset)).toString("base64").slice(0, 60))]);
		assert.ok(!files.some((text) => forms.some((form) => text.includes(form))), "a token in .next");

		const response = await fetch(`${server}/suite`, { method: "POST", body: JSON.stringify(await input()) });
		return (await response.json()) as Report;
	} finally {
		await stop();
	}
}

export const rows: Row[] = [13, 14].map((major) => {
	const group = `next-${major}`;
	return {
		runtime: `Next.js ${major}, routes and pages whose \`fetch\` is stored`,
		version: () => versionOf("next", group),
		loads: "text, compiled on import",
		group,
		run: (project) => run(project, group)
	};
});
