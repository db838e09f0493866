// A program of its own, started with --expose-gc: it makes URLs, callbacks and providers, and prints how much memory
// they leave. With `crossings` it counts the calls between JavaScript and wasm instead. With `without-registry` there
// is no FinalizationRegistry, as in Workers with older compatibility dates.

import { setImmediate as turn, setTimeout as sleep } from "node:timers/promises";

import type { Auth } from "lucia";

import { code, responseTo } from "./responses.ts";
import { spread } from "./report.ts";

/** Memory in use: bytes of the JavaScript heap and of wasm, and entries of the tables of JavaScript values in wasm. */
type Held = Record<"heap" | "wasm" | "table", number>;

/** By how much that grows with so many calls. */
export type Growth = Held & { calls: number };

/** The functions that a call calls from JavaScript into wasm and out of it, by name, and how often. */
export type Crossings = Record<"into" | "out", Record<string, number>>;

const [counts, mode] = process.argv.slice(2);
const { urls, callbacks } = JSON.parse(counts ?? "") as { urls: number; callbacks: number };
// Node's own `fetch` needs the registry, and is loaded with the first of these.
new Response(new Request("https://app.example").body);
if (mode === "without-registry") Reflect.deleteProperty(globalThis, "FinalizationRegistry");

// The package keeps its instance to itself, so the program takes it when the package makes it.
let memory: WebAssembly.Memory | undefined;
const tables: WebAssembly.Table[] = [];
let crossings: Crossings | undefined;

const counted = (direction: keyof Crossings, functions: WebAssembly.ModuleImports) =>
	Object.fromEntries(
		Object.entries(functions).map(([key, value]) => {
			if (typeof value !== "function" || mode !== "crossings") return [key, value];
			// The wasm has a short name for a function of the glue, and knows its own by that name alone.
			const name = direction === "out" ? value.name : key;
			const call = (...args: unknown[]) => {
				if (crossings) crossings[direction][name] = (crossings[direction][name] ?? 0) + 1;
				return Reflect.apply(value, undefined, args);
			};
			return [key, call];
		})
	);

const { Instance } = WebAssembly;
WebAssembly.Instance = function (module: WebAssembly.Module, imports: WebAssembly.Imports) {
	const own = Object.entries(imports).map(([name, functions]) => [name, counted("out", functions)]);
	const { exports } = new Instance(module, Object.fromEntries(own));
	for (const value of Object.values(exports)) {
		if (value instanceof WebAssembly.Memory) memory = value;
		if (value instanceof WebAssembly.Table) tables.push(value);
	}
	return { exports: counted("into", exports as WebAssembly.ModuleImports) };
} as unknown as typeof Instance;

const { atlassian } = await import("lucia-atlassian/providers");
if (!memory) throw new Error("the package made no instance with a memory");

const auth = {} as Auth;
const configs = {
	clientId: "client",
	clientSecret: "secret",
	redirectUri: "https://app.example/callback",
	fetch: async (request: Request) => {
		const response = responseTo(request.url);
		return new Response(response.body, response);
	}
};
const makeProvider = () => atlassian(auth, { ...configs, timeout: 0 });
const provider = makeProvider();
// The platform holds a time limit until the time is over, so it is a short one.
const limited = atlassian(auth, { ...configs, timeout: 200 });

// As in a Worker, where each request has a provider of its own: one in ten is a callback.
let made = 0;
const useProvider = () => {
	const own = makeProvider();
	return made++ % 10 === 0 ? own.validateCallback(code) : own.getAuthorizationUrl();
};

async function held(): Promise<Held> {
	for (const wait of [300, 20, 20, 20]) {
		await sleep(wait);
		globalThis.gc?.();
	}
	const { heapUsed, external } = process.memoryUsage();
	const table = tables.reduce((sum, { length }) => sum + length, 0);
	return { heap: heapUsed + external, wasm: memory?.buffer.byteLength ?? 0, table };
}

/** Does something `count` times, four times over, and gives the growth of one such part. */
async function growth(count: number, once: () => unknown): Promise<Growth> {
	const found: Held[] = [];
	for (let part = 0; part < 4; part++) {
		for (let i = 0; i < count; i++) {
			await once();
			// Node lets go of signals between two turns of the event loop.
			if (i % 50 === 0) await turn();
		}
		found.push(await held());
	}
	const steps = (of: keyof Held) => found.slice(1).map((held, index) => held[of] - (found[index]?.[of] ?? Number.NaN));
	// Tables of the platform grow once in a while; a call that leaves something does so in every part.
	return { calls: count, heap: spread(steps("heap")).median, wasm: spread(steps("wasm")).high, table: spread(steps("table")).high };
}

async function crossingsOf(once: () => unknown): Promise<Crossings> {
	// The first calls draw random bytes and make what is kept.
	for (let i = 0; i < 3; i++) await once();
	const found: Crossings = { into: {}, out: {} };
	crossings = found;
	await once();
	crossings = undefined;
	return found;
}

const kept: object[] = [];
const report =
	mode === "crossings"
		? {
				atlassian: await crossingsOf(makeProvider),
				getAuthorizationUrl: await crossingsOf(provider.getAuthorizationUrl),
				validateCallback: await crossingsOf(() => provider.validateCallback(code))
			}
		: {
				URLs: await growth(urls, provider.getAuthorizationUrl),
				callbacks: await growth(callbacks, () => provider.validateCallback(code)),
				"callbacks with a time limit": await growth(callbacks, () => limited.validateCallback(code)),
				providers: await growth(urls, makeProvider),
				"providers, each used once": await growth(callbacks, useProvider),
				// A leak on purpose: it shows that a leak of the package would be found.
				control: await growth(callbacks, () => kept.push({ at: kept.length }))
			};
process.stdout.write(JSON.stringify(report));
