// The published package's provider alone: a chunk of its own, without the other 25 providers.

export { atlassian } from "@lucia-auth/oauth/providers";
