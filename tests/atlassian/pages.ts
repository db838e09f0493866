/**
 * What a person sees at the stand-in: the consent page and the page for a refused authorization request. Both
 * work without JavaScript, and their policy allows no script at all.
 */
import { createHash } from "node:crypto";
import { scopeInWords } from "../../www/scopes.ts";
import type { StandInResponse } from "./faults.ts";

const style = `
:root { color-scheme: light dark; --page: #f4f5f7; --card: #fff; --text: #172b4d; --soft: #5e6c84; --line: #dfe1e6; --accent: #0c56c6; --on-accent: #fff; --note: #fff3d1; --note-text: #573b00; --chosen: #eaf2ff; }
@media (prefers-color-scheme: dark) { :root { --page: #121519; --card: #1d2125; --text: #dee4ea; --soft: #9fadbc; --line: #3a424b; --accent: #79adff; --on-accent: #0b1f42; --note: #3d2f0c; --note-text: #ffe2a0; --chosen: #1c2b41; } }
* { box-sizing: border-box; }
body { margin: 0; min-height: 100vh; display: flex; flex-direction: column; background: var(--page); color: var(--text); font: 16px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif; }
.note { margin: 0; padding: 10px 20px; background: var(--note); color: var(--note-text); font-size: 14px; text-align: center; }
main { width: 100%; max-width: 500px; margin: auto; padding: 24px 16px; }
.card { padding: 32px; background: var(--card); border: 1px solid var(--line); border-radius: 14px; box-shadow: 0 10px 30px rgb(9 30 66 / 8%); }
h1 { margin: 0 0 6px; font-size: 23px; line-height: 1.3; font-weight: 650; letter-spacing: -0.01em; text-wrap: balance; overflow-wrap: anywhere; }
.lead { margin: 0; color: var(--soft); text-wrap: balance; overflow-wrap: anywhere; }
h2, legend { margin: 0 0 8px; padding: 0; font-size: 14px; font-weight: 650; }
h2, fieldset { margin-top: 24px; }
fieldset { margin-inline: 0; padding: 0; border: 0; min-width: 0; }
.accounts { display: grid; border: 1px solid var(--line); border-radius: 10px; overflow: hidden; }
.accounts label { display: flex; align-items: center; gap: 10px; padding: 11px 12px; cursor: pointer; }
.accounts label + label { border-top: 1px solid var(--line); }
.accounts label:has(:checked) { background: var(--chosen); }
.accounts label:has(:focus-visible) { outline: 2px solid var(--accent); outline-offset: -2px; }
.accounts input { flex: none; width: 18px; height: 18px; margin: 0; accent-color: var(--accent); }
.accounts img { flex: none; width: 36px; height: 36px; border-radius: 50%; }
.accounts span { min-width: 0; overflow-wrap: anywhere; line-height: 1.35; }
.accounts small { display: block; color: var(--soft); font-size: 13px; }
ul { margin: -4px 0 0; padding: 0; list-style: none; }
li { padding: 9px 0; border-bottom: 1px solid var(--line); line-height: 1.4; overflow-wrap: anywhere; }
li:last-child { border-bottom: 0; }
code { font: 12.5px/1.5 ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; color: var(--soft); overflow-wrap: anywhere; }
li code { display: block; }
.buttons { display: flex; gap: 12px; margin-top: 20px; }
button { flex: 1; min-height: 46px; padding: 10px 18px; border: 1px solid var(--line); border-radius: 10px; background: transparent; color: inherit; font: inherit; font-weight: 600; cursor: pointer; }
button:hover { border-color: var(--soft); }
button.accept { border-color: transparent; background: var(--accent); color: var(--on-accent); }
button.accept:hover { filter: brightness(1.08); }
button:focus-visible { outline: 2px solid var(--accent); outline-offset: 3px; }
.end { margin: 16px 0 0; color: var(--soft); font-size: 13.5px; overflow-wrap: anywhere; }
@media (max-width: 480px) { main { padding: 16px 12px; } .card { padding: 24px 20px; } }
`;
const styleHash = createHash("sha256").update(style).digest("base64");

function page(status: number, title: string, content: string, formAction = "'none'"): StandInResponse {
	const text = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(title)}</title>
