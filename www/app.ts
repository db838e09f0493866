// The app's routes: sign in with Atlassian, come back, sign out. Nothing here belongs to one runtime,
// so the same routes run on Node (server.ts) and in a Worker.

import { Hono, type Context } from "hono";
import { deleteCookie, getCookie, setCookie } from "hono/cookie";
import { secureHeaders } from "hono/secure-headers";
import { timingSafeEqual } from "hono/utils/buffer";
import { OAuthRequestError } from "lucia-atlassian";
import type { AtlassianAuth, AtlassianUserAuth } from "lucia-atlassian/providers";

import type { Auth } from "./lucia.ts";
import { failedPage, icon, refusedPage, signedInPage, signedOutPage } from "./pages.ts";
import { stylesheet } from "./stylesheet.ts";

const STATE_COOKIE = "atlassian_oauth_state";

export type AppOptions = {
	auth: Auth;
	atlassianAuth: AtlassianAuth<Auth>;
	/** Where browsers find the app, for example `https://app.example`. */
	origin: string;
	/** Where profile pictures may come from, as a CSP source. Atlassian spreads them over several hosts. */
	pictures?: string;
};

export function createApp({ auth, atlassianAuth, origin, pictures = "https:" }: AppOptions): Hono {
	const app = new Hono();

	// Lucia's own hono() middleware reads `c.req.headers`, which Hono 4 no longer has.
	const handleRequest = (c: Context) =>
		auth.handleRequest({
			request: c.req.raw,
			setCookie: (cookie) => c.header("Set-Cookie", cookie.serialize(), { append: true }),
		});

	app.use(
		secureHeaders({
			contentSecurityPolicy: {
				defaultSrc: ["'none'"],
				styleSrc: ["'self'"],
				imgSrc: ["'self'", pictures],
				formAction: ["'self'"],
				frameAncestors: ["'none'"],
				baseUri: ["'none'"],
			},
			// Under `no-referrer` browsers send `Origin: null` with the form that signs out.
			referrerPolicy: "same-origin",
			strictTransportSecurity: false,
			xFrameOptions: "DENY",
		}),
	);

	app.get("/style.css", (c) => c.body(stylesheet, 200, { "Content-Type": "text/css; charset=utf-8" }));
	app.get("/icon.svg", (c) => c.body(icon, 200, { "Content-Type": "image/svg+xml" }));

	app.use(async (c, next) => {
		c.header("Cache-Control", "no-store");
		await next();
	});

	app.get("/", async (c) => {
		const session = await handleRequest(c).validate();
		if (!session) return c.html(signedOutPage());
		const keys = await auth.getAllUserKeys(session.user.userId);
		const accountId = keys.find((key) => key.providerId === "atlassian")?.providerUserId;
		return c.html(signedInPage(session.user, accountId));
	});

	app.get("/login/atlassian", async (c) => {
		const [url, state] = await atlassianAuth.getAuthorizationUrl();
		setCookie(c, STATE_COOKIE, state, {
			httpOnly: true,
			sameSite: "Lax",
			secure: origin.startsWith("https:"),
			path: "/",
			maxAge: 10 * 60,
		});
		return c.redirect(url.href);
	});

	app.get("/login/atlassian/callback", async (c) => {
		const { code, state, error } = c.req.query();
		const storedState = getCookie(c, STATE_COOKIE);
		if (!state || !storedState || !(await timingSafeEqual(storedState, state))) {
			return c.html(failedPage("It was not started in this browser, or it took longer than ten minutes."), 400);
		}
		deleteCookie(c, STATE_COOKIE);

		if (error === "access_denied") return c.html(refusedPage(), 403);
		if (error) return c.html(failedPage("Atlassian could not go on with the sign-in."), 502);
		if (!code) return c.html(failedPage("Atlassian's answer had no authorization code in it."), 400);

		let atlassianUserAuth: AtlassianUserAuth<Auth>;
		try {
			atlassianUserAuth = await atlassianAuth.validateCallback(code);
		} catch (error) {
			if (error instanceof OAuthRequestError && (await isInvalidGrant(error.response))) {
				return c.html(failedPage("The authorization code has expired or was used before."), 400);
			}
			console.error(error);
			return c.html(failedPage("Atlassian did not confirm who you are."), 502);
		}

		const { atlassianUser, getExistingUser, createUser } = atlassianUserAuth;
		// People can hide any of these at Atlassian, whatever the type says.
		const attributes = {
			name: atlassianUser.name ?? null,
			email: atlassianUser.email ?? null,
			picture: atlassianUser.picture ?? null,
		};
		const existingUser = await getExistingUser();
		const user = existingUser
			? await auth.updateUserAttributes(existingUser.userId, attributes)
			: await createUser({ attributes });
		const session = await auth.createSession({ userId: user.userId, attributes: {} });
		handleRequest(c).setSession(session);
		return c.redirect("/");
	});

	app.post("/logout", async (c) => {
		// Lucia checks the Origin too, but takes a foreign one for a visitor without a session and throws on `null`.
		if (c.req.header("Origin") !== origin) return c.text("Sign out from the app's own page.", 403);
		const authRequest = handleRequest(c);
		const session = await authRequest.validate();
		if (session) {
			await auth.invalidateSession(session.sessionId);
			authRequest.setSession(null);
		}
		return c.redirect("/", 303);
	});

	app.onError((error, c) => {
		console.error(error);
		return c.html(failedPage("Something went wrong on our side."), 500);
	});

	return app;
}

/** RFC 6749, section 5.2: it is the code that was refused, not the app. */
async function isInvalidGrant(response: Response): Promise<boolean> {
	const body = await response.json().catch(() => null);
	return body?.error === "invalid_grant";
}
