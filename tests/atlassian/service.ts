/**
 * Atlassian's rules, without the network: who may have a code, a token or a response, and what is said to those
 * who may not. Each endpoint is a method from an arrived request to a response; a refusal carries its reason.
 */
import { createHash, randomBytes, randomUUID } from "node:crypto";
import type { StandInResponse } from "./faults.ts";
import { type Product, productOf, scopeInWords } from "../../www/scopes.ts";
import { consentPage, picture, refusalPage } from "./pages.ts";
import { clouds } from "./route.ts";

export interface Client {
	id: string;
	secret: string;
	/** The app's name on the consent page. */
	name: string;
	/** Compared character by character. */
	redirectUris: string[];
}

export interface Site {
	/** The cloud id. */
	id: string;
	name: string;
	url: string;
	products: Product[];
}

export interface Account {
	/** The response of `/me`. A `picture` that is a path is served by the stand-in. */
	user: { account_id: string; name: string; email?: string; picture?: string; [field: string]: unknown };
	sites: Site[];
}

/** A request as the service sees it. `unreadable` says why the body or query gave no parameters. */
export interface Arrived {
	cloud: (typeof clouds)[number];
	path: string;
	parameters: URLSearchParams;
	authorization: string | undefined;
	hasQuery: boolean;
	unreadable?: string;
}

const deadToken = "refresh_token is invalid";

/** The shapes in which a dead refresh token is reported; tests choose one with `invalidRefreshToken`. */
export const invalidRefreshTokenResponses = {
	invalid_grant: { status: 403, json: { error: "invalid_grant", error_description: "Unknown or invalid refresh token." } },
	unauthorized_client: { status: 403, json: { error: "unauthorized_client", error_description: deadToken } },
	text_in_error: { status: 403, json: { error: deadToken } },
	globally_revoked: { status: 403, json: { error: "invalid_grant", error_description: "Token was globally revoked" } },
	expired: { status: 403, json: { error: "unauthorized_client", error_description: "Refresh token is expired" } },
	invalid_request: { status: 400, json: { error: "invalid_request", error_description: deadToken } },
	unauthorized: { status: 401, json: { error: "invalid_request", error_description: deadToken } },
	forbidden: { status: 403, json: { error: "invalid_request", error_description: deadToken } },
	capitals: { status: 400, json: { error: "invalid_request", error_description: deadToken.toUpperCase() } },
	full_stop: { status: 400, json: { error: "invalid_request", error_description: `${deadToken}.` } },
	bad_request_in_error: { status: 400, json: { error: deadToken } },
} as const;

/** The shapes in which Jira's gateway refuses an access token that has ended; tests choose one with `expiredAccessToken`. */
export const expiredAccessTokenResponses = {
	unauthorized: { status: 401, json: { code: 401, message: "Unauthorized" } },
	forbidden: { status: 403, json: { code: 403, message: "Forbidden" } },
	not_found: { status: 404, json: { code: 404, message: "Not Found" } },
} as const;

/** What Jira's gateway says of a token without the scope of a resource. */
export const scopeMismatch = { code: 401, message: "Unauthorized; scope does not match" } as const;

const invalidCode = "authorization_code is invalid";

/** The shapes in which a code is refused that is unknown, used or too old; tests choose one with `invalidCode`. */
export const invalidCodeResponses = {
	invalid_grant: { status: 403, json: { error: "invalid_grant", error_description: "Invalid authorization code" } },
	invalid_request: { status: 400, json: { error: "invalid_request", error_description: invalidCode } },
	unauthorized: { status: 401, json: { error: "invalid_request", error_description: invalidCode } },
	forbidden: { status: 403, json: { error: "invalid_request", error_description: invalidCode } },
	unauthorized_client: { status: 403, json: { error: "unauthorized_client", error_description: invalidCode } },
	capitals: { status: 400, json: { error: "invalid_request", error_description: invalidCode.toUpperCase() } },
	full_stop: { status: 400, json: { error: "invalid_request", error_description: `${invalidCode}.` } },
	text_in_error: { status: 400, json: { error: invalidCode } },
} as const;

/** What a consent can lead to: back to the app with a code, or with one of these errors. */
export const callbackErrors = {
	cancel: { error: "access_denied", error_description: "User did not authorize the request" },
	login_required: { error: "login_required", error_description: "Login required" },
	consent_required: { error: "consent_required", error_description: "Consent required" },
	interaction_required: { error: "interaction_required", error_description: "Interaction required" },
	account_selection_required: { error: "account_selection_required", error_description: "Account selection required" },
} as const;

