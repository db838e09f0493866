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
import { type ColdName, coldNames, coldNode, coldWorkerd, compareStarts } from "./cold.ts";
import { type Measured, compare } from "./compare.ts";
import { goalsTable } from "./goals.ts";
import { type Counts, type Growth, memoryGrowth } from "./memory-report.ts";
import type { PeerName } from "./peers.ts";
import { type Plan, type Rates, measureRates } from "./rates.ts";
import { writeFigures } from "./readme.ts";
import {
	type Runtime,
	root,
	scratch,
	serverRate,
	startChromium,
	startNode,
	startServer,
	startWorker,
	workerdVersion
} from "./runtimes.ts";
import { type Size, measureSize, sizeTable } from "./size.ts";
import { type Spread, inRounds, spreadText } from "./statistics.ts";

const here = dirname(fileURLToPath(import.meta.url));

const all = ["url", "callback", "chunked", "loopback", "loopback chunked", "cold", "size", "memory", "scale"] as const;
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
	? { processes: 2, rounds: 2, batch: 6, loopbackRounds: 2, loopbackBatch: 6, coldRounds: 3, scaleRounds: 1, inFlight: [1, 100], counts: { urls: 40_000, callbacks: 4_000, providers: 40_000 } }
	: {
			// Of so many, each of six, of eight and of twelve peers has each place, and each neighbour, equally often.
			processes: 12,
			rounds: 2,
			batch: 250,
			// Over HTTP, most of a callback is waiting for others: how long that takes differs by more, from second to second.
			loopbackRounds: 6,
			loopbackBatch: 80,
			coldRounds: 72,
			scaleRounds: 1,
			inFlight: [1, 10, 100, 1_000],
			counts: { urls: 3_000_000, callbacks: 300_000, providers: 3_000_000 }
		};

/** Everything that a run finds out. */
export interface Results {
	date: string;
	machine: Record<string, string | number>;
	versions: Record<string, string>;
	settings: typeof settings;
	measured: Measured[];
	/** Milliseconds of whole starts that make no URL, by runtime. */
	cold?: Record<string, Record<string, Spread>>;
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

function add(rows: Measured[]): void {
	for (const row of rows) {
		measured.push(row);
		console.log(line(row));
	}
	// What breaks later does not take with it what was found.
	write(scratch);
}

function line({ figure, runtime, peer, inFlight, unit, value, ratio, ratioToTuned, p99, p99Ratio, busy, growth }: Measured) {
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
		busy ? `${busy.median.toFixed(2)} of a core` : "",
		growth ? `${spreadText(growth)} of what it is with fewer` : ""
	].join("  ");
}

const planOf = (work: "url" | "callback" | "chunked" | "loopback", peers: PeerName[]): Plan => ({
	jobs: Object.fromEntries(peers.map((peer) => [peer, { work, peer, inFlight: 1 }])),
	...(work === "loopback" ? { rounds: settings.loopbackRounds, batch: settings.loopbackBatch } : { rounds: settings.rounds, batch: settings.batch })
});

const scalePeers: PeerName[] = [reference, "lucia-atlassian", "tuned JavaScript"];
const scaleName = (peer: string, inFlight: number) => `${peer} ${inFlight}`;

/** `loopback` with more and more in flight: all in the same rounds, so that growth is told from what slows the machine down. */
const scalePlan = (): Plan => ({
	jobs: Object.fromEntries(
		settings.inFlight.flatMap((inFlight) =>
			scalePeers.map((peer) => [scaleName(peer, inFlight), { work: "loopback" as const, peer, inFlight }])
		)
	),
	rounds: settings.scaleRounds,
	batch: settings.batch
});

function addScale(runtime: string, { rates, busy, counts }: Rates): void {
	let fewer: Record<string, number[]> = {};
	for (const inFlight of settings.inFlight) {
		const of = <Found>(found: Partial<Record<string, Found>>) =>
			Object.fromEntries(
				scalePeers.flatMap((peer) => {
					const values = found[scaleName(peer, inFlight)];
					return values === undefined ? [] : [[peer, values]];
				})
			);
		const values = of(rates);
		add(compare({ figure: "scale", runtime, inFlight, unit: "per second" }, reference, values, { fewer, busy: of(busy), counts: of(counts) }));
		fewer = values;
	}
}

