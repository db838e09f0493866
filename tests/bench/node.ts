// The program that each version of Node runs: it takes jobs from its parent and times them. A dispatcher below Node's
// own `fetch` sends requests for Atlassian to the server of the benchmark, so that neither the peers nor `fetch`
// are replaced.

import { type Job, timed } from "./work.ts";

type Dispatcher = { dispatch: (options: { origin: string }, handler: unknown) => boolean };

const origin = process.env["BENCH_ORIGIN"] ?? "";
const symbol = Symbol.for("undici.globalDispatcher.1");
const globals = globalThis as unknown as Record<symbol, Dispatcher | undefined>;

// Node loads its `fetch`, and with that the dispatcher, when it is first used.
await (await fetch(`${origin}/me`)).text();
const dispatcher = globals[symbol];
if (!dispatcher) throw new Error(`Node ${process.version} keeps its dispatcher elsewhere`);
globals[symbol] = { dispatch: (options, handler) => dispatcher.dispatch({ ...options, origin }, handler) };

// What fails ends the process, with its reason on the standard error stream.
process.on("message", async (job: Job | "verify") => process.send?.(await timed(job)));
process.on("disconnect", () => process.exit());
process.send?.(0);
