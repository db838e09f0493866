// `npm run soak`: an hour of sign-ins, refreshes and faults in Node and workerd at once, at full speed. Writes
// the figures and a chart below target/soak, and fails where something does not hold.
// `--minutes 5` makes it shorter, `--seed 1` repeats its choices.

import { parseArgs } from "node:util";

import { claims } from "./claims.ts";
import { runSoak } from "./run.ts";

const { values } = parseArgs({ options: { minutes: { type: "string" }, seed: { type: "string" } } });
const minutes = Number(values.minutes ?? 60);
const seed = Number(values.seed ?? Date.now() % 2 ** 32);
if (!(minutes > 0) || !Number.isInteger(seed)) throw new TypeError("expected --minutes of more than 0 and --seed as a whole number");

console.log(`${minutes} minutes in Node and workerd at once, --seed ${seed}`);
const results = await runSoak({ minutes, intervalSeconds: minutes > 10 ? 10 : 1, seed });

for (const runtime of results.runtimes) {
	const total = Object.values(runtime.work).reduce((sum, count) => sum + count, 0);
	console.log(`\n${runtime.name} ${runtime.version}: ${total} calls, ${(total / minutes / 60).toFixed(0)} a second`);
	console.log(`work ${JSON.stringify(runtime.work)}\nrejected with ${JSON.stringify(runtime.codes)}`);
	for (const { claim, problem } of claims) {
		const found = problem(runtime);
		console.log(`${found ? "FAILED" : "ok    "} ${claim}${found && `: ${found}`}`);
		if (found) process.exitCode = 1;
	}
}
console.log("\nwrote results.json and the charts to target/soak");
