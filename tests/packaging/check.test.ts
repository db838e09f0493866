// `npx lucia-atlassian check`, as it is installed, against the stand-in: what it says about each response, what it asks
// for, and that it never prints the secret.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { after, before, suite, test } from "node:test";
import { fileURLToPath } from "node:url";

import { type Atlassian, type Fault, defaultClient, startAtlassian } from "../atlassian/server.ts";

const program = fileURLToPath(new URL("../../node_modules/lucia-atlassian/dist/check.js", import.meta.url));

const credentials = {
	ATLASSIAN_CLIENT_ID: defaultClient.id,
	ATLASSIAN_CLIENT_SECRET: defaultClient.secret,
	ATLASSIAN_REDIRECT_URI: defaultClient.redirectUris[0] ?? ""
};
type Environment = { [name: string]: string };
type Outcome = { status: number; stdout: string; stderr: string };

/** Sends the program's requests to the stand-in; and where `TERMINAL` is set, has it take the pipe for a terminal. */
const preload = `
	import { routeTo } from ${JSON.stringify(new URL("../atlassian/route.ts", import.meta.url).href)};
	globalThis.fetch = routeTo(process.env.STAND_IN);
	if (process.env.TERMINAL) Object.assign(process.stdin, { isTTY: true, setRawMode: () => process.stdin });
`;

