// The entry for Node, Deno, Bun, browsers and every bundler. It contains the wasm as text, so there is no file to
// find. It compiles the wasm on import, so there is nothing to await.

import base64 from "./dist/lucia_atlassian_bg.wasm";
import { start } from "./start.js";
import { unavailable } from "./unavailable.js";

// The platform's own Base64 decoder makes the import several milliseconds faster.
function decode() {
	if (globalThis.Buffer) return globalThis.Buffer.from(base64, "base64");
	if (Uint8Array.fromBase64) return Uint8Array.fromBase64(base64);
	const text = atob(base64);
	const bytes = new Uint8Array(text.length);
	for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
	return bytes;
}

function compileAndStart() {
	try {
		return start(new WebAssembly.Module(decode()));
	} catch (error) {
		return unavailable(error);
	}
}

export const {
	OAuthRequestError,
	atlassian,
	atlassianClient,
	createOAuth2AuthorizationUrl,
	createOAuth2AuthorizationUrlWithPKCE,
	decodeIdToken,
	isReauthorizationRequired,
	providerUserAuth,
	validateOAuth2AuthorizationCode
} = compileAndStart();
