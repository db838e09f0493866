// Builds are repeatable: two clones, in folders of other depth, on machines made to look different,
// give the bytes that the build here has given. A clone is made of the files as they are, committed or
// not, so that a change is tested before it is committed.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { chmodSync, cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, test } from "node:test";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../../", import.meta.url));
const scratch = mkdtempSync(join(tmpdir(), "lucia-atlassian-twice-"));
after(() => rmSync(scratch, { recursive: true }));

const { version } = JSON.parse(readFileSync(join(root, "pkg", "package.json"), "utf8")) as { version: string };
const tarball = join("target", `lucia-atlassian-${version}.tgz`);
const published = ["lucia_atlassian_bg.wasm", "default.js", "edge.js", "init.js", "sbom.cdx.json"].map((file) => join("pkg", "dist", file));

function hashes(folder: string): Record<string, string> {
	return Object.fromEntries(
		[...published, tarball].map((file) => [
			file,
			createHash("sha256").update(readFileSync(join(folder, file))).digest("hex")
		])
	);
}

/** A clone with the npm packages of this one, but for the package itself. */
function clone(folder: string): void {
	const files = execFileSync("git", ["ls-files", "-z", "--cached", "--others", "--exclude-standard"], { cwd: root, encoding: "utf8" });
	for (const file of files.split("\0").filter((file) => file && existsSync(join(root, file)))) {
		mkdirSync(dirname(join(folder, file)), { recursive: true });
		cpSync(join(root, file), join(folder, file));
	}
	mkdirSync(join(folder, "node_modules"));
	for (const entry of ["@esbuild", "binaryen", "esbuild", ".lucia-atlassian"]) {
		symlinkSync(join(root, "node_modules", entry), join(folder, "node_modules", entry));
	}
}

/** A home of cargo's with the downloads of this machine's, unpacked in another place. */
function cargoHome(folder: string): string {
	const own = process.env["CARGO_HOME"] ?? join(homedir(), ".cargo");
	mkdirSync(join(folder, "registry"), { recursive: true });
	for (const part of ["cache", "index"]) {
		if (existsSync(join(own, "registry", part))) symlinkSync(join(own, "registry", part), join(folder, "registry", part));
	}
	return folder;
}

const machines = [
	{ folder: "a", umask: "022", env: { TZ: "Pacific/Kiritimati", LC_ALL: "C" } },
	{
		folder: join("much deeper", "than", "the", "other"),
		umask: "077",
		env: {
			TZ: "America/St_Johns",
			LC_ALL: "tr_TR.UTF-8",
			SOURCE_DATE_EPOCH: "1",
			// What a developer may have set for other projects.
			RUSTFLAGS: "-C opt-level=1",
			CARGO_PROFILE_RELEASE_LTO: "off",
			CARGO_INCREMENTAL: "1",
			CARGO_BUILD_RUSTFLAGS: "-C opt-level=1",
			RUSTC_WRAPPER: "there is none"
		}
	}
];

for (const { folder, umask, env } of machines) {
	test(`a clone in "${folder}" gives the same bytes`, { skip: process.platform === "win32" }, () => {
		const machine = join(scratch, folder);
		const at = (name: string) => join(machine, name);
		mkdirSync(at("tmp"), { recursive: true });
		clone(at("clone"));
		// As a clone made under that umask has it.
		if (umask === "077") chmodSync(join(at("clone"), "pkg", "stores.js"), 0o600);
		const home = homedir();
		execFileSync("sh", ["-c", `umask ${umask}; exec "$0" pkg/build.js --no-sqlite`, process.execPath], {
			cwd: at("clone"),
			stdio: ["ignore", "inherit", "inherit"],
			env: {
				...process.env,
				HOME: at("home"),
				// The tools are those of this machine.
				XDG_CACHE_HOME: process.env["XDG_CACHE_HOME"] ?? join(home, ".cache"),
				RUSTUP_HOME: process.env["RUSTUP_HOME"] ?? join(home, ".rustup"),
				npm_config_cache: join(home, ".npm"),
				CARGO_HOME: cargoHome(at("cargo")),
				CARGO_TARGET_DIR: at("target"),
				TMPDIR: at("tmp"),
				...env
			}
		});
		const made = hashes(at("clone"));
		console.log(JSON.stringify(made, null, "\t"));
		assert.deepEqual(made, hashes(root));
		assert.doesNotMatch(readFileSync(join(at("clone"), published[0] ?? ""), "latin1"), /\/(root|home|Users|tmp|registry)\//);
	});
}
