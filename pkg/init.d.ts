// The types of `lucia-atlassian/init`.

export * from "./index.js";

/**
 * Loads the wasm from a file of its own, `lucia-atlassian/lucia_atlassian.wasm`, for pages that count
 * bytes. Has to be awaited before any other export of `lucia-atlassian/init` is called; calling it
 * again does nothing. An app that also imports `lucia-atlassian` has the package twice, each with an
 * `OAuthRequestError` of its own; `code`, `action` and `isReauthorizationRequired` are the same in both.
 *
 * Rejects when the file cannot be fetched or is not this package's wasm; it can then be called again.
 *
 * @param source - Where the file is, or what it holds
 */
export default function init(
	source: string | URL | Response | PromiseLike<Response> | BufferSource | WebAssembly.Module
): Promise<void>;
