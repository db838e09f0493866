// Calls the app's store, whose methods may do anything, and makes the objects of `tokens(store)`. `token_manager.rs` decides
// what is loaded and saved when.

import { namesNoScope } from "./tokens.js";
import { readOrUndefined } from "./value.js";
import { runStateMachine, sleep } from "./waiting.js";

export const load = async (store) => store.load();

// What the app keeps beside its tokens stays, and so do the scopes, where the response names none: they are those that
// were granted before (RFC 6749, section 6). `rejectedAt` stays until the next refresh.
export async function save({ store, next, current, rejected }) {
	const { rejectedAt, ...members } = { ...current, ...next };
	if (namesNoScope(next)) {
		members.scope = current.scope ?? next.scope;
		members.missingScope = current.missingScope ?? next.missingScope;
	}
	if (current.accessToken === rejected) members.rejectedAt = Date.now();
	return store.save(members, current);
}

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

// Offers the tokens of a sign-in to a store that others change at the same time, as often as `tries` says.
export async function replace(store, tokens, expiresAt, tries) {
	const next = { ...tokens, expiresAt };
	for (let conflicts = 0; conflicts < tries; conflicts++) {
		if (conflicts > 10) await sleep(conflicts);
		const saved = await store.save(next, (await store.load()) ?? null);
		if (saved || saved === undefined) return true;
	}
	return false;
}

// How stored tokens differ from those at hand, as `Change` has it. A new refresh token of ours that is not stored yet is not
// given up because the app wrote an access token. What is no JSON cannot be compared.
function changeOf({ current, next }, tokens) {
	if (!current || current.refreshToken !== tokens.refreshToken) return 2;
	const isRotated = next && next.refreshToken !== current.refreshToken;
	if (current.accessToken !== tokens.accessToken && !isRotated) return 2;
	return readOrUndefined(() => JSON.stringify(current) === JSON.stringify(tokens)) ? 0 : 1;
}

// What is known of stored tokens. The last says whether an API has rejected the access token, unless the one before it was
// rejected as well: then another is of no use.
export const readStored = (context, tokens) => [
	tokens.accessToken,
	tokens.expiresAt,
	changeOf(context, tokens),
	tokens.accessToken === context.rejected && tokens.rejectedAt == null
];

export const newAccessTokenContext = (manager, rejected, bits) => ({ ...manager, manager, rejected, bits, awaited: 0 });

// The methods of `tokens`, exports of the wasm, and what they are bound to.
export const newTokens = ({ accessToken, setTokens }, problem, configuration, store, skew) => {
	const manager = { problem, configuration, store, skew, inFlight: new Map() };
	return { accessToken: accessToken.bind(undefined, manager), set: setTokens.bind(undefined, manager) };
};
