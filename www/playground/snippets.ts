// The code that the playground hands out, with the visitor's values in it. The client secret is always read from the
// environment: it has no place in a page, nor in a source file.

export type Values = { clientId: string; redirectUri: string; scope: string[] };

export type Runtime = "workers" | "node" | "next";

export const snippets: Record<Runtime, (values: Values) => string> = { workers, node, next };

/** The `configs` of `atlassian()`. Values are what somebody typed, so they are written as JSON strings. */
function configs({ clientId, redirectUri, scope }: Values, secret: string, indent: string): string {
	const fields = [
		`clientId: ${JSON.stringify(clientId)},`,
		`clientSecret: ${secret},`,
		`redirectUri: ${JSON.stringify(redirectUri)},`,
		...(scope.length > 0 ? [`scope: [${scope.map((name) => JSON.stringify(name)).join(", ")}],`] : []),
	];
	return `{\n${fields.map((field) => `${indent}\t${field}\n`).join("")}${indent}}`;
}

function workers(values: Values): string {
	return `// src/index.ts
// npx wrangler secret put ATLASSIAN_CLIENT_SECRET
import { atlassian } from "lucia-atlassian/providers";
import { initializeLucia } from "./lucia.js";

type Env = { DB: D1Database; ATLASSIAN_CLIENT_SECRET: string };

export default {
	async fetch(request: Request, env: Env): Promise<Response> {
		const auth = initializeLucia(env.DB);
		const atlassianAuth = atlassian(auth, ${configs(values, "env.ATLASSIAN_CLIENT_SECRET", "\t\t")});
		const { pathname } = new URL(request.url);
		if (pathname !== "/login/atlassian") return new Response("Not found", { status: 404 });

		const [url, state] = await atlassianAuth.getAuthorizationUrl();
		const cookie = \`atlassian_oauth_state=\${state}; HttpOnly; Secure; SameSite=Lax; Path=/; Max-Age=600\`;
		return new Response(null, { status: 302, headers: { Location: url.href, "Set-Cookie": cookie } });
	},
};
`;
}

function node(values: Values): string {
	return `// server.ts
// ATLASSIAN_CLIENT_SECRET=… node server.ts
import { createServer } from "node:http";
import { atlassian } from "lucia-atlassian/providers";
import { auth } from "./lucia.js";

const atlassianAuth = atlassian(auth, ${configs(values, `process.env.ATLASSIAN_CLIENT_SECRET ?? ""`, "")});

createServer(async (request, response) => {
	if (request.url !== "/login/atlassian") return response.writeHead(404).end("Not found");

	const [url, state] = await atlassianAuth.getAuthorizationUrl();
	const cookie = \`atlassian_oauth_state=\${state}; HttpOnly; Secure; SameSite=Lax; Path=/; Max-Age=600\`;
	response.writeHead(302, { Location: url.href, "Set-Cookie": cookie }).end();
}).listen(3000);
`;
}

function next(values: Values): string {
	return `// app/login/atlassian/route.ts
// ATLASSIAN_CLIENT_SECRET=… in .env.local
import { cookies } from "next/headers";
import { redirect } from "next/navigation";
import { atlassian } from "lucia-atlassian/providers";
import { auth } from "@/auth/lucia";

const atlassianAuth = atlassian(auth, ${configs(values, `process.env.ATLASSIAN_CLIENT_SECRET ?? ""`, "")});

export async function GET() {
	const [url, state] = await atlassianAuth.getAuthorizationUrl();
	(await cookies()).set("atlassian_oauth_state", state, {
		httpOnly: true,
		secure: process.env.NODE_ENV === "production",
		sameSite: "lax",
		path: "/",
		maxAge: 600,
	});
	redirect(url.href);
}
`;
}
