// The entry for a smaller download: a page loads the wasm from a separate file and compiles it while it arrives. The
// file is a fifth smaller than its text in Base64. The cost: the page must await `init`.

import { placeholders, start } from "./start.js";

let initialised;

export default function init(source) {
	initialised ??= load(source).catch((error) => {
		initialised = undefined;
		throw error;
	});
	return initialised;
}

async function load(source) {
	const isAddress = typeof source === "string" || source instanceof URL;
	const given = await (isAddress ? fetch(source) : source);
	if (given instanceof WebAssembly.Module) return void start(given);
	if (given instanceof ArrayBuffer || ArrayBuffer.isView(given)) return void start(await WebAssembly.compile(given));
	if (!(given instanceof Response)) {
		throw new TypeError(
			"lucia-atlassian/init: pass the URL of lucia_atlassian.wasm, a Response, an ArrayBuffer or a WebAssembly.Module"
		);
	}
	if (!given.ok) throw new Error(`lucia-atlassian/init: check the URL of the wasm file: ${given.url} responded with status ${given.status}`);
	// `compileStreaming` rejects if the server sends another type for the file.
	const streams = given.headers.get("Content-Type") === "application/wasm";
	start(
		await (streams
			? WebAssembly.compileStreaming(given)
			: WebAssembly.compile(await given.arrayBuffer()))
	);
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
} = placeholders(() => new Error("lucia-atlassian/init: await init(…) before the first call"));