type Plans = Partial<Record<Exclude<Measured["figure"], "cold" | "size" | "memory">, Plan>>;

const inProcess = (): Plans => ({
	...(wants("url") && { url: planOf("url", withUrl) }),
	...(wants("callback") && { callback: planOf("callback", withCallback) }),
	...(wants("chunked") && { chunked: planOf("chunked", withLimit) })
});
const overHttp = (): Plans => ({
	...(wants("loopback") && { loopback: planOf("loopback", withCallback) }),
	...(wants("scale") && { scale: scalePlan() })
});
/** Of a server that does not say how much there is. */
const overHttpInChunks = (): Plans => ({
	...(wants("loopback chunked") && { "loopback chunked": planOf("loopback", withLimit) })
});

/** Rates in one runtime, in processes that each load all peers. */
async function rates(name: string, plans: Plans, start: () => Promise<Runtime>): Promise<void> {
	if (Object.keys(plans).length === 0) return;
	const started = async (process: number) => {
		console.error(`${name}: process ${process + 1} of ${settings.processes}`);
		const runtime = await start();
		results.versions[name] = runtime.version;
		await runtime.verify();
		return runtime;
	};
	const { scale, ...others } = await measureRates(started, settings.processes, plans as Required<Plans>);
	for (const [figure, { rates, latencies, busy, counts }] of Object.entries(others) as [keyof typeof others, Rates][]) {
		const more = figure.startsWith("loopback") ? { latencies, busy, counts } : { counts };
		add(compare({ figure, runtime: name, unit: "per second" }, reference, rates, more));
	}
	if (scale) addScale(name, scale);
}

async function cold(runtime: string, start: (name: ColdName) => Promise<number>): Promise<void> {
	// The first start reads files from the disk.
	await inRounds(1, coldNames, start);
	const times = await inRounds(settings.coldRounds, coldNames, start);
	const { rows, parts } = compareStarts(runtime, reference, times);
	(results.cold ??= {})[runtime] = parts;
	add(rows);
	for (const [name, found] of Object.entries(parts)) console.log(`cold         ${runtime}: ${name} takes ${spreadText(found)} ms`);
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

if ([inProcess(), overHttp(), overHttpInChunks()].some((plans) => Object.keys(plans).length > 0)) {
	const server = await startServer();
	const chunked = await startServer("chunked");
	if (wants("scale")) {
		results.server = await serverRate(server.origin, settings.batch * 8);
		console.log(`scale        the server alone answers ${Math.round(results.server)} callbacks a second`);
	}
	// One after the other, so that none waits for a core.
	for (const [name, start] of [
		["Node 20", (origin: string) => startNode(20, origin)],
		["Node 24", (origin: string) => startNode(24, origin)],
		["workerd", startWorker]
	] as const) {
		await rates(name, { ...inProcess(), ...overHttp() }, () => start(server.origin));
		await rates(name, overHttpInChunks(), () => start(chunked.origin));
	}
	await rates("Chromium", inProcess(), startChromium);
	await chunked.stop();
	await server.stop();
}

if (wants("cold")) {
	await cold("Node 20", await coldNode(node(20)));
	await cold("Node 24", await coldNode(node(24)));
	results.versions["workerd"] ??= workerdVersion();
	await cold("workerd", await coldWorkerd());
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

const kept = write(scratch);
if (!options.quick) console.log(`\n${goalsTable(kept)}\n`);
if (isWhole && !options.quick) writeFigures(write(here));
console.log(`wrote results.json and the charts to ${(isWhole && !options.quick ? here : scratch).slice(root.length + 1)}`);

/** Writes what has been found so far, and gives it as anybody can read it in the file. */
function write(folder: string): Results {
	const kept = JSON.parse(JSON.stringify(results, rounded)) as Results;
	writeFileSync(join(folder, "results.json"), `${JSON.stringify(kept, undefined, "\t")}\n`);
	for (const theme of ["light", "dark"] as const) {
		writeFileSync(join(folder, `chart-${theme}.svg`), chart(kept, theme));
	}
	return kept;
}

function rounded(_key: string, value: unknown): unknown {
	return typeof value === "number" && !Number.isInteger(value) ? Number(value.toPrecision(4)) : value;
}
