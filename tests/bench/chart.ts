// Draws the ratios of a run as SVG: a row for each figure, a column for each runtime, a bar for each
// peer, and a line where the published package stands.

import type { Results } from "./bench.ts";
import { type Measured, isTold } from "./compare.ts";

/** Colours for a light page and for a dark one. */
export const themes = {
	light: { text: "#1f2328", muted: "#59636e", line: "#8c959f", bar: "#afb8c1", own: "#bf4b00", page: "#ffffff" },
	dark: { text: "#f0f6fc", muted: "#9198a1", line: "#656c76", bar: "#3d444d", own: "#f0883e", page: "#0d1117" }
};

const rows: { figure: Measured["figure"]; title: string; note: string }[] = [
	{ figure: "url", title: "Authorization URLs", note: "a second" },
	{ figure: "callback", title: "Callbacks", note: "a second, answered in the process" },
	{ figure: "chunked", title: "The same, length not said", note: "a second" },
	{ figure: "loopback", title: "Callbacks over HTTP", note: "a second, server on the same machine" },
	{ figure: "scale", title: "Callbacks over HTTP, more in flight", note: "a second" },
	{ figure: "cold", title: "Start to first URL", note: "speed, less a start with nothing" }
];
const runtimes = ["Node 20", "Node 24", "workerd", "Chromium"];

const left = 190;
const width = 180;
const gap = 20;
const bar = 13;
const pitch = 18;

export const escaped = (text: string) =>
	text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");

/** The chart as the text of an SVG file. */
export function chart({ measured, versions, machine }: Results, theme: keyof typeof themes): string {
	const { line, bar: colour, own } = themes[theme];
	const out: string[] = [];
	const write = (x: number, y: number, content: string, attributes = "") =>
		out.push(`<text x="${x.toFixed(1)}" y="${y.toFixed(1)}" ${attributes}>${escaped(content)}</text>`);

	const column = (index: number) => left + index * (width + gap);
	const total = column(runtimes.length);
	let y = 26;
	write(16, y, "How many times as fast as @lucia-auth/oauth", `class="title"`);
	y += 34;
	runtimes.forEach((runtime, index) => write(column(index), y, runtime, `class="strong"`));
	y += 12;

	for (const { figure, title, note } of rows) {
		const cells = measured
			.filter((row) => row.figure === figure && isTold(row))
			// With one in flight, `scale` is `loopback`.
			.filter(({ peer, inFlight = 2 }) => figure !== "scale" || (peer === "lucia-atlassian" && inFlight > 1))
			.map(({ runtime, peer, ratio, inFlight }) => ({
				runtime,
				name: inFlight === undefined ? peer : `${peer}, ${inFlight}`,
				ratio
			}));
		const names = [...new Set(cells.map(({ name }) => name))];
		if (names.length === 0) continue;
		const largest = Math.max(1, ...cells.map(({ ratio }) => ratio.median));
		// Room for the number behind the bar.
		const scale = (width - 38) / largest;
		y += 18;
		out.push(
			`<text x="16" y="${y}"><tspan class="strong">${title}</tspan><tspan dx="8" class="muted">${note}</tspan></text>`
		);
		y += 8;
		const top = y;
		for (const runtime of new Set(cells.map((cell) => cell.runtime))) {
			const x = column(runtimes.indexOf(runtime)) + scale;
			out.push(
				`<line x1="${x.toFixed(1)}" x2="${x.toFixed(1)}" y1="${top}" y2="${top + names.length * pitch}" stroke="${line}" stroke-dasharray="3 2"/>`
			);
		}
		for (const name of names) {
			const isOwn = name.startsWith("lucia-atlassian");
			const middle = y + pitch / 2 + 4;
			write(left - 10, middle, name, `text-anchor="end"${isOwn ? ` class="own"` : ""}`);
			for (const { runtime, ratio } of cells.filter((cell) => cell.name === name)) {
				const x = column(runtimes.indexOf(runtime));
				const length = ratio.median * scale;
				out.push(
					`<rect x="${x}" y="${y + (pitch - bar) / 2}" width="${length.toFixed(1)}" height="${bar}" rx="2" fill="${isOwn ? own : colour}"/>`
				);
				const label = ratio.median < 10 ? ratio.median.toFixed(2) : ratio.median.toFixed(1);
				write(x + length + 5, middle, label, isOwn ? `class="own"` : `class="muted"`);
			}
			y += pitch;
		}
		y += 10;
	}

	y += 16;
	write(
		16,
		y,
		["Node 20", "Node 24", "workerd", "Chromium"]
			.filter((name) => versions[name])
			.map((name) => (name.startsWith("Node") ? `Node ${versions[name]}` : `${name} ${versions[name]}`))
			.join(", ") + `; ${machine["processor"]}, ${machine["cores"]} cores`,
		`class="muted"`
	);
	y += 16;
	write(
		16,
		y,
		"Longer is faster; the dashed line is @lucia-auth/oauth. Medians of several processes, in each of which all take turns. timeout: with a time limit on each request.",
		`class="muted"`
	);
	const height = y + 16;

	return picture(total, height, "Bar chart: how many times as fast as @lucia-auth/oauth", theme, out);
}

/** The SVG file around what was drawn. */
export function picture(width: number, height: number, label: string, theme: keyof typeof themes, drawn: string[]): string {
	const { text, muted, own, page } = themes[theme];
	return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="${label}">
<style>text{font:12px -apple-system,"Segoe UI","Noto Sans",Helvetica,Arial,sans-serif;fill:${text};paint-order:stroke;stroke:${page};stroke-width:3px;stroke-linejoin:round}.title{font-size:16px;font-weight:600}.strong{font-size:13px;font-weight:600}.muted{fill:${muted}}.own{fill:${own};font-weight:600}</style>
${drawn.join("\n")}
</svg>
`;
}
