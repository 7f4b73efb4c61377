/** What `npm publish` would send: what the program needs, and nothing else. */
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

/** Paths in the package, without writing it. */
function listPacked(): string[] {
  const args = ["pack", "--dry-run", "--json", "--ignore-scripts"];
  const done = spawnSync("npm", args, { cwd: ROOT, encoding: "utf8", shell: process.platform === "win32" });
  const [packed] = JSON.parse(done.stdout) as { files: { path: string }[] }[];
  return (packed?.files ?? []).map(({ path }) => path);
}

/** Files below a folder of the package, as paths from its root. */
function listFiles(folder: string): string[] {
  return readdirSync(join(ROOT, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(ROOT.length));
}

describe("the package", () => {
  const packed = listPacked();

  it("holds everything that package.json names", () => {
    const manifest = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8"));
    expect(packed).toContain(manifest.bin.pleach);
    const targets = Object.values<string | Record<string, string>>(manifest.exports).flatMap((target) =>
      typeof target === "string" ? [target] : Object.values(target),
    );
    for (const target of targets.filter((each) => !each.includes("*")))
      expect(packed).toContain(target.replace("./", ""));
    for (const file of ["LICENSE", "README.md", "CHANGELOG.md", "package.json"]) expect(packed).toContain(file);
  });

  it("holds the roles, the commands, the vault template, the example and the schemas whole, hidden files included", () => {
    for (const folder of ["roles", "claude-commands", "vault-template", "examples", "schema"]) {
      const files = listFiles(folder);
      expect(files.length, folder).toBeGreaterThan(0);
      expect(files.filter((file) => !packed.includes(file))).toEqual([]);
    }
  });

  it("holds a built module for every source, and none without one", () => {
    const built = packed.filter((path) => /^dist\/.*(?<!\.d)\.js$/.test(path)).map((path) => path.slice(5, -3));
    const sources = listFiles("src")
      .filter((path) => /(?<!\.d)\.tsx?$/.test(path))
      .map((path) => path.slice(4).replace(/\.tsx?$/, ""));
    expect(built.sort()).toEqual(sources.sort());
  });

  it("holds nothing else", () => {
    const expected =
      /^(dist|claude-commands|roles|schema|vault-template|examples)\/|^(LICENSE|README\.md|ARCHITECTURE\.md|CHANGELOG\.md|package\.json)$/;
    expect(packed.filter((path) => !expected.test(path))).toEqual([]);
    const unwanted = /(^|\/)(node_modules|\.ce-workspace|\.git)\/|\.(log|tgz|map)$|(^|\/)\.DS_Store$/;
    expect(packed.filter((path) => unwanted.test(path))).toEqual([]);
  });

  it("starts with an interpreter line in its program", () => {
    expect(existsSync(join(ROOT, "dist/cli.js"))).toBe(true);
    expect(readFileSync(join(ROOT, "dist/cli.js"), "utf8")).toMatch(/^#!\/usr\/bin\/env node\n/);
  });
});
