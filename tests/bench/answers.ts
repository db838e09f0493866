// What Atlassian answers, in the sizes that it has there: an access token of 2,400 characters, a code
// of 700. Made without a source of randomness, so that every runtime works on the same bytes.

const opaque = (length: number): string => {
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
	let seed = length;
	let text = "";
	while (text.length < length) {
		seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648;
		text += alphabet[seed >> 25];
	}
	return text;
};

const jwt = (length: number): string =>
	`eyJhbGciOiJSUzI1NiIsImtpZCI6ImEifQ.${opaque(length - 376)}.${opaque(340)}`;

/** The `code` parameter of a callback. */
export const code = jwt(700);

/** The access token that the code is exchanged for. */
export const accessToken = jwt(2_400);

/** The user whom the token belongs to. */
export const accountId = "712020:3b1f6c52-6f0e-4a52-9c41-0b8de1f7a6b3";

const tokenAnswer = JSON.stringify({
	access_token: accessToken,
	expires_in: 3600,
	token_type: "Bearer",
	scope: "read:me"
});

const userAnswer = JSON.stringify({
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

// With their length, as a server says it that does not compress them on the way.
const answerOf = (body: string): Answer => ({
	body,
	headers: { ...headers, "Content-Length": String(body.length) }
});
const [token, user] = [answerOf(tokenAnswer), answerOf(userAnswer)];

interface Answer {
	body: string;
	headers: Record<string, string>;
}

/** What Atlassian answers to a request for this URL or path. */
export const answerTo = (url: string): Answer => (url.endsWith("/me") ? user : token);
