// Runtimes and bundlers, each with the tarball.

import { runtimes, testRows } from "./matrix.ts";

testRows(runtimes);
