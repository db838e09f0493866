// Scratch projects for the matrix. Bundlers, frameworks and runtimes are fixtures: those of this folder's lock
// file are installed in `target/packaging`, those of `fixtures/NAME` in `target/frameworks/NAME`, so that tools
// which need different versions of the same package have a group each. Each row gets a folder of its own in the
// one of its group, with the tarball installed by npm, as a user would.

import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { gzipSync } from "node:zlib";

import { build } from "esbuild";

import { type Atlassian, defaultClient, startAtlassian as startStandIn } from "../atlassian/server.ts";
import type { Input, Report } from "./suite.ts";

const here = dirname(fileURLToPath(import.meta.url));
const root = dirname(dirname(here));

const manifest = JSON.parse(readFileSync(join(root, "pkg", "package.json"), "utf8")) as {
	name: string;
	version: string;
};
export const tarball = join(root, "target", `${manifest.name}-${manifest.version}.tgz`);

const execute = promisify(execFile);

/** One line of the matrix. */
export interface Row {
	/** The runtime, framework or bundler, as the README's table names it. */
	runtime: string;
	/** Its version, read from what was installed. */
	version: () => string | Promise<string>;
	/** Whether the version is the machine's and not pinned, as with browsers. */
	renewsItself?: boolean;
	/** How it comes to the wasm, for the README's table. */
	loads: string;
	/** The name under which the tarball is installed, if not its own. */
	installAs?: string;
	/** The fixtures that it needs besides those of this folder. */
	group?: string;
	/** Whether its folder is where none of the fixtures' packages can be found. */
	isApart?: boolean;
	/** Whether `npm test` runs it, where it is a row of \`npm run test:frameworks\`. */
	isSelected?: boolean;
	/** Runs the suite there, in a project folder of its own; `null` where there is nothing to run. */
	run: (project: Project) => Promise<Report | null>;
}

/** What a row works with. */
export interface Project {
	/** The folder, in which the tarball is installed as `lucia-atlassian`. */
	folder: string;
	/** Input for one run of the suite, with a fresh code for \`read:me\` and the scope that is given. */
	input: (scope?: string) => Promise<Input>;
	/** Writes a file, and the folders above it. */
	write: (path: string, text: string) => void;
	/** Runs a program in the folder and gives what it printed; rejects with its output when it fails. */
	exec: (program: string, args: string[], env?: Record<string, string>) => Promise<string>;
}

/** A group of fixtures: the name of a folder in `fixtures`, or `undefined` for the fixtures of this folder. */
export type Group = string | undefined;

/** The folder of the lock file of a group. */
const sourceOf = (group: Group) => (group === undefined ? here : join(here, "fixtures", group));

/** The folder in which a group is installed. */
export const scratchOf = (group: Group) =>
	group === undefined ? join(root, "target", "packaging") : join(root, "target", "frameworks", group);

/** An executable of the fixtures, such as `vite`. */
export const bin = (name: string, group?: Group) => join(scratchOf(group), "node_modules", ".bin", name);

/** Node of a major version. */
export const node = (major: 20 | 22 | 24) =>
	join(scratchOf(undefined), "node_modules", `node-${major}`, "bin", "node");

/** The version of a fixture, as the lock file has it. */
export const versionOf = (name: string, group?: Group) => {
	const lock = JSON.parse(readFileSync(join(sourceOf(group), "package-lock.json"), "utf8")) as {
		packages: Record<string, { version?: string }>;
	};
	const version = lock.packages[`node_modules/${name}`]?.version;
	if (version === undefined) throw new Error(`the fixtures ${group ?? ""} have no ${name}`);
	return version;
};

const installed = new Map<Group, Promise<void>>();

/** Installs a group, unless it is that of the lock file already, and bundles the suite for its rows. */
export function installFixtures(group?: Group): Promise<void> {
	let installation = installed.get(group);
	if (installation === undefined) {
		installation = install(group);
		installed.set(group, installation);
	}
	return installation;
}

