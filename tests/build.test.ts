// What a person sees while the build and the tests run: one line a step, and output of programs only when a step fails.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, suite, test } from "node:test";
import { fileURLToPath, pathToFileURL } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const commands = pathToFileURL(join(root, "pkg", "build", "commands.js"));
const scratch = mkdtempSync(join(tmpdir(), "lucia-atlassian-build-"));
after(() => rmSync(scratch, { recursive: true }));

interface Step {
	name?: string;
	why?: string;
	/** A program and its arguments; a shell runs a string. */
	program: string | [string, ...string[]];
	cwd?: string;
}

/** What a terminal of some width, or a pipe, gets of steps that run at the same time. */
function screen(steps: Step[], columns?: number) {
	const terminal = columns === undefined ? "" : `Object.assign(process.stdout, { isTTY: true, columns: ${columns} });`;
	const calls = steps.map(({ name = "test of the steps", why = "for a test", program, cwd = scratch }) => {
		const [command, ...args] = typeof program === "string" ? ["sh", "-c", program] : program;
		const description = JSON.stringify({ name, why, seconds: 90 });
		return `step(${description}, (run) => run(${JSON.stringify(command)}, ${JSON.stringify(args)}, ${JSON.stringify({ cwd })}))`;
	});
	const source = `${terminal}
		const { step } = await import(${JSON.stringify(commands)});
		await Promise.all([${calls}]).catch(() => process.exit(1));`;
	const { status, stdout, stderr } = spawnSync(process.execPath, ["--input-type=module", "--eval", source], { encoding: "utf8" });
	assert.equal(stderr, "");
	return { status, lines: stdout.trimEnd().split("\n"), stdout };
}

const numbers = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, index) => `    line ${from + index}`);
const count = (to: number) => `for i in $(seq ${to}); do echo line $i; done`;

suite("a step", () => {
	test("that succeeds shows what it does, why and how long it usually takes, and no output", () => {
		const { status, lines } = screen([{ program: count(3) }]);
		assert.equal(status, 0);
		assert.deepEqual(lines, ["test of the steps: for a test (usually 1 min 30 s)", "test of the steps: done in 0 s"]);
	});

	test("that fails shows its last 20 lines and the file that has all of them", () => {
		const { status, lines } = screen([{ program: `${count(30)}; echo >&2 line 31; exit 3` }]);
		assert.equal(status, 1);
		assert.match(lines[1] ?? "", /^test of the steps: FAILED after \d+ s\. `sh -c .*` failed \(3\)\.$/);
		const [, log = ""] = /^The last lines of (target\S+\.log):$/.exec(lines[2] ?? "") ?? [];
		assert.deepEqual(lines.slice(3), numbers(12, 31));
		assert.deepEqual(readFileSync(join(root, log), "utf8").trimEnd().split("\n"), numbers(1, 31).map((line) => line.trim()));
	});

	test("that fails ends the program of a step beside it", () => {
		const started = Date.now();
		const { status } = screen([{ name: "one", program: "exit 1" }, { name: "other", program: ["sleep", "60"] }]);
		assert.equal(status, 1);
		assert.ok(Date.now() - started < 50_000, "the other program went on");
	});

	test("names a program that is not installed", () => {
		const { status, stdout } = screen([{ program: ["no-such-program"] }]);
		assert.equal(status, 1);
		assert.match(stdout, /`no-such-program` is not installed, or not on the PATH\./);
	});
});

suite("the screen", () => {
	const script = join(scratch, "cargo.sh");
	const progress = `sh ${script}`;
	writeFileSync(script, "printf ' Downloading 3 crates      \\r    Building [===>   ] 3/12: a, b\\r'; sleep 2; printf '    Building [=====> ] 9/12: c\\r'; sleep 1");

	test("a pipe gets no control characters", () => {
		for (const program of [progress, `${progress}; exit 1`]) {
			const { stdout } = screen([{ program }, { name: "another", program: "sleep 1" }]);
			assert.doesNotMatch(stdout, /[^\n\P{Cc}]/u);
			assert.doesNotMatch(stdout, /Building|Downloading/);
		}
	});

	test("a terminal gets a clock and a bar, on lines that do not wrap, and what is done stays", () => {
		for (const columns of [30, 80, 200]) {
			const { lines } = screen([{ program: progress }, { name: "another", why: "long words ".repeat(20), program: "sleep 2" }], columns);
			const drawn = lines.map((line) => line.replaceAll(/\x1b\[\d*[AJ]/g, ""));
			const running = drawn.filter((line) => line.startsWith("- "));
			assert.ok(running.every((line) => line.length < columns), `a line is longer than ${columns}`);
			if (columns > 50) assert.ok(running.some((line) => /\[#{5} {15}\] 3\/12 crates {2}\d s$/.test(line)), running.join("\n"));
			assert.match(drawn.at(-1) ?? "", /^✓ test of the steps: .* \d s$/);
			assert.equal(drawn.filter((line) => line.startsWith("✓ ")).length, 2);
		}
	});

	test("cargo's own progress is read", () => {
		const cwd = join(scratch, "crate");
		mkdirSync(join(cwd, "src"), { recursive: true });
		writeFileSync(join(cwd, "Cargo.toml"), '[package]\nname = "slow"\nversion = "0.0.0"\nedition = "2021"\n');
		writeFileSync(join(cwd, "build.rs"), "fn main() { std::thread::sleep(std::time::Duration::from_secs(3)) }");
		writeFileSync(join(cwd, "src", "lib.rs"), "");
		const { status, stdout } = screen([{ program: ["cargo", "check", "--offline", "--target-dir", join(scratch, "target")], cwd }], 80);
		assert.equal(status, 0, stdout);
		assert.match(stdout, /\[#+ *\] [12]\/3 crates {2}\d+ s\n/);
		assert.doesNotMatch(readFileSync(join(root, "target", "logs", "test-of-the-steps.log"), "utf8"), /Building \[/);
	});
});
