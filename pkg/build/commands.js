// Runs the programs of a step. What they print goes to a file, which the screen names when the step fails. How a step
// looks is left to `screen.js`.

import { spawn } from "node:child_process";
import { appendFileSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { root } from "./files.js";
import { age, duration, print, report, running, screen } from "./screen.js";

const windows = process.platform === "win32";

// Makes cargo report its progress to a pipe as it does to a terminal.
const cargoProgress = { CARGO_TERM_PROGRESS_WHEN: "always", CARGO_TERM_PROGRESS_WIDTH: "80", CARGO_TERM_COLOR: "never" };
const PROGRESS = /^ *(?:Building|Downloading|Fetch|Updating) (?:\[.*\](?: (\d+)\/(\d+))?|\d+ crates? *$)/;

const RUST = "Install Rust with rustup: https://rustup.rs.";
/** What to install when one of these programs is missing. */
const INSTALL = { cargo: RUST, rustc: RUST, rustup: RUST, npm: "Install Node.js with npm: https://nodejs.org." };

// `npm publish --dry-run` sets these for every npm of the build, which would then install and pack nothing.
for (const name of ["npm_config_dry_run", "npm_config_json"]) delete process.env[name];

/** An error whose message is enough: the screen shows no stack. */
export class StepError extends Error {}

export function fail(text) {
	throw new StepError(text);
}

const children = new Set();
process.on("exit", () => children.forEach((child) => child.kill()));

/**
 * Runs `work` as one step. `name` is the result of the step, `why` its purpose, and `seconds` its usual duration. The
 * output goes to the file named `log`. When `work` throws, the screen shows the last `tail` lines, and `step` throws a
 * StepError.
 *
 * `work` gets two functions. The first runs a program and resolves to its status and its standard output; it rejects
 * when the program fails, unless the option `mayFail` is set. With the option `isQuiet`, the standard output is not
 * logged. The second function logs a text as output.
 */
export async function step({ name, why = "", seconds, log: logName = name, tail = 20 }, work) {
	const usual = seconds ? `usually ${duration(seconds)}` : "";
	const title = `${name}${why && `: ${why}`}${usual && ` (${usual})`}`;
	const current = { name, why, usual, started: Date.now(), reported: 0, count: undefined };
	const folder = join("target", "logs");
	const path = join(folder, `${logName.replaceAll(/[^\w.]+/g, "-")}.log`);
	mkdirSync(join(root, folder), { recursive: true });
	writeFileSync(join(root, path), "");
	const last = [];
	const write = (text) => {
		appendFileSync(join(root, path), `${text}\n`);
		if (text.trim() !== "") last.push(text);
		if (last.length > tail) last.shift();
	};

	const log = (text) => text.split("\n").forEach(write);

	const run = (command, args, { mayFail = false, isQuiet = false, ...options } = {}) =>
		new Promise((resolve, reject) => {
			const child = spawn(command, args, {
				cwd: root,
				stdio: ["ignore", "pipe", "pipe"],
				shell: windows && command === "npm",
				...options,
				env: { ...(options.env ?? process.env), ...cargoProgress }
			});
			children.add(child);
			let output = "";
			const keep = (text, stream) => {
				const progress = PROGRESS.exec(text);
				if (progress?.[2]) current.count = { done: Number(progress[1]), total: Number(progress[2]) };
				if (progress) return;
				if (stream === child.stdout) output += `${text}\n`;
				if (!isQuiet || stream === child.stderr) write(text);
			};
			for (const stream of [child.stdout, child.stderr]) {
				let rest = "";
				stream.setEncoding("utf8").on("data", (text) => {
					const lines = (rest + text).split(/\r\n|\r|\n/);
					rest = lines.pop();
					for (const line of lines) keep(line, stream);
				});
				stream.on("end", () => rest && keep(rest, stream));
			}
			child.on("error", ({ code, message }) => {
				if (mayFail) return resolve({ status: code, output });
				const missing = [`\`${command}\` is not installed, or not on the PATH.`, INSTALL[command]].filter(Boolean).join(" ");
				reject(new StepError(code === "ENOENT" ? missing : message));
			});
			child.on("close", (status) => {
				children.delete(child);
				current.count = undefined;
				if (status === 0 || mayFail) resolve({ status, output });
				else reject(new StepError(`\`${[command, ...args].join(" ")}\` failed (${status}).`));
			});
		});

	if (!screen.isTTY) print(title);
	running.add(current);
	const clock = setInterval(report, 1000);
	report();
	try {
		const result = await work(run, log);
		running.delete(current);
		print(screen.isTTY ? `✓ ${title}  ${duration(age(current))}` : `${name}: done in ${duration(age(current))}`);
		return result;
	} catch (error) {
		running.delete(current);
		print(`${name}: FAILED after ${duration(age(current))}. ${error instanceof StepError ? error.message : error?.stack}`);
		if (last.length > 0) print(`The last lines of ${path}:\n${last.map((text) => `    ${text}`).join("\n")}`);
		throw new StepError(`${name} failed`, { cause: error });
	} finally {
		clearInterval(clock);
	}
}
