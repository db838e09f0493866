// `npm run demo`: a whole sign-in on this machine, each step printed. `--once` ends it after that, `--node` (`npm run
// demo:node`) runs the app on Node and not as a Worker, and with `--without-lucia` the app keeps users and sessions
// itself. The steps are in `walkthrough.ts`, which loads the app: this file reports an error in the app.

import { parseArgs } from "node:util";

import { StepError } from "../pkg/build/commands.js";

try {
	const { values } = parseArgs({
		options: {
			once: { type: "boolean", default: false },
			node: { type: "boolean", default: false },
			"without-lucia": { type: "boolean", default: false },
		},
	});
	const { demo } = await import("./walkthrough.ts");
	await demo(values.node, values.once, values["without-lucia"]);
} catch (error) {
	// A failed step has already shown its error.
	if (!(error instanceof StepError)) console.error(`\n✗ The demo did not start. ${error instanceof Error ? error.message : error}`);
	process.exitCode = 1;
}
