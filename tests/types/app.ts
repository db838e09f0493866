// A Lucia app's sign-in code as it stands in many apps, importing from `@lucia-auth/oauth`.
// types.test.ts compiles it as it is against the published package and, under the same name, against
// this one. What follows the app are assertions on the types that it sees.

import {
	OAuthRequestError,
	createOAuth2AuthorizationUrl,
	createOAuth2AuthorizationUrlWithPKCE,
	decodeIdToken,
	providerUserAuth,
	validateOAuth2AuthorizationCode
} from "@lucia-auth/oauth";
import type {
	OAuth2ProviderAuth,
	OAuth2ProviderAuthWithPKCE,
	ProviderUserAuth
} from "@lucia-auth/oauth";
import { atlassian } from "@lucia-auth/oauth/providers";
import type {
	AtlassianAuth,
	AtlassianTokens,
	AtlassianUser,
	AtlassianUserAuth
} from "@lucia-auth/oauth/providers";
import { LuciaError, lucia } from "lucia";
import type { Adapter, InitializeAdapter, Key, Session, User, UserSchema } from "lucia";
import { web } from "lucia/middleware";

declare global {
	namespace Lucia {
		type Auth = AppAuth;
		type DatabaseUserAttributes = { username: string; email: string | null };
		type DatabaseSessionAttributes = { created_at: number };
	}
}

declare const adapter: InitializeAdapter<Adapter>;
declare const env: Record<string, string | undefined>;

export const auth = lucia({
	adapter,
	env: "PROD",
	middleware: web(),
	sessionCookie: { expires: false },
	getUserAttributes: (row) => ({ username: row.username, email: row.email }),
	getSessionAttributes: (row) => ({ createdAt: new Date(row.created_at) })
});

export type AppAuth = typeof auth;

export const atlassianAuth = atlassian(auth, {
	clientId: env["ATLASSIAN_CLIENT_ID"] ?? "",
	clientSecret: env["ATLASSIAN_CLIENT_SECRET"] ?? "",
	redirectUri: "https://app.example/login/atlassian/callback",
	scope: ["read:jira-work", "offline_access"]
});

export async function login(): Promise<Response> {
	const [url, state] = await atlassianAuth.getAuthorizationUrl();
	url.searchParams.set("prompt", "none");
	return new Response(null, {
		status: 302,
		headers: {
			Location: url.toString(),
			"Set-Cookie": `atlassian_oauth_state=${encodeURIComponent(state)}; HttpOnly`
		}
	});
}

export async function callback(request: Request, storedState: string | null): Promise<Response> {
	const url = new URL(request.url);
	const state = url.searchParams.get("state");
	const code = url.searchParams.get("code");
	if (!storedState || !state || storedState !== state || !code) {
		return new Response(null, { status: 400 });
	}
	try {
		const { getExistingUser, atlassianUser, atlassianTokens, createUser } =
			await atlassianAuth.validateCallback(code);

		const getUser = async () => {
			const existingUser = await getExistingUser();
			if (existingUser) return existingUser;
			return createUser({
				attributes: { username: atlassianUser.nickname, email: atlassianUser.email }
			});
		};

		const user = await getUser();
		const session = await auth.createSession({
			userId: user.userId,
			attributes: { created_at: Date.now() }
		});
		const expires = Date.now() + atlassianTokens.accessTokenExpiresIn * 1000;
		const refresh: string = atlassianTokens.refreshToken ?? "none";
		const cookie = auth.createSessionCookie(session);
		return new Response(`${user.username.toUpperCase()} ${expires} ${refresh}`, {
			headers: { "Set-Cookie": cookie.serialize() }
		});
	} catch (error) {
		if (error instanceof OAuthRequestError) {
			const { request, response } = error;
			console.error(request.url, response.status, await response.json());
			return new Response(null, { status: 400 });
		}
		if (error instanceof LuciaError && error.message === "AUTH_DUPLICATE_KEY_ID") {
			return new Response(null, { status: 409 });
		}
		return new Response(null, { status: 500 });
	}
}

/** A page of settings, where someone who is signed in adds a second way of signing in. */
export async function link(session: Session, code: string): Promise<Key> {
	const userAuth = await atlassianAuth.validateCallback(code);
	const job: string | undefined = userAuth.atlassianUser.extended_profile?.["job_title"];
	console.log(job);
	return userAuth.createKey(session.user.userId);
}

