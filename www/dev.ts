// Starts the app for the demo and the tests, and the stand-in for Atlassian unless there are credentials. The app runs
// as a Worker under `wrangler dev`, with migrations applied and D1 in the caller's folder, or on Node.

import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

import Database from "better-sqlite3";

import { type Atlassian, type AtlassianOptions, defaultClient, startAtlassian } from "../tests/atlassian/server.ts";
import { StepError, step } from "../pkg/build/commands.js";
import { inRoot } from "../pkg/build/files.js";
import { start } from "../tests/packaging/process.ts";
import { CALLBACK_PATH, type ProviderEnv } from "./provider.ts";
import type { ServerOptions } from "./server.ts";

const www = fileURLToPath(new URL(".", import.meta.url));
// Beside the logs of the steps.
const wranglerLog = inRoot("target", "logs", "wrangler.log");
const wrangler = fileURLToPath(new URL("../node_modules/wrangler/bin/wrangler.js", import.meta.url));

export type WorkerOptions = {
	/** An empty folder for the database and all files of wrangler. */
	folder: string;
	/** 0 chooses a free one. */
	port: number;
	env: ProviderEnv;
	/** Options of the stand-in. */
	atlassian?: AtlassianOptions;
	/** The Worker's file, from `www/` on. */
	script?: string;
};

/** A row of a table, by column. */
type Row = Record<string, unknown>;

/** Whether to use Atlassian and not the stand-in. */
function hasCredentials({ ATLASSIAN_CLIENT_ID: id, ATLASSIAN_CLIENT_SECRET: secret }: ProviderEnv): boolean {
	if (Boolean(id) !== Boolean(secret)) {
		throw new Error("Set both ATLASSIAN_CLIENT_ID and ATLASSIAN_CLIENT_SECRET, in the environment or in www/.dev.vars, or neither to use the stand-in.");
	}
	return Boolean(id);
}

/** Registers the app with both names of this machine: the visitor may use either. */
function register(standIn: Atlassian | undefined, origin: string): void {
	for (const client of standIn?.clients ?? []) {
		if (client.id !== defaultClient.id) continue;
		client.redirectUris.push(origin + CALLBACK_PATH, origin.replace("127.0.0.1", "localhost") + CALLBACK_PATH);
	}
}

export async function startNode({ filename, port, env, withoutLucia = false }: ServerOptions) {
	const standIn = hasCredentials(env) ? undefined : await startAtlassian();
	try {
		const { startServer } = await import("./server.ts");
		const server = await startServer({ filename, port, env: { ...env, STAND_IN: standIn?.origin }, withoutLucia });
		register(standIn, server.origin);
		return {
			...server,
			standIn,
			filename,
			/** The rows of each table. */
			async rows(tables: string[]): Promise<Row[][]> {
				const database = new Database(filename, { readonly: true });
				try {
					return tables.map((name) => database.prepare<[], Row>(`SELECT * FROM ${name}`).all());
				} finally {
					database.close();
				}
			},
			async close() {
				server.close();
				await standIn?.close();
			},
		};
	} catch (error) {
		await standIn?.close();
		throw error;
	}
}

export async function startWorker({ folder, port, env, atlassian, script = "worker.ts" }: WorkerOptions) {
	const isReal = hasCredentials(env);
	// wrangler names the file even when it ends too early to write it.
	mkdirSync(dirname(wranglerLog), { recursive: true });
	writeFileSync(wranglerLog, "");
	const local = ["--local", "--persist-to", folder];
	await runWrangler(
		{ name: "D1 database", why: "wrangler creates the tables", seconds: 3 },
		["d1", "migrations", "apply", "DB", ...local],
		folder,
	);
	const filename = databaseFile(folder);

	const standIn = isReal ? undefined : await startAtlassian(atlassian);
	try {
		const { ATLASSIAN_CLIENT_ID, ATLASSIAN_CLIENT_SECRET } = env;
		const vars = standIn ? { STAND_IN: standIn.origin } : { ATLASSIAN_CLIENT_ID, ATLASSIAN_CLIENT_SECRET };
		// Replaces .dev.vars, which has neither the environment nor the origin of the stand-in.
		const file = join(folder, "worker.env");
		writeFileSync(file, Object.entries(vars).map(([name, value]) => `${name}='${value}'\n`).join(""));
		const args = ["dev", script, "--config", "wrangler.json", ...local, "--port", String(port), "--inspector-port", "0", "--env-file", file];
		const options = { cwd: www, env: wranglerEnv(folder), ready: /Ready on (http:\/\/127\.0\.0\.1:\d+)/ };
		const { ready, stop, output } = await step({ name: "Worker", why: "wrangler dev bundles and starts the app", seconds: 3 }, (_run, log) =>
			start(process.execPath, [wrangler, ...args], { ...options, log }).catch(() => {
				throw new StepError("`wrangler dev` ended before the Worker was ready.");
			}),
		);
		const origin = ready[1] ?? "";
		register(standIn, origin);
		return {
			origin,
			standIn,
			/** D1's SQLite file. You can read it while the Worker runs. */
			filename,
			/**
			 * The rows of each table, read by wrangler: starting it takes seconds, compiling better-sqlite3 a minute.
			 */
			async rows(tables: string[]): Promise<Row[][]> {
				const command = tables.map((name) => `SELECT * FROM ${name};`).join(" ");
				const output = await runWrangler(
					{ name: "D1 rows", why: "wrangler reads the tables", seconds: 2 },
					["d1", "execute", "DB", ...local, "--json", "--command", command],
					folder,
				);
				return (JSON.parse(output) as { results: Row[] }[]).map(({ results }) => results);
			},
			/** The output of wrangler, including the Worker's console. */
			output,
			async close() {
				await stop();
				await standIn?.close();
			},
		};
	} catch (error) {
		await standIn?.close();
		throw error;
	}
}

/** Runs a wrangler command as a step of the screen and resolves to its standard output. `folder` is for its files. */
export async function runWrangler(description: Parameters<typeof step>[0], args: string[], folder: string): Promise<string> {
	const { output } = await step(description, (run) => run(process.execPath, [wrangler, ...args], { cwd: www, env: wranglerEnv(folder) }));
	return output;
}

/** The environment in which wrangler asks nothing, reports nothing, and writes only into `folder` and the logs. */
export function wranglerEnv(folder: string): NodeJS.ProcessEnv {
	const temporary = join(folder, "tmp");
	mkdirSync(temporary, { recursive: true });
	return {
		...process.env,
		CI: "true",
		CLOUDFLARE_CF_FETCH_ENABLED: "false",
		FORCE_COLOR: "0",
		TMPDIR: temporary,
		// wrangler names this file when it fails. The folder above may no longer exist then.
		WRANGLER_LOG_PATH: wranglerLog,
		WRANGLER_HIDE_BANNER: "true",
		WRANGLER_SEND_METRICS: "false",
		XDG_CONFIG_HOME: temporary,
	};
}

function databaseFile(folder: string): string {
	const d1 = join(folder, "v3", "d1", "miniflare-D1DatabaseObject");
	const names = readdirSync(d1).filter((name) => name.endsWith(".sqlite") && name !== "metadata.sqlite");
	if (names.length !== 1) throw new Error(`Expected D1 to have one database in ${d1}, found ${names.length}.`);
	return join(d1, names[0] ?? "");
}
