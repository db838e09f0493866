// No input makes the wasm panic: a panic is a trap, and a trap takes the instance from everybody on the
// isolate. Shown twice: by the calls of panicking functions in the wasm that is shipped, each of which is
// accounted for here, and by lints that keep what can panic out of the source. (An `unreachable` that follows
// no call is where the compiler has proved that nobody comes, as at the end of a loop.)

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { suite, test } from "node:test";

import binaryen from "binaryen";

import { root } from "../bench/runtimes.ts";
import { withoutDeadFunctions } from "../../pkg/build/dead-functions.js";
import { withNames } from "../bench/size.ts";

/** Functions that never return, by what the standard library and wasm-bindgen call them. */
const PANICKING = /panic|unwrap_failed|expect_failed|slice_error|_fail\b|throw_str|throw_val|assert_failed/;

/** There is no memory left, or a length that no memory has. */
const ALLOCATION = /handle_error$|handle_alloc_error$|capacity_overflow$|rust_oom/;

/** Who calls a panicking function that is not about allocation, and why no input leads there. */
const accounted: Record<string, string> = {
	"<lucia_atlassian::js::allocator::Wiping as core::alloc::global::GlobalAlloc>::alloc -> wasm_bindgen::throw_val":
		"when a string is longer than the memory takes: a JavaScript exception, after which there is a new instance",
	"<lucia_atlassian::js::allocator::Wiping as core::alloc::global::GlobalAlloc>::dealloc -> core::panicking::panic":
		"when the allocator's own records in front of a block were overwritten, which takes unsafe code",
	"alloc::str::join_generic_copy -> core::option::expect_failed":
		"when strings are together longer than a memory can be; all of them are in that memory",
	"alloc::str::join_generic_copy -> core::panicking::panic_fmt":
		"when a string gets longer while it is joined to others; it is borrowed meanwhile",
	"core::panicking::panic -> core::panicking::panic_fmt": "the function itself, called by the allocator alone",
	"core::slice::index::slice_index_fail -> core::panicking::panic_fmt": "the function itself, called below alone",
	"lucia_atlassian::oauth::token::basic_authorization -> core::option::expect_failed":
		"when four thirds of a length are more than the memory can have; what is encoded is in that memory",
	"percent_encoding::<impl core::convert::From<percent_encoding::PercentDecode> for alloc::borrow::Cow<[u8]>>::from -> core::slice::index::slice_index_fail":
		"when the rest of a slice is longer than the slice",
	"core::cell::once::OnceCell<T>::try_init -> core::panicking::panic_fmt":
		"when a value is made while it is made; `LazyValue` makes it before, and hands it over",
	"core::option::expect_failed -> core::panicking::panic_fmt": "the function itself, called above alone",
	"lucia_atlassian::js::fetch::endpoint -> wasm_bindgen::throw_val":
		"when the stack is full: a JavaScript exception, after which there is a new instance",
	"wasm_bindgen::convert::closures::_::invoke -> wasm_bindgen::throw_str":
		"when a closure was dropped; those of the package are made once and stay"
};

interface Function {
	calls: string[];
	isTrap: boolean;
}

