// Fuzzes the protocol core: each target of `fuzz_targets/` for a fixed number of executions from a fixed
// seed, or `--hours H` in all, or one target by its name. What libFuzzer finds to be new goes to `grown/`,
// which is not committed; the inputs of `corpus/` are where it starts.

import { spawnSync } from "node:child_process";
import { mkdirSync, readdirSync } from "node:fs";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

import { installCrate } from "../../pkg/build/tools.js";

const CARGO_FUZZ = "0.13.1";
const RUNS = 200_000;
// An input that takes longer is a hang.
const SECONDS_AN_INPUT = 20;

const folder = fileURLToPath(new URL(".", import.meta.url));
const root = fileURLToPath(new URL("../../", import.meta.url));
const { values, positionals } = parseArgs({
	options: { hours: { type: "string" } },
	allowPositionals: true
});

if (spawnSync(process.env.CXX ?? "c++", ["--version"]).status !== 0) {
	console.error("libFuzzer is built from C++ sources: install a C++ compiler, such as g++, or name one in CXX.");
	process.exit(1);
}
const env = {
	...process.env,
	PATH: [await installCrate("cargo-fuzz", CARGO_FUZZ, "compiles and runs the fuzz targets", 15), process.env.PATH].join(delimiter),
	CARGO_TARGET_DIR: join(root, "target", "fuzz"),
	// The counters of libFuzzer are an unstable flag, and the toolchain is a stable one.
	RUSTC_BOOTSTRAP: "1"
};
// Safe Rust needs no sanitizer; overflows are found since cargo-fuzz turns on debug assertions.
const common = ["--fuzz-dir", folder, "--sanitizer", "none"];
const cargoFuzz = (command, args, stdio) =>
	spawnSync("cargo", ["fuzz", command, ...common, ...args], { cwd: root, env, stdio, encoding: "utf8", maxBuffer: 1 << 28 });

const all = readdirSync(join(folder, "fuzz_targets")).map((file) => file.replace(/\.rs$/, "")).sort();
const targets = positionals.length > 0 ? positionals : all;
if (cargoFuzz("build", [], "inherit").status !== 0) process.exit(1);

const seconds = values.hours === undefined ? undefined : Math.ceil((Number(values.hours) * 3600) / targets.length);
const limits = seconds === undefined ? [`-runs=${RUNS}`, "-seed=1"] : [`-max_total_time=${seconds}`];
let failed = 0;
for (const target of targets) {
	const grown = join(folder, "grown", target);
	mkdirSync(grown, { recursive: true });
	const seeds = join(folder, "corpus", target);
	// A fixed seed is of use from the same inputs only.
	const corpora = seconds === undefined ? [seeds] : [grown, seeds];
	const options = [...limits, `-timeout=${SECONDS_AN_INPUT}`, "-max_len=4096", "-print_final_stats=1"];
	// Without a folder of its own, libFuzzer writes what it finds into the first one.
	const scratch = join(root, "target", "fuzz", "scratch", `${target}-${process.pid}`);
	mkdirSync(scratch, { recursive: true });
	const { status, stderr } = cargoFuzz("run", [target, ...(seconds === undefined ? [scratch] : []), ...corpora, "--", ...options], "pipe");
	const executions = Number(/number_of_executed_units:\s*(\d+)/.exec(stderr ?? "")?.[1] ?? 0);
	const isWhole = status === 0 && executions >= (seconds === undefined ? RUNS : 1);
	if (!isWhole) {
		failed++;
		console.error((stderr ?? "").slice(-6000));
	}
	console.log(`${isWhole ? "ok" : "FAILED"} ${target}: ${executions} executions`);
}
console.log(`${targets.length - failed} passed, ${failed} failed`);
process.exit(failed === 0 ? 0 : 1);