async function install(group: Group): Promise<void> {
	const scratch = scratchOf(group);
	const lock = readFileSync(join(sourceOf(group), "package-lock.json"));
	const key = createHash("sha256").update(lock).digest("hex");
	const stamp = join(scratch, "node_modules", ".installed");
	if (!existsSync(stamp) || readFileSync(stamp, "utf8") !== key) {
		console.log(`installing fixtures: ${group ?? "bundlers, frameworks and runtimes"} (a minute or two)`);
		mkdirSync(scratch, { recursive: true });
		for (const file of ["package.json", "package-lock.json"]) {
			writeFileSync(join(scratch, file), readFileSync(join(sourceOf(group), file)));
		}
		// Not `npm ci`, which refuses a lock file that lacks the packages of other platforms.
		await execute("npm", ["install", "--no-audit", "--no-fund", "--prefer-offline"], {
			cwd: scratch,
			maxBuffer: 1 << 26
		});
		writeFileSync(stamp, key);
	}
	await build({
		entryPoints: [join(here, "suite.ts")],
		outfile: join(scratch, "suite.js"),
		bundle: true,
		format: "esm",
		target: "es2022"
	});
}

/** Starts the stand-in for Atlassian, with the two faults that the suite looks for. */
export async function startAtlassian(): Promise<Atlassian> {
	const atlassian = await startStandIn();
	const raw = gzipSync(JSON.stringify(["a".repeat(1 << 21)]));
	const headers = { "Content-Encoding": "gzip", "Content-Type": "application/json" };
	atlassian.fault("resources", { status: 200, raw, headers }, Number.POSITIVE_INFINITY);
	const refusal = { status: 400, body: { error: "invalid_request" }, delay: 200, at: "body" } as const;
	atlassian.fault("revoke", refusal, Number.POSITIVE_INFINITY);
	return atlassian;
}

/** Makes the folder of a row, with `package.json`, `suite.js` and the tarball. */
export async function makeProject(
	atlassian: Atlassian,
	row: Pick<Row, "runtime" | "installAs" | "group" | "isApart">
): Promise<Project> {
	const { runtime, installAs = manifest.name, group, isApart = false } = row;
	await installFixtures(group);
	const scratch = scratchOf(group);
	const rows = isApart ? mkdtempSync(join(tmpdir(), "lucia-atlassian-")) : join(scratch, "rows");
	if (isApart) process.once("exit", () => rmSync(rows, { recursive: true, force: true, maxRetries: 5 }));
	const folder = join(rows, runtime.toLowerCase().replaceAll(/[^a-z0-9]+/g, " ").trim().replaceAll(" ", "-"));
	rmSync(folder, { recursive: true, force: true });
	const write = (path: string, text: string) => {
		mkdirSync(dirname(join(folder, path)), { recursive: true });
		writeFileSync(join(folder, path), text);
	};
	const exec = async (program: string, args: string[], env: Record<string, string> = {}) => {
		try {
			const { stdout } = await execute(program, args, {
				cwd: folder,
				env: { ...process.env, ...env },
				maxBuffer: 1 << 26
			});
			return stdout;
		} catch (error) {
			const { stdout, stderr } = error as { stdout?: string; stderr?: string };
			throw new Error(`${program} ${args.join(" ")} failed\n${stdout ?? ""}\n${stderr ?? error}`);
		}
	};
	write("package.json", JSON.stringify({ name: "row", private: true, type: "module" }));
	write("suite.js", readFileSync(join(scratch, "suite.js"), "utf8"));
	await exec("npm", [
		...["install", `${installAs}@file:${tarball}`, "--legacy-peer-deps"],
		...["--offline", "--no-audit", "--no-fund", "--install-links=false"]
	]);
	const input = async (scope = "") => {
		const redirectUri = defaultClient.redirectUris[0] ?? "";
		const parameters = new URLSearchParams({
			response_type: "code",
			client_id: defaultClient.id,
			scope: `read:me ${scope}`.trim(),
			state: "state",
			redirect_uri: redirectUri,
			audience: "api.atlassian.com",
			prompt: "consent"
		});
		const callback = await atlassian.consent(
			`https://auth.atlassian.com/authorize?${parameters}`
		);
		return {
			origin: atlassian.origin,
			code: callback.searchParams.get("code") ?? "",
			clientId: defaultClient.id,
			clientSecret: defaultClient.secret,
			redirectUri
		};
	};
	return { folder, input, write, exec };
}

/** Reads the report that a program printed as its last line. */
export function reportOf(output: string): Report {
	return JSON.parse(output.trimEnd().split("\n").at(-1) ?? "null") as Report;
}

/** The source of a program that loads the package with `import`, runs the suite and prints the report. */
export const importingProgram = `
import * as index from "lucia-atlassian";
import * as providers from "lucia-atlassian/providers";
import { suite } from "./suite.js";
console.log(JSON.stringify(await suite(index, providers, JSON.parse(process.env.INPUT))));
`;
