#!/usr/bin/env node
// `npx lucia-atlassian check`: a look at an app's registration at Atlassian. It sends one token request with a code that
// does not exist, tells by Atlassian's response whether the credentials are right, and says how to see the rest in a
// browser. The build bundles it with the words for scopes into `dist/check.js`; the client it uses is the package's own.

import { randomUUID } from "node:crypto";
import { createInterface } from "node:readline";
import { Writable } from "node:stream";

import { atlassianClient } from "lucia-atlassian";

import { scopeInWords } from "../www/scopes.ts";

const CONSOLE = "https://developer.atlassian.com/console/myapps/";

const USAGE = `Usage: npx lucia-atlassian check

Tells whether Atlassian takes an app's client id and secret. Asks for what is not in the environment:
  ATLASSIAN_CLIENT_ID      of the OAuth 2.0 (3LO) app in ${CONSOLE}
  ATLASSIAN_CLIENT_SECRET  of the same app
  ATLASSIAN_REDIRECT_URI   one of the app's callback URLs
  ATLASSIAN_SCOPE          optional: scopes besides read:me, separated by spaces
  ATLASSIAN_CLOUD          optional: "government" for Atlassian Government Cloud
Nothing is taken from the command line, where other users of this machine and the shell's history would see it.

Exits with 0 when the credentials are right, with 1 when they are not or that cannot be told, and with 2 when
something is missing.`;

const fields = [
	{ variable: "ATLASSIAN_CLIENT_ID", label: "Client id" },
	{ variable: "ATLASSIAN_CLIENT_SECRET", label: "Client secret (not shown)", isSecret: true },
	{ variable: "ATLASSIAN_REDIRECT_URI", label: "Redirect URI" }
];

/** What each page means that Atlassian shows instead of the consent, and where to mend it. */
const PAGES = [
	[
		"“redirect_uri is not registered for client”, or that the callback URL is wrong",
		"The redirect URI has to be one of the callback URLs, letter for letter: with its port, without a slash that is not there.",
		"Console, your app, Authorization, OAuth 2.0 (3LO), Configure: Callback URL"
	],
	[
		"that the client is unknown, or that something is wrong with “client_id”",
		"There is no app with this client id, or OAuth 2.0 (3LO) was not added to it.",
		"Console, your app, Settings: Client ID; Authorization: OAuth 2.0 (3LO), Add"
	],
	[
		"“invalid_scope”, “Something went wrong”, or a consent that lacks a scope",
		"Each scope above has to be added to the app, but for offline_access. read:me belongs to the User identity API.",
		"Console, your app, Permissions: Add the API, then Configure, Edit Scopes"
	],
	[
		"that you have no access to this app, or “access denied”, while its owner gets the consent",
		"A new app is private: nobody but its owner can use it.",
		"Console, your app, Distribution, Edit: Sharing"
	],
	[
		"that a site admin has to allow the app, or no site to choose",
		"The account has no site with the product of these scopes, or the site's admin does not let people add apps.",
		"admin.atlassian.com, the site's settings for connected apps; or another account"
	]
];

const RENEWED = "Copy both again from the console: your app, Settings. A secret that was renewed takes the place of the old one.";

/** What to do about each error code that does not say whether the credentials are right. */
const ADVICE = {
	INVALID_CLIENT: `Atlassian refuses this client id, this secret or this redirect URI, and does not say which. ${RENEWED} The redirect URI has to be a callback URL of the same app.`,
	UNAUTHORIZED_CLIENT:
		"Atlassian does not let this app exchange codes. In the console, add OAuth 2.0 (3LO) under Authorization.",
	INVALID_REQUEST: "Atlassian does not take the request. Check the redirect URI.",
	UNSUPPORTED_GRANT_TYPE: "Atlassian does not exchange codes for this app. Is it an OAuth 2.0 (3LO) app?"
};

/** The parameters of a token request other than the code, as an `error_description` may name them. */
const OTHER_PARAMETER = /redirect|callback|client|secret|grant.?type|verifier/i;

