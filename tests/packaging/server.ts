// Rows whose suite runs inside a server, as that of Workers or of Next.js: starts it on a free port,
// posts the input of the suite to it, and ends it however the row goes.

import { start } from "./process.ts";
import type { Project } from "./project.ts";
import type { Report } from "./suite.ts";

/** How a server is started. */
export interface Server {
	program: string;
	args: string[];
	env?: Record<string, string>;
	/** Finds in what the server prints, by its first group, the port on which it listens. */
	listening: RegExp;
	/** Where it runs the suite on the input that is posted to it, and responds with the report. */
	path: string;
}

/** Runs the suite in a server that is started in the folder of the project. */
export async function reportFromServer(
	{ folder, input }: Project,
	{ program, args, env, listening, path }: Server
): Promise<Report> {
	const { ready, output, stop } = await start(program, args, {
		cwd: folder,
		env: { ...process.env, ...env },
		ready: listening
	});
	const problem = (what: string) =>
		new Error(`${[program, ...args].join(" ")}: ${what}\n${output()}`);
	try {
		const response = await fetch(`http://127.0.0.1:${ready[1]}${path}`, {
			method: "POST",
			// So that an error comes as text, too, not as a page.
			headers: { accept: "application/json", "content-type": "application/json" },
			body: JSON.stringify(await input()),
			signal: AbortSignal.timeout(60_000)
		}).catch((error: unknown) => {
			throw problem(`did not respond to ${path}: ${error}`);
		});
		const text = await response.text();
		if (!response.ok) throw problem(`responded to ${path} with ${response.status}: ${text}`);
		return JSON.parse(text) as Report;
	} finally {
		await stop();
	}
}
