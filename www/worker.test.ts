// The Worker in real browsers: `wrangler dev` with D1 and the stand-in for Atlassian, and people who click. After each
// flow the rows of D1 are read. No page may log an error, break its policy or fail axe-core.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, afterEach, before, beforeEach, suite, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";

import axe from "axe-core";
import Database from "better-sqlite3";
import type { Browser as Chromium, BrowserContext, BrowserContextOptions, Page } from "playwright-core";

import { type Atlassian, defaultAccounts } from "../tests/atlassian/server.ts";
import { start } from "../tests/packaging/process.ts";
import { withBrowser } from "../tests/packaging/webdriver.ts";
import { assertLeadsToAtlassian, Browser } from "./browser.ts";
import { openChromium } from "./chromium.ts";
import { runWrangler, startWorker, wranglerEnv } from "./dev.ts";
import { tables } from "./lucia.ts";
import { classicScopes } from "./scopes.ts";
import { startServer } from "./server.ts";

const read = (path: string) => readFileSync(new URL(path, import.meta.url), "utf8");
const www = fileURLToPath(new URL(".", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "lucia-atlassian-www-"));
process.once("exit", () => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }));

const [ada, grace] = [account(0), account(1)];

function account(index: number) {
	const { user } = defaultAccounts[index] ?? assert.fail(`the stand-in has no account ${index}`);
	return user;
}

let worker: Awaited<ReturnType<typeof startWorker>>;
let standIn: Atlassian;
let database: Database.Database;
let browser: Chromium;
let contexts: BrowserContext[] = [];
/** What the pages have complained of. */
let complaints: string[] = [];
/** Whether ten minutes go by between the consent and the token request. */
let isSlow = false;

before(async () => {
	const now = () => Date.now() + (isSlow && standIn.log.at(-1)?.endpoint === "token" ? 11 * 60_000 : 0);
	// One after the other, so that `after` knows what there is to close when the next does not start.
	worker = await startWorker({ folder, port: 0, env: {}, atlassian: { now } });
	browser = await openChromium();
	assert.ok(worker.standIn);
	standIn = worker.standIn;
	database = new Database(worker.filename, { readonly: true });
});

after(async () => {
	database?.close();
	await browser?.close();
	await worker?.close();
});

beforeEach(async () => {
	isSlow = false;
	standIn.clearFaults();
	standIn.invalidCode = "invalid_grant";
	standIn.log.length = 0;
	complaints = [];
	write([tables.session, tables.key, tables.user].map((name) => `DELETE FROM ${name};`).join(""));
});

afterEach(async () => {
	await Promise.all(contexts.map((context) => context.close()));
	contexts = [];
	assert.deepEqual(complaints, []);
});

const at = (path: string) => new URL(path, worker.origin).href;
const rows = (name: string) => database.prepare<[], Record<string, unknown>>(`SELECT * FROM ${name} ORDER BY rowid`).all();

/** Through a connection of its own, which is closed again: workerd writes to the same file. */
function write(sql: string): void {
	const writer = new Database(worker.filename);
	writer.exec(sql);
	writer.close();
}

/** The rows of D1: for each account the user, its one key, and so many sessions; and nothing else. */
function assertRows(expected: [account: typeof ada, sessions: number][]): void {
	const [users, keys, sessions] = [rows(tables.user), rows(tables.key), rows(tables.session)];
	const found = keys.map(({ id, user_id }) => {
		const user = users.find((user) => user["id"] === user_id);
		const { name, email } = user ?? {};
		return { key: id, name, email, sessions: sessions.filter((session) => session["user_id"] === user_id).length };
	});
	const wanted = expected.map(([{ account_id, name, email }, sessions]) => ({ key: `atlassian:${account_id}`, name, email, sessions }));
	const byKey = (a: { key: unknown }, b: { key: unknown }) => (String(a.key) < String(b.key) ? -1 : 1);
	assert.deepEqual(found.sort(byKey), wanted.sort(byKey));
	assert.equal(users.length, expected.length);
	assert.equal(sessions.length, expected.reduce((sum, [, count]) => sum + count, 0));
}

/** Chromium's note on a page with a status of 400 or more, which is a response that the test requests itself. */
const isNoteOnPage = (text: string, address: string, page: Page) =>
	/^Failed to load resource: the server responded with a status of/.test(text) && address === page.url();

async function visitor(options: BrowserContextOptions = {}): Promise<Page> {
	const context = await browser.newContext(options);
	contexts.push(context);
	context.setDefaultTimeout(10_000);
	context.on("page", watch);
	return context.newPage();
}

