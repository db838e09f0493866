// A Worker that keeps a user's tokens alive in a D1 database that it shares with others. Its provider is
// made for each request, as in any Worker.

import { atlassian } from "lucia-atlassian/providers";
import { d1Store } from "lucia-atlassian/stores";

import { perform, hurry, type Question, tokensIn, withoutLock, withoutSaving } from "./call.ts";

interface Env {
	DB: Parameters<typeof d1Store>[0];
	USER: string;
	HAS_LOCK: boolean;
	/** Origin of the stand-in. */
	STAND_IN: string;
}

hurry();

export default {
	async fetch(request: Request, { DB, USER, HAS_LOCK, STAND_IN }: Env): Promise<Response> {
		const question = (await request.json()) as Question;
		let store = d1Store(DB, USER);
		if (!HAS_LOCK) store = withoutLock(store);
		if (question.neverSaves) store = withoutSaving(store);
		return Response.json(await perform(tokensIn(store, atlassian, STAND_IN), STAND_IN, question));
	},
};
