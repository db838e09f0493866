// The program that a page runs: asks its server for one batch after the other, and times them.

import { type Job, verify, work } from "./work.ts";

const post = async (body: object): Promise<Job | "verify"> =>
	(await fetch("/job", { method: "POST", body: JSON.stringify(body) })).json() as Promise<
		Job | "verify"
	>;

let report: object = {};
for (;;) {
	const job = await post(report);
	try {
		if (job === "verify") {
			await verify();
			report = { sample: null };
			continue;
		}
		const started = performance.now();
		await work(job);
		report = { sample: { milliseconds: performance.now() - started, latencies: [] } };
	} catch (error) {
		report = { error: String((error as Error).stack) };
	}
}