function watch(page: Page): void {
	page.on("console", (message) => {
		const isBad = message.type() === "error" || message.type() === "warning";
		if (isBad && !isNoteOnPage(message.text(), message.location().url, page)) {
			complaints.push(`${page.url()}: ${message.text()} (${message.location().url})`);
		}
	});
	page.on("pageerror", (error) => complaints.push(`${page.url()}: ${error.stack}`));
	page.on("requestfailed", (request) => {
		// Leaving a page ends what it is still loading.
		const reason = request.failure()?.errorText ?? "";
		if (reason !== "net::ERR_ABORTED") complaints.push(`${request.url()}: ${reason}`);
	});
}

const signInLink = (page: Page) => page.getByRole("link", { name: "Sign in with Atlassian" });
const tryAgain = (page: Page) => page.getByRole("link", { name: "Try again" });

/** As far as the consent page. */
async function askForConsent(page: Page): Promise<void> {
	await page.goto(at("/"));
	await signInLink(page).click();
	await page.getByRole("heading", { name: /asks for access/ }).waitFor();
}

async function accept(page: Page, account = ada): Promise<void> {
	await page.getByRole("radio", { name: account.name }).check();
	await page.getByRole("button", { name: "Accept" }).click();
}

async function assertSignedIn(page: Page, account = ada): Promise<void> {
	await page.getByRole("heading", { level: 1, name: account.name }).waitFor();
	assert.equal(page.url(), at("/"));
}

async function signIn(page: Page, account = ada): Promise<void> {
	await askForConsent(page);
	await accept(page, account);
	await assertSignedIn(page, account);
}

async function assertNotSignedIn(page: Page, heading: RegExp): Promise<void> {
	await page.getByRole("heading", { level: 1, name: heading }).waitFor();
	await tryAgain(page).waitFor();
	assert.equal((await page.context().cookies()).some(({ name }) => name === "auth_session"), false);
	await page.getByRole("link", { name: "Back to the start" }).click();
	await signInLink(page).waitFor();
}

