// Frameworks that have an adapter for Cloudflare: built as they are deployed there and served by wrangler, and, where
// it is the same app, as a server for Node. Each has one route that runs the suite, `/suite`, and imports the package
// by name, as apps do: a namespace would keep a bundler from leaving out what it takes to be unused.

import { join } from "node:path";

import { assertEdgeEntry } from "./edge.ts";
import { appScript } from "./page.ts";
import { type Project, type Row, bin, node, versionOf } from "./project.ts";
import { reportFromServer } from "./server.ts";
import type { Report } from "./suite.ts";
import { dev, environment, newest } from "./workers.ts";

const compiled = "compiled module, by static import";
const text = "text, compiled on import";

/** A row for Cloudflare: writes the app, builds it, and has wrangler serve what lies in \`output\`. */
const onCloudflare = (
	runtime: string,
	{ group, framework, files, builds, output, wrangler }: {
		group: string;
		framework: string;
		/** Of the app, besides `run.js`. */
		files: Record<string, string>;
		/** The programs that build it. */
		builds: [program: string, ...args: string[]][];
		/** The folder of what is uploaded. */
		output: string;
		/** What wrangler is told to serve. */
		wrangler: string[];
	}
): Row => ({
	runtime,
	version: () => versionOf(framework, group),
	loads: compiled,
	group,
	run: async (project) => {
		const { folder, exec } = project;
		writeApp(project, files);
		for (const [program, ...args] of builds) await exec(node(24), [bin(program, group), ...args], environment(folder));
		assertEdgeEntry(folder, join(folder, output));
		return reportFromServer(project, { ...dev(folder, ...wrangler), path: "/suite" });
	}
});

function writeApp({ write }: Project, files: Record<string, string>): void {
	write("run.js", appScript);
	for (const [path, content] of Object.entries(files)) write(path, content);
}

/** Runs the built app as a server of Node. */
const onNode = (project: Project, program: string, env: Record<string, string>, listening: RegExp): Promise<Report> =>
	reportFromServer(project, { program: node(24), args: [program], env, listening, path: "/suite" });

const wranglerConfig = (settings: object = {}) =>
	JSON.stringify({ name: "app", compatibility_date: newest(), compatibility_flags: ["nodejs_compat"], ...settings });

export const nuxt = (preset: string) => ({
	"nuxt.config.ts": `export default defineNuxtConfig({
	compatibilityDate: "${newest()}",
	telemetry: false,
	nitro: { preset: "${preset}", experimental: { wasm: true } }
});
`,
	"app.vue": "<template><p>App</p></template>",
	"server/routes/suite.post.ts": `
import { run } from "../../run.js";
export default defineEventHandler(async (event) => run(await readBody(event)));
`
});

const astro = (adapter: string) => ({
	"astro.config.mjs": `
import adapter from "@astrojs/${adapter}";
export default { output: "server", adapter: adapter(${adapter === "node" ? '{ mode: "standalone" }' : ""}) };
`,
	"src/pages/suite.js": `
import { run } from "../../run.js";
export const prerender = false;
export const POST = async ({ request }) => Response.json(await run(await request.json()));
`
});

