// Many sign-ins at once, each of another person, whose responses come in random order and at random speed: who
// gets what. In Node and in a Worker alike; nothing of Node is imported. The response of Atlassian to each is a
// function here, for a `fetch` in memory and for a server on a socket.

import { atlassian } from "lucia-atlassian";
import type { AtlassianProvider } from "lucia-atlassian/providers";

import { defaultClient, routeTo } from "../atlassian/route.ts";
import { Random } from "../parity/random.ts";

/** The responses of Atlassian: a person's number is in the code, in the refresh token and in the access token. */
export function respondTo(path: string, authorization: string, body: string): { status: number; json: object } {
	const parameters = new URLSearchParams(body);
	if (path.endsWith("/me")) {
		const person = Number(/^Bearer access-(\d+)-/.exec(authorization)?.[1]);
		if (isWithoutAccount(person)) return { status: 200, json: { name: `name-${person}` } };
		return { status: 200, json: { account_id: `account:${person}`, name: `name-${person}`, extended_profile: { person } } };
	}
	const [, kind, person] = /^(code|refresh)-(\d+)$/.exec(parameters.get("code") ?? parameters.get("refresh_token") ?? "") ?? [];
	if (kind === "code" && isRefused(Number(person))) {
		return { status: 403, json: { error: "invalid_grant", error_description: `no-${person}` } };
	}
	return {
		status: 200,
		json: { access_token: `access-${person}-${kind}`, expires_in: 1000 + Number(person), refresh_token: `refresh-${person}`, scope: `s${person}` },
	};
}

const isRefused = (person: number) => person % 10 === 3;
const isWithoutAccount = (person: number) => person % 10 === 7;

export type Crowd = {
	seed: number;
	/** The numbers of the people: from the first on, so many. */
	first: number;
	count: number;
	providers: number;
	/** Origin of the server; without it, responses come from memory. */
	server?: string;
};

/** Signs all in at once, and gives what went wrong: nothing, if each got their own. */
export async function signInAll({ seed, first, count, providers, server }: Crowd): Promise<string[]> {
	const random = new Random(seed, first);
	const calls: string[] = [];
	const record =
		(name: string, result: (...args: any[]) => unknown) =>
		async (...args: unknown[]) => {
			calls.push(JSON.stringify([name, ...args]));
			await someTurns(random);
			return result(...args);
		};
	const auth = {
		useKey: record("useKey", (_provider, id) => ({ userId: `user of ${id}` })),
		getUser: record("getUser", (userId) => ({ userId })),
		createKey: record("createKey", (key) => key),
		createUser: record("createUser", ({ key }) => ({ userId: `new user of ${key.providerUserId}` })),
	};
	const configs = {
		clientId: defaultClient.id,
		clientSecret: defaultClient.secret,
		redirectUri: defaultClient.redirectUris[0] ?? "",
		timeout: 0,
		fetch: server === undefined ? inMemory(random) : routeTo(server),
	};
	const all = Array.from({ length: providers }, () => atlassian(auth as never, configs));
	const people = random.shuffle(Array.from({ length: count }, (_, index) => first + index));
	const problems = await Promise.all(
		people.flatMap((person) => {
			const provider = all[person % providers]!;
			return [signIn(provider, person, random), refresh(provider, person), refresh(provider, person)];
		}),
	);
	const expected = people.flatMap(callsOf).sort();
	if (JSON.stringify(calls.sort()) !== JSON.stringify(expected)) problems.push("Lucia was called otherwise");
	return problems.filter((problem) => problem !== "");
}

async function signIn(provider: AtlassianProvider, person: number, random: Random): Promise<string> {
	try {
		const { atlassianTokens, atlassianUser, getExistingUser, createKey, createUser } = await provider.validateCallback(`code-${person}`);
		await someTurns(random);
		const id = `account:${person}`;
		return difference(person, [
			[atlassianTokens, { accessToken: `access-${person}-code`, accessTokenExpiresIn: 1000 + person, refreshToken: `refresh-${person}` }],
			[atlassianUser, respondTo("/me", `Bearer access-${person}-code`, "").json],
			[isRefused(person) || isWithoutAccount(person), false],
			[await getExistingUser(), { userId: `user of ${id}` }],
			[await createKey(`user-${person}`), { userId: `user-${person}`, providerId: "atlassian", providerUserId: id, password: null }],
			[await createUser({ attributes: { person } as never }), { userId: `new user of ${id}` }],
		]);
	} catch (error: any) {
		if (isWithoutAccount(person)) return difference(person, [[error.code, "INVALID_USER_RESPONSE"]]);
		return difference(person, [
			[isRefused(person), true],
			[[error.code, error.body?.error_description], ["INVALID_GRANT", `no-${person}`]],
		]);
	}
}

async function refresh(provider: AtlassianProvider, person: number): Promise<string> {
	const { accessToken, refreshToken, scope } = await provider.refreshTokens(`refresh-${person}`);
	const expected = [`access-${person}-refresh`, `refresh-${person}`, [`s${person}`, "offline_access"]];
	return difference(person, [[[accessToken, refreshToken, scope], expected]]);
}

function callsOf(person: number): string[] {
	if (isRefused(person) || isWithoutAccount(person)) return [];
	const key = { providerId: "atlassian", providerUserId: `account:${person}`, password: null };
	return [
		["useKey", "atlassian", key.providerUserId, null],
		["getUser", `user of ${key.providerUserId}`],
		["createKey", { userId: `user-${person}`, ...key }],
		["createUser", { key, attributes: { person } }],
	].map((call) => JSON.stringify(call));
}

function difference(person: number, pairs: [unknown, unknown][]): string {
	const wrong = pairs.filter(([actual, expected]) => JSON.stringify(actual) !== JSON.stringify(expected));
	return wrong.map(([actual, expected]) => `${person} got ${JSON.stringify(actual)}, not ${JSON.stringify(expected)}`).join("; ");
}

async function someTurns(random: Random): Promise<void> {
	for (let left = random.integer(0, 3); left > 0; left--) await null;
}

/** A `fetch` that keeps requests waiting and responds to any of them next. */
function inMemory(random: Random): (request: Request) => Promise<Response> {
	const waiting: (() => void)[] = [];
	const respondToSome = () => {
		for (let left = random.integer(1, 50); left > 0 && waiting.length > 0; left--) {
			const index = random.integer(0, waiting.length - 1);
			waiting.splice(index, 1)[0]?.();
		}
		if (waiting.length > 0) setTimeout(respondToSome);
	};
	return async (request) => {
		const body = await request.text();
		await new Promise<void>((resolve) => {
			if (waiting.push(resolve) === 1) setTimeout(respondToSome);
		});
		const { status, json } = respondTo(new URL(request.url).pathname, request.headers.get("Authorization") ?? "", body);
		return Response.json(json, { status });
	};
}
