// The page of the playground: the form, the parts of the URL with their purposes, the code and the figures. The page
// explains the parts without JavaScript; playground/playground.ts makes it interactive.

import { html } from "hono/html";

import { page, type Html } from "./pages.ts";
import { classicScopes, productOf } from "./scopes.ts";

/** The parts of the authorization URL in their order, and the purpose of each. */
const parts: [name: string, explanation: string][] = [
	["address", "Atlassian's authorization endpoint (RFC 6749, section 3.1). It asks the visitor to sign in and to consent."],
	["response_type", "The app asks for a code. Its server exchanges the code for a token, which the browser never sees."],
	["client_id", "Identifies the app. It is public, unlike the client secret, which never appears in a URL."],
	["scope", "The requested permissions, separated by spaces (+ in a URL). A sign-in always needs read:me, for the profile."],
	["state", "43 random characters, new for each URL. The app keeps them in a cookie and compares them in the callback: an attacker cannot sign your visitor in to another account."],
	["redirect_uri", "Atlassian sends the browser to this URL with the code. Register exactly this URL for the app."],
	["audience", "The API for which the token is valid. This is Atlassian's own parameter; every 3LO app sends this value."],
	["prompt", "Atlassian always shows the consent page, even to a visitor who agreed before. Atlassian requires this value."],
];

const groups: [title: string, product: ReturnType<typeof productOf>][] = [
	["Account", undefined],
	["Jira", "jira"],
	["Confluence", "confluence"],
];

export type PlaygroundOptions = {
	clientId: string;
	redirectUri: string;
	/** The origin of the stand-in: the link then opens the URL there. */
	standIn: string | undefined;
};

export function playgroundPage({ clientId, redirectUri, standIn }: PlaygroundOptions): Html {
	return page(
		"Playground",
		html`
			<header>
				<h1>The URL behind the button</h1>
				<p>“Sign in with Atlassian” is a link to an authorization URL. Here <code>lucia-atlassian</code> runs in your browser and creates this URL: change a field and see the new URL.</p>
				<p class="notice">Turn JavaScript on to see a URL: WebAssembly in your browser creates it. Read about its parts below.</p>
			</header>
			<div class="columns">
				<form class="panel" aria-labelledby="ask">
					<h2 id="ask">Your values</h2>
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
							<p class="hint" hidden>Point at a part, or select it with the Tab key, to see its purpose.</p>
							${parts.map(
								([name, explanation]) => html`<p id="about-${name}"><code>${name}</code> ${explanation}</p>`,
							)}
						</div>
						<p class="actions" hidden>
							<a class="button" id="open" target="_blank" rel="noopener">Open it</a>
							<button class="button quiet" id="copy-url" type="button">Copy the URL</button>
						</p>
						<p class="aside" hidden>${standIn ? "It opens the stand-in for Atlassian on this machine. " : ""}If you accept there, this app rejects the callback: your browser has no cookie with this state.</p>
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
						<p class="aside">The median of 12 rounds, with the values above. In each round, each package creates URLs for 20 milliseconds, one after the other.</p>
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
