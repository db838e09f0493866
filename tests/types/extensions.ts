// What the types of this package have beyond the published ones: `configs.fetch`, `configs.timeout`, and
// `atlassian` from the package's root as well. Compiled beside app.ts, whose Lucia it uses.

import { OAuthRequestError, atlassian } from "lucia-atlassian";
import type { AtlassianAuth, AtlassianUserAuth, ProviderUserAuth } from "lucia-atlassian";
import { atlassian as fromProviders } from "lucia-atlassian/providers";

import { auth } from "./app.js";
import type { AppAuth } from "./app.js";

const configs = { clientId: "id", clientSecret: "secret", redirectUri: "https://app.example/cb" };

/** A service binding of a Worker. */
declare const binding: { fetch(input: RequestInfo | URL, init?: RequestInit): Promise<Response> };

export const all: AtlassianAuth<AppAuth>[] = [
	atlassian(auth, configs),
	fromProviders(auth, configs),
	atlassian(auth, { ...configs, timeout: 0 }),
	atlassian(auth, { ...configs, scope: [], timeout: 2_500, fetch }),
	atlassian(auth, { ...configs, fetch: globalThis.fetch }),
	atlassian(auth, { ...configs, fetch: (request) => binding.fetch(request) }),
	atlassian(auth, { ...configs, fetch: binding.fetch.bind(binding) }),
	atlassian(auth, { ...configs, fetch: async (request) => Response.json({ url: request.url }) }),
	atlassian(auth, { ...configs, fetch: () => new Response() })
];

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
	return `${message}: ${request.method} ${request.url} was answered ${response.status}`;
}

export const made: Error = new OAuthRequestError(new Request("https://api.atlassian.com/me"), new Response());

type Equal<A, B> =
	(<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
type Assert<T extends true> = T;
type Configs = Parameters<typeof atlassian>[1];

export type Assertions = [
	Assert<Equal<typeof atlassian, typeof fromProviders>>,
	Assert<Equal<Configs["timeout"], number | undefined>>,
	Assert<Equal<Configs["fetch"], ((request: Request) => Response | PromiseLike<Response>) | undefined>>
];
