// What the types of this package have beyond the published ones: `configs.fetch`, `configs.timeout`, `configs.bodyLimit` and
// `configs.cloud`, `atlassian` from the package's root as well, and what comes after a sign-in. Compiled
// beside app.ts, whose Lucia it uses.

import { OAuthRequestError, atlassian, isReauthorizationRequired } from "lucia-atlassian";
import type {
	AtlassianAuth,
	AtlassianProvider,
	AtlassianTokenSet,
	AtlassianUserAuth,
	ProviderUserAuth,
	Site,
	TokenStore
} from "lucia-atlassian";
import { atlassian as fromProviders } from "lucia-atlassian/providers";

import { auth } from "./app.js";
import type { AppAuth } from "./app.js";

const configs = { clientId: "id", clientSecret: "secret", redirectUri: "https://app.example/cb" };

declare const store: TokenStore;

/** A service binding of a Worker. */
declare const binding: { fetch(input: RequestInfo | URL, init?: RequestInit): Promise<Response> };

export const all: AtlassianAuth<AppAuth>[] = [
	atlassian(auth, configs),
	fromProviders(auth, configs),
	atlassian(auth, { ...configs, timeout: 0 }),
	atlassian(auth, { ...configs, bodyLimit: 65_536 }),
	atlassian(auth, { ...configs, scope: [], timeout: 2_500, fetch }),
	atlassian(auth, { ...configs, fetch: globalThis.fetch }),
	atlassian(auth, { ...configs, fetch: (request) => binding.fetch(request) }),
	atlassian(auth, { ...configs, fetch: binding.fetch.bind(binding) }),
	atlassian(auth, { ...configs, fetch: async (request) => Response.json({ url: request.url }) }),
	atlassian(auth, { ...configs, fetch: () => new Response() })
];

export const provider: AtlassianProvider<AppAuth> = atlassian(auth, { ...configs, cloud: "government" });
// @ts-expect-error a cloud that is not on the list
atlassian(auth, { ...configs, cloud: "auth.example" });

/** An app's own stand-in for the provider needs the two methods of the drop-in and no more. */
export const mock: Pick<AtlassianAuth<AppAuth>, "getAuthorizationUrl"> = {
	getAuthorizationUrl: async () => [new URL("https://app.example"), "state"]
};

/** The third entry is there when the flag is true. */
export async function start(flag: boolean): Promise<[state: string, codeVerifier: string | undefined]> {
	const [, state, codeVerifier] = await provider.getAuthorizationUrl({ pkce: flag });
	return [state, codeVerifier];
}
// @ts-expect-error a verifier that may be missing
export const verifier = async (flag: boolean): Promise<string> => (await provider.getAuthorizationUrl({ pkce: flag }))[2];

export async function key(code: string): Promise<string> {
	const { providerId, providerUserId } = await provider.validateCallback(code);
	return `${providerId}:${providerUserId}`;
}

export async function afterSignIn(requestUrl: string, storedState: string | null, store: TokenStore) {
	const [url, state, codeVerifier] = await provider.getAuthorizationUrl({ pkce: true });
	const texts: [string, string, string] = [url.href, state, codeVerifier];
	const { atlassianTokens, getExistingUser } = await provider.callback(requestUrl, storedState, { codeVerifier });
	const tokens: AtlassianTokenSet = atlassianTokens;
	const missing: string[] = tokens.missingScope;
	const { accessToken, set } = provider.tokens(store, { skew: 30 });
	await set(tokens);
	await set({ ...tokens, cloudId: "of the app" });
	await set((await provider.validateCallback("code", { codeVerifier })).atlassianTokens);
	const { only, sites } = await provider.getAccessibleResources(await accessToken({ rejected: texts[0] }));
	const site: Site = sites[0] ?? (await only());
	const user = await getExistingUser();
	const response: Response = await provider.checkResponse(await fetch(provider.apiUrl(site, "jira")));
	// @ts-expect-error what has no status
	await provider.checkResponse({ status: response.status });
	return [provider.apiUrl(site, "jira"), provider.apiUrl(site.id, "compass"), user?.username, ...missing];
}

export function advice(error: unknown): string | undefined {
	if (isReauthorizationRequired(error)) return `${error.code} ${error.retryAfter?.toFixed()}`;
	return error instanceof OAuthRequestError ? error.action : undefined;
}

// @ts-expect-error tokens without a refresh token
provider.tokens(store).set({ accessToken: "token", accessTokenExpiresIn: 3600, cloudId: "of the app" });
// @ts-expect-error a store that cannot say whether it saved
provider.tokens({ load: async () => null, save: async () => {} });
// @ts-expect-error without PKCE there is no verifier
export const third = async () => (await provider.getAuthorizationUrl())[2];

// @ts-expect-error a timeout in words
atlassian(auth, { ...configs, timeout: "10s" });
// @ts-expect-error something that is not a function
atlassian(auth, { ...configs, fetch: "https://proxy.example" });
// @ts-expect-error a function that gives no Response
atlassian(auth, { ...configs, fetch: async () => ({ status: 200 }) });
// @ts-expect-error a function that needs more than a Request
atlassian(auth, { ...configs, fetch: (_url: string, _init: RequestInit) => fetch("") });

export const userAuth = (it: AtlassianUserAuth<AppAuth>): ProviderUserAuth<AppAuth> => it;

export function tell(error: unknown): string {
	if (!(error instanceof OAuthRequestError)) return "";
	const request: Request = error.request;
	const response: Response = error.response;
	const message: "OAUTH_REQUEST_FAILED" = error.message;
	return `${message}: ${request.method} ${request.url} got the status ${response.status}`;
}

export const made: Error = new OAuthRequestError(new Request("https://api.atlassian.com/me"), new Response());

type Equal<A, B> =
	(<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
type Assert<T extends true> = T;
type Configs = Parameters<typeof atlassian>[1];
type FetchResult = { ok: boolean; json: () => unknown };

export type Assertions = [
	Assert<Equal<typeof atlassian, typeof fromProviders>>,
	Assert<Equal<Configs["timeout"], number | undefined>>,
	Assert<Equal<Configs["bodyLimit"], number | undefined>>,
	Assert<Equal<Configs["fetch"], ((request: Request) => FetchResult | PromiseLike<FetchResult>) | undefined>>
];
