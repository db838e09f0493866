// The entry for Cloudflare Workers and other edge runtimes, which do not compile wasm from bytes. Their bundlers turn
// this import into a compiled module.

// The path from `dist`, where the build publishes this module.
import module from "./lucia_atlassian_bg.wasm?module";
import { start } from "./start.js";

// Not `export … from`: a bundler that assumes packages without side effects would leave out the start.
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
} = start(module);
