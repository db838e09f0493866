// Installs the browsers that tests run in, and the drivers that steer them, where there are none:
// Debian's packages by apt-get, and geckodriver, which Debian does not have, by cargo. Each function
// does nothing when all is there, and throws when it cannot be made so.

import { spawnSync } from "node:child_process";
import { join } from "node:path";

import { installCrate } from "../pkg/build/tools.js";

const GECKODRIVER = "0.37.1";

const found = (program) => spawnSync(program, ["--version"], { stdio: "ignore" }).status === 0;

function aptGet(...packages) {
	const apt = process.getuid?.() === 0 ? ["apt-get"] : ["sudo", "-n", "apt-get"];
	console.log(`installing ${packages.join(" and ")} with apt-get`);
	for (const args of [["update"], ["install", "-y", "--no-install-recommends", ...packages]]) {
		const [program, ...rest] = [...apt, ...args];
		spawnSync(program, rest, { stdio: ["ignore", "inherit", "inherit"] });
	}
}

/** Chromium and chromedriver; gives the chromedriver. */
export function installChromium() {
	if (!found("chromedriver")) aptGet("chromium", "chromium-driver");
	if (!found("chromedriver")) {
		throw new Error(
			"chromedriver is not on the PATH and apt-get could not install it. Install Chromium or Chrome, and the chromedriver of the same version, and run again."
		);
	}
	return "chromedriver";
}

/** Firefox and geckodriver; gives the geckodriver. */
export function installFirefox() {
	if (!found("firefox") && !found("firefox-esr")) aptGet("firefox-esr");
	if (!found("firefox") && !found("firefox-esr")) {
		throw new Error(
			"firefox is not on the PATH and apt-get could not install it. Install Firefox and run again."
		);
	}
	return join(installCrate("geckodriver", GECKODRIVER, 3), "geckodriver");
}
