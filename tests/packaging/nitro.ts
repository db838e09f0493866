// Nitro 2 by itself, the server of Nuxt 3 and 4, built for the edge. It takes npm packages to have no side effects
// (`treeshake.moduleSideEffects`), so that a package which starts by being imported is left out.

import { appScript } from "./page.ts";
import { type Project, type Row, bin, node, versionOf } from "./project.ts";
import { reportFromServer } from "./server.ts";
import type { Report } from "./suite.ts";
import { dev, environment, newest } from "./workers.ts";

const group = "nuxt";

const reportFromDeno = (project: Project, program: string) =>
	reportFromServer(project, {
		program: bin("deno"),
		args: ["run", "--no-prompt", "--allow-net", "--allow-env", "--allow-read", program],
		env: { DENO_SERVE_ADDRESS: "tcp:127.0.0.1:0", DENO_DIR: `${project.folder}/.deno`, DENO_NO_UPDATE_CHECK: "1", NO_COLOR: "1" },
		listening: /Listening on http:\/\/127\.0\.0\.1:(\d+)/,
		path: "/suite"
	});

/** How the server of each preset is run. */
const presets: Record<string, (project: Project) => Promise<Report>> = {
	cloudflare_pages: (project) => {
		const date = ["--compatibility-date", newest(), "--compatibility-flags", "nodejs_compat"];
		return reportFromServer(project, {
			...dev(project.folder, "dist/_worker.js/index.js", "--assets", "dist/assets", ...date),
			path: "/suite"
		});
	},
	deno_deploy: (project) => reportFromDeno(project, ".output/server/index.ts"),
	netlify_edge: (project) => {
		// Netlify's edge functions run in Deno, which calls the exported handler.
		project.write(
			"serve.ts",
			`
import handle from "./.netlify/edge-functions/server/server.js";
Deno.serve({ hostname: "127.0.0.1", port: 0 }, (request) => handle(request, { waitUntil() {} }));
`
		);
		return reportFromDeno(project, "serve.ts");
	},
	vercel: (project) => {
		project.write(
			"serve.mjs",
			`
import { createServer } from "node:http";
import listener from "./.vercel/output/functions/__fallback.func/index.mjs";
const server = createServer(listener).listen(0, "127.0.0.1", () => console.log("listening on " + server.address().port));
`
		);
		return reportFromServer(project, {
			program: node(24),
			args: ["serve.mjs"],
			listening: /listening on (\d+)/,
			path: "/suite"
		});
	}
};

/** Builds an app with a route for the suite. */
export async function buildNitro({ folder, write, exec }: Project, preset: string): Promise<void> {
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
}

export const rows: Row[] = Object.entries(presets).map(([preset, run]) => ({
	runtime: `Nitro, preset \`${preset}\``,
	version: () => versionOf("nitropack", group),
	// The others give it as text to what they build.
	loads: preset === "cloudflare_pages" ? "compiled module, by static import" : "text, compiled on import",
	group,
	run: async (project) => {
		await buildNitro(project, preset);
		return run(project);
	}
}));
