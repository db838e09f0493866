// The app as a Worker: everything is made anew for each request, out of `env`, as Workers do.

import { d1 } from "@lucia-auth/adapter-sqlite";
import { atlassian } from "lucia-atlassian/providers";

import { createAuth, tables } from "../../www/lucia.ts";
import { routeTo } from "../atlassian/route.ts";
import { CALLBACK_PATH, createApp, type Row, scope } from "./app.ts";

type Env = {
	/** The part of D1 that is used here. */
	DB: { prepare(sql: string): { all(): Promise<{ results: Row[] }> } };
	ATLASSIAN_CLIENT_ID: string;
	ATLASSIAN_CLIENT_SECRET: string;
	/** Origin of the stand-in. */
	STAND_IN: string;
};

export default {
	async fetch(request: Request, env: Env): Promise<Response> {
		const { origin } = new URL(request.url);
		const auth = createAuth(d1(env.DB as never, tables), origin);
		const atlassianAuth = atlassian(auth, {
			clientId: env.ATLASSIAN_CLIENT_ID,
			clientSecret: env.ATLASSIAN_CLIENT_SECRET,
			redirectUri: origin + CALLBACK_PATH,
			scope,
			fetch: routeTo(env.STAND_IN),
		});
		const query = async (sql: string) => (await env.DB.prepare(sql).all()).results;
		return createApp({ auth, atlassianAuth, query })(request);
	},
};
