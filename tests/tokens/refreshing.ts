// `refreshTokens`: one request for calls that overlap, and the same refresh token again where a response was lost.

import type { Atlassian } from "../atlassian/server.ts";
import { HOUR, type Scenario, START, advance, describeError, message, refusal, rejection, signIn, classification } from "./world.ts";

const MINUTE = 60_000;

/** Which of the bounds each pause is within: growing pauses, each up to half as long again. */
const steps = (pauses: number[]) =>
	pauses.map((pause) => [500, 1_000, 2_000].findIndex((least) => pause >= least && pause < least * 1.5));

/** The shapes in which the stand-in reports a dead refresh token, each with its status. */
const deadShapes = {
	invalid_grant: 403,
	unauthorized_client: 403,
	text_in_error: 403,
	globally_revoked: 403,
	expired: 403,
	invalid_request: 400,
	unauthorized: 401,
	forbidden: 403,
	capitals: 400,
	full_stop: 400,
	bad_request_in_error: 400,
} satisfies Record<Atlassian["invalidRefreshToken"], number>;

// Requests that only a signal ends. A real `fetch` keeps its request; without anybody who does, Node's garbage collector
// takes request, signal and whoever waits for them.
const underWay = new Set<Request>();

export const refreshScenarios: Scenario[] = [
	{
		name: "a refresh gives tokens with all that is known about them",
		async run(world) {
			const { refreshToken } = await signIn(world);
			await advance(world, 30 * MINUTE);
			return world.provider().refreshTokens(refreshToken);
		},
		expected: {
			accessToken: "access 2",
			accessTokenExpiresIn: 3600,
			refreshToken: "refresh 2",
			expiresAt: START + 30 * MINUTE + HOUR,
			scope: ["read:me", "read:jira-work", "offline_access"],
			missingScope: [],
		},
		requests: ["code 200", "refresh 200"],
	},
	{
		name: "200 calls at once make one request, and the next one another",
		async run(world) {
			const { refreshTokens, ...provider } = world.provider();
			const { refreshToken } = await signIn(world, { refreshTokens, ...provider });
			const all = await Promise.all(Array.from({ length: 200 }, () => refreshTokens(refreshToken)));
			const [first] = all;
			const next = await refreshTokens(first?.refreshToken);
			return [new Set(all.map(({ accessToken }) => accessToken)).size, first?.accessToken, next.accessToken];
		},
		expected: [1, "access 2", "access 3"],
		requests: ["code 200", "refresh 200", "refresh 200"],
	},
	{
		name: "whatever fetch fails with, the same refresh token is sent again, and the outcome is unknown in the end",
		async run(world) {
			const seen = [];
			for (const thrown of [Object.freeze(new TypeError("frozen")), "a string", undefined, Object.assign(new Error(), { action: "wait" })]) {
				let calls = 0;
				const fetch = () => {
					calls++;
					return Promise.reject(thrown);
				};
				const [error] = await rejection(world.provider({ fetch }).refreshTokens("token"));
				seen.push([calls, error.code, error.action, error.cause === thrown]);
			}
			return [...new Set(seen.map(String))];
		},
		expected: ["4,REFRESH_OUTCOME_UNKNOWN,retry,true"],
		requests: [],
	},
	{
		name: "a lost response and then too many requests: the outcome is unknown all the same",
		async run(world) {
			const responses = [() => Promise.reject(new TypeError("cut")), async () => new Response(null, { status: 429, headers: { "Retry-After": "3600" } })];
			const fetch = () => responses.shift()?.() as Promise<Response>;
			const [error] = await rejection(world.provider({ fetch }).refreshTokens("token"));
			return [error.code, error.action, error.retryAfter, (error.cause as { code?: string }).code];
		},
		expected: ["REFRESH_OUTCOME_UNKNOWN", "retry", 3600, "RATE_LIMITED"],
		requests: [],
	},
	{
		name: "200 calls at once share one refusal, and the next one asks again",
		async run(world) {
			const provider = world.provider();
			const calls = await Promise.all(Array.from({ length: 200 }, () => rejection(provider.refreshTokens("made up, not issued"))));
			return [new Set(calls.map(([error]) => error.code)).size, await refusal(world, provider.refreshTokens("made up, not issued"))];
		},
		expected: [1, { error: "OAuthRequestError", code: "INVALID_GRANT", action: "reauthorize", status: 403 }],
		requests: ["refresh 403", "refresh 403"],
	},
	{
		name: "refreshes of different users do not share a request",
		async run(world) {
			const provider = world.provider();
			const users = [await signIn(world, provider), await signIn(world, provider)];
			const tokens = await Promise.all(users.map(({ refreshToken }) => provider.refreshTokens(refreshToken)));
			return new Set(tokens.map(({ accessToken }) => accessToken)).size;
		},
		expected: 2,
		requests: ["code 200", "code 200", "refresh 200", "refresh 200"],
	},
	...(
		[
			["a response that was lost", { lost: true }, 0],
			["a connection that was cut", { cut: "headers" }, 0],
			["a body that was cut", { cut: "body" }, 200],
			["an outage", { status: 503 }, 503],
			["a gateway's page", { status: 502, body: "<html>Bad gateway</html>" }, 502],
			["a response that is no JSON", { raw: "<html>" }, 200],
			["a response without an access token", { without: "access_token" }, 200],
			["a redirect", { redirect: 307 }, 307],
		] as const
	).map(([name, fault, status]): Scenario => ({
		name: `after ${name} the same refresh token is sent again`,
		async run(world) {
			const { refreshToken } = await signIn(world);
			await world.atlassian.fault("token", fault);
			const { accessToken } = await world.provider().refreshTokens(refreshToken);
			return { isNew: accessToken !== undefined, pauses: steps(world.time.pauses) };
		},
		expected: { isNew: true, pauses: [0] },
		requests: ["code 200", `refresh ${status}`, "refresh 200"],
		check(log) {
			const sent = log.filter(({ parameters }) => parameters.get("grant_type") === "refresh_token");
			if (new Set(sent.map(({ body }) => body)).size !== 1) throw new Error("the second request is another");
		},
	})),
	{
		name: "after a timeout the same refresh token is sent again",
		async run(world) {
			const { refreshToken } = await signIn(world);
			let isFirst = true;
			const fetch = (request: Request): Promise<Response> => {
				if (!isFirst) return world.route(request);
				isFirst = false;
				underWay.add(request);
				return new Promise((_, reject) => request.signal.addEventListener("abort", () => reject(request.signal.reason)));
			};
			const { accessToken } = await world.provider({ timeout: 1_000, fetch }).refreshTokens(refreshToken);
			return [accessToken, steps(world.time.pauses)];
		},
		expected: ["access 2", [0]],
		requests: ["code 200", "refresh 200"],
	},
	{
		name: "pauses grow, and then the outcome is unknown",
		async run(world) {
			const { refreshToken } = await signIn(world);
			await world.atlassian.fault("token", { status: 503 }, 4);
			const { refreshTokens } = world.provider();
			const [error] = await rejection(refreshTokens(refreshToken));
			return {
				...describeError(world, error),
				message: error.message,
				cause: describeError(world, error.cause),
				pauses: steps(world.time.pauses),
				afterwards: (await refreshTokens(refreshToken)).refreshToken,
			};
		},
		expected: {
			error: "Error",
			code: "REFRESH_OUTCOME_UNKNOWN",
			action: "retry",
			message:
				"Try again within ten minutes: Atlassian sent no clear response, and may have used the refresh token. `cause` is the last error",
			cause: { error: "OAuthRequestError", code: "SERVER_ERROR", action: "retry", status: 503 },
			pauses: [0, 1, 2],
			afterwards: "refresh 2",
		},
		requests: ["code 200", "refresh 503", "refresh 503", "refresh 503", "refresh 503", "refresh 200"],
	},
	{
		name: "pauses differ from one another",
		async run(world) {
			const provider = world.provider({ fetch: async () => new Response("", { status: 500 }) });
			await Promise.all(Array.from({ length: 30 }, (_, index) => rejection(provider.refreshTokens(`token ${index}`))));
			return new Set(world.time.pauses.slice(0, 30)).size > 5;
		},
		expected: true,
		requests: [],
	},
	{
		name: "Retry-After is honoured up to half a minute",
		async run(world) {
			const seen = [];
			for (const fault of [
				{ retryAfter: 7 },
				{ status: 503, retryAfter: 30 },
				{ retryAfter: 31 },
				{ status: 503, retryAfter: 3_600 },
				{ status: 429, body: {}, headers: { "Retry-After": new Date(world.time.now + 9_000).toUTCString() } },
				{ status: 429, body: {}, headers: { "X-RateLimit-Reset": new Date(world.time.now + 11_000).toISOString() } },
			]) {
				const { refreshToken } = await signIn(world);
				world.time.pauses = [];
				world.time.now = START;
				await world.atlassian.fault("token", fault);
				const result = await classification(world, world.provider().refreshTokens(refreshToken));
				seen.push([world.time.pauses.map((pause) => Math.floor(pause / 1_000)), result]);
			}
			return seen;
		},
		expected: [
			[[7], "no rejection"],
			[[30], "no rejection"],
			[[], "RATE_LIMITED retry 31"],
			[[], "REFRESH_OUTCOME_UNKNOWN retry 3600"],
			[[9], "no rejection"],
			[[11], "no rejection"],
		],
	},
	{
		name: "nothing is tried more than 45 seconds after the first try",
		async run(world) {
			let requests = 0;
			const provider = world.provider({
				fetch: async () => {
					requests++;
					world.time.now += 20_000;
					throw new TypeError("fetch failed");
				},
			});
			return [await classification(world, provider.refreshTokens("refresh token")), requests, steps(world.time.pauses)];
		},
		expected: ["REFRESH_OUTCOME_UNKNOWN retry", 3, [0, 1]],
		requests: [],
	},
	{
		name: "the old refresh token works for ten minutes, then it is dead in each of its shapes",
		async run(world) {
			const { refreshTokens } = world.provider();
			const { refreshToken } = await signIn(world);
			await refreshTokens(refreshToken);
			await advance(world, 9 * MINUTE);
			const { accessToken } = await refreshTokens(refreshToken);
			await advance(world, MINUTE);
			const seen = [];
			for (const shape of Object.keys(deadShapes) as (keyof typeof deadShapes)[]) {
				await world.atlassian.dieAs(shape);
				seen.push(await refusal(world, refreshTokens(refreshToken)));
			}
			return [accessToken, ...seen, world.time.pauses];
		},
		expected: [
			"access 3",
			...Object.values(deadShapes).map((status) => ({
				error: "OAuthRequestError",
				code: "INVALID_GRANT",
				action: "reauthorize",
				status,
			})),
			[],
		],
		requests: ["code 200", "refresh 200", "refresh 200", ...Object.values(deadShapes).map((status) => `refresh ${status}`)],
	},
	{
		name: "a user who is blocked has to sign in again, and nobody has to change the app",
		stores: ["memory"],
		async run(world) {
			const { tokens, refreshTokens } = world.provider();
			const { refreshToken } = await signIn(world);
			const store = world.store();
			await store.save({ accessToken: "over", refreshToken, expiresAt: START }, null);
			await world.atlassian.blockAccounts();
			return [await refusal(world, refreshTokens(refreshToken)), await classification(world, tokens(store).accessToken())];
		},
		expected: [
			{ error: "OAuthRequestError", code: "ACCESS_DENIED", action: "reauthorize", status: 403 },
			"ACCESS_DENIED reauthorize",
		],
	},
	{
		name: "a wrong client secret is no reason to sign in again",
		async run(world) {
			const { refreshToken } = await signIn(world);
			await world.atlassian.setSecret("renewed, but not in the app");
			return refusal(world, world.provider().refreshTokens(refreshToken));
		},
		expected: { error: "OAuthRequestError", code: "INVALID_CLIENT", action: "configure", status: 401 },
		requests: ["code 200", "refresh 401"],
	},
	{
		name: "a server that does not rotate keeps the refresh token",
		async run(world) {
			await world.atlassian.fault("token", { headers: { "X-Any": "1" } });
			const { refreshToken } = await signIn(world);
			await world.atlassian.fault("token", { without: "refresh_token" });
			const { accessToken, refreshToken: kept, scope } = await world.provider().refreshTokens(refreshToken);
			return [accessToken, kept, scope.includes("offline_access")];
		},
		expected: ["access 2", "refresh 1", true],
	},
	{
		name: "the refresh of a token that is no string",
		async run(world) {
			const { refreshTokens } = world.provider();
			return [await message(refreshTokens(5 as never)), await message(refreshTokens({ refreshToken: "x" } as never))];
		},
		expected: [
			"`refreshToken` must be a string, but is a number",
			"`refreshToken` must be a string, but is an object",
		],
		requests: [],
	},
	{
		name: "what a refresh sends",
		async run(world) {
			const { refreshToken } = await signIn(world);
			return Object.keys(await world.provider().refreshTokens(refreshToken));
		},
		expected: ["accessToken", "accessTokenExpiresIn", "refreshToken", "expiresAt", "scope", "missingScope"],
		check(log) {
			const { body, headers } = log.at(-1)!;
			if (!/^grant_type=refresh_token&refresh_token=[\w.-]+&client_id=\w+&client_secret=\w+$/.test(body)) throw new Error("another body");
			if (headers["content-type"] !== "application/x-www-form-urlencoded") throw new Error("another type");
			if (headers["accept"] !== "application/json") throw new Error("another type is accepted");
		},
	},
];
