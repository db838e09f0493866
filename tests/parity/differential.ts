// Runs generated cases on two implementations, each with recorded `fetch` and `auth` of its own, and
// compares the recordings. What the two differ in by decision is left out of the recording where it is
// made: the published package's private members, `redirect` and `signal` of a request, the headers and
// body of `error.request`, and the text of TypeErrors and SyntaxErrors.

import { createHash } from "node:crypto";
import {
	authMethods,
	generateCase,
	type PlannedResponse,
	type AuthMethod,
	type AuthPlan,
	type CallStyle,
	type Case,
	type Outcome,
	type Replacement,
	type RealResponse,
	type StubResponse,
	type UserAuthStep,
} from "./cases.ts";
import { Recording } from "./recording.ts";

/** The arguments are hostile on purpose, and stand outside every declared type. */
type AnyFunction = (...parameters: any[]) => any;

/** What both packages export, untyped: the suite hands over what no typed program could. */
export type Implementation = {
	atlassian: AnyFunction;
	createOAuth2AuthorizationUrl: AnyFunction;
	createOAuth2AuthorizationUrlWithPKCE: AnyFunction;
	validateOAuth2AuthorizationCode: AnyFunction;
	decodeIdToken: AnyFunction;
	providerUserAuth: AnyFunction;
	OAuthRequestError: new (...parameters: never[]) => Error;
};

export type Difference = { index: number; kind: string; name: string; published: string; ours: string };
export type Report = { seed: number; cases: number; checks: number; differences: Difference[] };

/** Runs the cases 0 to `cases` - 1 of the seed; with `stopAtFirst`, no further than the first that differs. */
export async function differential(
	published: Implementation,
	ours: Implementation,
	seed: number,
	cases: number,
	stopAtFirst = false,
): Promise<Report> {
	const report: Report = { seed, cases: 0, checks: 0, differences: [] };
	const draws = [new Draws(), new Draws()] as const;
	for (let index = 0; index < cases; index++) {
		await compareCase(published, ours, seed, index, report, draws);
		if (stopAtFirst && report.differences.length > 0) return report;
	}
	for (const name of ["state", "verifier"] as const) {
		const [left, right] = [draws[0].summary(name), draws[1].summary(name)];
		if (left === undefined || right === undefined) continue;
		report.checks++;
		if (left !== right) report.differences.push({ index: cases, kind: "all cases", name: `values of ${name}`, published: left, ours: right });
	}
	return report;
}

/** Runs one case on both and adds what it finds to the report. */
export async function compareCase(
	published: Implementation,
	ours: Implementation,
	seed: number,
	index: number,
	report: Report,
	draws: readonly [Draws, Draws] = [new Draws(), new Draws()],
): Promise<void> {
	const kind = generateCase(seed, index).kind;
	const left = await new Run(published, draws[0]).observe(generateCase(seed, index));
	const right = await new Run(ours, draws[1]).observe(generateCase(seed, index));
	report.cases++;
	for (let position = 0; position < Math.max(left.length, right.length); position++) {
		const [a, b] = [left[position], right[position]];
		report.checks++;
		if (a?.name === b?.name && a?.value === b?.value) continue;
		const name = a?.name === b?.name ? (a?.name ?? "") : `${a?.name ?? "nothing"} / ${b?.name ?? "nothing"}`;
		report.differences.push({ index, kind, name, published: a?.value ?? "nothing", ours: b?.value ?? "nothing" });
		// What follows a difference in one case is mostly its echo.
		return;
	}
}

/** The random values of all cases: a form that is right says nothing of a value that repeats, or of few characters. */
export class Draws {
	readonly #values: Record<"state" | "verifier", string[]> = { state: [], verifier: [] };

	add(name: "state" | "verifier", value: string): void {
		this.#values[name].push(value);
	}

	/** Nothing while so few characters were drawn that one could be missing by chance. */
	summary(name: "state" | "verifier"): string | undefined {
		const values = this.#values[name];
		const drawn = values.join("");
		if (drawn.length < 3000) return undefined;
		return `${values.length - new Set(values).size} repeated, of ${[...new Set(drawn)].sort().join("")}`;
	}
}

/** A promise that is not settled by then never will be: nothing in a case waits for anything real. */
const patienceMs = 500;

const privateMembers = ["auth", "config", "validateAuthorizationCode"];

