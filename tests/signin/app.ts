// The app that signs people in, as a function from request to response, so that the same code runs on
// Node (node.test.ts) and in a Worker (worker.ts). Its callback responds with what it saw, as JSON, and
// two routes, /rows and /reset, are there for the scenarios only.

import { OAuthRequestError } from "lucia-atlassian";
import type { AtlassianAuth, AtlassianTokens, AtlassianUser } from "lucia-atlassian/providers";
import type { User } from "lucia";

import { type Auth, tables } from "../../www/lucia.ts";

export const CALLBACK_PATH = "/login/atlassian/callback";
/** Asked for besides `read:me`. */
export const scope = ["read:jira-work", "offline_access"];

const STATE_COOKIE = "atlassian_oauth_state";

export type Row = Record<string, string | number | null>;
/** What the database holds. */
export type Rows = Record<keyof typeof tables, Row[]>;

/** The response of the callback after a sign-in. */
export type SignedIn = {
	outcome: "created" | "existing" | "linked";
	user: User;
	atlassianUser: AtlassianUser;
	atlassianTokens: AtlassianTokens;
};

/** The response of the callback to an `OAuthRequestError`. */
export type Refused = {
	isError: boolean;
	message: string;
	request: { method: string; url: string };
	response: { status: number; body: unknown };
};

export type AppOptions = {
	auth: Auth;
	atlassianAuth: AtlassianAuth<Auth>;
	/** Runs a statement and gives its rows. */
	query: (sql: string) => Promise<Row[]>;
};

export function createApp({ auth, atlassianAuth, query }: AppOptions): (request: Request) => Promise<Response> {
	async function login(): Promise<Response> {
		const [url, state] = await atlassianAuth.getAuthorizationUrl();
		return new Response(null, {
			status: 302,
			headers: { Location: url.href, "Set-Cookie": stateCookie(state, 600) },
		});
	}

	async function callback(request: Request): Promise<Response> {
		const { searchParams } = new URL(request.url);
		const state = searchParams.get("state");
		if (!state || state !== readCookie(request, STATE_COOKIE)) return new Response("foreign state", { status: 400 });

		const headers = new Headers({ "Set-Cookie": stateCookie("", 0) });
		const code = searchParams.get("code");
		if (!code) return new Response(searchParams.get("error"), { status: 403, headers });

		const authRequest = auth.handleRequest({
			request,
			setCookie: (cookie) => headers.append("Set-Cookie", cookie.serialize()),
		});
		try {
			const { atlassianTokens, atlassianUser, getExistingUser, createKey, createUser } =
				await atlassianAuth.validateCallback(code);
			const existingUser = await getExistingUser();
			const signedIn = await authRequest.validate();
			let outcome: SignedIn["outcome"] = "existing";
			let user = existingUser;
			if (!user && signedIn) {
				outcome = "linked";
				const key = await createKey(signedIn.user.userId);
				user = await auth.getUser(key.userId);
			} else if (!user) {
				outcome = "created";
				const { name, email, picture } = atlassianUser;
				user = await createUser({ attributes: { name, email, picture } });
			}
			if (signedIn?.user.userId !== user.userId) {
				authRequest.setSession(await auth.createSession({ userId: user.userId, attributes: {} }));
			}
			return Response.json({ outcome, user, atlassianUser, atlassianTokens } satisfies SignedIn, { headers });
		} catch (error) {
			if (!(error instanceof OAuthRequestError)) throw error;
			const refused: Refused = {
				isError: error instanceof Error,
				message: error.message,
				request: { method: error.request.method, url: error.request.url },
				response: { status: error.response.status, body: await error.response.json() },
			};
			return Response.json(refused, { status: 502, headers });
		}
	}

	async function rows(): Promise<Rows> {
		return {
			user: await query(`SELECT * FROM "${tables.user}" ORDER BY rowid`),
			key: await query(`SELECT * FROM "${tables.key}" ORDER BY rowid`),
			session: await query(`SELECT * FROM "${tables.session}" ORDER BY rowid`),
		};
	}

	async function respond(request: Request): Promise<Response> {
		switch (`${request.method} ${new URL(request.url).pathname}`) {
			case "GET /": {
				const session = await auth.handleRequest({ request, setCookie: () => {} }).validate();
				return Response.json(session?.user ?? null);
			}
			case "GET /login/atlassian":
				return login();
			case `GET ${CALLBACK_PATH}`:
				return callback(request);
			case "GET /rows":
				return Response.json(await rows());
			case "POST /reset":
				for (const table of [tables.session, tables.key, tables.user]) await query(`DELETE FROM "${table}"`);
				return new Response(null, { status: 204 });
			default:
				return new Response("no such route", { status: 404 });
		}
	}

	return async (request) => {
		try {
			return await respond(request);
		} catch (error) {
			return new Response(`${error}`, { status: 500 });
		}
	};
}

function stateCookie(state: string, maxAge: number): string {
	return `${STATE_COOKIE}=${state}; Path=/; HttpOnly; SameSite=Lax; Max-Age=${maxAge}`;
}

function readCookie(request: Request, name: string): string | undefined {
	const pairs = (request.headers.get("Cookie") ?? "").split("; ");
	return pairs.find((pair) => pair.startsWith(`${name}=`))?.slice(name.length + 1);
}
