// `npm run bench`: measures the package against its peers in Node 20, Node 24, workerd and Chromium,
// prints a table, and writes the figures, a chart and the README's table. `--quick` measures too briefly for figures that
// mean something, but measures everything; `--only url,size` measures some. Only a whole run replaces
// the files beside this one; the others write below target/bench.

import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { cpus, release, totalmem, type as system } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

import { installFixtures, node } from "../packaging/project.ts";
import { chart } from "./chart.ts";
import { type Common, type Measured, type Others, compare } from "./compare.ts";
import { type ColdName, coldNames, coldNode, coldWorkerd } from "./cold.ts";
import { goalsTable } from "./goals.ts";
import { type Counts, type Growth, memoryGrowth } from "./memory-report.ts";
import type { PeerName } from "./peers.ts";
import { writeFigures } from "./readme.ts";
import {
	type Runtime,
	root,
	type Sample,
	scratch,
	serverRate,
	startChromium,
	startNode,
	startServer,
	startWorker,
	workerdVersion
} from "./runtimes.ts";
import { type Size, measureSize, sizeTable } from "./size.ts";
import { inRounds, quantile, spreadText } from "./statistics.ts";
import type { Job } from "./work.ts";

const here = dirname(fileURLToPath(import.meta.url));

const all = ["url", "callback", "chunked", "loopback", "cold", "size", "memory", "scale"] as const;
type FigureName = (typeof all)[number];

const { values: options } = parseArgs({
	options: { quick: { type: "boolean", default: false }, only: { type: "string" } }
});
const figures = new Set(options.only?.split(",") ?? all);
for (const figure of figures) {
	if (!(all as readonly string[]).includes(figure)) {
		console.error(`bench: there is no figure ${figure}, but ${all.join(", ")}`);
		process.exit(1);
	}
}
const wants = (figure: FigureName) => figures.has(figure);
const isWhole = figures.size === all.length;

const settings = options.quick
	? { rounds: 3, batch: 6, coldRounds: 3, scaleRounds: 2, inFlight: [1, 100], counts: { urls: 20_000, callbacks: 2_000, providers: 20_000 } }
	: {
			// Of so many, each of six and of eight peers has each place, and each neighbour, equally often.
			rounds: 24,
			batch: 250,
			coldRounds: 42,
			scaleRounds: 12,
			inFlight: [1, 10, 100, 1_000],
			counts: { urls: 1_000_000, callbacks: 100_000, providers: 1_000_000 }
		};

/** Everything that a run finds out. */
export interface Results {
	date: string;
	machine: Record<string, string | number>;
	versions: Record<string, string>;
	settings: typeof settings;
	measured: Measured[];
	/** Callbacks a second that the server of `loopback` and `scale` can answer. */
	server?: number;
	size?: Size;
	memory?: { runtime: string; registry: boolean; counts: Counts; growth: Record<string, Growth> }[];
}

const reference: PeerName = "@lucia-auth/oauth";
const withUrl: PeerName[] = [
	reference,
	"lucia-atlassian",
	"tuned JavaScript",
	"arctic",
	"oauth4webapi",
	"jira.js"
];
const withCallback: PeerName[] = [
	...withUrl,
	"lucia-atlassian, timeout",
	"tuned JavaScript, timeout"
];

const withLimit = withCallback.filter((peer) => peer !== "oauth4webapi" && peer !== "jira.js");

const measured: Measured[] = [];

function add(common: Common, values: Record<string, number[]>, others: Others = {}): void {
	for (const row of compare(common, reference, values, others)) {
		measured.push(row);
		console.log(line(row));
	}
}

function line({ figure, runtime, peer, inFlight, unit, value, ratio, ratioToTuned, p99, p99Ratio, growth }: Measured) {
	const number = (value: number) => (unit === "ms" ? value.toFixed(2) : Math.round(value).toString());
	return [
		(inFlight === undefined ? figure : `${figure} ${inFlight}`).padEnd(11),
		runtime.padEnd(9),
		peer.padEnd(26),
		`${number(value.median).padStart(8)} ${unit}`.padEnd(20),
		`[${number(value.lower)}, ${number(value.upper)}]`.padEnd(19),
		spreadText(ratio).padEnd(20),
		(ratioToTuned ? spreadText(ratioToTuned) : "").padEnd(20),
		p99 && p99Ratio ? `p99 ${p99.median.toFixed(2)} ms, ${spreadText(p99Ratio)}` : "",
		growth ? `${spreadText(growth)} of what it is with fewer` : ""
	].join("  ");
}

