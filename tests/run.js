// Runs the suites, those that fail most often first and on two cores two at a time, and ends with one summary. Each has
// one line on the screen; its output is in `target/logs`, of which the screen shows the end when the suite fails. A
// suite that fails, that cannot run or that ran fewer tests than it has makes the whole run fail; the others run all
// the same. `node tests/run.js quick` runs those that need neither a browser nor a server, `node tests/run.js soak` those
// whose name has that word.

import { availableParallelism } from "node:os";

import { StepError, step } from "../pkg/build/commands.js";
import { duration } from "../pkg/build/screen.js";
import { buildEnvironment } from "../pkg/build/tools.js";
import { installChromium, installFirefox, installWebKit } from "./install-browsers.js";

const env = { ...(await buildEnvironment()), FORCE_COLOR: "0", WRANGLER_SEND_METRICS: "false" };
// A suite has one thread most of the time; more at once than this would have ports, folders and clocks in common.
const SUITES_AT_ONCE = Math.min(2, availableParallelism());

const node = (...args) => [process.execPath, ["--import", "tsx", ...args]];
const nodeTests = (...files) => node("--test", "--test-reporter", "spec", ...files);

// tests/boundary.rs does not compile without these, which tests/browser.ts sets.
const withStandIn = ["STAND_IN_ORIGIN", "STAND_IN_CODE"].flatMap((name) => ["--config", `env.${name}="unused"`]);
const withDocWarnings = ["--config", 'build.rustdocflags=["-D", "warnings"]'];

async function installBrowsers() {
	await installChromium();
	await installFirefox();
}

