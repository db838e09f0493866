// Every request that the package makes, and what an app calls to have it made; and one row of the matrix,
// in Node and in a Worker alike: a call that meets the fault, then a whole sign-in on the same provider.
// Nothing of Node is imported.

import { OAuthRequestError, atlassian, validateOAuth2AuthorizationCode } from "lucia-atlassian";
import type { AtlassianProvider, AtlassianUserAuth } from "lucia-atlassian/providers";

import { defaultClient, routeTo } from "../atlassian/route.ts";
import type { Endpoint } from "./faults.ts";

/** What is sent and must reach nobody but Atlassian. */
export const SECRETS = { client: defaultClient.secret, code: "code-that-nobody-may-see", refreshToken: "refresh-that-nobody-may-see" };

/** Where requests go. `fault` is where those go that meet the fault. */
export type Addresses = { server: string; fault: string };

type Request_ = {
	name: string;
	endpoint: Endpoint;
	/** Gives, as JSON, what came of it. */
	call(provider: AtlassianProvider, own: string): Promise<object>;
};

const { code, refreshToken } = SECRETS;
const accessToken = "access-token";
const state = "state-of-the-sign-in";
const callbackUrl = `/login/atlassian/callback?code=${code}&state=${state}`;

const signedIn = ({ atlassianTokens: { accessToken }, atlassianUser: { account_id } }: AtlassianUserAuth) => ({
	accessToken,
	accountId: account_id,
});

const ownOptions = (authenticateWith: "client_secret" | "http_basic_auth") => ({
	clientId: defaultClient.id,
	clientPassword: { clientSecret: SECRETS.client, authenticateWith },
});

const own = (authenticateWith: "client_secret" | "http_basic_auth") => async (_: AtlassianProvider, url: string) => {
	const response = (await validateOAuth2AuthorizationCode(code, url, ownOptions(authenticateWith))) as { access_token?: string } | null;
	return { accessToken: response?.access_token };
};

export const requests: Request_[] = [
	{ name: "token, validateCallback", endpoint: "token", call: async (provider) => signedIn(await provider.validateCallback(code)) },
	{ name: "token, callback", endpoint: "token", call: async (provider) => signedIn(await provider.callback(callbackUrl, state)) },
	{ name: "token, validateAuthorizationCode", endpoint: "token", call: (provider) => provider.validateAuthorizationCode(code) },
	{ name: "token, refreshTokens", endpoint: "token", call: (provider) => provider.refreshTokens(refreshToken) },
	{ name: "/me, validateCallback", endpoint: "me", call: async (provider) => signedIn(await provider.validateCallback(code)) },
	{ name: "/me, callback", endpoint: "me", call: async (provider) => signedIn(await provider.callback(callbackUrl, state)) },
	{
		name: "/me, getUser",
		endpoint: "me",
		call: async (provider) => ({ accountId: (await provider.getUser(accessToken)).account_id }),
	},
	{
		name: "accessible-resources",
		endpoint: "resources",
		call: async (provider) => ({ id: (await provider.getAccessibleResources(accessToken)).sites[0]?.id }),
	},
	{
		name: "revoke",
		endpoint: "revoke",
		call: async (provider) => {
			const { accepted, error } = await provider.revoke(refreshToken);
			if (!accepted) throw error;
			return {};
		},
	},
	{ name: "validateOAuth2AuthorizationCode, secret in the body", endpoint: "own", call: own("client_secret") },
	{ name: "validateOAuth2AuthorizationCode, secret in a header", endpoint: "own", call: own("http_basic_auth") },
];

export type Row = {
	request: number;
	/** Names the fault to the server. */
	fault: string;
	/** Of the provider, in milliseconds; unset for the default. */
	timeout?: number;
	/** When to give up waiting, in milliseconds. */
	patience: number;
	addresses: Addresses;
};

/** What could be seen of a row. */
export type Seen = {
	/** Unset where the promise settled too late or never. */
	outcome?: { result: Record<string, any> } | { error: Described };
	milliseconds: number;
	/** What was looked up on Lucia's `auth` until then. */
	lucia: string[];
	/** What came of the sign-in after it, and what that called on Lucia. */
	next: unknown;
};

export type Described = {
	name: string;
	code?: unknown;
	action?: unknown;
	isRefusal: boolean;
	status?: number;
	/** The code of its cause. */
	cause?: unknown;
	/** All that a log could get of it. */
	shown: string;
};

const endpoints: [RegExp, Endpoint][] = [
	[/\/oauth\/revoke$/, "revoke"],
	[/\/oauth\/token$/, "token"],
	[/\/me$/, "me"],
	[/accessible-resources$/, "resources"],
];

export async function runRow({ request: index, fault, timeout, patience, addresses }: Row): Promise<Seen> {
	const request = requests[index];
	if (request === undefined) throw new Error(`There is no request ${index}`);
	let lucia: unknown[] = [];
	const methods: Record<string, (...args: any[]) => unknown> = {
		useKey: async (...args) => (lucia.push(args), { userId: "ada" }),
		getUser: async (...args) => (lucia.push(args), { userId: "ada" }),
	};
	const auth = new Proxy(methods, { get: (methods, name) => (lucia.push(String(name)), methods[String(name)]) });

	let meets = fault;
	const [toServer, toFault] = [routeTo(addresses.server), routeTo(addresses.fault)];
	const provider = atlassian(auth as never, {
		clientId: defaultClient.id,
		clientSecret: SECRETS.client,
		redirectUri: defaultClient.redirectUris[0] ?? "",
		...(timeout !== undefined && { timeout }),
		fetch: (sent) => {
			const [, endpoint] = endpoints.find(([path]) => path.test(new URL(sent.url).pathname)) ?? [];
			if (meets === "" || endpoint !== request.endpoint) return toServer(sent);
			sent.headers.set("Fault", encodeURIComponent(meets));
			return toFault(sent);
		},
	});

	const started = Date.now();
	let giveUp = () => {};
	const late = new Promise<undefined>((resolve) => {
		const timer = setTimeout(resolve, patience);
		giveUp = () => clearTimeout(timer);
	});
	const outcome = await Promise.race([
		late,
		request.call(provider, `${addresses.fault}/own/token?fault=${encodeURIComponent(fault)}`).then(
			(result) => ({ result: JSON.parse(JSON.stringify(result)) }),
			(error: unknown) => ({ error: describe(error) }),
		),
	]);
	giveUp();
	const seen = { ...(outcome && { outcome }), milliseconds: Date.now() - started, lucia: lucia.map(String) };

	meets = "";
	lucia = [];
	try {
		const result = await request.call(provider, `${addresses.server}/own/token`);
		const { atlassianUser, getExistingUser } = await provider.validateCallback(code);
		await getExistingUser();
		return { ...seen, next: { isEmpty: JSON.stringify(result) === "{}", accountId: atlassianUser.account_id, lucia } };
	} catch (error) {
		return { ...seen, next: describe(error) };
	}
}

export function describe(error: any): Described {
	const read = (value: unknown) => (typeof value === "string" ? value : undefined);
	const isRefusal = error instanceof OAuthRequestError;
	let json = "";
	try {
		json = JSON.stringify(error);
	} catch {
		// What cannot be serialised does not leak by it.
	}
	return {
		name: `${error?.name}`,
		code: read(error?.code),
		action: read(error?.action),
		isRefusal,
		...(isRefusal && { status: error.response.status }),
		cause: read(error?.cause?.code),
		shown: [error, error?.stack, error?.cause, error?.cause?.stack, json, isRefusal && JSON.stringify([...error.request.headers])].join("\n"),
	};
}
