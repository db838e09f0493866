// What cargo-deny says of the crates: licences, duplicates, sources, and advisories where a copy of
// the RustSec database is at hand. The advisories are checked against a made-up database as well, so
// that it shows that they would be noticed.

import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { after, test } from "node:test";
import { fileURLToPath } from "node:url";

import { installCrate } from "../../pkg/build/tools.js";

const root = fileURLToPath(new URL("../../", import.meta.url));
const program = join(await installCrate("cargo-deny", "0.20.2", "checks licences, sources and advisories of the crates", 40), "cargo-deny");
const scratch = mkdtempSync(join(tmpdir(), "lucia-atlassian-deny-"));
after(() => rmSync(scratch, { recursive: true }));

const committed = readFileSync(join(root, "tests", "supply-chain", "deny.toml"), "utf8");

function deny(config: string, ...checks: string[]) {
	const path = join(scratch, "deny.toml");
	writeFileSync(path, config);
	const { status, stdout, stderr } = spawnSync(
		program,
		["--color", "never", "--locked", "--offline", "--config", path, "check", ...checks],
		{ cwd: root, encoding: "utf8" }
	);
	return { status, output: stdout + stderr };
}

/** cargo-deny looks for a clone of the database by this name, in the folder that the configuration names. */
const clone = "advisory-db-3157b0e258782691";
const withDatabase = (folder: string) =>
	committed.replace("[advisories]\n", `[advisories]\ndb-path = ${JSON.stringify(folder)}\n`);

test("licences, duplicates, wildcards and sources are as deny.toml demands", () => {
	const { status, output } = deny(committed, "licenses", "bans", "sources");
	assert.equal(status, 0, output);
	assert.match(output, /bans ok, licenses ok, sources ok/);
});

test("a licence that is not on the list is refused", () => {
	const { status, output } = deny(committed.replace('"BSD-3-Clause", ', ""), "licenses");
	assert.notEqual(status, 0);
	assert.match(output, /subtle/);
});

test("a crate with an advisory is refused", () => {
	const made = join(scratch, "made-up", clone);
	mkdirSync(join(made, "crates", "sha2"), { recursive: true });
	writeFileSync(
		join(made, "crates", "sha2", "RUSTSEC-2026-9999.md"),
		'```toml\n[advisory]\nid = "RUSTSEC-2026-9999"\npackage = "sha2"\ndate = "2026-01-01"\n\n[versions]\npatched = []\n```\n\n# Made up\n\nFor a test.\n'
	);
	const git = (...args: string[]) => execFileSync("git", ["-c", "user.name=test", "-c", "user.email=test@app.example", ...args], { cwd: made, stdio: "ignore" });
	git("init");
	git("add", ".");
	git("commit", "-m", "Made up");
	const { status, output } = deny(withDatabase(join(scratch, "made-up")), "advisories");
	assert.notEqual(status, 0);
	assert.match(output, /RUSTSEC-2026-9999/);
});

test("no crate has an advisory, as far as the database is at hand", () => {
	const given = process.env["ADVISORY_DB"];
	const cached = join(process.env["CARGO_HOME"] ?? join(homedir(), ".cargo"), "advisory-dbs");
	if (given === undefined && !existsSync(join(cached, clone))) {
		console.log("NOT CHECKED: advisories. Set ADVISORY_DB to a clone of RustSec's advisory-db, or run `cargo deny fetch`.");
		return;
	}
	let folder = cached;
	if (given !== undefined) {
		folder = join(scratch, "given");
		mkdirSync(folder);
		symlinkSync(resolve(given), join(folder, clone));
	}
	const { status, output } = deny(withDatabase(folder), "advisories");
	assert.equal(status, 0, output);
});
