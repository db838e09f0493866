// Rows whose suite runs inside a server, as that of Workers or of Next.js: starts it on a free port,
// posts the input of the suite to it, and ends it with everything that it started, however the row
// goes.

import { spawn } from "node:child_process";
import { once } from "node:events";

import type { Project } from "./project.ts";
import type { Report } from "./suite.ts";

/** How a server is started. */
export interface Server {
	program: string;
	args: string[];
	env?: Record<string, string>;
	/** Finds in what the server prints, by its first group, the port on which it listens. */
	listening: RegExp;
	/** Where it runs the suite on the input that is posted to it, and answers the report. */
	path: string;
}

/** Runs the suite in a server that is started in the folder of the project. */
export async function reportFromServer(
	{ folder, input }: Project,
	{ program, args, env, listening, path }: Server
): Promise<Report> {
	// A process group of its own, so that what the server starts ends with it.
	const child = spawn(program, args, {
		cwd: folder,
		env: { ...process.env, ...env },
		detached: true,
		stdio: ["ignore", "pipe", "pipe"]
	});
	const kill = () => {
		try {
			if (child.pid) process.kill(-child.pid, "SIGKILL");
		} catch (error) {
			if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
		}
	};
	const interrupt = () => process.exit(1);
	process.once("exit", kill);
	for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, interrupt);

	let output = "";
	const closed = once(child, "close");
	const problem = (what: string) =>
		new Error(`${[program, ...args].join(" ")}: ${what}\n${output}`);
	const port = new Promise<string>((resolve, reject) => {
		const late = setTimeout(() => reject(problem("did not listen within a minute")), 60_000);
		for (const stream of [child.stdout, child.stderr]) {
			stream.setEncoding("utf8").on("data", (text: string) => {
				output += text;
				const found = listening.exec(output)?.[1];
				if (found) resolve(found);
			});
		}
		closed
			.then(() => problem("ended before it was ready"), (error: unknown) => error)
			.then((error) => {
				clearTimeout(late);
				reject(error);
			});
	});

	try {
		const response = await fetch(`http://127.0.0.1:${await port}${path}`, {
			method: "POST",
			// So that an error comes as text, too, not as a page.
			headers: { accept: "application/json", "content-type": "application/json" },
			body: JSON.stringify(await input()),
			signal: AbortSignal.timeout(60_000)
		}).catch((error: unknown) => {
			throw problem(`did not answer ${path}: ${error}`);
		});
		const text = await response.text();
		if (!response.ok) throw problem(`answered ${path} with ${response.status}: ${text}`);
		return JSON.parse(text) as Report;
	} finally {
		kill();
		await closed.catch(() => {});
		process.off("exit", kill);
		for (const signal of ["SIGINT", "SIGTERM"]) process.off(signal, interrupt);
	}
}
