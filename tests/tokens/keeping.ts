// `tokens(store)`: one user's tokens over many processes, each with a provider and a store object of its own.

import type { StoredTokens, TokenStore, Tokens } from "lucia-atlassian/providers";

import { HOUR, type Scenario, START, type World, advance, message, refusal, rejection, signIn, classification } from "./world.ts";

const MINUTE = 60_000;
const ALL = ["memory", "sqlite", "d1", "kv"];
/** Those that compare and swap. */
const SWAPPING = ["memory", "sqlite", "d1"];

/** A process that shares the store. */
const start = (world: World, options?: { skew?: number }, store = world.store()): Tokens => world.provider().tokens(store, options);

/** Signs a user in and stores their tokens, as the callback of an app does. */
async function signedIn(world: World): Promise<StoredTokens> {
	const tokens = await signIn(world);
	await start(world).set(tokens);
	return tokens;
}

/** How often an app writes into its row in a row, each time between a load and a save. */
const WRITES = [1, 2, 9, 10, 11, 50];

const stored = async (world: World) => {
	const { accessToken, refreshToken } = (await world.store().load()) ?? { accessToken: "nothing", refreshToken: null };
	return [accessToken, refreshToken];
};

/** A store without a lock, some of whose methods are others. */
const unlocked = (world: World, changes: Partial<TokenStore> = {}): TokenStore => {
	const { load, save } = world.store();
	return { load, save, ...changes };
};

/** Refreshes and saves as another process would. */
async function otherProcess(world: World): Promise<void> {
	const { load, save } = world.store();
	const before = await load();
	await save(await world.provider().refreshTokens(before?.refreshToken), before);
}