/** What only this package has: more methods of the provider, and what its errors say besides. */
const addedMembers = [
	...["callback", "getUser", "refreshTokens", "tokens", "getAccessibleResources", "apiUrl", "revoke", "checkResponse"],
	...["code", "action", "retryAfter", "body"]
];

class Run {
	readonly #implementation: Implementation;
	readonly #draws: Draws;
	readonly #recording = new Recording();
	/** What is read beside the run, such as the bodies of requests, and recorded after it. */
	readonly #pending: { name: string; value: Promise<unknown> }[] = [];

	constructor(implementation: Implementation, draws: Draws) {
		this.#implementation = implementation;
		this.#draws = draws;
	}

	async observe(planned: Case) {
		const { fetch, Request, URL } = globalThis;
		try {
			await this.#run(planned).catch((error: unknown) => {
				// Something of the wrong shape came back; the other implementation gets past this point.
				this.#recording.add("the run ended early", error instanceof Error ? error.message : error);
			});
			for (const { name, value } of this.#pending) this.#recording.add(name, await value);
		} finally {
			Object.assign(globalThis, { fetch, Request, URL });
		}
		return this.#recording.observations;
	}

	async #run(planned: Case): Promise<void> {
		switch (planned.kind) {
			case "construction":
				return this.#construction(planned);
			case "authorization URL":
				return this.#authorizationUrl(planned);
			case "callback":
				return this.#callback(planned);
			case "concurrent callbacks":
				return this.#concurrentCallbacks(planned);
			case "root authorization URL":
				return this.#rootAuthorizationUrl(planned);
			case "root code exchange":
				return this.#rootCodeExchange(planned);
			case "ID token":
				return this.#idToken(planned);
			case "root user auth":
				return this.#rootUserAuth(planned);
			case "request error":
				return this.#requestError(planned);
		}
	}

	#construction(planned: Case & { kind: "construction" }): void {
		try {
			this.#recordShape("provider", this.#implementation.atlassian(planned.auth, planned.configs));
		} catch {
			this.#recording.add("construction", "threw");
		}
	}

	async #authorizationUrl(planned: Case & { kind: "authorization URL" }): Promise<void> {
		this.#forbidFetch();
		const provider = this.#construct(planned.auth, planned.configs, planned.replacement);
		const call = take(provider, "getAuthorizationUrl", planned.style);
		const first = await this.#settle("first getAuthorizationUrl", call);
		const firstState = this.#recordUrlAndState("first", first?.value);
		const firstUrl = (first?.value as [URL] | undefined)?.[0];
		firstUrl?.searchParams.set("scope", "changed by the caller");
		const second = await this.#settle("second getAuthorizationUrl", call);
		const secondState = this.#recordUrlAndState("second", second?.value);
		this.#recording.add("state differs between calls", firstState !== secondState);
		this.#recording.add("first URL after the second call", firstUrl?.searchParams.get("scope"));
	}

	async #callback(planned: Case & { kind: "callback" }): Promise<void> {
		const auth = this.#makeAuth(planned.auth);
		const provider = this.#construct(auth.value, planned.configs, planned.replacement);
		this.#recordShape("provider", provider);
		const reenter = () => {
			if (!planned.reenter) return;
			const inner: unknown = take(provider, "getAuthorizationUrl", "method")();
			this.#later("getAuthorizationUrl called from a stub", Promise.resolve(inner).then(Array.isArray));
		};
		const responses = [...planned.responses];
		let calls = 0;
		const stub = (name: string) =>
			function (this: unknown, ...parameters: unknown[]) {
				const response = responses.shift();
				run.#recordFetch(`${name} call ${++calls}`, parameters);
				if (planned.swapFetch) globalThis.fetch = stub("replaced fetch") as typeof fetch;
				reenter();
				return response === undefined ? Promise.reject(new Error("no response is left")) : run.#respond(`response ${calls}`, response, reenter);
			};
		const run = this;
		globalThis.fetch = stub("fetch") as typeof fetch;
		const call = take(provider, "validateCallback", planned.style);
		const outcome = await this.#settle("validateCallback", () => call(planned.code));
		this.#recording.add("fetch calls", calls);
		if (outcome === undefined) return;
		this.#recordUserAuth("result", outcome.value);
		await this.#userAuthSteps(outcome.value as Record<string, AnyFunction>, auth, planned.steps);
	}

	async #concurrentCallbacks(planned: Case & { kind: "concurrent callbacks" }): Promise<void> {
		const provider = this.#construct(undefined, planned.configs, { names: [], when: "before construction" });
		const validateCallback = take(provider, "validateCallback", "destructured");
		const sent: string[] = [];
		globalThis.fetch = (async (request: Request) => {
			const code = new URLSearchParams(await request.clone().text()).get("code");
			const bearer = request.headers.get("Authorization");
			// The code in the body is well-formed text, whatever the case handed over.
			const flow = planned.flows.findIndex((one, position) => code?.startsWith(`${position}.`) || bearer === `Bearer ${one.token}`);
			const { delay, responses } = planned.flows[flow] as (typeof planned.flows)[number];
			sent.push(`${flow} ${request.method} ${request.url} ${code ?? bearer}`);
			for (let tick = 0; tick < delay; tick++) await new Promise(setImmediate);
			return this.#respond(undefined, code === null ? responses[1] : responses[0]);
		}) as typeof fetch;
		const outcomes = await Promise.allSettled(planned.flows.map(async ({ code }) => validateCallback(code) as unknown));
		outcomes.forEach((outcome, position) => {
			if (outcome.status === "fulfilled") this.#recordUserAuth(`result ${position}`, outcome.value);
			else this.#recordRejection(`rejection ${position}`, outcome.reason);
		});
		this.#recording.add("requests", sent.sort());
	}

	async #rootAuthorizationUrl(planned: Case & { kind: "root authorization URL" }): Promise<void> {
		this.#forbidFetch();
		const { createOAuth2AuthorizationUrl, createOAuth2AuthorizationUrlWithPKCE } = this.#implementation;
		const create = planned.pkce ? createOAuth2AuthorizationUrlWithPKCE : createOAuth2AuthorizationUrl;
		const outcome = await this.#settle("create", () => create(planned.base, planned.options));
		if (planned.pkce) this.#recordUrlVerifierAndState(outcome?.value);
		else this.#recordUrlAndState("created", outcome?.value);
		this.#recording.add("URL is fresh", (outcome?.value as unknown[] | undefined)?.[0] !== planned.base);
		this.#recording.add("base afterwards", planned.base);
		this.#recording.add("options afterwards", planned.options);
	}

	async #rootCodeExchange(planned: Case & { kind: "root code exchange" }): Promise<void> {
		let calls = 0;
		globalThis.fetch = ((...parameters: unknown[]) => {
			this.#recordFetch(`fetch call ${++calls}`, parameters);
			return this.#respond(`response ${calls}`, planned.response);
		}) as typeof fetch;
		const { validateOAuth2AuthorizationCode } = this.#implementation;
		const outcome = await this.#settle("exchange", () => validateOAuth2AuthorizationCode(planned.code, planned.url, planned.options));
		this.#recording.add("fetch calls", calls);
		if (outcome !== undefined) this.#recording.add("result", outcome.value);
		this.#recording.add("URL afterwards", planned.url);
		this.#recording.add("options afterwards", planned.options);
	}

	#idToken(planned: Case & { kind: "ID token" }): void {
		try {
			this.#recording.add("payload", this.#implementation.decodeIdToken(planned.token));
		} catch (thrown) {
			this.#recording.add("thrown", thrown);
		}
	}

	async #rootUserAuth(planned: Case & { kind: "root user auth" }): Promise<void> {
		this.#forbidFetch();
		const auth = this.#makeAuth(planned.auth);
		const userAuth = this.#implementation.providerUserAuth(auth.value, planned.providerId, planned.providerUserId) as Record<string, AnyFunction>;
		this.#recordUserAuth("user auth", userAuth);
		await this.#userAuthSteps(userAuth, auth, planned.steps);
	}

	#requestError(planned: Case & { kind: "request error" }): void {
		const { OAuthRequestError } = this.#implementation;
		this.#recording.label(planned.response, "the response");
		this.#recordRejection("constructed error", new OAuthRequestError(planned.request as never, planned.response as never));
		this.#recording.add("name of the class", OAuthRequestError.name);
	}

	#construct(auth: unknown, configs: unknown, replacement: Replacement): Record<string, AnyFunction> {
		const replace = () => {
			if (replacement.names.includes("Request")) globalThis.Request = class extends Request {};
			if (replacement.names.includes("URL")) globalThis.URL = class extends URL {};
		};
		if (replacement.when === "before construction") replace();
		const provider = this.#implementation.atlassian(auth, configs) as Record<string, AnyFunction>;
		if (replacement.when === "after construction") replace();
		return provider;
	}

	#forbidFetch(): void {
		globalThis.fetch = (...parameters) => {
			this.#recordFetch("unexpected fetch", parameters);
			return Promise.reject(new Error("no request belongs here"));
		};
	}

	#later(name: string, value: unknown): void {
		this.#pending.push({ name, value: Promise.resolve(value).catch((reason: unknown) => `failed with ${String(reason)}`) });
	}

	/** Calls, and waits for, a method that must give a promise. Nothing comes back when it did not fulfil. */
	async #settle(name: string, call: AnyFunction): Promise<{ value: unknown } | undefined> {
		let returned: unknown;
		try {
			returned = call();
		} catch (thrown) {
			this.#recording.add(`${name} throws`, thrown);
			return undefined;
		}
		let timer: NodeJS.Timeout | undefined;
		const never = new Promise<undefined>((resolve) => {
			timer = setTimeout(resolve, patienceMs, undefined);
		});
		try {
			const settled = await Promise.race([Promise.resolve(returned).then((value) => ({ value })), never]);
			this.#recording.add(`${name} settles as`, settled === undefined ? "pending" : "fulfilled");
			return settled;
		} catch (reason) {
			this.#recording.add(`${name} settles as`, "rejected");
			this.#recordRejection(`${name} rejection`, reason);
			return undefined;
		} finally {
			clearTimeout(timer);
			// Noted last: whether the first request is made before or after the method returns is not compared.
			this.#recording.add(`${name} returned a promise`, returned instanceof Promise && returned.constructor === Promise);
		}
	}

	#recordRejection(name: string, reason: unknown): void {
		const { OAuthRequestError } = this.#implementation;
		if (!(reason instanceof OAuthRequestError)) return this.#recording.add(name, reason);
		const error = reason as Error & { request: unknown; response: unknown };
		this.#recording.add(`${name} is`, "an OAuthRequestError");
		this.#recording.add(`${name} is an Error`, error instanceof Error && Object.getPrototypeOf(OAuthRequestError.prototype) === Error.prototype);
		this.#recording.add(`${name} message`, error.message);
		this.#recording.add(`${name} name`, error.name);
		this.#recording.add(`${name} as text`, String(error));
		this.#recording.add(`${name} has a stack`, typeof error.stack);
		this.#recording.add(`${name} response`, error.response);
		const isRequest = error.request instanceof Request;
		this.#recording.add(`${name} request is a Request`, isRequest);
		if (isRequest) {
			const { url, method } = error.request as Request;
			this.#recording.add(`${name} request URL`, url);
			this.#recording.add(`${name} request method`, method);
		}
		if (error.response instanceof Response) {
			this.#recording.add(`${name} response body used`, error.response.bodyUsed);
			this.#later(`${name} response body`, error.response.text());
		}
	}

	#recordFetch(name: string, parameters: unknown[]): void {
		this.#recording.add(`${name} argument count`, parameters.length);
		const request = parameters[0];
		this.#recording.add(`${name} is given a Request`, request instanceof Request);
		if (!(request instanceof Request)) return this.#recording.add(`${name} argument`, request);
		const { url, method, mode, credentials, cache, referrer, referrerPolicy, integrity, keepalive, bodyUsed } = request;
		this.#recording.add(`${name} URL`, url);
		this.#recording.add(`${name} method`, method);
		for (const [header, value] of request.headers) this.#recording.add(`${name} header ${header}`, value);
		this.#recording.add(`${name} other members`, { mode, credentials, cache, referrer, referrerPolicy, integrity, keepalive, bodyUsed });
		this.#later(`${name} body`, request.bodyUsed ? "used" : request.clone().text());
	}

	/** Makes the response and delivers it; under a name, what is read and called of it is recorded too. */
	#respond(name: string | undefined, received: PlannedResponse, called: () => void = () => {}): unknown {
		if (received.form === "no response") {
			return perform(received.outcome, this.#recording.label(received.outcome.value, `what ${name ?? "fetch"} failed with`));
		}
		const response = "text" in received ? this.#realResponse(name, received) : this.#stubResponse(name, received, called);
		this.#recording.label(response, `response of ${name ?? "fetch"}`);
		return perform({ how: received.delivery, value: response }, response);
	}

	#realResponse(name: string | undefined, received: RealResponse): Response {
		const response = new Response(received.status === 304 ? null : received.text, { status: received.status });
		if (received.form === "watched Response") {
			response.json = async () => {
				try {
					return this.#recording.label((await Response.prototype.json.call(response)) as unknown, `body of ${name ?? "a response"}`);
				} catch (reason) {
					throw this.#recording.label(reason, "what json() rejected with");
				}
			};
		}
		return response;
	}

	#stubResponse(name: string | undefined, received: StubResponse, called: () => void): object {
		const members: Record<string, unknown> = { ...received.members };
		const run = this;
		if (received.json !== undefined) {
			const outcome = received.json;
			this.#recording.label(outcome.value, `json() of ${name ?? "a stub"}`);
			members.json = function (this: unknown, ...parameters: unknown[]) {
				// What a refusal says is read, for `code` and `action`.
				if (name !== undefined && members.ok) {
					run.#recording.add(`${name} json() argument count`, parameters.length);
					run.#recording.add(`${name} json() this`, this === response);
				}
				if (members.ok) called();
				return perform(outcome, outcome.value);
			};
		}
		const response: object = received.form === "stub" ? members : this.#watched(name, members);
		return response;
	}

	/** Notes each member that is read, once; `then` is left out: awaiting may read it any number of times. */
	#watched(name: string | undefined, members: object): object {
		const read = new Set<PropertyKey>(["then"]);
		if (!("ok" in members && members.ok)) for (const key of ["clone", "body", "text", "json", "status", "headers"]) read.add(key);
		return new Proxy(members, {
			get: (target, key, receiver) => {
				if (name !== undefined && !read.has(key)) this.#recording.add(`${name} is read`, key);
				read.add(key);
				return Reflect.get(target, key, receiver) as unknown;
			},
		});
	}

	#recordUrlAndState(name: string, result: unknown): string | undefined {
		this.#recording.add(`${name} is an array of`, Array.isArray(result) ? result.length : result);
		if (!Array.isArray(result)) return undefined;
		this.#recordResultUrl(name, result[0], { state: result[1] });
		this.#recording.add(`${name} flags`, Object.isExtensible(result) && !Object.isFrozen(result));
		return result[1] as string;
	}

	#recordUrlVerifierAndState(result: unknown): void {
		this.#recording.add("created is an array of", Array.isArray(result) ? result.length : result);
		if (Array.isArray(result)) this.#recordResultUrl("created", result[0], { verifier: result[1], state: result[2] });
	}

	/** Random values are recorded by their form, and stand in the URL as a mark. */
	#recordResultUrl(name: string, url: unknown, drawn: { state: unknown; verifier?: unknown }): void {
		this.#recording.add(`${name} URL is a URL`, url instanceof URL);
		const state = String(drawn.state);
		let href = String(url).replace(`state=${state}`, "state=<state>");
		this.#recording.add(`${name} state`, typeof drawn.state === "string" && /^[a-z0-9]{43}$/.test(state) ? "<state>" : drawn.state);
		this.#draws.add("state", state);
		if (drawn.verifier !== undefined) {
			const verifier = String(drawn.verifier);
			this.#recording.add(`${name} verifier`, /^[A-Za-z0-9._~-]{96}$/.test(verifier) ? "<verifier>" : drawn.verifier);
			this.#draws.add("verifier", verifier);
			const challenge = createHash("sha256").update(verifier).digest("base64url");
			href = href.replace(`code_challenge=${challenge}`, "code_challenge=<challenge>");
		}
		this.#recording.add(`${name} URL`, href);
	}

	#recordUserAuth(name: string, userAuth: unknown): void {
		this.#recordShape(name, userAuth);
		const { providerId, providerUserId, atlassianUser, atlassianTokens } = userAuth as Record<string, unknown>;
		this.#recording.add(`${name} members`, { providerId, providerUserId, atlassianUser, atlassianTokens });
	}

	#recordShape(name: string, object: unknown): void {
		this.#recording.add(`${name} is`, typeof object);
		if (typeof object !== "object" || object === null) return;
		this.#recording.add(`${name} is extensible`, Object.isExtensible(object));
		for (const key of Reflect.ownKeys(object)) {
			if ([...privateMembers, ...addedMembers].includes(String(key))) continue;
			const { enumerable, writable, configurable } = Object.getOwnPropertyDescriptor(object, key) ?? {};
			const type = typeof (object as Record<PropertyKey, unknown>)[key];
			this.#recording.add(`${name} has ${String(key)}`, { type, enumerable, writable, configurable });
		}
	}

	async #userAuthSteps(userAuth: Record<string, AnyFunction>, auth: StubbedAuth, steps: UserAuthStep[]): Promise<void> {
		for (const [position, step] of steps.entries()) {
			if (step.replace !== undefined) auth.replace(step.replace.name, step.replace.by);
			for (const argument of step.arguments) this.#labelWhole(argument, `argument of step ${position}`);
			const call = take(userAuth, step.method, step.style);
			const outcome = await this.#settle(`step ${position} ${step.method}`, () => call(...step.arguments));
			if (outcome !== undefined) this.#recording.add(`step ${position} result`, outcome.value);
			this.#recording.add(`step ${position} arguments afterwards`, step.arguments);
		}
	}

	#labelWhole(value: unknown, label: string): void {
		this.#recording.label(value, label);
		for (const [name, { value: member }] of Object.entries(Object.getOwnPropertyDescriptors(Object(value)) as PropertyDescriptorMap)) {
			this.#recording.label(member, `${name} of ${label}`);
		}
	}

	#makeAuth(plan: AuthPlan): StubbedAuth {
		if (plan.form === "absent") return { value: plan.value, replace: () => {} };
		let auth: object = plan.form === "null prototype" ? (Object.create(null) as object) : {};
		// Where the methods stand: on the object itself, or on its prototype as with Lucia's own class.
		const home = auth;
		if (plan.form === "class") auth = Object.create(home) as object;
		const place = (name: string, method: AuthMethod) => Object.defineProperty(home, name, this.#authMember(name, method, () => auth));
		for (const name of authMethods) place(name, plan.methods[name]);
		if (plan.form === "frozen") Object.freeze(auth);
		this.#recording.label(auth, "auth");
		return { value: auth, replace: plan.form === "frozen" ? () => {} : place };
	}

	#authMember(name: string, method: AuthMethod, auth: () => object): PropertyDescriptor {
		if (method.kind === "value") return { value: method.value, configurable: true };
		const { outcome } = method;
		this.#recording.label(outcome.value, `what ${name} ${outcome.how}s`);
		if (method.kind === "getter" && outcome.how === "throw") return { get: () => perform(outcome, outcome.value), configurable: true };
		const recording = this.#recording;
		let calls = 0;
		const stub = function (this: unknown, ...parameters: unknown[]) {
			recording.add(`${name} this`, this === auth() ? "auth" : this);
			recording.add(`${name} arguments`, parameters);
			parameters.forEach((value) => {
				recording.label(value, `argument of ${name} call ${++calls}`);
				if (name === "createUser") recording.label((value as { key?: unknown } | null)?.key, `key of ${name} call ${calls}`);
			});
			return perform(outcome, outcome.value);
		};
		return method.kind === "getter" ? { get: () => stub, configurable: true } : { value: stub, configurable: true };
	}
}

type StubbedAuth = { value: unknown; replace: (name: string, by: AuthMethod) => void };

/** Takes a method out of an object as a program would. */
function take(object: Record<string, AnyFunction>, name: string, style: CallStyle): AnyFunction {
	if (style === "method") return (...parameters) => (object[name] as AnyFunction)(...parameters) as unknown;
	if (style === "destructured") {
		const { [name]: method } = object;
		return (...parameters) => (method as AnyFunction)(...parameters) as unknown;
	}
	const copy = { ...object };
	return (...parameters) => (copy[name] as AnyFunction)(...parameters) as unknown;
}

function perform(outcome: Outcome, value: unknown): unknown {
	switch (outcome.how) {
		case "return":
			return value;
		case "resolve":
			return Promise.resolve(value);
		case "thenable":
			return { then: (resolve: AnyFunction) => void resolve(value) };
		case "throw":
			throw value;
		case "reject":
			return Promise.reject(value);
		case "rejecting thenable":
			return { then: (_: AnyFunction, reject: AnyFunction) => void reject(value) };
		case "throwing then":
			return { get then() { throw value; } };
	}
}
