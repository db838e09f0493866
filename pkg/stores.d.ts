// The types of `lucia-atlassian/stores`: stores for `tokens(store)`. The tokens are stored as JSON in
// the clear; an app that encrypts what it stores writes a store of its own in the same few lines.

import type { TokenStore } from "./client.js";

/**
 * The statement that makes the table of {@link d1Store} and {@link sqliteStore}, `atlassian_tokens`: a
 * row for each user. To forget a user's tokens, delete the row.
 */
export declare const schema: string;

/** Keeps the tokens of one user in this process: for tests, and for programs with one user. */
export declare const memoryStore: () => TokenStore;

/**
 * Keeps the tokens of one user in a row of Cloudflare D1. The lock is a lease of a minute in the same
 * row, so that of many isolates one refreshes and the others wait for it.
 *
 * With read replication, a session may read a row that is behind: that costs a request and ends no sign-in.
 * Prefer `env.DB.withSession("first-primary")`, or the bookmark of the session that stored the tokens.
 *
 * An app that writes into the row does it in one statement, such as
 * `UPDATE atlassian_tokens SET tokens = json_set(tokens, '$.cloudId', ?) WHERE user_id = ?`.
 *
 * @param database - The binding of the database, in which {@link schema} has been run, or a session of it
 * @param userId - The id of the Lucia user; throws a `TypeError` unless it is a non-empty string
 */
export declare const d1Store: (
	database: {
		prepare(sql: string): {
			bind(...values: unknown[]): { first<T = unknown>(): Promise<T | null> };
		};
	},
	userId: string
) => TokenStore;

/**
 * Keeps the tokens of one user in a row of SQLite, by `better-sqlite3`. The lock is a lease of a minute
 * in the same row, so that of many processes one refreshes and the others wait for it.
 *
 * @param database - The database, in which {@link schema} has been run
 * @param userId - The id of the Lucia user; throws a `TypeError` unless it is a non-empty string
 */
export declare const sqliteStore: (
	database: { prepare(sql: string): { get(...values: any[]): unknown } },
	userId: string
) => TokenStore;

/**
 * Keeps the tokens of one user in Workers KV. KV has no lock, takes one write a second for a key, and may
 * give elsewhere for a minute what was stored before. It compares and writes in two steps: what is written
 * or deleted between them is lost. Two isolates that refresh at once both get valid tokens, and the last to
 * write wins: that holds for as long as Atlassian lets a refresh token be used again, ten minutes. Prefer D1
 * where users are active in many places.
 *
 * @param namespace - The binding of the namespace
 * @param key - The key, one for each user; throws a `TypeError` unless it is a non-empty string
 */
export declare const kvStore: (
	namespace: {
		get(key: string): Promise<string | null>;
		put(key: string, value: string): Promise<void>;
	},
	key: string
) => TokenStore;