suite("the Worker in Chromium", () => {
	test("a new user signs in by clicking, and sees what Atlassian said", async () => {
		const page = await visitor();
		await signIn(page);
		const text = await page.getByRole("main").innerText();
		for (const value of [ada.name, ada.email ?? "", ada.account_id, "read:me", "read:jira-user", "northwind-looms", "byrne-home"]) {
			assert.ok(text.includes(value), `the page lacks ${value}`);
		}
		assert.match(text, /Expires in (59|60) minutes, at \d\d:\d\d UTC/);
		assert.ok(text.includes(classicScopes["read:jira-user"] ?? "?"));
		const picture = page.locator(".picture img");
		assert.ok(await picture.evaluate((image: HTMLImageElement) => image.decode().then(() => image.naturalWidth > 0)));
		assertRows([[ada, 1]]);
		const [session] = rows(tables.session);
		assert.equal(session?.["scope"], "read:me read:jira-user");
		assert.equal(JSON.parse(String(session?.["sites"])).length, 2);
		assert.doesNotMatch(JSON.stringify([rows(tables.session), rows(tables.user), rows(tables.key)]), /eyJ/, "no token is stored");
	});

	test("a known user signs out, signs in again, and is the same user", async () => {
		const page = await visitor();
		await signIn(page);
		const [user] = rows(tables.user);
		await page.getByRole("button", { name: "Sign out" }).click();
		await signInLink(page).waitFor();
		assertRows([[ada, 0]]);
		await signIn(page);
		assertRows([[ada, 1]]);
		assert.equal(rows(tables.user)[0]?.["id"], user?.["id"]);
	});

	test("after signing out, the back button shows nobody's profile", async () => {
		const page = await visitor();
		await signIn(page);
		await page.getByRole("button", { name: "Sign out" }).click();
		await signInLink(page).waitFor();
		await page.goBack();
		await signInLink(page).waitFor();
		assert.doesNotMatch(await page.content(), new RegExp(ada.account_id));
	});

	test("after the back button, a second consent is not taken, and the session stays", async () => {
		const page = await visitor();
		await signIn(page);
		await page.goBack();
		await page.getByRole("heading", { name: /asks for access/ }).waitFor();
		await accept(page);
		// The state was used up with the first callback.
		await page.getByRole("heading", { level: 1, name: /The sign.in failed/ }).waitFor();
		await page.getByRole("link", { name: "Back to the start" }).click();
		await assertSignedIn(page);
		assertRows([[ada, 1]]);
	});

	test("a refusal signs nobody in", async () => {
		const page = await visitor();
		await askForConsent(page);
		await page.getByRole("button", { name: "Cancel" }).click();
		await assertNotSignedIn(page, /Access denied/);
		assertRows([]);
	});

	test("a code that is older than ten minutes is refused, and the next try succeeds", async () => {
		const page = await visitor();
		await askForConsent(page);
		isSlow = true;
		await accept(page);
		await page.getByRole("heading", { level: 1, name: /You already used this sign/ }).waitFor();
		assert.match(standIn.log.at(-1)?.reason ?? "", /older than ten minutes/);
		assertRows([]);
		isSlow = false;
		await tryAgain(page).click();
		await accept(page);
		await assertSignedIn(page);
		assertRows([[ada, 1]]);
	});

	test("a callback that is reloaded while it is on its way says that its code was used, and the next try succeeds", async () => {
		const page = await visitor();
		// In the words in which Atlassian refuses a code that was used.
		standIn.invalidCode = "invalid_request";
		// The code is taken, and the browser is kept waiting for the rest.
		standIn.fault("me", { delay: 60_000 });
		await askForConsent(page);
		await page.getByRole("button", { name: "Accept" }).click({ noWaitAfter: true });
		while (!standIn.log.some(({ endpoint }) => endpoint === "me")) await sleep(20);
		const callback = standIn.log.find(({ location }) => location?.includes("/callback?"))?.location;
		assert.ok(callback);
		const reloaded = await page.goto(callback);
		assert.equal(reloaded?.status(), 400);
		await assertNotSignedIn(page, /You already used this sign/);
		assert.match(standIn.log.at(-1)?.reason ?? "", /used before/);
		assertRows([]);
		await signIn(page);
		await assertSignedIn(page);
		assertRows([[ada, 1]]);
	});

	test("Atlassian being down is said in words", async () => {
		const page = await visitor();
		standIn.fault("token", { status: 503 });
		await askForConsent(page);
		await accept(page);
		await assertNotSignedIn(page, /Atlassian has a problem/);
		assertRows([]);
	});

	test("without a response about the sites the sign-in succeeds all the same", async () => {
		const page = await visitor();
		standIn.fault("resources", { status: 500 });
		await signIn(page);
		await page.getByText("Atlassian did not list your sites").waitFor();
		assertRows([[ada, 1]]);
	});

	test("a callback with somebody else's state signs nobody in", async () => {
		const attacker = new Browser();
		const { location } = await attacker.get(at("/login/atlassian"));
		assert.ok(location);
		const callback = await standIn.consent(location, { account: grace.account_id });
		const page = await visitor();
		// The victim has a sign-in of their own under way.
		await askForConsent(page);
		await page.goto(callback.href);
		await assertNotSignedIn(page, /The sign.in failed/);
		assert.equal(standIn.log.some(({ endpoint }) => endpoint === "token"), false);
		assertRows([]);
	});

	test("a callback that is opened twice makes one user and one session", async () => {
		const page = await visitor();
		await askForConsent(page);
		const callback = page.waitForRequest(/\/callback\?/);
		await accept(page);
		await assertSignedIn(page);
		const again = await page.goto((await callback).url());
		assert.equal(again?.status(), 400);
		await page.getByRole("link", { name: "Back to the start" }).click();
		await assertSignedIn(page);
		assertRows([[ada, 1]]);
	});

	test("a callback that is sent twice at the same moment makes one user and one session", async () => {
		const one = new Browser();
		const { location } = await one.get(at("/login/atlassian"));
		assert.ok(location);
		const callback = await standIn.consent(location);
		const other = new Browser();
		for (const cookie of one.cookies) other.cookies.set(...cookie);
		const visits = await Promise.all([one.get(callback), other.get(callback)]);
		assert.deepEqual(visits.map(({ status }) => status).sort(), [302, 400]);
		assertRows([[ada, 1]]);
	});

	test("two tabs sign in at once, and both are signed in", async () => {
		const first = await visitor();
		const second = await first.context().newPage();
		await askForConsent(first);
		await askForConsent(second);
		await accept(first);
		await assertSignedIn(first);
		await accept(second);
		await assertSignedIn(second);
		await first.reload();
		await assertSignedIn(first);
		assertRows([[ada, 1]]);
	});

	test("two people sign in at once and get their own accounts", async () => {
		const people = [ada, grace] as const;
		const pages = await Promise.all(people.map(() => visitor()));
		await Promise.all(pages.map((page, index) => signIn(page, people[index])));
		for (const [index, page] of pages.entries()) {
			await page.reload();
			await assertSignedIn(page, people[index]);
			const text = await page.getByRole("main").innerText();
			for (const person of people) assert.equal(text.includes(person.account_id), person === people[index]);
		}
		assertRows([[ada, 1], [grace, 1]]);
	});

	test("eight first sign-ins of one account at once make one user", async () => {
		const callbacks = await Promise.all(
			Array.from({ length: 8 }, async () => {
				const person = new Browser();
				const { location } = await person.get(at("/login/atlassian"));
				assert.ok(location);
				return { person, callback: await standIn.consent(location) };
			}),
		);
		const visits = await Promise.all(callbacks.map(({ person, callback }) => person.get(callback)));
		assert.deepEqual(visits.map(({ status }) => status), Array(8).fill(302));
		assertRows([[ada, 8]]);
	});

	test("a whole sign-in works without JavaScript", async () => {
		const page = await visitor({ javaScriptEnabled: false });
		await signIn(page, grace);
		await page.getByRole("button", { name: "Sign out" }).click();
		await signInLink(page).waitFor();
		assertRows([[grace, 0]]);
		await page.goto(at("/playground"));
		await page.getByText("Turn JavaScript on").waitFor();
		await page.getByText("43 random characters").waitFor();
	});

	test("a whole sign-in works by keyboard", async () => {
		const page = await visitor();
		const press = async (key: string, role: string, name: string) => {
			await page.keyboard.press("Tab");
			const focused = page.locator(":focus");
			await page.getByRole(role as "link", { name }).and(focused).waitFor();
			const outline = await focused.evaluate((element) => getComputedStyle(element).outlineStyle);
			assert.notEqual(outline, "none", `the focus on ${name} is seen`);
			await page.keyboard.press(key);
		};
		await page.goto(at("/"));
		await press("Enter", "link", "Sign in with Atlassian");
		await page.getByRole("button", { name: "Accept" }).press("Enter");
		await assertSignedIn(page);
		await page.keyboard.press("Tab");
		await page.keyboard.press("Tab");
		await press("Enter", "button", "Sign out");
		await signInLink(page).waitFor();
		assertRows([[ada, 0]]);
	});
});

