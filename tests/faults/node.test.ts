// The matrix of faults, and the crowd, in Node.

import { suite } from "node:test";

import { declareCrowd } from "./crowd.ts";
import { declareMatrix } from "./matrix.ts";
import { signInAll } from "./people.ts";
import { runRow } from "./requests.ts";

suite("faults in Node", () => {
	const unhandled: string[] = [];
	process.on("unhandledRejection", (reason) => unhandled.push(String(reason)));
	declareMatrix("Node", runRow, async () => unhandled);
});

suite("a crowd in Node", () => {
	declareCrowd(1, signInAll);
});