interface Grant {
	auth: string;
	client: Client;
	account: Account;
	scopes: string[];
	revoked: boolean;
}

interface AuthorizationRequest {
	auth: string;
	client: Client;
	redirectUri: string;
	scopes: string[];
	state: string;
	challenge: string | null;
	expires: number;
}

const minute = 60_000;
const codeLifetime = 10 * minute;
export const accessTokenLifetime = 60 * minute;
const refreshLeeway = 10 * minute;
const refreshInactivity = 90 * 24 * 60 * minute;

export class Service {
	invalidRefreshToken: keyof typeof invalidRefreshTokenResponses = "invalid_grant";
	invalidCode: keyof typeof invalidCodeResponses = "invalid_grant";
	expiredAccessToken: keyof typeof expiredAccessTokenResponses = "unauthorized";
	/** The accounts whose users are blocked: no token is refreshed for them. */
	readonly blockedAccounts = new Set<string>();
	readonly clients: Client[];
	readonly accounts: Account[];
	/** Set once the server listens. */
	origin = "";
	readonly #now: () => number;
	readonly #lifetime: number;
	readonly #tickets = new Map<string, AuthorizationRequest>();
	readonly #codes = new Map<string, { request: AuthorizationRequest; grant: Grant; expires: number; used: boolean }>();
	readonly #accessTokens = new Map<string, { grant: Grant; expires: number; revoked: boolean }>();
	readonly #refreshTokens = new Map<string, { grant: Grant; lastUseBy: number; firstUse?: number }>();
	readonly #grants: Grant[] = [];

	constructor(clients: Client[], accounts: Account[], now: () => number, lifetime: number) {
		this.clients = clients;
		this.accounts = accounts;
		this.#now = now;
		this.#lifetime = lifetime;
	}

	authorize({ cloud, parameters, unreadable }: Arrived): StandInResponse {
		const problems: string[] = [];
		if (unreadable !== undefined) problems.push(unreadable);
		const client = this.clients.find(({ id }) => id === parameters.get("client_id"));
		const redirectUri = parameters.get("redirect_uri") ?? "";
		const scopes = [...new Set((parameters.get("scope") ?? "").split(" ").filter((scope) => scope !== ""))];
		const state = parameters.get("state") ?? "";
		const challenge = parameters.get("code_challenge");
		if (parameters.get("audience") !== cloud.api) problems.push(`audience must be ${cloud.api}`);
		if (client === undefined) problems.push("client_id is not that of a registered app");
		else if (!client.redirectUris.includes(redirectUri)) {
			problems.push(`redirect_uri is not registered for ${client.name}: ${redirectUri || "(missing)"}`);
		}
		if (parameters.get("response_type") !== "code") problems.push("response_type must be code");
		if (parameters.get("prompt") !== "consent") problems.push("prompt must be consent");
		if (scopes.length === 0) problems.push("scope is missing");
		for (const scope of scopes) {
			if (scopeInWords(scope) === undefined) problems.push(`scope does not exist: ${scope}`);
		}
		if (state === "") problems.push("state is missing");
		if (challenge === null) {
			if (parameters.has("code_challenge_method")) problems.push("code_challenge_method without code_challenge");
		} else {
			if (parameters.get("code_challenge_method") !== "S256") problems.push("code_challenge_method must be S256");
			if (!/^[\w-]{43}$/.test(challenge)) problems.push("code_challenge must be 43 characters of base64url");
		}
		if (client === undefined || problems.length > 0) return refusalPage(problems);

		const ticket = randomBytes(24).toString("base64url");
		const expires = this.#now() + codeLifetime;
		this.#tickets.set(ticket, { auth: cloud.auth, client, redirectUri, scopes, state, challenge, expires });
		return consentPage({
			action: `/${cloud.auth}/authorize/consent`,
			ticket,
			appName: client.name,
			redirectUri,
			scopes,
			accounts: this.accounts.map(({ user }) => ({
				id: user.account_id,
				name: user.name,
				email: user.email ?? "",
				picture: `/picture/${encodeURIComponent(user.account_id)}`,
			})),
		});
	}