suite("the playground in Chromium", () => {
	const url = (page: Page) =>
		page.locator(".url button").evaluateAll((parts) => parts.map((part) => part.textContent).join(""));

	test("shows the URL of the form, explained, copied and opened", async () => {
		const page = await visitor();
		await page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
		await page.goto(at("/playground"));
		await page.getByLabel("Client ID").fill("my app & co");
		await page.getByRole("checkbox", { name: /offline_access/ }).check();
		await page.getByRole("checkbox", { name: /write:jira-work/ }).check();
		await page.locator(".url", { hasText: "write%3Ajira-work" }).waitFor();
		const shown = new URL(await url(page));
		const state = shown.searchParams.get("state") ?? "";
		assert.match(state, /^[a-z0-9]{43}$/);
		assert.deepEqual([shown.origin + shown.pathname, ...shown.searchParams], [
			"https://auth.atlassian.com/authorize",
			["response_type", "code"],
			["client_id", "my app & co"],
			["scope", "read:me offline_access write:jira-work"],
			["state", state],
			["redirect_uri", at("/login/atlassian/callback")],
			["audience", "api.atlassian.com"],
			["prompt", "consent"],
		]);
		await page.getByRole("button", { name: "Copy the URL" }).click();
		await page.getByRole("button", { name: "Copied" }).waitFor();
		assert.equal(await page.evaluate(() => navigator.clipboard.readText()), shown.href);
	});

	test("explains each part to the mouse, to the keyboard and to a screen reader", async () => {
		const page = await visitor();
		await page.goto(at("/playground"));
		const parts = page.locator(".url button");
		await parts.first().waitFor();
		const names = await parts.evaluateAll((buttons: HTMLElement[]) => buttons.map((button) => button.dataset["name"]));
		assert.deepEqual(names, ["address", "response_type", "client_id", "scope", "state", "redirect_uri", "audience", "prompt"]);
		const visible = () => page.locator(".explanations p:visible").evaluateAll((all) => all.map(({ id }) => id));
		for (const [index, name] of names.entries()) {
			await parts.nth(index).hover();
			assert.deepEqual(await visible(), [`about-${name}`]);
			const described = await parts.nth(index).getAttribute("aria-describedby");
			assert.equal(described, `about-${name}`);
		}
		await parts.first().focus();
		for (const name of names) {
			assert.deepEqual(await visible(), [`about-${name}`]);
			await page.keyboard.press("Tab");
		}
	});

	test("opens the URL at the stand-in, and the app refuses what comes back", async () => {
		const page = await visitor();
		await page.goto(at("/playground"));
		const opened = page.context().waitForEvent("page");
		await page.getByRole("link", { name: "Open it" }).click();
		const tab = await opened;
		await accept(tab);
		await assertNotSignedIn(tab, /The sign.in failed/);
		assertRows([]);
	});

	for (const [label, message] of [["Client ID", "Type a client ID to see the URL."], ["Redirect URI", "Type a redirect URI to see the URL."]] as const) {
		test(`an empty ${label} is asked for, and nothing stale is left of the URL`, async () => {
			const page = await visitor();
			await page.goto(at("/playground"));
			await page.locator(".url button").nth(4).hover();
			await page.getByText("43 random characters").waitFor();
			await page.mouse.move(0, 0);
			const field = page.getByLabel(label);
			const value = await field.inputValue();
			await field.fill("");
			await page.getByText(message).waitFor();
			const panel = page.getByRole("region", { name: "The URL, part by part" });
			assert.equal((await panel.innerText()).trim(), `The URL, part by part\n\n${message}`);
			await field.fill(value);
			await page.getByText("Point at a part").waitFor();
			assert.equal(await page.getByText("43 random characters").isVisible(), false);
			await page.getByRole("link", { name: "Open it" }).waitFor();
		});
	}

	test("under forced colours, the part and the button under the mouse still show", async () => {
		const page = await visitor({ forcedColors: "active", reducedMotion: "reduce" });
		await page.goto(at("/playground"));
		for (const [selector, property] of [[".url button", "borderLeftColor"], [".button", "borderTopColor"]] as const) {
			const element = page.locator(selector).first();
			const colour = () => element.evaluate((element, property) => getComputedStyle(element)[property], property);
			await element.waitFor();
			await page.mouse.move(0, 0);
			const before = await colour();
			await element.hover();
			assert.notEqual(await colour(), before, selector);
		}
	});

	test("the code for each runtime has the values of the form and no secret", async () => {
		const page = await visitor();
		await page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
		await page.goto(at("/playground"));
		await page.getByLabel("Client ID").fill(`quote " and \\`);
		await page.getByRole("checkbox", { name: /read:jira-work/ }).check();
		for (const [runtime, sign] of [["Workers", "env.ATLASSIAN_CLIENT_SECRET"], ["Node", "createServer"], ["Next.js", "next/headers"]] as const) {
			await page.getByRole("radio", { name: runtime }).check();
			await page.getByRole("button", { name: /^Cop/ }).last().click();
			const code = await page.evaluate(() => navigator.clipboard.readText());
			for (const value of [sign, `clientId: "quote \\" and \\\\"`, `redirectUri: "${at("/login/atlassian/callback")}"`, `scope: ["read:jira-work"]`]) {
				assert.ok(code.includes(value), `the code for ${runtime} lacks ${value}:\n${code}`);
			}
			assert.match(code, /ATLASSIAN_CLIENT_SECRET/);
		}
	});

	test("measures both packages without blocking the page", async () => {
		const page = await visitor();
		await page.addInitScript(() => {
			const tasks: number[] = [];
			const draws = { blocks: 0, few: 0 };
			const draw = crypto.getRandomValues.bind(crypto);
			crypto.getRandomValues = (array) => {
				draws[array?.byteLength === 2048 ? "blocks" : "few"]++;
				return draw(array);
			};
			Object.assign(globalThis, { tasks, draws });
			new PerformanceObserver((list) => tasks.push(...list.getEntries().map(({ duration }) => duration))).observe({ type: "longtask", buffered: true });
		});
		await page.goto(at("/playground"));
		const number = async (id: string) => Number((await page.locator(`#${id}`).innerText()).replace(/[^\d.]/g, ""));
		await page.getByText("Measured:").waitFor({ state: "attached" });
		const loaded = await page.evaluate(() => performance.getEntriesByType("resource").map(({ name }) => name));
		const kilobytes = (bytes: number) => Number((bytes / 1000).toFixed(1));
		const addressOf = (name: RegExp) => loaded.find((address) => name.test(address)) ?? assert.fail(`no ${name} among ${loaded}`);
		for (const [id, name] of [["wasm-size", /\.wasm$/], ["script-size", /\/init-[^/]*\.js$/], ["published-size", /\/published-[^/]*\.js$/]] as const) {
			const bytes = await (await fetch(addressOf(name))).arrayBuffer();
			assert.equal(await number(id), kilobytes(gzipSync(bytes, { level: 9 }).length), id);
		}
		const sent = await page.evaluate((name) => performance.getEntriesByName(name).map((entry) => (entry as PerformanceResourceTiming).encodedBodySize)[0], addressOf(/\.wasm$/));
		assert.equal(await number("wasm-sent"), kilobytes(sent ?? 0));
		for (const id of ["rate", "published-rate", "instantiate"]) assert.ok((await number(id)) > 0, id);

		// This package draws random bytes in blocks of 2048, the published one a few at a time.
		const draws = () => page.evaluate(() => (globalThis as unknown as { draws: { blocks: number; few: number } }).draws);
		const before = await draws();
		await page.locator("#announcement").evaluate((element) => (element.textContent = ""));
		await page.getByRole("button", { name: "Measure again" }).click();
		await page.getByText("Measured:").waitFor({ state: "attached" });
		const { blocks, few } = await draws();
		assert.ok(blocks > before.blocks && before.blocks > 0, `${before.blocks} blocks, then ${blocks}`);
		assert.ok(few > before.few && before.few > 0, `${before.few} draws of a few bytes, then ${few}`);

		const longest = await page.evaluate(() => Math.max(0, ...(globalThis as unknown as { tasks: number[] }).tasks));
		assert.ok(longest < 500, `a task took ${longest} ms`);
	});
});

