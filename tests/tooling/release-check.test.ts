/** `npm run release:check` in small repositories whose check and smoke are stand-ins. */
import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ROOT } from "../helpers/compile-src.ts";
import { git, programEnv } from "../helpers/program.ts";

const LOG = "tests/fixtures/logs/v1/log";
let folder = "";

function write(name: string, text: string): void {
  mkdirSync(dirname(join(folder, name)), { recursive: true });
  writeFileSync(join(folder, name), text);
}

function commit(): void {
  git(folder, "add", "--all");
  git(folder, "commit", "-q", "-m", "x");
}

/** A commit that may be published, one after a release that may not be told apart from it. */
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "pleach-release-"));
  git(folder, "init", "-q", "-b", "main");
  cpSync(join(ROOT, "scripts/release-check.mjs"), join(folder, "scripts/release-check.mjs"), { recursive: true });
  const scripts = { check: "echo checked", smoke: "echo smoked" };
  write("package.json", JSON.stringify({ name: "x", version: "1.1.0", scripts }));
  write("CHANGELOG.md", "# Changelog\n\n## 1.0.0 (2030-01-02)\n");
  write(LOG, "1");
  commit();
  git(folder, "tag", "v1.0.0");
  write("CHANGELOG.md", "# Changelog\n\n## 1.1.0 (2030-02-03)\n\n- More.\n\n## 1.0.0 (2030-01-02)\n");
  write("tests/fixtures/logs/v2/log", "2");
  commit();
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function check(...flags: string[]) {
  const args = ["scripts/release-check.mjs", ...flags];
  const done = spawnSync(process.execPath, args, { cwd: folder, encoding: "utf8", env: programEnv() });
  const lines = done.stdout.trim().split("\n");
  return { code: done.status, said: done.stdout, bad: lines.flatMap((line) => /^✗ (\w+)/.exec(line)?.[1] ?? []) };
}

describe("npm run release:check", () => {
  it("lets a commit be published that has all that it needs, after every check", () => {
    const { code, said } = check();
    expect(said).toMatch(/checked\n✓ check.*\nsmoked\n✓ smoke.*\nv1\.1\.0 may be published\n$/);
    expect(code).toBe(0);
    git(folder, "tag", "v1.1.0");
    expect(check("--facts")).toMatchObject({ code: 0, bad: [] });
  });

  const faults: [string, string, () => void][] = [
    ["a file that git does not know", "tree", () => write("new.txt", "")],
    ["a version without a section", "changelog", () => write("CHANGELOG.md", "# Changelog\n\n## 1.0.0 (2030-01-02)\n")],
    ["a version without a date", "changelog", () => write("CHANGELOG.md", "# Changelog\n\n## 1.1.0 (unreleased)\n")],
    ["no section at all", "changelog", () => write("CHANGELOG.md", "")],
    ["a version that is out", "tag", () => git(folder, "tag", "v1.1.0", "HEAD^")],
    ["a log of the last release that is another", "logs", () => write(LOG, "one")],
    ["a log of the last release that is gone", "logs", () => rmSync(join(folder, LOG))],
  ];
  it.each(faults)("says what to do about %s, and starts no long check", (_what, fact, spoil) => {
    spoil();
    if (fact !== "tree" && fact !== "tag") commit();
    const { code, bad, said } = check();
    expect({ code, bad }).toEqual({ code: 1, bad: [fact] });
    expect(said).not.toContain("checked");
    expect(said).toContain("v1.1.0 may not be published yet");
  });

  it("is red when the check is", () => {
    const manifest = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
    write("package.json", JSON.stringify({ ...manifest, scripts: { check: "exit 3", smoke: "echo smoked" } }));
    commit();
    const { code, bad, said } = check();
    expect({ code, bad }).toEqual({ code: 1, bad: ["check"] });
    expect(said).not.toContain("smoked");
  });

  it("explains itself, and refuses flags that it does not know", () => {
    expect(check("--help")).toMatchObject({ code: 0, said: expect.stringContaining("usage: npm run release:check") });
    expect(check("--fact")).toMatchObject({ code: 2, said: expect.stringContaining("unknown flag --fact") });
  });

  it("has the scripts that it runs", () => {
    const { scripts } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8"));
    expect(Object.keys(scripts)).toEqual(expect.arrayContaining(["check", "smoke", "release:check"]));
    expect(scripts.prepublishOnly).toBe("npm run release:check");
  });
});
