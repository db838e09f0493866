// The demo app at each step of www/leaving-lucia.md, chosen by a header of the request, so that one database goes
// through all of them. For Node and Workers alike.

import { atlassianClient } from "lucia-atlassian/client";
import { atlassian } from "lucia-atlassian/providers";

import { type AppOptions, createApp } from "../../www/app.ts";
import { type Auth, luciaSessions } from "../../www/lucia.ts";
import { createProvider, type ProviderEnv } from "../../www/provider.ts";
import { ownSessions, type Query, sessionsOfLucia } from "../../www/sessions.ts";

export const steps = ["with Lucia", "beside Lucia", "without Lucia", "after Lucia"] as const;
export type Step = (typeof steps)[number];
export const STEP_HEADER = "X-Step";

type SignIn = Parameters<typeof createApp>[0] extends AppOptions<infer Type> ? Type : never;

/** The app, and a route for every method that tells whether the request has a session. */
function serve<Type extends SignIn>(options: AppOptions<Type>, request: Request): Response | Promise<Response> {
	const app = createApp(options);
	const exchange = { request, setCookie() {} };
	app.all("/session", async (c) => c.json((await options.sessions.read(exchange)) !== null));
	app.all("/session/end", async (c) => {
		await options.sessions.end(exchange);
		return c.body(null, 204);
	});
	return app.fetch(request);
}

export function handle(request: Request, auth: Auth, query: Query, env: ProviderEnv): Response | Promise<Response> {
	const { origin } = new URL(request.url);
	const client = createProvider(atlassianClient, env, origin);
	const step = request.headers.get(STEP_HEADER) as Step;
	switch (step) {
		case "with Lucia": {
			const provider = createProvider((configs) => atlassian(auth, configs), env, origin);
			return serve({ sessions: luciaSessions(auth), provider, origin }, request);
		}
		case "beside Lucia":
			return serve({ sessions: ownSessions(query, origin, luciaSessions(auth)), provider: client, origin }, request);
		case "without Lucia":
			return serve({ sessions: ownSessions(query, origin, sessionsOfLucia(query, origin)), provider: client, origin }, request);
		case "after Lucia":
			return serve({ sessions: ownSessions(query, origin), provider: client, origin }, request);
	}
}