suite("every page", () => {
	let bare: Awaited<ReturnType<typeof startServer>> | undefined;
	after(() => bare?.close());

	/** How to get to each page, and its title. */
	const pages: [title: string, go: (page: Page) => Promise<unknown>][] = [
		["Sign in", (page) => page.goto(at("/"))],
		["Signed in", (page) => signIn(page)],
		["Sign-in refused", async (page) => {
			await askForConsent(page);
			await page.getByRole("button", { name: "Cancel" }).click();
		}],
		["Sign-in used or expired", async (page) => {
			await askForConsent(page);
			standIn.fault("token", { status: 403, body: { error: "invalid_grant" } });
			await accept(page);
		}],
		["Atlassian has a problem", async (page) => {
			await askForConsent(page);
			standIn.fault("me", { status: 503 });
			await accept(page);
		}],
		["Sign-in failed", (page) => page.goto(at("/login/atlassian/callback?state=foreign&code=x"))],
		["Something went wrong", async (page) => {
			await signIn(page);
			write(`UPDATE ${tables.session} SET sites = 'no JSON'`);
			await page.reload();
		}],
		["Page not found", (page) => page.goto(at("/nothing"))],
		["No credentials", async (page) => {
			bare = await startServer({ filename: ":memory:", port: 0, env: {} });
			await page.goto(`${bare.origin}/login/atlassian`);
		}],
		["Playground", async (page) => {
			await page.goto(at("/playground"));
			await page.getByText("Measured:").waitFor({ state: "attached" });
			for (const summary of await page.locator("details:not([open]) summary").all()) await summary.click();
			await page.locator(".url button").nth(3).hover();
		}],
	];

	const sizes = { phone: { width: 360, height: 740 }, desktop: { width: 1280, height: 800 } };

	for (const [title, go] of pages) {
		test(`${title}: no violation for axe-core, no sideways scrolling, in light and dark, on phone and desktop`, async () => {
			const page = await visitor({ bypassCSP: false });
			await go(page);
			await page.waitForURL((url) => [worker.origin, bare?.origin].includes(url.origin));
			assert.equal(await page.title(), `${title} · lucia-atlassian`);
			const grounds = new Set<string>();
			for (const [size, viewport] of Object.entries(sizes)) {
				await page.setViewportSize(viewport);
				for (const colorScheme of ["light", "dark"] as const) {
					await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
					// Evaluated by the debugger, so no policy has to be loosened for it.
					await page.evaluate(axe.source);
					const { violations, passes } = await page.evaluate(() => (globalThis as unknown as { axe: typeof axe }).axe.run());
					const found = violations.map(({ id, help, nodes }) => `${id}: ${help}: ${nodes.map(({ html }) => html).join(" ")}`);
					assert.deepEqual(found, [], `${title}, ${size}, ${colorScheme}`);
					assert.ok(passes.some(({ id }) => id === "color-contrast"));
					grounds.add(await page.evaluate(() => getComputedStyle(document.body).backgroundColor));
					const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
					assert.ok(overflow <= 0, `${title}, ${size}: ${overflow} pixels too wide`);
				}
			}
			assert.equal(grounds.size, 2, "one ground in light, another in dark");
		});
	}

	test("scripts and wasm are allowed on the playground alone, and nothing inline anywhere", async () => {
		for (const path of ["/", "/login/atlassian/callback", "/nothing", "/playground"]) {
			const policy = (await fetch(at(path))).headers.get("Content-Security-Policy") ?? "";
			assert.match(policy, /^default-src 'none'; style-src 'self';/);
			assert.doesNotMatch(policy, /unsafe-inline|'unsafe-eval'/);
			const scripts = /script-src ([^;]*)/.exec(policy)?.[1];
			assert.equal(scripts, path === "/playground" ? "'self' 'wasm-unsafe-eval'" : undefined);
		}
	});
});

