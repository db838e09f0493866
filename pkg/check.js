#!/usr/bin/env node
// `npx lucia-atlassian check`: checks an app's credentials at Atlassian. It sends one token request with an invented
// code: Atlassian's error response shows whether the credentials are right. It prints how to check the rest in a
// browser. The build bundles it with the descriptions of scopes into `dist/check.js`; it imports the package's own
// client.

import { randomUUID } from "node:crypto";
import { createInterface } from "node:readline";
import { Writable } from "node:stream";

import { atlassianClient } from "lucia-atlassian";

import { scopeInWords } from "../www/scopes.ts";

const CONSOLE = "https://developer.atlassian.com/console/myapps/";

const USAGE = `Usage: npx lucia-atlassian check

Checks your app's client ID and secret at Atlassian. Asks for missing environment variables:
  ATLASSIAN_CLIENT_ID      of the OAuth 2.0 (3LO) app in ${CONSOLE}
  ATLASSIAN_CLIENT_SECRET  of the same app
  ATLASSIAN_REDIRECT_URI   one of the app's callback URLs
  ATLASSIAN_SCOPE          optional: scopes besides read:me, separated by spaces
  ATLASSIAN_CLOUD          optional: "government" for Atlassian Government Cloud
The command accepts no arguments: other users of this machine would see them, and the shell's history keeps them.

Exit status: 0 when the credentials are right, 1 when they are wrong or the result is unknown, 2 when a value is
missing or wrong.`;

const fields = [
	{ variable: "ATLASSIAN_CLIENT_ID", label: "Client ID" },
	{ variable: "ATLASSIAN_CLIENT_SECRET", label: "Client secret (not shown)", isSecret: true },
	{ variable: "ATLASSIAN_REDIRECT_URI", label: "Redirect URI" }
];

/** Atlassian's error pages, the cause of each, and the place to correct it. */
const PAGES = [
	[
		"“redirect_uri is not registered for client”, or a wrong callback URL",
		"The redirect URI must be one of the callback URLs, exactly: with its port. Check for an extra slash at the end.",
		"Console, your app, Authorization, OAuth 2.0 (3LO), Configure: Callback URL"
	],
	[
		"an unknown client, or a wrong “client_id”",
		"No app has this client ID, or the app lacks OAuth 2.0 (3LO).",
		"Console, your app, Settings: Client ID; Authorization: OAuth 2.0 (3LO), Add"
	],
	[
		"“invalid_scope”, “Something went wrong”, or a consent page that lacks a scope",
		"Add each scope above to the app, except offline_access. read:me belongs to the User identity API.",
		"Console, your app, Permissions: Add the API, then Configure, Edit Scopes"
	],
	[
		"no access to this app, or “access denied”, although its owner sees the consent page",
		"A new app is private: only its owner can use it.",
		"Console, your app, Distribution, Edit: Sharing"
	],
	[
		"a site admin must allow the app, or no site to choose",
		"The account has no site with the product of these scopes, or the site's admin does not let users add apps.",
		"admin.atlassian.com, the site's settings for connected apps; or another account"
	]
];

const RENEWED = "Copy both again from the console: your app, Settings. A renewed secret replaces the old one.";

/** The remedy for each error code that leaves it unknown whether the credentials are right. */
const ADVICE = {
	INVALID_CLIENT: `Atlassian refuses the client ID, the secret or the redirect URI, and does not say which one. ${RENEWED} The redirect URI must be a callback URL of the same app.`,
	UNAUTHORIZED_CLIENT:
		"Atlassian does not let this app exchange codes. In the console, add OAuth 2.0 (3LO) under Authorization.",
	INVALID_REQUEST: "Check the redirect URI: Atlassian refuses the request.",
	UNSUPPORTED_GRANT_TYPE: "Check that this is an OAuth 2.0 (3LO) app: Atlassian does not let it exchange codes."
};

/** The parameters of a token request other than the code, as an `error_description` may name them. */
const OTHER_PARAMETER = /redirect|callback|client|secret|grant.?type|verifier/i;

/** A missing or wrong value, found before any request. */
class InputError extends Error {}

/** The values of all fields, from the environment or from the person at the terminal. */
async function readFields() {
	const isSet = ({ variable }) => Boolean(process.env[variable]);
	const missing = fields.filter((field) => !isSet(field));
	const answers = missing.length > 0 ? await ask(missing) : [];
	const values = {};
	for (const field of fields) {
		const { variable } = field;
		const value = isSet(field) ? process.env[variable] : (answers.shift() ?? "").trim();
		if (!value) throw new InputError(`${variable} is missing. Set it, or type it when \`check\` asks.`);
		if (value !== value.trim()) throw new InputError(`${variable} begins or ends with a space or a line break. Remove it.`);
		values[variable] = value;
	}
	// The parser accepts `localhost:3000/callback` as a URL with the scheme `localhost`.
	const redirectUri = values["ATLASSIAN_REDIRECT_URI"];
	if (!URL.canParse(redirectUri) || !redirectUri.includes("://")) {
		throw new InputError(
			"ATLASSIAN_REDIRECT_URI is not a URL. Set it to one of the app's callback URLs, such as https://app.example/callback."
		);
	}
	return values;
}

/**
 * Asks for fields, on standard error: standard output has only the report. Does not echo a secret.
 */
