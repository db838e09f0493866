// What a person sees while the build and the tests run: one line a step, and output of programs only when a step fails.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
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
	program?: string | [string, ...string[]];
	/** In place of a program: JavaScript that a step runs. */
	work?: string;
	cwd?: string;
}

/** What a terminal of some width, or a pipe, gets of steps that run at the same time. */
function screen(steps: Step[], columns?: number, env = process.env) {
	const terminal = columns === undefined ? "" : `Object.assign(process.stdout, { isTTY: true, columns: ${columns} });`;
	const calls = steps.map(({ name = "test of the steps", why = "for a test", program = "", work, cwd = scratch }) => {
		const [command, ...args] = typeof program === "string" ? ["sh", "-c", program] : program;
		const description = JSON.stringify({ name, why, seconds: 90 });
		return `step(${description}, (run, log) => ${work ?? `run(${JSON.stringify(command)}, ${JSON.stringify(args)}, ${JSON.stringify({ cwd })})`})`;
	});
	const source = `${terminal}
		const { step } = await import(${JSON.stringify(commands)});
		await Promise.all([${calls}]).catch(() => process.exit(1));`;
	const { status, stdout, stderr } = spawnSync(process.execPath, ["--input-type=module", "--eval", source], { encoding: "utf8", env });
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

	test("names a program that is not installed, and what to install for those that the build needs", () => {
		const env = { ...process.env, PATH: scratch };
		for (const [program, hint] of [
			["no-such-program", ""],
			["cargo", " Install Rust with rustup: https://rustup.rs."],
			["rustup", " Install Rust with rustup: https://rustup.rs."],
			["rustc", " Install Rust with rustup: https://rustup.rs."],
			["npm", " Install Node.js with npm: https://nodejs.org."]
		] as const) {
			const { status, lines } = screen([{ program: [program] }], undefined, env);
			assert.equal(status, 1);
			assert.equal(lines.length, 2);
			assert.ok(lines[1]?.endsWith(`\`${program}\` is not installed, or not on the PATH.${hint}`), lines[1]);
		}
	});

	test("may log output of its own", () => {
		const { lines } = screen([{ name: "a log", work: '(log("from the step"), Promise.reject(new Error("no")))' }]);
		assert.deepEqual(lines.slice(-2), ["The last lines of target/logs/a-log.log:", "    from the step"]);
		assert.equal(readFileSync(join(root, "target", "logs", "a-log.log"), "utf8"), "from the step\n");
	});
});

suite("the build", () => {
	const work = `import(${JSON.stringify(pathToFileURL(join(root, "pkg", "build", "crates.js")))}).then(({ linkedCrates }) => linkedCrates(run))`;

	test("without cargo ends with one sentence on what to install, also where the tools are there", () => {
		const env = { ...process.env, PATH: scratch };
		const alone = spawnSync(process.execPath, [join(root, "pkg", "build.js"), "--no-sqlite"], { encoding: "utf8", env: { ...env, XDG_CACHE_HOME: scratch } });
		assert.equal(alone.status, 1);
		for (const { stdout, stderr } of [alone, { ...screen([{ work }], undefined, env), stderr: "" }]) {
			assert.match(stdout, /FAILED after \d+ s\. `cargo` is not installed, or not on the PATH\. Install Rust with rustup/);
			assert.doesNotMatch(stdout + stderr, /^ +at |Error/m);
		}
	});

	test("shows nothing that cargo prints while it reads the metadata; the log has it", () => {
		const folder = join(scratch, "bin");
		mkdirSync(folder);
		const noise = "    Updating crates.io index\n  Downloaded proptest v1.12.0\n";
		writeFileSync(join(folder, "cargo"), `#!/bin/sh\nprintf '${noise}' >&2\necho '{"packages":[],"resolve":{"nodes":[]}}'\n`, { mode: 0o755 });
		const env = { ...process.env, PATH: `${folder}:${process.env["PATH"]}` };
		const { status, lines } = screen([{ work }], undefined, env);
		assert.equal(status, 0);
		assert.equal(lines.length, 2, lines.join("\n"));
		assert.equal(readFileSync(join(root, "target", "logs", "test-of-the-steps.log"), "utf8"), noise.repeat(2));
	});

	test("runs programs by the steps alone", () => {
		const files = readdirSync(join(root, "pkg", "build")).filter((name) => readFileSync(join(root, "pkg", "build", name), "utf8").includes("child_process"));
		assert.deepEqual(files, ["commands.js"]);
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
			const bar = { 30: / {2}\d s, usu$/, 80: /\[#{2,5} {8,15}\] 3\/12 crates {2}\d s, usually 1 min 30 s$/, 200: /: for a test {2}\[#{5} {15}\] 3\/12 crates {2}\d s, usually 1 min 30 s$/ }[columns];
			assert.ok(running.some((line) => bar?.test(line)), running.join("\n"));
			if (columns > 50) assert.ok(running.every((line) => / {2}\d s, usually 1 min 30 s$/.test(line)), running.join("\n"));
			assert.match(drawn.at(-1) ?? "", /^✓ test of the steps: .* \d s$/);
			assert.equal(drawn.filter((line) => line.startsWith("✓ ")).length, 2);
		}
	});

	test("on 80 columns the longest step of the build shows its name, the crates, a bar, the clock and the usual duration", () => {
		for (const [done, shown] of [[7, "[          ] 7/212 crates"], [10, "[          ] 10/212 crates"], [104, "[####      ] 104/212"]] as const) {
			const program = `printf '    Building [=>   ] ${done}/212: a\\r'; sleep 2`;
			const { lines } = screen([{ name: "wasm-bindgen-cli 0.2.130", why: "writes the JavaScript around the wasm", program }], 80);
			const drawn = lines.map((line) => line.replaceAll(/\x1b\[\d*[AJ]/g, "")).filter((line) => line.includes("/212"));
			assert.ok(drawn.length > 0 && drawn.every((line) => line.startsWith(`- wasm-bindgen-cli 0.2.130  ${shown}  `) && / {2}\d s, usually 1 min 30 s$/.test(line)), lines.join("\n"));
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
		assert.match(stdout, /\[#+ *\] [12]\/3 crates {2}\d+ s, usually 1 min 30 s\n/);
		assert.doesNotMatch(readFileSync(join(root, "target", "logs", "test-of-the-steps.log"), "utf8"), /Building \[/);
	});
});
