// The playground's code snippets with the visitor's values. They always read the client secret from the environment:
// it must not be in a page or in a source file.

export type Values = { clientId: string; redirectUri: string; scope: string[] };

export type Runtime = "workers" | "node" | "next";

export const snippets: Record<Runtime, (values: Values) => string> = { workers, node, next };

/** The `configs` of `atlassian()`. A visitor typed the values, so the code has them as JSON strings. */
function configs({ clientId, redirectUri, scope }: Values, secret: string, indent: string): string {
	const fields = [
		`clientId: ${JSON.stringify(clientId)},`,
		`clientSecret: ${secret},`,
		`redirectUri: ${JSON.stringify(redirectUri)},`,
		...(scope.length > 0 ? [`scope: [${scope.map((name) => JSON.stringify(name)).join(", ")}],`] : []),
	];
	return `{\n${fields.map((field) => `${indent}\t${field}\n`).join("")}${indent}}`;
}

/** The route of the redirect URI, and two other routes that must differ from it. */
function paths({ redirectUri }: Values) {
	const callback = URL.canParse(redirectUri) ? new URL(redirectUri).pathname : "/login/atlassian/callback";
	return {
		callback,
		login: callback === "/login/atlassian" ? "/login" : "/login/atlassian",
		home: callback === "/" ? "/home" : "/",
	};
}

type Fragments = { url: string; refuse: string; redirect: (home: string) => string };

const asResponse: Fragments = {
	url: "request.url",
	refuse: `return new Response("Start the sign-in again.", { status: 400 });`,
	redirect: (home) => `return new Response(null, { status: 302, headers: { Location: "${home}", "Set-Cookie": cookie } });`,
};

const toServerResponse: Fragments = {
	url: `request.url ?? ""`,
	refuse: `response.writeHead(400).end("Start the sign-in again.");`,
	redirect: (home) => `response.writeHead(302, { Location: "${home}", "Set-Cookie": cookie }).end();`,
};

/** The second part of the callback's code, after reading the `state` cookie. */
function finish(indent: string, values: Values, { url, refuse, redirect }: Fragments): string {
	return `try {
	// Checks that this browser started the sign-in.
	const { getExistingUser, createUser, atlassianUser } = await atlassianAuth.callback(${url}, state);
	const user =
		(await getExistingUser()) ?? (await createUser({ attributes: { name: atlassianUser.name } }));
	const session = await auth.createSession({ userId: user.userId, attributes: {} });
	const cookie = auth.createSessionCookie(session).serialize();
	${redirect(paths(values).home)}
} catch (error) {
	// Log other errors: error.code names the cause, error.action the remedy.
	if (!isReauthorizationRequired(error)) throw error;
	${refuse}
}`.replaceAll("\n", `\n${indent}`);
}

function workers(values: Values): string {
	return `// src/index.ts
// npx wrangler secret put ATLASSIAN_CLIENT_SECRET
import { atlassian, isReauthorizationRequired } from "lucia-atlassian/providers";
import { initializeLucia } from "./lucia.js";

type Env = { DB: D1Database; ATLASSIAN_CLIENT_SECRET: string };

export default {
	async fetch(request: Request, env: Env): Promise<Response> {
		const auth = initializeLucia(env.DB);
		const atlassianAuth = atlassian(auth, ${configs(values, "env.ATLASSIAN_CLIENT_SECRET", "\t\t")});
		const { pathname } = new URL(request.url);

		if (pathname === "${paths(values).login}") {
			const [url, state] = await atlassianAuth.getAuthorizationUrl();
			const cookie = \`atlassian_state=\${state}; HttpOnly; Secure; SameSite=Lax; Path=/; Max-Age=600\`;
			return new Response(null, { status: 302, headers: { Location: url.href, "Set-Cookie": cookie } });
		}

		if (pathname === ${JSON.stringify(paths(values).callback)}) {
			const cookies = request.headers.get("Cookie") ?? "";
			const [, state] = /(?:^|; )atlassian_state=([^;]*)/.exec(cookies) ?? [];
			${finish("\t\t\t", values, asResponse)}
		}

		return new Response("Not found", { status: 404 });
	},
};
`;
}

function node(values: Values): string {
	return `// server.ts
// ATLASSIAN_CLIENT_SECRET=… npx tsx server.ts
import { createServer } from "node:http";
import { atlassian, isReauthorizationRequired } from "lucia-atlassian/providers";
import { auth } from "./lucia.js";

const atlassianAuth = atlassian(auth, ${configs(values, `process.env.ATLASSIAN_CLIENT_SECRET ?? ""`, "")});

const server = createServer(async (request, response) => {
	try {
		const { pathname } = new URL(request.url ?? "/", "http://localhost");

		if (pathname === "${paths(values).login}") {
			const [url, state] = await atlassianAuth.getAuthorizationUrl();
			const cookie = \`atlassian_state=\${state}; HttpOnly; Secure; SameSite=Lax; Path=/; Max-Age=600\`;
			response.writeHead(302, { Location: url.href, "Set-Cookie": cookie }).end();
		} else if (pathname === ${JSON.stringify(paths(values).callback)}) {
			const [, state] = /(?:^|; )atlassian_state=([^;]*)/.exec(request.headers.cookie ?? "") ?? [];
			${finish("\t\t\t", values, toServerResponse)}
		} else {
			response.writeHead(404).end("Not found");
		}
	} catch (error) {
		console.error(error);
		response.writeHead(502).end("The sign-in failed.");
	}
});

server.listen(3000);
`;
}

function next(values: Values): string {
	const { login, callback } = paths(values);
	return `// auth/atlassian.ts
// ATLASSIAN_CLIENT_SECRET=… in .env.local
import { atlassian } from "lucia-atlassian/providers";
import { auth } from "@/auth/lucia";

export const atlassianAuth = atlassian(auth, ${configs(values, `process.env.ATLASSIAN_CLIENT_SECRET ?? ""`, "")});

// app${login}/route.ts
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

// app${callback.replace(/\/$/, "")}/route.ts
import { cookies } from "next/headers";
import { isReauthorizationRequired } from "lucia-atlassian/providers";
import { atlassianAuth } from "@/auth/atlassian";
import { auth } from "@/auth/lucia";

export async function GET(request: Request) {
	const state = (await cookies()).get("atlassian_state")?.value;
	${finish("\t", values, asResponse)}
}
`;
}
