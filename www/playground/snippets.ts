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

/** The route that the redirect URI leads to. */
function callbackPath({ redirectUri }: Values): string {
	return URL.canParse(redirectUri) ? new URL(redirectUri).pathname : "/login/atlassian/callback";
}

type Answers = { refuse: string; redirect: string };

const asResponse: Answers = {
	refuse: `return new Response("The sign-in was refused or is too old.", { status: 400 });`,
	redirect: `return new Response(null, { status: 302, headers: { Location: "/", "Set-Cookie": cookie } });`,
};

const toServerResponse: Answers = {
	refuse: `response.writeHead(400).end("The sign-in was refused or is too old.");\n\treturn;`,
	redirect: `response.writeHead(302, { Location: "/", "Set-Cookie": cookie }).end();`,
};

/** The callback from where it has its parameters and the `state` of the cookie. */
function finish(indent: string, { refuse, redirect }: Answers): string {
	return `const code = searchParams.get("code");
// Without this, somebody could sign your visitor in as themselves.
if (!code || !state || searchParams.get("state") !== state) {
	${refuse}
}
const { getExistingUser, createUser, atlassianUser } = await atlassianAuth.validateCallback(code);
const user =
	(await getExistingUser()) ?? (await createUser({ attributes: { name: atlassianUser.name } }));
const session = await auth.createSession({ userId: user.userId, attributes: {} });
const cookie = auth.createSessionCookie(session).serialize();
${redirect}`.replaceAll("\n", `\n${indent}`);
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
		const { pathname, searchParams } = new URL(request.url);

		if (pathname === "/login/atlassian") {
			const [url, state] = await atlassianAuth.getAuthorizationUrl();
			const cookie = \`atlassian_state=\${state}; HttpOnly; Secure; SameSite=Lax; Path=/; Max-Age=600\`;
			return new Response(null, { status: 302, headers: { Location: url.href, "Set-Cookie": cookie } });
		}

		if (pathname === ${JSON.stringify(callbackPath(values))}) {
			const cookies = request.headers.get("Cookie") ?? "";
			const [, state] = /(?:^|; )atlassian_state=([^;]*)/.exec(cookies) ?? [];
			${finish("\t\t\t", asResponse)}
		}

		return new Response("Not found", { status: 404 });
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

const server = createServer(async (request, response) => {
	try {
		const { pathname, searchParams } = new URL(request.url ?? "/", "http://localhost");

		if (pathname === "/login/atlassian") {
			const [url, state] = await atlassianAuth.getAuthorizationUrl();
			const cookie = \`atlassian_state=\${state}; HttpOnly; Secure; SameSite=Lax; Path=/; Max-Age=600\`;
			response.writeHead(302, { Location: url.href, "Set-Cookie": cookie }).end();
		} else if (pathname === ${JSON.stringify(callbackPath(values))}) {
			const [, state] = /(?:^|; )atlassian_state=([^;]*)/.exec(request.headers.cookie ?? "") ?? [];
			${finish("\t\t\t", toServerResponse)}
		} else {
			response.writeHead(404).end("Not found");
		}
	} catch (error) {
		console.error(error);
		response.writeHead(502).end("The sign-in could not be completed.");
	}
});

server.listen(3000);
`;
}

function next(values: Values): string {
	return `// auth/atlassian.ts
// ATLASSIAN_CLIENT_SECRET=… in .env.local
import { atlassian } from "lucia-atlassian/providers";
import { auth } from "@/auth/lucia";

export const atlassianAuth = atlassian(auth, ${configs(values, `process.env.ATLASSIAN_CLIENT_SECRET ?? ""`, "")});

// app/login/atlassian/route.ts
import { cookies } from "next/headers";
import { atlassianAuth } from "@/auth/atlassian";

export async function GET() {
	const [url, state] = await atlassianAuth.getAuthorizationUrl();
	(await cookies()).set("atlassian_state", state, {
		httpOnly: true,
		secure: process.env.NODE_ENV === "production",
		sameSite: "lax",
		path: "/",
		maxAge: 600,
	});
	return Response.redirect(url);
}

// app${callbackPath(values)}/route.ts
import { cookies } from "next/headers";
import { atlassianAuth } from "@/auth/atlassian";
import { auth } from "@/auth/lucia";

export async function GET(request: Request) {
	const { searchParams } = new URL(request.url);
	const state = (await cookies()).get("atlassian_state")?.value;
	${finish("\t", asResponse)}
}
`;
}
