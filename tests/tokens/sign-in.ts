// Codes, PKCE, callbacks and clouds.

import type { Auth } from "lucia";

import { HOUR, type Scenario, START, advance, consent, message, refusal, rejection, signIn, classification } from "./world.ts";

const ADA = "712020:5f0c1f2e-8a4b-4f0e-9d53-2b7c9e61a0d4";

const tokens = {
	accessToken: "access 1",
	accessTokenExpiresIn: 3600,
	refreshToken: "refresh 1",
	expiresAt: START + HOUR,
	scope: ["read:me", "read:jira-work", "offline_access"],
	missingScope: [],
};

/** A Lucia that says which of its methods were called. */
const fakeAuth = {
	useKey: async (provider: string, id: string) => ({ userId: `${provider} ${id}` }),
	getUser: async (userId: string) => ({ userId }),
};

export const signInScenarios: Scenario[] = [
	{
		name: "a code gives tokens without the user",
		run: (world) => signIn(world),
		expected: tokens,
		requests: ["code 200"],
	},
	{
		name: "an access token gives its user",
		async run(world) {
			const { accessToken } = await signIn(world);
			const { account_id, name, extended_profile } = await world.provider().getUser(accessToken);
			return { account_id, name, extended_profile };
		},
		expected: {
			account_id: ADA,
			name: "Ada Byrne",
			extended_profile: {
				job_title: "Analyst",
				organization: "Northwind Looms",
				department: "Engines",
				location: "Dublin",
			},
		},
		requests: ["code 200", "me 200"],
	},
	{
		name: "no user without an account id, nor with an access token that has expired",
		async run(world) {
			const { accessToken } = await signIn(world);
			const { getUser } = world.provider();
			const seen = [];
			for (const value of ["", 5, null, ["x"]]) {
				await world.atlassian.fault("me", { field: "account_id", value });
				seen.push(await classification(world, getUser(accessToken)));
			}
			await world.atlassian.fault("me", { without: "account_id" });
			seen.push(await classification(world, getUser(accessToken)));
			await advance(world, HOUR);
			return [...seen, await refusal(world, getUser(accessToken))];
		},
		expected: [
			...Array.from({ length: 5 }, () => "INVALID_USER_RESPONSE retry"),
			{ error: "OAuthRequestError", code: "INVALID_TOKEN", action: "reauthorize", status: 401 },
		],
	},
	{
		name: "scopes that were not granted are listed",
		async run(world) {
			const seen = [];
			for (const scope of ["read:me", "read:jira-work offline_access read:confluence-space.summary"]) {
				await world.atlassian.fault("token", { field: "scope", value: scope });
				const { scope: granted, missingScope } = await signIn(world);
				seen.push({ granted, missingScope });
			}
			return seen;
		},
		expected: [
			{ granted: ["read:me", "offline_access"], missingScope: ["read:jira-work"] },
			{
				granted: ["read:jira-work", "read:confluence-space.summary", "offline_access"],
				missingScope: ["read:me"],
			},
		],
	},
	{
		name: "a scope that names none says nothing, like one that is missing",
		async run(world) {
			const seen = [];
			for (const value of ["", " ", " \t\r\n ", null, 5, undefined]) {
				const fault = value === undefined ? { without: "scope" } : { field: "scope", value };
				await world.atlassian.fault("token", fault, 2);
				const tokens = await signIn(world);
				for (const { scope, missingScope } of [tokens, await world.provider().refreshTokens(tokens.refreshToken)]) {
					seen.push([scope, missingScope]);
				}
			}
			return seen;
		},
		expected: Array.from({ length: 12 }, () => [["read:me", "read:jira-work", "offline_access"], []]),
	},
	{
		name: "an access token without a usable expires_in lives for an hour, by when it was asked for",
		async run(world) {
			const seen = [];
			for (const value of [60, "90", 0, -1, null, "soon", 1e306, undefined]) {
				world.time.now = START;
				await world.atlassian.fault("token", value === undefined ? { without: "expires_in" } : { field: "expires_in", value });
				const slow = world.provider({
					fetch: async (request) => {
						const response = await world.route(request);
						world.time.now += 5_000;
						return response;
					},
				});
				const { accessTokenExpiresIn, expiresAt } = await signIn(world, slow);
				seen.push([accessTokenExpiresIn ?? null, (expiresAt - START) / 1_000]);
			}
			return seen;
		},
		expected: [[60, 60], ["90", 90], [0, 3600], [-1, 3600], [null, 3600], ["soon", 3600], [1e306, 8.6e12], [null, 3600]],
	},
	{
		name: "a refresh without offline_access says so in words",
		async run(world) {
			const careless = world.provider({ scope: [] });
			const { refreshToken, missingScope } = await signIn(world, careless);
			await world.atlassian.fault("token", { without: "refresh_token" });
			const refused = await signIn(world);
			const asking = world.provider();
			return {
				notAskedFor: { refreshToken, missingScope },
				notGranted: { refreshToken: refused.refreshToken, missingScope: refused.missingScope },
				messages: [await message(careless.refreshTokens(refreshToken)), await message(asking.refreshTokens(null))],
				classifications: [
					await classification(world, careless.refreshTokens(undefined)),
					await classification(world, asking.refreshTokens("")),
				],
			};
		},
		expected: {
			notAskedFor: { refreshToken: null, missingScope: [] },
			notGranted: { refreshToken: null, missingScope: ["offline_access"] },
			messages: [
				"There is no refresh token: add `offline_access` to `configs.scope`. Let the user sign in again",
				"There is no refresh token: the user did not grant `offline_access`. Let the user sign in again",
			],
			classifications: ["NO_REFRESH_TOKEN configure", "NO_REFRESH_TOKEN reauthorize"],
		},
		requests: ["code 200", "code 200"],
	},
	{
		name: "a code is sent once, whatever happens to the response",
		async run(world) {
			const seen = [];
			for (const fault of [{ lost: true }, { cut: "headers" }, { cut: "body" }, { status: 503 }, { retryAfter: 1 }, { raw: "<html>" }] as const) {
				await world.atlassian.fault("token", fault);
				seen.push(await classification(world, signIn(world)));
			}
			return { seen, pauses: world.time.pauses, requests: (await world.atlassian.requests()).length };
		},
		expected: {
			seen: [
				"NETWORK_ERROR retry",
				"NETWORK_ERROR retry",
				"NETWORK_ERROR retry",
				"SERVER_ERROR retry",
				"RATE_LIMITED retry 1",
				"INVALID_JSON retry",
			],
			pauses: [],
			requests: 6,
		},
	},
	{
		name: "PKCE, with every method that takes a code",
		async run(world) {
			const provider = world.provider();
			const seen = [];
			for (const exchange of [
				async (code: string, codeVerifier: string) => (await provider.validateCallback(code, { codeVerifier })).atlassianTokens,
				async (code: string, codeVerifier: string) => provider.validateAuthorizationCode(code, { codeVerifier }),
				async (code: string, codeVerifier: string) =>
					(await provider.callback(`/cb?state=s&code=${code}`, "s", { codeVerifier })).atlassianTokens,
			]) {
				const { url, codeVerifier = "", code } = await consent(world, provider, { pkce: true });
				const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(codeVerifier));
				const challenge = btoa(String.fromCharCode(...new Uint8Array(digest)));
				seen.push({
					isVerifier: /^[\w\-.~]{43,128}$/.test(codeVerifier),
					isChallenge: url.searchParams.get("code_challenge")?.replace(/-/g, "+").replace(/_/g, "/") === challenge.replace(/=+$/, ""),
					method: url.searchParams.get("code_challenge_method"),
					accessToken: (await exchange(code, codeVerifier)).accessToken,
				});
			}
			const [url, , codeVerifier] = await provider.getAuthorizationUrl({ pkce: false as true });
			return [...seen, [codeVerifier ?? null, url.searchParams.has("code_challenge")]];
		},
		expected: [
			...[1, 2, 3].map((number) => ({
				isVerifier: true,
				isChallenge: true,
				method: "S256",
				accessToken: `access ${number}`,
			})),
			[null, false],
		],
		requests: ["code 200", "me 200", "code 200", "code 200", "me 200"],
	},
	{
		name: "a code that was used is dead in each of its shapes, whatever else the sign-in would do with it",
		async run(world) {
			const { callback, validateAuthorizationCode, validateCallback } = world.provider();
			const { code } = await consent(world, world.provider());
			await validateAuthorizationCode(code);
			const seen = new Set<unknown>();
			const shapes = ["invalid_grant", "invalid_request", "unauthorized", "forbidden", "unauthorized_client", "capitals", "full_stop", "text_in_error"] as const;
			for (const shape of shapes) {
				await world.atlassian.refuseCodesAs(shape);
				const calls = [validateAuthorizationCode(code), validateCallback(code), callback(`?state=s&code=${code}`, "s")];
				for (const [error] of await Promise.all(calls.map(rejection))) seen.add(`${error.code} ${error.action}`);
			}
			return [...seen];
		},
		expected: ["INVALID_GRANT reauthorize"],
	},
	{
		name: "a consent that needs the user asks for the user",
		async run(world) {
			const { callback, getAuthorizationUrl } = world.provider();
			const seen = [];
			for (const decision of ["login_required", "consent_required", "interaction_required", "account_selection_required"] as const) {
				const [url, state] = await getAuthorizationUrl();
				const back = await world.atlassian.consent(url.href, { decision });
				seen.push(await classification(world, callback(back, state)));
			}
			return seen;
		},
		expected: ["LOGIN", "CONSENT", "INTERACTION", "ACCOUNT_SELECTION"].map((what) => `${what}_REQUIRED reauthorize`),
		requests: [],
	},
	{
		name: "a code verifier that is missing or another is refused by Atlassian",
		async run(world) {
			const provider = world.provider();
			const seen = [];
			const none = [undefined, null, false, "", true, 5, Number.NaN].map((codeVerifier) => ({ codeVerifier }));
			for (const options of [undefined, {}, ...none, { codeVerifier: "a".repeat(43) }, 0, "x", null]) {
				const { code } = await consent(world, provider, { pkce: true });
				seen.push(await classification(world, provider.validateAuthorizationCode(code, options as never)));
			}
			return seen;
		},
		expected: Array.from({ length: 13 }, () => "INVALID_GRANT reauthorize"),
		requests: Array.from({ length: 13 }, () => "code 403"),
	},
	{
		name: "a code verifier that was changed asks for a new sign-in, and an object for a change of the app; neither is sent",
		async run(world) {
			const { callback, validateAuthorizationCode, validateCallback } = world.provider();
			const seen = [];
			const changed = ["x", "a".repeat(42), "a".repeat(129), `${"a".repeat(50)}=`, `${"a".repeat(50)}\n`, "\ud800".repeat(50), "é".repeat(50), "false", "j:{}"];
			for (const codeVerifier of [...changed, {}, [], { name: "verifier", value: "a".repeat(43) }, ["a".repeat(43)], () => {}]) {
				const options = { codeVerifier } as never;
				const calls = [validateCallback("code", options), validateAuthorizationCode("code", options), callback("?code=c&state=s", "s", options)];
				const errors = await Promise.all(calls.map(async (call) => (await rejection(call))[0]));
				const texts = errors.map((error) => `${error.name} ${error.code} ${error.action}: ${error.message}`);
				seen.push(...new Set(texts));
			}
			return seen;
		},
		expected: [
			...Array.from(
				{ length: 9 },
				() =>
					"Error INVALID_CODE_VERIFIER reauthorize: `options.codeVerifier` must be 43 to 128 of the characters A-Z a-z 0-9 - . _ ~: the visitor changed the cookie. Start the sign-in again: the user is not signed in",
			),
			...["an object", "an array", "an object", "an array", "a function"].map(
				(received) =>
					`TypeError INVALID_ARGUMENT configure: \`options.codeVerifier\` must be a string, such as \`cookies().get(name)?.value\`, but is ${received}`,
			),
		],
		requests: [],
	},
	{
		name: "a state that is not there asks for a new sign-in, and an object for a change of the app; neither is sent",
		async run(world) {
			const { callback } = world.provider();
			const seen = [];
			const gone = [undefined, null, false, "", true, 0, 5, Number.NaN, 5n, Symbol("s")];
			const other = ["t", "false", "\ud800", "s\ud800", "s\0", " s", "S"];
			const objects = [{}, [], { name: "state", value: "s" }, ["s"], new String("s"), () => "s"];
			for (const storedState of [...gone, ...other, ...objects]) {
				const [error] = await rejection(callback("?code=c&state=s", storedState as never));
				seen.push(`${error.name} ${error.code} ${error.action}`);
			}
			seen.push(await message(callback("?code=c&state=s", { name: "state", value: "s" } as never)));
			return seen;
		},
		expected: [
			...Array.from({ length: 10 }, () => "Error MISSING_STORED_STATE reauthorize"),
			...Array.from({ length: 7 }, () => "Error STATE_MISMATCH reauthorize"),
			...Array.from({ length: 6 }, () => "TypeError INVALID_ARGUMENT configure"),
			"`storedState` must be a string, such as `cookies().get(name)?.value`, but is an object",
		],
		requests: [],
	},
	{
		name: "a callback signs in, from a URL, a string or a path",
		async run(world) {
			const provider = world.provider();
			const seen = [];
			for (const form of [(url: string) => new URL(url), (url: string) => url, (url: string) => url.replace(/^https?:\/\/[^/]*/, "")]) {
				const { callback, state } = await consent(world, provider);
				const { atlassianTokens, atlassianUser, ...rest } = await provider.callback(form(callback), state);
				seen.push([atlassianTokens, atlassianUser.account_id, Object.keys(rest).sort()]);
			}
			return seen;
		},
		expected: [1, 2, 3].map((number) => [
			{ ...tokens, accessToken: `access ${number}`, refreshToken: `refresh ${number}` },
			ADA,
			["createKey", "createUser", "getExistingUser", "providerId", "providerUserId"],
		]),
		requests: ["code 200", "me 200", "code 200", "me 200", "code 200", "me 200"],
	},
	{
		name: "a callback leads to Lucia as validateCallback does",
		async run() {
			const { atlassian } = await import("lucia-atlassian/providers");
			const configs = { clientId: "id", clientSecret: "secret", redirectUri: "", fetch: async (request: Request) =>
				Response.json(request.method === "GET" ? { account_id: "ada" } : { access_token: "token" }) };
			const provider = atlassian(fakeAuth as unknown as Auth, configs);
			const { getExistingUser } = await provider.callback("?code=c&state=s", "s");
			return getExistingUser();
		},
		expected: { userId: "atlassian ada" },
		requests: [],
	},
	{
		name: "a callback that is refused has a code for why, and sends nothing",
		async run(world) {
			const { callback } = world.provider();
			const cancelled = await world.atlassian.consent((await world.provider().getAuthorizationUrl())[0].href, { decision: "cancel" });
			const table: [url: unknown, storedState: unknown][] = [
				[cancelled, "s"],
				["/cb?error=access_denied&error_description=%3Cscript%3E", null],
				["/cb?error=server_error&state=s", "s"],
				["/cb?error=temporarily_unavailable&state=s", "s"],
				["/cb?error=invalid_scope&state=s", "s"],
				["/cb?error=unauthorized_client&state=s", "s"],
				["/cb?error=invalid_request&state=s", "s"],
				["/cb?error=login_required&state=s", "s"],
				["/cb?error=consent_required&error_description=Consent%20required&state=s", "s"],
				["/cb?error=interaction_required&state=s", "s"],
				["/cb?error=account_selection_required&state=s", "s"],
				["/cb?error=who-knows&state=s", "s"],
				["/cb?code=c&state=s", undefined],
				["/cb?code=c&state=s", null],
				["/cb?code=c&state=", ""],
				["/cb?code=c", "s"],
				["/cb?code=c&state=t", "s"],
				["/cb?code=c&state=S", "s"],
				["/cb?code=c&state=s&state=s", "s"],
				["/cb?code=c&code=d&state=s", "s"],
				["/cb?state=s", "s"],
				["/cb?state=s&code=", "s"],
				["/cb", "s"],
			];
			const seen = [];
			for (const [url, storedState] of table) seen.push(await classification(world, callback(url as string, storedState as string)));
			return seen;
		},
		expected: [
			"ACCESS_DENIED reauthorize",
			"ACCESS_DENIED reauthorize",
			"SERVER_ERROR retry",
			"TEMPORARILY_UNAVAILABLE retry",
			"INVALID_SCOPE configure",
			"UNAUTHORIZED_CLIENT configure",
			"INVALID_REQUEST configure",
			"LOGIN_REQUIRED reauthorize",
			"CONSENT_REQUIRED reauthorize",
			"INTERACTION_REQUIRED reauthorize",
			"ACCOUNT_SELECTION_REQUIRED reauthorize",
			"UNEXPECTED_RESPONSE retry",
			"MISSING_STORED_STATE reauthorize",
			"MISSING_STORED_STATE reauthorize",
			"MISSING_STORED_STATE reauthorize",
			"MISSING_STATE reauthorize",
			"STATE_MISMATCH reauthorize",
			"STATE_MISMATCH reauthorize",
			"REPEATED_PARAMETER reauthorize",
			"REPEATED_PARAMETER reauthorize",
			"MISSING_CODE reauthorize",
			"MISSING_CODE reauthorize",
			"MISSING_STATE reauthorize",
		],
		requests: [],
	},
	{
		name: "what a refused callback says repeats nothing of the URL",
		async run(world) {
			const { callback } = world.provider();
			const messages = [];
			for (const url of ["?error=leaked1&state=leaked2&code=leaked3", "?state=leaked4&code=leaked5", "?leaked6=1&leaked6=2", "?code=leaked7&code=leaked8"]) {
				for (const [error] of [await rejection(callback(url, "leaked9"))]) messages.push(`${error.stack}${JSON.stringify(error)}`);
			}
			return [messages.length, messages.filter((text) => text.includes("leaked"))];
		},
		expected: [4, []],
	},
	{
		name: "Government Cloud has hosts and an audience of its own",
		async run(world) {
			const provider = world.provider({ cloud: "government" });
			const { url, callback, state } = await consent(world, provider);
			const { atlassianTokens } = await provider.callback(callback, state);
			const { accessToken, refreshToken } = await provider.refreshTokens(atlassianTokens.refreshToken);
			await provider.getAccessibleResources(accessToken);
			return {
				url: [url.host, url.searchParams.get("audience")],
				api: provider.apiUrl("id", "jira"),
				foreign: await classification(world, world.provider().refreshTokens(refreshToken)),
				revoked: await provider.revoke(accessToken),
			};
		},
		expected: {
			url: ["auth.atlassian-us-gov-mod.com", "api.atlassian-us-gov-mod.com"],
			api: "https://api.atlassian-us-gov-mod.com/ex/jira/id",
			foreign: "INVALID_GRANT reauthorize",
			revoked: { accepted: true },
		},
		requests: [
			"government code 200",
			"government me 200",
			"government refresh 200",
			"government resources 200",
			"refresh 403",
			"government revoke 200",
		],
	},
	{
		name: "a cloud that does not exist is refused by every method",
		async run(world) {
			const seen = [];
			for (const cloud of ["", "Commercial", "https://evil.example", 1, {}]) {
				const provider = world.provider({ cloud: cloud as never });
				seen.push(await message(provider.getAuthorizationUrl()), await message(provider.revoke("token")));
			}
			const { length } = seen.filter((text) => text.startsWith("`configs.cloud` must be \"commercial\" or \"government\", but is "));
			const [url] = await world.provider({ cloud: null as never }).getAuthorizationUrl();
			return [length, url.host];
		},
		expected: [10, "auth.atlassian.com"],
		requests: [],
	},
];
