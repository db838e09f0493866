// Runs the programs of a step and shows the step: one line with what it does, why, how long that usually takes,
// and a clock. What the programs print goes to a file, which the screen names when the step fails.

import { spawn } from "node:child_process";
import { closeSync, mkdirSync, openSync, writeSync } from "node:fs";
import { join } from "node:path";

import { root } from "./files.js";

const windows = process.platform === "win32";
const screen = process.stdout;
const SECONDS_BETWEEN_REPORTS = 30;

// Makes cargo report its progress to a pipe as it does to a terminal.
const cargoProgress = { CARGO_TERM_PROGRESS_WHEN: "always", CARGO_TERM_PROGRESS_WIDTH: "80", CARGO_TERM_COLOR: "never" };
const PROGRESS = /^ *(?:Building|Downloading|Fetch|Updating) (?:\[.*\](?: (\d+)\/(\d+))?|\d+ crates? *$)/;

// `npm publish --dry-run` runs the build and says so by these to every npm below it, which would
// then install and pack nothing.
for (const name of ["npm_config_dry_run", "npm_config_json"]) delete process.env[name];

/** A failure that its message explains: no stack is of use. */
export class StepError extends Error {}

export function fail(text) {
	throw new StepError(text);
}

const running = new Set();
const children = new Set();
process.on("exit", () => children.forEach((child) => child.kill()));

/** A duration for people, such as `41 s` or `2 min 5 s`. */
export function duration(seconds) {
	const rest = seconds % 60;
	return seconds < 60 ? `${seconds} s` : `${Math.floor(seconds / 60)} min${rest ? ` ${rest} s` : ""}`;
}

const age = ({ started }) => Math.round((Date.now() - started) / 1000);

/** The line of a step that runs, cut where the terminal ends: a line that wraps could not be drawn again. */
function line(step) {
	const { title, count } = step;
	const bar = count && `[${"#".repeat((20 * count.done) / count.total).padEnd(20)}] ${count.done}/${count.total} crates`;
	const state = [bar, duration(age(step))].filter(Boolean).join("  ");
	const width = (screen.columns || 80) - 1;
	const space = Math.max(0, width - state.length - 4);
	return `- ${title.length > space ? `${title.slice(0, space - 1)}…` : title}  ${state}`.slice(0, width);
}

let drawn = 0;

/** Prints a line above those of the steps that run, and draws these again. */
function draw(text = "") {
	const erase = drawn ? `\x1b[${drawn}A\x1b[J` : "";
	drawn = running.size;
	screen.write(erase + text + [...running].map((step) => `${line(step)}\n`).join(""));
}

const print = (text) => (screen.isTTY ? draw(`${text}\n`) : screen.write(`${text}\n`));

function report() {
	if (screen.isTTY) return draw();
	for (const step of running) {
		const seconds = age(step);
		if (seconds - step.reported < SECONDS_BETWEEN_REPORTS) continue;
		step.reported = seconds;
		const crates = step.count ? `${step.count.done} of ${step.count.total} crates, ` : "";
		print(`${step.name}: ${crates}${duration(seconds)} so far`);
	}
}

/**
 * Runs `work` as one step. `name` is what the step makes, `why` what it is for, `seconds` how long it usually takes.
 * The output goes to the file named `log`; when `work` throws, its last `tail` lines are shown, and `step` throws a
 * StepError.
 *
 * `work` gets a function that runs a program and gives its status and its standard output. The function throws when
 * the program fails, unless the option `mayFail` is set.
 */
export async function step({ name, why, seconds, log = name, tail = 20 }, work) {
	const title = `${name}${why ? `: ${why}` : ""}${seconds ? ` (usually ${duration(seconds)})` : ""}`;
	const current = { name, title, started: Date.now(), reported: 0, count: undefined };
	const folder = join("target", "logs");
	const path = join(folder, `${log.replaceAll(/[^\w.]+/g, "-")}.log`);
	mkdirSync(join(root, folder), { recursive: true });
	const file = openSync(join(root, path), "w");
	const last = [];

	const run = (command, args, { mayFail = false, ...options } = {}) =>
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
				writeSync(file, `${text}\n`);
				if (text.trim() !== "") last.push(text);
				if (last.length > tail) last.shift();
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
				const hint = command === "cargo" ? " Install Rust with rustup, https://rustup.rs." : "";
				reject(new StepError(code === "ENOENT" ? `\`${command}\` is not installed, or not on the PATH.${hint}` : message));
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
		const result = await work(run);
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
		closeSync(file);
	}
}
