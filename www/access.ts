// What Atlassian granted, read once at sign-in while the access token is at hand. The token itself is not stored: this
// app calls nothing else, and a database without tokens has none to lose. An app that goes on to call Jira keeps it,
// on the server, in the session's row.

import type { AtlassianTokens } from "lucia-atlassian/providers";

export type Site = { id: string; name: string; url: string; scopes: string[] };

/** The columns of a session in migrations/0002_access.sql. */
export async function readAccess(tokens: AtlassianTokens, fetch: (request: Request) => Promise<Response>) {
	const sites = await readSites(tokens.accessToken, fetch).catch((error: unknown) => {
		// A sign-in is not worth losing over this.
		console.error("The sites could not be read.", error);
		return null;
	});
	// Each scope that something has shown to be granted: `/me` has answered, a refresh token came, a site names it.
	const scopes = ["read:me", tokens.refreshToken ? "offline_access" : "", ...(sites ?? []).flatMap((site) => site.scopes)];
	return {
		scope: [...new Set(scopes)].filter(Boolean).join(" "),
		token_expires: tokens.accessTokenExpiresIn > 0 ? Date.now() + tokens.accessTokenExpiresIn * 1000 : null,
		sites: sites && JSON.stringify(sites),
	};
}

async function readSites(accessToken: string, fetch: (request: Request) => Promise<Response>): Promise<Site[]> {
	const response = await fetch(
		new Request("https://api.atlassian.com/oauth/token/accessible-resources", {
			headers: { Accept: "application/json", Authorization: `Bearer ${accessToken}` },
			redirect: "manual",
			signal: AbortSignal.timeout(10_000),
		}),
	);
	if (!response.ok) throw new Error(`Atlassian answered ${response.status}; expected the list of sites.`);
	// A site stands in the list once for each product.
	const sites = new Map<string, Site>();
	for (const { id, name, url, scopes } of (await response.json()) as Site[]) {
		if (![id, name, url].every((value) => typeof value === "string") || !Array.isArray(scopes)) {
			throw new Error("Expected each site to have an id, a name, a url and a list of scopes.");
		}
		const others = sites.get(id)?.scopes ?? [];
		sites.set(id, { id, name, url, scopes: [...new Set([...others, ...scopes])] });
	}
	return [...sites.values()];
}