suite("the Worker in Firefox", () => {
	// Calls of console.error are seen in Chromium alone; uncaught errors and reports of the policy, here as well.
	test("a sign-in, a sign-out, and the playground, without an error or a report in the console", async () => {
		await withBrowser("Firefox", async ({ navigate, click, text, title, execute, firefoxConsole }) => {
			const ofTheApp = async () => (await firefoxConsole()).filter((entry) => entry.includes(worker.origin));
			await navigate(at("/"));
			await click(`a[href="/login/atlassian"]`);
			await click(`input[value="${grace.account_id}"]`);
			await click(`button[value="accept"]`);
			await until(async () => (await title()) === "Signed in · lucia-atlassian");
			assert.match(await text("main"), /Grace Okafor[^]*northwind-looms/);
			assertRows([[grace, 1]]);
			await click("form button");
			await until(async () => (await title()) === "Sign in · lucia-atlassian");
			assertRows([[grace, 0]]);

			await navigate(at("/playground"));
			await until(async () => /^[\d,]+$/.test(await text("#published-rate")));
			await click(".url li:nth-child(5) button");
			assert.match(await text(".explanations"), /^state 43 random characters/);

			// One report that is asked for: a console that shows nothing would be no proof, and entries come in order.
			await execute("document.body.setAttribute('style', 'color: red')");
			await until(async () => (await ofTheApp()).some((entry) => /blocked an inline style/.test(entry)));
			const entries = await ofTheApp();
			assert.equal(entries.length, 1, entries.join("\n"));
		});
	});
});

