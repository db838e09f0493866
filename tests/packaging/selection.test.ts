// The few frameworks and tools that `npm test` has time for, each with the tarball.

import { frameworks, testRows } from "./matrix.ts";

testRows(frameworks.filter(({ isSelected }) => isSelected));
