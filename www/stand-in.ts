/**
 * Sends requests for Atlassian to the stand-in, which serves `https://HOST/PATH` at `/HOST/PATH`. The file imports
 * nothing: Workers and browsers can use it, too.
 */

/** Atlassian's two clouds. The audience of an authorization request is the name of the API host. */
export const clouds = [
	{ auth: "auth.atlassian.com", api: "api.atlassian.com" },
	{ auth: "auth.atlassian-us-gov-mod.com", api: "api.atlassian-us-gov-mod.com" },
] as const;

/** The app that the stand-in registers by default. */
export const defaultClient = {
	id: "f2Kx7QmBv0TzWc4RhN9sYpLd3EaGu8Jo",
	secret: "ATOAstandin7hV2mXq9LrTzB4cWk8NfYpD1sGjR6eUa0oCvIbEw3HnQlMtZx5yKJ0A1B2C3D",
	name: "Lucia demo",
	redirectUris: ["http://localhost:3000/login/atlassian/callback"],
};

const hosts: readonly string[] = clouds.flatMap(({ auth, api }) => [auth, api]);

/** The stand-in's URL for an Atlassian URL. Throws a `TypeError` for any other URL. */
export function standInUrl(url: URL, origin: string): URL {
	if (url.protocol !== "https:" || !hosts.includes(url.host)) {
		throw new TypeError(
			`The stand-in serves https on ${hosts.join(", ")}; it cannot take ${url.protocol}//${url.host}`,
		);
	}
	return new URL(`/${url.host}${url.pathname}${url.search}${url.hash}`, origin);
}

/**
 * A `fetch` that sends each request to the stand-in at `origin`. Use it as `configs.fetch`, or as `globalThis.fetch`.
 * Rejects with a `TypeError` when the request is for another host.
 */
export function routeTo(origin: string): (request: Request) => Promise<Response> {
	// Reads `fetch` now: after `globalThis.fetch = routeTo(origin)`, it would find this function itself.
	const send = globalThis.fetch.bind(globalThis);
	return async (request) => {
		const target = standInUrl(new URL(request.url), origin);
		const init: RequestInit = {
			method: request.method,
			headers: request.headers,
			redirect: request.redirect,
			signal: request.signal,
		};
		if (request.method !== "GET" && request.method !== "HEAD") {
			// A Blob works everywhere: Chromium sends no streaming body over HTTP/1.1, and Node 20 cannot send an
			// ArrayBuffer again after a redirect (307, 308).
			const body = await request.blob();
			if (body.size > 0) init.body = body;
		}
		return send(target, init);
	};
}
