// The matrix of faults in Node.

import { suite } from "node:test";

import { declareMatrix } from "./matrix.ts";
import { runRow } from "./requests.ts";

suite("faults in Node", () => {
	declareMatrix("Node", runRow, async () => () => {});
});
