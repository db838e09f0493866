// Opens Chromium without a window, with the arguments of webdriver.json.

import { accessSync, constants, readFileSync } from "node:fs";
import { delimiter, join } from "node:path";

import { type Browser, chromium } from "playwright-core";

const { args } = JSON.parse(readFileSync(new URL("../webdriver.json", import.meta.url), "utf8"))["goog:chromeOptions"];

export function openChromium(): Promise<Browser> {
	return chromium.launch({ executablePath: findChromium(), args: args.filter((arg: string) => arg !== "--headless") });
}

function findChromium(): string {
	const folders = (process.env["PATH"] ?? "").split(delimiter);
	for (const name of ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"]) {
		for (const folder of folders) {
			try {
				accessSync(join(folder, name), constants.X_OK);
				return join(folder, name);
			} catch {
				// This folder of the PATH does not have it.
			}
		}
	}
	throw new Error("There is no chromium on the PATH. Install Chromium or Chrome and run again.");
}
