// Runs tests/boundary.rs in headless Chromium. The page cannot walk through a consent page on another
// origin, so the stand-in is started and a code fetched from it here; where it listens and the code
// reach the test when it is compiled.

import { spawn } from "node:child_process";

import type { Page } from "playwright-core";

import { openChromium } from "../www/chromium.ts";
import { startAtlassian } from "./atlassian/server.ts";

const REDIRECT_URI = "https://app.example/callback";
const client = {
	id: "browser-client",
	secret: "browser-secret",
	name: "Browser test",
	redirectUris: [REDIRECT_URI]
};

const atlassian = await startAtlassian({ clients: [client] });
const parameters = new URLSearchParams({
	response_type: "code",
	client_id: client.id,
	scope: "read:me offline_access",
	state: "state",
	redirect_uri: REDIRECT_URI,
	audience: "api.atlassian.com",
	prompt: "consent"
});
const callback = await atlassian.consent(
	new URL(`https://auth.atlassian.com/authorize?${parameters}`)
);
const code = callback.searchParams.get("code");
if (!code) throw new Error("the stand-in gave no code");

// The server of wasm-bindgen-test alone, and not its driver of a browser: it forgets some of the requests that come at
// once on new connections, and of a page that loads a dozen modules nothing runs then. The page is opened again.
async function open(page: Page, url: string): Promise<void> {
	for (let left = 9; ; left--) {
		try {
			await page.goto(url, { timeout: 10_000 });
			return;
		} catch (error) {
			if (left === 0) throw error;
		}
	}
}

const server = spawn("wasm-pack", ["test", "--chrome", "--mode", "no-install", "--", "--test", "boundary"], {
	// A group of its own, which is ended as a whole.
	detached: true,
	stdio: ["ignore", "pipe", "inherit"],
	env: { ...process.env, STAND_IN_ORIGIN: atlassian.origin, STAND_IN_CODE: code, WASM_BINDGEN_TEST_ADDRESS: "127.0.0.1:0" }
});
const ended = new Promise<never>((_, reject) => {
	server.on("error", reject);
	server.on("close", (status) => reject(new Error(`wasm-pack ended with ${status}`)));
});
ended.catch(() => {});
const address = new Promise<string>((resolve) => {
	let output = "";
	server.stdout.setEncoding("utf8").on("data", (text) => {
		output += text;
		const [url] = /http:\/\/127\.0\.0\.1:\d+/.exec(output) ?? [];
		if (url) resolve(url);
	});
});

const browser = await openChromium();
let text = "";
try {
	const url = await Promise.race([address, ended]);
	const page = await browser.newPage();
	await open(page, url);
	await page.waitForFunction(() => document.body.innerText.includes("test result: "), null, { timeout: 120_000 });
	text = await page.evaluate(() => document.body.innerText);
} finally {
	await browser.close();
	if (server.pid) process.kill(-server.pid);
	await atlassian.close();
}
console.log(text);
if (!/^test result: ok\./m.test(text)) process.exitCode = 1;