/** Code that is written for any provider, and for any Lucia app. */
export async function findOrCreate(
	userAuth: ProviderUserAuth<AppAuth>,
	username: string
): Promise<User> {
	const existing = await userAuth.getExistingUser();
	return existing ?? userAuth.createUser({ userId: "u1", attributes: { username, email: null } });
}
export const providers: Record<string, OAuth2ProviderAuth> = { atlassian: atlassianAuth };
export const anyAtlassian: AtlassianAuth = atlassianAuth;
export type WithPKCE = OAuth2ProviderAuthWithPKCE<ProviderUserAuth<AppAuth>>;
export async function viaAnyProvider(userAuth: AtlassianUserAuth<AppAuth>): Promise<User> {
	return findOrCreate(userAuth, userAuth.atlassianUser.name);
}

/** A provider that the package does not have, made of its parts. */
export const example = {
	async start() {
		const [url, state] = await createOAuth2AuthorizationUrl("https://idp.example/authorize", {
			clientId: "id",
			scope: ["openid"],
			redirectUri: "https://app.example/callback"
		});
		const [pkceUrl, codeVerifier, pkceState] = await createOAuth2AuthorizationUrlWithPKCE(
			new URL("https://idp.example/authorize"),
			{ clientId: "id", scope: [], codeChallengeMethod: "S256" }
		);
		return [url.href, state, pkceUrl.href, codeVerifier, pkceState].join();
	},
	async finish(code: string) {
		const tokens = await validateOAuth2AuthorizationCode<{ id_token: string }>(
			code,
			"https://idp.example/token",
			{
				clientId: "id",
				redirectUri: "https://app.example/callback",
				codeVerifier: "verifier",
				clientPassword: { clientSecret: "secret", authenticateWith: "http_basic_auth" }
			}
		);
		const claims = decodeIdToken<{ sub: string }>(tokens.id_token);
		console.log(claims.iss, claims.aud, claims.exp.toFixed());
		return providerUserAuth(auth, "example", claims.sub);
	}
};

// The assertions. `Equal` is true only for types that are the same to the letter, `any` included.

