// Runs the suites one after the other, shows their output as it comes, and ends with one summary. A
// suite that fails, that cannot run or that ran fewer tests than it has makes the whole run fail; the others run all
// the same. `node tests/run.js quick` runs those that need neither a browser nor a server, `node tests/run.js soak` those
// whose name has that word.

import { spawn } from "node:child_process";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";

import { buildEnvironment } from "../pkg/build/tools.js";
import { installChromium, installFirefox } from "./install-browsers.js";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const env = { ...buildEnvironment(), FORCE_COLOR: "0", WRANGLER_SEND_METRICS: "false" };

const node = (...args) => [process.execPath, ["--import", "tsx", ...args]];
const nodeTests = (...files) => node("--test", "--test-reporter", "spec", ...files);

const suites = [
	{
		name: "lint: rustfmt, clippy",
		quick: true,
		commands: [
			["cargo", ["fmt", "--check"]],
			["cargo", ["clippy", "--all-targets", "--", "-D", "warnings"]],
			["cargo", ["clippy", "--target", "wasm32-unknown-unknown", "--", "-D", "warnings"]]
		]
	},
	{
		name: "protocol core, native",
		quick: true,
		atLeast: 52,
		commands: [["cargo", ["test", "--quiet"]]]
	},
	{
		name: "no panic: the wasm, and the lints",
		quick: true,
		atLeast: 18,
		commands: [nodeTests("tests/panics/panics.test.ts", "tests/panics/trap.test.ts")]
	},
	{
		name: "secrets, wasm memory, SECURITY.md",
		quick: true,
		atLeast: 173,
		commands: [nodeTests("tests/secrets/secrets.test.ts", "tests/secrets/memory.test.ts", "tests/secrets/security.test.ts")]
	},
	{
		name: "types",
		quick: true,
		atLeast: 46,
		commands: [
			[process.execPath, ["node_modules/typescript/bin/tsc", "-p", "tests"]],
			nodeTests("tests/types/types.test.ts")
		]
	},
	{
		name: "parity with @lucia-auth/oauth 3.5.3, and the deliberate differences",
		quick: true,
		atLeast: 410,
		commands: [
			nodeTests(
				"tests/parity/differential.test.ts",
				"tests/parity/extensions.test.ts",
				"tests/parity/improvements.test.ts",
				"tests/parity/mutants.test.ts"
			)
		]
	},
	{
		name: "the examples of the README",
		atLeast: 2,
		commands: [nodeTests("tests/tokens/readme.test.ts")]
	},
	{
		name: "the stand-in for Atlassian",
		atLeast: 113,
		commands: [nodeTests("tests/atlassian/server.test.ts")]
	},
	{
		name: "tokens kept alive by many processes: threads with SQLite, Workers with D1",
		atLeast: 10,
		commands: [nodeTests("tests/tokens/stress.test.ts")]
	},
	{
		name: "sign-in with Lucia and SQLite in Node",
		atLeast: 10,
		commands: [nodeTests("tests/signin/node.test.ts")]
	},
	{
		name: "sign-in with Lucia and D1 in workerd",
		atLeast: 20,
		commands: [nodeTests("tests/signin/workerd.test.ts")]
	},
	{
		name: "what comes after a sign-in, in Node",
		atLeast: 125,
		commands: [nodeTests("tests/tokens/node.test.ts")]
	},
	{
		name: "what comes after a sign-in, in workerd",
		atLeast: 280,
		commands: [nodeTests("tests/tokens/workerd.test.ts")]
	},
	{
		name: "account ids of every shape, with Lucia and SQLite",
		quick: true,
		atLeast: 115,
		commands: [nodeTests("tests/faults/accounts.test.ts")]
	},
	{
		name: "randomness: ten million states, ten million verifiers",
		atLeast: 42,
		commands: [nodeTests("tests/secrets/randomness.test.ts")]
	},
	{
		name: "faults, and a crowd that signs in at once, in Node",
		atLeast: 82,
		commands: [nodeTests("tests/faults/node.test.ts")]
	},
	{
		name: "faults, and a crowd that signs in at once, in workerd",
		atLeast: 82,
		commands: [nodeTests("tests/faults/workerd.test.ts")]
	},
	{
		name: "fuzzing: the boundary to JavaScript",
		atLeast: 1,
		commands: [nodeTests("tests/fuzz/boundary.test.ts")]
	},
	{
		name: "fuzzing: the protocol core",
		atLeast: 8,
		commands: [[process.execPath, ["tests/fuzz/run.js"]]]
	},
	{
		name: "a soak of two minutes, in Node and workerd",
		atLeast: 14,
		commands: [nodeTests("tests/soak/soak.test.ts")]
	},
	{
		name: "the demo app on Node",
		atLeast: 59,
		commands: [nodeTests("www/app.test.ts", "www/snippets.test.ts"), node("www/demo.ts", "--node", "--once")]
	},
	{
		name: "the demo app as a Worker, in Chromium and Firefox",
		atLeast: 34,
		prepare: () => [installChromium(), installFirefox()],
		commands: [nodeTests("www/worker.test.ts"), node("www/demo.ts", "--once")]
	},
	{
		name: "the boundary in headless Chromium",
		atLeast: 11,
		prepare: installChromium,
		commands: [node("tests/browser.ts")]
	},
	{
		name: "the benchmark: size, memory, boundary crossings, the same work for all",
		atLeast: 95,
		prepare: installChromium,
		commands: [nodeTests("tests/bench/bench.test.ts"), node("tests/bench/bench.ts", "--quick")]
	},
	{
		name: "the package: files, linters, publishing",
		packaging: true,
		atLeast: 13,
		commands: [nodeTests("tests/packaging/package.test.ts")]
	},
	{
		name: "the supply chain: crates, npm packages, the bill of materials",
		packaging: true,
		atLeast: 17,
		commands: [nodeTests("tests/supply-chain/crates.test.ts", "tests/supply-chain/npm.test.ts", "tests/supply-chain/sbom.test.ts")]
	},
	{
		name: "repeatable builds: two clones, the same bytes",
		packaging: true,
		atLeast: 2,
		commands: [nodeTests("tests/supply-chain/reproducible.test.ts")]
	},
	{
		name: "the package from its tarball, in every runtime and bundler",
		packaging: true,
		// `ROWS` leaves out the others on purpose.
		atLeast: process.env.ROWS ? 1 : 31,
		prepare: () => [installChromium(), installFirefox()],
		commands: [nodeTests("tests/packaging/matrix.test.ts")]
	},
	{
		name: "through a proxy, in each way of the README",
		packaging: true,
		atLeast: 28,
		commands: [nodeTests("tests/packaging/proxies.test.ts")]
	},
	{
		name: "the package from its tarball, in a selection of frameworks and test tools",
		packaging: true,
		atLeast: process.env.ROWS ? 1 : 6,
		commands: [nodeTests("tests/packaging/selection.test.ts")]
	},
	{
		name: "the package from its tarball, in frameworks and test tools",
		frameworks: true,
		atLeast: process.env.ROWS ? 1 : 8,
		commands: [nodeTests("tests/packaging/frameworks.test.ts")]
	}
];

