// Keeps a step of the build from being done twice, by a stamp: the hash of all inputs of the step.

import { createHash } from "node:crypto";
import { existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";

import { step } from "./commands.js";
import { read } from "./files.js";

/** Does a step unless a stamp says that it was done with the same inputs and its outputs are there. */
export async function once({ stamp, inputs, outputs = [], ...description }, work) {
	const key = createHash("sha256").update(JSON.stringify(inputs)).digest("hex");
	if (read(stamp) === key && outputs.every(existsSync)) return;
	rmSync(stamp, { force: true });
	await step(description, work);
	mkdirSync(dirname(stamp), { recursive: true });
	writeFileSync(stamp, key);
}
