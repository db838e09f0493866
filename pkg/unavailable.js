// What the default entry exports where the runtime cannot or may not compile its wasm. An app that only imports the
// package starts all the same, and the first call says what to do. The same names are exported as otherwise, and
// `atlassian()` makes a provider, so that an app meets the error where it handles errors.

import { refuse } from "./start.js";

const inWorkers = `In a Worker, let the bundler take the package's \`workerd\` entry, which is compiled at build time: with OpenNext, set serverExternalPackages: ["lucia-atlassian"] in next.config and import from "lucia-atlassian" itself. `;
const inPages = `In a page, add 'wasm-unsafe-eval' to script-src of its Content Security Policy.`;
const withoutWebAssembly = `Start Node without --jitless; give a vm context or a test environment WebAssembly as a global.`;

function describe(cause) {
	const reason = `lucia-atlassian needs WebAssembly, and this runtime refused it (${cause}). `;
	const remedy = typeof WebAssembly === "undefined" ? withoutWebAssembly : inWorkers + inPages;
	return Object.assign(new Error(reason + remedy, { cause }), { code: "WEBASSEMBLY_UNAVAILABLE", action: "configure" });
}

/** Gives the exports of the package; `cause` is what compiling the wasm failed with. */
export function unavailable(cause) {
	const error = describe(cause);
	const rejects = () => Promise.reject(error);
	const throws = () => {
		throw error;
	};
	const client = () => ({
		getAuthorizationUrl: rejects,
		validateCallback: rejects,
		callback: rejects,
		validateAuthorizationCode: rejects,
		getUser: rejects,
		refreshTokens: rejects,
		tokens: () => ({ accessToken: rejects, set: rejects }),
		getAccessibleResources: rejects,
		apiUrl: throws,
		checkResponse: rejects,
		revoke: rejects
	});
	// An error of another copy of the package may come here.
	const isReauthorizationRequired = (other) => other?.action === "reauthorize";
	return { ...refuse(() => error), atlassian: client, atlassianClient: client, isReauthorizationRequired };
}
