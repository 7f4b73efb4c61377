/** What `npm publish` would send: what the program needs, and nothing else. */
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

/** Paths in the package, without writing it. */
function listPacked(): string[] {
  const args = ["pack", "--dry-run", "--json", "--ignore-scripts"];
  const done = spawnSync("npm", args, { cwd: ROOT, encoding: "utf8" });
  const [packed] = JSON.parse(done.stdout) as { files: { path: string }[] }[];
  return (packed?.files ?? []).map(({ path }) => path);
}

/** Files below a folder of the package, as paths from its root. */
function listFiles(folder: string): string[] {
  return readdirSync(join(ROOT, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(ROOT.length));
}

/** The files that these lead to, they themselves included. Lazily, too: a chunk is one line, which has to be searched. */
function follow(entries: readonly string[], ending: ".js" | ".d.ts"): string[] {
  const known = new Set<string>();
  const visit = (path: string): void => {
    if (known.has(path)) return;
    known.add(path);
    const text = readFileSync(join(ROOT, path), "utf8");
    for (const [, name = ""] of text.matchAll(/\b(?:from|import|import\()\s*["'`](\.{1,2}\/[^"'`]+)["'`]/g)) {
      visit(join(path, "..", name.replace(/\.[jt]sx?$/, ending)));
    }
  };
  for (const entry of entries) visit(entry);
  return [...known].sort();
}

const manifest = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8"));
const entries = Object.values<string | Record<string, string>>(manifest.exports)
  .flatMap((target) => (typeof target === "string" ? [target] : Object.values(target)))
  .map((target) => target.replace("./", ""))
  .filter((target) => !target.includes("*"));

describe("the package", () => {
  const packed = listPacked();

  it("holds everything that package.json names", () => {
    expect(packed).toContain(manifest.bin.pleach);
    for (const entry of entries) expect(packed).toContain(entry);
    for (const file of ["LICENSE", "README.md", "CHANGELOG.md", "THIRD_PARTY_NOTICES.md", "package.json"]) {
      expect(packed).toContain(file);
    }
  });

  it("holds the roles, the commands, the vault template, the example and the schemas whole, hidden files included", () => {
    for (const folder of ["roles", "claude-commands", "claude-plugin", "vault-template", "examples", "schema"]) {
      const files = listFiles(folder);
      expect(files.length, folder).toBeGreaterThan(0);
      expect(files.filter((file) => !packed.includes(file))).toEqual([]);
    }
  });

  it("holds all of docs/, and every document and picture that README and docs/ lead to", () => {
    const files = listFiles("docs");
    expect(files.length).toBeGreaterThan(30);
    expect(files.filter((file) => !packed.includes(file))).toEqual([]);
    const pages = [
      "README.md",
      ...files.filter((file) => /^docs\/(?!adr|internals)/.test(file) && file.endsWith(".md")),
    ];
    const linked = pages.flatMap((page) => {
      const links = readFileSync(join(ROOT, page), "utf8").matchAll(/\]\(([^)#:]+\.(?:md|json|svg))(?:#[^)]*)?\)/g);
      return [...links].map(([, path = ""]) => normalize(join(dirname(page), path)));
    });
    expect(linked.length).toBeGreaterThan(50);
    expect(linked.filter((path) => !packed.includes(path))).toEqual([]);
  });

  it("holds the parts that its program, entries and threads load, with maps, and no others", () => {
    const program = [manifest.bin.pleach, ...entries, "dist/chunks/worker.js"].filter((path) => path.endsWith(".js"));
    const parts = follow(program, ".js");
    expect(packed.filter((path) => /^dist\/.*\.js$/.test(path)).sort()).toEqual(parts);
    const maps = packed.filter((path) => path.endsWith(".map"));
    expect(maps.length).toBeGreaterThan(0.5 * parts.length);
    expect(maps.filter((path) => !parts.includes(path.replace(/\.map$/, "")))).toEqual([]);
  });

  it("holds the declarations that its entries refer to, and no others", () => {
    const declarations = follow(
      entries.filter((path) => path.endsWith(".d.ts")),
      ".d.ts",
    );
    const program = manifest.bin.pleach.replace(/\.js$/, ".d.ts");
    expect(packed.filter((path) => path.endsWith(".d.ts") && path !== program).sort()).toEqual(declarations);
  });

  it("holds nothing else", () => {
    const expected =
      /^(dist|claude-commands|claude-plugin|roles|schema|vault-template|examples|docs)\/|^(LICENSE|README\.md|ARCHITECTURE\.md|CHANGELOG\.md|THIRD_PARTY_NOTICES\.md|package\.json)$/;
    expect(packed.filter((path) => !expected.test(path))).toEqual([]);
    const unwanted = /(^|\/)(node_modules|\.ce-workspace|\.git)\/|\.(log|tgz)$|(^|\/)\.DS_Store$/;
    expect(packed.filter((path) => unwanted.test(path))).toEqual([]);
  });

  it("runs nothing where it is installed", () => {
    // Of `prepare`, too, which it never runs there, npm warns whoever installs the package.
    const hooks = ["preinstall", "install", "postinstall", "prepare"];
    expect(hooks.filter((hook) => hook in manifest.scripts)).toEqual([]);
  });

  it("starts with an interpreter line in its program", () => {
    expect(existsSync(join(ROOT, "dist/cli.js"))).toBe(true);
    expect(readFileSync(join(ROOT, "dist/cli.js"), "utf8")).toMatch(/^#!\/usr\/bin\/env node\n/);
  });
});
