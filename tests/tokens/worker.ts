// The scenarios as a Worker: runs the one that is asked for, and responds with what it saw.

import { d1Store, kvStore, memoryStore, schema } from "lucia-atlassian/stores";
import type { TokenStore } from "lucia-atlassian/providers";

import { scenarios } from "./scenarios.ts";
import { Replicated, runScenario } from "./world.ts";

type Env = { DB: Parameters<typeof d1Store>[0]; KV: Parameters<typeof kvStore>[0] };

export default {
	async fetch(request: Request, { DB, KV }: Env): Promise<Response> {
		const { name, store, user, addresses } = (await request.json()) as Record<"name" | "store" | "user", string> & {
			addresses: { standIn: string; orders: string };
		};
		const scenario = scenarios.find((scenario) => scenario.name === name);
		if (!scenario) return new Response(`There is no scenario ${name}`, { status: 404 });
		const memory = memoryStore();
		const stores: Record<string, (id?: string) => TokenStore> = {
			memory: () => memory,
			kv: () => kvStore(KV, user),
			d1: (id = "") => d1Store(DB, user + id),
		};
		const replicated = new Replicated(DB);
		const behind = (read?: number) => d1Store(replicated.session(read), user);
		const sql = async (statement: string) => void (await DB.prepare(`${statement} RETURNING 1`).bind(user).first());
		try {
			if (store === "d1") await DB.prepare(schema).bind().first();
			return Response.json((await runScenario(scenario, addresses, { store: stores[store] ?? (() => memory), sql, behind })) ?? null);
		} catch (error) {
			return new Response((error as Error).stack ?? String(error), { status: 500 });
		}
	},
};
