// The entry for pages that count bytes: the wasm is a file of its own, a fifth smaller on the wire
// than as text, and is compiled while it arrives. The price is a call that has to be awaited.

import { refuse, start } from "./start.js";

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
			"lucia-atlassian/init: expected the address of lucia_atlassian.wasm, a Response, its bytes or a WebAssembly.Module"
		);
	}
	if (!given.ok) throw new Error(`lucia-atlassian/init: ${given.url} has the status ${given.status}`);
	// Compiling while it arrives is refused for a server that does not know the type of the file.
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
} = refuse(() => new Error("lucia-atlassian/init: await init(…) before the first call"));