suite("npx lucia-atlassian check", { concurrency: 2 }, () => {
	let standIn: Atlassian;
	before(async () => {
		standIn = await startAtlassian();
	});
	after(() => standIn.close());

	async function run(env: Environment, { input = "", args = ["check"], atlassian = standIn } = {}): Promise<Outcome> {
		const imports = ["--import", "tsx", "--import", `data:text/javascript,${encodeURIComponent(preload)}`];
		const { PATH = "", ATLASSIAN_CLIENT_SECRET = "" } = { ...process.env, ...env };
		const child = spawn(process.execPath, [...imports, program, ...args], { env: { PATH, STAND_IN: atlassian.origin, ...env } });
		const output = { stdout: "", stderr: "" };
		for (const name of ["stdout", "stderr"] as const) child[name].setEncoding("utf8").on("data", (text) => (output[name] += text));
		child.stdin.on("error", () => {}).end(input);
		const [status] = await once(child, "close");
		const printed = `${output.stdout}${output.stderr}`;
		for (const secret of [ATLASSIAN_CLIENT_SECRET, defaultClient.secret].map((secret) => secret.trim()).filter(Boolean)) {
			const forms = [secret, encodeURIComponent(secret), new URLSearchParams({ "": secret }).toString().slice(1)];
			for (const form of forms) assert.ok(!printed.includes(form), "the secret is printed");
		}
		return { status, ...output };
	}

	test("right credentials are told from the code that is refused, with one request", async () => {
		const atlassian = await startAtlassian();
		try {
			const { status, stdout, stderr } = await run({ ...credentials, ATLASSIAN_SCOPE: "read:jira-work offline_access" }, { atlassian });
			assert.equal(stderr, "");
			assert.equal(status, 0);
			assert.match(stdout, /^Client ID and secret\n  ✓ Right\. .*403 invalid_grant: Invalid authorization code/);
			assert.deepEqual(atlassian.log.map(({ endpoint, status }) => [endpoint, status]), [["token", 403]]);
			const [entry] = atlassian.log;
			assert.match(entry?.parameters.get("code") ?? "", /^lucia-atlassian-check-/);
			assert.equal(entry?.reason, "the code is unknown");
			// The URL is one that Atlassian takes: it leads to the consent, and back to the app.
			const [, url = ""] = /\n  (https:\/\/auth\.atlassian\.com\/authorize\?\S+)\n/.exec(stdout) ?? [];
			const callback = await atlassian.consent(url);
			assert.equal(callback.origin + callback.pathname, credentials.ATLASSIAN_REDIRECT_URI);
			assert.ok(callback.searchParams.has("code"));
			for (const words of [
				/\n  read:me: View your profile/,
				/\n  read:jira-work: View Jira projects/,
				/\n  offline_access: Keep this access/,
				/redirect_uri is not registered.*\n.*exactly: with its port.*\n.*Authorization, OAuth 2\.0 \(3LO\), Configure/,
				/invalid_scope.*\n.*User identity API.*\n.*Permissions/,
				/no access to this app.*\n.*private.*\n.*Distribution/,
				/https:\/\/developer\.atlassian\.com\/console\/myapps\//
			]) {
				assert.match(stdout, words);
			}
		} finally {
			await atlassian.close();
		}
	});

	const encoded = { ATLASSIAN_CLIENT_ID: "ATOA+a/b=c~(d)*'e' f", ATLASSIAN_CLIENT_SECRET: "ATOA+a/b=c~(d)*'e' f" };
	const wrong: [what: string, env: Environment, says: RegExp][] = [
		["the secret", { ATLASSIAN_CLIENT_SECRET: "ATOAwrong0123456789" }, /\? Unknown\. .*client ID, the secret or the redirect URI.*Settings.*401 access_denied/],
		["the client id", { ATLASSIAN_CLIENT_ID: "no-such-app" }, /\? Unknown\. .*401 access_denied/],
		// It does not show in the URL either.
		["the secret in place of the client id", { ATLASSIAN_CLIENT_ID: defaultClient.secret }, /client_id=\[client secret\]/],
		["a secret that a URL has to encode, in place of the client id", encoded, /client_id=\[client secret\]&/]
	];
	for (const [what, env, says] of wrong) {
		test(`what is wrong: ${what}`, async () => {
			const { status, stdout } = await run({ ...credentials, ...env });
			assert.equal(status, 1);
			assert.match(stdout, says);
			assert.match(stdout, /\nCheck the redirect URI, the scopes and the sharing in a browser/);
		});
	}

	test("a redirect URI that is not registered shows on the page that the URL leads to", async () => {
		const { status, stdout } = await run({ ...credentials, ATLASSIAN_REDIRECT_URI: "https://app.example/other" });
		assert.equal(status, 0);
		const [, url = ""] = /\n  (https:\S+)\n/.exec(stdout) ?? [];
		await assert.rejects(standIn.consent(url), /redirect_uri is not registered/);
	});

	test("a scope that nobody knows is shown as such", async () => {
		const { stdout } = await run({ ...credentials, ATLASSIAN_SCOPE: "read:jira-work  read:everything" });
		assert.match(stdout, /\n  read:everything: unknown to this tool/);
	});

	test("Government Cloud is asked instead", async () => {
		const atlassian = await startAtlassian();
		try {
			const { status, stdout } = await run({ ...credentials, ATLASSIAN_CLOUD: "government" }, { atlassian });
			assert.equal(status, 0);
			assert.equal(atlassian.log[0]?.host, "auth.atlassian-us-gov-mod.com");
			assert.match(stdout, /https:\/\/auth\.atlassian-us-gov-mod\.com\/authorize\?/);
			atlassian.fault("token", { cut: "headers" });
			const { stdout: withoutNetwork } = await run({ ...credentials, ATLASSIAN_CLOUD: "government" }, { atlassian });
			assert.match(withoutNetwork, /reaches https:\/\/auth\.atlassian-us-gov-mod\.com, or set a proxy/);
		} finally {
			await atlassian.close();
		}
	});

	const secret = defaultClient.secret;
	const responses: [what: string, fault: Fault, status: number, says: RegExp][] = [
		["400 invalid_grant", { status: 400, body: { error: "invalid_grant", error_description: "authorization_code is invalid" } }, 0, /✓ Right\./],
		["400 with the text in `error`", { status: 400, body: { error: "authorization_code is invalid" } }, 0, /✓ Right\./],
		["401 access_denied", { status: 401, body: { error: "access_denied", error_description: "Unauthorized" } }, 1, /\? Unknown\. .*client ID, the secret or the redirect URI.*401 access_denied: Unauthorized/],
		["401 invalid_client", { status: 401, body: { error: "invalid_client" } }, 1, /✗ Wrong\. .*client ID with this secret/],
		["403 unauthorized_client", { status: 403, body: { error: "unauthorized_client" } }, 1, /\? Unknown\. .*OAuth 2\.0 \(3LO\) under Authorization/],
		["400 unsupported_grant_type", { status: 400, body: { error: "unsupported_grant_type" } }, 1, /\? Unknown\. .*OAuth 2\.0 \(3LO\) app/],
		["400 invalid_request", { status: 400, body: { error: "invalid_request", error_description: "redirect_uri is missing" } }, 1, /\? Unknown\. .*redirect URI.*invalid_request: redirect_uri is missing/],
		["400 invalid_grant that names the redirect URI", { status: 400, body: { error: "invalid_grant", error_description: "Invalid redirect_uri" } }, 1, /\? Unknown\. .*more than the code.*Invalid redirect_uri/],
		["403 invalid_grant that names the client", { status: 403, body: { error: "invalid_grant", error_description: "The code belongs to another client" } }, 1, /\? Unknown\./],
		["a text of several lines", { status: 401, body: { error: "invalid_client", error_description: "one\r\n  ✓ Right.\u2028two" } }, 1, /✗ Wrong\. .*invalid_client: one   ✓ Right\. two\)\n/],
		["429 with a time to wait", { retryAfter: 7 }, 1, /\? Unknown\. RATE_LIMITED .*429.* in 7 seconds/],
		["503", { status: 503, body: "<html>down</html>" }, 1, /\? Unknown\. SERVER_ERROR \(response: 503\)\. Try again later/],
		["a redirect", { redirect: 307 }, 1, /\? Unknown\. UNEXPECTED_REDIRECT/],
		["a cut connection", { cut: "headers" }, 1, /\? Unknown\. NETWORK_ERROR\. .*reaches https:\/\/auth\.atlassian\.com, or set a proxy/],
		["tokens for a code that does not exist", { status: 200, body: { access_token: "access", expires_in: 3600 } }, 1, /\? Unknown\. .*Another server than Atlassian responded/],
		["a page of a proxy", { status: 200, body: "<html>Sign in to the network</html>" }, 1, /\? Unknown\. INVALID_JSON/],
		["a response that repeats the secret, and steers the terminal", { status: 401, body: { error: "access_denied", error_description: `${secret} \u001b[2J` } }, 1, /access_denied: \[redacted\] {2}\[2J\)/]
	];
	for (const [what, fault, expected, says] of responses) {
		test(`the response is ${what}`, async () => {
			const atlassian = await startAtlassian();
			try {
				atlassian.fault("token", fault);
				const { status, stdout, stderr } = await run(credentials, { atlassian });
				assert.match(stdout, says);
				assert.equal(status, expected, stderr);
				assert.equal(atlassian.counts.token, 1);
				assert.doesNotMatch(stdout, /(?!\n)\p{Cc}/u);
			} finally {
				await atlassian.close();
			}
		});
	}

	for (const [how, env] of [["a pipe", {}], ["a terminal", { TERMINAL: "1", TERM: "xterm" }]] as const) {
		test(`what is not in the environment is asked for on ${how}, and the secret is not echoed`, async () => {
			const input = `${Object.values(credentials).join("\n")}\n`;
			const { status, stdout, stderr } = await run(env, { input });
			assert.equal(status, 0, stderr);
			assert.match(stderr, /^Client ID: [^]*Client secret \(not shown\): [^]*Redirect URI: /);
			assert.match(stdout, /^Client ID and secret\n  ✓ Right\./);
			if (how === "a terminal") assert.ok(stderr.includes(defaultClient.id), "what is no secret is echoed");
		});
	}

	// As a readline of its own shows them: the line before, what was deleted, what was undone.
	const recall = ["\u001b[A", "\u001b[A\u001b[A", "\u0010", "\u0019", "\u0019\u001by", "\u001f", "\u001e", "\u0012"].join("");
	for (const [how, keys] of [["typed", ""], ["deleted by Ctrl-U", "\u0015"], ["deleted by Ctrl-W", "\u0017"], ["deleted by Ctrl-A and Ctrl-K", "\u0001\u000b"]]) {
		test(`on a terminal, no key brings back a secret that was ${how}`, async () => {
			const { ATLASSIAN_CLIENT_ID, ATLASSIAN_CLIENT_SECRET, ATLASSIAN_REDIRECT_URI } = credentials;
			const secrets = `${keys && ATLASSIAN_CLIENT_SECRET + keys}${ATLASSIAN_CLIENT_SECRET}`;
			// An empty line is no secret, and a pasted one ends with CRLF.
			const input = `${ATLASSIAN_CLIENT_ID}\r\n${secrets}\r${recall}\u0005\u0015${ATLASSIAN_REDIRECT_URI}\r`;
			const { status, stdout, stderr } = await run({ TERMINAL: "1", TERM: "xterm" }, { input });
			assert.equal(status, 0, stderr);
			assert.match(stdout, /✓ Right\./);
			assert.ok(stderr.includes(ATLASSIAN_REDIRECT_URI));
		});
	}

	test("only what is missing is asked for", async () => {
		const { ATLASSIAN_CLIENT_SECRET, ...others } = credentials;
		const { status, stderr } = await run(others, { input: `${ATLASSIAN_CLIENT_SECRET}\n` });
		assert.deepEqual([status, stderr], [0, "Client secret (not shown): "]);
	});

	const refused: [what: string, options: { env?: Environment; args?: string[]; input?: string }, says: RegExp][] = [
		["nothing to read from", {}, /ATLASSIAN_CLIENT_ID is missing/],
		["an empty line", { env: { ATLASSIAN_CLIENT_ID: "id" }, input: "\n" }, /ATLASSIAN_CLIENT_SECRET is missing/],
		["a secret with a line break", { env: { ...credentials, ATLASSIAN_CLIENT_SECRET: `${secret}\n` } }, /ATLASSIAN_CLIENT_SECRET begins or ends with a space or a line break/],
		["a redirect URI without a scheme", { env: { ...credentials, ATLASSIAN_REDIRECT_URI: "localhost:3000/callback" } }, /^ATLASSIAN_REDIRECT_URI is not a URL/],
		["a secret in place of the redirect URI", { env: { ...credentials, ATLASSIAN_REDIRECT_URI: secret } }, /^ATLASSIAN_REDIRECT_URI is not a URL/],
		["a cloud that there is not", { env: { ...credentials, ATLASSIAN_CLOUD: "mars" } }, /configs\.cloud/],
		["a secret as an argument", { env: credentials, args: ["check", secret] }, /^`check` takes no arguments/],
		["no command", { env: credentials, args: [] }, /^Usage: npx lucia-atlassian check/],
		["another command", { env: credentials, args: [secret] }, /^Usage: npx lucia-atlassian check/]
	];
	for (const [what, { env = {}, ...options }, says] of refused) {
		test(`${what} is refused before anything is sent`, async () => {
			const atlassian = await startAtlassian();
			try {
				const { status, stdout, stderr } = await run(env, { ...options, atlassian });
				assert.match(stderr, says);
				assert.deepEqual([status, stdout, atlassian.log], [2, "", []]);
			} finally {
				await atlassian.close();
			}
		});
	}
});
