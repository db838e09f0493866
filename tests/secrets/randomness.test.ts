// States and code verifiers are drawn at random, by the package's public API: each character is as frequent as
// chance has it, over all and at each place, and none comes twice. What is asserted is wrong by chance less than
// once in a thousand million runs. Without a secure generator none is made, and nothing takes its place.

import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { Worker } from "node:worker_threads";

import { build } from "esbuild";
import type { Auth } from "lucia";
import { atlassian, createOAuth2AuthorizationUrl, createOAuth2AuthorizationUrlWithPKCE } from "lucia-atlassian";

import type { Part } from "./draw.ts";
import { type Alphabet, CODE_VERIFIER, oddities, Sample, STATE } from "./statistics.ts";

const STATES = 10_000_000;
const CODE_VERIFIERS = 10_000_000;
const THREADS = 2;

/** Bundled, since threads do not get the loader for TypeScript; in the repository, where it finds the package. */
async function bundled(): Promise<string> {
	const outfile = fileURLToPath(new URL("../../target/secrets/draw.mjs", import.meta.url));
	const entryPoints = [fileURLToPath(new URL("draw.ts", import.meta.url))];
	await build({ entryPoints, outfile, bundle: true, format: "esm", platform: "node", packages: "external" });
	return outfile;
}

async function drawn(of: Part["of"], alphabet: Alphabet, size: number): Promise<Sample> {
	const memory = Sample.memory(alphabet, size, THREADS);
	const parts = Array.from({ length: THREADS }, (_, thread): Part => {
		const at = (part: number) => Math.floor((size * part) / THREADS);
		return { of, alphabet, size, memory, thread, from: at(thread), to: at(thread + 1) };
	});
	const program = await bundled();
	await Promise.all(parts.map((part) => once(new Worker(program, { workerData: part }), "message")));
	return new Sample(alphabet, size, memory);
}

const samples: [Part["of"], Alphabet, number][] = [
	["state", STATE, STATES],
	["code verifier", CODE_VERIFIER, CODE_VERIFIERS],
];
for (const [of, alphabet, size] of samples) {
	test(`each character of ${size.toLocaleString("en")} ${of}s is as frequent as chance has it, and none comes twice`, { timeout: 900_000 }, async () => {
		assert.deepEqual(oddities(await drawn(of, alphabet, size)), []);
	});
}

const SMALL = 20_000;
const mapped = ({ characters, length }: Alphabet, index: (place: number) => number) =>
	Array.from({ length }, (_, place) => characters[index(place)]).join("");
const next = (() => {
	let bytes = randomBytes(0);
	let used = 0;
	return (): number => {
		if (used === bytes.length) [bytes, used] = [randomBytes(65_536), 0];
		return bytes[used++] as number;
	};
})();
const fair = (size: number): number => {
	for (;;) {
		const byte = next();
		if (byte < 256 - (256 % size)) return byte % size;
	}
};

/** Generators that are wrong, each in one way. The last is right. */
const generators: [name: string, found: RegExp | undefined, draw: (alphabet: Alphabet, index: number) => string][] = [
	["takes bytes modulo the alphabet", /^all places: chi-squared/, (alphabet) => mapped(alphabet, () => next() % alphabet.characters.length)],
	["is wrong at one place", /^place 7: chi-squared/, (alphabet) => mapped(alphabet, (place) => fair(alphabet.characters.length - (place === 7 ? 1 : 0)))],
	["never draws the last character", /^all places: chi-squared/, (alphabet) => mapped(alphabet, () => fair(alphabet.characters.length - 1))],
	["counts instead of drawing", /^place 0: chi-squared is 0\.0/, (alphabet, index) => mapped(alphabet, (place) => (index + place) % alphabet.characters.length)],
	["draws nothing but one character", /^all places: chi-squared/, (alphabet) => mapped(alphabet, () => 0)],
	["gives one string twice", /^string 15000 is string 4711$/, (alphabet, index) => (index === 4_711 || index === 15_000 ? mapped(alphabet, (place) => place % 7) : mapped(alphabet, () => fair(alphabet.characters.length)))],
	["is right", undefined, (alphabet) => mapped(alphabet, () => fair(alphabet.characters.length))],
];
for (const [name, found, draw] of generators) {
	test(`a generator that ${name} is ${found ? "found" : "accepted"}`, () => {
		for (const alphabet of [STATE, CODE_VERIFIER]) {
			const sample = new Sample(alphabet, SMALL);
			for (let index = 0; index < SMALL; index++) sample.add(index, draw(alphabet, index));
			const odd = oddities(sample);
			if (found === undefined) assert.deepEqual(odd, []);
			else assert.ok(odd.some((text) => found.test(text)), `${odd.length} oddities: ${odd[0]}`);
		}
	});
}

