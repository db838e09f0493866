// Gives Rust the steps that are JavaScript, as functions.

import { accept, check } from "./request.js";
import { getUserOfKey } from "./lucia.js";

export const getStep = (name) => ({ accept, check, getUserOfKey })[name];
