// The playground in the visitor's browser: creates the authorization URL from the form with the package itself, shows
// it part by part, writes the code, and measures. It fetches only /assets of this app.

import type { Auth } from "lucia";
import type { atlassian } from "lucia-atlassian/init";
import wasmAddress from "lucia-atlassian/lucia_atlassian.wasm";

import { standInUrl } from "../stand-in.ts";
import type { Weights } from "../build.ts";
import { type Runtime, snippets, type Values } from "./snippets.ts";

declare const WEIGHTS: Weights;

/** The playground calls no method that needs Lucia. */
const auth = {} as Auth;

function find<E extends Element>(selector: string): E {
	const element = document.querySelector<E>(selector);
	if (!element) throw new Error(`The page lacks ${selector}.`);
	return element;
}

const form = find<HTMLFormElement>("form");
const urlList = find<HTMLOListElement>(".url");
const problem = find<HTMLElement>(".problem");
const open = find<HTMLAnchorElement>("#open");
const explanations = find<HTMLElement>(".explanations");
const snippet = find<HTMLElement>("#snippet");
/** The elements to hide without a URL. */
const aboutUrl = [urlList, explanations, ...document.querySelectorAll<HTMLElement>(".explanations ~ *")];

function read(): Values {
	const data = new FormData(form);
	return {
		clientId: String(data.get("clientId")).trim(),
		redirectUri: String(data.get("redirectUri")).trim(),
		scope: data.getAll("scope").map(String),
	};
}

const configs = (values: Values) => ({ ...values, clientSecret: "" });

/** The latest URL, for copying, or an empty string. */
let address = "";
let turn = 0;

async function update(create: typeof atlassian): Promise<void> {
	const values = read();
	const runtime = find<HTMLInputElement>("[name=runtime]:checked").value as Runtime;
	snippet.textContent = snippets[runtime](values);

	const ownTurn = ++turn;
	const missing = (!values.clientId && "a client ID") || (!values.redirectUri && "a redirect URI");
	const [url, message] = missing
		? [undefined, `Type ${missing} to see the URL.`]
		: await create(auth, configs(values))
				.getAuthorizationUrl()
				.then(([url]) => [url, ""] as const, (error: Error) => [undefined, error.message] as const);
	// The form has changed since then.
	if (ownTurn !== turn) return;
	address = url?.href ?? "";
	problem.hidden = url !== undefined;
	problem.textContent = message;
	for (const element of aboutUrl) element.hidden = url === undefined;
	if (url) show(url);
}

function show(url: URL): void {
	const { standIn } = explanations.dataset;
	open.href = standIn ? standInUrl(url, standIn).href : url.href;
	const parts = [["address", url.origin + url.pathname], ...url.searchParams] as [string, string][];
	urlList.replaceChildren(...parts.map(([name, value], index) => part(name, value, index)));
	explain();
}

function part(name: string, value: string, index: number): HTMLLIElement {
	const item = document.createElement("li");
	const button = document.createElement("button");
	button.type = "button";
	button.dataset["name"] = name;
	button.setAttribute("aria-describedby", `about-${name}`);
	const written = document.createElement("span");
	if (name === "address") {
		written.textContent = value;
		button.append(written);
	} else {
		const label = document.createElement("b");
		label.textContent = name;
		written.textContent = new URLSearchParams([["", value]]).toString().slice(1);
		button.append(index === 1 ? "?" : "&", label, "=", written);
	}
	item.append(button);
	return item;
}

/** Shows the purpose of one part, or the hint. */
function explain(name?: string): void {
	for (const explanation of explanations.querySelectorAll<HTMLElement>("p")) {
		explanation.hidden = name ? explanation.id !== `about-${name}` : !explanation.classList.contains("hint");
	}
	for (const button of urlList.querySelectorAll("button")) button.classList.toggle("chosen", button.dataset["name"] === name);
}

const partOf = (event: Event) => (event.target as Element).closest<HTMLElement>(".url button")?.dataset["name"];

function copyFrom(selector: string, text: () => string): void {
	const button = find<HTMLButtonElement>(selector);
	const label = button.textContent;
	button.addEventListener("click", async () => {
		const isCopied = await navigator.clipboard.writeText(text()).then(() => true, () => false);
		button.textContent = isCopied ? "Copied" : "Not allowed here";
		announce(isCopied ? "Copied" : "This browser does not allow copying here");
		setTimeout(() => (button.textContent = label), 2_000);
	});
}

