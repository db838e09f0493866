// `atlassian(auth, configs)` is `atlassianClient(configs)` joined to Lucia: joined in another way, by `providerUserAuth`,
// the client passes the same random cases against the published package. Then what only the client shows.

import assert from "node:assert/strict";
import { test } from "node:test";

import { atlassian, atlassianClient, providerUserAuth } from "lucia-atlassian";
import * as client from "lucia-atlassian/client";

import { type Implementation, differential } from "./differential.ts";
import { ours } from "./ours.ts";
import { published } from "./published.ts";

const joined: Implementation = {
	...ours,
	atlassian(auth, configs) {
		const { validateCallback, ...others } = atlassianClient(configs);
		return {
			...others,
			validateCallback: (code: string) =>
				validateCallback(code).then(({ atlassianUser, atlassianTokens }) =>
					Object.assign(providerUserAuth(auth, "atlassian", atlassianUser.account_id), { atlassianTokens, atlassianUser })
				)
		};
	}
};

test("a client whose sign-ins an app joins to Lucia does what the published package does", async (t) => {
	const seed = crypto.getRandomValues(new Uint32Array(1))[0] ?? 0;
	const { cases, checks, differences } = await differential(published, joined, seed, 500);
	t.diagnostic(`seed ${seed}, ${cases} cases, ${checks} checks`);
	assert.deepEqual(differences, []);
	assert.ok(cases > 0 && checks > 0, "nothing was compared");
});

const configs = { clientId: "id", clientSecret: "secret", redirectUri: "https://app.example/callback", scope: ["offline_access"] };
const user = { account_id: "712020:ada", name: "Ada", own: { nested: [1, null] } };
const token = { access_token: "access", refresh_token: "refresh", expires_in: 3600, scope: "read:me offline_access" };

/** Responds to token requests with `token`, and `/me` with `me`. */
const responding = (token: unknown, me: unknown, status = 200) => async (request: Request) =>
	Response.json(new URL(request.url).pathname === "/me" ? me : token, { status });

test("a client has the methods of the provider", () => {
	const names = (value: object) => Object.keys(value);
	assert.deepEqual(names(atlassianClient(configs)), names(atlassian({} as never, configs)));
	assert.equal(client.atlassianClient, atlassianClient);
});

test("a sign-in resolves to the user and the tokens, and to nothing else", async () => {
	const { validateCallback, callback } = atlassianClient({ ...configs, fetch: responding(token, user) });
	const tokens = { accessToken: "access", accessTokenExpiresIn: 3600, refreshToken: "refresh" };
	const signIn = await validateCallback("code");
	assert.deepEqual(signIn, { atlassianUser: user, atlassianTokens: tokens });
	const { atlassianUser, atlassianTokens, ...others } = await callback("/callback?code=code&state=state", "state");
	const { expiresAt, ...rest } = atlassianTokens;
	assert.deepEqual(atlassianUser, user);
	assert.deepEqual(rest, { ...tokens, scope: ["read:me", "offline_access"], missingScope: [] });
	assert.ok(expiresAt > Date.now());
	assert.deepEqual(others, {});
});

const refusals: [what: string, configs: Partial<client.AtlassianConfigs>, url: string, code: string][] = [
	["a user without an account id", { fetch: responding(token, { name: "Ada" }) }, "/?code=code&state=state", "INVALID_USER_RESPONSE"],
	["an account id that is empty", { fetch: responding(token, { account_id: "" }) }, "/?code=code&state=state", "INVALID_USER_RESPONSE"],
	["a token response without an access token", { fetch: responding({}, user) }, "/?code=code&state=state", "INVALID_TOKEN_RESPONSE"],
	["a code that was used", { fetch: responding({ error: "invalid_grant" }, user, 403) }, "/?code=code&state=state", "INVALID_GRANT"],
	["a foreign state", {}, "/?code=code&state=other", "STATE_MISMATCH"],
	["a user who refused", {}, "/?error=access_denied&state=state", "ACCESS_DENIED"],
	["a wrong configuration", { clientSecret: "" }, "/?code=code&state=state", "INVALID_ARGUMENT"]
];
for (const [what, wrong, url, code] of refusals) {
	test(`a client refuses ${what}, as the provider does`, async () => {
		const fetch = async () => assert.fail("expected no request");
		const all = { ...configs, fetch, ...wrong };
		for (const { callback } of [atlassianClient(all), atlassian({} as never, all)]) {
			await assert.rejects(callback(url, "state"), { code });
		}
	});
}
