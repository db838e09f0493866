// Requests to a Worker that share a provider. workerd ends what a request has begun when its client goes away, and lets
// no request touch a connection of another: who waits for a refresh of another request must not wait for ever.

import assert from "node:assert/strict";
import { request } from "node:http";
import { after, before, suite, test } from "node:test";
import { fileURLToPath } from "node:url";

import { type Atlassian, defaultClient, startAtlassian } from "../atlassian/server.ts";
import { bundle, startWorkerd, workerOptions } from "../bench/runtimes.ts";
import { installFixtures } from "../packaging/project.ts";
import { compatibilityDates, startWrangler } from "../packaging/wrangler.ts";

const main = fileURLToPath(new URL("module-scope.ts", import.meta.url));

/** `wrangler dev` hides from a Worker that its client has gone away; workerd by itself does not. */
const runtimes = [
	...compatibilityDates.map((compatibility_date) => ({
		runtime: `wrangler dev, compatibility_date ${compatibility_date}`,
		start: () => startWrangler({ name: "module-scope", main, compatibility_date })
	})),
	{
		runtime: "wrangler dev, tokens in D1",
		start: () =>
			startWrangler({
				...{ name: "module-scope", main, compatibility_date: compatibilityDates[1] },
				d1_databases: [{ binding: "DB", database_name: "app", database_id: "app" }]
			})
	},
	{
		runtime: "workerd",
		start: async () => {
			await installFixtures();
			const { origin, stop } = await startWorkerd(await bundle("../tokens/module-scope.ts", "module-scope.js", workerOptions));
			return { origin, close: stop };
		}
	}
];

for (const { runtime, start } of runtimes) {
	suite(`a provider in the module scope of a Worker, ${runtime}`, () => {
		let standIn: Atlassian;
		let worker: { origin: string; close: () => Promise<void> };

		before(async () => {
			// Tokens of thirty seconds are due for a refresh from the start.
			standIn = await startAtlassian({ accessTokenLifetime: 30 });
			worker = await start();
		});
		after(async () => {
			await worker.close();
			await standIn.close();
		});

		async function ask(step: string, argument = ""): Promise<{ status: number; response: any }> {
			const body = JSON.stringify({ origin: standIn.origin, step, argument });
			const response = await fetch(worker.origin, { method: "POST", body, signal: AbortSignal.timeout(30_000) });
			return { status: response.status, response: await response.json() };
		}

		async function signIn(): Promise<{ accessToken: string; refreshToken: string }> {
			const parameters = new URLSearchParams({
				...{ response_type: "code", client_id: defaultClient.id, scope: "read:me offline_access", state: "state" },
				...{ redirect_uri: defaultClient.redirectUris[0] ?? "", audience: "api.atlassian.com", prompt: "consent" }
			});
			const callback = await standIn.consent(`https://auth.atlassian.com/authorize?${parameters}`);
			const { status, response } = await ask("signIn", callback.searchParams.get("code") ?? "");
			assert.equal(status, 200, JSON.stringify(response));
			return (await ask("stored")).response;
		}

		const arrivals = async (count: number) => {
			while (standIn.counts.token < count) await new Promise((resolve) => setTimeout(resolve, 20));
		};

		for (const step of ["accessToken", "refreshTokens"]) {
			test(`${step}: two requests at once, the first of which is aborted`, async () => {
				const before = await signIn();
				const asked = standIn.counts.token;
				standIn.fault("token", { delay: 2_000 });
				const first = request(worker.origin, { method: "POST" });
				const ended = new Promise((resolve) => first.once("close", resolve));
				first.on("error", () => {}).end(JSON.stringify({ origin: standIn.origin, step, argument: before.refreshToken }));
				await arrivals(asked + 1);
				const second = ask(step, before.refreshToken);
				await new Promise((resolve) => setTimeout(resolve, 200));
				// workerd does not notice that a connection is closed in the usual way until it writes to it.
				first.socket?.resetAndDestroy();
				await ended;
				const { status, response } = await second;
				assert.equal(status, 200, JSON.stringify(response));
				if (step === "accessToken") {
					const { response: stored } = await ask("stored");
					assert.equal(stored.accessToken, response);
					assert.notEqual(stored.refreshToken, before.refreshToken);
				} else {
					assert.notEqual(response.refreshToken, before.refreshToken);
				}
			});

			test(`${step}: a request that ends before its refresh, and another at once`, async () => {
				const before = await signIn();
				standIn.fault("token", { delay: 1_000 });
				const abandon = ask(`abandon${step.charAt(0).toUpperCase()}${step.slice(1)}`, before.refreshToken);
				const [, { status, response }] = await Promise.all([abandon, ask(step, before.refreshToken)]);
				assert.equal(status, 200, JSON.stringify(response));
				if (step === "accessToken") assert.equal((await ask("stored")).response.accessToken, response);
			});

			test(`${step}: two requests at once share one refresh`, async () => {
				const { refreshToken } = await signIn();
				const asked = standIn.counts.token;
				standIn.fault("token", { delay: 500 });
				const first = ask(step, refreshToken);
				await arrivals(asked + 1);
				const [one, two] = await Promise.all([first, ask(step, refreshToken)]);
				assert.deepEqual([one.status, two.status], [200, 200], JSON.stringify([one, two]));
				assert.deepEqual(one.response, two.response);
				assert.equal(standIn.counts.token, asked + 1);
			});
		}

		test("eight refusals at once, whose long bodies nobody reads", async () => {
			standIn.fault("token", { status: 403, raw: Buffer.alloc(300_000, "x") }, 8);
			const { status, response } = await ask("refusals");
			assert.equal(status, 200, JSON.stringify(response));
			assert.deepEqual(response, Array.from({ length: 8 }, () => ({ code: "UNEXPECTED_RESPONSE", message: "OAUTH_REQUEST_FAILED", status: 403 })));
		});

		test("eight refusals at once, whose bodies nobody reads", async () => {
			const { status, response } = await ask("refusals");
			assert.equal(status, 200, JSON.stringify(response));
			assert.deepEqual(response, Array.from({ length: 8 }, () => ({ code: "INVALID_GRANT", message: "OAUTH_REQUEST_FAILED", status: 403 })));
		});
	});
}
