// Draws a soak as SVG: a column for each runtime, and over time the memory, what was done and how long it
// took. All columns of a row have one scale.

import { escaped, picture, themes } from "../bench/chart.ts";
import type { Results, RuntimeResults, Sample } from "./run.ts";

type Theme = keyof typeof themes;

interface Series {
	name: string;
	/** `null` where there is nothing to be seen. */
	of: (sample: Sample, seconds: number) => number | null;
	colour: Record<Theme, string>;
}

const orange = { light: themes.light.own, dark: themes.dark.own };
const blue = { light: "#0969da", dark: "#58a6ff" };
const green = { light: "#1a7f37", dark: "#3fb950" };
const grey = { light: themes.light.muted, dark: themes.dark.muted };

const megabytes = (bytes: number) => bytes / 2 ** 20;

const rows: { title: string; unit: string; series: Series[] }[] = [
	{
		title: "Memory",
		unit: "MB",
		series: [{ name: "of the process", of: ({ rss }) => megabytes(rss), colour: grey }]
	},
	{
		title: "Memory in use",
		unit: "MB",
		series: [
			{ name: "heap", of: ({ heap }) => megabytes(heap), colour: blue },
			{ name: "outside of it", of: ({ external }) => megabytes(external), colour: green },
			{ name: "wasm", of: ({ wasm }) => megabytes(wasm.memory), colour: orange }
		]
	},
	{
		title: "Calls",
		unit: "a second",
		series: [
			{ name: "all", of: ({ done }, seconds) => done / seconds, colour: blue },
			{ name: "rejected", of: ({ rejected }, seconds) => rejected / seconds, colour: grey },
			{ name: "unexpected", of: ({ unexpected }, seconds) => unexpected / seconds, colour: orange }
		]
	},
	{
		title: "Latency",
		unit: "ms",
		series: [
			{ name: "p99", of: ({ p99 }) => p99, colour: grey },
			{ name: "p50", of: ({ p50 }) => p50, colour: blue }
		]
	}
];

const left = 54;
const width = 420;
const gap = 56;
const height = 120;

/** Round numbers from 0 to beyond the largest value. */
function ticks(largest: number): number[] {
	const rough = Math.max(largest, 1e-9) / 4;
	const power = 10 ** Math.floor(Math.log10(rough));
	const step = [1, 2, 5, 10].map((factor) => factor * power).find((step) => step >= rough) ?? rough;
	return Array.from({ length: Math.ceil(largest / step) + 1 }, (_, index) => index * step);
}

const shown = (value: number) => (value >= 10 || value === 0 ? value.toFixed(0) : value.toFixed(1));

/** The chart as the text of an SVG file. */
export function chart({ minutes, seed, lanes, machine, runtimes }: Results, theme: Theme): string {
	const { bar } = themes[theme];
	const out: string[] = [];
	const write = (x: number, y: number, content: string, attributes = "") =>
		out.push(`<text x="${x.toFixed(1)}" y="${y.toFixed(1)}" ${attributes}>${escaped(content)}</text>`);
	const column = (index: number) => left + index * (width + gap);
	const length = Math.max(...runtimes.flatMap(({ samples }) => samples.map(({ seconds }) => seconds)));
	const isLong = length > 180;
	const atX = (x: number, seconds: number) => x + (seconds / length) * width;

	const valuesOf = ({ samples }: RuntimeResults, { of }: Series) =>
		samples.map((sample, index) => of(sample, sample.seconds - (samples[index - 1]?.seconds ?? 0)));

	let y = 26;
	write(16, y, `Sign-ins, refreshes and faults at full speed for ${minutes} ${minutes === 1 ? "minute" : "minutes"}`, `class="title"`);
	y += 34;
	runtimes.forEach(({ name, version }, index) => write(column(index), y, `${name} ${version}`, `class="strong"`));

	for (const { title, unit, series } of rows) {
		y += 26;
		const scale = ticks(Math.max(...runtimes.flatMap((runtime) => series.flatMap((one) => valuesOf(runtime, one).map(Number)))));
		const top = scale.at(-1) ?? 1;
		const atY = (value: number) => y + 12 + height * (1 - value / top);
		for (const [index, runtime] of runtimes.entries()) {
			const x = column(index);
			const lines = series.map((one) => ({ ...one, values: valuesOf(runtime, one) }));
			const legend = lines
				.filter(({ values }) => values.some((value) => value !== null))
				.map(({ name, values, colour }) => {
					const total = values.filter((value) => value !== null);
					const median = [...total].sort((a, b) => a - b)[Math.floor(total.length / 2)] ?? 0;
					return `<tspan dx="12" fill="${colour[theme]}">●</tspan><tspan dx="4">${escaped(name)}</tspan><tspan dx="4" class="muted">${shown(median)}</tspan>`;
				});
			out.push(`<text x="${x}" y="${y}"><tspan class="strong">${title}</tspan><tspan dx="6" class="muted">${unit}</tspan>${legend.join("")}</text>`);
			for (const tick of scale) {
				const at = atY(tick).toFixed(1);
				out.push(`<line x1="${x}" x2="${x + width}" y1="${at}" y2="${at}" stroke="${bar}" stroke-width="${tick === 0 ? 1 : 0.4}"/>`);
				write(x - 6, atY(tick) + 4, tick >= 1 || tick === 0 ? String(tick) : tick.toFixed(1), `text-anchor="end" class="muted"`);
			}
			for (const { values, colour } of lines) {
				// A new line begins after a gap.
				let isDrawing = false;
				const path = values.map((value, position) => {
					const command = isDrawing ? "L" : "M";
					isDrawing = value !== null;
					const seconds = runtime.samples[position]?.seconds ?? 0;
					return value === null ? "" : `${command}${atX(x, seconds).toFixed(1)} ${atY(value).toFixed(1)}`;
				});
				out.push(`<path d="${path.join("")}" fill="none" stroke="${colour[theme]}" stroke-width="1.5" stroke-linejoin="round"/>`);
			}
		}
		y += 12 + height;
	}

	y += 16;
	const unit = isLong ? 60 : 1;
	for (const index of runtimes.keys()) {
		for (const tick of ticks(length / unit).filter((tick) => tick * unit <= length)) {
			write(atX(column(index), tick * unit), y, String(tick), `text-anchor="middle" class="muted"`);
		}
		write(column(index) + width + 12, y, isLong ? "min" : "s", `class="muted"`);
	}
	y += 30;
	const what = `${lanes} visitors at a time in each runtime, seed ${seed}; ${machine.processor}, ${machine.cores} cores.`;
	write(16, y, what, `class="muted"`);
	y += 16;
	write(16, y, "Numbers beside the names are medians. Heap: in use after a collection. Latency: of calls that no fault met, as the driver sees it.", `class="muted"`);
	return picture(column(runtimes.length), y + 16, "Line charts over time: memory, calls and latency", theme, out);
}
