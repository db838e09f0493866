// All scenarios, for every runtime.

import { errorScenarios } from "./errors.ts";
import { keepingScenarios } from "./keeping.ts";
import { refreshScenarios } from "./refreshing.ts";
import { resourceScenarios } from "./resources.ts";
import { signInScenarios } from "./sign-in.ts";

export const scenarios = [
	...signInScenarios,
	...refreshScenarios,
	...keepingScenarios,
	...resourceScenarios,
	...errorScenarios,
];
