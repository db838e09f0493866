// `npm run bench` measures the package beside its peers in Node 20, Node 24, workerd and Chromium, in ten minutes at
// most. It replaces the figures that it measured in `results.json`, in the charts and in both documents. Options:
// `--only start,size` measures some figures, `--before other.tgz` adds another build of the package as a peer, and
// `--quick` does everything once, too briefly for figures that mean something, and writes below target/bench.

import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { cpus, release, type as system } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

import type { BuildOptions } from "esbuild";

import { installChromium } from "../install-browsers.js";
import { installFixtures, node, tarball as ownTarball, versionOf } from "../packaging/project.ts";
import { versionOfBrowser } from "../packaging/webdriver.ts";
import { chart, themes } from "./chart.ts";
import { type Figure, type Results, type Row, documents, json, rateFigures, reference, runtimes, spread, tables, turns } from "./report.ts";
import { type Runtime, memoryGrowth, root, scratch, startChromium, startNode, startWorker, workerdVersion } from "./runtimes.ts";
import { startServer } from "./server.ts";
import { measureSize, wasmParts } from "./size.ts";
import { startsOf } from "./start.ts";
import type { Job } from "./work.ts";

const figures = [...rateFigures, "start", "size", "memory"];
const { values: options } = parseArgs({
	options: { quick: { type: "boolean", default: false }, only: { type: "string" }, before: { type: "string" } }
});
const wanted: readonly string[] = options.only?.split(",") ?? figures;
const unknown = wanted.find((figure) => !figures.includes(figure));
if (unknown !== undefined) throw new Error(`no figure is called ${unknown}: give --only some of ${figures.join(",")}`);

const { rounds, batch, starts, calls } = options.quick
	? { rounds: 1, batch: 2, starts: 1, calls: { urls: 500, callbacks: 500 } }
	: { rounds: 9, batch: 200, starts: 15, calls: { urls: 100_000, callbacks: 30_000 } };

// A quick run has a peer "before", too, so that the option is tried.
const tarball = options.before ?? (options.quick ? ownTarball : undefined);
const before = tarball === undefined ? [] : ["before"];
const withUrl = [reference, "lucia-atlassian", "tuned JavaScript", "arctic", ...before];
const withCallback = [reference, "lucia-atlassian", "lucia-atlassian, timeout: 0", "tuned JavaScript", "arctic", ...before];

const works = rateFigures.filter((work) => wanted.includes(work));
const worksIn = (runtime: string) => works.filter((work) => runtime !== "Chromium" || work === "url" || work === "callback");
const peersOf = (work: Figure) => (work === "url" ? withUrl : withCallback);

/** Unpacks the build to compare with, and gives the options of a bundle that has it among its peers. */
function addBefore(tarball: string): BuildOptions {
	const folder = join(root, "node_modules", "lucia-atlassian-before");
	rmSync(folder, { recursive: true, force: true });
	mkdirSync(folder, { recursive: true });
	execFileSync("tar", ["-xzf", tarball, "--strip-components=1", "-C", folder]);
	const file = join(scratch, "before.js");
	const peers = JSON.stringify(fileURLToPath(new URL("peers.ts", import.meta.url)));
	writeFileSync(file, `import { atlassian } from "lucia-atlassian-before/providers";\nimport { addBefore } from ${peers};\naddBefore(atlassian);\n`);
	return { inject: [file] };
}

// A part of a batch is a turn of the event loop, in which a runtime frees the signals of earlier requests; and workerd
// allows a request some 10,000 timers.
const CALLBACKS_AT_A_TIME = 500;

async function milliseconds({ run }: Runtime, job: Job): Promise<number> {
	const most = job.work === "url" ? job.count : CALLBACKS_AT_A_TIME;
	let sum = 0;
	for (let left = job.count; left > 0; left -= most) sum += await run({ ...job, count: Math.min(left, most) });
	return sum;
}

/** Does batches of a job until it is warm; gives the count that fills a batch. */
async function warmUp(runtime: Runtime, job: Omit<Job, "count">): Promise<number> {
	for (let count = 10; ; ) {
		const found = Math.max(0.1, await milliseconds(runtime, { ...job, count }));
		if (found > batch / 2) return Math.ceil((count * batch) / found);
		count = Math.ceil(count * Math.min(4, batch / found));
	}
}

/** The values of each peer, one for each round. */
const series: { figure: Figure; runtime: string; peer: string; values: number[] }[] = [];
function valuesOf(figure: Figure, runtime: string, peer: string): number[] {
	const found = series.find((one) => one.figure === figure && one.runtime === runtime && one.peer === peer);
	if (!found) series.push({ figure, runtime, peer, values: [] });
	return found?.values ?? valuesOf(figure, runtime, peer);
}

/** A round of a runtime: a new process, in which all peers take turns. */
async function measureRates(name: string, start: () => Promise<Runtime>, round: number): Promise<void> {
	const runtime = await start();
	try {
		await runtime.run("verify");
		for (const figure of worksIn(name)) {
			server.chunked = figure === "chunked";
			const work = figure === "chunked" ? "http" : figure;
			const order = turns(peersOf(figure), round);
			const warm: [peer: string, count: number][] = [];
			for (const peer of order) warm.push([peer, await warmUp(runtime, { work, peer })]);
			for (const [peer, count] of warm) {
				valuesOf(figure, name, peer).push((count * 1000) / (await milliseconds(runtime, { work, peer, count })));
			}
		}
	} finally {
		await runtime.stop();
	}
}