	/** The form of the consent page. */
	consent({ cloud, parameters, unreadable }: Arrived): StandInResponse {
		if (unreadable !== undefined) return refusalPage([unreadable]);
		const ticket = parameters.get("ticket") ?? "";
		const request = this.#tickets.get(ticket);
		this.#tickets.delete(ticket);
		if (request === undefined || request.auth !== cloud.auth || this.#now() >= request.expires) {
			return refusalPage(["This consent page was used before or is too old. Start again from the app."]);
		}
		const location = new URL(request.redirectUri);
		const decision = parameters.get("decision");
		const refused = Object.hasOwn(callbackErrors, decision ?? "") && callbackErrors[decision as keyof typeof callbackErrors];
		if (refused) {
			location.searchParams.append("error", refused.error);
			location.searchParams.append("error_description", refused.error_description);
		} else {
			const account = this.accounts.find(({ user }) => user.account_id === parameters.get("account"));
			if (decision !== "accept") return refusalPage(["decision must be accept or cancel"]);
			if (account === undefined) return refusalPage(["account is not one of those on the page"]);
			const { auth, client, scopes } = request;
			const grant: Grant = { auth, client, account, scopes, revoked: false };
			this.#grants.push(grant);
			const expires = this.#now() + codeLifetime;
			const code = this.#jwt({ ...this.#claims(grant, expires), typ: "code", nonce: opaque(120) }, 32);
			this.#codes.set(code, { request, grant, expires, used: false });
			location.searchParams.append("code", code);
		}
		location.searchParams.append("state", request.state);
		return { status: 302, headers: { Location: location.href, "Cache-Control": "no-store" }, text: "" };
	}

	token(arrived: Arrived): StandInResponse {
		const { parameters } = arrived;
		if (arrived.unreadable !== undefined) return invalidRequest(arrived.unreadable);
		if (arrived.hasQuery) return invalidRequest("parameters belong in the body, not in the URL");
		const grantType = parameters.get("grant_type");
		if (!grantType) return invalidRequest("grant_type is missing");
		if (grantType !== "authorization_code" && grantType !== "refresh_token") {
			return refusal(400, { error: "unsupported_grant_type", error_description: "Unsupported grant type" }, `grant_type is neither authorization_code nor refresh_token: ${grantType}`);
		}
		const client = this.#authenticate(arrived);
		if ("status" in client) return client;
		return grantType === "refresh_token" ? this.#refresh(arrived, client) : this.#exchange(arrived, client);
	}

	#exchange({ cloud, parameters }: Arrived, client: Client): StandInResponse {
		const value = parameters.get("code");
		if (!value) return invalidRequest("code is missing");
		const redirectUri = parameters.get("redirect_uri");
		if (!redirectUri) return invalidRequest("redirect_uri is missing");
		const { status, json } = invalidCodeResponses[this.invalidCode];
		const invalidCode = (reason: string) => refusal(status, json, reason);
		const code = this.#codes.get(value);
		if (code === undefined || code.grant.auth !== cloud.auth) return invalidCode("the code is unknown");
		if (code.grant.client.id !== client.id) return invalidCode("the code was issued to another client");
		if (code.used) return invalidCode("the code was used before");
		if (this.#now() >= code.expires) return invalidCode("the code is older than ten minutes");
		if (code.grant.revoked) return invalidCode("the grant was revoked");
		if (redirectUri !== code.request.redirectUri) {
			return unauthorized("redirect_uri is not that of the authorization request");
		}
		const verifier = parameters.get("code_verifier");
		const expected = code.request.challenge;
		const invalidVerifier = (reason: string) =>
			refusal(403, { error: "invalid_grant", error_description: "Failed to verify code verifier" }, reason);
		if (expected === null && verifier !== null) {
			return invalidVerifier("code_verifier is given, but the authorization request had no code_challenge");
		}
		if (expected !== null) {
			if (verifier === null) return invalidVerifier("code_verifier is missing: the authorization request had a code_challenge");
			if (!/^[A-Za-z0-9\-._~]{43,128}$/.test(verifier)) {
				return invalidVerifier("code_verifier must be 43 to 128 characters of A-Z a-z 0-9 - . _ ~");
			}
			if (createHash("sha256").update(verifier).digest("base64url") !== expected) {
				return invalidVerifier("code_verifier does not match code_challenge");
			}
		}
		code.used = true;
		return this.#tokens(code.grant);
	}

