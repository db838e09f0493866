// The app as a Cloudflare Worker, with D1 for a database. It creates everything for each request from `env`.

import { d1 } from "@lucia-auth/adapter-sqlite";
import { atlassian } from "lucia-atlassian/providers";

import { createApp } from "./app.ts";
import { createAuth, luciaSessions, tables } from "./lucia.ts";
import { createProvider, type ProviderEnv } from "./provider.ts";

type Env = ProviderEnv & { DB: Parameters<typeof d1>[0] };

export default {
	async fetch(request: Request, env: Env): Promise<Response> {
		const { origin } = new URL(request.url);
		const auth = createAuth(d1(env.DB, tables), origin);
		const provider = createProvider((configs) => atlassian(auth, configs), env, origin);
		return createApp({ sessions: luciaSessions(auth), provider, origin }).fetch(request);
	},
};
