// The statements that make the tables of the demo app, one by one as D1 wants them.

import { readdirSync, readFileSync } from "node:fs";

const folder = new URL("../../www/migrations/", import.meta.url);

export const migrations = readdirSync(folder)
	.sort()
	.flatMap((name) => readFileSync(new URL(name, folder), "utf8").replace(/^--.*$/gm, "").split(";"))
	.map((statement) => statement.trim())
	.filter((statement) => statement !== "");
