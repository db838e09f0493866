// Gives Rust the steps that are JavaScript. Rust can call a function of JavaScript, but only JavaScript gives it as a value.

import { accept, check } from "./request.js";
import { getUserOfKey } from "./lucia.js";

export const getStep = (name) => ({ accept, check, getUserOfKey })[name];