export const keepingScenarios: Scenario[] = [
	{
		name: "a fresh access token is given as it is, an expiring one is refreshed and stored",
		stores: ALL,
		async run(world) {
			await signedIn(world);
			const seen = [];
			for (const [wait, skew] of [[0], [HOUR - MINUTE - 1], [1], [HOUR - 2 * MINUTE, 0], [2 * MINUTE - 1, 0], [1, 0], [0, 3599], [0, 3600]] as const) {
				await advance(world, wait);
				seen.push(await start(world, skew === undefined ? undefined : { skew }).accessToken());
			}
			return [seen, await world.store().load()];
		},
		expected: [
			["access 1", "access 1", "access 2", "access 2", "access 2", "access 3", "access 3", "access 4"],
			{
				accessToken: "access 4",
				accessTokenExpiresIn: 3600,
				refreshToken: "refresh 4",
				// An hour for each refresh but the last, which a margin of an hour asks for at once.
				expiresAt: START + HOUR - MINUTE + HOUR + HOUR,
				scope: ["read:me", "read:jira-work", "offline_access"],
				missingScope: [],
			},
		],
		requests: ["code 200", "refresh 200", "refresh 200", "refresh 200"],
	},
	{
		name: "200 calls at once in one process make one request",
		stores: ALL,
		async run(world) {
			await signedIn(world);
			await advance(world, HOUR);
			const { accessToken } = start(world);
			const all = await Promise.all(Array.from({ length: 200 }, () => accessToken()));
			return [[...new Set(all)], await accessToken(), await stored(world)];
		},
		expected: [["access 2"], "access 2", ["access 2", "refresh 2"]],
		requests: ["code 200", "refresh 200"],
	},
	{
		name: "ten processes at once with a lock make one request",
		stores: ["sqlite", "d1"],
		async run(world) {
			await signedIn(world);
			await advance(world, HOUR);
			const all = await Promise.all(Array.from({ length: 10 }, () => start(world).accessToken()));
			return [[...new Set(all)], await stored(world)];
		},
		expected: [["access 2"], ["access 2", "refresh 2"]],
		requests: ["code 200", "refresh 200"],
	},
	{
		name: "ten processes at once without a lock all get a token, and the first to save wins",
		stores: SWAPPING,
		async run(world) {
			await signedIn(world);
			await advance(world, HOUR);
			const all = await Promise.all(Array.from({ length: 10 }, () => start(world, {}, unlocked(world)).accessToken()));
			const { getUser, refreshTokens } = world.provider();
			await Promise.all(all.map((token) => getUser(token)));
			const [accessToken, refreshToken] = await stored(world);
			await refreshTokens(refreshToken);
			return [all.length, all.includes(accessToken ?? ""), (await start(world).accessToken()) === accessToken];
		},
		expected: [10, true, true],
	},
	{
		name: "what an API has rejected is not given again",
		stores: ALL,
		async run(world) {
			const { accessToken: first } = await signedIn(world);
			const { accessToken } = start(world);
			const second = await accessToken({ rejected: first });
			// Whoever comes late with the old one gets the new one, without a request.
			return [second, await accessToken({ rejected: first }), await start(world).accessToken({ rejected: first }), await accessToken({ rejected: null }), await accessToken({})];
		},
		expected: Array.from({ length: 5 }, () => "access 2"),
		requests: ["code 200", "refresh 200"],
	},
	{
		name: "200 calls at once after a 401 make one request, with others between them",
		stores: ALL,
		async run(world) {
			const { accessToken: first } = await signedIn(world);
			const { accessToken } = start(world);
			const all = await Promise.all(Array.from({ length: 200 }, (_, index) => accessToken(index % 2 ? { rejected: first } : {})));
			return all.filter((token, index) => index % 2 && token === first).length;
		},
		expected: 0,
		requests: ["code 200", "refresh 200"],
	},
	{
		name: "refused, and another process was faster: its tokens are given and stay",
		stores: ALL,
		async run(world) {
			await signedIn(world);
			await advance(world, HOUR);
			// Both have loaded; the other refreshes and saves, and the leeway passes before this one asks.
			const { load } = world.store();
			let isFirst = true;
			const store = unlocked(world, {
				load: async () => {
					const loaded = await load();
					if (isFirst) {
						isFirst = false;
						await otherProcess(world);
						await advance(world, 11 * MINUTE);
					}
					return loaded;
				},
			});
			return [await start(world, {}, store).accessToken(), await stored(world)];
		},
		expected: ["access 2", ["access 2", "refresh 2"]],
		requests: ["code 200", "refresh 200", "refresh 403"],
	},
	{
		name: "refused, and the other process saves a moment later",
		stores: ALL,
		async run(world) {
			await signedIn(world);
			await advance(world, HOUR);
			const before = await world.store().load();
			const newer = await world.provider().refreshTokens(before?.refreshToken);
			await advance(world, 11 * MINUTE);
			world.time.onPause = async () => {
				world.time.onPause = () => {};
				await world.store().save(newer, before);
			};
			return [await start(world, {}, unlocked(world)).accessToken(), await stored(world), world.time.pauses];
		},
		expected: ["access 2", ["access 2", "refresh 2"], [100]],
		requests: ["code 200", "refresh 200", "refresh 403"],
	},
	{
		name: "refused, and nobody has newer tokens: the user has to sign in again, and nothing is deleted",
		stores: ALL,
		async run(world) {
			await signedIn(world);
			await advance(world, HOUR);
			await world.atlassian.revokeAccounts();
			const refused = await refusal(world, start(world, {}, unlocked(world)).accessToken());
			return [refused, await stored(world), world.time.pauses];
		},
		expected: [
			{ error: "OAuthRequestError", code: "INVALID_GRANT", action: "reauthorize", status: 403 },
			["access 1", "refresh 1"],
			[100, 400],
		],
		requests: ["code 200", "refresh 403"],
	},
	{
		name: "an access token that is alive is given when no refresh can be had",
		async run(world) {
			await signedIn(world);
			await advance(world, HOUR - 30_000);
			await world.atlassian.fault("token", { status: 503 }, 4);
			// Pauses pass time, but the token outlives them.
			const alive = await start(world).accessToken();
			await world.atlassian.setSecret("renewed, but not in the app");
			return [alive, await start(world).accessToken(), await stored(world)];
		},
		expected: ["access 1", "access 1", ["access 1", "refresh 1"]],
	},
	{
		name: "an outage signs nobody out",
		stores: ALL,
		async run(world) {
			await signedIn(world);
			await advance(world, HOUR);
			await world.atlassian.fault("token", { status: 503 }, 4);
			const refused = await classification(world, start(world).accessToken());
			return [refused, await stored(world), await start(world).accessToken()];
		},
		expected: ["REFRESH_OUTCOME_UNKNOWN retry", ["access 1", "refresh 1"], "access 2"],
	},
	{
		name: "a token that an API has rejected is not given in an outage either",
		async run(world) {
			const { accessToken } = await signedIn(world);
			await world.atlassian.fault("token", { status: 503 }, 4);
			return classification(world, start(world).accessToken({ rejected: accessToken }));
		},
		expected: "REFRESH_OUTCOME_UNKNOWN retry",
	},
	{
		name: "without a refresh token the access token is given until it expires",
		async run(world) {
			const { set, accessToken } = start(world);
			await set({ ...(await signIn(world)), refreshToken: null });
			await advance(world, HOUR - 1);
			const alive = await accessToken();
			await advance(world, 1);
			const careless = world.provider({ scope: [] }).tokens(world.store());
			return [alive, await classification(world, accessToken()), await classification(world, careless.accessToken())];
		},
		expected: ["access 1", "NO_REFRESH_TOKEN reauthorize", "NO_REFRESH_TOKEN configure"],
		requests: ["code 200"],
	},
	{
		name: "an empty store",
		stores: ALL,
		async run(world) {
			const { accessToken } = start(world);
			return [await classification(world, accessToken()), await message(accessToken()), await world.store().load()];
		},
		expected: [
			"NO_TOKENS reauthorize",
			"Let the user sign in, and call `set` with the tokens: the store is empty",
			null,
		],
		requests: [],
	},
	{
		name: "a store that fails to save is tried again, and its own error comes out in the end",
		async run(world) {
			const tokens = await signedIn(world);
			const seen = [];
			for (const failures of [2, 3]) {
				await world.store().save(tokens, await world.store().load());
				let left = failures;
				const failed = new Error("disk full");
				const { save } = world.store();
				const store = unlocked(world, {
					save: (next, previous) => {
						if (left-- > 0) throw failed;
						return save(next, previous);
					},
				});
				const { accessToken } = start(world, {}, store);
				const call = accessToken({ rejected: tokens.accessToken });
				const [error] = await rejection(call);
				seen.push([error === failed, error?.code, error?.action, error && Object.keys(error), error || (await call)]);
			}
			return [seen.map(([isSame, ...rest]) => [isSame, rest.slice(0, 3)]), await stored(world), world.time.pauses];
		},
		expected: [
			[
				[false, [null, null, null]],
				[true, [null, null, []]],
			],
			["access 1", "refresh 1"],
			[100, 400, 100, 400],
		],
		requests: ["code 200", "refresh 200", "refresh 200"],
	},
	{
		name: "a save that worked and failed to say so",
		stores: SWAPPING,
		async run(world) {
			await signedIn(world);
			await advance(world, HOUR);
			let isFirst = true;
			const { save } = world.store();
			const store = unlocked(world, {
				save: async (next, previous) => {
					const isSaved = await save(next, previous);
					if (!isFirst) return isSaved;
					isFirst = false;
					throw new Error("connection lost");
				},
			});
			return [await start(world, {}, store).accessToken(), await stored(world)];
		},
		expected: ["access 2", ["access 2", "refresh 2"]],
		requests: ["code 200", "refresh 200"],
	},
	{
		name: "another process saves first: its tokens are given and stay",
		stores: SWAPPING,
		async run(world) {
			await signedIn(world);
			await advance(world, HOUR);
			const { save } = world.store();
			const store = unlocked(world, {
				save: async (next, previous) => {
					await otherProcess(world);
					return save(next, previous);
				},
			});
			return [await start(world, {}, store).accessToken(), await stored(world)];
		},
		// This process was given the second pair.
		expected: ["access 3", ["access 3", "refresh 3"]],
		requests: ["code 200", "refresh 200", "refresh 200"],
	},
	{
		name: "a store that takes nothing although nobody changes it",
		async run(world) {
			const tokens = await signedIn(world);
			await advance(world, HOUR);
			const { accessToken, set } = start(world, {}, unlocked(world, { save: () => false }));
			return [
				await classification(world, accessToken()),
				await classification(world, set(tokens as never)),
				await message(accessToken()),
			];
		},
		expected: [
			"STORE_CONFLICT retry",
			"STORE_CONFLICT retry",
			"Let `store.save` resolve to false only if the stored tokens differ from `previous`: it did so too often",
		],
	},
	{
		name: "what the store's load throws comes out as it is",
		async run(world) {
			const seen = [];
			for (const thrown of [new Error("no connection"), "a string", null]) {
				for (const load of [() => Promise.reject(thrown), () => { throw thrown; }]) {
					const { accessToken, set } = start(world, {}, unlocked(world, { load }));
					const tokens = { accessToken: "a", refreshToken: null, accessTokenExpiresIn: 1 };
					seen.push((await rejection(accessToken()))[0] === thrown, (await rejection(set(tokens)))[0] === thrown);
				}
			}
			return new Set(seen).size === 1 && seen[0];
		},
		expected: true,
		requests: [],
	},
	{
		name: "a store that holds something else",
		async run(world) {
			const seen = [];
			for (const loaded of [5, "text", {}, { accessToken: "" }, { accessToken: "a" }, { accessToken: "a", expiresAt: "1" }]) {
				seen.push(await message(start(world, {}, unlocked(world, { load: () => loaded as never })).accessToken()));
			}
			return seen;
		},
		expected: [
			"`store.load()` must be null or tokens, but is a number",
			"`store.load()` must be null or tokens, but is a string",
			"`store.load().accessToken` must be a non-empty string, but is undefined",
			"`store.load().accessToken` must be a non-empty string, but is an empty string",
			"`store.load().expiresAt` must be a number of milliseconds since the epoch, but is undefined",
			"`store.load().expiresAt` must be a number of milliseconds since the epoch, but is a string",
		],
		requests: [],
	},
	{
		name: "what the app keeps beside the tokens survives every refresh, and the package's own members are replaced",
		stores: ALL,
		async run(world) {
			const own = { cloudId: "c", theme: { dark: [true, null] } };
			const tokens = { ...(await signIn(world)), accessTokenExpiresIn: 1, scope: ["stale"], missingScope: ["stale"], ...own };
			await start(world).set(tokens);
			const seen = [];
			for (let refresh = 0; refresh < 2; refresh++) {
				await advance(world, HOUR);
				seen.push(await start(world).accessToken(), await world.store().load());
			}
			// A new sign-in takes the place of all that was there.
			await start(world).set(await signIn(world));
			return [...seen, Object.keys((await world.store().load()) ?? {}).includes("cloudId")];
		},
		expected: [
			...[2, 3].flatMap((number) => [
				`access ${number}`,
				{
					accessToken: `access ${number}`,
					accessTokenExpiresIn: 3600,
					refreshToken: `refresh ${number}`,
					expiresAt: START + number * HOUR,
					scope: ["read:me", "read:jira-work", "offline_access"],
					missingScope: [],
					cloudId: "c",
					theme: { dark: [true, null] },
				},
			]),
			false,
		],
	},
	{
		name: "the app writes members of its own during a refresh: they stay, and so do the new tokens",
		stores: ALL,
		async run(world) {
			const seen = new Set<string>();
			for (const moment of ["after load", "before save"]) {
				for (const times of WRITES) {
					for (const hasLock of [true, false]) {
						const { refreshToken } = await signedIn(world);
						await advance(world, HOUR);
						const { load, save, lock } = world.store();
						let writes = 0;
						const write = async () => {
							const before = await load();
							if (before?.refreshToken === refreshToken && writes < times) await save({ ...before, writes: ++writes } as StoredTokens, before);
						};
						const store = {
							load: async () => {
								const loaded = await load();
								if (moment === "after load") await write();
								return loaded;
							},
							save: async (next: StoredTokens, previous: StoredTokens | null) => {
								if (moment === "before save") await write();
								return save(next, previous);
							},
							...(hasLock && lock && { lock }),
						};
						const accessToken = await start(world, {}, store).accessToken();
						const after = (await load()) as StoredTokens & { writes: number };
						await world.provider().getUser(accessToken);
						seen.add(`${after.accessToken === accessToken && after.refreshToken !== refreshToken}, lost ${writes - after.writes}`);
						// What is stored is alive once the old refresh token is not.
						await advance(world, 11 * MINUTE);
						await world.provider().refreshTokens(after.refreshToken);
					}
				}
			}
			return [...seen];
		},
		expected: ["true, lost 0"],
	},
	{
		name: "the app writes into its row during a refresh",
		stores: ["sqlite", "d1"],
		async run(world) {
			const seen = [];
			for (const statement of [
				"UPDATE atlassian_tokens SET tokens = json_set(tokens, '$.theme', 'dark') WHERE user_id = ?",
				"UPDATE atlassian_tokens SET tokens = json_insert(json_remove(tokens, '$.cloudId'), '$.sites', json('[\"a\"]')) WHERE user_id = ?",
				// As another program writes the same.
				"UPDATE atlassian_tokens SET tokens = replace(tokens, ',', ' , ') WHERE user_id = ?",
			]) {
				await start(world).set({ ...(await signIn(world)), cloudId: "c" });
				await advance(world, HOUR);
				const fetch = async (request: Request) => {
					const response = await world.route(request);
					await world.sql(statement);
					return response;
				};
				const accessToken = await world.provider({ fetch }).tokens(world.store()).accessToken();
				const { refreshToken, expiresAt, scope, missingScope, accessTokenExpiresIn, ...rest } = (await world.store().load()) ?? ({} as StoredTokens);
				await world.provider().refreshTokens(refreshToken);
				seen.push(accessToken === rest.accessToken, { ...rest, accessToken: "" });
			}
			return seen;
		},
		expected: [
			...[true, { accessToken: "", cloudId: "c", theme: "dark" }],
			...[true, { accessToken: "", sites: ["a"] }],
			...[true, { accessToken: "", cloudId: "c" }],
		],
		requests: Array.from({ length: 3 }, () => ["code 200", "refresh 200", "refresh 200"]).flat(),
	},
	{
		name: "the app writes into its row before each save: the new refresh token is in the row in the end, with all that was written",
		stores: ["sqlite", "d1"],
		async run(world) {
			const seen = new Set<string>();
			for (const [member, statement] of [
				["writes", "UPDATE atlassian_tokens SET tokens = json_set(tokens, '$.writes', coalesce(json_extract(tokens, '$.writes'), 0) + 1) WHERE user_id = ?"],
				// The same, written in other ways: nothing is different but the text.
				["", "UPDATE atlassian_tokens SET tokens = tokens || ' ' WHERE user_id = ?"],
				["", "UPDATE atlassian_tokens SET tokens = json_set(tokens, '$.accessToken', 'of the app', '$.expiresAt', 0) WHERE user_id = ? AND tokens NOT LIKE '%of the app%'"],
			] as const) {
				for (const times of WRITES.filter((times) => member || times < 20)) {
					for (const hasLock of [true, false]) {
						const { refreshToken } = await signedIn(world);
						await advance(world, HOUR);
						const { save, lock, load } = world.store();
						let writes = 0;
						const store = {
							load,
							save: async (next: StoredTokens, previous: StoredTokens | null) => {
								if (writes < times) {
									writes++;
									await world.sql(statement);
								}
								return save(next, previous);
							},
							...(hasLock && lock && { lock }),
						};
						const accessToken = await start(world, {}, store).accessToken();
						const after = (await load()) as StoredTokens & { writes?: number };
						seen.add(`${after.accessToken === accessToken && after.refreshToken !== refreshToken} ${!member || after.writes === times}`);
						await advance(world, 11 * MINUTE);
						await world.provider().refreshTokens(after.refreshToken);
					}
				}
			}
			return [...seen];
		},
		expected: ["true true"],
	},
	{
		name: "the app writes into its row while the tokens of a sign-in are stored",
		stores: ALL,
		async run(world) {
			const seen = new Set<boolean>();
			for (const times of WRITES) {
				await signedIn(world);
				const { load, save } = world.store();
				let writes = 0;
				const store = unlocked(world, {
					save: async (next, previous) => {
						const before = await load();
						if (writes < times) await save({ ...before, writes: ++writes } as never, before);
						return save(next, previous);
					},
				});
				const tokens = await signIn(world);
				await start(world, {}, store).set(tokens);
				seen.add((await load())?.refreshToken === tokens.refreshToken);
			}
			return [...seen];
		},
		expected: [true],
	},
	{
		name: "a refresh whose response names no scope keeps the stored ones",
		stores: ALL,
		async run(world) {
			const seen = [];
			const kept = { scope: ["read:me", "offline_access"], missingScope: ["read:jira-work"] };
			const silent = [{ without: "scope" }, ...["", " ", "\t\n", null, 5, []].map((value) => ({ field: "scope", value }))];
			for (const fault of [...silent, { field: "scope", value: "read:me write:x" }]) {
				const scopes = [];
				for (const isWritten of [false, true]) {
					await start(world).set({ ...(await signIn(world)), ...kept });
					await advance(world, HOUR);
					await world.atlassian.fault("token", fault);
					const { load, save } = world.store();
					let writes = 0;
					const store = unlocked(world, {
						save: async (next, previous) => {
							const before = await load();
							if (isWritten && writes++ === 0) await save({ ...before, theme: "dark" } as never, before);
							return save(next, previous);
						},
					});
					await start(world, {}, store).accessToken();
					const { scope, missingScope } = (await load()) ?? {};
					scopes.push({ scope, missingScope });
				}
				seen.push(scopes);
			}
			// Where nothing is stored, nothing is known but what the app asks for.
			await world.store().save({ accessToken: "a", refreshToken: (await signIn(world)).refreshToken, expiresAt: 0 }, await world.store().load());
			await world.atlassian.fault("token", { without: "scope" });
			await start(world).accessToken();
			const { scope, missingScope } = (await world.store().load()) ?? {};
			const { refreshToken } = await signIn(world);
			await world.atlassian.fault("token", { without: "scope" });
			const alone = await world.provider().refreshTokens(refreshToken);
			return [...seen, { scope, missingScope }, { scope: alone.scope, missingScope: alone.missingScope }];
		},
		expected: [
			...Array.from({ length: 7 }, () => Array(2).fill({ scope: ["read:me", "offline_access"], missingScope: ["read:jira-work"] })),
			Array(2).fill({ scope: ["read:me", "write:x", "offline_access"], missingScope: ["read:jira-work"] }),
			...Array(2).fill({ scope: ["read:me", "read:jira-work", "offline_access"], missingScope: [] }),
		],
	},
	{
		name: "an API that rejects every access token has it refreshed once in five minutes",
		stores: ALL,
		async run(world) {
			await signedIn(world);
			const seen = [];
			for (const wait of [0, MINUTE, 4 * MINUTE - 1, 1, HOUR]) {
				await advance(world, wait);
				const given = [];
				for (let view = 0; view < 10; view++) {
					// Each a process of its own.
					const rejected = await start(world).accessToken();
					given.push(rejected, await start(world).accessToken({ rejected }));
				}
				const { rejectedAt } = (await world.store().load()) as StoredTokens;
				seen.push([...new Set(given)], typeof rejectedAt);
			}
			await advance(world, HOUR);
			await start(world).accessToken();
			const expired = Object.keys((await world.store().load()) ?? {}).includes("rejectedAt");
			await start(world).accessToken({ rejected: await start(world).accessToken() });
			await start(world).set(await signIn(world));
			return [...seen, expired, Object.keys((await world.store().load()) ?? {}).includes("rejectedAt")];
		},
		expected: [
			...[["access 1", "access 2"], ["access 2"], ["access 2"], ["access 2", "access 3"], ["access 4", "access 5"]].flatMap((given) => [given, "number"]),
			false,
			false,
		],
		// Two for rejections, one when that token expires, one for a rejection, and the last two again.
		requests: ["code 200", ...Array(6).fill("refresh 200"), "code 200"],
	},
	{
		name: "a token that ends before its time is refreshed, also if its predecessor was rejected",
		stores: ALL,
		async run(world) {
			await signedIn(world);
			const given = [];
			for (const wait of [0, 5, 10, 15, 20]) {
				await advance(world, wait * MINUTE);
				given.push(await start(world).accessToken({ rejected: await start(world).accessToken() }));
			}
			return given;
		},
		expected: [2, 3, 4, 5, 6].map((number) => `access ${number}`),
		requests: ["code 200", ...Array(5).fill("refresh 200")],
	},
	{
		name: "a rejection of the tokens before a sign-in does not hinder a refresh of its tokens",
		stores: ALL,
		async run(world) {
			const { accessToken: rejected } = await signedIn(world);
			await start(world).accessToken({ rejected });
			const { set, accessToken } = start(world);
			await set({ ...(await world.store().load()), ...(await signIn(world)) });
			const { accessToken: second, ...members } = (await world.store().load()) as StoredTokens;
			return ["rejectedAt" in members, (await accessToken({ rejected: second })) !== second];
		},
		expected: [false, true],
		requests: ["code 200", "refresh 200", "code 200", "refresh 200"],
	},
	{
		name: "a store that drops `rejectedAt` has a token refreshed at each rejection",
		stores: ["memory"],
		async run(world) {
			const { load, save } = world.store();
			const columns = { load, save: ({ accessToken, refreshToken, expiresAt }: StoredTokens, previous: StoredTokens | null) => save({ accessToken, refreshToken, expiresAt }, previous) };
			await start(world, {}, columns).set(await signIn(world));
			const given = [];
			for (let view = 0; view < 3; view++) {
				const rejected = await start(world, {}, columns).accessToken();
				given.push(await start(world, {}, columns).accessToken({ rejected }));
			}
			return given;
		},
		expected: ["access 2", "access 3", "access 4"],
		requests: ["code 200", ...Array(3).fill("refresh 200")],
	},
	{
		name: "the rejection of a token that is no longer stored is not noted",
		async run(world) {
			await signedIn(world);
			await advance(world, HOUR);
			const given = await start(world).accessToken({ rejected: "an older token" });
			return [given, Object.keys((await world.store().load()) ?? {}).includes("rejectedAt")];
		},
		expected: ["access 2", false],
		requests: ["code 200", "refresh 200"],
	},
	{
		name: "a store that is empty and says `undefined` is given `null` as what it had",
		async run(world) {
			const given: unknown[] = [];
			const store = { load: async () => undefined as never, save: async (_next: StoredTokens, previous: StoredTokens | null) => given.push(previous) > 0 };
			await start(world, {}, store).set(await signIn(world));
			return given.map((previous) => previous === null);
		},
		expected: [true],
	},
	{
		name: "members of the app that are no JSON may change as often as others",
		async run(world) {
			let tokens = await signIn(world) as StoredTokens;
			await advance(world, HOUR);
			let saves = 0;
			const store = {
				load: async () => tokens,
				save: async (next: StoredTokens) => {
					if (++saves <= 30) tokens = { ...tokens, visits: BigInt(saves) } as StoredTokens;
					else tokens = next;
					return saves > 30;
				},
			};
			return [await start(world, {}, store).accessToken(), saves];
		},
		expected: ["access 2", 31],
		requests: ["code 200", "refresh 200"],
	},
	{
		name: "the app writes during a refresh, and then somebody else does",
		stores: ALL,
		async run(world) {
			const seen = [];
			for (const what of ["another process refreshes", "a new sign-in", "the store fails to load"]) {
				const first = await signedIn(world);
				await advance(world, HOUR);
				const { load, save } = world.store();
				const write = async (next: object) => {
					const before = await load();
					await save({ ...before, ...next } as StoredTokens, before);
				};
				let loads = 0;
				let saves = 0;
				const store = {
					load: async () => {
						if (what === "the store fails to load" && [2, 3].includes(++loads)) throw new Error("no connection");
						return load();
					},
					save: async (next: StoredTokens, previous: StoredTokens | null) => {
						if (saves++ === 0) await write({ theme: "dark" });
						else if (what === "another process refreshes") await write(await world.provider().refreshTokens(first.refreshToken));
						else if (what === "a new sign-in") await start(world).set(await signIn(world));
						return save(next, previous);
					},
				};
				const accessToken = await start(world, {}, store).accessToken();
				const after = (await load()) as StoredTokens & { theme?: string };
				const all = await Promise.all([accessToken, after.accessToken].map(world.provider().getUser));
				seen.push([accessToken === after.accessToken, after.theme ?? null, saves, all.length]);
			}
			return [seen, world.time.pauses];
		},
		expected: [
			[
				[true, "dark", 2, 2],
				[true, null, 2, 2],
				[true, "dark", 2, 2],
			],
			[100, 400],
		],
	},
	{
		name: "the app writes during a refresh, and then the user is signed out and stays so",
		stores: ["sqlite", "d1"],
		async run(world) {
			await signedIn(world);
			await advance(world, HOUR);
			const { save, ...rest } = world.store();
			let saves = 0;
			const store = {
				...rest,
				save: async (next: StoredTokens, previous: StoredTokens | null) => {
					await world.sql(saves++ === 0 ? "UPDATE atlassian_tokens SET tokens = json_set(tokens, '$.theme', 'dark') WHERE user_id = ?" : "DELETE FROM atlassian_tokens WHERE user_id = ?");
					return save(next, previous);
				},
			};
			return [await classification(world, start(world, {}, store).accessToken()), await world.store().load(), saves];
		},
		expected: ["NO_TOKENS reauthorize", null, 2],
	},
	{
		name: "a replica of D1 that is one save behind, once, ends no sign-in",
		stores: ["sqlite", "d1"],
		async run(world) {
			const seen = new Set<string>();
			for (const situation of ["signed in", "expired", "refreshed elsewhere", "refreshed elsewhere long ago", "signed in again"]) {
				for (const hasLock of [true, false]) {
					for (let read = 0; read < 5; read++) {
						await world.sql("DELETE FROM atlassian_tokens WHERE user_id = ?");
						await start(world, {}, world.behind()).set(await signIn(world));
						if (situation !== "signed in") await advance(world, HOUR);
						if (situation.startsWith("refreshed")) await start(world, {}, world.behind()).accessToken();
						if (situation.endsWith("long ago")) await advance(world, 11 * MINUTE);
						const { load, save, lock } = world.behind(read);
						const { accessToken, set } = start(world, {}, { load, save, ...(hasLock && lock && { lock }) });
						if (situation === "signed in again") await set(await signIn(world));
						const [failed] = await rejection(accessToken().then(world.provider().getUser));
						// Whatever was given, what is stored is alive.
						const [lost] = await rejection(start(world, {}, world.behind()).accessToken().then(world.provider().getUser));
						seen.add(`${failed?.code} ${lost?.code}`);
						if (failed) seen.add(`${situation}, ${hasLock ? "with" : "without"} a lock, read ${read}`);
					}
				}
			}
			return [...seen];
		},
		expected: ["undefined undefined"],
	},
	{
		name: "methods of the store are called as methods, and may return at once",
		async run(world) {
			const tokens = await signIn(world);
			class Store {
				#tokens: StoredTokens | null = tokens;
				locked = 0;
				load() {
					return this.#tokens;
				}
				save(next: StoredTokens, previous: StoredTokens | null) {
					if (this.#tokens !== previous) return false;
					this.#tokens = next;
					return true;
				}
				lock(work: () => Promise<void>) {
					this.locked++;
					return work();
				}
			}
			const store = new Store();
			const { accessToken } = start(world, {}, store);
			const fresh = await accessToken();
			await advance(world, HOUR);
			return [fresh, store.locked, await accessToken(), store.locked, store.load()?.accessToken];
		},
		expected: ["access 1", 0, "access 2", 1, "access 2"],
	},
	{
		name: "a refresh that failed is no matter where another process has saved newer tokens meanwhile",
		async run(world) {
			const seen = [];
			for (const [status, error] of [[503, ""], [429, ""], [401, "access_denied"], [400, "invalid_request"], [403, "invalid_grant"]] as const) {
				let tokens = { accessToken: "old", refreshToken: "r1", expiresAt: 0 };
				const fetch = async () => {
					tokens = { accessToken: "newer", refreshToken: "r2", expiresAt: Number.MAX_SAFE_INTEGER };
					return Response.json({ error }, { status });
				};
				const store = { load: () => tokens, save: () => false };
				seen.push(await world.provider({ fetch }).tokens(store).accessToken());
			}
			return seen;
		},
		expected: Array(5).fill("newer"),
		requests: [],
	},
	{
		name: "what is no time or was not saved is not taken for one",
		async run(world) {
			const { set } = world.provider().tokens({ load: () => null, save: () => 0 as never });
			const times = [Number.NaN, Number.POSITIVE_INFINITY, "5"].map((expiresAt) => rejection(set({ accessToken: "a", refreshToken: null, expiresAt } as never)));
			const codes = (await Promise.all(times)).map(([error]) => error.code);
			return [codes, (await rejection(set({ accessToken: "a", refreshToken: null, expiresAt: 5 } as never)))[0].code];
		},
		expected: [Array(3).fill("INVALID_ARGUMENT"), "STORE_CONFLICT"],
		requests: [],
	},
	{
		name: "whatever a lock does, a token is given",
		async run(world) {
			const seen = [];
			for (const lock of [
				async (work: () => Promise<void>) => {
					await work();
					throw new Error("cannot let go");
				},
				async () => {},
				// One that lets go first and works afterwards, when the refresh is under way.
				async (work: () => Promise<void>) => {
					void (async () => {
						for (let i = 0; i < 5; i++) await null;
						await work();
					})();
				},
				() => undefined,
				(work: () => Promise<void>) => void work(),
				async (work: () => Promise<void>) => void (await Promise.all([work(), work()])),
				async (work: () => Promise<void>) => void (await work().catch(() => {})),
			]) {
				await signedIn(world);
				await advance(world, HOUR);
				const { accessToken } = start(world, {}, unlocked(world, { lock: lock as never }));
				const before = (await stored(world))[0];
				const token = await accessToken();
				seen.push(typeof token === "string" && token !== before);
			}
			const { accessToken } = start(world, {}, unlocked(world, { lock: () => Promise.reject(new Error("no lock")) }));
			await advance(world, HOUR);
			return [seen, await message(accessToken())];
		},
		expected: [[true, true, true, true, true, true, true], "no lock"],
	},
	{
		name: "the others wait for a process that ended with the lock in its hand until its lease ends",
		stores: ["sqlite", "d1"],
		async run(world) {
			await signedIn(world);
			await advance(world, HOUR);
			const { lock } = world.store();
			// Never ends.
			void lock?.(() => new Promise(() => {}));
			let isWaiting = true;
			const waiting = start(world).accessToken().finally(() => (isWaiting = false));
			let rounds = 0;
			world.time.onPause = () => rounds++ || undefined;
			while (rounds < 3) await world.atlassian.requests();
			const wasWaiting = isWaiting;
			// The lease ends by the database's clock, which no test can move.
			const { load } = world.store();
			await world.sql("UPDATE atlassian_tokens SET locked_until = 1 WHERE user_id = ?");
			return [wasWaiting, await waiting, (await load())?.accessToken];
		},
		expected: [true, "access 2", "access 2"],
		requests: ["code 200", "refresh 200"],
	},
	{
		name: "nobody waits for a lock from a time when the database's clock was ahead",
		stores: ["sqlite", "d1"],
		async run(world) {
			await signedIn(world);
			await advance(world, HOUR);
			// By the database's clock, which is not the scenario's.
			const aDayFromNow = "CAST((julianday('now') - 2440587.5 + 1) * 86400000 AS INTEGER)";
			await world.sql(`UPDATE atlassian_tokens SET locked_until = ${aDayFromNow} WHERE user_id = ?`);
			return [await start(world).accessToken(), world.time.pauses];
		},
		expected: ["access 2", []],
		requests: ["code 200", "refresh 200"],
	},
	{
		name: "whoever has waited for the lock for a minute goes on without it",
		stores: ["sqlite", "d1"],
		async run(world) {
			await signedIn(world);
			await advance(world, HOUR);
			void world.store().lock?.(() => new Promise(() => {}));
			const before = world.time.now;
			const accessToken = await start(world).accessToken();
			const waited = world.time.now - before;
			return [accessToken, waited >= MINUTE && waited < MINUTE + 1_000];
		},
		expected: ["access 2", true],
		requests: ["code 200", "refresh 200"],
	},
	{
		name: "whoever is signed out while a process waits for the lock is told so",
		stores: ["sqlite", "d1"],
		async run(world) {
			await signedIn(world);
			await advance(world, HOUR);
			void world.store().lock?.(() => new Promise(() => {}));
			let isForgotten = false;
			world.time.onPause = async () => {
				if (!isForgotten) await world.sql("DELETE FROM atlassian_tokens WHERE user_id = ?");
				isForgotten = true;
			};
			return classification(world, start(world).accessToken());
		},
		expected: "NO_TOKENS reauthorize",
		requests: ["code 200"],
	},
	{
		name: "whoever is signed out during a refresh stays so",
		stores: ["sqlite", "d1"],
		async run(world) {
			const seen = [];
			for (const store of [world.store(), unlocked(world)]) {
				await signedIn(world);
				await advance(world, HOUR);
				const { save } = store;
				const forgetting = {
					...store,
					save: async (next: StoredTokens, previous: StoredTokens | null) => {
						await world.sql("DELETE FROM atlassian_tokens WHERE user_id = ?");
						return save(next, previous);
					},
				};
				seen.push(await classification(world, start(world, {}, forgetting).accessToken()), await store.load());
			}
			return seen;
		},
		expected: ["NO_TOKENS reauthorize", null, "NO_TOKENS reauthorize", null],
	},
	{
		name: "users share a database, and nothing else",
		stores: ["sqlite", "d1"],
		async run(world) {
			const tokens = await signedIn(world);
			const other = world.store("another user");
			const before = await other.load();
			await other.save({ ...tokens, accessToken: "of another" }, null);
			return [before, (await other.load())?.accessToken, (await stored(world))[0]];
		},
		expected: [null, "of another", "access 1"],
	},
	{
		name: "a row that somebody else has written is replaced like any other",
		stores: ["sqlite", "d1"],
		async run(world) {
			const { accessToken, refreshToken } = await signedIn(world);
			const quoted = refreshToken?.replace(/^./, (first) => `\\u${first.charCodeAt(0).toString(16).padStart(4, "0")}`);
			const seen = [];
			for (const row of [
				`{ "accessToken": "${accessToken}", "refreshToken": "${refreshToken}", "expiresAt": 0.0 }`,
				`{"expiresAt":0,"accessToken":"${accessToken}","refreshToken":"${quoted}","more":null}`,
			]) {
				await world.sql(`UPDATE atlassian_tokens SET tokens = '${row}' WHERE user_id = ?`);
				const refreshed = await start(world).accessToken();
				seen.push(refreshed === (await stored(world))[0] && refreshed !== accessToken);
			}
			for (const row of ["null", "  null ", "5", "0", "false", '""', "[]", "{}"]) {
				await world.sql(`UPDATE atlassian_tokens SET tokens = '${row}' WHERE user_id = ?`);
				const tokens = await signedIn(world);
				seen.push((await stored(world))[0] === tokens.accessToken);
			}
			return seen;
		},
		expected: Array(10).fill(true),
	},
	{
		name: "a refusal inside a lock lets go of it",
		stores: ["sqlite", "d1"],
		async run(world) {
			await signedIn(world);
			await advance(world, HOUR);
			await world.atlassian.setSecret("renewed");
			const refused = await classification(world, start(world).accessToken());
			await world.atlassian.setSecret("ATOAstandin7hV2mXq9LrTzB4cWk8NfYpD1sGjR6eUa0oCvIbEw3HnQlMtZx5yKJ0A1B2C3D");
			return [refused, await start(world).accessToken(), world.time.pauses];
		},
		expected: ["INVALID_CLIENT configure", "access 2", []],
	},
	{
		name: "set takes the tokens of a sign-in in place of whatever is there",
		stores: ALL,
		async run(world) {
			const { set, accessToken } = start(world);
			const provider = world.provider();
			const seen = [];
			const first = await signIn(world);
			await set(first);
			seen.push(await accessToken());
			// As the drop-in gives them: without `expiresAt`.
			const { expiresAt, scope, missingScope, ...plain } = await signIn(world);
			await set(plain);
			seen.push(await accessToken(), (await world.store().load())?.expiresAt);
			await set({ ...plain, accessTokenExpiresIn: undefined as never });
			seen.push((await world.store().load())?.expiresAt);
			await set({ ...plain, refreshToken: null, expiresAt: START + 5 });
			seen.push((await world.store().load())?.expiresAt, await provider.tokens(world.store(), { skew: 0 }).accessToken());
			return seen;
		},
		expected: ["access 1", "access 2", START + HOUR, START + HOUR, START + 5, "access 2"],
	},
	{
		name: "set while another process refreshes",
		stores: SWAPPING,
		async run(world) {
			await signedIn(world);
			const next = await signIn(world);
			await advance(world, HOUR);
			let isFirst = true;
			const { load } = world.store();
			const store = unlocked(world, {
				load: async () => {
					const loaded = await load();
					if (isFirst) {
						isFirst = false;
						await otherProcess(world);
					}
					return loaded;
				},
			});
			await start(world, {}, store).set(next);
			return stored(world);
		},
		// Those of the new sign-in, whatever was refreshed meanwhile.
		expected: ["access 2", "refresh 2"],
	},
	{
		name: "tokens with an empty refresh token are kept, and last as long as the access token",
		stores: ALL,
		async run(world) {
			await world.atlassian.fault("token", { field: "refresh_token", value: "" });
			await start(world).set(await signIn(world));
			const fresh = await start(world).accessToken();
			await advance(world, HOUR);
			return [fresh, await classification(world, start(world).accessToken())];
		},
		expected: ["access 1", "NO_REFRESH_TOKEN reauthorize"],
		requests: ["code 200"],
	},
	{
		name: "tokens that never expire by their response are kept like others",
		stores: ALL,
		async run(world) {
			await signedIn(world);
			await advance(world, HOUR);
			await world.atlassian.fault("token", { field: "expires_in", value: 1e306 });
			const refreshed = await start(world).accessToken();
			await advance(world, 1_000 * HOUR);
			return [refreshed, await start(world).accessToken(), typeof (await world.store().load())?.expiresAt];
		},
		expected: ["access 2", "access 2", "number"],
	},
	{
		name: "a token that still works is given, however long the refresh ahead of its end is asked to wait",
		stores: ALL,
		async run(world) {
			await signedIn(world);
			await advance(world, HOUR - MINUTE + 5_000);
			const seen = [];
			for (const seconds of ["10", "20", "29"]) {
				const fetch = async () => new Response(null, { status: 503, headers: { "Retry-After": seconds } });
				const before = world.time.now;
				seen.push(await world.provider({ fetch }).tokens(world.store()).accessToken());
				world.time.now = before;
			}
			return seen;
		},
		expected: ["access 1", "access 1", "access 1"],
	},
	{
		name: "a store that has nothing, and says so by undefined, is asked to save in the place of null",
		async run(world) {
			const seen: unknown[] = [];
			const save = (_: unknown, previous: unknown) => seen.push(previous) > 0;
			await world.provider().tokens({ load: () => undefined as never, save }).set(await signIn(world));
			return seen;
		},
		expected: [null],
	},
	{
		name: "set refuses what is no tokens, and names the field",
		async run(world) {
			const { set } = start(world);
			const seen = [];
			for (const tokens of [
				undefined,
				null,
				"token",
				{},
				{ accessToken: 5 },
				{ accessToken: "a" },
				{ accessToken: "a", refreshToken: 5 },
				{ accessToken: "a", refreshToken: null, expiresAt: "soon" },
			]) {
				seen.push(await message(set(tokens as never)));
			}
			return [seen, await world.store().load()];
		},
		expected: [
			[
				"`tokens` must be the tokens of a sign-in, but is undefined",
				"`tokens` must be the tokens of a sign-in, but is null",
				"`tokens` must be the tokens of a sign-in, but is a string",
				"`tokens.accessToken` must be a non-empty string, but is undefined",
				"`tokens.accessToken` must be a non-empty string, but is a number",
				"`tokens.refreshToken` must be a string or null, but is undefined",
				"`tokens.refreshToken` must be a string or null, but is a number",
				"`tokens.expiresAt` must be a number of milliseconds since the epoch, but is a string",
			],
			null,
		],
		requests: [],
	},
	{
		name: "a wrong store, skew or option is named when a method is called",
		async run(world) {
			const { tokens } = world.provider();
			const right = world.store();
			const seen = [];
			for (const [store, options] of [
				[undefined],
				[5],
				[{}],
				[{ load: 1, save: () => true }],
				[{ load: () => null }],
				[{ ...right, lock: 1 }],
				[right, { skew: -1 }],
				[right, { skew: Number.NaN }],
				[right, { skew: Number.POSITIVE_INFINITY }],
				[right, { skew: "60" }],
			] as [never, never][]) {
				const { accessToken, set } = tokens(store, options);
				const messages = [await message(accessToken()), await message(set({} as never))];
				seen.push(messages[0] === messages[1] ? messages[0] : messages);
			}
			seen.push(await message(tokens(right).accessToken({ rejected: 5 as never })));
			return seen;
		},
		expected: [
			"`store` must be an object with load and save, but is undefined",
			"`store` must be an object with load and save, but is a number",
			"`store.load` must be a function, but is undefined",
			"`store.load` must be a function, but is a number",
			"`store.save` must be a function, but is undefined",
			"`store.lock` must be a function, but is a number",
			"`options.skew` must be 0 or a positive number of seconds, but is another number",
			"`options.skew` must be 0 or a positive number of seconds, but is another number",
			"`options.skew` must be 0 or a positive number of seconds, but is another number",
			"`options.skew` must be 0 or a positive number of seconds, but is a string",
			"`options.rejected` must be an access token, but is a number",
		],
		requests: [],
	},
	{
		name: "a store by itself: loads what was saved, and swaps only what it holds",
		stores: SWAPPING,
		async run(world) {
			const { load, save } = world.store();
			const make = (accessToken: string): StoredTokens => ({ accessToken, refreshToken: "é\"\\\u2028😀", expiresAt: 1.5, scope: ["a"] });
			const seen: unknown[] = [await load()];
			seen.push(await save(make("one"), null), await save(make("two"), null));
			const one = await load();
			seen.push(one?.accessToken, one?.refreshToken === make("").refreshToken, await save(make("two"), one));
			seen.push(await save(make("three"), one), (await load())?.accessToken, await save(make("four"), await load()));
			return [...seen, (await load())?.accessToken];
		},
		expected: [null, true, false, "one", true, true, false, "two", true, "four"],
		requests: [],
	},
	{
		name: "Workers KV by itself: loads what was saved last",
		stores: ["kv"],
		async run(world) {
			const { load, save, lock } = world.store();
			const tokens = { accessToken: "a", refreshToken: null, expiresAt: 1 };
			const seen: unknown[] = [await load(), await save(tokens, null), await load()];
			return [...seen, await save({ ...tokens, accessToken: "b" }, null), await save({ ...tokens, accessToken: "b" }, tokens), await load(), typeof lock];
		},
		expected: [
			null,
			true,
			{ accessToken: "a", refreshToken: null, expiresAt: 1 },
			false,
			true,
			{ accessToken: "b", refreshToken: null, expiresAt: 1 },
			"undefined",
		],
		requests: [],
	},
];
