// The app on Node: the routes, Lucia over SQLite and the provider, put together and listening on 127.0.0.1.
// With ATLASSIAN_CLIENT_ID and ATLASSIAN_CLIENT_SECRET set it talks to Atlassian; without, to the stand-in.

import { once } from "node:events";
import { readFileSync } from "node:fs";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";

import { createAdaptorServer } from "@hono/node-server";
import { betterSqlite3 } from "@lucia-auth/adapter-sqlite";
import Database from "better-sqlite3";
import { atlassian } from "lucia-atlassian/providers";

import { defaultClient, standInUrl, startAtlassian } from "../tests/atlassian/server.ts";
import { createApp } from "./app.ts";
import { createAuth, tables } from "./lucia.ts";

export type ServerOptions = {
	/** Path of the database file. The file and its tables are made when they are not there. */
	filename: string;
	/** 0 takes a free one. */
	port: number;
	env: Record<string, string | undefined>;
};

export async function startServer({ filename, port, env }: ServerOptions) {
	const clientId = env["ATLASSIAN_CLIENT_ID"];
	const clientSecret = env["ATLASSIAN_CLIENT_SECRET"];
	if (Boolean(clientId) !== Boolean(clientSecret)) {
		throw new Error("Set both ATLASSIAN_CLIENT_ID and ATLASSIAN_CLIENT_SECRET, or neither to use the stand-in.");
	}

	const database = new Database(filename);
	database.pragma("foreign_keys = ON");
	database.exec(readFileSync(new URL("./schema.sql", import.meta.url), "utf8"));

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
	const redirectUri = `${origin}/login/atlassian/callback`;

	const auth = createAuth(betterSqlite3(database, tables), origin);

	const standIn =
		clientId && clientSecret
			? undefined
			: await startAtlassian({ clients: [{ ...defaultClient, redirectUris: [redirectUri] }] });

	if (clientId && clientSecret) {
		const atlassianAuth = atlassian(auth, { clientId, clientSecret, redirectUri });
		handle = createApp({ auth, atlassianAuth, origin }).fetch;
	} else if (standIn) {
		const { id, secret } = defaultClient;
		const atlassianAuth = atlassian(auth, { clientId: id, clientSecret: secret, redirectUri, fetch: standIn.route });
		// `fetch` takes the provider's requests to the stand-in; the browser has to be sent there, too.
		const getAuthorizationUrl = async () => {
			const [url, state] = await atlassianAuth.getAuthorizationUrl();
			return [standInUrl(url, standIn.origin), state] as const;
		};
		handle = createApp({
			auth,
			atlassianAuth: { ...atlassianAuth, getAuthorizationUrl },
			origin,
			pictures: standIn.origin,
		}).fetch;
	}

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
