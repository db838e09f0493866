// Sessions without Lucia: users and keys in Lucia's tables, and sessions in their own table. A session is a random
// token in a cookie. The database holds only its SHA-256 hash, so a stolen database signs nobody in. This file works
// with every runtime and framework; `lucia.ts` does the same with Lucia.

import type { AtlassianTokens, AtlassianUser } from "lucia-atlassian/client";

/** The columns of a user that a sign-in sets. Users can hide all of them. */
export type Profile = { name: string | null; email: string | null; picture: string | null };

/** The facts about the tokens that a session keeps. It does not keep the tokens. */
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

/** The app's sessions. `SignIn` is the result of `callback`. */
export interface Sessions<SignIn> {
	/** The session of a request, renewed if necessary. `null` if a page of another origin may have sent the request. */
	read: (exchange: Exchange) => Promise<Session | null>;
	/** Begins a session, with a new user at the first sign-in. It replaces the browser's session. */
	begin: (exchange: Exchange, signIn: SignIn, profile: Profile, access: Access) => Promise<void>;
	/** Ends the session that `read` finds, if any. */
	end: (exchange: Exchange) => Promise<void>;
}

/** Runs a statement and resolves to its first row. */
export type Query = (sql: string, ...values: (string | number | null)[]) => Promise<Record<string, any> | null>;

const COOKIE = "session";
const DAY = 24 * 60 * 60 * 1000;
/**
 * The lifetime of a session. A use in its second half renews it, so it ends 15 to 30 days after its last use.
 */
const LIFETIME = 30 * DAY;

const COLUMNS = `user.id, user.name, user.email, user.picture, scope, token_expires, sites,
	(SELECT id FROM user_key WHERE user_id = user.id AND id LIKE 'atlassian:%') AS key_id`;

/**
 * Sessions in the table `session`. `earlier` reads and ends the sessions from before this table.
 *
 * Like Lucia, `read` and `end` ignore the session of a request with another `Origin` than the app's own, except for
 * GET and HEAD. So a page of another origin cannot act for the visitor.
 *
 * @param origin The origin of the app for browsers. With https, cookies are `Secure`.
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
			// Only in the second half of its life, so that not each request writes.
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

/** Lucia's sessions, read without Lucia. They go on until they expire: nothing renews them. */
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

/** The user with the key and an updated profile, or a new user. */
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
