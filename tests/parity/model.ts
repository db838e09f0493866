// A third implementation of the behaviour that the differential suite compares, in small parts that can
// be broken one at a time. The suite proves itself on it: whole, it differs from the published package
// in nothing; with any one part broken (mutants.test.ts), the difference must be found.

import { createHash, randomInt } from "node:crypto";
import type { Implementation } from "./differential.ts";

type Configs = { clientId: string; clientSecret: string; redirectUri: string; scope?: string[] | null };
type Auth = Record<"useKey" | "getUser" | "createKey" | "createUser", (...parameters: unknown[]) => unknown>;
type Parameters = [name: string, value: string | null | undefined][];
type RootOptions = {
	clientId: string;
	scope: string[];
	redirectUri?: string;
	codeVerifier?: string;
	clientPassword?: { clientSecret: string; authenticateWith: string };
};

export class OAuthRequestError extends Error {
	request: Request;
	response: Response;
	constructor(request: Request, response: Response) {
		super("OAUTH_REQUEST_FAILED");
		this.request = request;
		this.response = response;
	}
}

function draw(length: number, alphabet: string): string {
	return Array.from({ length }, () => alphabet[randomInt(alphabet.length)]).join("");
}

export const lowercaseAndDigits = "abcdefghijklmnopqrstuvwxyz0123456789";
export const unreserved = `${lowercaseAndDigits}ABCDEFGHIJKLMNOPQRSTUVWXYZ-_.~`;

/** The parts, whole. Each stands for one thing that an implementation can get wrong. */
export const parts = {
	state: () => draw(43, lowercaseAndDigits),
	verifier: () => draw(96, unreserved),
	challenge: (verifier: string) => createHash("sha256").update(verifier).digest("base64url"),

	scope: (scope: string[] | null | undefined) => ["read:me", ...(scope ?? [])],

	authorizationParameters: (clientId: string, scope: string[], state: string, redirectUri: string | undefined): Parameters => [
		["response_type", "code"],
		["client_id", clientId],
		["scope", scope.join(" ")],
		["state", state],
		["redirect_uri", redirectUri],
	],
	atlassianParameters: (): Parameters => [
		["audience", "api.atlassian.com"],
		["prompt", "consent"],
	],
	authorizationUrl: (base: string | URL, parameters: Parameters): URL => {
		const url = new URL(base);
		for (const [name, value] of parameters) if (value) url.searchParams.set(name, value);
		return url;
	},
	urlAndState: (url: URL, state: string): unknown => [url, state],

	tokenBody: (code: string, options: Omit<RootOptions, "scope">): URLSearchParams => {
		const body = new URLSearchParams({ code, client_id: options.clientId, grant_type: "authorization_code" });
		if (options.redirectUri) body.set("redirect_uri", options.redirectUri);
		if (options.codeVerifier) body.set("code_verifier", options.codeVerifier);
		if (options.clientPassword?.authenticateWith === "client_secret") body.set("client_secret", options.clientPassword.clientSecret);
		return body;
	},
	basic: (id: string, secret: string) => `Basic ${Buffer.from(`${id}:${secret}`).toString("base64")}`,
	bearer: (token: string) => `Bearer ${token}`,
	tokenUrl: () => "https://auth.atlassian.com/oauth/token",
	userUrl: () => "https://api.atlassian.com/me",
	tokenMethod: () => "POST",
	contentType: () => "application/x-www-form-urlencoded",
	headers: (headers: Record<string, string>): Record<string, string> => ({ "User-Agent": "lucia", Accept: "application/json", ...headers }),

	request: (url: string | URL, init: RequestInit) => new Request(new URL(url), init),
	fetch: (request: Request) => fetch(request),
	isOk: (response: Response) => Boolean(response.ok),
	requestError: (request: Request, response: Response): Error => new OAuthRequestError(request, response),
	body: (response: Response) => response.json() as Promise<unknown>,
	failure: (reason: unknown) => reason,

	tokens: (body: Record<string, unknown>): Record<string, unknown> => ({
		accessToken: body.access_token,
		accessTokenExpiresIn: body.expires_in,
		refreshToken: body.refresh_token ?? null,
	}),
	user: (body: Record<string, unknown>): unknown => body,
	providerUserId: (body: Record<string, unknown>) => body.account_id as string,

	keyOf: (providerId: string, providerUserId: string): object => ({ providerId, providerUserId, password: null }),
	useKey: (auth: Auth, providerId: string, providerUserId: string) => auth.useKey(providerId, providerUserId, null),
	getUser: (auth: Auth, key: { userId: unknown }) => auth.getUser(key.userId),
	isUnknownKey: (error: unknown) => (error as { message?: unknown } | null | undefined)?.message === "AUTH_INVALID_KEY_ID",
	noUser: (): unknown => null,
	createKeyArgument: (userId: unknown, providerId: string, providerUserId: string): object => ({ userId, providerId, providerUserId, password: null }),
	createUserArgument: (key: object, options: unknown): object => ({ key, ...(options as object) }),
	createKey: (auth: Auth, argument: () => object): unknown => auth.createKey(argument()),
	createUser: (auth: Auth, argument: () => object): unknown => auth.createUser(argument()),

	/** How an own method is put on its object. */
	method: <T extends (...parameters: never[]) => Promise<unknown>>(method: T): unknown => method,
	/** The object as it is handed to the app. */
	provider: (members: object): object => members,
	userAuth: (members: object): object => members,

	payload: (token: string): unknown => {
		const segments = token.split(".");
		if (segments.length !== 3) throw new SyntaxError("An ID token has three parts");
		const payload: unknown = JSON.parse(new TextDecoder().decode(Buffer.from(segments[1] as string, "base64url")));
		if (typeof payload !== "object" || payload === null) throw new SyntaxError("The payload is not an object");
		return payload;
	},
};

