// Stores for `tokens(store)`, each for the tokens of one user. Use such a `TokenStore`, or copy its few lines for
// another database. The stores save JSON and do not encrypt it.

export const schema = `CREATE TABLE IF NOT EXISTS atlassian_tokens (
	user_id TEXT NOT NULL PRIMARY KEY,
	tokens TEXT NOT NULL,
	locked_until INTEGER NOT NULL DEFAULT 0
)`;

export function memoryStore() {
	let tokens = null;
	return {
		load: async () => tokens,
		save: async (next, previous) => {
			if (tokens !== previous) return false;
			tokens = next;
			return true;
		}
	};
}

export const d1Store = (database, userId) =>
	sqlStore((sql, ...values) => database.prepare(sql).bind(...values).first(), checked("userId", userId), true);

export const sqliteStore = (database, userId) =>
	sqlStore(async (sql, ...values) => database.prepare(sql).get(...values), checked("userId", userId), false);

/** Checks the id of the user: all users without an id would share one entry. */
function checked(name, id) {
	if (typeof id === "string" && id !== "") return id;
	const received = id === "" ? "an empty string" : id === null ? "null" : `of the type ${typeof id}`;
	throw new TypeError(`lucia-atlassian/stores: \`${name}\` must be a non-empty string, but is ${received}`);
}

// The stored text of loaded tokens: JSON.stringify may return another text for them.
const texts = new WeakMap();
const textOf = (tokens) => texts.get(tokens) ?? JSON.stringify(tokens);

/** Parses the saved tokens, or `null`. Drops the parser's error, which would quote them. */
function stored(text) {
	try {
		const tokens = JSON.parse(text ?? "null");
		if (Object(tokens) === tokens) texts.set(tokens, text);
		return tokens;
	} catch {
		throw new TypeError(
			"lucia-atlassian/stores: delete this user's entry in the store and let the user sign in again: it is invalid JSON"
		);
	}
}

export function kvStore(namespace, key) {
	const name = checked("key", key);
	return {
		load: async () => stored(await namespace.get(name)),
		save: async (next, previous) => {
			// KV cannot do both in one step: this loses a change between the two.
			const text = await namespace.get(name);
			if (previous === null ? stored(text) !== null : text !== textOf(previous)) return false;
			await namespace.put(name, JSON.stringify(next));
			return true;
		}
	};
}

// In milliseconds. The owner renews its lease while it works, and an owner that has ended cannot: it delays the others for at
// most one lease. A usual refresh is over before the first renewal.
const LEASE = 6_000;
const RENEWAL = 2_000;

// How long a call waits for the lock at most. Then it goes on without it.
const MAX_WAIT = 60_000;

// By the clock of the database, which all processes share.
const NOW = "CAST((julianday('now') - 2440587.5) * 86400000 AS INTEGER)";

// A lease that ends too late is from a time when the clock was ahead.
const IS_FREE = `(locked_until <= ${NOW} OR locked_until > ${NOW} + ${2 * MAX_WAIT})`;

/** `first` runs a statement and resolves to its first row. `hasReplicas` says whether a read may return old rows. */
function sqlStore(first, userId, hasReplicas) {
	const read = () => first("SELECT tokens FROM atlassian_tokens WHERE user_id = ?", userId);
	// A statement that may write runs in the primary database, and later reads of the session are not older.
	const readPrimary = () =>
		first("UPDATE atlassian_tokens SET locked_until = locked_until WHERE user_id = ? RETURNING tokens", userId);
	const acquire = () =>
		first(
			`UPDATE atlassian_tokens SET locked_until = ${NOW} + ${LEASE} WHERE user_id = ? AND ${IS_FREE} RETURNING locked_until`,
			userId
		);
	const readLock = () =>
		first(`SELECT ${IS_FREE} AS is_free FROM atlassian_tokens WHERE user_id = ?`, userId);
	const setEnd = (lease, end) =>
		first(
			`UPDATE atlassian_tokens SET locked_until = ${end} WHERE user_id = ? AND locked_until = ? RETURNING locked_until`,
			userId,
			lease.locked_until
		);
	const release = (lease) => setEnd(lease, 0);
	return {
		async load() {
			const tokens = stored((await read())?.tokens);
			return tokens === null && hasReplicas ? stored((await readPrimary())?.tokens) : tokens;
		},
		async save(next, previous) {
			const tokens = JSON.stringify(next);
			const row =
				previous === null
					? await first(
							"INSERT INTO atlassian_tokens (user_id, tokens) VALUES (?, ?) ON CONFLICT (user_id) DO UPDATE SET tokens = excluded.tokens WHERE trim(atlassian_tokens.tokens) = 'null' RETURNING 1",
							userId,
							tokens
						)
					: await first(
							"UPDATE atlassian_tokens SET tokens = ? WHERE user_id = ? AND tokens = ? RETURNING 1",
							tokens,
							userId,
							textOf(previous)
						);
			return Boolean(row);
		},
		async lock(work) {
			const end = Date.now() + MAX_WAIT;
			let lease = await acquire();
			// Waiting calls only read: each write would delay the owner of the lock.
			for (let row; !lease && Date.now() < end && (row = await readLock()); ) {
				if (row.is_free) lease = await acquire();
				if (!lease) await new Promise((resolve) => setTimeout(resolve, 50 + 50 * Math.random()));
			}
			let renewal;
			const renew = async () => {
				try {
					lease = await setEnd(lease, `${NOW} + ${LEASE}`);
				} catch {
					// At worst, another call refreshes as well.
				} finally {
					renewal = undefined;
				}
			};
			// One at a time: a second renewal would not find the end that the first one has replaced.
			const timer = lease && setInterval(() => (renewal ??= lease && renew()), RENEWAL);
			// It keeps no process alive.
			timer?.unref?.();
			try {
				return await work();
			} finally {
				clearInterval(timer);
				await renewal;
				// Try again once: the database may have been busy.
				if (lease) await release(lease).catch(() => release(lease));
			}
		}
	};
}
