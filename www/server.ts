// The app on Node: the routes of the Worker, with Lucia over better-sqlite3, listening on 127.0.0.1.
// `tsx server.ts` starts it on PORT (3000) with its database in app.db.

import { once } from "node:events";
import { readdirSync, readFileSync } from "node:fs";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { fileURLToPath } from "node:url";

import { createAdaptorServer } from "@hono/node-server";
import { serveStatic } from "@hono/node-server/serve-static";
import { betterSqlite3 } from "@lucia-auth/adapter-sqlite";
import Database from "better-sqlite3";
import { Hono } from "hono";
import { atlassianClient } from "lucia-atlassian/client";
import { atlassian } from "lucia-atlassian/providers";

import { createApp } from "./app.ts";
import { readEnv } from "./env.ts";
import { createAuth, luciaSessions, tables } from "./lucia.ts";
import { createProvider, type ProviderEnv } from "./provider.ts";
import { ownSessions, type Query, sessionsOfLucia } from "./sessions.ts";

const publicFolder = fileURLToPath(new URL("./public", import.meta.url));
const migrationsFolder = new URL("./migrations/", import.meta.url);

export type ServerOptions = {
	/** Path of the database file. The server creates the file and its tables if they are missing. */
	filename: string;
	/** 0 chooses a free one. */
	port: number;
	env: ProviderEnv;
	/** Whether the app keeps users and sessions itself. */
	withoutLucia?: boolean;
};

export async function startServer({ filename, port, env, withoutLucia = false }: ServerOptions) {
	const database = new Database(filename);
	database.pragma("foreign_keys = ON");
	migrate(database);

	// The redirect URI contains the port, so this creates the app after the server has one.
	let handle: (request: Request) => Response | Promise<Response> = () => new Response("Starting", { status: 503 });
	const server = createAdaptorServer({ fetch: (request) => handle(request) }) as Server;
	server.listen(port, "127.0.0.1");
	try {
		await once(server, "listening");
	} catch (error) {
		database.close();
		throw error;
	}
	const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
	const app = withoutLucia ? appWithoutLucia(database, env, origin) : appWithLucia(database, env, origin);
	handle = new Hono()
		// Cookies and the redirect URI belong to one name of this machine.
		.use((c, next) => {
			const { pathname, search, hostname } = new URL(c.req.url);
			return hostname === "localhost" ? Promise.resolve(c.redirect(origin + pathname + search)) : next();
		})
		// The Worker's assets, with the headers of public/_headers.
		.use("/assets/*", async (c, next) => {
			await next();
			// For a missing file, the app's page comes, with its own headers.
			if (!c.res.ok) return;
			c.header("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'");
			c.header("X-Content-Type-Options", "nosniff");
			c.header("Cache-Control", "no-cache");
		})
		.use("/assets/*", serveStatic({ root: publicFolder }))
		// Not route(), which would leave out the app's page for unknown paths.
		.all("*", (c) => app.fetch(c.req.raw)).fetch;

	return {
		origin,
		close() {
			server.close();
			server.closeAllConnections();
			database.close();
		},
	};
}

function appWithLucia(database: Database.Database, env: ProviderEnv, origin: string): Hono {
	const auth = createAuth(betterSqlite3(database, tables), origin);
	const provider = createProvider((configs) => atlassian(auth, configs), env, origin);
	return createApp({ sessions: luciaSessions(auth), provider, origin });
}

function appWithoutLucia(database: Database.Database, env: ProviderEnv, origin: string): Hono {
	const query = queryOf(database);
	const sessions = ownSessions(query, origin, sessionsOfLucia(query, origin));
	return createApp({ sessions, provider: createProvider(atlassianClient, env, origin), origin });
}

/** A function for statements on better-sqlite3, as `sessions.ts` needs it. */
export function queryOf(database: Database.Database): Query {
	return async (sql, ...values) => {
		const statement = database.prepare<unknown[], Record<string, unknown>>(sql);
		if (statement.reader) return statement.get(...values) ?? null;
		statement.run(...values);
		return null;
	};
}

/** Runs the new migrations, as `wrangler d1 migrations apply` does for D1. */
function migrate(database: Database.Database): void {
	const names = readdirSync(migrationsFolder).sort();
	const applied = Number(database.pragma("user_version", { simple: true }));
	database.transaction(() => {
		for (const name of names.slice(applied)) database.exec(readFileSync(new URL(name, migrationsFolder), "utf8"));
		database.pragma(`user_version = ${names.length}`);
	})();
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
	const port = Number(process.env["PORT"] || 3000);
	const { origin } = await startServer({ filename: "app.db", port, env: readEnv() });
	console.log(`Ready on ${origin}`);
}
