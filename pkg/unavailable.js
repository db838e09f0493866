// The exports of the default entry when the runtime cannot compile WebAssembly. The app starts, and `atlassian()`
// still returns a provider: the error with the remedy comes from the first call of a method, where an app handles
// errors.

import { placeholders } from "./start.js";

const inWorkers = `In a Worker, let the bundler use the package's \`workerd\` entry. With OpenNext, set serverExternalPackages: ["lucia-atlassian"] in next.config and import from "lucia-atlassian" itself. `;
const inPages = `In a page, add 'wasm-unsafe-eval' to script-src of its Content Security Policy.`;
const withoutWebAssembly = `Start Node without --jitless; give a vm context or a test environment WebAssembly as a global.`;

function describe(cause) {
	const reason = `lucia-atlassian needs WebAssembly, and this runtime cannot compile it (${cause}). `;
	const remedy = typeof WebAssembly === "undefined" ? withoutWebAssembly : inWorkers + inPages;
	return Object.assign(new Error(reason + remedy, { cause }), { code: "WEBASSEMBLY_UNAVAILABLE", action: "configure" });
}

/** Returns the exports of the package. `cause` is the error of compiling the wasm. */
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
	// The argument may be an error of another copy of the package.
	const isReauthorizationRequired = (other) => other?.action === "reauthorize";
	return { ...placeholders(() => error), atlassian: client, atlassianClient: client, isReauthorizationRequired };
}
