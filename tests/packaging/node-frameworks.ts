// What apps on Node are built, installed and watched with: frameworks, package managers, instrumentation, one file.

import { rmSync } from "node:fs";
import { join } from "node:path";

import { type Project, type Row, bin, importingProgram, node, reportOf, tarball, versionOf } from "./project.ts";
import type { Report } from "./suite.ts";

const text = "text, compiled on import";
const group = "node";

/** The program of an app that another package manager than npm has installed the tarball for. */
async function runInstalled(
	project: Project,
	install: [program: string, ...args: string[]],
	start: string[]
): Promise<Report> {
	const { folder, write, exec, input } = project;
	for (const file of ["node_modules", "package-lock.json"]) rmSync(join(folder, file), { recursive: true });
	write("package.json", JSON.stringify({ name: "app", private: true, type: "module" }));
	write("main.js", importingProgram);
	const [program, ...args] = install;
	await exec(program, args);
	return reportOf(await exec(node(24), [...start, "main.js"], { INPUT: JSON.stringify(await input()) }));
}

const packageManagers: Row[] = [
	{
		runtime: "pnpm",
		version: () => versionOf("pnpm", group),
		loads: text,
		group,
		isSelected: true,
		run: (project) => {
			const options = ["--offline", "--store-dir", join(project.folder, "store")];
			return runInstalled(project, [bin("pnpm", group), "add", `file:${tarball}`, ...options], []);
		}
	}
];

export const rows: Row[] = [...packageManagers];
