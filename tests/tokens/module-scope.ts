// A Worker that makes its provider and its tokens once, outside of all requests, as apps on Node do. A request asks
// for one step; what they share is in the isolate.

import { atlassian, type TokenStore } from "lucia-atlassian/providers";
import { d1Store, memoryStore, schema } from "lucia-atlassian/stores";

import { defaultClient, routeTo } from "../atlassian/route.ts";

let standIn = "";
const provider = atlassian({} as never, {
	clientId: defaultClient.id,
	clientSecret: defaultClient.secret,
	redirectUri: defaultClient.redirectUris[0] ?? "",
	scope: ["offline_access"],
	fetch: (request) => routeTo(standIn)(request)
});
type D1Database = Parameters<typeof d1Store>[0] & { exec: (sql: string) => Promise<unknown> };

let store: TokenStore;
let tokens: ReturnType<typeof provider.tokens>;

/** Makes the tokens at the first request, since workerd has no bindings before it. */
async function open(database: D1Database | undefined): Promise<void> {
	if (database) await database.exec(schema.replace(/\s+/g, " "));
	store ??= database ? d1Store(database, "ada") : memoryStore();
	tokens ??= provider.tokens(store);
}

/** What went wrong, as text: an error of the runtime has no `code`. */
const told = (error: unknown) => {
	const { code, message, response } = error as { code?: string; message: string; response?: Response };
	return { code, message, status: response?.status };
};

const steps: Record<string, (argument: string) => unknown> = {
	signIn: async (code) => tokens.set(await provider.validateAuthorizationCode(code)),
	accessToken: () => tokens.accessToken(),
	/** Begins, and ends the request before it is done. */
	abandonAccessToken: async () => void tokens.accessToken().catch(() => {}),
	abandonRefreshTokens: async (refreshToken) => void provider.refreshTokens(refreshToken).catch(() => {}),
	refreshTokens: (refreshToken) => provider.refreshTokens(refreshToken),
	stored: () => store.load(),
	/** As many as workerd allows connections and two more; nobody reads the bodies of their responses. */
	refusals: () => Promise.all(Array.from({ length: 8 }, () => provider.validateCallback("wrong").catch(told)))
};

export default {
	async fetch(request: Request, env: { DB?: D1Database }): Promise<Response> {
		const { origin, step, argument } = (await request.json()) as Record<string, string>;
		standIn = origin ?? "";
		await open(env.DB);
		try {
			return Response.json((await steps[step ?? ""]?.(argument ?? "")) ?? null);
		} catch (error) {
			return Response.json(told(error), { status: 500 });
		}
	}
};