// `seconds` is how long a suite usually takes on two quiet cores. `alone` is for one that keeps both cores busy, or
// that writes what others read.
const suites = [
	{
		name: "lint: rustfmt, clippy, rustdoc",
		seconds: 20,
		alone: true,
		quick: true,
		commands: [
			["cargo", ["fmt", "--check"]],
			["cargo", ["clippy", "--all-targets", "--", "-D", "warnings"]],
			["cargo", ["clippy", "--target", "wasm32-unknown-unknown", "--all-targets", ...withStandIn, "--", "-D", "warnings"]],
			["cargo", ["doc", "--no-deps", ...withDocWarnings]],
			["cargo", ["doc", "--no-deps", "--target", "wasm32-unknown-unknown", ...withDocWarnings]]
		]
	},
	{
		name: "protocol core, native",
		seconds: 20,
		alone: true,
		quick: true,
		atLeast: 73,
		commands: [["cargo", ["test", "--quiet"]]]
	},
	{
		name: "progress of the build and the tests",
		seconds: 20,
		quick: true,
		atLeast: 12,
		commands: [nodeTests("tests/build.test.ts")]
	},
	{
		name: "secrets, wasm memory, SECURITY.md",
		seconds: 4,
		quick: true,
		atLeast: 195,
		commands: [nodeTests("tests/secrets/secrets.test.ts", "tests/secrets/memory.test.ts", "tests/secrets/security.test.ts")]
	},
	{
		name: "types",
		seconds: 8,
		quick: true,
		atLeast: 50,
		commands: [
			[process.execPath, ["node_modules/typescript/bin/tsc", "-p", "tests"]],
			nodeTests("tests/types/types.test.ts")
		]
	},
	{
		name: "parity with @lucia-auth/oauth 3.5.3 and Arctic 3.7, and the deliberate differences",
		seconds: 30,
		quick: true,
		atLeast: 498,
		commands: [
			nodeTests(
				"tests/parity/arctic.test.ts",
				"tests/parity/client.test.ts",
				"tests/parity/differential.test.ts",
				"tests/parity/extensions.test.ts",
				"tests/parity/improvements.test.ts",
				"tests/parity/mutants.test.ts",
				"tests/parity/responses.test.ts"
			)
		]
	},
	{
		name: "no panic: the wasm, and the lints",
		seconds: 7,
		quick: true,
		atLeast: 26,
		commands: [nodeTests("tests/panics/panics.test.ts", "tests/panics/trap.test.ts")]
	},
	{
		name: "a provider that the requests to a Worker share",
		seconds: 65,
		atLeast: 32,
		commands: [nodeTests("tests/tokens/module-scope.test.ts")]
	},
	{
		name: "account ids of every shape, with Lucia and SQLite",
		seconds: 2,
		quick: true,
		atLeast: 115,
		commands: [nodeTests("tests/faults/accounts.test.ts")]
	},
	{
		name: "documents and modules: lengths, sentences, links, lists, imports",
		seconds: 2,
		quick: true,
		atLeast: 38,
		commands: [nodeTests("tests/documents/documents.test.ts", "tests/documents/modules.test.ts")]
	},
	{
		name: "the examples of the README",
		seconds: 12,
		atLeast: 9,
		commands: [nodeTests("tests/tokens/readme.test.ts", "tests/signin/readme.test.ts")]
	},
	{
		name: "the stand-in for Atlassian",
		seconds: 2,
		atLeast: 120,
		commands: [nodeTests("tests/atlassian/server.test.ts")]
	},
	{
		name: "sign-in with Lucia and SQLite in Node",
		seconds: 2,
		atLeast: 10,
		commands: [nodeTests("tests/signin/node.test.ts")]
	},
	{
		name: "sign-in with Lucia and D1 in workerd",
		seconds: 7,
		atLeast: 20,
		commands: [nodeTests("tests/signin/workerd.test.ts")]
	},
	{
		name: "leaving Lucia, with SQLite in Node and D1 in workerd",
		seconds: 6,
		alone: true,
		atLeast: 35,
		commands: [nodeTests("tests/signin/leaving.test.ts")]
	},
	{
		name: "tokens and sites, in Node",
		seconds: 7,
		atLeast: 165,
		commands: [nodeTests("tests/tokens/node.test.ts")]
	},
	{
		name: "tokens and sites, in workerd",
		seconds: 35,
		atLeast: 338,
		commands: [nodeTests("tests/tokens/workerd.test.ts")]
	},
	{
		name: "faults, and a crowd that signs in at once, in Node",
		seconds: 65,
		atLeast: 82,
		commands: [nodeTests("tests/faults/node.test.ts")]
	},
	{
		name: "faults, and a crowd that signs in at once, in workerd",
		seconds: 65,
		atLeast: 82,
		commands: [nodeTests("tests/faults/workerd.test.ts")]
	},
	{
		name: "tokens of many processes: threads with SQLite, Workers with D1",
		seconds: 65,
		atLeast: 10,
		commands: [nodeTests("tests/tokens/stress.test.ts")]
	},
	{
		name: "randomness: ten million states, ten million verifiers",
		seconds: 40,
		atLeast: 42,
		commands: [nodeTests("tests/secrets/randomness.test.ts")]
	},
	{
		name: "fuzzing: the boundary to JavaScript",
		seconds: 20,
		atLeast: 2,
		commands: [nodeTests("tests/fuzz/boundary.test.ts")]
	},
	{
		name: "the package: files, linters, publishing",
		seconds: 35,
		alone: true,
		packaging: true,
		atLeast: 24,
		commands: [nodeTests("tests/packaging/package.test.ts", "tests/packaging/entries.test.ts")]
	},
	{
		name: "an app without Lucia: npm, TypeScript, Node, Deno, Bun, workerd",
		seconds: 4,
		alone: true,
		packaging: true,
		atLeast: 9,
		commands: [nodeTests("tests/packaging/without-lucia.test.ts")]
	},
	{
		name: "npx lucia-atlassian check",
		seconds: 6,
		atLeast: 41,
		commands: [nodeTests("tests/packaging/check.test.ts")]
	},
	{
		name: "the demo app on Node",
		seconds: 25,
		alone: true,
		atLeast: 84,
		commands: [
			nodeTests("www/app.test.ts", "www/snippets.test.ts"),
			node("www/demo.ts", "--node", "--once"),
			node("www/demo.ts", "--node", "--once", "--without-lucia")
		]
	},
	{
		name: "the demo app as a Worker, in Chromium and Firefox",
		seconds: 70,
		alone: true,
		atLeast: 45,
		prepare: installBrowsers,
		commands: [
			nodeTests("www/worker.test.ts"),
			node("www/demo.ts", "--once"),
			node("www/demo.ts", "--once", "--without-lucia")
		]
	},
	{
		name: "the boundary in headless Chromium",
		seconds: 30,
		alone: true,
		atLeast: 11,
		prepare: installChromium,
		commands: [node("tests/browser.ts")]
	},
	{
		name: "the benchmark: size, memory, boundary crossings, the same work for all",
		seconds: 60,
		alone: true,
		atLeast: 20,
		prepare: installChromium,
		commands: [nodeTests("tests/bench/bench.test.ts"), node("tests/bench/bench.ts", "--quick")]
	},
	{
		name: "reproducible builds: two clones, the same bytes",
		seconds: 45,
		alone: true,
		packaging: true,
		atLeast: 2,
		commands: [nodeTests("tests/supply-chain/reproducible.test.ts")]
	},
	{
		name: "the supply chain: crates, npm packages, the bill of materials",
		seconds: 60,
		alone: true,
		packaging: true,
		atLeast: 53,
		commands: [nodeTests("tests/supply-chain/crates.test.ts", "tests/supply-chain/npm.test.ts", "tests/supply-chain/sbom.test.ts")]
	},
	{
		name: "the package from its tarball, in every runtime and bundler",
		seconds: 60,
		alone: true,
		packaging: true,
		// `ROWS` leaves out the others on purpose.
		atLeast: process.env.ROWS ? 1 : 33,
		prepare: installBrowsers,
		commands: [nodeTests("tests/packaging/matrix.test.ts")]
	},
	{
		name: "each proxy setup of www/recipes.md",
		seconds: 7,
		alone: true,
		packaging: true,
		atLeast: 28,
		commands: [nodeTests("tests/packaging/proxies.test.ts")]
	},
	{
		name: "other fetch implementations: libraries and test tools",
		seconds: 100,
		alone: true,
		packaging: true,
		atLeast: 74,
		commands: [nodeTests("tests/packaging/fetches.test.ts")]
	},
	{
		name: "the package from its tarball, in a selection of frameworks and test tools",
		seconds: 35,
		alone: true,
		packaging: true,
		atLeast: process.env.ROWS ? 1 : 6,
		commands: [nodeTests("tests/packaging/selection.test.ts")]
	},
	{
		name: "fuzzing: the protocol core",
		seconds: 50,
		alone: true,
		atLeast: 8,
		commands: [[process.execPath, ["tests/fuzz/run.js"]]]
	},
	{
		name: "a soak of two minutes, in Node and workerd",
		seconds: 125,
		alone: true,
		atLeast: 14,
		commands: [nodeTests("tests/soak/soak.test.ts")]
	},
	{
		name: "the package from its tarball, in frameworks and test tools",
		seconds: 180,
		alone: true,
		frameworks: true,
		atLeast: process.env.ROWS ? 1 : 34,
		prepare: installWebKit,
		commands: [nodeTests("tests/packaging/frameworks.test.ts")]
	},
	{
		name: "error messages of tools, and their remedies",
		seconds: 180,
		alone: true,
		frameworks: true,
		atLeast: 9,
		commands: [nodeTests("tests/packaging/remedies.test.ts")]
	}
];