function runCommand([command, args]) {
	return new Promise((resolve) => {
		const child = spawn(command, args, { cwd: root, env, stdio: ["ignore", "pipe", "pipe"] });
		let output = "";
		for (const stream of [child.stdout, child.stderr]) {
			stream.setEncoding("utf8").on("data", (text) => {
				output += text;
				process.stdout.write(text);
			});
		}
		child.on("error", (error) => resolve({ status: error.message, output }));
		child.on("close", (status) => resolve({ status, output }));
	});
}

/** Adds up the summaries of cargo, of wasm-bindgen-test, of node:test and of the fuzzer. */
function count(output, word, nodeWord) {
	const rust = output.matchAll(new RegExp(`^test result: .*?(\\d+) ${word}`, "gm"));
	const node = output.matchAll(new RegExp(`^ℹ ${nodeWord} (\\d+)`, "gm"));
	const fuzz = output.matchAll(new RegExp(`^(?:\\d+ passed, )?(\\d+) ${word}(?:, \\d+ failed)?$`, "gm"));
	return [...rust, ...node, ...fuzz].reduce((sum, [, number]) => sum + Number(number), 0);
}

async function runSuite({ prepare, commands, atLeast }) {
	const result = { passed: 0, failed: 0, problem: "" };
	try {
		prepare?.();
	} catch (error) {
		return { ...result, failed: 1, problem: error.message };
	}
	for (const command of commands) {
		const { status, output } = await runCommand(command);
		result.passed += count(output, "passed", "pass");
		const failed = count(output, "failed", "fail") + count(output, "ignored", "skipped");
		result.failed += failed || (status === 0 ? 0 : 1);
		if (status !== 0) result.problem ||= `\`${command.flat().slice(-1)[0]}\` ended with ${status}`;
	}
	if (atLeast === undefined) {
		result.passed = commands.length - result.failed;
	} else if (result.failed === 0 && result.passed < atLeast) {
		result.failed = 1;
		result.problem = `ran ${result.passed} tests of at least ${atLeast}`;
	}
	return result;
}

const only = process.argv[2];
const summary = [];
const chosen = suites.filter((suite) =>
	// All rows of frameworks take half an hour by themselves.
	only === undefined ? !suite.frameworks : suite[only] || suite.name.includes(only)
);
if (chosen.length === 0) throw new Error(`no suite is called ${only}`);
for (const suite of chosen) {
	console.log(`\n=== ${suite.name}`);
	const started = Date.now();
	const result = await runSuite(suite);
	summary.push({ ...suite, ...result, seconds: (Date.now() - started) / 1000 });
}

console.log("\n=== summary");
for (const { name, passed, failed, problem, seconds } of summary) {
	const verdict = failed ? "FAILED" : "ok";
	console.log(
		`${verdict.padEnd(6)} ${String(passed).padStart(4)} passed ${String(failed).padStart(3)} failed ${seconds.toFixed(0).padStart(4)} s  ${name}${problem && `: ${problem}`}`
	);
}
const total = (key) => summary.reduce((sum, result) => sum + result[key], 0);
console.log(`\n${total("passed")} passed, ${total("failed")} failed`);
process.exitCode = total("failed") ? 1 : 0;
