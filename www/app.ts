// The app's routes: sign in with Atlassian, come back, sign out. The same routes run in a Worker (worker.ts) and on
// Node (server.ts).

import { Hono, type Context } from "hono";
import { deleteCookie, getCookie, setCookie } from "hono/cookie";
import { secureHeaders } from "hono/secure-headers";
import type { AtlassianError, AtlassianTokenSet, AtlassianUser } from "lucia-atlassian/client";

import { brokenPage, failedPage, type Html, icon, missingPage, noCredentialsPage, refusedPage, signedInPage, signedOutPage, unavailablePage, usedPage } from "./pages.ts";
import { playgroundPage } from "./playground-page.ts";
import { CALLBACK_PATH, type Provider } from "./provider.ts";
import type { Exchange, Sessions } from "./sessions.ts";
import { stylesheet } from "./stylesheet.ts";

const STATE_COOKIE = "atlassian_oauth_state";

/** `SignIn` is the result of `callback`: with Lucia, it can find and create the user. */
export type AppOptions<SignIn> = {
	/** `luciaSessions` or `ownSessions`. */
	sessions: Sessions<SignIn>;
	provider: Provider<SignIn>;
	/** The origin of the app for browsers, for example `https://app.example`. */
	origin: string;
};

export function createApp<SignIn extends { atlassianUser: AtlassianUser; atlassianTokens: AtlassianTokenSet }>({
	sessions,
	provider,
	origin,
}: AppOptions<SignIn>): Hono {
	const { atlassianAuth, clientId, standIn } = provider;
	const app = new Hono();

	const exchangeOf = (c: Context): Exchange => ({
		request: c.req.raw,
		setCookie: (cookie) => c.header("Set-Cookie", cookie, { append: true }),
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
	// Atlassian serves the pictures of users from several hosts.
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
		const session = await sessions.read(exchangeOf(c));
		return c.html(session ? signedInPage(session) : signedOutPage());
	});

	app.get("/playground", (c) => c.html(playgroundPage({ clientId, redirectUri: origin + CALLBACK_PATH, standIn })));

	app.get("/login/atlassian", async (c) => {
		const [url, state] = await atlassianAuth.getAuthorizationUrl();
		// Keeps the latest three states: a new sign-in in one tab does not end the sign-in in another.
		keepStates(c, [...storedStates(c).slice(-2), state]);
		return c.redirect(url.href);
	});

	app.get(CALLBACK_PATH, async (c) => {
		const stored = storedStates(c);
		// Finds the state by its beginning; `callback` compares the whole, in constant time.
		const beginning = c.req.query("state")?.slice(0, 8);
		const storedState = stored.find((state) => beginning && state.startsWith(beginning));
		keepStates(c, stored.filter((state) => state !== storedState));

		// If it rejects, `app.onError` shows the page for the error.
		const signIn = await atlassianAuth.callback(c.req.url, storedState);
		const { atlassianUser, atlassianTokens } = signIn;
		const profile = {
			name: textOrNull(atlassianUser.name),
			email: textOrNull(atlassianUser.email),
			picture: textOrNull(atlassianUser.picture),
		};
		// Reads the sites now, because the app does not store the access token. An error here does not fail the
		// sign-in.
		const resources = await atlassianAuth.getAccessibleResources(atlassianTokens.accessToken).catch(console.error);
		const access = {
			scope: atlassianTokens.scope.join(" "),
			token_expires: atlassianTokens.expiresAt,
			sites: resources ? JSON.stringify(resources.sites) : null,
		};
		await sessions.begin(exchangeOf(c), signIn, profile, access);
		return c.redirect("/");
	});

	app.post("/logout", async (c) => {
		// Lucia also checks the Origin, but treats another origin as a visitor without a session, and throws for
		// `null`.
		if (c.req.header("Origin") !== origin) return c.text("Sign out from the app's own page.", 403);
		await sessions.end(exchangeOf(c));
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
		const [page, status, isWorthLogging] = explain(error);
		if (isWorthLogging) console.error(error);
		return c.html(page, status);
	});

	return app;
}

/** The page for an error, its status, and whether the app logs the error. Errors of the provider have an `action`. */
function explain(error: Partial<AtlassianError>): [page: Html, status: 400 | 403 | 500 | 502 | 503, isWorthLogging: boolean] {
	const { code, action } = error;
	if (!action) return [brokenPage(), 500, true];
	if (code === "ACCESS_DENIED") return [refusedPage(), 403, false];
	if (code === "INVALID_GRANT") return [usedPage(), 400, false];
	if (code === "INVALID_ARGUMENT") return [noCredentialsPage(), 503, true];
	if (action === "retry") return [unavailablePage(), 502, true];
	if (action === "configure") return [failedPage("Atlassian refuses this app's configuration. The app's owner finds the cause in its log."), 502, true];
	if (code?.endsWith("_REQUIRED")) return [failedPage("Sign in at Atlassian first, or agree again."), 400, false];
	return [failedPage("Start again: another browser started this sign-in, you already finished it, or it took too long."), 400, false];
}

/** Users can hide every part of their profile, although the type does not say so. */
function textOrNull(value: unknown): string | null {
	return typeof value === "string" && value.trim() ? value : null;
}
