// The app as a Cloudflare Worker without Lucia, on the same database. It creates everything for each request from
// `env`.

import { atlassianClient } from "lucia-atlassian/client";

import { createApp } from "./app.ts";
import { createProvider, type ProviderEnv } from "./provider.ts";
import { ownSessions, type Query, sessionsOfLucia } from "./sessions.ts";

/** The part of D1 that this file uses. */
type D1 = { prepare(sql: string): { bind(...values: unknown[]): { first(): ReturnType<Query> } } };

export default {
	async fetch(request: Request, env: ProviderEnv & { DB: D1 }): Promise<Response> {
		const { origin } = new URL(request.url);
		const query: Query = (sql, ...values) => env.DB.prepare(sql).bind(...values).first();
		const sessions = ownSessions(query, origin, sessionsOfLucia(query, origin));
		const provider = createProvider(atlassianClient, env, origin);
		return createApp({ sessions, provider, origin }).fetch(request);
	},
};