async function measureStarts(runtime: string): Promise<void> {
	const peers = ["nothing", ...withUrl];
	const start = await startsOf(runtime, peers);
	// The first start reads files from the disk.
	for (const peer of peers) await start(peer);
	for (let round = 0; round < starts; round++) {
		for (const peer of turns(peers, round)) valuesOf("start", runtime, peer).push(await start(peer));
	}
}

function rowsOf(figure: Figure): Row[] {
	return series.filter((one) => one.figure === figure).map(({ runtime, peer, values }) => {
		const base = valuesOf(figure, runtime, reference);
		const ratio = spread(values.map((value, round) => value / (base[round] ?? Number.NaN)));
		return { runtime, peer, value: spread(values), ...(figure !== "start" && { ratio }) };
	});
}

const rows: Record<string, object[]> = {};
const server = await startServer();
await installFixtures();
if (worksIn("Chromium").length > 0) await installChromium();
mkdirSync(scratch, { recursive: true });
const bundled = tarball === undefined ? {} : addBefore(tarball);
const starters: Record<(typeof runtimes)[number], () => Promise<Runtime>> = {
	"Node 20": () => startNode(20, server.origin, bundled),
	"Node 24": () => startNode(24, server.origin, bundled),
	workerd: () => startWorker(server.origin, bundled),
	Chromium: () => startChromium(bundled)
};

const plan: [what: string, run: () => Promise<void>][] = [];
if (wanted.includes("size")) {
	plan.push(["size", async () => {
		const names = ["lucia-atlassian", ...before.map(() => "lucia-atlassian-before")];
		rows["size"] = await Promise.all(names.map(async (name) => ({ package: name, ...(await measureSize(name)) })));
		rows["crates"] = await wasmParts();
	}]);
}
for (let round = 0; round < rounds; round++) {
	for (const name of runtimes.filter((name) => worksIn(name).length > 0)) {
		plan.push([`rates in ${name}, round ${round + 1} of ${rounds}`, () => measureRates(name, starters[name], round)]);
	}
}
for (const name of wanted.includes("start") ? runtimes.slice(0, 3) : []) plan.push([`starts of ${name}`, () => measureStarts(name)]);
for (const major of wanted.includes("memory") ? ([20, 24] as const) : []) {
	plan.push([`memory in Node ${major}`, async () => {
		const { control, ...growth } = await memoryGrowth(node(major), calls, true);
		const found = Object.entries(growth).map(([what, { calls, heap, wasm }]) => ({ runtime: `Node ${major}`, what, calls, heap, wasm }));
		rows["memory"] = [...(rows["memory"] ?? []), ...found];
	}]);
}

const began = Date.now();
for (const [index, [what, run]] of plan.entries()) {
	const minutes = ((((Date.now() - began) / index) * (plan.length - index)) / 60_000).toFixed(1);
	console.log(`${String(index + 1).padStart(3)} of ${plan.length}: ${what}${index > 3 ? ` (some ${minutes} minutes left)` : ""}`);
	await run();
}
await server.stop();

const versionOfPackage = (name: string) =>
	`${name} ${(JSON.parse(readFileSync(join(root, "node_modules", name, "package.json"), "utf8")) as { version: string }).version}`;
const measured = [
	`on ${new Date().toISOString().slice(0, 10)} on ${cpus()[0]?.model ?? "an unknown processor"}, ${cpus().length} cores, ${system()} ${release()}`,
	`Node ${versionOf("node-20")} and ${versionOf("node-24")}, workerd ${workerdVersion()}${worksIn("Chromium").length > 0 ? `, Chromium ${await versionOfBrowser("Chromium")}` : ""}`,
	["lucia-atlassian", reference, "arctic"].map(versionOfPackage).join(", "),
	`rates in ${rounds} rounds, starts in ${starts}`
].join("; ");
for (const { figure } of series) rows[figure] ??= rowsOf(figure);

const all = resultsOf(() => true);
console.log(`\n${tables(all).replaceAll("<br>", " ")}\n`);
write(scratch, all);
if (!options.quick) {
	const here = fileURLToPath(new URL(".", import.meta.url));
	const kept = JSON.parse(readFileSync(join(here, "results.json"), "utf8")) as Results;
	// The documents are about this build alone.
	const found = resultsOf((row) => !Object.values(row).some((value) => /^(lucia-atlassian-)?before$/.test(String(value))));
	for (const { path, expected } of documents(write(here, { ...kept, ...found }))) writeFileSync(path, expected);
}
console.log(`took ${((Date.now() - began) / 60_000).toFixed(1)} minutes; wrote the figures to ${options.quick ? "target" : "tests"}/bench`);

function resultsOf(isWanted: (row: object) => boolean): Results {
	const sections = Object.entries(rows).map(([figure, rows]) => [figure, { measured, rows: rows.filter(isWanted) }]);
	return Object.fromEntries(sections) as Results;
}

/** Writes results and charts, and gives the results as the file has them. */
function write(folder: string, results: Results): Results {
	const text = json(results);
	const rounded = JSON.parse(text) as Results;
	writeFileSync(join(folder, "results.json"), text);
	for (const theme of Object.keys(themes) as (keyof typeof themes)[]) {
		writeFileSync(join(folder, `chart-${theme}.svg`), chart(rounded, theme));
	}
	return rounded;
}
