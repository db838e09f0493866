// Frameworks, as a fresh app has them configured: built, and their production server started.

import { join } from "node:path";

import { assertEdgeEntry } from "./edge.ts";
import { type Project, type Row, bin, node, versionOf } from "./project.ts";
import { reportFromServer } from "./server.ts";

/** One app with a route for each runtime of Next.js, which both rows run. */
let next: Promise<Project> | undefined;

const nextRoute = (runtime: string) => `
import * as index from "lucia-atlassian";
import * as providers from "lucia-atlassian/providers";
import { suite } from "../../suite.js";
export const runtime = "${runtime}";
export async function POST(request) {
	return Response.json(await suite(index, providers, await request.json()));
}
`;

const nextEnvironment = { NEXT_TELEMETRY_DISABLED: "1" };

async function buildNext(project: Project): Promise<Project> {
	const { write, exec } = project;
	write("app/node/route.js", nextRoute("nodejs"));
	write("app/edge/route.js", nextRoute("edge"));
	write(
		"app/layout.js",
		'export default ({ children }) => <html lang="en"><body>{children}</body></html>;'
	);
	// Next.js itself is installed above the folder of the app.
	write(
		"next.config.js",
		'export default { turbopack: { root: new URL("../..", import.meta.url).pathname } };'
	);
	await exec(node(20), [bin("next"), "build"], nextEnvironment);
	return project;
}

async function runNext({ input }: Project, app: Project, path: string) {
	return reportFromServer(
		{ ...app, input },
		{
			program: node(20),
			args: [bin("next"), "start", "--hostname", "127.0.0.1", "--port", "0"],
			env: nextEnvironment,
			listening: /http:\/\/127\.0\.0\.1:(\d+)/,
			path
		}
	);
}

export const rows: Row[] = [
	{
		runtime: "Next.js, route handler, Node runtime",
		version: () => versionOf("next"),
		loads: "text, compiled on import",
		run: async (project) => runNext(project, await (next ??= buildNext(project)), "/node")
	},
	{
		runtime: "Next.js, route handler, edge runtime",
		version: () => versionOf("next"),
		loads: "compiled module, by static import",
		run: async (project) => {
			const app = await (next ??= buildNext(project));
			assertEdgeEntry(app.folder, join(app.folder, ".next", "server", "edge"));
			return runNext(project, app, "/edge");
		}
	},
	{
		runtime: "SvelteKit, server endpoint, adapter-node",
		version: () => versionOf("@sveltejs/kit"),
		loads: "text, compiled on import",
		run: async (project) => {
			const { write, exec } = project;
			write(
				"vite.config.js",
				`
import adapter from "@sveltejs/adapter-node";
import { sveltekit } from "@sveltejs/kit/vite";
export default { plugins: [sveltekit({ adapter: adapter() })] };
`
			);
			write(
				"src/app.html",
				"<!doctype html><html><head>%sveltekit.head%</head><body>%sveltekit.body%</body></html>"
			);
			write(
				"src/routes/suite/+server.js",
				`
import { json } from "@sveltejs/kit";
import * as index from "lucia-atlassian";
import * as providers from "lucia-atlassian/providers";
import { suite } from "../../../suite.js";
export async function POST({ request }) {
	return json(await suite(index, providers, await request.json()));
}
`
			);
			await exec(node(24), [bin("vite"), "build"]);
			return reportFromServer(project, {
				program: node(24),
				args: ["build"],
				env: { HOST: "127.0.0.1", PORT: "0" },
				listening: /Listening on http:\/\/127\.0\.0\.1:(\d+)/,
				path: "/suite"
			});
		}
	}
];
