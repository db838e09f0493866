// The short suite that runs in every runtime and behind every bundler: what an app does with the
// package. It imports nothing of the package itself, since each row of the matrix loads it in its
// own way, and it uses nothing but what every runtime has. It is bundled into one `suite.js`.

import type * as Index from "lucia-atlassian";
import type * as Providers from "lucia-atlassian/providers";

import { standInUrl } from "../atlassian/route.ts";

/**
 * What the matrix hands to a row. The stand-in there responds to the request for sites with a bomb, and refuses to revoke
 * with a body that takes its time.
 */
export interface Input {
	/** Where the stand-in for Atlassian listens. */
	origin: string;
	/** A code of the stand-in's, not used yet. */
	code: string;
	clientId: string;
	clientSecret: string;
	redirectUri: string;
}

/** The names of the checks that passed, and what was wrong with the first that did not. */
export interface Report {
	passed: string[];
	problem: string | null;
}

/** What a report of a row that works says. */
export const checks = [
	"the exports",
	"an authorization URL",
	"a destructured method",
	"a sign-in",
	"an OAuthRequestError",
	"a refusal whose body comes after its headers",
	"a response that is over the limit when it is decompressed",
	"a wrong configuration"
] as const;

function expect(condition: unknown, what: string): asserts condition {
	if (!condition) throw new Error(`expected ${what}`);
}

/** Whether `Request` accepts a signal. In the jsdom of vitest 1 to 3, Node's does not even accept its own. */
function isAccepted(signal: AbortSignal): boolean {
	try {
		return Boolean(new Request("https://app.example", { signal }));
	} catch {
		return false;
	}
}

export async function suite(
	index: typeof Index,
	{ atlassian }: Pick<typeof Providers, "atlassian">,
	{ origin, code, ...configs }: Input
): Promise<Report> {
	const { OAuthRequestError } = index;
	const passed: string[] = [];
	const check = async (name: (typeof checks)[number], body: () => Promise<void>) => {
		await body();
		passed.push(name);
	};
	// No session is made here, so that no Lucia is needed.
	const auth = {
		useKey: async () => Promise.reject(new Error("AUTH_INVALID_KEY_ID")),
		createUser: async (options: unknown) => options
	} as unknown as Parameters<typeof atlassian>[0];
	// The body goes on as text: in jsdom, a `Blob` and Node's `fetch` are of different origin.
	const send = async (request: Request): Promise<Response> => {
		const { method, headers, redirect, signal } = request;
		const body = method === "POST" ? await request.text() : null;
		const url = standInUrl(new URL(request.url), origin);
		const init = { method, headers, redirect, body };
		return fetch(url, isAccepted(signal) ? { ...init, signal } : init);
	};
	const provider = atlassian(auth, { ...configs, fetch: send });

	try {
		await check("the exports", async () => {
			const names = Object.entries(index).filter(([, value]) => typeof value === "function");
			const expected = [
				...["OAuthRequestError", "atlassian", "atlassianClient", "createOAuth2AuthorizationUrl"],
				...["createOAuth2AuthorizationUrlWithPKCE", "decodeIdToken", "providerUserAuth"],
				"validateOAuth2AuthorizationCode"
			];
			const missing = expected.filter((name) => !names.some(([found]) => found === name));
			expect(missing.length === 0, `the exports ${missing}`);
			expect(index.atlassian === atlassian, "the same provider from both entries");
			const { sub } = index.decodeIdToken<{ sub: string }>("e30.eyJzdWIiOiJBZGEifQ.c2ln");
			expect(sub === "Ada", "the claims of an ID token");
		});
		await check("an authorization URL", async () => {
			const [url, state] = await provider.getAuthorizationUrl();
			expect(url instanceof URL, "a URL");
			expect(url.origin === "https://auth.atlassian.com", "the origin of Atlassian");
			expect(/^[a-z0-9]{43}$/.test(state), "a state of 43 characters");
			expect(url.searchParams.get("state") === state, "the state in the URL");
		});
		await check("a destructured method", async () => {
			const { getAuthorizationUrl } = provider;
			const [url] = await getAuthorizationUrl();
			expect(url.searchParams.get("client_id") === configs.clientId, "the client id");
		});
		await check("a sign-in", async () => {
			const { atlassianUser, getExistingUser, createUser } =
				await provider.validateCallback(code);
			expect(typeof atlassianUser.account_id === "string", "an account id");
			expect((await getExistingUser()) === null, "no user yet");
			const created = (await createUser({ attributes: {} as never })) as unknown as {
				key: { providerUserId: string };
			};
			expect(created.key.providerUserId === atlassianUser.account_id, "the key of the user");
		});
		await check("an OAuthRequestError", async () => {
			const error = await provider.validateCallback(code).catch((reason: unknown) => reason);
			expect(error instanceof OAuthRequestError, "an OAuthRequestError");
			expect(error instanceof Error, "an Error");
			expect(error.message === "OAUTH_REQUEST_FAILED", "the message");
			expect(error.response.status === 403, "status 403 for a code used twice");
			expect(error.action === "reauthorize", "an action that says to sign in again");
			expect((await error.response.json()).error === "invalid_grant", "a response whose body is unread");
		});
		await check("a refusal whose body comes after its headers", async () => {
			const { error } = await provider.revoke("token");
			expect(error instanceof OAuthRequestError, "an OAuthRequestError");
			expect(error.code === "INVALID_REQUEST", `INVALID_REQUEST, and not ${error.code}`);
			expect((await error.response.json()).error === "invalid_request", "a response whose body is unread");
		});
		await check("a response that is over the limit when it is decompressed", async () => {
			const error = await provider.getAccessibleResources("token").catch((reason: unknown) => reason);
			expect((error as { code?: unknown }).code === "RESPONSE_TOO_LARGE", `RESPONSE_TOO_LARGE, and not ${error}`);
		});
		await check("a wrong configuration", async () => {
			const misconfigured = atlassian(auth, { ...configs, clientId: "" });
			const error = await misconfigured
				.getAuthorizationUrl()
				.catch((reason: unknown) => reason);
			expect(error instanceof TypeError, "a TypeError");
			expect(error.message.includes("clientId"), "the name of the field");
		});
		return { passed, problem: null };
	} catch (error) {
		return { passed, problem: error instanceof Error ? `${error.name}: ${error.message}` : String(error) };
	}
}