type Equal<A, B> =
	(<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
type Assert<T extends true> = T;

type UserAuth = Awaited<ReturnType<typeof atlassianAuth.validateCallback>>;
/** A Lucia of another shape: the user's type has to come from the instance that is handed in. */
interface TeamAuth extends AppAuth {
	transformDatabaseUser: (row: UserSchema) => User & { team: string };
}
type AppUser = { userId: string } & { username: string; email: string | null };

export type Assertions = [
	// This package has more methods; what is there is the same.
	Assert<typeof atlassianAuth extends AtlassianAuth<AppAuth> ? true : false>,
	Assert<
		Equal<
			typeof atlassianAuth extends AtlassianAuth<infer _Auth> ? _Auth : never,
			AppAuth
		>
	>,
	Assert<Equal<Parameters<typeof atlassianAuth.getAuthorizationUrl>, []>>,
	Assert<
		Equal<
			ReturnType<typeof atlassianAuth.getAuthorizationUrl>,
			Promise<readonly [url: URL, state: string]>
		>
	>,
	Assert<
		Equal<
			ReturnType<AtlassianAuth["getAuthorizationUrl"]>,
			Promise<readonly [url: URL, state: string]>
		>
	>,
	Assert<Equal<Parameters<typeof atlassianAuth.validateCallback>, [code: string]>>,
	Assert<Equal<AtlassianAuth["validateCallback"], (code: string) => Promise<AtlassianUserAuth>>>,
	Assert<Equal<UserAuth, AtlassianUserAuth<AppAuth>>>,
	Assert<Equal<User, AppUser>>,
	Assert<Equal<Awaited<ReturnType<UserAuth["getExistingUser"]>>, User | null>>,
	Assert<Equal<Awaited<ReturnType<UserAuth["createUser"]>>, User>>,
	Assert<
		Equal<
			Parameters<UserAuth["createUser"]>,
			[options: { userId?: string; attributes: Lucia.DatabaseUserAttributes }]
		>
	>,
	Assert<
		Equal<
			Awaited<ReturnType<AtlassianUserAuth<TeamAuth>["getExistingUser"]>>,
			(User & { team: string }) | null
		>
	>,
	Assert<Equal<UserAuth["createKey"], (userId: string) => Promise<Key>>>,
	Assert<Equal<keyof UserAuth, keyof ProviderUserAuth | "atlassianTokens" | "atlassianUser">>,
	// This package shows the two halves of the key as well, which are private in the published one.
	Assert<
		Equal<
			Exclude<keyof ProviderUserAuth, "providerId" | "providerUserId">,
			"getExistingUser" | "createKey" | "createUser"
		>
	>,
	Assert<Equal<keyof AtlassianAuth, "getAuthorizationUrl" | "validateCallback">>,
	Assert<Equal<UserAuth["atlassianTokens"], AtlassianTokens>>,
	Assert<
		Equal<
			AtlassianTokens,
			{ accessToken: string; accessTokenExpiresIn: number; refreshToken: string | null }
		>
	>,
	Assert<Equal<UserAuth["atlassianUser"], AtlassianUser>>,
	Assert<
		Equal<
			AtlassianUser,
			{
				account_type: string;
				account_id: string;
				email: string;
				name: string;
				picture: string;
				account_status: string;
				nickname: string;
				zoneinfo: string;
				locale: string;
				extended_profile?: Record<string, string>;
			}
		>
	>,
	Assert<
		Equal<
			ReturnType<OAuth2ProviderAuth["getAuthorizationUrl"]>,
			Promise<readonly [url: URL, state: string | null]>
		>
	>,
	Assert<
		Equal<
			ReturnType<WithPKCE["getAuthorizationUrl"]>,
			Promise<readonly [url: URL, codeVerifier: string, state: string | null]>
		>
	>,
	Assert<
		Equal<
			Parameters<WithPKCE["validateCallback"]>,
			[code: string, codeVerifier: string]
		>
	>,
	Assert<Equal<Awaited<ReturnType<typeof example.finish>>, ProviderUserAuth<AppAuth>>>,
	Assert<Equal<ConstructorParameters<typeof OAuthRequestError>, [request: Request, response: Response]>>,
	Assert<Equal<OAuthRequestError["message"], "OAUTH_REQUEST_FAILED">>,
	Assert<Equal<OAuthRequestError["request"], Request>>,
	Assert<Equal<OAuthRequestError["response"], Response>>,
	Assert<OAuthRequestError extends Error ? true : false>,
	Assert<Equal<Awaited<ReturnType<typeof createOAuth2AuthorizationUrl>>, readonly [authorizationUrl: URL, state: string]>>
];

const configs = { clientId: "id", clientSecret: "secret", redirectUri: "https://app.example/cb" };
const { clientId, clientSecret, redirectUri } = configs;

atlassian(auth, configs);
// @ts-expect-error without configs
atlassian(auth);
// @ts-expect-error without clientSecret
atlassian(auth, { clientId, redirectUri });
// @ts-expect-error without clientId
atlassian(auth, { clientSecret, redirectUri });
// @ts-expect-error without redirectUri
atlassian(auth, { clientId, clientSecret });
// @ts-expect-error a client id that may be undefined
atlassian(auth, { ...configs, clientId: env["ATLASSIAN_CLIENT_ID"] });
// @ts-expect-error a scope that is not an array
atlassian(auth, { ...configs, scope: "read:jira-work" });
// @ts-expect-error a misspelt field
atlassian(auth, { ...configs, scopes: ["read:jira-work"] });
// @ts-expect-error something else than Lucia
atlassian({}, configs);
// @ts-expect-error without a code
atlassianAuth.validateCallback();
// @ts-expect-error a code that may be null
atlassianAuth.validateCallback(new URL("https://app.example").searchParams.get("code"));

export async function wrongCalls(userAuth: AtlassianUserAuth<AppAuth>): Promise<void> {
	// @ts-expect-error without the app's attributes
	await userAuth.createUser({});
	// @ts-expect-error an attribute that the app does not have
	await userAuth.createUser({ attributes: { username: "ada", email: null, age: 36 } });
	// @ts-expect-error without a user id
	await userAuth.createKey();
	// @ts-expect-error an existing user may be null
	(await userAuth.getExistingUser()).userId;
}
