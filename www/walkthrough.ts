// The steps of `npm run demo`: starts the app and the stand-in for Atlassian, signs in once as a browser would, and
// prints and checks each request and response. Then the app stays up for a user, unless it runs once.

import { createHash } from "node:crypto";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { defaultAccounts, type Atlassian, type LogEntry } from "../tests/atlassian/server.ts";
import { Browser, readForm, type Visit } from "./browser.ts";
import { buildPlayground } from "./build.ts";
import { startNode, startWorker } from "./dev.ts";
import { tables } from "./lucia.ts";
import { CALLBACK_PATH } from "./provider.ts";
import { readEnv } from "./env.ts";

const { FORCE_COLOR, NO_COLOR } = process.env;
const colour = FORCE_COLOR ? FORCE_COLOR !== "0" : process.stdout.isTTY && !NO_COLOR;
const paint = (code: number) => (text: string) => (colour ? `\x1b[${code}m${text}\x1b[0m` : text);
const [bold, dim, red, green, cyan] = [paint(1), paint(2), paint(31), paint(32), paint(36)] as const;

/** An error whose message is enough: the terminal shows no stack. */
class DemoError extends Error {}

function check(condition: unknown, message: string): asserts condition {
	if (!condition) throw new DemoError(message);
}

let steps = 0;
const step = (title: string) => console.log(`\n${bold(`${++steps}. ${title}`)}`);
const line = (text: string, indent = 3) => console.log(" ".repeat(indent) + text);

type Field = readonly [name: string, value: unknown, isSecret?: boolean];

function table(fields: Iterable<Field>, indent: number): void {
	const rows = [...fields];
	const width = Math.max(0, ...rows.map(([name]) => name.length));
	for (const [name, value, isSecret] of rows) {
		line(`${dim(printable(name).padEnd(width))}  ${shown(name, value, isSecret)}`, indent);
	}
}

const secrets = /^(code|state|ticket|client_secret|access_token|refresh_token|authorization|auth_session|session|atlassian_oauth_state)$/i;

/** A text from the network without control characters of the terminal. Colours come later. */
const printable = (text: string) => text.replace(/\p{Cc}/gu, "\u{fffd}");

function shown(name: string, value: unknown, isSecret = secrets.test(name)): string {
	const text = printable(typeof value === "string" ? value : JSON.stringify(value));
	return isSecret ? mask(text) : text;
}

function mask(secret: string): string {
	const [, scheme = "", rest = ""] = /^(Bearer )?(.*)$/s.exec(secret) ?? [];
	return `${scheme}${rest.slice(0, Math.min(5, rest.length / 4))}… ${dim(`(${rest.length} characters)`)}`;
}

function request(method: string, url: URL, indent = 3): void {
	line(`${cyan("→")} ${method} ${url.origin}${url.pathname}`, indent);
	table(url.searchParams, indent + 6);
}

function response(visit: Visit): void {
	const { status, location, title, headers } = visit;
	line(`${cyan("←")} ${status}${title && ` “${printable(title)}”`}${location ? ` to ${location.origin}${location.pathname}` : ""}`);
	if (location) table(location.searchParams, 9);
	for (const cookie of headers.getSetCookie()) {
		const [, name = "", value = "", attributes = ""] = /^([^=]*)=([^;]*)(.*)$/.exec(cookie) ?? [];
		line(`${dim("Set-Cookie")}  ${printable(name)}=${value ? shown(name, value) : dim("(removed)")}${printable(attributes)}`, 9);
	}
}

/** One request of the provider, as the stand-in received it. */
function providerRequest(title: string, entry: LogEntry): void {
	line(title, 6);
	line(`${cyan("→")} ${entry.method} https://${entry.host}${entry.path}`, 6);
	const authorization = entry.headers["authorization"];
	table([...(authorization ? [["Authorization", authorization] as const] : []), ...entry.parameters], 12);
	line(`${cyan("←")} ${entry.status}`, 6);
	for (const part of [entry.response].flat()) {
		if (typeof part === "object" && part !== null) table(Object.entries(part), 12);
	}
	if (entry.reason) line(red(printable(entry.reason)), 12);
}

type App = Awaited<ReturnType<typeof startNode | typeof startWorker>>;

