// Who is signed in, by the app itself: users and keys in the tables that Lucia made, and sessions in a table of their
// own. A session is a random token in a cookie. The database holds its SHA-256 hash alone, so that nobody can sign in
// with what they read there. Nothing here belongs to one runtime or framework; `lucia.ts` does the same with Lucia.

import type { AtlassianTokens, AtlassianUser } from "lucia-atlassian/client";

/** The columns of a user that a sign-in fills in. People can hide all of them. */
export type Profile = { name: string | null; email: string | null; picture: string | null };

/** What a session remembers of the tokens, which are not kept. */
export type Access = { scope: string | null; token_expires: number | null; sites: string | null };

export type Session = {
	user: { userId: string } & Profile;
	accountId: string | undefined;
	scope?: string | null | undefined;
	tokenExpires?: number | null | undefined;
	sites?: string | null | undefined;
};

/** A request, and a way to add a cookie to its response. */
export type Exchange = { request: Request; setCookie: (cookie: string) => void };

/** How the app keeps sessions. `SignIn` is what `callback` resolves to. */
export interface Sessions<SignIn> {
	/** The session of a request, renewed if it is time. `null` where a page of another origin may have sent it. */
	read: (exchange: Exchange) => Promise<Session | null>;
	/** Begins a session, with a new user at the first sign-in, in place of the one that the browser has. */
	begin: (exchange: Exchange, signIn: SignIn, profile: Profile, access: Access) => Promise<void>;
	/** Ends the session that `read` finds, if any. */
	end: (exchange: Exchange) => Promise<void>;
}

/** Runs a statement, and gives its first row. */
export type Query = (sql: string, ...values: (string | number | null)[]) => Promise<Record<string, any> | null>;

const COOKIE = "session";
const DAY = 24 * 60 * 60 * 1000;
/**
 * How long a session lives. A use in the second half of this time renews it, so it ends 15 to 30 days after its last
 * use.
 */
const LIFETIME = 30 * DAY;

const COLUMNS = `user.id, user.name, user.email, user.picture, scope, token_expires, sites,
	(SELECT id FROM user_key WHERE user_id = user.id AND id LIKE 'atlassian:%') AS key_id`;

/**
 * Sessions in the table `session`. `earlier` knows those that were begun before the app had this table, and
 * begins no others.
 *
 * Like Lucia, `read` and `end` take a request other than GET or HEAD for one without a session, unless its `Origin` is
 * the app's own: a page elsewhere cannot act for the visitor.
 *
 * @param origin Where browsers find the app; over https, cookies are marked Secure.
 */
export function ownSessions(
	query: Query,
	origin: string,
	earlier?: Pick<Sessions<never>, "read" | "end">,
): Sessions<{ atlassianUser: AtlassianUser; atlassianTokens: AtlassianTokens }> {
	const keep = ({ setCookie }: Exchange, token: string) => setCookie(cookieOf(COOKIE, token, LIFETIME / 1000, origin));

	const isForeign = ({ request: { method, headers } }: Exchange) =>
		method !== "GET" && method !== "HEAD" && headers.get("Origin") !== origin;

	async function end(exchange: Exchange): Promise<void> {
		const token = readCookie(exchange.request, COOKIE);
		if (token) {
			await query("DELETE FROM session WHERE hash = ?", await sha256(token));
			exchange.setCookie(cookieOf(COOKIE, "", 0, origin));
		}
		await earlier?.end(exchange);
	}

	return {
		async end(exchange) {
			if (!isForeign(exchange)) await end(exchange);
		},

		async read(exchange) {
			if (isForeign(exchange)) return null;
			const token = readCookie(exchange.request, COOKIE);
			const hash = token && (await sha256(token));
			const now = Date.now();
			const row =
				hash &&
				(await query(
					`SELECT ${COLUMNS}, expires FROM session JOIN user ON user.id = user_id WHERE hash = ? AND expires > ?`,
					hash,
					now,
				));
			if (!row) return (await earlier?.read(exchange)) ?? null;
			// At half of its life, so that not each request writes.
			if (row["expires"] - now < LIFETIME / 2) {
				await query("UPDATE session SET expires = ? WHERE hash = ?", now + LIFETIME, hash);
				keep(exchange, token);
			}
			return sessionOf(row);
		},

		async begin(exchange, { atlassianUser }, profile, access) {
			const userId = await findOrCreateUser(query, `atlassian:${atlassianUser.account_id}`, profile);
			await end(exchange);
			const now = Date.now();
			await query("DELETE FROM session WHERE user_id = ? AND expires <= ?", userId, now);
			const token = randomHex(32);
			await query(
				"INSERT INTO session (hash, user_id, expires, scope, token_expires, sites) VALUES (?, ?, ?, ?, ?, ?)",
				await sha256(token),
				userId,
				now + LIFETIME,
				access.scope,
				access.token_expires,
				access.sites,
			);
			keep(exchange, token);
		},
	};
}

