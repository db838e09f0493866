// The app's routes: sign in with Atlassian, come back, sign out. Nothing here belongs to one runtime,
// so the same routes run in a Worker (worker.ts) and on Node (server.ts).

import { Hono, type Context } from "hono";
import { deleteCookie, getCookie, setCookie } from "hono/cookie";
import { secureHeaders } from "hono/secure-headers";
import { timingSafeEqual } from "hono/utils/buffer";
import { OAuthRequestError } from "lucia-atlassian";
import type { AtlassianUserAuth } from "lucia-atlassian/providers";

import { readAccess } from "./access.ts";
import type { Auth } from "./lucia.ts";
import { brokenPage, expiredPage, failedPage, icon, missingPage, refusedPage, signedInPage, signedOutPage, unavailablePage } from "./pages.ts";
import { playgroundPage } from "./playground-page.ts";
import { CALLBACK_PATH, type Provider } from "./provider.ts";
import { stylesheet } from "./stylesheet.ts";

const STATE_COOKIE = "atlassian_oauth_state";

export type AppOptions = {
	auth: Auth;
	provider: Provider;
	/** Where browsers find the app, for example `https://app.example`. */
	origin: string;
};

export function createApp({ auth, provider, origin }: AppOptions): Hono {
	const { atlassianAuth, clientId, standIn } = provider;
	const app = new Hono();

	// Lucia's own hono() middleware reads `c.req.headers`, which Hono 4 no longer has.
	const handleRequest = (c: Context) =>
		auth.handleRequest({
			request: c.req.raw,
			setCookie: (cookie) => c.header("Set-Cookie", cookie.serialize(), { append: true }),
		});

	const headersWith = (sources: Record<string, string[]>) =>
		secureHeaders({
			contentSecurityPolicy: {
				defaultSrc: ["'none'"],
				styleSrc: ["'self'"],
				...sources,
				formAction: ["'self'"],
				frameAncestors: ["'none'"],
				baseUri: ["'none'"],
			},
			// Under `no-referrer` browsers send `Origin: null` with the form that signs out.
			referrerPolicy: "same-origin",
			strictTransportSecurity: false,
			xFrameOptions: "DENY",
		});
	// Atlassian spreads the pictures of people over several hosts.
	const forPages = headersWith({ imgSrc: ["'self'", standIn ?? "https:"] });
	const forPlayground = headersWith({
		imgSrc: ["'self'"],
		scriptSrc: ["'self'", "'wasm-unsafe-eval'"],
		connectSrc: ["'self'"],
	});
	app.use((c, next) => (c.req.path === "/playground" ? forPlayground : forPages)(c, next));

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
		return c.html(signedInPage(session, accountId));
	});

	app.get("/playground", (c) => c.html(playgroundPage({ clientId, redirectUri: origin + CALLBACK_PATH, standIn })));

	app.get("/login/atlassian", async (c) => {
		const [url, state] = await atlassianAuth.getAuthorizationUrl();
		// The latest three, so that one tab does not undo the sign-in of another.
		keepStates(c, [...storedStates(c).slice(-2), state]);
		return c.redirect(url.href);
	});

	app.get(CALLBACK_PATH, async (c) => {
		const { code, state, error } = c.req.query();
		const stored = storedStates(c);
		const isOwn = await Promise.all(stored.map((own) => timingSafeEqual(own, state ?? "")));
		if (!isOwn.includes(true)) {
			return c.html(failedPage("It was not started in this browser, or it took longer than ten minutes."), 400);
		}
		keepStates(c, stored.filter((own) => own !== state));

		if (error === "access_denied") return c.html(refusedPage(), 403);
		if (error) return c.html(failedPage("Atlassian could not go on with the sign-in."), 502);
		if (!code) return c.html(failedPage("Atlassian's answer had no authorization code in it."), 400);

		let atlassianUserAuth: AtlassianUserAuth<Auth>;
		try {
			atlassianUserAuth = await atlassianAuth.validateCallback(code);
		} catch (error) {
			if (error instanceof OAuthRequestError && (await isInvalidGrant(error.response))) {
				return c.html(expiredPage(), 400);
			}
			console.error(error);
			if (isOutage(error)) return c.html(unavailablePage(), 502);
			return c.html(failedPage("Atlassian did not confirm who you are."), 502);
		}

		const { atlassianUser, atlassianTokens, getExistingUser, createUser } = atlassianUserAuth;
		// People can hide any of these at Atlassian, whatever the type says.
		const attributes = {
			name: atlassianUser.name ?? null,
			email: atlassianUser.email ?? null,
			picture: atlassianUser.picture ?? null,
		};
		let user = await getExistingUser();
		if (user) {
			await auth.updateUserAttributes(user.userId, attributes);
		} else {
			try {
				user = await createUser({ attributes });
			} catch (error) {
				// Two first sign-ins at once: the database takes one key, and the other finds the user it made.
				user = await getExistingUser();
				if (!user) throw error;
			}
		}
		const access = await readAccess(atlassianTokens, provider.fetch);
		// The new cookie takes the place of the browser's earlier one, whose session nobody could end any more.
		const earlier = auth.readSessionCookie(c.req.header("Cookie"));
		if (earlier) await auth.invalidateSession(earlier);
		const session = await auth.createSession({ userId: user.userId, attributes: access });
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

	function storedStates(c: Context): string[] {
		return getCookie(c, STATE_COOKIE)?.split(".").filter(Boolean) ?? [];
	}

	function keepStates(c: Context, states: string[]): void {
		if (states.length === 0) return void deleteCookie(c, STATE_COOKIE);
		setCookie(c, STATE_COOKIE, states.join("."), {
			httpOnly: true,
			sameSite: "Lax",
			secure: origin.startsWith("https:"),
			path: "/",
			maxAge: 10 * 60,
		});
	}

	app.notFound((c) => c.html(missingPage(), 404));

	app.onError((error, c) => {
		console.error(error);
		const isSignIn = c.req.path.startsWith("/login/");
		return c.html(isSignIn ? failedPage("Something went wrong on our side.") : brokenPage(), 500);
	});

	return app;
}

/** RFC 6749, section 5.2: it is the code that was refused, not the app. */
async function isInvalidGrant(response: Response): Promise<boolean> {
	const body = await response.json().catch(() => null);
	return body?.error === "invalid_grant";
}

/** Whether Atlassian was not there, rather than there and not content. Errors with a `code` are the provider's. */
function isOutage(error: unknown): boolean {
	if (error instanceof OAuthRequestError) return error.response.status >= 500 || error.response.status === 429;
	return error instanceof Error && !("code" in error && typeof error.code === "string");
}
