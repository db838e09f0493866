// The entry for Cloudflare Workers and other edge runtimes, which refuse to compile wasm from bytes:
// their bundlers turn this import into a module that is compiled already.

// As seen from `dist`, where this module is published.
import module from "./lucia_atlassian_bg.wasm?module";
import { start } from "./start.js";

// Not `export … from`: a bundler that takes npm packages to have no side effects would leave out the start.
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