<style>${style}</style>
</head>
<body>
<p class="note"><strong>This is not Atlassian.</strong> It is a local stand-in for tests and demos; the accounts are invented.</p>
<main><div class="card">
${content}
</div></main>
</body>
</html>
`;
	const policy = [
		"default-src 'none'",
		`style-src 'sha256-${styleHash}'`,
		"img-src 'self'",
		`form-action ${formAction}`,
		"base-uri 'none'",
		"frame-ancestors 'none'",
	];
	return {
		status,
		text,
		headers: {
			"Content-Type": "text/html;charset=UTF-8",
			"Content-Security-Policy": policy.join("; "),
			"Referrer-Policy": "no-referrer",
			"X-Content-Type-Options": "nosniff",
			"Cache-Control": "no-store",
		},
	};
}

export interface ConsentPage {
	action: string;
	ticket: string;
	appName: string;
	redirectUri: string;
	scopes: readonly string[];
	accounts: readonly { id: string; name: string; email: string; picture: string }[];
}

export function consentPage(consent: ConsentPage): StandInResponse {
	const app = escapeHtml(consent.appName);
	const accounts = consent.accounts.map(
		({ id, name, email, picture }, index) => `<label>
<input type="radio" name="account" value="${escapeHtml(id)}"${index === 0 ? " checked" : ""} required>
<img src="${escapeHtml(picture)}" alt="" width="36" height="36">
<span>${escapeHtml(name)}<small>${escapeHtml(email)}</small></span>
</label>`,
	);
	const scopes = consent.scopes.map(
		(scope) => `<li>${escapeHtml(scopeInWords(scope) ?? scope)}<code>${escapeHtml(scope)}</code></li>`,
	);
	return page(
		200,
		`Give ${consent.appName} access? (stand-in)`,
		`<h1>${app} asks for access to your account</h1>
<p class="lead">Choose an account, then accept or cancel.</p>
<form method="post" action="${escapeHtml(consent.action)}">
<input type="hidden" name="ticket" value="${escapeHtml(consent.ticket)}">
<fieldset>
<legend>Account</legend>
<div class="accounts">
${accounts.join("\n")}
</div>
</fieldset>
<h2>${app} will be able to</h2>
<ul>
${scopes.join("\n")}
</ul>
<div class="buttons">
<button class="accept" name="decision" value="accept">Accept</button>
<button name="decision" value="cancel">Cancel</button>
</div>
</form>
<p class="end">Either way you go back to ${escapeHtml(consent.redirectUri)}</p>`,
		`'self' ${formTarget(consent.redirectUri)}`,
	);
}

/** Browsers hold the redirect that follows a form to the policy's `form-action` too. */
function formTarget(redirectUri: string): string {
	const url = new URL(redirectUri);
	// A policy cannot name an IPv6 address, and an app's own scheme has no origin.
	return url.origin === "null" || url.hostname.startsWith("[") ? url.protocol : url.origin;
}

export function refusalPage(problems: readonly string[]): StandInResponse {
	const list = problems.map((problem) => `<li>${escapeHtml(problem)}</li>`);
	const response = page(
		400,
		"Something is wrong with this request (stand-in)",
		`<h1>Something is wrong with this request</h1>
<p class="lead">Nobody is sent back to the app, because its request cannot be relied on.</p>
<h2>What the app's developer should know</h2>
<ul>
${list.join("\n")}
</ul>`,
	);
	return { ...response, reason: problems.join("; ") };
}

/** A picture for an account: its initials on a colour. */
export function picture(name: string): StandInResponse {
	const initials = name
		.split(/\s+/)
		.map((word) => [...word][0] ?? "")
		.join("")
		.slice(0, 2)
		.toUpperCase();
	const hue = [...name].reduce((sum, character) => sum + (character.codePointAt(0) ?? 0), 0) % 360;
	return {
		status: 200,
		headers: { "Content-Type": "image/svg+xml", "X-Content-Type-Options": "nosniff" },
		text: `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 48 48"><rect width="48" height="48" fill="hsl(${hue} 55% 38%)"/><text x="24" y="31" fill="#fff" font-family="system-ui, sans-serif" font-size="19" font-weight="600" text-anchor="middle">${escapeHtml(initials)}</text></svg>`,
	};
}

export function escapeHtml(text: string): string {
	return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