/** The functions, those that the table or the exports lead to, by the text format of binaryen. */
function reachable(wasm: Uint8Array): Map<string, Function> {
	binaryen.setDebugInfo(true);
	const text = binaryen.readBinary(wasm).emitText();
	const functions = new Map<string, Function>();
	const roots: string[] = [];
	const name = String.raw`\$("(?:[^"\\]|\\.)*"|[^\s()]+)`;
	const namesIn = (text: string, before = "") =>
		[...text.matchAll(new RegExp(before + name, "g"))].map(([, found]) => found ?? "");
	for (const field of text.split(/^(?= \()/m)) {
		const [, own] = new RegExp(`^ \\(func ${name}`).exec(field) ?? [];
		if (own !== undefined) {
			const body = field.slice(field.indexOf("\n")).trim();
			functions.set(own, { calls: namesIn(field, String.raw`\((?:return_)?call `), isTrap: /^\(unreachable\)\s*\)$/.test(body) });
		} else if (/^ \((elem|start)/.test(field)) roots.push(...namesIn(field));
		else if (/^ \(export "[^"]*" \(func/.test(field)) roots.push(...namesIn(field, String.raw`\(func `));
	}
	const found = new Map<string, Function>();
	while (roots.length > 0) {
		const next = roots.pop() ?? "";
		const known = functions.get(next);
		// What was made a trap, since nothing calls it, leads nowhere.
		if (!known || found.has(next)) continue;
		found.set(next, known);
		roots.push(...known.calls);
	}
	return found;
}

/** Without quotes and hashes. */
const plain = (name: string) => name.replaceAll(/^"|"$|\[[0-9a-f]{16}\]|::h[0-9a-f]{16}/g, "");

function panickingCalls(wasm: Uint8Array): string[] {
	const found = new Set<string>();
	for (const [caller, { calls }] of reachable(wasm)) {
		for (const callee of calls) {
			if (!PANICKING.test(callee) || ALLOCATION.test(plain(callee)) || ALLOCATION.test(plain(caller))) continue;
			found.add(`${plain(caller)} -> ${plain(callee)}`);
		}
	}
	return [...found].sort();
}

suite("the wasm that is shipped", () => {
	test("each call of a panicking function that it can come to is about allocation, or accounted for", async () => {
		const { before } = await withNames();
		const calls = panickingCalls(before);
		for (const call of calls) console.log(`${call}: ${accounted[call] ?? "NOT ACCOUNTED FOR"}`);
		assert.deepEqual(calls, Object.keys(accounted).sort());
	});

	test("what was made a trap is called by nothing but panics", async () => {
		const { before } = await withNames();
		const functions = reachable(before);
		const traps = new Set([...functions].filter(([, { isTrap }]) => isTrap).map(([name]) => name));
		assert.ok(traps.size > 0);
		const callers = [...functions].flatMap(([caller, { calls }]) =>
			calls.filter((callee) => traps.has(callee)).map((callee) => `${plain(caller)} -> ${plain(callee)}`)
		);
		for (const call of callers) assert.match(call, / -> (core::panicking::panic_fmt|std::alloc::rust_oom.*)$/);
	});

	test("dead functions are found, shown and removed, and are a part of the wasm that is worth it", () => {
		const compiled = readFileSync(join(root, "target", "wasm-pack", "lucia_atlassian_bg.wasm"));
		const { wasm, removed } = withoutDeadFunctions(binaryen, compiled);
		for (const [kind, names] of Object.entries(removed)) console.log(`${kind}:\n\t${names.map(plain).sort().join("\n\t")}`);
		assert.ok(compiled.length - wasm.length > 5_000, `${compiled.length - wasm.length} bytes are removed`);
		const all = Object.values(removed).flat().map(plain);
		assert.ok(all.includes("core::panicking::panic_fmt"));
		// Functions of the package itself are never dead: its own compiler finds those.
		assert.deepEqual(all.filter((name) => /^<?lucia_atlassian/.test(name)), []);
	});

	test("a toolchain that names dead functions in another way fails the build", () => {
		const module = binaryen.parseText(`(module
			(func $core::panicking::panic_fmt)
			(func $some::convert::closures::_::invoke))`);
		binaryen.setDebugInfo(true);
		assert.throws(() => withoutDeadFunctions(binaryen, module.emitBinary()), /no function of the wasm is of this kind: tasks/);
	});

	test("a panic that is not accounted for is found", () => {
		const module = binaryen.parseText(`(module
			(func $core::panicking::panic_bounds_check (unreachable))
			(func $lucia_atlassian::site::at (call $core::panicking::panic_bounds_check))
			(func $lucia_atlassian::never (call $core::panicking::panic_bounds_check))
			(export "at" (func $lucia_atlassian::site::at)))`);
		binaryen.setDebugInfo(true);
		assert.deepEqual(panickingCalls(module.emitBinary()), [
			"lucia_atlassian::site::at -> core::panicking::panic_bounds_check"
		]);
	});
});

/** What can panic, by the lint that forbids it. */
const forbidden: Record<string, string> = {
	arithmetic_side_effects: "pub fn f(a: u32, b: u32) -> u32 { a + b }",
	expect_used: `pub fn f(a: Option<u32>) -> u32 { a.expect("some") }`,
	get_unwrap: "pub fn f(a: &[u32]) -> u32 { *a.get(1).unwrap() }",
	indexing_slicing: "pub fn f(a: &[u32]) -> u32 { a[1] }",
	panic: "pub fn f() { panic!() }",
	string_slice: "pub fn f(a: &str) -> &str { &a[1..] }",
	todo: "pub fn f() { todo!() }",
	undocumented_unsafe_blocks: "#[allow(unsafe_code)] pub fn f(a: &u32) -> u32 { unsafe { *std::ptr::from_ref(a) } }",
	unimplemented: "pub fn f() { unimplemented!() }",
	unreachable: "pub fn f() { unreachable!() }",
	unwrap_used: "pub fn f(a: Option<u32>) -> u32 { a.unwrap() }"
};

suite("the lints", () => {
	const manifest = readFileSync(join(root, "Cargo.toml"), "utf8");
	const [lints = ""] = /^\[lints\.rust\][^]*?(?=^\[(?!lints))/m.exec(manifest) ?? [];

	test("what each of them is about is known", () => {
		const [, clippy = ""] = lints.split("[lints.clippy]");
		const names = [...clippy.matchAll(/^(\w+) = "deny"$/gm)].map(([, name]) => name);
		assert.deepEqual(names, Object.keys(forbidden));
	});

	test("each refuses what it is about", async () => {
		const folder = join(root, "target", "lints");
		const table = [...Object.entries(forbidden), ["unsafe_code", "pub fn f(a: *const u32) -> u32 { unsafe { *a } }"]];
		mkdirSync(join(folder, "src"), { recursive: true });
		writeFileSync(join(folder, "Cargo.toml"), `[package]\nname = "lints"\nversion = "0.0.0"\nedition = "2024"\n\n[workspace]\n\n${lints}`);
		writeFileSync(join(folder, "src", "lib.rs"), table.map(([name]) => `mod ${name};`).join("\n"));
		for (const [name, source] of table) writeFileSync(join(folder, "src", `${name}.rs`), `${source}\n`);
		const output = await new Promise<string>((resolve) =>
			execFile("cargo", ["clippy", "--offline", "--message-format=json"], { cwd: folder, maxBuffer: 2 ** 24 }, (_, stdout) => resolve(stdout))
		);
		const refused = output
			.split("\n")
			.filter((line) => line.startsWith("{"))
			.map((line) => JSON.parse(line) as { message?: { level: string; code: { code: string } | null; spans: { file_name: string }[] } })
			.filter(({ message }) => message?.level === "error" && message.code)
			.map(({ message }) => `${message?.spans[0]?.file_name}: ${message?.code?.code}`);
		for (const [name] of table) {
			const lint = name === "unsafe_code" ? name : `clippy::${name}`;
			assert.ok(refused.includes(`src/${name}.rs: ${lint}`), `${lint} is not among ${refused.join(", ")}`);
		}
	});
});
