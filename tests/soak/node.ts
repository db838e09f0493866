// The app as a server on Node with SQLite, a program of its own, started with --expose-gc so that what is
// measured is in use.

import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

import { betterSqlite3 } from "@lucia-auth/adapter-sqlite";
import SQLite from "better-sqlite3";
import { schema, sqliteStore } from "lucia-atlassian/stores";

import { createAuth, tables } from "../../www/lucia.ts";
import { resultOf, type Database, measure } from "./app.ts";
import { migrations } from "./migrations.ts";

const sqlite = new SQLite(":memory:");
for (const statement of [...migrations, schema]) sqlite.exec(statement);
const forgetTokens = sqlite.prepare("DELETE FROM atlassian_tokens WHERE user_id = ?");
const auth = createAuth(betterSqlite3(sqlite, tables), "http://127.0.0.1");
const database: Database = {
	auth,
	store: (userId) => sqliteStore(sqlite, userId),
	forget: async (userId) => {
		await auth.deleteUser(userId);
		forgetTokens.run(userId);
	}
};

function measured() {
	globalThis.gc?.();
	const { heapUsed, external } = process.memoryUsage();
	return { ...measure(), heap: heapUsed, external };
}

const server = createServer(async (request, response) => {
	let body = "";
	for await (const chunk of request.setEncoding("utf8")) body += chunk;
	const result = request.method === "GET" ? measured() : await resultOf(JSON.parse(body), database);
	response.setHeader("Content-Type", "application/json").end(JSON.stringify(result));
});
server.keepAliveTimeout = 600_000;
server.listen(0, "127.0.0.1", () => {
	console.log(`listening on http://127.0.0.1:${(server.address() as AddressInfo).port}`);
});
