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

/** What to do about each error code that says something about the registration. */
const ADVICE = {
	INVALID_CLIENT:
		"Atlassian does not take this client id with this secret. Copy both again from the console: your app, Settings. A secret that was renewed takes the place of the old one. A redirect URI of another app gets the same response.",
	UNAUTHORIZED_CLIENT:
		"Atlassian knows the app, but does not let it exchange codes. In the console, add OAuth 2.0 (3LO) under Authorization.",
	INVALID_REQUEST: "Atlassian does not take the request. Check the redirect URI.",
	UNSUPPORTED_GRANT_TYPE: "Atlassian knows the app, but does not let it exchange codes. Is it an OAuth 2.0 (3LO) app?"
};

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
	return values;
}

/**
 * Asks for fields, on standard error, so that standard output has the report alone. What is typed for a secret is not
 * echoed. Which field it is for is told when the line before it ends, since several lines may be pasted at once.
 */
function ask(missing) {
	const answers = [];
	const terminal = Boolean(process.stdin.isTTY);
	const isSecret = () => Boolean(missing[answers.length]?.isSecret);
	const output = new Writable({
		write(chunk, _, done) {
			if (!isSecret()) process.stderr.write(chunk);
			done();
		}
	});
	const begin = () => process.stderr.write(`${missing[answers.length].label}: `);
	const lines = createInterface({ input: process.stdin, output, terminal, prompt: "" });
	begin();
	return new Promise((resolve) => {
		lines.on("close", () => resolve(answers));
		lines.on("line", (line) => {
			if (answers.length === missing.length) return;
			if (isSecret() && terminal) process.stderr.write("\n");
			answers.push(line);
			if (answers.length === missing.length) lines.close();
			else begin();
		});
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

/** Whether the credentials are right; `undefined` when that cannot be told. And why. */
function judge({ code, action, retryAfter, response, body }) {
	const said = [body?.error, body?.error_description].filter((text) => typeof text === "string").join(": ");
	const received = response ? ` (response: ${[response.status, said].filter(Boolean).join(" ")})` : "";
	if (code === "INVALID_GRANT") {
		return [true, `Atlassian took them, and refused only the code of this check, which does not exist${received}.`];
	}
	if (code === ACCEPTED) return [undefined, "A code that does not exist was accepted: what responded is not Atlassian."];
	if (Object.hasOwn(ADVICE, code)) return [false, `${ADVICE[code]}${received}`];
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
	// Whatever is printed: no secret, and nothing that steers the terminal.
	const print = (text) => console.log(text.replaceAll(secret, "[client secret]").replace(/(?!\n)\p{Cc}/gu, "\u{fffd}"));
	const client = atlassianClient({
		clientId: values["ATLASSIAN_CLIENT_ID"],
		clientSecret: secret,
		redirectUri: values["ATLASSIAN_REDIRECT_URI"],
		scope: (process.env["ATLASSIAN_SCOPE"] ?? "").split(/\s+/).filter(Boolean),
		cloud: process.env["ATLASSIAN_CLOUD"] || "commercial"
	});

	const [isRight, why] = judge(await refusalOf(client));
	print("Client id and secret");
	print(`  ${isRight ? "✓ Right." : isRight === false ? "✗ Wrong." : "? Not known."} ${why}`);
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
