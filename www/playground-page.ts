// The page of the playground: the form, the parts of the URL with what each is for, the code and the figures. All that
// explains is here and can be read without JavaScript; playground/playground.ts brings it to life.

import { html } from "hono/html";

import { page, type Html } from "./pages.ts";
import { classicScopes, productOf } from "./scopes.ts";

/** The parts of the authorization URL in their order, and what each is for. */
const parts: [name: string, explanation: string][] = [
	["address", "Atlassian's authorization endpoint (RFC 6749, section 3.1). It asks the visitor to sign in and to consent."],
	["response_type", "What the app wants back: a code, which it exchanges for a token on its server, where the browser cannot see it."],
	["client_id", "Which app is asking. Public; the client secret never appears in a URL."],
	["scope", "What the app asks to be allowed, separated by spaces, which a URL writes as +. read:me is always there, since a sign-in needs the profile."],
	["state", "43 random characters, new for each URL. The app keeps them in a cookie and goes on only if the same ones come back, so that nobody can sign your visitor in as somebody else."],
	["redirect_uri", "Where Atlassian sends the browser with the code. It has to be registered for the app, letter for letter."],
	["audience", "Which API the token is for. Atlassian's own parameter; every 3LO app sends this value."],
	["prompt", "Always show the page that asks for consent, even to a visitor who has agreed before. Required by Atlassian."],
];

const groups: [title: string, product: ReturnType<typeof productOf>][] = [
	["Account", undefined],
	["Jira", "jira"],
	["Confluence", "confluence"],
];

export type PlaygroundOptions = {
	clientId: string;
	redirectUri: string;
	/** Origin of the stand-in, where the URL is then opened. */
	standIn: string | undefined;
};

export function playgroundPage({ clientId, redirectUri, standIn }: PlaygroundOptions): Html {
	return page(
		"Playground",
		html`
			<header>
				<h1>The URL behind the button</h1>
				<p>“Sign in with Atlassian” is a link to an authorization URL. Here <code>lucia-atlassian</code> runs in your browser and makes it: change anything and see what becomes of it.</p>
				<p class="notice">The URL is made by WebAssembly in your browser, which needs JavaScript. What each part of it means stands below all the same.</p>
			</header>
			<div class="columns">
				<form class="panel" aria-labelledby="ask">
					<h2 id="ask">What to ask for</h2>
					<label for="client-id">Client ID</label>
					<input id="client-id" name="clientId" value="${clientId}" placeholder="From Atlassian's developer console" autocomplete="off" autocapitalize="off" spellcheck="false">
					<label for="redirect-uri">Redirect URI</label>
					<input id="redirect-uri" name="redirectUri" type="url" value="${redirectUri}" autocomplete="off" spellcheck="false">
					${groups.map(
						([title, product]) => html`
							<details ${product ? "" : "open"}>
								<summary>${title}<span class="visually-hidden"> scopes</span></summary>
								<ul class="scopes">${scopesOf(product)}</ul>
							</details>
						`,
					)}
				</form>
				<div class="results">
					<section class="panel" aria-labelledby="url">
						<h2 id="url">The URL, part by part</h2>
						<ol class="url" hidden></ol>
						<p class="problem" role="alert" hidden></p>
						<div class="explanations" data-stand-in="${standIn ?? ""}">
							<p class="hint" hidden>Point at a part, or reach it with the Tab key, to see what it is for.</p>
							${parts.map(
								([name, explanation]) => html`<p id="about-${name}"><code>${name}</code> ${explanation}</p>`,
							)}
						</div>
						<p class="actions" hidden>
							<a class="button" id="open" target="_blank" rel="noopener">Open it</a>
							<button class="button quiet" id="copy-url" type="button">Copy the URL</button>
						</p>
						<p class="aside" hidden>${standIn ? "It opens the stand-in for Atlassian on this machine. " : ""}Accept there, and this app refuses what comes back: the state is in no cookie of this browser. That is the check at work.</p>
					</section>
					<section class="panel needs-script" aria-labelledby="code" hidden>
						<h2 id="code">The code, with these values</h2>
						<div class="code-bar">
							<fieldset class="choice">
								<legend class="visually-hidden">Runtime</legend>
								${[["workers", "Workers"], ["node", "Node"], ["next", "Next.js"]].map(
									([value, label], index) => html`<label><input type="radio" name="runtime" value="${value}" ${index === 0 ? "checked" : ""}><span>${label}</span></label>`,
								)}
							</fieldset>
							<button class="button quiet" id="copy-code" type="button">Copy</button>
						</div>
						<pre tabindex="0" role="region" aria-label="Code"><code id="snippet"></code></pre>
					</section>
					<section class="panel needs-script" aria-labelledby="figures" hidden>
						<h2 id="figures">Size and speed</h2>
						<div class="table" tabindex="0" role="region" aria-label="Both packages, side by side">
							<table>
								<thead><tr><td></td><th scope="col"><code>lucia-atlassian</code></th><th scope="col"><code>@lucia-auth/oauth</code></th></tr></thead>
								<tbody>
									<tr><th scope="row">WebAssembly, gzip</th><td id="wasm-size">…</td><td>none</td></tr>
									<tr><th scope="row">JavaScript, gzip</th><td id="script-size">…</td><td id="published-size">…</td></tr>
									<tr><th scope="row">WebAssembly as sent here</th><td id="wasm-sent">…</td><td>none</td></tr>
									<tr><th scope="row">Compile and instantiate</th><td id="instantiate">…</td><td>none</td></tr>
									<tr><th scope="row">URLs a second</th><td id="rate">…</td><td id="published-rate">…</td></tr>
								</tbody>
							</table>
						</div>
						<p class="aside">The middle of 12 rounds of 20 milliseconds for each, in turns and with pauses between them, one URL awaited after the other with the values above.</p>
						<p class="actions"><button class="button quiet" id="measure" type="button">Measure again</button></p>
						<p class="visually-hidden" id="announcement" role="status"></p>
					</section>
				</div>
			</div>
		`,
		"playground",
		html`<script type="module" src="/assets/playground.js"></script>`,
	);
}

function scopesOf(product: ReturnType<typeof productOf>): Html[] {
	return Object.entries(classicScopes)
		.filter(([scope]) => productOf(scope) === product)
		.map(
			([scope, words]) => html`<li><label>
				<input type="checkbox" name="scope" value="${scope}" ${scope === "read:me" ? "checked disabled" : ""}>
				<span>${words} <code>${scope}</code></span>
			</label></li>`,
		);
}
