// The steps in a Worker, with D1.

import { d1 } from "@lucia-auth/adapter-sqlite";

import { createAuth, tables } from "../../www/lucia.ts";
import type { ProviderEnv } from "../../www/provider.ts";
import { handle } from "./leaving.ts";

type D1 = { prepare(sql: string): { bind(...values: unknown[]): { first(): Promise<Record<string, unknown> | null> } } };

export default {
	fetch(request: Request, env: ProviderEnv & { DB: D1 }): Response | Promise<Response> {
		const auth = createAuth(d1(env.DB as never, tables), new URL(request.url).origin);
		return handle(request, auth, (sql, ...values) => env.DB.prepare(sql).bind(...values).first(), env);
	}
};
