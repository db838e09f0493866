// Returns the steps in JavaScript to Rust. Rust can call an imported function, but cannot use it as a value.

import { requireOk, requireOkOfApi } from "./request.js";
import { getUserOfKey } from "./lucia.js";

export const jsStep = (name) => ({ requireOk, requireOkOfApi, getUserOfKey })[name];
