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
import { type ColdName, coldNames, coldNode, coldWorkerd } from "./cold.ts";
import { goals, goalsTable } from "./goals.ts";
import { type Counts, type Growth, memoryGrowth } from "./memory-report.ts";
import type { PeerName } from "./peers.ts";
import { writeFigures } from "./readme.ts";
import {
	type Runtime,
	root,
	type Sample,
	scratch,
	startChromium,
	startNode,
	startServer,
	startWorker,
	workerdVersion
} from "./runtimes.ts";
import { type Size, measureSize, sizeTable } from "./size.ts";
import { type Spread, inRounds, quantile, spread } from "./statistics.ts";
import type { Job } from "./work.ts";

const here = dirname(fileURLToPath(import.meta.url));

const all = ["url", "callback", "loopback", "cold", "size", "memory", "scale"] as const;
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
	? { rounds: 3, batch: 6, coldRounds: 3, inFlight: [1, 100], counts: { urls: 20_000, callbacks: 2_000, providers: 20_000 } }
	: {
			rounds: 11,
			batch: 250,
			inFlight: [1, 10, 100, 1_000],
			coldRounds: 41,
			counts: { urls: 1_000_000, callbacks: 100_000, providers: 1_000_000 }
		};

/** One peer in one runtime. */
export interface Measured {
	figure: FigureName;
	runtime: string;
	peer: string;
	/** How many callbacks were waited for at a time. */
	inFlight?: number;
	/** The unit of `value`: a rate is better the higher it is, a time the lower. */
	unit: "per second" | "ms";
	value: Spread;
	/** How many times as good as the published package, by the rounds of the same run. */
	ratio: Spread;
	/** How many times as good as tuned JavaScript that sends the same requests. */
	ratioToTuned?: Spread;
	/** Milliseconds within which 99 of 100 callbacks were done: the median of the rounds. */
	p99?: number;
}

