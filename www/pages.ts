// The app's pages as escaped HTML: signed out, signed in, and errors. They need no script, and hono/html escapes every
// value from Atlassian.

import { html } from "hono/html";
import type { Site } from "lucia-atlassian/client";

import { scopeInWords } from "./scopes.ts";
import type { Session } from "./sessions.ts";

export type Html = ReturnType<typeof html>;

export const icon = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 48 48">
	<rect width="48" height="48" rx="13" fill="#0b5fd8"/>
	<circle cx="18.5" cy="24" r="8" fill="none" stroke="#fff" stroke-width="4"/>
	<path d="M26.5 24H39M34 24v7" fill="none" stroke="#fff" stroke-width="4" stroke-linecap="round" stroke-linejoin="round"/>
</svg>`;

export function signedOutPage(): Html {
	return page(
		"Sign in",
		html`
			<img class="mark" src="/icon.svg" alt="" width="48" height="48">
			<h1>Welcome</h1>
			<p>Sign in with your Atlassian account. This app reads your profile and the names of your sites, and changes nothing.</p>
			<a class="button" href="/login/atlassian">Sign in with Atlassian</a>
		`,
	);
}

export function signedInPage({ user, accountId, scope, tokenExpires, sites }: Session): Html {
	const name: string = user.name ?? "Unnamed account";
	return page(
		"Signed in",
		html`
			<div class="person">
				<div class="picture" aria-hidden="true">
					<span>${initials(name)}</span>
					${user.picture && html`<img src="${user.picture}" alt="" referrerpolicy="no-referrer">`}
				</div>
				<div>
					<p class="eyebrow">Signed in as</p>
					<h1>${name}</h1>
				</div>
			</div>
			<dl>
				<div><dt>Email</dt><dd>${user.email ?? "Not shared"}</dd></div>
				<div><dt>Account ID</dt><dd class="code">${accountId ?? "None"}</dd></div>
				<div><dt>User ID in this app</dt><dd class="code">${user.userId}</dd></div>
				<div><dt>Access token</dt><dd>${expiry(tokenExpires)}</dd></div>
			</dl>
			<section aria-labelledby="scopes">
				<h2 id="scopes">Permissions</h2>
				<ul>
					${(scope ?? "").split(" ").filter(Boolean).map(
						(name: string) => html`<li>${scopeInWords(name) ?? "Another scope"} <code>${name}</code></li>`,
					)}
				</ul>
			</section>
			<section aria-labelledby="sites">
				<h2 id="sites">Your sites</h2>
				${siteList(sites ? JSON.parse(sites) : null)}
			</section>
			<form method="post" action="/logout"><button class="button quiet">Sign out</button></form>
		`,
		"profile",
	);
}

function expiry(tokenExpires: number | null | undefined): Html | string {
	// The session is older than this column.
	if (!tokenExpires) return "Unknown expiry";
	const minutes = Math.ceil((tokenExpires - Date.now()) / 60_000);
	// From the year 10000 on, JavaScript writes a sign before the year, which HTML does not.
	const date = new Date(tokenExpires).toISOString().replace("+", "");
	const time = html`<time datetime="${date}">${date.slice(-13, -8)} UTC</time>`;
	if (minutes <= 0) return html`Expired at ${time}. You stay signed in here.`;
	return html`Expires in ${minutes} ${minutes === 1 ? "minute" : "minutes"}, at ${time}`;
}

function siteList(sites: Site[] | null): Html {
	if (!sites) return html`<p class="none">Sign in again: Atlassian did not list your sites.</p>`;
	if (sites.length === 0) return html`<p class="none">This account has no site that you gave access to.</p>`;
	// Only a web URL becomes a link.
	const link = (url: string, name: string) =>
		/^https?:/.test(url) ? html`<a href="${url}" rel="noreferrer">${name}</a>` : html`${name}`;
	return html`<ul>${sites.map(({ url, name }) => html`<li>${link(url, name || "Unnamed site")} <code>${url.replace(/^https:\/\//, "")}</code></li>`)}</ul>`;
}

export function refusedPage(): Html {
	return problemPage("Sign-in refused", {
		sign: html`<div class="sign neutral" aria-hidden="true">×</div>`,
		heading: "Access denied",
		text: "You or Atlassian cancelled the request. You are not signed in, and this app stored nothing.",
	});
}

/** For a used or expired code. Atlassian's response does not say which of the two. */
export function usedPage(): Html {
	return problemPage("Sign-in used or expired", {
		sign: html`<div class="sign neutral" aria-hidden="true"><svg viewBox="0 0 24 24" width="24" height="24"><path d="M12 7v5l3.5 2M21 12a9 9 0 1 1-18 0 9 9 0 0 1 18 0Z" fill="none" stroke="currentColor" stroke-width="2" stroke-linecap="round" stroke-linejoin="round"/></svg></div>`,
		heading: html`You already used this sign&#8209;in, or it took too long`,
		text: "Start again: Atlassian accepts each sign-in once, and only for some minutes. You may have reloaded this page or opened it twice.",
	});
}

