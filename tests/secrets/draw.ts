// A thread that draws its part of the states or code verifiers, by the package's public API.

import { parentPort, workerData } from "node:worker_threads";

import type { Auth } from "lucia";
import { atlassian } from "lucia-atlassian";

import { type Alphabet, Sample } from "./statistics.ts";

export interface Part {
	of: "state" | "code verifier";
	alphabet: Alphabet;
	size: number;
	memory: ReturnType<typeof Sample.memory>;
	thread: number;
	from: number;
	to: number;
}

const { of, alphabet, size, memory, thread, from, to } = workerData as Part;
const sample = new Sample(alphabet, size, memory);
const { getAuthorizationUrl } = atlassian({} as Auth, { clientId: "client", clientSecret: "secret", redirectUri: "https://app.example/callback" });
for (let index = from; index < to; index++) {
	const drawn = of === "state" ? (await getAuthorizationUrl())[1] : (await getAuthorizationUrl({ pkce: true }))[2];
	sample.add(index, drawn, thread);
}
parentPort?.postMessage("done");
