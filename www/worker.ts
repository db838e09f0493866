// The app as a Cloudflare Worker, with D1 for a database. All is made anew for each request, out of `env`.

import { d1 } from "@lucia-auth/adapter-sqlite";

import { createApp } from "./app.ts";
import { createAuth, tables } from "./lucia.ts";
import { createProvider, type ProviderEnv } from "./provider.ts";

type Env = ProviderEnv & { DB: Parameters<typeof d1>[0] };

export default {
	async fetch(request: Request, env: Env): Promise<Response> {
		const { origin } = new URL(request.url);
		const auth = createAuth(d1(env.DB, tables), origin);
		const provider = createProvider(auth, env, origin);
		return createApp({ auth, provider, origin }).fetch(request);
	},
};
