// A thread of Node that keeps a user's tokens alive in an SQLite file that it shares with others.

import { parentPort, workerData } from "node:worker_threads";

import Database from "better-sqlite3";
import { atlassian } from "lucia-atlassian/providers";
import { sqliteStore } from "lucia-atlassian/stores";

import { perform, hurry, type Question, tokensIn, withoutLock, withoutSaving } from "./call.ts";

const { filename, user, hasLock, standIn } = workerData;

hurry();
const store = sqliteStore(new Database(filename), user);
const used = hasLock ? store : withoutLock(store);
const tokens = tokensIn(used, atlassian, standIn);

parentPort?.on("message", async ({ id, question }: { id: number; question: Question }) => {
	const asked = question.neverSaves ? tokensIn(withoutSaving(used), atlassian, standIn) : tokens;
	parentPort?.postMessage({ id, outcome: await perform(asked, standIn, question) });
});