	#refresh({ cloud, parameters }: Arrived, client: Client): StandInResponse {
		const value = parameters.get("refresh_token");
		if (!value) return invalidRequest("refresh_token is missing");
		const { status, json } = invalidRefreshTokenResponses[this.invalidRefreshToken];
		const dead = (reason: string) => refusal(status, json, reason);
		const token = this.#refreshTokens.get(value);
		const now = this.#now();
		if (token === undefined || token.grant.auth !== cloud.auth) return dead("the refresh token is unknown");
		if (token.grant.client.id !== client.id) return dead("the refresh token was issued to another client");
		if (token.grant.revoked) return dead("the refresh token was revoked");
		if (token.firstUse !== undefined && now - token.firstUse >= refreshLeeway) {
			return dead("the refresh token was rotated, and its ten minutes of leeway are over");
		}
		if (now >= token.lastUseBy) return dead("the refresh token was not used for 90 days");
		if (this.blockedAccounts.has(token.grant.account.user.account_id)) {
			return refusal(403, { error: "access_denied", error_description: "user is blocked" }, "the user is blocked");
		}
		token.firstUse ??= now;
		return this.#tokens(token.grant);
	}

	revoke(arrived: Arrived): StandInResponse {
		if (arrived.unreadable !== undefined) return invalidRequest(arrived.unreadable);
		if (arrived.hasQuery) return invalidRequest("parameters belong in the body, not in the URL");
		const client = this.#authenticate(arrived);
		if ("status" in client) return client;
		const value = arrived.parameters.get("token");
		if (!value) return invalidRequest("token is missing");
		const access = this.#accessTokens.get(value);
		const refresh = this.#refreshTokens.get(value);
		const grant = (access ?? refresh)?.grant;
		// RFC 7009, 2.2: an unknown token is no error, since it cannot be used either.
		if (grant?.auth === arrived.cloud.auth && grant.client.id === client.id) {
			if (access !== undefined) access.revoked = true;
			else grant.revoked = true;
		}
		return { status: 200, text: "" };
	}

	me(arrived: Arrived): StandInResponse {
		const grant = this.#bearer(arrived);
		if ("status" in grant) return grant;
		if (!grant.scopes.includes("read:me")) {
			return refusal(403, { code: 403, message: "Forbidden" }, "the token lacks the scope read:me");
		}
		const { user } = grant.account;
		const json = user.picture?.startsWith("/") ? { ...user, picture: this.origin + user.picture } : user;
		return { status: 200, json };
	}

	/** A site stands in the list once for each product that the token's scopes reach. */
	resources(arrived: Arrived): StandInResponse {
		const grant = this.#bearer(arrived);
		if ("status" in grant) return grant;
		const json = grant.account.sites.flatMap(({ id, name, url, products }) =>
			products.flatMap((product) => {
				const scopes = grant.scopes.filter((scope) => productOf(scope) === product);
				const avatarUrl = `${this.origin}/picture/${encodeURIComponent(id)}`;
				return scopes.length === 0 ? [] : [{ id, url, name, scopes, avatarUrl }];
			}),
		);
		return { status: 200, json };
	}

	/** Jira's REST API on a site: the user, for a token with the scope `read:jira-user`. */
	jira(arrived: Arrived): StandInResponse {
		const grant = this.#bearer(arrived);
		if ("status" in grant) return { ...grant, ...expiredAccessTokenResponses[this.expiredAccessToken] };
		const [, id, resource] = /^\/ex\/jira\/([^/]+)\/(.*)$/.exec(arrived.path) ?? [];
		const { user, sites } = grant.account;
		const site = sites.find((site) => site.id === id && site.products.includes("jira"));
		if (site === undefined) return refusal(404, { code: 404, message: "Not Found" }, "the account has no Jira site with this id");
		if (resource !== "rest/api/3/myself") return refusal(404, { errorMessages: ["Not found"] }, "the stand-in has no such resource of Jira");
		if (!grant.scopes.includes("read:jira-user")) return refusal(401, scopeMismatch, "the token lacks the scope read:jira-user");
		return { status: 200, json: { accountId: user.account_id, displayName: user.name, active: true } };
	}

	/** The picture of an account or a site. */
	picture(id: string): StandInResponse {
		const account = this.accounts.find(({ user }) => user.account_id === id);
		const site = this.accounts.flatMap(({ sites }) => sites).find((site) => site.id === id);
		const name = account?.user.name ?? site?.name;
		return name === undefined ? { status: 404, text: "", reason: "no account or site has this picture" } : picture(name);
	}

	/** Ends all that an account has granted, as a change of its password does. */
	revokeAccount(accountId: string): void {
		for (const grant of this.#grants) {
			if (grant.account.user.account_id === accountId) grant.revoked = true;
		}
	}

	#authenticate({ parameters, authorization }: Arrived): Client | StandInResponse {
		let id = parameters.get("client_id");
		let secret = parameters.get("client_secret");
		if (authorization !== undefined) {
			if (secret) return invalidRequest("client credentials are in the body and in the Authorization header");
			const [, encoded] = /^Basic +([A-Za-z0-9+/]+={0,2})$/i.exec(authorization) ?? [];
			if (encoded === undefined) return unauthorized("the Authorization header does not hold Basic credentials", true);
			const [, basicId = "", basicSecret = ""] = /^([^:]*):(.*)$/s.exec(Buffer.from(encoded, "base64").toString()) ?? [];
			if (id !== null && id !== basicId) return unauthorized("client_id differs between body and Authorization header", true);
			[id, secret] = [basicId, basicSecret];
		}
		const client = this.clients.find((candidate) => candidate.id === id);
		const basic = authorization !== undefined;
		if (!id) return unauthorized("client_id is missing", basic);
		if (client === undefined) return unauthorized("client_id is not that of a registered app", basic);
		if (!secret) return unauthorized("client_secret is missing", basic);
		return secret === client.secret ? client : unauthorized("client_secret is wrong", basic);
	}

	#bearer({ cloud, authorization }: Arrived): Grant | StandInResponse {
		const refuse = (reason: string): StandInResponse => ({
			...refusal(401, { code: 401, message: "Unauthorized" }, reason),
			headers: { "WWW-Authenticate": "Bearer" },
		});
		if (authorization === undefined) return refuse("the Authorization header is missing");
		const [, value] = /^Bearer +([\w.~+/-]+=*)$/i.exec(authorization) ?? [];
		if (value === undefined) return refuse("the Authorization header does not hold a bearer token");
		const token = this.#accessTokens.get(value);
		if (token === undefined) return refuse("the access token is unknown");
		if (token.grant.auth !== cloud.auth) return refuse("the access token belongs to another cloud");
		if (token.revoked || token.grant.revoked) return refuse("the access token was revoked");
		if (this.#now() >= token.expires) return refuse("the access token has expired");
		return token.grant;
	}

	#tokens(grant: Grant): StandInResponse {
		const now = this.#now();
		const expires = now + this.#lifetime;
		const claims = this.#claims(grant, expires);
		// Real access tokens run to some 2,400 characters: enough to overflow a cookie or a narrow column.
		const accessToken = this.#jwt({ ...claims, "https://id.atlassian.com/session": opaque(1_400) }, 256);
		this.#accessTokens.set(accessToken, { grant, expires, revoked: false });
		let refreshToken: string | undefined;
		if (grant.scopes.includes("offline_access")) {
			const lastUseBy = now + refreshInactivity;
			refreshToken = this.#jwt({ ...this.#claims(grant, lastUseBy), typ: "refresh", rotation: opaque(43) }, 64);
			this.#refreshTokens.set(refreshToken, { grant, lastUseBy });
		}
		// No token_type, as in the documented sample; a fault can add one.
		const json = {
			access_token: accessToken,
			...(refreshToken !== undefined && { refresh_token: refreshToken }),
			expires_in: this.#lifetime / 1000,
			scope: grant.scopes.join(" "),
		};
		return { status: 200, headers: { "Cache-Control": "no-store" }, json };
	}

	#claims(grant: Grant, expires: number): Record<string, unknown> {
		const issued = Math.floor(this.#now() / 1000);
		return {
			jti: randomUUID(),
			sub: grant.account.user.account_id,
			iss: `https://${grant.auth}`,
			aud: grant.client.id,
			iat: issued,
			nbf: issued,
			exp: Math.floor(expires / 1000),
			scope: grant.scopes.join(" "),
		};
	}

	/** In the shape of a JSON Web Token; the signature is random, as nobody here holds Atlassian's key. */
	#jwt(claims: Record<string, unknown>, signatureBytes: number): string {
		const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64url");
		return `${part({ typ: "JWT", alg: "RS256", kid: "stand-in" })}.${part(claims)}.${randomBytes(signatureBytes).toString("base64url")}`;
	}
}

function refusal(status: number, json: unknown, reason: string): StandInResponse {
	return { status, json, reason };
}

function invalidRequest(reason: string): StandInResponse {
	return refusal(400, { error: "invalid_request", error_description: "Invalid request" }, reason);
}

function unauthorized(reason: string, basic = false): StandInResponse {
	const response = refusal(401, { error: "access_denied", error_description: "Unauthorized" }, reason);
	return basic ? { ...response, headers: { "WWW-Authenticate": "Basic" } } : response;
}

function opaque(length: number): string {
	return randomBytes(length).toString("base64url").slice(0, length);
}
