// The types of `lucia-atlassian/init`.

export * from "./index.js";

/**
 * Loads the wasm from a separate file, `lucia-atlassian/lucia_atlassian.wasm`, for a smaller download. Await it before
 * you call another export of `lucia-atlassian/init`. A second call does nothing. If your app also imports
 * `lucia-atlassian`, it has the package twice, each with its own `OAuthRequestError` class. `code`, `action` and
 * `isReauthorizationRequired` are the same in both.
 *
 * Rejects when the file is missing or is not this package's wasm. Then you can call it again.
 *
 * @param source - The URL of the file, or its content
 */
export default function init(
	source: string | URL | Response | PromiseLike<Response> | BufferSource | WebAssembly.Module
): Promise<void>;
