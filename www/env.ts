// Reads the environment of the app without wrangler: on Node, and for the demo.

import { existsSync, readFileSync } from "node:fs";
import { parseEnv } from "node:util";

/** The environment, with defaults from .dev.vars, the file that wrangler reads itself. */
export function readEnv(file: string | URL = new URL("./.dev.vars", import.meta.url)): NodeJS.ProcessEnv {
	return { ...(existsSync(file) && parseEnv(readFileSync(file, "utf8"))), ...process.env };
}
