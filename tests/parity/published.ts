// The published package, `@lucia-auth/oauth` 3.5.3: the oracle of the differential suite, and what the
// tests of the improvements are shown to fail on.

import * as root from "@lucia-auth/oauth";
import * as providers from "@lucia-auth/oauth/providers";
import type { Implementation } from "./differential.ts";

export const published: Implementation = { ...root, atlassian: providers.atlassian };