export function unavailablePage(): Html {
	return problemPage("Atlassian has a problem", {
		heading: "Atlassian has a problem",
		text: "Try again in a minute: Atlassian sent this app no usable response. You are not signed in.",
	});
}

export function failedPage(reason: string): Html {
	return problemPage("Sign-in failed", { heading: html`The sign&#8209;in failed`, text: reason });
}

export function missingPage(): Html {
	return page(
		"Page not found",
		html`
			<div class="sign neutral" aria-hidden="true">?</div>
			<h1>There is no such page</h1>
			<a class="back" href="/">Back to the start</a>
		`,
	);
}

/** For an app with missing or malformed credentials. */
export function noCredentialsPage(): Html {
	return page(
		"No credentials",
		html`
			${exclamation}
			<h1>This app has no credentials yet</h1>
			<p>Set <code>ATLASSIAN_CLIENT_ID</code> and <code>ATLASSIAN_CLIENT_SECRET</code>.</p>
			<p>On this machine, put them into <code>.dev.vars</code>, as <code>.dev.vars.example</code> says, and start the app again. For a deployed Worker, use <code>npx wrangler secret put</code> for each.</p>
			<p>To try the app without credentials, run <code>npm run demo</code> in the repository of <code>lucia-atlassian</code>.</p>
			<a class="back" href="/">Back to the start</a>
		`,
	);
}

/** For errors of other parts of the app. */
export function brokenPage(): Html {
	return page(
		"Something went wrong",
		html`
			${exclamation}
			<h1>Something went wrong on our side</h1>
			<p>Try again in a minute. You did nothing wrong.</p>
			<a class="back" href="/">Back to the start</a>
		`,
	);
}

const exclamation = html`<div class="sign" aria-hidden="true">!</div>`;

function problemPage(
	title: string,
	{ sign = exclamation, heading, text }: { sign?: Html; heading: Html | string; text: string },
): Html {
	return page(
		title,
		html`
			${sign}
			<h1>${heading}</h1>
			<p>${text}</p>
			<a class="button" href="/login/atlassian">Try again</a>
			<a class="back" href="/">Back to the start</a>
		`,
	);
}

/** A whole page; `kind` is the class of its body. */
export function page(title: string, content: Html, kind = "card", head: Html | string = ""): Html {
	return html`<!doctype html>
		<html lang="en">
			<head>
				<meta charset="utf-8">
				<meta name="viewport" content="width=device-width, initial-scale=1">
				<meta name="color-scheme" content="light dark">
				<title>${title} · lucia-atlassian</title>
				<link rel="icon" type="image/svg+xml" href="/icon.svg">
				<link rel="stylesheet" href="/style.css">
				${head}
			</head>
			<body class="${kind}">
				<main>${content}</main>
				<footer>
					<span>Hono and <code>lucia-atlassian</code></span>
					${kind === "playground" ? html`<a href="/">Sign in</a>` : html`<a href="/playground">Playground</a>`}
				</footer>
			</body>
		</html>`;
}

function initials(name: string): string {
	const words = name.split(/\s+/).filter(Boolean);
	const letters = [words.at(0), words.length > 1 ? words.at(-1) : undefined].map((word) => [...(word ?? "")][0] ?? "");
	return letters.join("").toUpperCase();
}