test("a character that is none of the alphabet's, or another length, is refused", () => {
	for (const [string, message] of [["A".repeat(43), /none of the alphabet/], ["ü".repeat(43), /none of the alphabet/], ["a".repeat(42), /42 characters/]] as const) {
		const sample = new Sample(STATE, 1);
		assert.throws(() => (sample.add(0, string), sample.byPlace()), message);
	}
});

const auth = {} as Auth;
const configs = { clientId: "client", clientSecret: "secret", redirectUri: "https://app.example/callback" };
const calls: [name: string, call: () => Promise<unknown>][] = [
	["getAuthorizationUrl()", () => atlassian(auth, configs).getAuthorizationUrl()],
	["getAuthorizationUrl({ pkce: true })", () => atlassian(auth, configs).getAuthorizationUrl({ pkce: true })],
	["createOAuth2AuthorizationUrl", () => createOAuth2AuthorizationUrl("https://provider.example/", { clientId: "id", scope: [] })],
	["createOAuth2AuthorizationUrlWithPKCE", () => createOAuth2AuthorizationUrlWithPKCE("https://provider.example/", { clientId: "id", scope: [], codeChallengeMethod: "S256" })],
];

const platformCrypto = Object.getOwnPropertyDescriptor(globalThis, "crypto") as PropertyDescriptor;
const replaceCrypto = (value: unknown) => Object.defineProperty(globalThis, "crypto", { value, configurable: true, writable: true });
const failing: [name: string, replace: () => unknown][] = [
	["crypto is missing", () => Reflect.deleteProperty(globalThis, "crypto")],
	["crypto is undefined", () => replaceCrypto(undefined)],
	["crypto is null", () => replaceCrypto(null)],
	["reading crypto throws", () => Object.defineProperty(globalThis, "crypto", { get: () => assert.fail("no crypto"), configurable: true })],
	["getRandomValues is missing", () => replaceCrypto({})],
	["getRandomValues is no function", () => replaceCrypto({ getRandomValues: "none" })],
	["getRandomValues throws", () => replaceCrypto({ getRandomValues: () => assert.fail("no entropy") })],
	["getRandomValues throws undefined", () => replaceCrypto({ getRandomValues: () => { throw undefined; } })],
];
for (const [name, replace] of failing) {
	for (const [method, call] of calls) {
		test(`${name}: ${method} rejects, nothing takes the place of the random bytes, and it works again with them`, async (t) => {
			const { random } = Math;
			t.after(() => {
				Math.random = random;
				Object.defineProperty(globalThis, "crypto", platformCrypto);
			});
			let falls = 0;
			Math.random = () => (falls++, random());
			const made = new Set<string>();
			replace();
			let error: (Error & { code?: string; action?: string }) | undefined;
			// What was drawn before may be used up first.
			for (let i = 0; error === undefined; i++) {
				assert.ok(i < 60, "sixty were made without random bytes");
				await call().then(
					(result) => void made.add(String((result as unknown[])[1])),
					(reason) => (error = reason),
				);
				assert.equal(made.size + (error ? 1 : 0), i + 1, "one came twice");
			}
			assert.ok(error instanceof Error);
			assert.deepEqual([error.code, error.action], ["NO_RANDOM_BYTES", "configure"]);
			assert.match(error.message, /crypto\.getRandomValues/);
			await assert.rejects(call(), { code: "NO_RANDOM_BYTES" });
			assert.equal(falls, 0, "Math.random was called");
			Object.defineProperty(globalThis, "crypto", platformCrypto);
			for (let i = 0; i < 100; i++) made.add(String(((await call()) as unknown[])[1]));
			assert.ok(made.size >= 100);
		});
	}
}
