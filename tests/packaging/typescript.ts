// TypeScript, as compilers of apps resolve and check the declarations: each resolution mode, with and
// without checking of libraries, with the types of browsers and with those of Workers alone.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

import type { Row } from "./project.ts";

const typescript = fileURLToPath(new URL("../../node_modules/typescript/", import.meta.url));

const app = `
import type { Auth } from "lucia";
import { OAuthRequestError, atlassian as same } from "lucia-atlassian";
import init from "lucia-atlassian/init";
import { atlassian, type AtlassianTokens } from "lucia-atlassian/providers";

declare global {
	namespace Lucia {
		type Auth = import("lucia").Auth;
		type DatabaseUserAttributes = {};
		type DatabaseSessionAttributes = {};
	}
}

declare const auth: Auth;

export async function signIn(code: string): Promise<AtlassianTokens | number> {
	await init(new URL("https://app.example/lucia_atlassian.wasm"));
	const provider: ReturnType<typeof same> = atlassian(auth, {
		clientId: "",
		clientSecret: "",
		redirectUri: "",
		fetch: (request) => fetch(request)
	});
	try {
		return (await provider.validateCallback(code)).atlassianTokens;
	} catch (error) {
		if (error instanceof OAuthRequestError) return error.response.status;
		throw error;
	}
}

// @ts-expect-error without a client secret
atlassian(auth, { clientId: "", redirectUri: "" });
`;

const modes = ["node16", "nodenext", "bundler"].flatMap((mode) =>
	[true, false].flatMap((skipLibCheck) => [
		{ mode, skipLibCheck, lib: ["es2023", "dom", "dom.iterable"], types: [] as string[] },
		{ mode, skipLibCheck, lib: ["es2023"], types: ["@cloudflare/workers-types"] }
	])
);

export const rows: Row[] = [
	{
		runtime: "TypeScript, `moduleResolution` node16, nodenext and bundler",
		version: () =>
			(JSON.parse(readFileSync(`${typescript}package.json`, "utf8")) as { version: string })
				.version,
		loads: "declarations",
		run: async ({ write, exec }) => {
			write("app.ts", app);
			assert.equal(modes.length, 12);
			for (const { mode, skipLibCheck, lib, types } of modes) {
				const compilerOptions = {
					...{ strict: true, noEmit: true, target: "es2022", skipLibCheck, lib, types },
					module: mode === "bundler" ? "esnext" : mode,
					moduleResolution: mode
				};
				write("tsconfig.json", JSON.stringify({ compilerOptions, files: ["app.ts"] }));
				await exec(process.execPath, [`${typescript}bin/tsc`, "-p", "."]);
			}
			return null;
		}
	}
];
