// The app as a Worker with D1. All that a request uses is made for it, out of `env`, save for lasting providers.

import { d1 } from "@lucia-auth/adapter-sqlite";
import { d1Store } from "lucia-atlassian/stores";

import { createAuth, tables } from "../../www/lucia.ts";
import { resultOf, measure } from "./app.ts";

interface Env {
	DB: Parameters<typeof d1Store>[0];
}

export default {
	async fetch(request: Request, { DB }: Env): Promise<Response> {
		if (request.method === "GET") return Response.json(measure());
		const auth = createAuth(d1(DB as never, tables), "http://127.0.0.1");
		const forget = async (userId: string) => {
			await auth.deleteUser(userId);
			await DB.prepare("DELETE FROM atlassian_tokens WHERE user_id = ? RETURNING 1").bind(userId).first();
		};
		const store = (userId: string) => d1Store(DB, userId);
		return Response.json(await resultOf(await request.json(), { auth, store, forget }));
	}
};
