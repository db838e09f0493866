// A WebDriver client (https://www.w3.org/TR/webdriver2/) of the few commands that the tests have a
// use for. Each session is a browser of its own, with a profile of its own, behind a driver on a
// free port.

import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { installChromium, installFirefox, installWebKit } from "../install-browsers.js";
import { type Started, start } from "./process.ts";

/** A browser that is open. */
export interface Session {
	/** The version that the browser itself gives. */
	version: string;
	/** Opens a page, and resolves when it is loaded. */
	navigate: (url: string) => Promise<void>;
	/** The title of the page that is open. */
	title: () => Promise<string>;
	/** Clicks the first element that a CSS selector finds. */
	click: (selector: string) => Promise<void>;
	/** What a person can read in the first element that a CSS selector finds. */
	text: (selector: string) => Promise<string>;
	/** Runs the body of a function in the page. */
	execute: (script: string) => Promise<void>;
	/**
	 * Firefox's console, with the addresses that its entries are about: uncaught errors, warnings and reports of a
	 * Content Security Policy. What a page itself writes by `console.error` is kept elsewhere.
	 */
	firefoxConsole: () => Promise<string[]>;
}

const chromium = JSON.parse(
	readFileSync(new URL("../../webdriver.json", import.meta.url), "utf8")
) as object;

const browsers = {
	Chromium: {
		startDriver: async (env: NodeJS.ProcessEnv) =>
			start(await installChromium(), ["--port=0"], { env, ready: /successfully on port (\d+)/ }),
		capabilities: chromium
	},
	Firefox: {
		// Two of them at once would take the same port for WebDriver BiDi. Access to the system is for the console.
		startDriver: async (env: NodeJS.ProcessEnv) =>
			start(await installFirefox(), ["--port=0", "--websocket-port=0", "--allow-system-access"], {
				env,
				ready: /Listening on 127\.0\.0\.1:(\d+)/
			}),
		capabilities: { "moz:firefoxOptions": { args: ["-headless"] } }
	},
	WebKitGTK: {
		startDriver: async (env: NodeJS.ProcessEnv) => {
			const driver = await installWebKit();
			const port = await freePort();
			// The driver takes no port by itself, and prints nothing.
			const script = `echo "on port ${port}"; exec ${driver} --port=${port}`;
			const started = await start("xvfb-run", ["-a", "sh", "-c", script], { env, ready: /on port (\d+)/ });
			while (!(await fetch(`http://127.0.0.1:${port}/status`).then(({ ok }) => ok, () => false))) {
				await new Promise((resolve) => setTimeout(resolve, 50));
			}
			return started;
		},
		get capabilities() {
			return { "webkitgtk:browserOptions": { binary: miniBrowser(), args: ["--automation"] } };
		}
	}
};

async function freePort(): Promise<number> {
	const server = createServer().listen(0, "127.0.0.1");
	await once(server, "listening");
	const { port } = server.address() as AddressInfo;
	server.close();
	await once(server, "close");
	return port;
}

/** The browser that comes with WebKitGTK, in a folder that has the names of the machine and of the release. */
function miniBrowser(): string {
	const [found] = execFileSync("sh", ["-c", "ls /usr/lib/*/webkit*gtk-*/MiniBrowser"], { encoding: "utf8" }).split("\n");
	if (!found) throw new Error("WebKitGTK has no MiniBrowser below /usr/lib");
	return found;
}

/** The browsers that are steered. */
export type Browser = keyof typeof browsers;

const versions = new Map<Browser, string>();

/** The version of a browser; opens one unless one was open before. */
export async function versionOfBrowser(browser: Browser): Promise<string> {
	return versions.get(browser) ?? withBrowser(browser, async ({ version }) => version);
}

/** Opens a browser, hands it to `use`, and closes it whatever happens. */
export async function withBrowser<T>(
	browser: Browser,
	use: (session: Session) => Promise<T>
): Promise<T> {
	const { startDriver, capabilities } = browsers[browser];
	// Firefox refuses to run when the home folder is another user's.
	const home = mkdtempSync(join(tmpdir(), "lucia-atlassian-browser-"));
	const remove = () => rmSync(home, { recursive: true, force: true, maxRetries: 5 });
	let driver: Started | undefined;
	try {
		driver = await startDriver({ ...process.env, HOME: home, TMPDIR: home });
		process.once("exit", remove);
		const origin = `http://127.0.0.1:${driver.ready[1]}`;
		const { sessionId, capabilities: actual } = await command<{
			sessionId: string;
			capabilities: Record<string, unknown>;
		}>("POST", `${origin}/session`, { capabilities: { alwaysMatch: capabilities } });
		const session = `${origin}/session/${sessionId}`;
		const find = async (selector: string) => {
			const body = { using: "css selector", value: selector };
			const [id] = Object.values(await command<object>("POST", `${session}/element`, body));
			return `${session}/element/${id}`;
		};
		try {
			const version = String(actual["browserVersion"]);
			versions.set(browser, version);
			return await use({
				version,
				navigate: async (url) => void (await command("POST", `${session}/url`, { url })),
				title: () => command<string>("GET", `${session}/title`),
				click: async (selector) => void (await command("POST", `${await find(selector)}/click`, {})),
				text: async (selector) => command<string>("GET", `${await find(selector)}/text`),
				execute: async (script) => void (await command("POST", `${session}/execute/sync`, { script, args: [] })),
				firefoxConsole: async () => {
					const inContext = (context: string) => command("POST", `${session}/moz/context`, { context });
					await inContext("chrome");
					const script = `return Services.console.getMessageArray()
						.filter((entry) => entry instanceof Ci.nsIScriptError)
						.map(({ sourceName, errorMessage }) => sourceName + ": " + errorMessage);`;
					const entries = await command<string[]>("POST", `${session}/execute/sync`, { script, args: [] });
					await inContext("content");
					return entries;
				}
			});
		} finally {
			// A browser that does not close is ended with its driver.
			await command("DELETE", session).catch(() => {});
		}
	} finally {
		await driver?.stop();
		process.off("exit", remove);
		remove();
	}
}

async function command<T = null>(method: string, url: string, body?: object): Promise<T> {
	const response = await fetch(url, {
		method,
		signal: AbortSignal.timeout(60_000),
		...(body && {
			headers: { "content-type": "application/json" },
			body: JSON.stringify(body)
		})
	});
	const { value } = (await response.json()) as { value: T & { error: string; message: string } };
	if (!response.ok) throw new Error(`WebDriver: ${value.error}: ${value.message}`);
	return value;
}
