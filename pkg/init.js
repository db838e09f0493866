// The entry for pages that count bytes: the wasm is a file of its own, a fifth smaller on the wire
// than as text, and is compiled while it arrives. The price is a call that has to be awaited.

import { __wbg_set_wasm } from "./dist/lucia_atlassian_bg.js";
import { start, started } from "./start.js";

if (!started) {
	__wbg_set_wasm(
		new Proxy(
			{},
			{
				get() {
					throw new Error("lucia-atlassian/init: await init(…) before the first call");
				}
			}
		)
	);
}

let initialised;

export default function init(source) {
	initialised ??= load(source).catch((error) => {
		initialised = undefined;
		throw error;
	});
	return initialised;
}

async function load(source) {
	if (started) return;
	const isAddress = typeof source === "string" || source instanceof URL;
	const given = await (isAddress ? fetch(source) : source);
	if (given instanceof WebAssembly.Module) return start(given);
	if (given instanceof ArrayBuffer || ArrayBuffer.isView(given)) return start(await WebAssembly.compile(given));
	if (!(given instanceof Response)) {
		throw new TypeError(
			"lucia-atlassian/init: expected the address of lucia_atlassian.wasm, a Response, its bytes or a WebAssembly.Module"
		);
	}
	if (!given.ok) throw new Error(`lucia-atlassian/init: ${given.url} answered ${given.status}`);
	// Compiling while it arrives is refused for a server that does not know the type of the file.
	const streams = given.headers.get("Content-Type") === "application/wasm";
	start(
		await (streams
			? WebAssembly.compileStreaming(given)
			: WebAssembly.compile(await given.arrayBuffer()))
	);
}

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
