// Stores for `tokens(store)`: where one user's tokens are kept. Each is a `TokenStore` of a few lines,
// to be used as it is or as a pattern for another database. What is stored is JSON; encrypting it is
// left to the app.

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

/** What says whose tokens they are. All users without an id would share one entry. */
function checked(name, id) {
	if (typeof id === "string" && id !== "") return id;
	const received = id === "" ? "an empty string" : id === null ? "null" : `of the type ${typeof id}`;
	throw new TypeError(`lucia-atlassian/stores: \`${name}\` must be a non-empty string, but is ${received}`);
}

// What was read, as it is stored: the same tokens can be written in other ways than this module has.
const texts = new WeakMap();
const textOf = (tokens) => texts.get(tokens) ?? JSON.stringify(tokens);

/** Reads what was saved, if anything was. The parser's own error would quote it. */
function stored(text) {
	try {
		const tokens = JSON.parse(text ?? "null");
		if (Object(tokens) === tokens) texts.set(tokens, text);
		return tokens;
	} catch {
		throw new TypeError(
			"lucia-atlassian/stores: the stored tokens of this user are not JSON. Delete the entry; the user has to sign in again"
		);
	}
}

export function kvStore(namespace, key) {
	const name = checked("key", key);
	return {
		load: async () => stored(await namespace.get(name)),
		save: async (next, previous) => {
			// KV cannot do both in one step: what changes between the two is lost.
			const text = await namespace.get(name);
			if (previous === null ? stored(text) !== null : text !== textOf(previous)) return false;
			await namespace.put(name, JSON.stringify(next));
			return true;
		}
	};
}

// Longer than a refresh takes, save for one that Atlassian asks to wait for. Whoever ends without giving
// the lock back holds up the others for no longer than that; whoever waits that long goes on without it.
const LEASE = 60_000;

// By the clock of the database, which all processes share.
const NOW = "CAST((julianday('now') - 2440587.5) * 86400000 AS INTEGER)";

// A lease that ends later than one can is from a time when the clock was ahead.
const IS_FREE = `(locked_until <= ${NOW} OR locked_until > ${NOW} + ${2 * LEASE})`;

/** `first` runs a statement and gives its first row. `hasReplicas` says whether a read may be behind. */
function sqlStore(first, userId, hasReplicas) {
	const read = () => first("SELECT tokens FROM atlassian_tokens WHERE user_id = ?", userId);
	// Whatever may write runs in the primary database, and all later reads of a session are at least as new.
	const readPrimary = () =>
		first("UPDATE atlassian_tokens SET locked_until = locked_until WHERE user_id = ? RETURNING tokens", userId);
	const take = () =>
		first(
			`UPDATE atlassian_tokens SET locked_until = ${NOW} + ${LEASE} WHERE user_id = ? AND ${IS_FREE} RETURNING locked_until`,
			userId
		);
	const state = () =>
		first(`SELECT ${IS_FREE} AS is_free FROM atlassian_tokens WHERE user_id = ?`, userId);
	const giveBack = (lease) =>
		first(
			"UPDATE atlassian_tokens SET locked_until = 0 WHERE user_id = ? AND locked_until = ? RETURNING 1",
			userId,
			lease.locked_until
		);
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
			const end = Date.now() + LEASE;
			let lease = await take();
			// Those who wait only read: each try to write holds up the one who has the lock.
			for (let row; !lease && Date.now() < end && (row = await state()); ) {
				if (row.is_free) lease = await take();
				if (!lease) await new Promise((resolve) => setTimeout(resolve, 50 + 50 * Math.random()));
			}
			try {
				return await work();
			} finally {
				// A database that is busy now may not be in a moment.
				if (lease) await giveBack(lease).catch(() => giveBack(lease));
			}
		}
	};
}
