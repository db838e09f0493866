// The program that workerd runs: a batch for each request. No clock runs in a Worker while code runs,
// so the time is taken by who sends the request.

import { type Job, verify, work } from "./work.ts";

export default {
	async fetch(request: Request): Promise<Response> {
		try {
			const job = (await request.json()) as Job | "verify";
			await (job === "verify" ? verify() : work(job));
			return new Response("done");
		} catch (error) {
			return new Response(String((error as Error).stack), { status: 500 });
		}
	}
};
