// The whole sign-in on Node: real Lucia, better-sqlite3 on a database file, the stand-in for Atlassian.

import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, suite } from "node:test";

import { createAdaptorServer } from "@hono/node-server";
import { betterSqlite3 } from "@lucia-auth/adapter-sqlite";
import Database from "better-sqlite3";
import { atlassian } from "lucia-atlassian/providers";

import { createAuth, tables } from "../../www/lucia.ts";
import { startAtlassian } from "../atlassian/server.ts";
import { CALLBACK_PATH, createApp, type Row, scope } from "./app.ts";
import { type Running, signInScenarios } from "./scenarios.ts";

suite("sign-in with Lucia and SQLite in Node", () => {
	let running: Running;
	const closing: (() => unknown)[] = [];

	before(async () => {
		const folder = mkdtempSync(join(tmpdir(), "lucia-atlassian-signin-"));
		closing.push(() => rmSync(folder, { recursive: true }));
		const database = new Database(join(folder, "app.db"));
		closing.push(() => database.close());
		database.pragma("foreign_keys = ON");
		database.exec(readFileSync(new URL("../../www/migrations/0001_lucia.sql", import.meta.url), "utf8"));
		const query = async (sql: string) => {
			const statement = database.prepare<[], Row>(sql);
			if (statement.reader) return statement.all();
			statement.run();
			return [];
		};

		const standIn = await startAtlassian();
		closing.push(() => standIn.close());
		const [client] = standIn.clients;
		assert.ok(client);

		let handle: (request: Request) => Promise<Response> = async () => new Response(null, { status: 503 });
		const server = createAdaptorServer({ fetch: (request) => handle(request) }) as Server;
		server.listen(0, "127.0.0.1");
		await once(server, "listening");
		closing.push(() => {
			server.close();
			server.closeAllConnections();
		});
		const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
		const redirectUri = origin + CALLBACK_PATH;
		client.redirectUris.push(redirectUri);

		const auth = createAuth(betterSqlite3(database, tables), origin);
		const atlassianAuth = atlassian(auth, {
			clientId: client.id,
			clientSecret: client.secret,
			redirectUri,
			scope,
			fetch: standIn.route,
		});
		handle = createApp({ auth, atlassianAuth, query });
		running = { origin, atlassian: standIn };
	});

	after(async () => {
		for (const close of closing.reverse()) await close();
	});

	signInScenarios(() => running);
});
