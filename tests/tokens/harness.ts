// Runs the scenarios as tests: against a stand-in that takes orders over HTTP, in whatever runtime `run` runs
// them. What they saw is compared here, by names in place of tokens, and searched for secrets.

import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { test } from "node:test";

import { type Atlassian, type LogEntry, defaultClient, startAtlassian } from "../atlassian/server.ts";
import { scenarios } from "./scenarios.ts";
import { type Addresses, type Orders, type Scenario, START } from "./world.ts";

export type StandIn = { atlassian: Atlassian; addresses: Addresses; reset(): void; close(): Promise<void> };

export async function startStandIn(): Promise<StandIn> {
	let time = START;
	const atlassian = await startAtlassian({ now: () => time });
	const orders: Orders | Record<string, (...args: any[]) => unknown> = {
		fault: (target: "token", fault: object, times?: number) => atlassian.fault(target, fault, times),
		consent: async (url: string, choice?: object) => (await atlassian.consent(url, choice)).href,
		setTime: (now: number) => void (time = now),
		dieAs: (shape: "invalid_grant") => void (atlassian.invalidRefreshToken = shape),
		refuseCodesAs: (shape: "invalid_grant") => void (atlassian.invalidCode = shape),
		blockAccounts: () => atlassian.accounts.forEach(({ user }) => atlassian.blockedAccounts.add(user.account_id)),
		setSecret: (secret: string) => void (atlassian.clients[0]!.secret = secret),
		revokeAccounts: () => atlassian.accounts.forEach(({ user }) => atlassian.revokeAccount(user.account_id)),
		requests: () => requestsOf(atlassian.log),
	};
	const server = createServer(async (request, response) => {
		// Else Node's `fetch` sets a timer for the connection, which would count as a pause.
		response.setHeader("Connection", "close");
		try {
			let body = "";
			for await (const chunk of request.setEncoding("utf8")) body += chunk;
			const { name, args } = JSON.parse(body);
			const result = await (orders as Record<string, (...args: unknown[]) => unknown>)[name]?.(...args);
			response.end(JSON.stringify(result ?? null));
		} catch (error) {
			response.writeHead(500).end(String(error));
		}
	}).listen(0, "127.0.0.1");
	await once(server, "listening");
	return {
		atlassian,
		addresses: { standIn: atlassian.origin, orders: `http://127.0.0.1:${(server.address() as AddressInfo).port}` },
		reset() {
			time = START;
			atlassian.invalidRefreshToken = "invalid_grant";
			atlassian.invalidCode = "invalid_grant";
			atlassian.expiredAccessToken = "unauthorized";
			atlassian.blockedAccounts.clear();
			atlassian.clients[0]!.secret = defaultClient.secret;
			atlassian.clearFaults();
			atlassian.log.length = 0;
		},
		async close() {
			server.close();
			server.closeAllConnections();
			await atlassian.close();
		},
	};
}

/** The requests of the package, in short: what for, where if it is the other cloud, and the response. */
function requestsOf(log: LogEntry[]): string[] {
	return log
		.filter(({ endpoint }) => endpoint !== "authorize" && endpoint !== "consent")
		.map(({ endpoint, host, path, parameters, status }) => {
			const grant = parameters.get("grant_type");
			const what = grant === "refresh_token" ? "refresh" : grant === "authorization_code" ? "code" : (endpoint ?? host + path);
			return `${host.endsWith("us-gov-mod.com") ? "government " : ""}${what} ${status}`;
		});
}

/** Names what was issued, in the order in which it was. */
function namesOf(log: LogEntry[]): Map<string, string> {
	const names = new Map<string, string>();
	const counts: Record<string, number> = {};
	const name = (kind: string, value: unknown) => {
		if (typeof value !== "string" || names.has(value)) return;
		counts[kind] = (counts[kind] ?? 0) + 1;
		names.set(value, `${kind} ${counts[kind]}`);
	};
	for (const { endpoint, response, location } of log) {
		if (location !== undefined) name("code", new URL(location, "http://app").searchParams.get("code") ?? undefined);
		if (endpoint !== "token" || typeof response !== "object" || response === null) continue;
		const { access_token, refresh_token } = response as Record<string, unknown>;
		name("access", access_token);
		name("refresh", refresh_token);
	}
	return names;
}

/** Whatever was sent or issued and must not show. */
function secretsOf(log: LogEntry[]): string[] {
	const sent = ["client_secret", "code", "code_verifier", "refresh_token", "token", "state"];
	return [
		defaultClient.secret,
		...namesOf(log).keys(),
		...log.flatMap(({ parameters }) => sent.flatMap((name) => parameters.getAll(name))),
		...log.flatMap(({ headers }) => headers["authorization"]?.replace(/^Bearer /, "") ?? []),
	].filter((secret) => secret.length > 8);
}

/** Declares the scenarios as tests. `run` runs one of them, with a store, and gives what it saw as JSON. */
export function declareScenarios(
	standIn: () => StandIn,
	stores: string[],
	run: (scenario: Scenario, store: string) => Promise<unknown>,
): void {
	for (const scenario of scenarios) {
		const { stores: wanted = ["memory"] } = scenario;
		for (const store of wanted.filter((store) => stores.includes(store))) {
			const name = scenario.stores ? `${scenario.name} (${store})` : scenario.name;
			test(name, { timeout: 30_000 }, async () => {
				const { atlassian, reset } = standIn();
				reset();
				const seen = await run(scenario, store);
				const { log } = atlassian;
				const names = namesOf(log);
				const secrets = secretsOf(log);
				const observed = JSON.parse(JSON.stringify(seen ?? null), (key, value) => {
					if (typeof value === "string") {
						if (key !== "shown") return names.get(value) ?? value;
						for (const secret of secrets) assert.ok(!value.includes(secret), "an error shows a secret");
						return undefined;
					}
					const isClassification = value?.classification !== undefined && Object.keys(value).length === 1;
					return isClassification ? value.classification : value;
				});
				assert.deepEqual(observed, JSON.parse(JSON.stringify(scenario.expected)));
				if (scenario.requests) assert.deepEqual(requestsOf(log), scenario.requests);
				scenario.check?.(log);
			});
		}
	}
}