/** Adds up the summaries of cargo, of wasm-bindgen-test, of node:test and of the fuzzer. */
function count(output, word, nodeWord) {
	const rust = output.matchAll(new RegExp(`^test result: .*?(\\d+) ${word}`, "gm"));
	const node = output.matchAll(new RegExp(`^ℹ ${nodeWord} (\\d+)`, "gm"));
	const fuzz = output.matchAll(new RegExp(`^(?:\\d+ passed, )?(\\d+) ${word}(?:, \\d+ failed)?$`, "gm"));
	return [...rust, ...node, ...fuzz].reduce((sum, [, number]) => sum + Number(number), 0);
}

async function runSuite({ prepare, commands, atLeast }, run) {
	const result = { passed: 0, failed: 0, problem: "", notes: [] };
	await prepare?.();
	for (const [command, args] of commands) {
		const { status, output } = await run(command, args, { env, mayFail: true });
		result.passed += count(output, "passed", "pass");
		result.notes.push(...(output.match(/NOT CHECKED.*/g) ?? []));
		const failed = count(output, "failed", "fail") + count(output, "ignored", "skipped");
		result.failed += failed || (status === 0 ? 0 : 1);
		if (status === 0) continue;
		result.problem = `\`${args.at(-1)}\` ended with ${status}`;
		// So that the last lines of the output are about this one.
		break;
	}
	if (atLeast === undefined) {
		result.passed = result.failed ? 0 : commands.length;
	} else if (result.failed === 0 && result.passed < atLeast) {
		result.failed = 1;
		result.problem = `ran ${result.passed} tests of at least ${atLeast}`;
	}
	return result;
}

