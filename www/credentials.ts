// Where both variants of the demo look for Atlassian's credentials: in the environment, then in .dev.vars, the file that
// wrangler reads by itself.

import { existsSync, readFileSync } from "node:fs";
import { parseEnv } from "node:util";

export type Env = Record<string, string | undefined>;

export function readEnv(file: string | URL = new URL("./.dev.vars", import.meta.url)): Env {
	return { ...(existsSync(file) && parseEnv(readFileSync(file, "utf8"))), ...process.env };
}

/** Whether to talk to Atlassian, rather than to the stand-in. */
export function hasCredentials({ ATLASSIAN_CLIENT_ID: id, ATLASSIAN_CLIENT_SECRET: secret }: Env): boolean {
	if (Boolean(id) !== Boolean(secret)) {
		throw new Error("Set both ATLASSIAN_CLIENT_ID and ATLASSIAN_CLIENT_SECRET, in the environment or in www/.dev.vars, or neither to use the stand-in.");
	}
	return Boolean(id);
}