function ask(missing) {
	const answers = [];
	const terminal = Boolean(process.stdin.isTTY);
	return new Promise((resolve) => {
		const onClose = () => resolve(answers);
		function begin() {
			const { label, isSecret } = missing[answers.length];
			process.stderr.write(`${label}: `);
			const output = isSecret ? new Writable({ write: (chunk, encoding, done) => done() }) : process.stderr;
			return createInterface({ input: process.stdin, output, terminal, prompt: "", historySize: 0 })
				.on("line", onLine)
				.on("close", onClose);
		}
		function onLine(line) {
			if (answers.length === missing.length) return;
			if (terminal) {
				// One interface for each field: the next one cannot recall the text of this one. The next one begins
				// before this function returns, because a user may paste several lines at once.
				lines.off("close", onClose).close();
				if (missing[answers.length].isSecret) process.stderr.write("\n");
				// Ask again after an empty line: the line feed of a pasted CRLF, or a mistake.
				if (line.trim()) answers.push(line);
				if (answers.length < missing.length) lines = begin();
				else resolve(answers);
			} else {
				answers.push(line);
				if (answers.length === missing.length) lines.close();
				else process.stderr.write(`${missing[answers.length].label}: `);
			}
		}
		let lines = begin();
	});
}

const ACCEPTED = Symbol("accepted");

/** Sends an invented code, and resolves to the error. Rejects when the configuration is wrong. */
function refusalOf(client) {
	return client.validateAuthorizationCode(`lucia-atlassian-check-${randomUUID()}`).then(
		() => ({ code: ACCEPTED }),
		(error) => {
			if (error.code === "INVALID_ARGUMENT") throw error;
			return error;
		}
	);
}

/**
 * Returns whether the credentials are right, `undefined` for unknown, and the reason. `server` is the authorization
 * server's origin.
 */
function explain({ code, action, retryAfter, response, body }, server) {
	const said = [body?.error, body?.error_description]
		.filter((text) => typeof text === "string")
		.map((text) => text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, " "))
		.join(": ");
	const received = response ? ` (response: ${[response.status, said].filter(Boolean).join(" ")})` : "";
	if (code === "INVALID_GRANT") {
		if (OTHER_PARAMETER.test(said)) return [undefined, `Atlassian refused more than the code of this check${received}.`];
		return [true, `Atlassian accepted them, and refused only the invented code of this check${received}.`];
	}
	if (code === ACCEPTED) return [undefined, "Another server than Atlassian responded: it accepted an invented code."];
	if (code === "INVALID_CLIENT" && body?.error === "invalid_client") {
		return [false, `Atlassian refuses this client ID with this secret. ${RENEWED}${received}`];
	}
	if (Object.hasOwn(ADVICE, code)) return [undefined, `${ADVICE[code]}${received}`];
	if (action === "retry") {
		const when = retryAfter === undefined ? "later" : `in ${retryAfter} seconds`;
		const why = response ? "" : ` Check that this machine reaches ${server}, or set a proxy: NODE_USE_ENV_PROXY=1 and HTTPS_PROXY.`;
		return [undefined, `${code}${received}. Try again ${when}.${why}`];
	}
	return [undefined, `${code}${received}.`];
}

async function check() {
	const values = await readFields();
	const secret = values["ATLASSIAN_CLIENT_SECRET"];
	// Removes the secret from all output, also from URLs, and control characters of the terminal.
	const forms = [secret, encodeURIComponent(secret), new URLSearchParams({ "": secret }).toString().slice(1)];
	const print = (text) => {
		const masked = forms.reduce((text, form) => text.replaceAll(form, "[client secret]"), text);
		console.log(masked.replace(/(?!\n)\p{Cc}/gu, "\u{fffd}"));
	};
	const client = atlassianClient({
		clientId: values["ATLASSIAN_CLIENT_ID"],
		clientSecret: secret,
		redirectUri: values["ATLASSIAN_REDIRECT_URI"],
		scope: (process.env["ATLASSIAN_SCOPE"] ?? "").split(/\s+/).filter(Boolean),
		cloud: process.env["ATLASSIAN_CLOUD"] || "commercial"
	});

	const refusal = await refusalOf(client);
	const [url] = await client.getAuthorizationUrl();
	const [isRight, why] = explain(refusal, url.origin);
	print("Client ID and secret");
	print(`  ${isRight ? "✓ Right." : isRight === false ? "✗ Wrong." : "? Unknown."} ${why}`);
	if (isRight === false) print(`  Console: ${CONSOLE}`);

	print("\nCheck the redirect URI, the scopes and the sharing in a browser. Open:");
	print(`  ${url.href}`);
	print("\nThe consent page must show:");
	for (const scope of new Set(url.searchParams.get("scope").split(" "))) {
		print(`  ${scope}: ${scopeInWords(scope) ?? "unknown to this tool: check its spelling"}`);
	}
	print("\nIf you accept, Atlassian sends you to the redirect URI. Your app rejects this test sign-in: it did not create the state.");
	print("\nIf Atlassian shows something else:");
	for (const [page, meaning, where] of PAGES) print(`  ${page}\n    ${meaning}\n    ${where}`);
	print(`\nConsole: ${CONSOLE}`);
	return isRight ? 0 : 1;
}

const args = process.argv.slice(2);
try {
	if (args.length === 1 && args[0] === "check") {
		process.exitCode = await check();
	} else if (args.length === 1 && /^(-h|--help|help)$/.test(args[0])) {
		console.log(USAGE);
	} else {
		// Does not repeat the arguments: they may contain a secret.
		console.error(args[0] === "check" ? `\`check\` takes no arguments.\n\n${USAGE}` : USAGE);
		process.exitCode = 2;
	}
} catch (error) {
	// For a wrong configuration, the client's error names the field and does not show the value.
	const isOfInput = error instanceof InputError || error.code === "INVALID_ARGUMENT";
	console.error(isOfInput ? error.message : `The check failed: ${error.name} ${error.code ?? ""}`);
	process.exitCode = isOfInput ? 2 : 1;
}
