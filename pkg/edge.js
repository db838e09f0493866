// The entry for Cloudflare Workers and other edge runtimes, which refuse to compile wasm from bytes:
// their bundlers turn this import into a module that is compiled already.

import module from "./dist/lucia_atlassian_bg.wasm?module";
import { start } from "./start.js";

start(module);

export {
	OAuthRequestError,
	atlassian,
	atlassianClient,
	createOAuth2AuthorizationUrl,
	createOAuth2AuthorizationUrlWithPKCE,
	decodeIdToken,
	isReauthorizationRequired,
	providerUserAuth,
	validateOAuth2AuthorizationCode
} from "./dist/lucia_atlassian_bg.js";
