// Sites, the addresses of their APIs, and revocation.

import { OAuthRequestError } from "lucia-atlassian";

import { type Scenario, type World, describeError, message, refusal, rejection, signIn, classification } from "./world.ts";

const NORTHWIND = "1324a887-45db-4bf4-8e99-ef0ff456d421";
const BYRNE = "9b1c6f4e-7d0a-4a6c-b1f5-03e2d8c7a956";

/** A provider whose requests get a list of sites. */
const listing = (world: World, list: unknown) => world.provider({ fetch: async () => Response.json(list) });

const site = (id: string, url: string, scopes: unknown = ["read:jira-work"]) => ({ id, url, name: id, scopes, avatarUrl: "" });

const one = site("one", "https://one.atlassian.net");
const two = site("two", "https://two.atlassian.net", []);

export const resourceScenarios: Scenario[] = [
	{
		name: "a site is one entry, with the scopes and products of all its entries",
		async run(world) {
			const scope = ["read:jira-work", "read:issue:jira", "read:confluence-space.summary"];
			const provider = world.provider({ scope });
			const { accessToken } = await signIn(world, provider);
			const { sites } = await provider.getAccessibleResources(accessToken);
			return sites.map(({ avatarUrl, ...site }) => [site, avatarUrl.startsWith("http")]);
		},
		expected: [
			[
				{
					id: NORTHWIND,
					url: "https://northwind-looms.atlassian.net",
					name: "northwind-looms",
					scopes: ["read:jira-work", "read:issue:jira", "read:confluence-space.summary"],
					products: ["jira", "confluence"],
				},
				true,
			],
			[
				{
					id: BYRNE,
					url: "https://byrne-home.atlassian.net",
					name: "byrne-home",
					scopes: ["read:jira-work", "read:issue:jira"],
					products: ["jira"],
				},
				true,
			],
		],
		requests: ["code 200", "resources 200"],
	},
	{
		name: "a site is picked by its address, however it is written",
		async run(world) {
			const { site, sites } = await listing(world, [one, two]).getAccessibleResources("token");
			const seen = [];
			for (const url of [
				"https://two.atlassian.net",
				"http://two.atlassian.net/",
				"two.atlassian.net",
				" TWO.atlassian.net ",
				"https://two.atlassian.net/wiki/spaces?x=1#y",
				"https://two.atlassian.net:443",
				"two.atlassian.net:443/wiki",
			]) {
				seen.push((await site(url)) === sites[1]);
			}
			return seen;
		},
		expected: Array(7).fill(true),
	},
	{
		name: "every address that is listed for a site finds it, whatever the app does with the list",
		async run(world) {
			const renamed = { ...one, url: "https://renamed.atlassian.net", scopes: ["read:page:confluence"] };
			// A new site has taken the former address of the first.
			const taken = { ...two, url: "https://formerly-one.atlassian.net" };
			const list = [one, renamed, { ...one, url: taken.url }, two, taken, { ...taken, id: "three" }, renamed];
			const { sites, site, only } = await listing(world, list).getAccessibleResources("token");
			const [first, second, third] = sites.splice(0);
			const seen: unknown[] = [first?.url, first?.products, second?.url, third?.url];
			for (const name of ["one", "renamed", "two", "formerly-one"]) seen.push((await site(`${name}.atlassian.net/jira`)).id);
			seen.push((await site("renamed.atlassian.net")) === first);
			for (const refused of [only(), site("four.atlassian.net")]) seen.push((await rejection(refused))[0].sites);
			const { only: onlyOne } = await listing(world, [one, renamed]).getAccessibleResources("token");
			return [...seen, (await onlyOne()).url];
		},
		expected: [
			"https://one.atlassian.net",
			["jira", "confluence"],
			"https://two.atlassian.net",
			"https://formerly-one.atlassian.net",
			"one",
			"one",
			"two",
			"three",
			true,
			// To choose one by its first address, or to see why an address of old finds none.
			["https://one.atlassian.net", "https://two.atlassian.net", "https://formerly-one.atlassian.net"],
			["https://one.atlassian.net", "https://renamed.atlassian.net", "https://formerly-one.atlassian.net", "https://two.atlassian.net"],
			"https://one.atlassian.net",
		],
	},
	{
		name: "products are those whose APIs the scopes open",
		async run(world) {
			const seen = [];
			for (const scopes of [
				["read:jira-work", "read:page:confluence", "read:component:compass", "admin:repository:bitbucket"],
				["read:incident:jira-service-management"],
				["read:me", "read:jira:agent-interface", "search:confluence:agent-interface", "read:confluence:mcp", "read:goal:townsquare"],
			]) {
				const { only } = await listing(world, [{ ...one, scopes }]).getAccessibleResources("token");
				seen.push((await only()).products);
			}
			return seen;
		},
		expected: [["jira", "confluence", "compass", "bitbucket"], ["jira"], []],
	},
	{
		name: "a site that is not there is refused with a list of those that are",
		async run(world) {
			const { site } = await listing(world, [one, two]).getAccessibleResources("token");
			const { site: none } = await listing(world, []).getAccessibleResources("token");
			const seen = [];
			for (const url of ["https://three.atlassian.net", "one", "one.atlassian.net.evil.example", "https://evil.example/one.atlassian.net"]) {
				const [error] = await rejection(site(url));
				seen.push([error.code, error.action, error.sites, error.message]);
			}
			const [error] = await rejection(none("https://one.atlassian.net"));
			return [...seen, [error.code, error.action, error.sites, error.message], await message(site("")), await message(site(undefined as never))];
		},
		expected: [
			...Array.from({ length: 4 }, () => [
				"SITE_NOT_FOUND",
				"reauthorize",
				["https://one.atlassian.net", "https://two.atlassian.net"],
				"Let the user sign in again and choose this site. The user granted only: https://one.atlassian.net, https://two.atlassian.net",
			]),
			["SITE_NOT_FOUND", "reauthorize", [], "The user granted no site. Let the user sign in again and choose one"],
			"`url` must be a non-empty string, but is an empty string",
			"`url` must be a non-empty string, but is undefined",
		],
	},
	{
		name: "the only site, unless there are none or several",
		async run(world) {
			const seen = [];
			for (const list of [[one], [one, one], [], [one, two]]) {
				const { only } = await listing(world, list).getAccessibleResources("token");
				const [error] = await rejection(only());
				seen.push(error ? [error.code, error.action, error.sites, error.message] : (await only()).id);
			}
			return seen;
		},
		expected: [
			"one",
			"one",
			["NO_SITES", "reauthorize", [], "The user granted no site. Let the user sign in again and choose one"],
			[
				"SEVERAL_SITES",
				"configure",
				["https://one.atlassian.net", "https://two.atlassian.net"],
				"The user granted more than one site. Choose one by `site(url)`: https://one.atlassian.net, https://two.atlassian.net",
			],
		],
	},
	{
		name: "an error lists the hosts of sites, whatever else their addresses have",
		async run(world) {
			const seen = [];
			const list = [site("one", "https://one.atlassian.net/?token", []), site("two", "https://token@two.example/forged", [])];
			const { only, site: find } = await listing(world, list).getAccessibleResources("token");
			for (const found of [only(), find("three")]) {
				const [error] = await rejection(found);
				seen.push(error.sites, error.message.endsWith(`: ${error.sites.join(", ")}`) || error.message);
			}
			return seen;
		},
		expected: [
			["https://one.atlassian.net", "an unusual URL"],
			true,
			["https://one.atlassian.net", "an unusual URL"],
			true,
		],
	},
	{
		// Compared one by one, they took a second and a half, in which nobody else on the isolate had a turn.
		name: "long scopes and ids that differ in their ends are read like others",
		async run(world) {
			const long = (index: number) => "x".repeat(112) + String(index).padStart(6, "0");
			const first = Array.from({ length: 999 }, (_, index) => long(index));
			const list = [site("one", "https://u", first), ...Array.from({ length: 999 }, (_, index) => site(long(index), "https://u", Array(5).fill(long(998))))];
			const { sites } = await listing(world, list).getAccessibleResources("token");
			return [sites.length, sites[0]?.scopes.length, sites[999]?.scopes.length];
		},
		expected: [1_000, 999, 1],
	},
	{
		name: "an entry that cannot be used is left out, and a list of nothing else is refused",
		async run(world) {
			const seen = [];
			for (const odd of [null, "site", 5, [], {}, { ...one, id: 5 }, { ...one, id: "" }, { ...one, id: null }, { ...one, url: "" }, { ...one, url: {} }, ...["https://", "/", "not a url", "http://one.atlassian.net", "one.atlassian.net", "https://:443", "https://a b", "javascript:alert(1)"].map((url) => ({ ...one, url })), { id: "one" }, { url: one.url }, ...["../x", "a b", " ", "a/b", "a?b", "\u00e4"].map((id) => ({ ...one, id }))]) {
				const ids = [];
				for (const list of [[odd, two], [two, odd], [odd, odd, two, odd]]) {
					const { sites, only } = await listing(world, list).getAccessibleResources("token");
					ids.push(...sites.map(({ id }) => id), (await only()).id);
				}
				const refused = [];
				for (const list of [[odd], [odd, odd]]) refused.push(await classification(world, listing(world, list).getAccessibleResources("token")));
				seen.push([new Set(ids).size, ids[0], ids.length], ...refused);
			}
			const { sites } = await listing(world, []).getAccessibleResources("token");
			return [...seen, sites, await message(listing(world, [{ url: one.url }, null]).getAccessibleResources("token"))];
		},
		expected: [
			...Array.from({ length: 26 }, () => [[1, "two", 6], "INVALID_RESOURCES_RESPONSE retry", "INVALID_RESOURCES_RESPONSE retry"]).flat(),
			[],
			"The response of Atlassian's accessible-resources has no usable `id`: it must be a string of letters, digits and hyphens, but is undefined. Start again",
		],
	},
	{
		name: "a list of sites that is none",
		async run(world) {
			const seen = [];
			for (const list of [null, {}, "text", 5, Array(1_001).fill(one), [site("one", "https://u.example", Array(1_001).fill("s"))]]) {
				seen.push(await classification(world, listing(world, list).getAccessibleResources("token")));
			}
			const lenient = await listing(world, [{ id: "i", url: "https://u.example", name: 5, scopes: "all", more: 1 }]).getAccessibleResources("token");
			return [[...new Set(seen.map((seen) => (typeof seen === "string" ? seen : seen.classification)))], lenient.sites];
		},
		expected: [["INVALID_RESOURCES_RESPONSE retry"], [{ id: "i", url: "https://u.example", name: "", avatarUrl: "", scopes: [], products: [] }]],
	},
	{
		name: "sites for an access token that is no longer good",
		async run(world) {
			const { accessToken } = await signIn(world);
			await world.atlassian.revokeAccounts();
			return refusal(world, world.provider().getAccessibleResources(accessToken));
		},
		expected: { error: "OAuthRequestError", code: "INVALID_TOKEN", action: "reauthorize", status: 401 },
		requests: ["code 200", "resources 401"],
	},
	{
		name: "a response of an API that is a success is given back with its body unread",
		async run(world) {
			const { checkResponse } = world.provider();
			const seen = [];
			for (const status of [200, 201, 299]) {
				const response = Response.json({ status }, { status });
				const checked = await checkResponse(response);
				seen.push([checked === response, checked.bodyUsed, await checked.json()]);
			}
			const stub = { ok: true, value: 5 };
			return [...seen, (await checkResponse(stub)) === stub];
		},
		expected: [...[200, 201, 299].map((status) => [true, false, { status }]), true],
		requests: [],
	},
	{
		name: "a refusal of an API means what one of /me means",
		async run(world) {
			const { checkResponse } = world.provider();
			const seen = [];
			for (const [status, body, headers] of [
				[401, { code: 401, message: "Unauthorized" }],
				[401, { code: 401, message: "Unauthorized; scope does not match" }],
				[401, { error: "invalid_token" }],
				[403, { message: "Forbidden" }],
				[403, {}],
				[403, { code: 403, message: "Forbidden; scope does not match" }],
				[403, { errorMessages: ["You do not have the permission to see the specified issue."], errors: {} }],
				[403, { errorMessages: ["Forbidden", "You do not have permission to create issues in this project."] }],
				[403, { statusCode: 403, message: "com.atlassian.confluence.api.service.exceptions.PermissionException: no" }],
				[403, { statusCode: 403, message: "Current user not permitted to use Confluence" }],
				[403, { message: "XSRF check failed" }],
				[403, { code: 403, message: "The app is not installed on this instance" }],
				[404, { errorMessages: ["Issue does not exist"] }],
				[400, {}],
				[429, {}, { "Retry-After": "9" }],
				[503, { code: 401, message: "Unauthorized" }],
				[302, {}],
			] as [number, object, Record<string, string>?][]) {
				const response = Response.json(body, { status, ...(headers && { headers }) });
				const asked = world.provider({ fetch: async () => response.clone() }).getUser("token");
				const [[error], same] = [await rejection(checkResponse(response)), await classification(world, asked)];
				const { code, action, retryAfter } = error;
				const meaning = [code, action, retryAfter].filter((part) => part !== undefined).join(" ");
				seen.push([meaning, same === meaning || (same as { classification: string }).classification === meaning]);
				if (!(error instanceof OAuthRequestError) || error.response !== response || response.bodyUsed) seen.push("is different");
			}
			return seen;
		},
		expected: [
			"INVALID_TOKEN reauthorize",
			"INSUFFICIENT_SCOPE configure",
			"INVALID_TOKEN reauthorize",
			...Array(3).fill("INSUFFICIENT_SCOPE configure"),
			...Array(6).fill("UNEXPECTED_RESPONSE retry"),
			"UNEXPECTED_RESPONSE retry",
			"UNEXPECTED_RESPONSE retry",
			"RATE_LIMITED retry 9",
			"SERVER_ERROR retry",
			"UNEXPECTED_REDIRECT retry",
		].map((meaning) => [meaning, true]),
		requests: [],
	},
	{
		name: "the error of an API has its address, and what it says of the token does not show",
		async run(world) {
			const { checkResponse } = world.provider();
			const { accessToken } = await signIn(world);
			const made = Response.json({ message: `Bearer ${accessToken} is unknown` }, { status: 401 });
			const came = await world.route(new Request("https://api.atlassian.com/me", { headers: { Authorization: "Bearer unknown" } }));
			const [[byApp], [byFetch]] = [await rejection(checkResponse(made)), await rejection(checkResponse(came))];
			const refused = [];
			for (const odd of [undefined, null, "response", 401]) refused.push(await message(checkResponse(odd as never)));
			return [byApp.body, byApp.request === undefined, byFetch.request.method, byFetch.request.url === came.url, new Set(refused).size, refused[0]];
		},
		expected: [{ message: "Bearer [redacted] is unknown" }, true, "GET", true, 4, "`response` must be a Response, but is undefined"],
		requests: ["code 200", "me 401"],
	},
	{
		name: "the address of a product's APIs",
		async run(world) {
			const { apiUrl } = world.provider();
			const { only } = await listing(world, [one]).getAccessibleResources("token");
			const seen: unknown[] = [apiUrl(await only(), "jira"), apiUrl("1-a", "confluence"), apiUrl({ id: "x" }, "some-product")];
			for (const [site, product] of [
				["", "jira"],
				["a/b", "jira"],
				["..", "jira"],
				["a?b", "jira"],
				["é", "jira"],
				[5, "jira"],
				[undefined, "jira"],
				[{}, "jira"],
				[{ id: 5 }, "jira"],
				["a", ""],
				["a", "jira/../x"],
				["a", undefined],
			] as [never, never][]) {
				try {
					seen.push(apiUrl(site, product));
				} catch (error) {
					const { code, action } = describeError(world, error);
					seen.push([error instanceof TypeError, code, action, /`(\w+)`/.exec((error as Error).message)?.[1]]);
				}
			}
			return seen;
		},
		expected: [
			"https://api.atlassian.com/ex/jira/one",
			"https://api.atlassian.com/ex/confluence/1-a",
			"https://api.atlassian.com/ex/some-product/x",
			...Array.from({ length: 9 }, () => [true, "INVALID_ARGUMENT", "configure", "site"]),
			...Array.from({ length: 3 }, () => [true, "INVALID_ARGUMENT", "configure", "product"]),
		],
		requests: [],
	},
	{
		name: "revoking a refresh token ends the grant, an access token itself",
		async run(world) {
			const { getUser, refreshTokens, revoke } = world.provider();
			const first = await signIn(world);
			const seen: unknown[] = [await revoke(first.accessToken), await classification(world, getUser(first.accessToken))];
			const second = await refreshTokens(first.refreshToken);
			seen.push(await revoke(second.refreshToken ?? ""), await classification(world, refreshTokens(second.refreshToken)));
			return [...seen, await classification(world, getUser(second.accessToken)), await revoke("unknown to Atlassian")];
		},
		expected: [
			{ accepted: true },
			"INVALID_TOKEN reauthorize",
			{ accepted: true },
			"INVALID_GRANT reauthorize",
			"INVALID_TOKEN reauthorize",
			{ accepted: true },
		],
		requests: ["code 200", "revoke 200", "me 401", "refresh 200", "revoke 200", "refresh 403", "me 401", "revoke 200"],
	},
	{
		name: "revoking says how it failed, once, and rejects for a wrong argument only",
		async run(world) {
			const { revoke } = world.provider();
			const seen: unknown[] = [];
			for (const fault of [{ status: 503 }, { cut: "headers" }, { redirect: 302 }, { status: 404, body: "<html>" }, { retryAfter: 9 }] as const) {
				await world.atlassian.fault("revoke", fault);
				const { accepted, error } = await revoke("a token to revoke");
				const { code, action, retryAfter, shown } = describeError(world, error);
				seen.push([accepted, code, action, retryAfter ?? null], { shown, classification: "" });
			}
			const throwing = world.provider({ fetch: () => { throw new TypeError("no network"); } });
			const { accepted, error } = await throwing.revoke("token");
			seen.push([accepted, (error as Error).message, (error as { code?: string }).code]);
			for (const token of [undefined, null, "", 5]) seen.push(await message(revoke(token as never)));
			return seen;
		},
		expected: [
			...[
				[false, "SERVER_ERROR", "retry", null],
				[false, "NETWORK_ERROR", "retry", null],
				[false, "UNEXPECTED_REDIRECT", "retry", null],
				[false, "UNEXPECTED_RESPONSE", "retry", null],
				[false, "RATE_LIMITED", "retry", 9],
			].flatMap((refused) => [refused, ""]),
			[false, "no network", "NETWORK_ERROR"],
			...["undefined", "null", "an empty string", "a number"].map(
				(received) => `\`token\` must be a non-empty string, but is ${received}`,
			),
		],
		requests: ["revoke 503", "revoke 0", "revoke 302", "revoke 404", "revoke 429"],
	},
];
