// The entry for Node, Deno, Bun, browsers and every bundler: the wasm comes along as text, so that
// there is no file to find, and is compiled on import, so that there is nothing to await.

import base64 from "./dist/lucia_atlassian_base64.js";
import { start } from "./start.js";

const text = atob(base64);
const bytes = new Uint8Array(text.length);
for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
start(new WebAssembly.Module(bytes));

export {
	OAuthRequestError,
	atlassian,
	createOAuth2AuthorizationUrl,
	createOAuth2AuthorizationUrlWithPKCE,
	decodeIdToken,
	providerUserAuth,
	validateOAuth2AuthorizationCode
} from "./dist/lucia_atlassian_bg.js";
