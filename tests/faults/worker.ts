// Rows of the matrix and crowds as a Worker: runs what it is sent, and responds with what was seen.

import { signInAll } from "./people.ts";
import { runRow } from "./requests.ts";

const unhandled: string[] = [];
addEventListener("unhandledrejection", ({ reason }) => unhandled.push(String(reason)));

export default {
	async fetch(request: Request): Promise<Response> {
		const { row, crowd } = (await request.json()) as any;
		try {
			return Response.json(row ? await runRow(row) : crowd ? await signInAll(crowd) : unhandled);
		} catch (error) {
			return new Response((error as Error).stack ?? String(error), { status: 500 });
		}
	},
};
