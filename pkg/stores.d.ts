// The types of `lucia-atlassian/stores`: stores for `tokens(store)`. They save the tokens as unencrypted JSON. To
// encrypt them, write your own store: it is a few lines.

import type { TokenStore } from "./client.js";

/**
 * The SQL statement that creates the table of {@link d1Store} and {@link sqliteStore}, `atlassian_tokens`, with a row
 * for each user. To delete a user's tokens, delete the row.
 */
export declare const schema: string;

/** Keeps the tokens of one user in this process, for tests and for programs with one user. */
export declare const memoryStore: () => TokenStore;

/**
 * Keeps the tokens of one user in a row of Cloudflare D1. A lock in the same row lets one isolate
 * refresh while the others wait, for up to a minute. Its owner renews it every two seconds. If the owner ends before that,
 * such as with its request in a Worker, the others go on after at most six seconds.
 *
 * With read replication, prefer `env.DB.withSession("first-primary")` or the bookmark of the session that stored the
 * tokens. A refresh takes the lock first, which writes to the primary database, and loads the tokens after that.
 *
 * To write into the row, use one statement, such as `UPDATE atlassian_tokens SET tokens = json_set(tokens,
 * '$.cloudId', ?) WHERE user_id = ?`.
 *
 * @param database - The binding of the database, or a session of it. Run {@link schema} there before
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
 * Keeps the tokens of one user in a row of SQLite, by `better-sqlite3`. A lock in the same row lets
 * one process refresh while the others wait, for up to a minute. Its owner renews it every two seconds. If the owner ends
 * before that, the others go on after at most six seconds.
 *
 * @param database - The database. Run {@link schema} there before
 * @param userId - The id of the Lucia user; throws a `TypeError` unless it is a non-empty string
 */
export declare const sqliteStore: (
	database: { prepare(sql: string): { get(...values: any[]): unknown } },
	userId: string
) => TokenStore;

/**
 * Keeps the tokens of one user in Workers KV. Prefer D1 if a user may be active in several places. KV has no lock,
 * accepts one write a second for a key, and other locations may read old values for a minute. The store compares and
 * writes in two steps, so it can lose a concurrent write or deletion. Two isolates that refresh at once both get valid
 * tokens, because Atlassian accepts a used refresh token for some minutes; the last write wins.
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
