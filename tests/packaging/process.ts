// Starts a program that goes on running, a server or a driver, and ends it with all that it started:
// when it is told to, and at the latest when this process exits.

import { spawn } from "node:child_process";
import { once } from "node:events";

/** A program that is ready. */
export interface Started {
	/** What `ready` matched in the program's output. */
	ready: RegExpExecArray;
	/** What the program has printed so far. */
	output: () => string;
	pid: number;
	/** Ends the program, and resolves once it is gone. */
	stop: () => Promise<void>;
}

// So that what is to be done on exit is done when the run is interrupted, too.
for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => process.exit(1));

/**
 * Starts a program and waits for `ready` in its output; rejects with the output when it ends first. `log` gets the
 * output, too.
 */
export async function start(
	program: string,
	args: string[],
	{ ready, log, ...options }: { ready: RegExp; log?: (output: string) => void; cwd?: string; env?: NodeJS.ProcessEnv }
): Promise<Started> {
	// A process group of its own, so that what the program starts ends with it.
	const child = spawn(program, args, {
		...options,
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
	process.once("exit", kill);
	// What outlives the program holds its output open.
	child.once("exit", kill);
	const ended = once(child, "close").finally(() => process.off("exit", kill));
	const stop = async () => {
		child.kill();
		const timer = setTimeout(kill, 5_000);
		await ended;
		clearTimeout(timer);
	};

	let output = "";
	const started = new Promise<RegExpExecArray>((resolve) => {
		for (const stream of [child.stdout, child.stderr]) {
			stream.setEncoding("utf8").on("data", (text: string) => {
				output += text;
				log?.(text.trimEnd());
				const match = ready.exec(output);
				if (match) resolve(match);
			});
		}
	});
	const timer = setTimeout(kill, 60_000);
	const match = await Promise.race([started, ended.then(() => null)]).finally(() =>
		clearTimeout(timer)
	);
	if (match) return { ready: match, output: () => output, pid: child.pid ?? 0, stop };
	throw new Error(
		`${program} ${args.join(" ")} ended, or was ended after a minute, before it printed ${ready}\n${output}`
	);
}
