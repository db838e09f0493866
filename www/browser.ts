// The part of a browser that a sign-in needs, for the demo and the tests. It keeps cookies, sends forms with their
// Origin, and returns every redirect to its caller instead of following it.

import assert from "node:assert/strict";

export type Visit = {
	url: URL;
	status: number;
	headers: Headers;
	/** The URL of a redirect. */
	location: URL | undefined;
	/** The page's title, or an empty string. */
	title: string;
	text: string;
};

export class Browser {
	readonly cookies = new Map<string, string>();

	get(url: URL | string): Promise<Visit> {
		return this.#visit(new URL(url), { method: "GET" });
	}

	/** Sends a form from a page of `origin`; by default from the page's own. */
	post(url: URL | string, form: Record<string, string> = {}, origin = new URL(url).origin): Promise<Visit> {
		return this.#visit(new URL(url), {
			method: "POST",
			body: new URLSearchParams(form),
			headers: { Origin: origin },
		});
	}

	async #visit(url: URL, init: RequestInit): Promise<Visit> {
		const headers = new Headers(init.headers);
		if (this.cookies.size > 0) {
			headers.set("Cookie", [...this.cookies].map(([name, value]) => `${name}=${value}`).join("; "));
		}
		const signal = AbortSignal.timeout(30_000);
		const response = await fetch(url, { ...init, headers, redirect: "manual", signal });
		for (const cookie of response.headers.getSetCookie()) this.#keep(cookie);
		const location = response.headers.get("Location");
		const text = await response.text();
		return {
			url,
			status: response.status,
			headers: response.headers,
			location: location === null ? undefined : new URL(location, url),
			title: unescapeHtml(/<title>(.*?)<\/title>/.exec(text)?.[1] ?? ""),
			text,
		};
	}

	#keep(cookie: string): void {
		const [, name = "", value = "", attributes = ""] = /^([^=]*)=([^;]*)(.*)$/.exec(cookie) ?? [];
		const maxAge = /; *max-age=(-?\d+)/i.exec(attributes)?.[1];
		const expires = /; *expires=([^;]*)/i.exec(attributes)?.[1];
		const isOver = maxAge !== undefined ? Number(maxAge) <= 0 : expires !== undefined && Date.parse(expires) <= Date.now();
		if (isOver) this.cookies.delete(name);
		else this.cookies.set(name, value);
	}
}

/** The URL and the unchanged fields of the first form of a page. */
export function readForm(visit: Visit): { action: URL; fields: Record<string, string> } | undefined {
	const [, tag = "", content = ""] = /<form\b([^>]*)>(.*?)<\/form>/s.exec(visit.text) ?? [];
	const action = attribute(tag, "action");
	if (action === undefined) return undefined;
	const fields: Record<string, string> = {};
	for (const [, input = ""] of content.matchAll(/<input\b([^>]*)>/g)) {
		const isSent = attribute(input, "type") !== "radio" || /\schecked\b/.test(input);
		const name = attribute(input, "name");
		if (isSent && name !== undefined) fields[name] = attribute(input, "value") ?? "";
	}
	return { action: new URL(action, visit.url), fields };
}

function attribute(tag: string, name: string): string | undefined {
	const value = new RegExp(`\\s${name}="([^"]*)"`).exec(tag)?.[1];
	return value === undefined ? undefined : unescapeHtml(value);
}

function unescapeHtml(text: string): string {
	const names: Record<string, string> = { amp: "&", lt: "<", gt: ">", quot: '"' };
	return text.replace(/&(?:#(\d+)|(\w+));/g, (entity, code, name) => (code ? String.fromCodePoint(Number(code)) : (names[name] ?? entity)));
}

/** Checks the redirect of /login/atlassian of an app with credentials. */
export function assertLeadsToAtlassian({ location }: Visit, origin: string, clientId: string): void {
	assert.equal(location && location.origin + location.pathname, "https://auth.atlassian.com/authorize");
	assert.equal(location?.searchParams.get("client_id"), clientId);
	assert.equal(location?.searchParams.get("scope"), "read:me read:jira-user");
	assert.equal(location?.searchParams.get("redirect_uri"), `${origin}/login/atlassian/callback`);
}
