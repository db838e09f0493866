// A program of its own, started with --expose-gc: makes URLs, callbacks and providers, and prints by
// how much the JavaScript heap, the wasm memory and the table of JavaScript values that wasm holds
// have grown. It counts the calls across the boundary as well. With `without-registry`, there is no
// FinalizationRegistry, as in Workers with older compatibility dates.

import { setTimeout as sleep } from "node:timers/promises";

import type { Auth } from "lucia";

import { answerTo, code } from "./answers.ts";
import type { Crossings, Growth, Held, MemoryReport } from "./memory-report.ts";
import { grown, total } from "./statistics.ts";

const [counts, registry] = process.argv.slice(2);
const { urls, callbacks, providers } = JSON.parse(counts ?? "") as Record<string, number>;
// Node's own `fetch` has a use for it, and is loaded with the first of these.
new Response(new Request("https://app.example").body);
if (registry === "without-registry") Reflect.deleteProperty(globalThis, "FinalizationRegistry");

// The instance is the package's own affair, so it is caught on its way.
let memory: WebAssembly.Memory | undefined;
let tables: WebAssembly.Table[] = [];
let counting = false;
const crossings: Record<"into" | "out", Map<string, number>> = { into: new Map(), out: new Map() };

const counted = (direction: "into" | "out", functions: WebAssembly.ModuleImports) =>
	Object.fromEntries(
		Object.entries(functions).map(([name, value]) => {
			if (typeof value !== "function") return [name, value];
			// The wasm has a name of one or two letters for a function of the glue; a function of its own
			// knows only that.
			const known = direction === "out" ? value.name : name;
			const call = (...args: unknown[]) => {
				if (counting) {
					crossings[direction].set(known, (crossings[direction].get(known) ?? 0) + 1);
				}
				return (value as (...args: unknown[]) => unknown)(...args);
			};
			return [name, call];
		})
	);

const { Instance } = WebAssembly;
const isCounting = registry === "counting";
WebAssembly.Instance = function (module: WebAssembly.Module, imports: WebAssembly.Imports) {
	const own = isCounting
		? Object.fromEntries(
				Object.entries(imports).map(([name, functions]) => [name, counted("out", functions)])
			)
		: imports;
	const instance = new Instance(module, own);
	for (const value of Object.values(instance.exports)) {
		if (value instanceof WebAssembly.Memory) memory = value;
		if (value instanceof WebAssembly.Table) tables.push(value);
	}
	return isCounting
		? { exports: counted("into", instance.exports as WebAssembly.ModuleImports) }
		: instance;
} as unknown as typeof Instance;

const { atlassian } = await import("lucia-atlassian/providers");
if (!memory) throw new Error("the package made no instance with a memory");

const configs = {
	clientId: "client",
	clientSecret: "secret",
	redirectUri: "https://app.example/callback",
	fetch: async (request: Request) => {
		const answer = answerTo(request.url);
		return new Response(answer.body, answer);
	}
};
const auth = {} as Auth;
const provider = atlassian(auth, { ...configs, timeout: 0 });
// What a time limit holds is the platform's until the time is over, so it is a short one.
const limited = atlassian(auth, { ...configs, timeout: 200 });

async function settled(wait: number): Promise<void> {
	for (let i = 0; i < 6; i++) {
		await sleep(i === 0 ? wait : 20);
		globalThis.gc?.();
	}
}

const measured = async (wait: number): Promise<Held> => {
	await settled(wait);
	const { heapUsed, external } = process.memoryUsage();
	return {
		heap: heapUsed + external,
		wasm: memory?.buffer.byteLength ?? 0,
		table: tables.reduce((sum, { length }) => sum + length, 0)
	};
};

const PARTS = 6;

async function growth(count: number, once: () => unknown, wait = 20, warm = 1_000): Promise<Growth> {
	// Code is compiled until here, and what the platform keeps has grown to its size.
	for (let i = 0; i < warm; i++) await once();
	const found = [await measured(wait)];
	for (let part = 0; part < PARTS; part++) {
		for (let i = 0; i < count / PARTS; i++) await once();
		found.push(await measured(wait));
	}
	const values = (of: keyof Held) => found.map((held) => held[of]);
	return { heap: grown(values("heap")), wasm: total(values("wasm")), table: total(values("table")), heaps: values("heap") };
}

async function crossingsOf(once: () => unknown): Promise<Crossings> {
	// Beyond the first calls, which draw random bytes and make what is kept.
	for (let i = 0; i < 3; i++) await once();
	for (const map of Object.values(crossings)) map.clear();
	counting = true;
	await once();
	counting = false;
	return {
		into: Object.fromEntries(crossings.into),
		out: Object.fromEntries(crossings.out)
	};
}

const makeProvider = () => atlassian(auth, { ...configs, timeout: 0 });

// As in a Worker, where each request has a provider of its own: most send a user away, and some of those
// come back.
let made = 0;
const useProvider = () => {
	const own = makeProvider();
	return made++ % 10 === 0 ? own.validateCallback(code) : own.getAuthorizationUrl();
};

const report: MemoryReport = isCounting
	? {
			crossings: {
				atlassian: await crossingsOf(makeProvider),
				getAuthorizationUrl: await crossingsOf(provider.getAuthorizationUrl),
				validateCallback: await crossingsOf(() => provider.validateCallback(code))
			}
		}
	: {
			growth: {
				urls: await growth(urls ?? 0, provider.getAuthorizationUrl),
				callbacks: await growth(callbacks ?? 0, () => provider.validateCallback(code)),
				"callbacks, timeout": await growth(callbacks ?? 0, () => limited.validateCallback(code), 1_000, Math.max(100_000, callbacks ?? 0)),
				providers: await growth(providers ?? 0, makeProvider),
				"providers, each used once": await growth(providers ?? 0, useProvider, 20, 10_000)
			}
		};
process.stdout.write(JSON.stringify(report));
