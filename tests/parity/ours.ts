// The package under test, imported by its name as an app does.

import * as root from "lucia-atlassian";
import * as providers from "lucia-atlassian/providers";
import type { Implementation } from "./differential.ts";

export const ours: Implementation = { ...root, atlassian: providers.atlassian };