/** The sessions that Lucia began, read without Lucia: they go on until they expire, and are not renewed. */
export function sessionsOfLucia(query: Query, origin: string): Pick<Sessions<never>, "read" | "end"> {
	const cookie = "auth_session";
	return {
		async read({ request }) {
			const id = readCookie(request, cookie);
			const row =
				id &&
				(await query(
					`SELECT ${COLUMNS} FROM user_session JOIN user ON user.id = user_id WHERE user_session.id = ? AND idle_expires > ?`,
					id,
					Date.now(),
				));
			return row ? sessionOf(row) : null;
		},

		async end({ request, setCookie }) {
			const id = readCookie(request, cookie);
			if (!id) return;
			await query("DELETE FROM user_session WHERE id = ?", id);
			setCookie(cookieOf(cookie, "", 0, origin));
		},
	};
}

/** The user who has the key, with the profile brought up to date; a new one if nobody has it. */
async function findOrCreateUser(query: Query, keyId: string, { name, email, picture }: Profile): Promise<string> {
	const find = () => query("SELECT user_id FROM user_key WHERE id = ?", keyId);
	let key = await find();
	if (!key) {
		const id = randomHex(10);
		await query("INSERT INTO user (id, name, email, picture) VALUES (?, ?, ?, ?)", id, name, email, picture);
		const remove = () => query("DELETE FROM user WHERE id = ?", id);
		try {
			key = await query("INSERT INTO user_key (id, user_id) VALUES (?, ?) ON CONFLICT DO NOTHING RETURNING user_id", keyId, id);
		} catch (error) {
			// Nobody could sign in as a user without a key.
			await remove();
			throw error;
		}
		if (key) return id;
		// Of two first sign-ins at once, the first keeps its user.
		await remove();
		key = await find();
	}
	const userId: string = key?.["user_id"];
	await query("UPDATE user SET name = ?, email = ?, picture = ? WHERE id = ?", name, email, picture, userId);
	return userId;
}

function sessionOf({ id, name, email, picture, scope, token_expires, sites, key_id }: Record<string, any>): Session {
	const accountId = key_id?.slice("atlassian:".length);
	return { user: { userId: id, name, email, picture }, accountId, scope, tokenExpires: token_expires, sites };
}

function randomHex(bytes: number): string {
	return hex(crypto.getRandomValues(new Uint8Array(bytes)));
}

async function sha256(text: string): Promise<string> {
	return hex(new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text))));
}

function hex(bytes: Uint8Array): string {
	return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

function readCookie(request: Request, name: string): string | undefined {
	const pairs = (request.headers.get("Cookie") ?? "").split(/; */);
	return pairs.find((pair) => pair.startsWith(`${name}=`))?.slice(name.length + 1) || undefined;
}

function cookieOf(name: string, value: string, maxAge: number, origin: string): string {
	const secure = origin.startsWith("https:") ? "; Secure" : "";
	return `${name}=${value}; Path=/; Max-Age=${maxAge}; HttpOnly${secure}; SameSite=Lax`;
}