async function signIn({ origin, rows }: App, standIn: Atlassian, withoutLucia: boolean): Promise<void> {
	const browser = new Browser();
	const ada = defaultAccounts[0]?.user;
	check(ada, "The stand-in has no account to sign in with.");

	step("A visitor opens the app");
	request("GET", new URL(origin));
	const start = await browser.get(origin);
	response(start);
	check(start.status === 200, `Expected the start page with status 200, got ${start.status}.`);
	check(start.text.includes('href="/login/atlassian"'), "Expected the start page to link to /login/atlassian.");

	step("and clicks “Sign in with Atlassian”");
	const login = new URL("/login/atlassian", origin);
	request("GET", login);
	const toAtlassian = await browser.get(login);
	response(toAtlassian);
	const authorization = toAtlassian.location;
	check(toAtlassian.status === 302 && authorization, `Expected a redirect to Atlassian, got ${toAtlassian.status}.`);
	check(authorization.origin === standIn.origin, "Expected the redirect to lead to the stand-in.");
	const state = authorization.searchParams.get("state");
	check(state && browser.cookies.get("atlassian_oauth_state") === state, "Expected a cookie that holds the URL's state.");

	step("Atlassian asks for consent");
	line(`${cyan("→")} GET ${authorization.origin}${authorization.pathname} ${dim("with the parameters above")}`);
	const consent = await browser.get(authorization);
	response(consent);
	const form = readForm(consent);
	check(consent.status === 200 && form, `Expected a consent page, got ${consent.status}: ${standIn.log.at(-1)?.reason}`);

	step(`and ${ada.name} accepts`);
	const fields = { ...form.fields, account: ada.account_id, decision: "accept" };
	request("POST", form.action);
	table(Object.entries(fields), 9);
	const accepted = await browser.post(form.action, fields);
	response(accepted);
	const callback = accepted.location;
	check(callback?.origin === origin, `Expected a redirect back to the app, got ${accepted.status}.`);
	check(callback.searchParams.has("code"), "Expected an authorization code in the redirect.");
	check(callback.searchParams.get("state") === state, "Expected the state that the app sent.");

	step("The browser brings the code to the app, and the provider does its work");
	line(`${cyan("→")} GET ${callback.origin}${callback.pathname} ${dim("with code and state")}`);
	const before = standIn.log.length;
	const signedIn = await browser.get(callback);
	const [token, me, sites, ...others] = standIn.log.slice(before);
	if (token) providerRequest("The provider exchanges the code for an access token:", token);
	if (me) providerRequest("The provider requests the user:", me);
	if (sites) providerRequest("The app requests the sites of the token:", sites);
	response(signedIn);
	check(token?.endpoint === "token" && token.status === 200, `Expected an access token: ${token?.reason ?? "no request came"}.`);
	check(me?.endpoint === "me" && me.status === 200, `Expected the profile of the user: ${me?.reason ?? "no request came"}.`);
	check(sites?.endpoint === "resources" && sites.status === 200, `Expected the sites: ${sites?.reason ?? "no request came"}.`);
	check(others.length === 0, `Expected two requests from the provider and one from the app, got ${others.length + 3}.`);
	check(
		signedIn.status === 302 && signedIn.location?.href === `${origin}/`,
		`Expected a redirect to the start page, got ${signedIn.status}.`,
	);
	const sessionCookie = browser.cookies.get(withoutLucia ? "session" : "auth_session");
	check(sessionCookie, "Expected a session cookie.");
	check(!browser.cookies.has("atlassian_oauth_state"), "Expected the state cookie to be removed after its use.");

	step("The app knows its user");
	request("GET", new URL(origin));
	const home = await browser.get(origin);
	response(home);
	check(home.status === 200 && home.text.includes(ada.name), `Expected a page that names ${ada.name}, got ${home.status}.`);

	step("The database");
	const sessionTable = withoutLucia ? "session" : tables.session;
	const [users = [], keys = [], sessions = []] = await rows([tables.user, tables.key, sessionTable]);
	for (const [name, found] of [[tables.user, users], [tables.key, keys], [sessionTable, sessions]] as const) {
		line(bold(name));
		for (const row of found) table(Object.entries(row).map(columnForPeople(name)), 6);
		check(found.length === 1, `Expected one row in ${name}, found ${found.length}.`);
	}
	const [user, key, session] = [users[0], keys[0], sessions[0]];
	check(user?.["name"] === ada.name, `Expected the user to be named ${ada.name}.`);
	check(key?.["id"] === `atlassian:${ada.account_id}`, `Expected the key atlassian:${ada.account_id}.`);
	check(key["user_id"] === user["id"], "Expected the key to belong to the user.");
	check(session && session["user_id"] === user["id"], "Expected the session to belong to the user.");
	const isOfCookie = withoutLucia ? session["hash"] === createHash("sha256").update(sessionCookie).digest("hex") : session["id"] === sessionCookie;
	check(isOfCookie, "Expected the session to be that of the browser's cookie.");

	console.log(`\n${green("✓")} ${bold(`${ada.name} is signed in`)}: one user, one key, one session.`);
}

