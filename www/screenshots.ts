// Takes the pictures of each page, on a phone and on a desktop, in light and in dark, into target/screenshots. `node
// --import tsx www/screenshots.ts readme` takes only those of the README, into www/screenshots.

import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import Database from "better-sqlite3";
import type { Page } from "playwright-core";
// wrangler installs it.
import sharp from "sharp";

import { openChromium } from "./chromium.ts";
import { startWorker } from "./dev.ts";
import { tables } from "./lucia.ts";
import { startServer } from "./server.ts";

const isForReadme = process.argv[2] === "readme";
const target = fileURLToPath(new URL(isForReadme ? "./screenshots" : "../target/screenshots", import.meta.url));
mkdirSync(target, { recursive: true });

const folder = mkdtempSync(join(tmpdir(), "lucia-atlassian-screenshots-"));
const worker = await startWorker({ folder, port: 0, env: {}, atlassian: {} });
// Shows the page without credentials.
const bare = await startServer({ filename: ":memory:", port: 0, env: {} });
const browser = await openChromium();

const at = (path: string) => new URL(path, worker.origin).href;

async function consent(page: Page, button = "Accept"): Promise<void> {
	await page.goto(at("/login/atlassian"));
	await page.getByRole("button", { name: button }).click();
	await page.waitForURL((url) => url.origin === worker.origin);
}

const pages: Record<string, (page: Page) => Promise<unknown>> = {
	"signed-out": (page) => page.goto(at("/")),
	"signed-in": (page) => consent(page),
	refused: (page) => consent(page, "Cancel"),
	used: (page) => {
		worker.standIn?.fault("token", { status: 400, body: { error: "invalid_request", error_description: "authorization_code is invalid" } });
		return consent(page);
	},
	down: (page) => {
		worker.standIn?.fault("token", { status: 503 });
		return consent(page);
	},
	foreign: (page) => page.goto(at("/login/atlassian/callback?state=x")),
	broken: async (page) => {
		await consent(page);
		new Database(worker.filename).exec(`UPDATE ${tables.session} SET sites = 'no JSON'`).close();
		await page.reload();
	},
	missing: (page) => page.goto(at("/nothing")),
	"no-credentials": (page) => page.goto(`${bare.origin}/login/atlassian`),
	playground: async (page) => {
		await page.goto(at("/playground"));
		await page.getByText("Measured:").waitFor({ state: "attached" });
		await page.locator(".url button[data-name=state]").focus();
	},
};

const sizes = { phone: { width: 390, height: 844 }, desktop: { width: 1280, height: 800 } };
const inReadme = ["signed-out-phone-light", "signed-in-phone-dark", "playground-desktop-light"];

for (const [name, go] of Object.entries(pages)) {
	for (const [size, viewport] of Object.entries(sizes)) {
		for (const colorScheme of ["light", "dark"] as const) {
			const file = `${name}-${size}-${colorScheme}`;
			if (isForReadme && !inReadme.includes(file)) continue;
			const page = await browser.newPage({ viewport, colorScheme });
			await go(page);
			await page.waitForLoadState("networkidle");
			const image = await page.screenshot({ fullPage: !isForReadme || size === "phone" });
			await sharp(image).png({ palette: true, effort: 10 }).toFile(join(target, `${file}.png`));
			await page.close();
		}
	}
}

await browser.close();
bare.close();
await worker.close();
rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
