// Lucia's configuration for this app. The database adapter is handed in, so that the same file serves
// better-sqlite3 on Node and D1 on Workers; `tables` names the tables of migrations/ for either.

/// <reference path="./lucia.d.ts" />

import { lucia, type Adapter, type InitializeAdapter } from "lucia";

export const tables = { user: "user", key: "user_key", session: "user_session" };

/** `origin` is where browsers find the app; over https, cookies are marked Secure. */
export function createAuth(adapter: InitializeAdapter<Adapter>, origin: string) {
	return lucia({
		adapter,
		env: origin.startsWith("https:") ? "PROD" : "DEV",
		getUserAttributes: ({ name, email, picture }) => ({ name, email, picture }),
		getSessionAttributes: ({ scope, token_expires, sites }) => ({ scope, tokenExpires: token_expires, sites }),
	});
}

export type Auth = ReturnType<typeof createAuth>;
