// Nitro 2 by itself, the server of Nuxt 3 and 4, built for the edge. It takes npm packages to have no side effects
// (`treeshake.moduleSideEffects`), so that a package which starts by being imported is left out.

import { appScript } from "./page.ts";
import { type Project, type Row, bin, node, reportOf, versionOf } from "./project.ts";
import { reportFromServer } from "./server.ts";
import type { Report } from "./suite.ts";
import { dev, environment, newest } from "./workers.ts";

const group = "nuxt";

/** Runs what a preset has built as a program that calls its handler, as Vercel and Netlify do. */
const callingHandler = (path: string) => async ({ write, exec, input }: Project) => {
	write(
		"call.mjs",
		`
import handle from "./${path}";
const body = process.env.INPUT;
const request = new Request("https://app.example/suite", { method: "POST", headers: { "Content-Type": "application/json" }, body });
const response = await handle(request, { waitUntil() {} });
console.log(await response.text());
process.exit();
`
	);
	return reportOf(await exec(node(24), ["call.mjs"], { INPUT: JSON.stringify(await input()) }));
};

/** How the server of each preset is run. */
const presets: Record<string, (project: Project) => Promise<Report>> = {
	cloudflare_pages: (project) => {
		const date = ["--compatibility-date", newest(), "--compatibility-flags", "nodejs_compat"];
		return reportFromServer(project, {
			...dev(project.folder, "dist/_worker.js/index.js", "--assets", "dist/assets", ...date),
			path: "/suite"
		});
	},
	deno_deploy: (project) =>
		reportFromServer(project, {
			program: bin("deno"),
			args: ["run", "--no-prompt", "--allow-net", "--allow-env", "--allow-read", ".output/server/index.ts"],
			env: { DENO_SERVE_ADDRESS: "tcp:127.0.0.1:0", DENO_DIR: `${project.folder}/.deno`, DENO_NO_UPDATE_CHECK: "1", NO_COLOR: "1" },
			listening: /Listening on http:\/\/127\.0\.0\.1:(\d+)/,
			path: "/suite"
		}),
	vercel_edge: callingHandler(".vercel/output/functions/__fallback.func/index.mjs"),
	netlify_edge: callingHandler(".netlify/edge-functions/server/server.js")
};

export const rows: Row[] = Object.entries(presets).map(([preset, run]) => ({
	runtime: `Nitro, preset \`${preset}\``,
	version: () => versionOf("nitropack", group),
	// The others give it as text to what they build.
	loads: preset === "cloudflare_pages" ? "compiled module, by static import" : "text, compiled on import",
	group,
	run: async (project) => {
		const { folder, write, exec } = project;
		write("run.js", appScript);
		write("nitro.config.ts", `export default { compatibilityDate: "${newest()}", experimental: { wasm: true } };`);
		write("public/assets/app.txt", "app");
		write(
			"routes/suite.post.ts",
			`
import { run } from "../run.js";
export default eventHandler(async (event) => run(await readBody(event)));
`
		);
		await exec(node(24), [bin("nitropack", group), "build"], { ...environment(folder), NITRO_PRESET: preset });
		return run(project);
	}
}));
