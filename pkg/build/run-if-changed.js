// Skips a step of the build whose inputs are unchanged. A stamp file holds the hash of all inputs.

import { createHash } from "node:crypto";
import { existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";

import { step } from "./commands.js";
import { read } from "./files.js";

/** Runs a step, unless its stamp has the hash of these inputs and all outputs exist. */
export async function runIfChanged({ stamp, inputs, outputs = [], ...description }, work) {
	const key = createHash("sha256").update(JSON.stringify(inputs)).digest("hex");
	if (read(stamp) === key && outputs.every(existsSync)) return;
	rmSync(stamp, { force: true });
	await step(description, work);
	mkdirSync(dirname(stamp), { recursive: true });
	writeFileSync(stamp, key);
}
