// The forms in which a secret can stand somewhere: as it is, as it travels in a form body, a URL or a header,
// and as JSON or `util.inspect` quotes it. Who searches for a secret searches for all of them.

import { randomBytes } from "node:crypto";
import { inspect } from "node:util";

/** A secret that nothing else in the process contains. Some of its characters change in a form or in a URL. */
export const secret = (): string => `${randomBytes(9).toString("base64")} +/~${randomBytes(24).toString("base64url")}`;

/** A secret of the characters that tokens have, none of which changes in a form. */
export const token = (): string => randomBytes(45).toString("base64url");

export function formsOf(secret: string): string[] {
	const base64 = [0, 1, 2].map((offset) =>
		// Inside something longer, such as the `id:secret` of Basic authentication, its bytes may begin at any of three places.
		Buffer.concat([Buffer.alloc(offset), Buffer.from(secret)]).toString("base64").replaceAll("=", "").slice(offset && offset + 1, -2),
	);
	return [
		...new Set([
			secret,
			encodeURIComponent(secret),
			new URLSearchParams([["", secret]]).toString().slice(1),
			JSON.stringify(secret).slice(1, -1),
			inspect(secret).slice(1, -1),
			...base64,
			...base64.map((form) => form.replaceAll("+", "-").replaceAll("/", "_")),
		]),
	];
}