/** Something is missing, or was not as it has to be: nothing was sent. */
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
		if (!value) throw new InputError(`${variable} is missing. Set it, or answer when it is asked for.`);
		if (value !== value.trim()) throw new InputError(`${variable} begins or ends with a space or a line break. Remove it.`);
		values[variable] = value;
	}
	// `localhost:3000/callback` is a URL to the parser: one with the scheme `localhost`.
	const redirectUri = values["ATLASSIAN_REDIRECT_URI"];
	if (!URL.canParse(redirectUri) || !redirectUri.includes("://")) {
		throw new InputError(
			"ATLASSIAN_REDIRECT_URI is not a URL. Expected one of the app's callback URLs, such as https://app.example/callback."
		);
	}
	return values;
}

/**
 * Asks for fields, on standard error, so that standard output has the report alone. What is typed for a secret is not
 * echoed.
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
				// What was typed or deleted for one field cannot be recalled at the next, with an interface for each. The next
				// begins before this returns: several lines may be pasted at once.
				lines.off("close", onClose).close();
				if (missing[answers.length].isSecret) process.stderr.write("\n");
				// The line feed of a pasted CRLF, or a person's slip: the field is asked for again.
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

/** Sends a code that cannot exist, and gives what it was refused with. Throws when the configuration is wrong. */
function refusalOf(client) {
	return client.validateAuthorizationCode(`lucia-atlassian-check-${randomUUID()}`).then(
		() => ({ code: ACCEPTED }),
		(error) => {
			if (error.code === "INVALID_ARGUMENT") throw error;
			return error;
		}
	);
}

/** Whether the credentials are right; `undefined` when the response does not say so. And why. */
function explain({ code, action, retryAfter, response, body }) {
	const said = [body?.error, body?.error_description]
		.filter((text) => typeof text === "string")
		.map((text) => text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, " "))
		.join(": ");
	const received = response ? ` (response: ${[response.status, said].filter(Boolean).join(" ")})` : "";
	if (code === "INVALID_GRANT") {
		if (OTHER_PARAMETER.test(said)) return [undefined, `Atlassian refused more than the code of this check${received}.`];
		return [true, `Atlassian took them, and refused only the code of this check, which does not exist${received}.`];
	}
	if (code === ACCEPTED) return [undefined, "A code that does not exist was accepted: what responded is not Atlassian."];
	if (code === "INVALID_CLIENT" && body?.error === "invalid_client") {
		return [false, `Atlassian does not take this client id with this secret. ${RENEWED}${received}`];
	}
	if (Object.hasOwn(ADVICE, code)) return [undefined, `${ADVICE[code]}${received}`];
	if (action === "retry") {
		const when = retryAfter === undefined ? "later" : `in ${retryAfter} seconds`;
		const why = response ? "" : ` Is https://auth.atlassian.com reached from here, without a proxy?`;
		return [undefined, `${code}${received}. Try again ${when}.${why}`];
	}
	return [undefined, `${code}${received}.`];
}

async function check() {
	const values = await readFields();
	const secret = values["ATLASSIAN_CLIENT_SECRET"];
	// Whatever is printed: no secret, in a URL neither, and nothing that steers the terminal.
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

	const [isRight, why] = explain(await refusalOf(client));
	print("Client id and secret");
	print(`  ${isRight ? "✓ Right." : isRight === false ? "✗ Wrong." : "? Cannot be told."} ${why}`);
	if (isRight === false) print(`  Console: ${CONSOLE}`);

	const [url] = await client.getAuthorizationUrl();
	print("\nRedirect URI, scopes and sharing show in a browser. Open:");
	print(`  ${url.href}`);
	print("\nThe consent has to ask for:");
	for (const scope of new Set(url.searchParams.get("scope").split(" "))) {
		print(`  ${scope}: ${scopeInWords(scope) ?? "not a scope that this tool knows; is it spelt right?"}`);
	}
	print("\nAccepting leads back to the redirect URI with `code` and `state`; the app refuses this state, which it did not make.");
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
		// Not what was given, which may be a secret.
		console.error(args[0] === "check" ? `\`check\` takes no arguments.\n\n${USAGE}` : USAGE);
		process.exitCode = 2;
	}
} catch (error) {
	// Of a configuration that is wrong, the client names the field and does not show the value.
	const isOfInput = error instanceof InputError || error.code === "INVALID_ARGUMENT";
	console.error(isOfInput ? error.message : `The check failed: ${error.name} ${error.code ?? ""}`);
	process.exitCode = isOfInput ? 2 : 1;
}