suite("the demo", () => {
	/** Runs the demo in a copy of www/ in which one file has another text. */
	function demoWith(name: string, text: string, ...options: string[]) {
		const copy = mkdtempSync(join(folder, "demo-"));
		cpSync(www, join(copy, "www"), { recursive: true });
		for (const name of ["node_modules", "pkg", "tests"]) symlinkSync(join(www, "..", name), join(copy, name));
		writeFileSync(join(copy, "www", name), text);
		const { status, stdout, stderr } = spawnSync(process.execPath, ["--import", "tsx", "www/demo.ts", "--once", ...options], { cwd: copy, encoding: "utf8", env: { ...process.env, PORT: "" } });
		assert.equal(status, 1);
		assert.doesNotMatch(stdout + stderr, /^\s+at |node:internal/m);
		return { stdout, stderr };
	}

	test("a start of the Worker that fails shows the step and the last lines of a log that exists", () => {
		for (const [name, text, step, reason] of [
			["wrangler.json", "{", "D1 database", /wrangler\.json/],
			["app.ts", "export const = 1;\n", "Worker", /app\.ts:1/],
		] as const) {
			const { stdout } = demoWith(name, text);
			assert.match(stdout, new RegExp(`^${step}: .+ \\(usually 3 s\\)$`, "m"));
			const [, log = "", lines = ""] = /^The last lines of (\S+):\n((?: {4}.*\n)+)/m.exec(stdout) ?? assert.fail(stdout);
			assert.match(lines, reason);
			assert.ok(lines.split("\n").length <= 21);
			assert.match(read(`../${log}`), reason);
			for (const [, path = ""] of stdout.matchAll(/"(\/[^"]*\.log)"/g)) assert.ok(existsSync(path), `${path} does not exist`);
		}
	});

	test("an error in the app on Node is one message with the file and the line", () => {
		assert.match(demoWith("app.ts", "export const = 1;\n", "--node").stderr, /^\n✗ The demo did not start\. [^]*app\.ts:1/);
	});
});

