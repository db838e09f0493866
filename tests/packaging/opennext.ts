// Next.js on Cloudflare by OpenNext, which bundles for Node: with the recipe of the README, the package stays outside
// of what Next.js bundles and is loaded, and its wasm compiled, before the first request.

import { rmSync } from "node:fs";
import { join } from "node:path";

import { appScript } from "./page.ts";
import { type Project, type Row, bin, node, versionOf } from "./project.ts";
import { reportFromServer } from "./server.ts";
import type { Report } from "./suite.ts";
import { dev, environment, newest } from "./workers.ts";

const group = "opennext";

// What goes wrong is told, which Next.js itself does in its log alone.
const route = `
export async function POST(request) {
	try {
		const { run } = await import("../../run.js");
		return Response.json(await run(await request.json()));
	} catch (error) {
		return new Response(String(error), { status: 500 });
	}
}
`;

/** Builds a Next.js app with a route for the suite, \`settings\` in its configuration, and serves it. */
export async function runOpenNext(project: Project, settings: object): Promise<Report> {
	const { folder, write, exec } = project;
	// The fixtures above the app are its workspace, so that theirs is the lock file.
	rmSync(join(folder, "package-lock.json"));
	const root = join(folder, "..", "..");
	write("package.json", JSON.stringify({ name: "app", private: true, type: "module", scripts: { build: "next build" } }));
	write("next.config.mjs", `export default ${JSON.stringify({ outputFileTracingRoot: root, turbopack: { root }, ...settings })};`);
	write("open-next.config.ts", 'import { defineCloudflareConfig } from "@opennextjs/cloudflare";\nexport default defineCloudflareConfig();\n');
	write(
		"wrangler.json",
		JSON.stringify({
			name: "app",
			main: ".open-next/worker.js",
			compatibility_date: newest(),
			compatibility_flags: ["nodejs_compat"],
			assets: { directory: ".open-next/assets", binding: "ASSETS" }
		})
	);
	write("run.js", appScript.replaceAll("lucia-atlassian/providers", "lucia-atlassian"));
	write("app/layout.js", 'export default ({ children }) => <html lang="en"><body>{children}</body></html>;');
	write("app/suite/route.js", route);
	const env = {
		...environment(folder),
		NEXT_TELEMETRY_DISABLED: "1",
		PATH: `${join(node(24), "..")}:${join(root, "node_modules", ".bin")}:${process.env["PATH"]}`
	};
	await exec(node(24), [bin("opennextjs-cloudflare", group), "build"], env);
	return reportFromServer(project, { ...dev(folder), path: "/suite" });
}

export const rows: Row[] = [
	{
		runtime: "OpenNext, Next.js on Cloudflare, `serverExternalPackages`",
		version: () => `${versionOf("@opennextjs/cloudflare", group)}, Next.js ${versionOf("next", group)}`,
		loads: "text, compiled on import",
		group,
		run: (project) => runOpenNext(project, { serverExternalPackages: ["lucia-atlassian"] })
	}
];
