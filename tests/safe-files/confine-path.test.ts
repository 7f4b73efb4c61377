import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import { confinePath } from "../../src/safe-files/index.ts";
import { makeTempFolder } from "../helpers/temp-folders.ts";

let base: string;
let root: string;
beforeEach(() => {
  base = makeTempFolder("confined", "test");
  root = join(base, "root");
  mkdirSync(join(root, "src"), { recursive: true });
  mkdirSync(join(base, "root-sibling"));
  writeFileSync(join(root, "src", "a.ts"), "");
  writeFileSync(join(base, "outside"), "");
  symlinkSync("src", join(root, "inside-link"));
  symlinkSync("..", join(root, "outside-link"));
  symlinkSync(join(base, "outside"), join(root, "outside-file"));
  symlinkSync(join(base, "not-there"), join(root, "dangling"));
  symlinkSync("loop", join(root, "loop"));
});

describe("a path from outside", () => {
  it("is resolved inside its root", () => {
    expect(confinePath(root, "src/a.ts")).toEqual({ kind: "inside", path: join(root, "src/a.ts"), exists: true });
    expect(confinePath(root, "new/deep/b.ts")).toEqual({
      kind: "inside",
      path: join(root, "new/deep/b.ts"),
      exists: false,
    });
    expect(confinePath(root, "src/../x")).toMatchObject({ path: join(root, "x") });
    expect(confinePath(root, "..a")).toMatchObject({ kind: "inside" });
  });

  it("may go through a symbolic link that stays inside", () => {
    expect(confinePath(root, "inside-link/a.ts")).toMatchObject({ path: join(root, "src/a.ts"), exists: true });
    expect(confinePath(root, "inside-link/new.ts")).toMatchObject({ path: join(root, "src/new.ts"), exists: false });
  });

  it.each([
    "",
    ".",
    "..",
    "../x",
    "../root-sibling/x",
    "src/../../x",
    "/etc/passwd",
    "a\0b",
    "outside-link/x",
    "outside-link/outside",
    "outside-file",
    "dangling",
    "dangling/x",
    "loop",
    ".git",
    ".git/hooks/pre-commit",
    "sub/.GIT/config",
  ])("%j is refused", (path) => {
    expect(confinePath(root, path)).toMatchObject({ kind: "refused", reason: expect.stringMatching(/./) });
  });

  it("is refused when the root itself is gone", () => {
    expect(confinePath(join(base, "gone"), "a")).toMatchObject({ kind: "refused" });
  });
});
