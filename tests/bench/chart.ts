// Draws the ratios of the results as SVG: a row of bars for each figure, a column for each runtime, and a line for the
// published package.

import { type Results, rateFigures, reference, runtimes, titles } from "./report.ts";

/** Colours for a light page and for a dark one. */
export const themes = {
	light: { text: "#1f2328", muted: "#59636e", line: "#8c959f", bar: "#afb8c1", own: "#bf4b00", page: "#ffffff" },
	dark: { text: "#f0f6fc", muted: "#9198a1", line: "#656c76", bar: "#3d444d", own: "#f0883e", page: "#0d1117" }
};

const left = 210;
const width = 170;
const gap = 20;
const bar = 13;
const pitch = 18;
const column = (runtime: string) => left + (runtimes as readonly string[]).indexOf(runtime) * (width + gap);

export const escaped = (text: string) => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");

/** The chart as the text of an SVG file. */
export function chart(results: Results, theme: keyof typeof themes): string {
	const { line, bar: colour, own } = themes[theme];
	const out: string[] = [];
	const write = (x: number, y: number, content: string, attributes = "") =>
		out.push(`<text x="${x.toFixed(1)}" y="${y.toFixed(1)}" ${attributes}>${escaped(content)}</text>`);

	let y = 26;
	write(16, y, `How many times as fast as ${reference}`, `class="title"`);
	y += 34;
	for (const runtime of runtimes) write(column(runtime), y, runtime, `class="strong"`);
	y += 12;

	for (const figure of rateFigures) {
		const rows = (results[figure]?.rows ?? []).flatMap(({ runtime, peer, ratio }) => (ratio ? [{ runtime, peer, ratio }] : []));
		if (rows.length === 0) continue;
		// Room for the number behind the bar.
		const scale = (width - 38) / Math.max(1, ...rows.map(({ ratio }) => ratio.median));
		const [title, note] = titles[figure];
		y += 18;
		out.push(`<text x="16" y="${y}"><tspan class="strong">${title}</tspan><tspan dx="8" class="muted">${note}</tspan></text>`);
		y += 8;
		const peers = [...new Set(rows.map(({ peer }) => peer))];
		for (const runtime of new Set(rows.map(({ runtime }) => runtime))) {
			const x = (column(runtime) + scale).toFixed(1);
			out.push(`<line x1="${x}" x2="${x}" y1="${y}" y2="${y + peers.length * pitch}" stroke="${line}" stroke-dasharray="3 2"/>`);
		}
		for (const peer of peers) {
			const isOwn = peer.startsWith("lucia-atlassian");
			const middle = y + pitch / 2 + 4;
			write(left - 10, middle, peer, `text-anchor="end"${isOwn ? ` class="own"` : ""}`);
			for (const { runtime, ratio } of rows.filter((row) => row.peer === peer)) {
				const x = column(runtime);
				const length = ratio.median * scale;
				const box = `x="${x}" y="${y + (pitch - bar) / 2}" width="${length.toFixed(1)}" height="${bar}"`;
				out.push(`<rect ${box} rx="2" fill="${isOwn ? own : colour}"/>`);
				write(x + length + 5, middle, ratio.median.toFixed(ratio.median < 10 ? 2 : 1), isOwn ? `class="own"` : `class="muted"`);
			}
			y += pitch;
		}
		y += 10;
	}
	y += 16;
	write(16, y, `Longer is faster; the dashed line is ${reference}. Medians of rounds in which all take turns.`, `class="muted"`);
	return picture(left + runtimes.length * (width + gap), y + 16, `Bar chart: how many times as fast as ${reference}`, theme, out);
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