export const rows: Row[] = [
	{
		...onCloudflare("Nuxt, Nitro preset `cloudflare_module`", {
			group: "nuxt",
			framework: "nuxt",
			files: nuxt("cloudflare_module"),
			builds: [["nuxt", "build"]],
			output: ".output/server",
			wrangler: [
				...[".output/server/index.mjs", "--assets", ".output/public"],
				...["--compatibility-date", newest(), "--compatibility-flags", "nodejs_compat"]
			]
		}),
		isSelected: true
	},
	{
		runtime: "Nuxt, Nitro preset `node-server`",
		version: () => versionOf("nuxt", "nuxt"),
		loads: text,
		group: "nuxt",
		run: async (project) => {
			writeApp(project, nuxt("node-server"));
			await project.exec(node(24), [bin("nuxt", "nuxt"), "build"]);
			const env = { HOST: "127.0.0.1", PORT: "0" };
			return onNode(project, ".output/server/index.mjs", env, /Listening on http:\/\/127\.0\.0\.1:(\d+)/);
		}
	},
	{
		...onCloudflare("Astro, adapter Cloudflare", {
			group: "astro",
			framework: "astro",
			files: { ...astro("cloudflare"), "wrangler.json": wranglerConfig() },
			builds: [["astro", "build"]],
			output: "dist/server",
			wrangler: ["--config", "dist/server/wrangler.json"]
		}),
		isSelected: true
	},
	{
		runtime: "Astro, adapter Node",
		version: () => versionOf("astro", "astro"),
		loads: text,
		group: "astro",
		run: async (project) => {
			writeApp(project, astro("node"));
			await project.exec(node(24), [bin("astro", "astro"), "build"]);
			// It prints the port that it was told, so a free one is looked for here.
			const port = String(20_000 + (process.pid % 20_000));
			return onNode(project, "dist/server/entry.mjs", { HOST: "127.0.0.1", PORT: port }, /http:\/\/127\.0\.0\.1:(\d+)/);
		}
	},
	onCloudflare("Cloudflare's Vite plugin", {
		group: "vite",
		framework: "@cloudflare/vite-plugin",
		files: {
			"vite.config.js": 'import { cloudflare } from "@cloudflare/vite-plugin";\nexport default { plugins: [cloudflare()] };\n',
			"wrangler.json": wranglerConfig({ main: "worker.js", compatibility_flags: [] }),
			"worker.js": `
import { run } from "./run.js";
export default { fetch: async (request) => Response.json(await run(await request.json())) };
`
		},
		builds: [["vite", "build"]],
		output: "dist/app",
		wrangler: ["--config", "dist/app/wrangler.json"]
	}),
	onCloudflare("React Router, Cloudflare", {
		group: "vite",
		framework: "react-router",
		files: {
			"vite.config.js": `
import { cloudflare } from "@cloudflare/vite-plugin";
import { reactRouter } from "@react-router/dev/vite";
export default { plugins: [cloudflare({ viteEnvironment: { name: "ssr" } }), reactRouter()] };
`,
			"react-router.config.js": "export default { ssr: true };\n",
			"wrangler.json": wranglerConfig({ main: "worker.js" }),
			"worker.js": `
import { createRequestHandler } from "react-router";
const handle = createRequestHandler(() => import("virtual:react-router/server-build"), import.meta.env.MODE);
export default { fetch: (request) => handle(request) };
`,
			"app/root.jsx": `
import { Outlet } from "react-router";
export default () => <html lang="en"><body><Outlet /></body></html>;
`,
			"app/entry.server.jsx": `
import { ServerRouter } from "react-router";
import { renderToReadableStream } from "react-dom/server";
export default async (request, status, headers, context) =>
	new Response(await renderToReadableStream(<ServerRouter context={context} url={request.url} />), { status, headers });
`,
			"app/routes.js": 'import { route } from "@react-router/dev/routes";\nexport default [route("suite", "suite.js")];\n',
			"app/suite.js": `
import { run } from "../run.js";
export const action = async ({ request }) => Response.json(await run(await request.json()));
`
		},
		builds: [["react-router", "build"]],
		output: "build/server",
		wrangler: ["--config", "build/server/wrangler.json"]
	}),
	onCloudflare("SvelteKit, adapter-cloudflare", {
		group: "vite",
		framework: "@sveltejs/kit",
		files: {
			"vite.config.js": 'import { sveltekit } from "@sveltejs/kit/vite";\nexport default { plugins: [sveltekit()] };\n',
			"svelte.config.js": 'import adapter from "@sveltejs/adapter-cloudflare";\nexport default { kit: { adapter: adapter() } };\n',
			"wrangler.json": wranglerConfig({
				main: ".svelte-kit/cloudflare/_worker.js",
				assets: { binding: "ASSETS", directory: ".svelte-kit/cloudflare" }
			}),
			"src/app.html": "<!doctype html><html><head>%sveltekit.head%</head><body>%sveltekit.body%</body></html>",
			"src/routes/suite/+server.js": `
import { json } from "@sveltejs/kit";
import { run } from "../../../run.js";
export const POST = async ({ request }) => json(await run(await request.json()));
`
		},
		builds: [["vite", "build"], ["wrangler", "deploy", "--dry-run", "--outdir", "uploaded"]],
		output: "uploaded",
		wrangler: []
	}),
	onCloudflare("TanStack Start, Cloudflare", {
		group: "vite",
		framework: "@tanstack/react-start",
		files: {
			"vite.config.js": `
import { cloudflare } from "@cloudflare/vite-plugin";
import { tanstackStart } from "@tanstack/react-start/plugin/vite";
import react from "@vitejs/plugin-react";
export default { plugins: [cloudflare({ viteEnvironment: { name: "ssr" } }), tanstackStart(), react()] };
`,
			"wrangler.json": wranglerConfig({ main: "@tanstack/react-start/server-entry" }),
			"src/router.jsx": `
import { createRouter } from "@tanstack/react-router";
import { routeTree } from "./routeTree.gen";
export const getRouter = () => createRouter({ routeTree });
`,
			"src/routes/__root.jsx": `
import { HeadContent, Outlet, Scripts, createRootRoute } from "@tanstack/react-router";
export const Route = createRootRoute({
	component: () => <html lang="en"><head><HeadContent /></head><body><Outlet /><Scripts /></body></html>
});
`,
			"src/routes/suite.js": `
import { createFileRoute } from "@tanstack/react-router";
import { run } from "../../run.js";
export const Route = createFileRoute("/suite")({
	server: { handlers: { POST: async ({ request }) => Response.json(await run(await request.json())) } }
});
`
		},
		builds: [["vite", "build"]],
		output: "dist/server",
		wrangler: ["--config", "dist/server/wrangler.json"]
	})
];