export type Parts = typeof parts;

export function model(broken: Partial<Parts> = {}): Implementation {
	const $ = { ...parts, ...broken };

	const send = async (request: Request): Promise<unknown> => {
		try {
			const response = await $.fetch(request);
			if (!$.isOk(response)) throw $.requestError(request, response);
			return await $.body(response);
		} catch (reason) {
			throw reason instanceof OAuthRequestError ? reason : $.failure(reason);
		}
	};

	const exchange = async (code: string, url: string | URL, options: Omit<RootOptions, "scope">): Promise<unknown> => {
		const headers: Record<string, string> = { "Content-Type": $.contentType() };
		if (options.clientPassword?.authenticateWith === "http_basic_auth") {
			headers.Authorization = $.basic(options.clientId, options.clientPassword.clientSecret);
		}
		return send($.request(url, { method: $.tokenMethod(), headers: $.headers(headers), body: $.tokenBody(code, options) }));
	};

	const userAuthMembers = (auth: Auth, providerId: string, providerUserId: string) => ({
		providerId,
		providerUserId,
		getExistingUser: $.method(async () => {
			try {
				const key = (await $.useKey(auth, providerId, providerUserId)) as { userId: unknown };
				return await $.getUser(auth, key);
			} catch (error) {
				if ($.isUnknownKey(error)) return $.noUser();
				throw error;
			}
		}),
		createKey: $.method(async (userId: unknown) => $.createKey(auth, () => $.createKeyArgument(userId, providerId, providerUserId))),
		createUser: $.method(async (options: unknown) => $.createUser(auth, () => $.createUserArgument($.keyOf(providerId, providerUserId), options))),
	});

	return {
		OAuthRequestError: OAuthRequestError,
		atlassian: (auth: Auth, configs: Configs) =>
			$.provider({
				getAuthorizationUrl: $.method(async () => {
					const { clientId, redirectUri, scope } = configs;
					const state = $.state();
					const parameters = $.authorizationParameters(clientId, $.scope(scope), state, redirectUri);
					const url = $.authorizationUrl("https://auth.atlassian.com/authorize", [...parameters, ...$.atlassianParameters()]);
					return $.urlAndState(url, state);
				}),
				validateCallback: $.method(async (code: string) => {
					const { clientId, clientSecret, redirectUri } = configs;
					const clientPassword = { clientSecret, authenticateWith: "client_secret" };
					const tokenBody = (await exchange(code, $.tokenUrl(), { clientId, redirectUri, clientPassword })) as Record<string, unknown>;
					const tokens = $.tokens(tokenBody);
					const authorization = $.bearer(tokenBody.access_token as string);
					const userBody = (await send($.request($.userUrl(), { headers: $.headers({ Authorization: authorization }) }))) as Record<string, unknown>;
					return $.userAuth({
						...userAuthMembers(auth, "atlassian", $.providerUserId(userBody)),
						atlassianTokens: tokens,
						atlassianUser: $.user(userBody),
					});
				}),
			}),
		createOAuth2AuthorizationUrl: async (base: string | URL, options: RootOptions) => {
			const state = $.state();
			const url = $.authorizationUrl(base, $.authorizationParameters(options.clientId, options.scope, state, options.redirectUri));
			return [url, state];
		},
		createOAuth2AuthorizationUrlWithPKCE: async (base: string | URL, options: RootOptions) => {
			const [state, verifier] = [$.state(), $.verifier()];
			const parameters = $.authorizationParameters(options.clientId, options.scope, state, options.redirectUri);
			parameters.push(["code_challenge_method", "S256"], ["code_challenge", $.challenge(verifier)]);
			return [$.authorizationUrl(base, parameters), verifier, state];
		},
		validateOAuth2AuthorizationCode: exchange,
		decodeIdToken: $.payload,
		providerUserAuth: (auth: Auth, providerId: string, providerUserId: string) => $.userAuth(userAuthMembers(auth, providerId, providerUserId)),
	};
}