suite("deploying", () => {
	test("with credentials the Worker sends people to Atlassian", async () => {
		const env = { ATLASSIAN_CLIENT_ID: "an-id", ATLASSIAN_CLIENT_SECRET: "a-secret" };
		const real = await startWorker({ folder: join(folder, "real"), port: 0, env });
		try {
			assertLeadsToAtlassian(await new Browser().get(`${real.origin}/login/atlassian`), real.origin, "an-id");
		} finally {
			await real.close();
		}
	});

	test("a copy of www/ runs by itself, as a Worker and on Node", async () => {
		const copy = join(folder, "copy");
		const [, dropped = ""] = /copy the folder without (.*?), which/.exec(read("recipes.md")) ?? assert.fail("recipes.md does not say what to leave out");
		const names = [...dropped.matchAll(/`(.*?)`/g)].map(([, name = ""]) => name);
		const isDropped = (name: string) => names.some((pattern) => (pattern.startsWith("*") ? name.endsWith(pattern.slice(1)) : name === pattern)) || /^(\.dev\.vars|\.wrangler|app\.db.*)$/.test(name);
		for (const name of readdirSync(www).filter((name) => !isDropped(name))) cpSync(join(www, name), join(copy, name), { recursive: true });
		rmSync(join(copy, "public/assets"), { recursive: true, force: true });
		symlinkSync(join(www, "../node_modules"), join(copy, "node_modules"));
		const bin = (path: string) => join(copy, "node_modules", path);
		const env = wranglerEnv(join(folder, "copied"));
		const run = (...args: string[]) => {
			const { status, stdout, stderr } = spawnSync(process.execPath, args, { cwd: copy, env, encoding: "utf8" });
			assert.equal(status, 0, `${args.join(" ")}\n${stdout}${stderr}`);
		};
		run(bin("typescript/bin/tsc"));
		run(bin("wrangler/bin/wrangler.js"), "deploy", "--dry-run");

		const worker = [bin("wrangler/bin/wrangler.js"), "dev", "--port", "0", "--inspector-port", "0"];
		for (const args of [worker, ["--import", "tsx", "server.ts"]]) {
			const { ready, stop } = await start(process.execPath, args, { cwd: copy, env: { ...env, PORT: "0" }, ready: /Ready on (http:\S+)/ });
			try {
				const { status, title } = await new Browser().get(`${ready[1]}/login/atlassian`);
				assert.deepEqual([status, title], [503, "No credentials · lucia-atlassian"]);
			} finally {
				await stop();
			}
		}
	});

	test("the app's own package.json asks for the versions that are tested", () => {
		const { dependencies, devDependencies, overrides } = JSON.parse(read("package.json"));
		const root = JSON.parse(read("../package.json"));
		const { name, version } = JSON.parse(read("../pkg/package.json"));
		const tested = { ...root.devDependencies, [name]: version };
		const asked = { ...dependencies, ...devDependencies };
		assert.deepEqual(asked, Object.fromEntries(Object.keys(asked).map((name) => [name, tested[name]])));
		assert.deepEqual(overrides, root.overrides);
	});

	test("addresses in the configuration agree, and a visitor may come by either name of the machine", async () => {
		const { dev } = JSON.parse(read("wrangler.json"));
		const origin = `http://${dev.ip}:${dev.port}`;
		assert.ok(read("recipes.md").includes(origin));
		assert.ok(read(".dev.vars.example").includes(`${origin}/login/atlassian/callback`));
		const browser = new Browser();
		const { location } = await browser.get(`http://localhost:${new URL(worker.origin).port}/login/atlassian`);
		const { location: home } = await browser.get(await standIn.consent(location ?? assert.fail("no redirect")));
		assert.match((await browser.get(home ?? assert.fail("no redirect"))).title, /^Signed in/);
	});

	test("the assets have the headers that the server on Node gives them", async () => {
		const { headers } = await fetch(at("/assets/playground.js"));
		const found = ["Content-Security-Policy", "X-Content-Type-Options", "Cache-Control"].map((name) => headers.get(name));
		assert.deepEqual(found, ["default-src 'none'; frame-ancestors 'none'", "nosniff", "no-cache"]);
	});

	test("the Worker fits the free plan, with the size that recipes.md gives", async (t) => {
		const description = { name: "deploy", why: "wrangler weighs the Worker", seconds: 3 };
		const output = await runWrangler(description, ["deploy", "--dry-run", "--outdir", join(folder, "deploy")], folder);
		const [line = "", , gzip] = /Total Upload: ([\d.]+) KiB \/ gzip: ([\d.]+) KiB/.exec(output) ?? assert.fail(output);
		t.diagnostic(line);
		const kibibytes = Number(gzip);
		assert.ok(kibibytes > 0 && kibibytes < 3 * 1024, `the free plan takes 3 MiB, and this is ${gzip} KiB`);
		const [, stated] = /about (\d+) KB of the 3 MB/.exec(read("recipes.md")) ?? assert.fail("recipes.md gives no size");
		assert.ok(Math.abs(kibibytes * 1.024 - Number(stated)) < 5, `recipes.md says ${stated} KB, wrangler ${gzip} KiB`);
	});
});

async function until(condition: () => Promise<boolean>): Promise<void> {
	const end = Date.now() + 20_000;
	while (!(await condition())) {
		if (Date.now() > end) assert.fail(`did not come about within 20 seconds: ${condition}`);
		await new Promise((resolve) => setTimeout(resolve, 50));
	}
}
