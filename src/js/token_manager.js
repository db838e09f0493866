// Calls the app's store, whose methods may do anything, and makes the objects of `tokens(store)`. `token_manager.rs` decides
// what is loaded and saved when.

import { runStateMachine } from "./waiting.js";

export const load = async (store) => store.load();

// What the app keeps beside its tokens stays.
export const save = async (store, next, previous) => store.save({ ...previous, ...next }, previous);

// `store.lock` need not hand on what the work gives, and what goes wrong when it lets go is no failure of
// the work. A lock that never calls what it is given locks nobody out, and one that calls it again, as
// transactions do that are tried again, gets the same outcome.
export async function lock(store, context, transition) {
	let outcome;
	try {
		await store.lock(() => {
			outcome ??= runStateMachine(context, transition);
			// A lock that does not look at it may let go later, and an unhandled rejection ends a Node process.
			outcome.catch(() => {});
			return outcome;
		});
	} catch (error) {
		if (outcome === undefined) throw error;
	}
	return (outcome ??= runStateMachine(context, transition));
}

export async function replace(store, tokens, expiresAt, tries) {
	const next = { ...tokens, expiresAt };
	while (tries-- > 0) {
		const saved = await store.save(next, (await store.load()) ?? null);
		if (saved || saved === undefined) return true;
	}
	return false;
}

// What is known of stored tokens: the last two say whether they are others than those at hand, and whether
// an API has rejected them.
export const readStored = ({ current, rejected }, { accessToken, refreshToken, expiresAt }) => [
	accessToken,
	expiresAt,
	current === undefined || current.accessToken !== accessToken || current.refreshToken !== refreshToken,
	accessToken === rejected
];

export const newAccessTokenContext = (manager, rejected, bits) => ({ ...manager, manager, rejected, bits, awaited: 0 });

// The methods of `tokens`, exports of the wasm, and what they are bound to.
export const newTokens = ({ accessToken, setTokens }, problem, configuration, store, skew) => {
	const manager = { problem, configuration, store, skew, inFlight: new Map() };
	return { accessToken: accessToken.bind(undefined, manager), set: setTokens.bind(undefined, manager) };
};
