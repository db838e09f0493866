// Installs the browsers that tests run in, and the drivers that steer them, where there are none:
// Debian's packages by apt-get, and geckodriver, which Debian does not have, by cargo. Each function
// does nothing when all is there, and rejects when it cannot install what is missing.

import { spawnSync } from "node:child_process";
import { join } from "node:path";

import { StepError, step } from "../pkg/build/commands.js";
import { installCrate } from "../pkg/build/tools.js";

const GECKODRIVER = "0.37.1";

// Not `--version`, which WebKit's driver does not know.
const found = (program) => spawnSync(program, ["--help"], { stdio: "ignore" }).status === 0;

/** Installs packages, unless one of the programs is there; `missing` says what to do when that fails. */
async function aptGet({ name, why, packages, programs, missing }) {
	if (programs.some(found)) return;
	const apt = process.getuid?.() === 0 ? ["apt-get"] : ["sudo", "-n", "apt-get"];
	await step({ name, why, seconds: 30 }, async (run) => {
		for (const args of [["update"], ["install", "-y", "--no-install-recommends", ...packages]]) {
			const [program, ...rest] = [...apt, ...args];
			await run(program, rest, { mayFail: true });
		}
		if (!programs.some(found)) throw new StepError(`apt-get could not install it. ${missing}`);
	});
}

/** Chromium and chromedriver; gives the chromedriver. */
export async function installChromium() {
	await aptGet({
		name: "Chromium",
		why: "a browser for the tests, and chromedriver, which steers it",
		packages: ["chromium", "chromium-driver"],
		programs: ["chromedriver"],
		missing: "Install Chromium or Chrome, and the chromedriver of the same version, and run again."
	});
	return "chromedriver";
}

/** WebKitGTK, which has the engine of Safari, and Xvfb, since it has no headless mode; gives its driver. */
export async function installWebKit() {
	await aptGet({
		name: "WebKitGTK",
		why: "the engine of Safari for the tests, and a display for it",
		packages: ["webkit2gtk-driver", "xvfb", "xauth"],
		programs: ["WebKitWebDriver"],
		missing: "Install WebKitGTK with WebKitWebDriver, and Xvfb, and run again."
	});
	return "WebKitWebDriver";
}

/** Firefox and geckodriver; gives the geckodriver. */
export async function installFirefox() {
	await aptGet({
		name: "Firefox",
		why: "a browser for the tests",
		packages: ["firefox-esr"],
		programs: ["firefox", "firefox-esr"],
		missing: "Install Firefox and run again."
	});
	return join(await installCrate("geckodriver", GECKODRIVER, "steers Firefox in the tests", 40), "geckodriver");
}