const announce = (text: string) => (find("#announcement").textContent = text);

type Provider = { getAuthorizationUrl: () => Promise<unknown> };

const ROUNDS = 12;
const ROUND_MS = 20;

/**
 * URLs a second of each provider: the median of its rounds. They take turns, so that a busy machine affects both
 * alike.
 */
async function measure(providers: Provider[]): Promise<number[]> {
	const rates = providers.map((): number[] => []);
	for (let round = -1; round < ROUNDS; round++) {
		for (const [index, provider] of providers.entries()) {
			// The page can respond to its visitor between two rounds.
			await new Promise((resolve) => setTimeout(resolve, 5));
			const rate = await urlsASecond(provider);
			// The first round is for the compiler.
			if (round >= 0) rates[index]?.push(rate);
		}
	}
	return rates.map((list) => list.sort((a, b) => a - b)[Math.floor(list.length / 2)] ?? 0);
}

async function urlsASecond(provider: Provider): Promise<number> {
	let urls = 0;
	const started = performance.now();
	let elapsed = 0;
	while (elapsed < ROUND_MS) {
		for (let i = 0; i < 20; i++) await provider.getAuthorizationUrl();
		urls += 20;
		elapsed = performance.now() - started;
	}
	return (urls / elapsed) * 1000;
}

const kilobytes = (bytes: number) => `${(bytes / 1000).toFixed(1)} KB`;
const set = (id: string, text: string) => (find(`#${id}`).textContent = text);

async function load() {
	const { default: init, atlassian } = await import("lucia-atlassian/init");
	const bytes = await (await fetch(wasmAddress)).arrayBuffer();
	const started = performance.now();
	await init(bytes);
	const elapsed = performance.now() - started;
	const [timing] = performance.getEntriesByName(new URL(wasmAddress, location.href).href) as PerformanceResourceTiming[];
	set("wasm-size", kilobytes(WEIGHTS.wasm));
	set("script-size", kilobytes(WEIGHTS.script));
	set("published-size", kilobytes(WEIGHTS.published));
	set("wasm-sent", timing?.encodedBodySize ? kilobytes(timing.encodedBodySize) : "unknown");
	set("instantiate", `${elapsed.toFixed(1)} ms`);
	return atlassian;
}

async function start(): Promise<void> {
	find<HTMLElement>(".notice").hidden = true;
	// On a phone, the open list would hide the URL.
	find<HTMLDetailsElement>("details:not([open])").open = matchMedia("(min-width: 60rem)").matches;
	const create = await load();
	for (const element of document.querySelectorAll<HTMLElement>(".needs-script")) element.hidden = false;

	form.addEventListener("submit", (event) => event.preventDefault());
	form.addEventListener("input", () => update(create));
	for (const choice of document.querySelectorAll("[name=runtime]")) choice.addEventListener("change", () => update(create));
	urlList.addEventListener("pointerover", (event) => explain(partOf(event)));
	urlList.addEventListener("focusin", (event) => explain(partOf(event)));
	urlList.addEventListener("click", (event) => explain(partOf(event)));
	copyFrom("#copy-url", () => address);
	copyFrom("#copy-code", () => snippet.textContent ?? "");

	const button = find<HTMLButtonElement>("#measure");
	const { atlassian: published } = await import("./published.ts");
	async function showRates(): Promise<void> {
		// A disabled button would lose the focus.
		if (button.getAttribute("aria-disabled") === "true") return;
		button.setAttribute("aria-disabled", "true");
		const values = { ...configs(read()), clientId: read().clientId || "client" };
		const [own = 0, other = 0] = await measure([create(auth, values), published(auth, values)]);
		set("rate", Math.round(own).toLocaleString("en"));
		set("published-rate", Math.round(other).toLocaleString("en"));
		announce(`Measured: ${Math.round(own)} URLs a second, and ${Math.round(other)} with @lucia-auth/oauth`);
		button.setAttribute("aria-disabled", "false");
	}
	button.addEventListener("click", showRates);
	await update(create);
	await showRates();
}

start().catch((error: Error) => {
	problem.hidden = false;
	problem.textContent = `The playground could not start: ${error.message}`;
	throw error;
});
