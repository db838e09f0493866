// The app's pages as escaped HTML: signed out, signed in, refused, failed. They need no script, and every
// value that came from Atlassian goes through hono/html's escaping.

import { html } from "hono/html";
import type { User } from "lucia";

type Html = ReturnType<typeof html>;

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
			<p>Sign in with your Atlassian account. This app reads your profile and nothing else.</p>
			<a class="button" href="/login/atlassian">Sign in with Atlassian</a>
		`,
	);
}

export function signedInPage(user: User, accountId: string | undefined): Html {
	const name = user.name ?? "Unnamed account";
	return page(
		"Signed in",
		html`
			<div class="picture" aria-hidden="true">
				<span>${initials(name)}</span>
				${user.picture && html`<img src="${user.picture}" alt="" referrerpolicy="no-referrer">`}
			</div>
			<p class="eyebrow">Signed in as</p>
			<h1>${name}</h1>
			<dl>
				<div><dt>Email</dt><dd>${user.email ?? "Not shared"}</dd></div>
				<div><dt>Account ID</dt><dd class="code">${accountId ?? "None"}</dd></div>
				<div><dt>User ID</dt><dd class="code">${user.userId}</dd></div>
			</dl>
			<form method="post" action="/logout"><button class="button quiet">Sign out</button></form>
		`,
	);
}

export function refusedPage(): Html {
	return page(
		"Sign-in refused",
		html`
			<div class="sign neutral" aria-hidden="true">×</div>
			<h1>Access was not granted</h1>
			<p>The request was cancelled at Atlassian. Nobody was signed in and nothing was stored.</p>
			<a class="button" href="/login/atlassian">Try again</a>
			<a class="back" href="/">Back to the start</a>
		`,
	);
}

export function failedPage(reason: string): Html {
	return page(
		"Sign-in failed",
		html`
			<div class="sign" aria-hidden="true">!</div>
			<h1>The sign&#8209;in could not be completed</h1>
			<p>${reason}</p>
			<a class="button" href="/login/atlassian">Try again</a>
			<a class="back" href="/">Back to the start</a>
		`,
	);
}

function page(title: string, content: Html): Html {
	return html`<!doctype html>
		<html lang="en">
			<head>
				<meta charset="utf-8">
				<meta name="viewport" content="width=device-width, initial-scale=1">
				<meta name="color-scheme" content="light dark">
				<title>${title} · lucia-atlassian</title>
				<link rel="icon" type="image/svg+xml" href="/icon.svg">
				<link rel="stylesheet" href="/style.css">
			</head>
			<body>
				<main>${content}</main>
				<footer>Hono, Lucia 2 and <code>lucia-atlassian</code></footer>
			</body>
		</html>`;
}

function initials(name: string): string {
	const words = name.split(/\s+/).filter(Boolean);
	const letters = [words.at(0), words.length > 1 ? words.at(-1) : undefined].map((word) => [...(word ?? "")][0] ?? "");
	return letters.join("").toUpperCase();
}
