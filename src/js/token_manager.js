// Calls the app's store, whose methods may do anything, and creates the objects of `tokens(store)`. `token_manager.rs`
// decides when to load and save.

import { isWithoutScope } from "./tokens.js";
import { readOrUndefined } from "./value.js";
import { runStateMachine } from "./waiting.js";

export const load = async (store) => store.load();

// Keeps the app's own members, and the scopes if the response names none: they are the granted scopes (RFC 6749,
// section 6). `rejectedAt` stays until the next refresh.
export async function save({ store, next, current, rejected }) {
	const { rejectedAt, ...members } = { ...current, ...next };
	if (isWithoutScope(next)) {
		members.scope = current.scope ?? next.scope;
		members.missingScope = current.missingScope ?? next.missingScope;
	}
	if (current.accessToken === rejected) members.rejectedAt = Date.now();
	return store.save(members, current);
}

// The state machine runs once, also if `store.lock` never calls the function below, calls it again as a repeated
// transaction does, or drops its promise. An error of the lock itself does not fail the call.
export async function lock(store, context, transition) {
	let outcome;
	try {
		await store.lock(() => {
			outcome ??= runStateMachine(context, transition);
			// A lock may ignore this promise and end later. An unhandled rejection would end a Node process.
			outcome.catch(() => {});
			return outcome;
		});
	} catch (error) {
		if (outcome === undefined) throw error;
	}
	return (outcome ??= runStateMachine(context, transition));
}

// The tokens of a sign-in without an old `rejectedAt`, which does not apply to them.
export const newTokens = ({ rejectedAt, ...tokens }, expiresAt) => ({ ...tokens, expiresAt });

// Saves them in place of whatever the store has.
export const trySet = async ({ store, next }) => store.save(next, (await store.load()) ?? null);

export const hasSameJson = (tokens, other) => readOrUndefined(() => JSON.stringify(tokens) === JSON.stringify(other)) ?? false;

export const newTokenManagerContext = (manager, rejected, state) => ({ ...manager, manager, rejected, state, awaited: 0 });

// The methods of `tokens`: exports of the wasm, bound to their manager.
export const newTokenManager = ({ accessToken, setTokens }, argumentError, configuration, store, skew) => {
	const manager = { argumentError, configuration, store, skew, inFlight: new Map() };
	return { accessToken: accessToken.bind(undefined, manager), set: setTokens.bind(undefined, manager) };
};