const columnForPeople =
	(tableName: string) =>
	([column, value]: [string, unknown]): Field => {
		if (tableName === tables.session && column === "id") return [column, String(value), true];
		return [column, /(^|_)expires$/.test(column) ? new Date(Number(value)).toISOString() : value];
	};

/** Where the demo listens: PORT, else 3000, else any free one. */
async function choosePort(): Promise<number> {
	const { PORT } = process.env;
	check(!PORT || (/^\d{1,5}$/.test(PORT) && Number(PORT) < 65536), `PORT must be a port number, got ${PORT}.`);
	const port = Number(PORT || 3000);
	const probe = createServer();
	try {
		await once(probe.listen(port, "127.0.0.1"), "listening");
		probe.close();
		await once(probe, "close");
		return port;
	} catch (error) {
		if (!(error instanceof Error && "code" in error && error.code === "EADDRINUSE")) throw error;
		check(!PORT, `Port ${port} is taken. Set PORT to a free one.`);
		return 0;
	}
}

/** Runs the demo. The app runs on Node or as a Worker, with Lucia or without it. */
export async function demo(isNode: boolean, isOnce: boolean, withoutLucia: boolean): Promise<void> {
	try {
		await run(isNode, isOnce, withoutLucia);
	} catch (error) {
		if (steps === 0) throw error;
		const isExpected = error instanceof DemoError;
		console.error(`\n${red("✗")} ${bold(`The sign-in failed at step ${steps}.`)}`, isExpected ? error.message : error);
		if (!isNode) console.error("The output of the Worker is in target/logs/Worker.log.");
		process.exitCode = 1;
	}
}

async function run(isNode: boolean, isOnce: boolean, withoutLucia: boolean): Promise<void> {
	const folder = mkdtempSync(join(tmpdir(), "lucia-atlassian-demo-"));
	try {
		const port = await choosePort();
		const env = readEnv();
		// wrangler does this by itself.
		if (isNode) await buildPlayground();
		const script = withoutLucia ? "worker-without-lucia.ts" : "worker.ts";
		const app = isNode
			? await startNode({ filename: join(folder, "app.db"), port, env, withoutLucia })
			: await startWorker({ folder, port, env, script });
		try {
			const { origin, standIn, filename } = app;
			console.log(bold("Sign in with Atlassian, step by step"));
			table(
				[
					["App", `${origin}, ${isNode ? "on Node" : "a Worker under wrangler dev"}${withoutLucia ? ", without Lucia" : ""}`],
					["Atlassian", standIn ? `a stand-in at ${standIn.origin}, with invented accounts` : "https://auth.atlassian.com"],
					["Database", `${isNode ? "SQLite" : "D1"}, ${filename} (removed at the end)`],
				],
				3,
			);
			// Atlassian sends users back only to the registered URL.
			check(standIn || port !== 0, "Port 3000 is taken. Set PORT to that of the callback URL at developer.atlassian.com.");
			if (standIn) await signIn(app, standIn, withoutLucia);
			else check(!isOnce, "--once signs in by itself, which only the stand-in allows. Remove the credentials.");
			if (isOnce) return;

			console.log(`\nNow you: open ${bold(origin)}`);
			if (standIn) line(dim("Sign in as Ada for the user above, or as Grace for a second user."));
			else line(`The app at developer.atlassian.com must have the callback URL ${origin}${CALLBACK_PATH}`);
			line(dim(`The playground is at ${origin}/playground. Ctrl-C ends it.`));
			await interruption();
			console.log("\nStopped. The demo removed its database.");
		} finally {
			await app.close();
		}
	} finally {
		rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
	}
}

function interruption(): Promise<unknown> {
	return new Promise((resolve) => {
		for (const signal of ["SIGINT", "SIGTERM"]) {
			// In place of those that end the process at once. Listeners stay on: npm passes a Ctrl-C on that the
			// terminal has already sent.
			process.removeAllListeners(signal);
			process.on(signal, resolve);
		}
	});
}
