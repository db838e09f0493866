// Browsers without a bundler: an import map and ES modules, straight from node_modules, under a
// Content Security Policy.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";

import { appScript, errorsScript, html, pageScript, reportOfPages, serve } from "./page.ts";
import type { Project, Row } from "./project.ts";
import { type Browser, versionOfBrowser } from "./webdriver.ts";

const initScript = `
import init, * as index from "lucia-atlassian/init";

import { suite } from "./suite.js";

export const run = async (input) => {
	await init(new URL(import.meta.resolve("lucia-atlassian/lucia_atlassian.wasm")));
	return suite(index, index, input);
};
`;

/** An import map with the files that the package exports to a browser. */
function importMap(folder: string, subpaths: string[]): string {
	const path = ["node_modules", "lucia-atlassian"].join("/");
	const { exports } = JSON.parse(readFileSync(join(folder, path, "package.json"), "utf8")) as {
		exports: Record<string, string | { default: string }>;
	};
	const imports = subpaths.map((subpath) => {
		const target = exports[subpath];
		const file = typeof target === "object" ? target.default : target;
		if (!file) throw new Error(`the package does not export ${subpath}`);
		return [join("lucia-atlassian", subpath), join("/", path, file)];
	});
	return JSON.stringify({ imports: Object.fromEntries(imports) });
}

const run =
	(browser: Browser, app: string, subpaths: string[], connect: string[] = [], allowsWasm = true) =>
	async ({ folder, input, write }: Project) => {
		const imports = importMap(folder, subpaths);
		write("errors.js", errorsScript);
		write("app.js", app);
		write("page.js", pageScript);
		write("index.html", html("/page.js", "module", `<script type="importmap">${imports}</script>\n`));
		const { origin: atlassian } = await input();
		return serve(folder, { connect: [atlassian, ...connect], inline: imports, allowsWasm }, (origin) =>
			reportOfPages(browser, input, `${origin}/`)
		);
	};

const importMapRow = (browser: Browser): Row => ({
	runtime: `${browser}, import map`,
	version: () => versionOfBrowser(browser),
	renewsItself: true,
	loads: "text, compiled on import",
	run: run(browser, appScript, [".", "./providers"])
});

const refusedRow = (browser: Browser): Row => ({
	runtime: `${browser}, import map, a Content Security Policy without \`wasm-unsafe-eval\``,
	version: () => versionOfBrowser(browser),
	renewsItself: true,
	loads: "not at all: the error names the remedy",
	run: async (project: Project) => {
		const { problem } = await run(browser, appScript, [".", "./providers"], [], false)(project);
		assert.match(problem ?? "", /lucia-atlassian needs WebAssembly.*add 'wasm-unsafe-eval' to script-src/s);
		return null;
	}
});

/** With the engine of Safari. */
export const webKitRows: Row[] = [importMapRow("WebKitGTK"), refusedRow("WebKitGTK")];

export const rows: Row[] = [
	...(["Chromium", "Firefox"] as const).map(importMapRow),
	...(["Chromium", "Firefox"] as const).map(refusedRow),
	{
		runtime: "Chromium, explicit `init`",
		version: () => versionOfBrowser("Chromium"),
		renewsItself: true,
		loads: "`.wasm` file, streamed",
		run: run("Chromium", initScript, ["./init", "./lucia_atlassian.wasm"], ["'self'"])
	}
];