/** Everything that a run finds out. */
export interface Results {
	date: string;
	machine: Record<string, string | number>;
	versions: Record<string, string>;
	settings: typeof settings;
	measured: Measured[];
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

const measured: Measured[] = [];

function add(
	common: Pick<Measured, "figure" | "runtime" | "inFlight">,
	unit: Measured["unit"],
	values: Record<string, number[]>,
	p99s: Record<string, number[]> = {}
): void {
	const against = (peer: string, other: string) =>
		spread(
			(values[peer] ?? []).map((value, round) => {
				const base = values[other]?.[round] ?? Number.NaN;
				return unit === "ms" ? base / value : value / base;
			})
		);
	for (const peer of Object.keys(values)) {
		const tuned = peer.endsWith(", timeout") ? "tuned JavaScript, timeout" : "tuned JavaScript";
		const p99 = p99s[peer] ?? [];
		const row: Measured = {
			...common,
			peer,
			unit,
			value: spread(values[peer] ?? []),
			ratio: against(peer, reference),
			...(tuned in values && { ratioToTuned: against(peer, tuned) }),
			...(p99.length > 0 && { p99: quantile(p99, 0.5) })
		};
		measured.push(row);
		console.log(line(row));
	}
}

function line({ figure, runtime, peer, inFlight, unit, value, ratio, ratioToTuned, p99 }: Measured) {
	const number = (value: number) => (unit === "ms" ? value.toFixed(2) : Math.round(value).toString());
	const of = ({ median, lower, upper }: Spread) =>
		`${median.toFixed(2)} [${lower.toFixed(2)}, ${upper.toFixed(2)}]`;
	return [
		(inFlight === undefined ? figure : `${figure} ${inFlight}`).padEnd(11),
		runtime.padEnd(9),
		peer.padEnd(26),
		`${number(value.median).padStart(8)} ${unit}`.padEnd(20),
		`[${number(value.lower)}, ${number(value.upper)}]`.padEnd(19),
		of(ratio).padEnd(20),
		(ratioToTuned ? of(ratioToTuned) : "").padEnd(20),
		p99 === undefined ? "" : `p99 ${p99.toFixed(2)} ms`
	].join("  ");
}

/** Finds how often the work has to be done for a batch to take its time. */
async function calibrate(runtime: Runtime, job: Omit<Job, "count">): Promise<number> {
	let count = Math.max(16, job.inFlight);
	for (;;) {
		const { milliseconds } = await runtime.run({ ...job, count });
		if (milliseconds > settings.batch / 4) {
			return Math.max(job.inFlight, Math.ceil((count * settings.batch) / milliseconds));
		}
		count *= 4;
	}
}

async function rates(
	figure: FigureName,
	runtime: Runtime,
	work: Job["work"],
	peers: PeerName[],
	inFlight?: number
): Promise<void> {
	const counts = new Map<PeerName, number>();
	for (const peer of peers) {
		counts.set(peer, await calibrate(runtime, { work, peer, inFlight: inFlight ?? 1 }));
	}
	const measure = (peer: PeerName): Promise<Sample> =>
		runtime.run({ work, peer, count: counts.get(peer) ?? 1, inFlight: inFlight ?? 1 });
	// Once to warm up: compilers go on for longer than it takes to count.
	await inRounds(1, peers, measure);
	const samples = await inRounds(settings.rounds, peers, measure);
	const values: Record<string, number[]> = {};
	const p99s: Record<string, number[]> = {};
	for (const peer of peers) {
		values[peer] = samples[peer].map(
			({ milliseconds }) => ((counts.get(peer) ?? 1) * 1000) / milliseconds
		);
		p99s[peer] = samples[peer]
			.filter(({ latencies }) => latencies.length > 0)
			.map(({ latencies }) => quantile(latencies, 0.99));
	}
	add(
		{ figure, runtime: runtime.name, ...(inFlight !== undefined && { inFlight }) },
		"per second",
		values,
		p99s
	);
}

async function cold(
	runtime: string,
	start: (name: ColdName) => Promise<number>,
	takesOff: boolean
): Promise<void> {
	// The first start reads files from the disk.
	await inRounds(1, coldNames, start);
	const times = await inRounds(settings.coldRounds, coldNames, start);
	if (!takesOff) return add({ figure: "cold", runtime }, "ms", times);
	// Less the median, since a single start of nothing varies as much as what is looked for.
	const base = quantile(times.nothing, 0.5);
	const { nothing: _, ...others } = times;
	add(
		{ figure: "cold", runtime },
		"ms",
		Object.fromEntries(
			Object.entries(others).map(([name, values]) => [
				name,
				values.map((value) => Math.max(0.1, value - base))
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
	`\n${"figure".padEnd(11)}  ${"runtime".padEnd(9)}  ${"peer".padEnd(26)}  ${"median".padEnd(20)}  ${"[quartiles]".padEnd(19)}  ${"to the reference".padEnd(20)}  ${"to tuned JavaScript".padEnd(20)}`
);

if (wants("url") || wants("callback") || wants("loopback") || wants("scale")) {
	const server = await startServer();
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
			if (wants("url")) await rates("url", runtime, "url", withUrl);
			if (wants("callback")) await rates("callback", runtime, "callback", withCallback);
			if (!runtime.works.includes("loopback")) continue;
			if (wants("loopback")) await rates("loopback", runtime, "loopback", withCallback);
			if (!wants("scale")) continue;
			for (const inFlight of settings.inFlight) {
				const peers = [reference, "lucia-atlassian", "tuned JavaScript"] satisfies PeerName[];
				await rates("scale", runtime, "loopback", peers, inFlight);
			}
		} finally {
			await runtime.stop();
		}
	}
	await server.stop();
}

if (wants("cold")) {
	await cold("Node 20", coldNode(node(20)), true);
	await cold("Node 24", coldNode(node(24)), true);
	results.versions["workerd"] ??= workerdVersion();
	// A whole process starts here, too, which takes ten times as long as any peer: nothing is taken off.
	await cold("workerd", await coldWorkerd(), false);
}

if (wants("memory")) {
	results.memory = [];
	for (const major of [20, 24] as const) {
		for (const registry of [true, false]) {
			const growth = await memoryGrowth(node(major), settings.counts, registry);
			const runtime = `Node ${major}`;
			results.memory.push({ runtime, registry, counts: settings.counts, growth });
			for (const [what, { heap, wasm, table }] of Object.entries(growth)) {
				console.log(
					`memory       ${runtime}${registry ? "" : ", no FinalizationRegistry"}: after ${what}, the JavaScript heap grew by ${heap} bytes, the wasm memory by ${wasm}, its table by ${table}`
				);
			}
		}
	}
}

if (!options.quick) console.log(`\n${goalsTable(goals(results))}\n`);

const folder = isWhole && !options.quick ? here : scratch;
writeFileSync(join(folder, "results.json"), `${JSON.stringify(results, rounded, "\t")}\n`);
for (const theme of ["light", "dark"] as const) {
	writeFileSync(join(folder, `chart-${theme}.svg`), chart(results, theme));
}
if (folder === here) writeFigures(JSON.parse(JSON.stringify(results, rounded)) as Results);
console.log(`wrote results.json and the charts to ${folder.slice(root.length + 1)}`);

function rounded(_key: string, value: unknown): unknown {
	return typeof value === "number" ? Number(value.toPrecision(4)) : value;
}
