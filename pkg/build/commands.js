// Runs the programs that the build needs, and says on the screen what is done. A program that fails ends the
// build with its name, since no later step is of use then.

import { spawnSync } from "node:child_process";

import { root } from "./files.js";

const windows = process.platform === "win32";

export const say = (text) => console.log(`build: ${text}`);

export function fail(text) {
	console.error(`build: ${text}`);
	process.exit(1);
}

function run(command, args, options = {}) {
	const { status, error } = spawnSync(command, args, {
		cwd: root,
		stdio: ["ignore", "inherit", "inherit"],
		shell: windows && command === "npm",
		...options
	});
	return error ? error.code : status;
}

export function must(command, args, options, mayFail = false) {
	const status = run(command, args, options);
	if (status === "ENOENT") {
		const hint = command === "cargo" ? " Install Rust with rustup, https://rustup.rs." : "";
		fail(`\`${command}\` is not installed, or not on the PATH.${hint}`);
	}
	if (status !== 0 && !mayFail) fail(`\`${command} ${args.join(" ")}\` failed (${status}).`);
	return status;
}

// `npm publish --dry-run` runs this script and says so by these to every npm below it, which would
// then install and pack nothing.
for (const name of ["npm_config_dry_run", "npm_config_json"]) delete process.env[name];
