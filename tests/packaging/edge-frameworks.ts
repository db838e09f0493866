// Frameworks whose apps run in Workers: built as they are deployed to Cloudflare, and served by wrangler.

import { join } from "node:path";

import { assertEdgeEntry } from "./edge.ts";
import { appScript } from "./page.ts";
import { type Row, bin, node, versionOf } from "./project.ts";
import { reportFromServer } from "./server.ts";
import { dev, environment, newest } from "./workers.ts";

const compiled = "compiled module, by static import";

const nuxt: Row = {
	runtime: "Nuxt, Nitro preset `cloudflare_module`",
	version: () => versionOf("nuxt", "nuxt"),
	loads: compiled,
	group: "nuxt",
	isSelected: true,
	run: async (project) => {
		const { folder, write, exec } = project;
		write("run.js", appScript);
		write(
			"nuxt.config.ts",
			`export default defineNuxtConfig({
	compatibilityDate: "${newest()}",
	telemetry: false,
	nitro: { preset: "cloudflare_module", experimental: { wasm: true } }
});`
		);
		write("app.vue", "<template><p>App</p></template>");
		write("server/routes/suite.post.ts", nitroRoute);
		await exec(node(24), [bin("nuxt", "nuxt"), "build"], environment(folder));
		assertEdgeEntry(folder, join(folder, ".output", "server"));
		const date = ["--compatibility-date", newest(), "--compatibility-flags", "nodejs_compat"];
		const server = dev(folder, ".output/server/index.mjs", "--assets", ".output/public", ...date);
		return reportFromServer(project, { ...server, path: "/suite" });
	}
};

/** A route of Nitro, the server of Nuxt. */
export const nitroRoute = `
import { run } from "../../run.js";
export default defineEventHandler(async (event) => run(await readBody(event)));
`;

/** An endpoint of Astro. */
export const astroRoute = `
import { run } from "../../run.js";
export const prerender = false;
export const POST = async ({ request }) => Response.json(await run(await request.json()));
`;

const astro: Row = {
	runtime: "Astro, adapter Cloudflare",
	version: () => versionOf("astro", "astro"),
	loads: compiled,
	group: "astro",
	isSelected: true,
	run: async (project) => {
		const { folder, write, exec } = project;
		write("run.js", appScript);
		write(
			"astro.config.mjs",
			'import cloudflare from "@astrojs/cloudflare";\nexport default { output: "server", adapter: cloudflare() };\n'
		);
		write("wrangler.json", JSON.stringify({ name: "app", compatibility_date: newest() }));
		write("src/pages/suite.js", astroRoute);
		await exec(node(24), [bin("astro", "astro"), "build"], { ...environment(folder), ASTRO_TELEMETRY_DISABLED: "1" });
		assertEdgeEntry(folder, join(folder, "dist", "server"));
		return reportFromServer(project, { ...dev(folder, "--config", "dist/server/wrangler.json"), path: "/suite" });
	}
};

export const rows: Row[] = [nuxt, astro];