const only = process.argv[2];
const chosen = suites.filter((suite) =>
	// The rows of frameworks take three minutes, and their first installation several more.
	only === undefined ? !suite.frameworks : suites.some((each) => each[only]) ? suite[only] : suite.name.includes(only)
);
if (chosen.length === 0) throw new Error(`no suite is called ${only}`);

const started = Date.now();
const summary = [];

/** One suite as a step; where it stands in the order is part of the line. */
async function runAsStep(suite, index) {
	const { name, seconds } = suite;
	const begun = Date.now();
	let result = { passed: 0, failed: 1, problem: "it could not run", notes: [] };
	try {
		await step({ name: `${index + 1} of ${chosen.length}: ${name}`, log: name, seconds, tail: 100 }, async (run) => {
			result = await runSuite(suite, run);
			if (result.failed) throw new StepError(result.problem || `${result.failed} failed`);
		});
	} catch (error) {
		if (!(error instanceof StepError)) throw error;
	}
	summary[index] = { name, ...result, seconds: (Date.now() - begun) / 1000 };
}

const total = (key, of) => of.reduce((sum, result) => sum + result[key], 0);
const usual = chosen.reduce((sum, { seconds = 0, alone }) => sum + (alone ? seconds : seconds / SUITES_AT_ONCE), 0);
console.log(`Suites: ${chosen.length}, usually ${duration(Math.ceil(usual / 60) * 60)} in all`);

const running = new Map();
for (const [index, suite] of chosen.entries()) {
	const hasRoom = () =>
		running.size === 0 || (running.size < SUITES_AT_ONCE && !suite.alone && ![...running.keys()].some(({ alone }) => alone));
	while (!hasRoom()) await Promise.race(running.values());
	running.set(suite, runAsStep(suite, index).finally(() => running.delete(suite)));
}
await Promise.all(running.values());

console.log("\nsummary");
for (const { name, passed, failed, problem, seconds, notes } of summary) {
	const result = failed ? "FAILED" : "ok";
	console.log(
		`${result.padEnd(6)} ${String(passed).padStart(4)} passed ${String(failed).padStart(3)} failed ${seconds.toFixed(0).padStart(4)} s  ${name}${problem && `: ${problem}`}`
	);
	for (const note of notes) console.log(`       ${note}`);
}
const minutes = duration(Math.round((Date.now() - started) / 1000));
console.log(`\n${total("passed", summary)} passed, ${total("failed", summary)} failed in ${minutes}`);
process.exitCode = total("failed", summary) ? 1 : 0;
