// Frameworks, test tools and package managers, each with the tarball.

import { frameworks, testRows } from "./matrix.ts";

testRows(frameworks);
