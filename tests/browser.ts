// Runs tests/boundary.rs in headless Chromium. The page cannot walk through a consent page on another
// origin, so the stand-in is started and a code fetched from it here; where it listens and the code
// reach the test when it is compiled.

import { spawn } from "node:child_process";
import { once } from "node:events";

import { startAtlassian } from "./atlassian/server.ts";

const REDIRECT_URI = "https://app.example/callback";
const client = {
	id: "browser-client",
	secret: "browser-secret",
	name: "Browser test",
	redirectUris: [REDIRECT_URI]
};

const atlassian = await startAtlassian({ clients: [client] });
const parameters = new URLSearchParams({
	response_type: "code",
	client_id: client.id,
	scope: "read:me offline_access",
	state: "state",
	redirect_uri: REDIRECT_URI,
	audience: "api.atlassian.com",
	prompt: "consent"
});
const callback = await atlassian.consent(
	new URL(`https://auth.atlassian.com/authorize?${parameters}`)
);
const code = callback.searchParams.get("code");
if (!code) throw new Error("the stand-in gave no code");

const child = spawn(
	"wasm-pack",
	["test", "--headless", "--chrome", "--mode", "no-install", "--", "--test", "boundary"],
	{
		stdio: ["ignore", "inherit", "inherit"],
		env: { ...process.env, STAND_IN_ORIGIN: atlassian.origin, STAND_IN_CODE: code }
	}
);
const [status] = await once(child, "close");
await atlassian.close();
process.exitCode = status ?? 1;
