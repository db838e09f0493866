// The responses of Atlassian, in the sizes that it sends: an access token of 2,400 characters, a code of 700. They
// are made without a source of randomness, so that every runtime works on the same bytes.

const jwt = (length: number): string => {
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
	let seed = length;
	const opaque = (length: number) =>
		Array.from({ length }, () => alphabet[(seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648) >> 25]).join("");
	return `eyJhbGciOiJSUzI1NiIsImtpZCI6ImEifQ.${opaque(length - 376)}.${opaque(340)}`;
};

/** The `code` parameter of a callback. */
export const code = jwt(700);

/** The access token that Atlassian sends for the code. */
export const accessToken = jwt(2_400);

/** The user of the token. */
export const accountId = "712020:3b1f6c52-6f0e-4a52-9c41-0b8de1f7a6b3";

const token = JSON.stringify({ access_token: accessToken, expires_in: 3600, token_type: "Bearer", scope: "read:me" });

const user = JSON.stringify({
	account_type: "atlassian",
	account_id: accountId,
	email: "mia@app.example",
	name: "Mia Krystof",
	picture: "https://avatar-management--avatars.us-west-2.prod.public.atl-paas.net/initials/MK-3.png",
	account_status: "active",
	characteristics: { not_mentionable: false },
	last_updated: "2026-11-23T10:15:30.123Z",
	nickname: "mia",
	locale: "en-US",
	extended_profile: { job_title: "Designer", organization: "Example", location: "Amsterdam" },
	email_verified: true
});

const headers = {
	"Content-Type": "application/json; charset=utf-8",
	"Cache-Control": "no-store",
	Vary: "Accept-Encoding",
	"X-Content-Type-Options": "nosniff"
};
const responseOf = (body: string) => ({ body, headers: { ...headers, "Content-Length": String(body.length) } });
const responses = { token: responseOf(token), user: responseOf(user) };

/** The response to a request for this URL or path. */
export const responseTo = (url: string) => (url.endsWith("/me") ? responses.user : responses.token);