/** Finds how often the work has to be done for a batch to take its time. */
async function calibrate(runtime: Runtime, job: Omit<Job, "count">): Promise<number> {
	let count = Math.max(16, job.inFlight);
	for (;;) {
		const { milliseconds } = await runtime.run({ ...job, count });
		if (milliseconds > settings.batch / 4) {
			// So that most of the time as many are in flight as should be.
			return Math.max(3 * job.inFlight, Math.ceil((count * settings.batch) / milliseconds));
		}
		count *= 4;
	}
}

/** How often a second each job is done, round by round, and the 99th percentile of how long each took. */
async function rates<Name extends string>(
	runtime: Runtime,
	jobs: Record<Name, Omit<Job, "count">>,
	rounds: number
): Promise<{ rates: Record<Name, number[]>; p99s: Partial<Record<Name, number[]>> }> {
	const names = Object.keys(jobs) as Name[];
	const counts = {} as Record<Name, number>;
	for (const name of names) counts[name] = await calibrate(runtime, jobs[name]);
	const measure = (name: Name): Promise<Sample> => runtime.run({ ...jobs[name], count: counts[name] });
	// Once to warm up: compilers go on for longer than it takes to count.
	await inRounds(1, names, measure);
	const samples = await inRounds(rounds, names, measure);
	const found = { rates: {} as Record<Name, number[]>, p99s: {} as Partial<Record<Name, number[]>> };
	for (const name of names) {
		found.rates[name] = samples[name].map(({ milliseconds }) => (counts[name] * 1000) / milliseconds);
		if (samples[name].every(({ latencies }) => latencies.length > 0)) {
			found.p99s[name] = samples[name].map(({ latencies }) => quantile(latencies, 0.99));
		}
	}
	return found;
}

async function ratesOf(figure: "url" | "callback" | "chunked" | "loopback", runtime: Runtime, peers: PeerName[]) {
	const jobs = Object.fromEntries(peers.map((peer) => [peer, { work: figure, peer, inFlight: 1 }]));
	const { rates: values, p99s } = await rates(runtime, jobs, settings.rounds);
	add({ figure, runtime: runtime.name, unit: "per second" }, values, { p99s: p99s as Record<string, number[]> });
}

/** `loopback` with more and more in flight: all in the same rounds, so that growth is told from what slows the machine down. */
async function scale(runtime: Runtime): Promise<void> {
	const peers: PeerName[] = [reference, "lucia-atlassian", "tuned JavaScript"];
	const name = (peer: string, inFlight: number) => `${peer} ${inFlight}`;
	const jobs = Object.fromEntries(
		settings.inFlight.flatMap((inFlight) =>
			peers.map((peer) => [name(peer, inFlight), { work: "loopback" as const, peer, inFlight }])
		)
	);
	const { rates: found } = await rates(runtime, jobs, settings.scaleRounds);
	let fewer: Record<string, number[]> = {};
	for (const inFlight of settings.inFlight) {
		const values = Object.fromEntries(peers.map((peer) => [peer, found[name(peer, inFlight)] ?? []]));
		add({ figure: "scale", runtime: runtime.name, inFlight, unit: "per second" }, values, { fewer });
		fewer = values;
	}
}

async function cold(
	runtime: string,
	start: (name: ColdName) => Promise<number>,
	takesOff: boolean
): Promise<void> {
	// The first start reads files from the disk.
	await inRounds(1, coldNames, start);
	const times = await inRounds(settings.coldRounds, coldNames, start);
	if (!takesOff) return add({ figure: "cold", runtime, unit: "ms" }, times);
	// Less the median, since a single start of nothing varies as much as what is looked for. Less than a
	// millisecond cannot be told from nothing.
	const base = quantile(times.nothing, 0.5);
	const { nothing: _, ...others } = times;
	add(
		{ figure: "cold", runtime, unit: "ms" },
		Object.fromEntries(
			Object.entries(others).map(([name, values]) => [
				name,
				values.map((value) => Math.max(1, value - base))
			])
		)
	);
	console.log(`cold         ${runtime}: a start with nothing takes ${base.toFixed(1)} ms, which is taken off`);
}

