// The environment of the app where wrangler does not read it: on Node, and for the demo.

import { existsSync, readFileSync } from "node:fs";
import { parseEnv } from "node:util";

/** The environment, and below it what is in .dev.vars, the file that wrangler reads by itself. */
export function readEnv(file: string | URL = new URL("./.dev.vars", import.meta.url)): NodeJS.ProcessEnv {
	return { ...(existsSync(file) && parseEnv(readFileSync(file, "utf8"))), ...process.env };
}
