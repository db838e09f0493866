// Lucia's configuration for this app, and its users and sessions with Lucia. The database adapter is an argument, so
// the same file works with better-sqlite3 on Node and D1 on Workers; `tables` names the tables of migrations/ for
// both.

/// <reference path="./lucia.d.ts" />

import { lucia, type Adapter, type InitializeAdapter } from "lucia";
import type { AtlassianCallback } from "lucia-atlassian/providers";

import type { Exchange, Sessions } from "./sessions.ts";

export const tables = { user: "user", key: "user_key", session: "user_session" };

/** `origin` is the origin of the app for browsers. With https, cookies are `Secure`. */
export function createAuth(adapter: InitializeAdapter<Adapter>, origin: string) {
	return lucia({
		adapter,
		env: origin.startsWith("https:") ? "PROD" : "DEV",
		getUserAttributes: ({ name, email, picture }) => ({ name, email, picture }),
		getSessionAttributes: ({ scope, token_expires, sites }) => ({ scope, tokenExpires: token_expires, sites }),
	});
}

export type Auth = ReturnType<typeof createAuth>;

/** Sessions in Lucia's own table. */
export function luciaSessions(auth: Auth): Sessions<Pick<AtlassianCallback<Auth>, "getExistingUser" | "createUser">> {
	// Lucia's own hono() middleware reads `c.req.headers`, which Hono 4 no longer has.
	const handleRequest = ({ request, setCookie }: Exchange) =>
		auth.handleRequest({ request, setCookie: (cookie) => setCookie(cookie.serialize()) });

	return {
		async read(exchange) {
			const session = await handleRequest(exchange).validate();
			if (!session) return null;
			const keys = await auth.getAllUserKeys(session.user.userId);
			const accountId = keys.find((key) => key.providerId === "atlassian")?.providerUserId;
			const { user, scope, tokenExpires, sites } = session;
			return { user, accountId, scope, tokenExpires, sites };
		},

		async begin(exchange, { getExistingUser, createUser }, profile, access) {
			let user = await getExistingUser();
			if (user) {
				await auth.updateUserAttributes(user.userId, profile);
			} else {
				try {
					user = await createUser({ attributes: profile });
				} catch (error) {
					// Two first sign-ins at once: the database accepts one key, and the other sign-in finds the new
					// user.
					user = await getExistingUser();
					if (!user) throw error;
				}
			}
			// The new cookie replaces the earlier one of the browser. Nobody could end that session any more.
			const earlier = auth.readSessionCookie(exchange.request.headers.get("Cookie"));
			if (earlier) await auth.invalidateSession(earlier);
			const session = await auth.createSession({ userId: user.userId, attributes: access });
			handleRequest(exchange).setSession(session);
		},

		async end(exchange) {
			const authRequest = handleRequest(exchange);
			const session = await authRequest.validate();
			if (!session) return;
			await auth.invalidateSession(session.sessionId);
			authRequest.setSession(null);
		},
	};
}