const versionOfPackage = (name: string): string =>
	(JSON.parse(readFileSync(join(root, "node_modules", name, "package.json"), "utf8")) as { version: string })
		.version;

await installFixtures();
mkdirSync(scratch, { recursive: true });
const results: Results = {
	date: new Date().toISOString().slice(0, 10),
	machine: {
		processor: cpus()[0]?.model ?? "unknown",
		cores: cpus().length,
		memoryInGigabytes: Math.round(totalmem() / 1e9),
		system: `${system()} ${release()}`
	},
	versions: Object.fromEntries(
		["lucia-atlassian", reference, "arctic", "oauth4webapi", "jira.js", "lucia"].map((name) => [
			name,
			versionOfPackage(name)
		])
	),
	settings,
	measured
};

if (wants("size")) {
	results.size = await measureSize();
	console.log(sizeTable(results.size));
}

console.log(
	`\n${"figure".padEnd(11)}  ${"runtime".padEnd(9)}  ${"peer".padEnd(26)}  ${"median".padEnd(20)}  ${"[19 times of 20]".padEnd(19)}  ${"to the reference".padEnd(20)}  ${"to tuned JavaScript".padEnd(20)}`
);

if (wants("url") || wants("callback") || wants("chunked") || wants("loopback") || wants("scale")) {
	const server = await startServer();
	if (wants("scale")) {
		results.server = await serverRate(server.origin, settings.batch * 8);
		console.log(`scale        the server alone answers ${Math.round(results.server)} callbacks a second`);
	}
	const starts = [
		() => startNode(20, server.origin),
		() => startNode(24, server.origin),
		() => startWorker(server.origin),
		() => startChromium()
	];
	// One after the other, so that none waits for a core.
	for (const start of starts) {
		const runtime = await start();
		results.versions[runtime.name] = runtime.version;
		try {
			await runtime.verify();
			if (wants("url")) await ratesOf("url", runtime, withUrl);
			if (wants("callback")) await ratesOf("callback", runtime, withCallback);
			if (wants("chunked")) await ratesOf("chunked", runtime, withLimit);
			if (!runtime.works.includes("loopback")) continue;
			if (wants("loopback")) await ratesOf("loopback", runtime, withCallback);
			if (wants("scale")) await scale(runtime);
		} finally {
			await runtime.stop();
		}
	}
	await server.stop();
}

if (wants("cold")) {
	await cold("Node 20", await coldNode(node(20)), true);
	await cold("Node 24", await coldNode(node(24)), true);
	results.versions["workerd"] ??= workerdVersion();
	// A whole process starts, which takes ten times as long as any peer: what a start with nothing takes is a row
	// of its own.
	await cold("workerd", await coldWorkerd(), false);
}

if (wants("memory")) {
	results.memory = [];
	for (const major of [20, 24] as const) {
		const runtime = `Node ${major}`;
		// Both at once: no clock runs.
		const both = [true, false].map(async (registry) => {
			const growth = await memoryGrowth(node(major), settings.counts, registry);
			return { runtime, registry, counts: settings.counts, growth };
		});
		for (const found of await Promise.all(both)) {
			results.memory.push(found);
			for (const [what, { heap, wasm, table }] of Object.entries(found.growth)) {
				console.log(
					`memory       ${runtime}${found.registry ? "" : ", no FinalizationRegistry"}: after ${what}, the JavaScript heap grew by ${heap} bytes, the wasm memory by ${wasm}, its table by ${table}`
				);
			}
		}
	}
}


// What is drawn and written is what anybody can read in the file.
const kept = JSON.parse(JSON.stringify(results, rounded)) as Results;
if (!options.quick) console.log(`\n${goalsTable(kept)}\n`);
const folder = isWhole && !options.quick ? here : scratch;
writeFileSync(join(folder, "results.json"), `${JSON.stringify(kept, undefined, "\t")}\n`);
for (const theme of ["light", "dark"] as const) {
	writeFileSync(join(folder, `chart-${theme}.svg`), chart(kept, theme));
}
if (folder === here) writeFigures(kept);
console.log(`wrote results.json and the charts to ${folder.slice(root.length + 1)}`);

function rounded(_key: string, value: unknown): unknown {
	return typeof value === "number" ? Number(value.toPrecision(4)) : value;
}
