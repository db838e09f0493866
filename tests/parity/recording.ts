// What was seen while one case ran on one implementation: a list of named observations as text, so
// that the recordings of two implementations can be compared line by line. Objects that the case handed
// in are labelled, so that "the same object" and "an equal copy of it" read differently.

export type Observation = { name: string; value: string };

export class Recording {
	readonly observations: Observation[] = [];
	readonly #labels = new Map<unknown, string>();

	/** Names an object or function by its part in the case; the first label stays. Gives the value back. */
	label<T>(value: T, label: string): T {
		const hasIdentity = (typeof value === "object" && value !== null) || typeof value === "function";
		if (hasIdentity && !this.#labels.has(value)) this.#labels.set(value, label);
		return value;
	}

	add(name: string, value: unknown): void {
		this.observations.push({ name, value: this.describe(value) });
	}

	/** Text that tells apart everything that a program could, save for identities of unlabelled objects. */
	describe(value: unknown, open: readonly unknown[] = []): string {
		if (typeof value === "string") return JSON.stringify(value);
		if (typeof value === "number") return Object.is(value, -0) ? "-0" : String(value);
		if (typeof value === "bigint") return `${value}n`;
		if ((typeof value !== "object" && typeof value !== "function") || value === null) return String(value);
		const label = this.#labels.get(value);
		const prefix = label === undefined ? "" : `<${label}> `;
		if (open.includes(value)) return `${prefix}(circular)`;
		if (typeof value === "function") return `${prefix}function`;
		if (value instanceof URL) return `${prefix}URL ${JSON.stringify(value.href)}`;
		if (value instanceof Request) return `${prefix}Request`;
		if (value instanceof Response) return `${prefix}Response`;
		if (label === undefined && value instanceof Error) return describeError(value);
		const inside = [...open, value];
		const members = Reflect.ownKeys(value)
			.filter((key) => key !== "stack" && !isClassification(value, key))
			.map((key) => this.#describeMember(value, key, inside));
		if (Array.isArray(value)) return `${prefix}[${members.join(", ")}]`;
		return `${prefix}${prototypeName(value)}{${members.join(", ")}}`;
	}

	#describeMember(object: object, key: string | symbol, open: readonly unknown[]): string {
		const descriptor = Object.getOwnPropertyDescriptor(object, key);
		if (descriptor === undefined) return `${String(key)}: gone`;
		// Where an error class redeclares `message`, as LuciaError does, Node 20 makes it enumerable in about the
		// first ten errors and hidden in those after.
		const fickle = object instanceof Error && key === "message";
		const flags = fickle ? "" : `${descriptor.enumerable ? "" : "hidden "}${descriptor.writable || descriptor.get ? "" : "readonly "}`;
		const name = typeof key === "symbol" ? String(key) : JSON.stringify(key);
		return `${flags}${name}: ${descriptor.get ? "getter" : this.describe(descriptor.value, open)}`;
	}
}

/** What this package says about an error of somebody else's, on the error and hidden. */
function isClassification(value: object, key: string | symbol): boolean {
	const isNamed = key === "code" || key === "action";
	return isNamed && value instanceof Error && !Object.prototype.propertyIsEnumerable.call(value, key);
}

/**
 * The text of a `TypeError` or `SyntaxError` that the engine or the implementation makes is its own
 * affair; only that it is one is compared. One that the case made has a label, and does not come here.
 */
function describeError(error: Error): string {
	if (error instanceof TypeError) return "a TypeError";
	if (error instanceof SyntaxError) return "a SyntaxError";
	return `${error.name}: ${JSON.stringify(error.message)}`;
}

function prototypeName(value: object): string {
	const prototype: unknown = Object.getPrototypeOf(value);
	if (prototype === Object.prototype) return "";
	if (prototype === null) return "null prototype ";
	return "other prototype ";
}
