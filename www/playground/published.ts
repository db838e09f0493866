// The provider of `@lucia-auth/oauth`: a separate chunk, without the other 25 providers.

export { atlassian } from "@lucia-auth/oauth/providers";
