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

interface Answer {
	body: string;
	headers: Record<string, string>;
}

const answersTo = (saysLength: boolean) => {
	const answer = (body: string): Answer => ({
		body,
		headers: { ...headers, ...(saysLength && { "Content-Length": String(body.length) }) }
	});
	return { token: answer(tokenAnswer), user: answer(userAnswer) };
};
const [withLength, inChunks] = [answersTo(true), answersTo(false)];

/**
 * What Atlassian answers to a request for this URL or path: with its length, as a server says it that does not
 * compress on the way, or without, as one that does.
 */
export const answerTo = (url: string, saysLength = true): Answer =>
	(saysLength ? withLength : inChunks)[url.endsWith("/me") ? "user" : "token"];
