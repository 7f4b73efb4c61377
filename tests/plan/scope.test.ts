import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { compileScope, compileTaskScope, explainBadScope, literalStartOf } from "../../src/plan/scope.ts";
import { makeTempFolder } from "../helpers/temp-folders.ts";
import { makeContext, places, read } from "./read-text.ts";

let root = "";
beforeAll(() => {
  root = makeTempFolder("scope ü", "file");
  mkdirSync(join(root, "src"));
  mkdirSync(join(root, ".git"));
  writeFileSync(join(root, "src", "a.ts"), "");
  symlinkSync(tmpdir(), join(root, "out"));
  symlinkSync("/nowhere/at/all", join(root, "dangling"));
  symlinkSync("src", join(root, "in"));
  symlinkSync(".git", join(root, "git"));
});

const readScope = (scope: string) =>
  read(
    JSON.stringify({ tasks: [{ id: "t", run: "x", scope: ["src/**", scope] }] }, null, 1),
    "json",
    makeContext("", root),
  );

describe("a scope", () => {
  it.each([
    "../x",
    "src/../../x",
    "{a,../x}",
    "src/{..,b}/x",
    "/etc/passwd",
    "C:/x",
    "c:x",
    "~/x",
    "src\\a.ts",
    ".git/config",
    "src/.git/hooks/**",
    ".GIT/config",
    ".ce-workspace/**",
    "./.ce-workspace",
    "!src/**",
    " ",
    "a\nb",
    "*a*b*c*d*e",
    "x".repeat(501),
    "out/x",
    "out/**",
    "dangling/x",
    "dangling",
    "git/config",
  ])("may not be %j", (scope) => {
    const { plan, errors } = readScope(scope);
    expect(plan).toBeNull();
    expect(places(errors)).toEqual([scope === " " ? "plan.badValue@8" : "plan.badScope@8"]);
  });

  it("may not hold a NUL character", () => {
    expect(places(readScope("a\u0000b").errors)).toEqual(["plan.badValue@8"]);
  });

  it.each([
    "src",
    "src/",
    "./src/a.ts",
    "in/a.ts",
    "**",
    "*.md",
    "app/\\[id\\]/page.tsx",
    ".github/**",
    "a b/ü.txt",
    "..a/b",
  ])("may be %j", (scope) => {
    expect(readScope(scope).errors).toEqual([]);
  });

  it("matches a path and all under it, also files that begin with a dot", () => {
    const isIn = compileScope(["src/", "docs", "*.md", "app/\\[id\\]/**", "lib/**/*.{ts,js}"]);
    const inside = [
      "src/a",
      "src/.b/c",
      "docs",
      "docs/x/y",
      "README.md",
      "app/[id]/page.tsx",
      "lib/a.ts",
      "lib/x/y.js",
    ];
    const outside = ["srcx", "docsx", "a/README.md", "app/i/page.tsx", "lib/a.css"];
    expect(inside.filter((path) => !isIn(path))).toEqual([]);
    expect(outside.filter(isIn)).toEqual([]);
  });
});

describe("what pleach goes by", () => {
  const may = (scope: string[] | undefined, path: string): boolean => compileTaskScope(scope)(path);
  const own = ["pleach.yaml", ".pleach/roles/builders.md", ".pleach", "Pleach.YAML", ".PLEACH/x"];

  it.each(own)("is outside of every scope that does not name it: %s", (path) => {
    for (const scope of [undefined, ["**"], ["*"], ["src/**", "*.yaml"], ["."], ["{pleach.yaml,a}"], []]) {
      expect(may(scope, path), String(scope)).toBe(false);
    }
  });

  it("is in the scope of a task that names it, or a folder of it", () => {
    expect(may(["pleach.yaml"], "pleach.yaml")).toBe(true);
    expect(may(["./.pleach/"], ".pleach/roles/a.md")).toBe(true);
    expect(may([".pleach/roles/*.md", "**"], ".pleach/roles/a.md")).toBe(true);
    expect(may([".pleach/roles/*.md", "**"], ".pleach/policy/a.md")).toBe(false);
    expect(may([".pleach/**"], "pleach.yaml")).toBe(false);
  });

  it("are files at the root: of others nothing is known", () => {
    expect(may(undefined, "examples/pleach.yaml")).toBe(true);
    expect(may(["docs/**"], "docs/.pleach/a")).toBe(true);
    expect(may(undefined, "pleach.yaml.md")).toBe(true);
  });
});

describe("the bounds of a scope", () => {
  it.each<[string, string, RegExp]>([
    ["a".repeat(500), "a".repeat(501), /longer than 500/],
    ["src/a*b*c*/x", "src/a*b*c*d*/x", /more than 3 wildcards/],
    ["**/a/".repeat(6), "**/a/".repeat(7), /more than 6 times/],
  ])("take %.20s… and no more", (most, more, why) => {
    expect(explainBadScope(most)).toBeNull();
    expect(explainBadScope(more)).toMatch(why);
  });
});

describe("what all paths of an entry begin with", () => {
  it.each([
    ["src/a.ts", "src/a.ts"],
    ["src/**", "src"],
    ["src/a*", "src/a"],
    ["src/\\[id\\]/x", "src/[id]/x"],
    ["**", ""],
  ])("%s: %s", (entry, start) => expect(literalStartOf(entry)).toBe(start));
});
