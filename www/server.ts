// The app on Node: the routes of the Worker, with Lucia over better-sqlite3, listening on 127.0.0.1.
// With ATLASSIAN_CLIENT_ID and ATLASSIAN_CLIENT_SECRET set it talks to Atlassian; without, to the stand-in.

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

import { defaultClient, startAtlassian } from "../tests/atlassian/server.ts";
import { createApp } from "./app.ts";
import { type Env, hasCredentials } from "./credentials.ts";
import { createAuth, tables } from "./lucia.ts";
import { CALLBACK_PATH, createProvider } from "./provider.ts";

const publicFolder = fileURLToPath(new URL("./public", import.meta.url));
const migrationsFolder = new URL("./migrations/", import.meta.url);

export type ServerOptions = {
	/** Path of the database file. The file and its tables are made when they are not there. */
	filename: string;
	/** 0 takes a free one. */
	port: number;
	env: Env;
};

export async function startServer({ filename, port, env }: ServerOptions) {
	const isReal = hasCredentials(env);
	const database = new Database(filename);
	database.pragma("foreign_keys = ON");
	migrate(database);

	// The redirect URI names the port, so the app is made once the server has one.
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
	const redirectUri = origin + CALLBACK_PATH;
	const standIn = isReal
		? undefined
		: await startAtlassian({ clients: [{ ...defaultClient, redirectUris: [redirectUri] }] });

	const auth = createAuth(betterSqlite3(database, tables), origin);
	const provider = createProvider(auth, { ...env, STAND_IN: standIn?.origin }, origin);
	const app = createApp({ auth, provider, origin });
	handle = new Hono()
		// The Worker's assets, with the headers of public/_headers.
		.use("/assets/*", async (c, next) => {
			await next();
			c.header("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'");
			c.header("X-Content-Type-Options", "nosniff");
			c.header("Cache-Control", "no-cache");
		})
		.use("/assets/*", serveStatic({ root: publicFolder }))
		// Not route(), which leaves out the app's own page for what is not there.
		.all("*", (c) => app.fetch(c.req.raw)).fetch;

	return {
		origin,
		redirectUri,
		standIn,
		async close() {
			server.close();
			server.closeAllConnections();
			await standIn?.close();
			database.close();
		},
	};
}

/** Runs the migrations that the database has not seen, as `wrangler d1 migrations apply` does for D1. */
function migrate(database: Database.Database): void {
	const names = readdirSync(migrationsFolder).sort();
	const applied = Number(database.pragma("user_version", { simple: true }));
	database.transaction(() => {
		for (const name of names.slice(applied)) database.exec(readFileSync(new URL(name, migrationsFolder), "utf8"));
		database.pragma(`user_version = ${names.length}`);
	})();
}
