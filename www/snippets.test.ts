// The code of the playground compiles, whatever was typed: each of its files in a project of its own, against the
// package and Lucia themselves, with stubs for what Cloudflare and Next.js would bring.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

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
