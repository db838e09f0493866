// Where a value can show a secret without anybody meaning it: in a log, an inspection, a serialisation, an error's
// texts and the request and response that it carries. The body of a response is not searched: it is what the
// server said, and only the app reads it.

import { Console } from "node:console";
import { Writable } from "node:stream";
import { inspect } from "node:util";

import { formsOf } from "./forms.ts";

const everything = { depth: Infinity, showHidden: true, getters: true, showProxy: true, maxStringLength: null, maxArrayLength: null };

function attempt(make: () => unknown): string {
	try {
		const made = make();
		return typeof made === "string" ? made : inspect(made, everything);
	} catch (error) {
		// What cannot be done must not quote the value in its refusal either.
		return inspect(error, everything);
	}
}

function logged(value: unknown): string {
	let text = "";
	const stream = new Writable({
		write(chunk: Buffer, _, done) {
			text += chunk;
			done();
		},
	});
	const { log, error, dir } = new Console({ stdout: stream, stderr: stream });
	log(value);
	log("%s %o %O %j", value, value, value, attempt(() => JSON.stringify(value)));
	error(value);
	dir(value, everything);
	return text;
}

/** The value, and each error, request and response that it leads to. */
function* reached(value: unknown, path: string, seen = new Set<unknown>()): Generator<[path: string, value: object]> {
	if ((typeof value !== "object" && typeof value !== "function") || value === null || seen.has(value)) return;
	seen.add(value);
	yield [path, value];
	// What is behind these is their own affair; what they give out is searched below.
	if (value instanceof Request || value instanceof Response) return;
	for (const name of Reflect.ownKeys(value)) {
		let member: unknown;
		try {
			member = (value as Record<PropertyKey, unknown>)[name];
		} catch {
			continue;
		}
		yield* reached(member, `${path}.${String(name)}`, seen);
	}
}

/** What can be seen of a value, by the place where it is seen. */
export async function placesOf(value: unknown): Promise<Map<string, string>> {
	const places = new Map([
		["console", logged(value)],
		["util.inspect", inspect(value, everything)],
		["JSON.stringify", attempt(() => JSON.stringify(value) ?? "")],
		["structuredClone", attempt(() => structuredClone(value))],
		["String", attempt(() => String(value))],
	]);
	for (const [path, object] of reached(value, "value")) {
		for (const name of Reflect.ownKeys(object)) {
			places.set(`${path}.${String(name)}`, attempt(() => `${String(name)} ${(object as Record<PropertyKey, unknown>)[name]}`));
		}
		if (object instanceof Error) places.set(`${path}, message and stack`, `${object.name} ${object.message} ${object.stack}`);
		if (object instanceof Request || object instanceof Response) places.set(`${path}, URL and headers`, [object.url, ...object.headers].flat().join("\n"));
		if (object instanceof Request) places.set(`${path}, body`, await object.clone().text());
	}
	return places;
}

/** Which secrets are seen where. */
export async function leaks(value: unknown, secrets: Record<string, string>): Promise<string[]> {
	const places = [...(await placesOf(value))];
	return Object.entries(secrets).flatMap(([name, secret]) =>
		places.filter(([, text]) => formsOf(secret).some((form) => text.includes(form))).map(([place]) => `${name}: ${place}`),
	);
}
