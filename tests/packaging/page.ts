// Pages that run the suite: each takes its input from the fragment of its URL, and writes its report,
// or what kept it from coming so far, into its title. `serve` serves them under a Content Security
// Policy that allows what the package needs and no more.

import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { extname, join, normalize } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

import type { Project } from "./project.ts";
import type { Report } from "./suite.ts";
import { type Browser, withBrowser } from "./webdriver.ts";

/** The report of a page that did not come as far as the suite. A module that fails is seen nowhere else. */
export const errorsScript = `
addEventListener("error", ({ message, target }) => {
	const problem = message ?? "could not load " + (target.src ?? target.href) + " or what it imports";
	document.title ||= JSON.stringify({ passed: [], problem });
}, true);
addEventListener("unhandledrejection", ({ reason }) => {
	document.title ||= JSON.stringify({ passed: [], problem: String(reason) });
});
`;

/** A page that loads `/errors.js` and then a script; `head` comes before both. */
export const html = (script: string, type: "module" | "text/javascript" = "module", head = "") => `
<!doctype html>
<meta charset="utf-8">
<title></title>
${head}<script src="/errors.js"></script>
<body>
<script type="${type}" src="${script}"></script>
</body>
`.trimStart();

/** The source of a module that runs the suite, as `app.js` exports it, in a page. */
export const pageScript = `
import { run } from "./app.js";

run(JSON.parse(decodeURIComponent(location.hash.slice(1)))).then((report) => {
	document.title = JSON.stringify(report);
});
`;

/** The source of a module whose \`run\` loads the package as an app does, and runs the suite. */
export const appScript = `
import {
	OAuthRequestError, createOAuth2AuthorizationUrl, createOAuth2AuthorizationUrlWithPKCE,
	decodeIdToken, providerUserAuth, validateOAuth2AuthorizationCode, atlassian as same, atlassianClient
} from "lucia-atlassian";
import { atlassian } from "lucia-atlassian/providers";

import { suite } from "./suite.js";

const index = {
	OAuthRequestError, createOAuth2AuthorizationUrl, createOAuth2AuthorizationUrlWithPKCE,
	decodeIdToken, providerUserAuth, validateOAuth2AuthorizationCode, atlassian: same, atlassianClient
};
export const run = (input) => suite(index, { atlassian }, input);
`;

/** Opens pages one after the other; gives the first report with a problem, or else the last. */
export async function reportOfPages(
	browser: Browser,
	input: Project["input"],
	...pages: string[]
): Promise<Report> {
	return withBrowser(browser, async ({ navigate, title }) => {
		let report: Report = { passed: [], problem: "no page was opened" };
		for (const page of pages) {
			await navigate(`${page}#${encodeURIComponent(JSON.stringify(await input()))}`);
			const patience = Date.now() + 30_000;
			let written = "";
			while ((written = await title()) === "") {
				if (Date.now() > patience) throw new Error(`${page} wrote no report in 30 seconds`);
				await sleep(50);
			}
			report = JSON.parse(written) as Report;
			if (report.problem !== null) return { ...report, problem: `${page}: ${report.problem}` };
		}
		return report;
	});
}

const types: Record<string, string> = {
	".html": "text/html",
	".js": "text/javascript",
	".wasm": "application/wasm"
};

/** Serves a folder, hands its origin to `use`, and closes the server whatever happens. */
export async function serve<T>(
	folder: string,
	{ connect, inline = "", allowsWasm = true }: { connect: string[]; inline?: string; allowsWasm?: boolean },
	use: (origin: string) => Promise<T>
): Promise<T> {
	const scripts = ["'self'"];
	if (allowsWasm) scripts.push("'wasm-unsafe-eval'");
	if (inline) scripts.push(`'sha256-${createHash("sha256").update(inline).digest("base64")}'`);
	const policy = `default-src 'none'; script-src ${scripts.join(" ")}; connect-src ${connect.join(" ")}`;
	const server = createServer(async ({ url = "/" }, response) => {
		const { pathname } = new URL(url, "http://127.0.0.1");
		const file = join(folder, normalize(pathname.endsWith("/") ? `${pathname}index.html` : pathname));
		const content = await readFile(file).catch(() => null);
		response.writeHead(content ? 200 : 404, {
			"Content-Security-Policy": policy,
			"Content-Type": types[extname(file)] ?? "application/octet-stream"
		});
		response.end(content);
	});
	await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
	try {
		return await use(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
	} finally {
		server.closeAllConnections();
		await new Promise((resolve) => server.close(resolve));
	}
}
