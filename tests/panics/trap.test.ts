// What becomes of the others when the wasm traps all the same: the call that meets the trap rejects, the next
// has a new instance, and sign-ins that wait meanwhile end as if nothing had been. The trap is a real one, of
// another module, put in front of the functions of the package's instance.

import assert from "node:assert/strict";
import { test } from "node:test";

import type { Auth } from "lucia";

/** A module whose one function is `unreachable`. */
const trapping = new Uint8Array([
	...[0, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
	...[1, 4, 1, 0x60, 0, 0],
	...[3, 2, 1, 0],
	...[7, 8, 1, 4, 0x74, 0x72, 0x61, 0x70, 0, 0],
	...[10, 5, 1, 3, 0, 0, 0x0b]
]);
const { Instance } = WebAssembly;
const trap = new Instance(new WebAssembly.Module(trapping)).exports["trap"] as () => void;

let instances = 0;
/** Which of the next instances cannot be made. */
let failing = 0;
/** How many calls go well until one traps. */
let left = Number.POSITIVE_INFINITY;
WebAssembly.Instance = function (module: WebAssembly.Module, imports: WebAssembly.Imports) {
	if (--failing === 0) throw new RangeError("no memory for an instance");
	instances++;
	const guarded = Object.entries(new Instance(module, imports).exports).map(([name, value]) => {
		if (typeof value !== "function") return [name, value];
		const call = (...args: unknown[]) => {
			if (left-- === 0) trap();
			return (value as (...args: unknown[]) => unknown)(...args);
		};
		return [name, call];
	});
	return { exports: Object.fromEntries(guarded) };
} as unknown as typeof Instance;
const { atlassian, atlassianClient, providerUserAuth } = await import("lucia-atlassian");

const configs = { clientId: "id", clientSecret: "secret", redirectUri: "https://app.example/callback" };
const auth = { useKey: async () => ({ userId: "ada" }), getUser: async () => ({ userId: "ada" }) } as unknown as Auth;

function trapAfter(calls: number): void {
	left = calls;
}

const isTrap = (error: unknown) => error instanceof WebAssembly.RuntimeError && /unreachable/.test(error.message);

async function worksAsEver(provider: ReturnType<typeof atlassian>, account: string): Promise<void> {
	const [url, state] = await provider.getAuthorizationUrl();
	assert.match(state, /^[a-z0-9]{43}$/);
	assert.equal(url.searchParams.get("state"), state);
	assert.equal(url.searchParams.get("client_id"), "id");
	const { atlassianUser, getExistingUser } = await provider.validateCallback(account);
	assert.equal(atlassianUser.account_id, account);
	assert.deepEqual(await getExistingUser(), { userId: "ada" });
}

/** A provider whose responses wait until they are let go; the code is the account. */
function waiting() {
	let letGo = () => {};
	const isLetGo = new Promise<void>((resolve) => (letGo = resolve));
	const fetch = async (request: Request) => {
		const [, code] = /code=([^&]*)/.exec(await request.text()) ?? [];
		await isLetGo;
		const [, token] = /Bearer (.*)/.exec(request.headers.get("Authorization") ?? "") ?? [];
		return Response.json({ access_token: code ?? "", account_id: token ?? "" });
	};
	return { provider: atlassian(auth, { ...configs, fetch }), letGo };
}

// A URL takes two calls into the wasm or more, a callback more than ten: each of them is met by a trap once.
for (const calls of Array.from({ length: 12 }, (_, index) => index)) {
	test(`a trap at call ${calls} from here harms nobody else`, async () => {
		const { provider, letGo } = waiting();
		const pending = [0, 1, 2].map((index) => provider.validateCallback(`waits-${index}`));
		const before = instances;
		trapAfter(calls);
		const met = [provider.getAuthorizationUrl(), provider.getAuthorizationUrl(), provider.getAuthorizationUrl()];
		letGo();
		const outcomes = await Promise.allSettled([...met, ...pending]);
		const wasMet = left < 0;
		trapAfter(Number.POSITIVE_INFINITY);
		const rejected = outcomes.filter(({ status }) => status === "rejected");
		assert.ok(wasMet && rejected.length === 1, `${rejected.length} calls met the trap`);
		assert.ok(rejected.every((outcome) => isTrap((outcome as PromiseRejectedResult).reason)));
		for (const [index, outcome] of outcomes.slice(met.length).entries()) {
			if (outcome.status === "fulfilled" && "atlassianUser" in outcome.value) {
				assert.equal(outcome.value.atlassianUser.account_id, `waits-${index}`);
			}
		}
		await worksAsEver(provider, "after");
		assert.equal(instances, before + 1);
	});
}

/** Makes a provider from a configuration whose getter calls the package, and gives what each of its calls threw. */
function trapWhileReading(afterwards: () => void): { thrown: unknown[]; made: () => unknown } {
	const thrown: unknown[] = [];
	const { provider } = waiting();
	const reading = {
		...configs,
		get clientId() {
			const before = instances;
			trapAfter(0);
			for (const _ of [1, 2]) {
				try {
					void provider.getAuthorizationUrl();
				} catch (error) {
					thrown.push(error);
				}
				trapAfter(Number.POSITIVE_INFINITY);
			}
			assert.equal(instances, before, "another instance in the middle of a call");
			afterwards();
			return "id";
		}
	};
	return { thrown, made: () => atlassian(auth, reading) };
}

test("a trap in app code in the middle of a call changes no instance under that call", async () => {
	const { thrown, made } = trapWhileReading(() => {});
	const before = instances;
	made();
	assert.ok(thrown.length === 2 && isTrap(thrown[0]) && thrown[0] === thrown[1], `${thrown}`);
	const { provider, letGo } = waiting();
	letGo();
	await worksAsEver(provider, "later");
	assert.equal(instances, before + 1);
});

test("of two traps in one call, the first is told", () => {
	const { thrown, made } = trapWhileReading(() => trapAfter(0));
	assert.throws(made, (error) => error === thrown[0]);
	trapAfter(Number.POSITIVE_INFINITY);
});

test("what a refusal means stays the same when the instance is replaced while it is awaited", async () => {
	const refusals = ["validateAuthorizationCode", "getUser", "getAccessibleResources"] as const;
	const classifications = async (isReplaced: boolean) => {
		let letGo = () => {};
		const isLetGo = new Promise<void>((resolve) => (letGo = resolve));
		const fetch = async () => {
			await isLetGo;
			return Response.json({ message: "refresh token is invalid" }, { status: 403 });
		};
		const provider = atlassian(auth, { ...configs, fetch });
		const pending = refusals.map((name) => provider[name]("x").catch(({ code, action }) => `${code} ${action}`));
		const before = instances;
		if (isReplaced) {
			trapAfter(0);
			await assert.rejects(provider.getAuthorizationUrl(), isTrap);
			trapAfter(Number.POSITIVE_INFINITY);
			await provider.getAuthorizationUrl();
		}
		assert.equal(instances, before + Number(isReplaced));
		letGo();
		return Promise.all(pending);
	};
	const expected = ["INVALID_GRANT reauthorize", "UNEXPECTED_RESPONSE retry", "UNEXPECTED_RESPONSE retry"];
	assert.deepEqual([await classifications(false), await classifications(true)], [expected, expected]);
});

test("a string that does not fit is refused, and the next call has a new instance", async () => {
	const { provider, letGo } = waiting();
	letGo();
	const before = instances;
	const huge = "é".repeat(20_000_000);
	const isRefused = (error: Error & { code?: string; action?: string }) =>
		error instanceof TypeError && error.code === "INVALID_ARGUMENT" && error.action === "configure" && /a million characters/.test(error.message);
	await assert.rejects(provider.validateCallback(huge), isRefused);
	assert.throws(() => atlassian(auth, { ...configs, clientId: huge }), isRefused);
	await worksAsEver(provider, "fits");
	assert.equal(instances, before + 2);
});

test("where the new instance cannot be made either, a method rejects with why, and the next call tries again", async () => {
	const { provider, letGo } = waiting();
	letGo();
	const methods = [
		provider.getAuthorizationUrl,
		() => provider.validateCallback("code"),
		() => provider.getUser("token"),
		() => provider.tokens({ load: () => null, save: () => true }).accessToken()
	];
	for (const method of methods) {
		trapAfter(0);
		await assert.rejects(provider.getAuthorizationUrl(), isTrap);
		trapAfter(Number.POSITIVE_INFINITY);
		failing = 1;
		// One that throws, in place of a promise, would be caught here by no `catch` of an app.
		const isOutOfMemory = (error: unknown) => error instanceof RangeError && error.message === "no memory for an instance";
		if (method === methods[3]) assert.throws(method, isOutOfMemory);
		else await assert.rejects(method().catch((error: unknown) => Promise.reject(error)), isOutOfMemory);
		await worksAsEver(provider, "again");
	}
	trapAfter(0);
	await assert.rejects(provider.getAuthorizationUrl(), isTrap);
	trapAfter(Number.POSITIVE_INFINITY);
	failing = 1;
	assert.throws(() => atlassian(auth, configs), RangeError);
	await worksAsEver(provider, "finally");
});

test("a trap in what returns no promise is thrown", async () => {
	const { provider, letGo } = waiting();
	letGo();
	const calls = [
		() => atlassianClient(configs),
		() => providerUserAuth(auth, "atlassian", "id"),
		() => provider.tokens({ load: () => null, save: () => true }),
		() => provider.apiUrl("id", "jira")
	];
	for (const call of calls) {
		trapAfter(0);
		assert.throws(call, isTrap);
		trapAfter(Number.POSITIVE_INFINITY);
		await worksAsEver(provider, "again");
	}
});

test("a trap while a provider is made is thrown, and the next is made", async () => {
	trapAfter(0);
	assert.throws(() => atlassian(auth, configs), isTrap);
	trapAfter(Number.POSITIVE_INFINITY);
	const { provider, letGo } = waiting();
	letGo();
	await worksAsEver(provider, "anew");
});
