import { spawnSync } from "node:child_process";
import { mkdirSync, realpathSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeAll, describe, expect, it } from "vitest";
import { findRootWithoutGit } from "../../../src/actors/git/find-root.ts";
import { git, programEnv } from "../../helpers/program.ts";
import { makeTempFolder } from "../../helpers/temp-folders.ts";

let base = "";
const at = (path: string): string => join(base, path);

/** What git says; undefined when it names no checkout. */
function askGit(dir: string): string | undefined {
  const { status, stdout } = spawnSync("git", ["rev-parse", "--show-toplevel"], {
    cwd: dir,
    env: programEnv(),
    encoding: "utf8",
  });
  return status === 0 ? realpathSync(stdout.trimEnd()) : undefined;
}

beforeAll(() => {
  base = makeTempFolder("a root", "file");
  for (const folder of ["repo/a/b", "elsewhere", "empty/a", "nothing/a"]) mkdirSync(at(folder), { recursive: true });
  for (const repository of ["repo", "empty", "elsewhere"]) git(at(repository), "init", "-q");
  git(at("repo"), "commit", "-q", "--allow-empty", "-m", "first");
  git(at("elsewhere"), "commit", "-q", "--allow-empty", "-m", "first");
  git(at("repo"), "worktree", "add", "-q", at("linked"));
  git(at("repo"), "-c", "protocol.file.allow=always", "submodule", "--quiet", "add", at("elsewhere"), "module");
  git(base, "init", "-q", "--bare", at("repo/a/bare.git"));
  mkdirSync(at("linked/deep"));
});

describe("the root of a checkout, found without git", () => {
  it.each(["repo", "repo/a/b", "linked", "linked/deep", "repo/module", "empty", "empty/a"])(
    "is what git says of %s",
    (dir) => {
      const said = askGit(at(dir));
      expect(said).toBeDefined();
      expect(findRootWithoutGit(at(dir))).toBe(said);
    },
  );

  it.each(["repo/.git", "repo/.git/refs", "repo/a/bare.git", "repo/a/bare.git/objects", "nothing/a"])(
    "is left to git for %s",
    (dir) => {
      expect(findRootWithoutGit(at(dir))).toBeUndefined();
    },
  );

  describe("is left to git", () => {
    const { GIT_CEILING_DIRECTORIES: before } = process.env;
    const undo: (() => void)[] = [];
    afterEach(() => {
      for (const each of undo.splice(0)) each();
      if (before === undefined) delete process.env.GIT_CEILING_DIRECTORIES;
      else process.env.GIT_CEILING_DIRECTORIES = before;
    });

    it("where a person says where git may look", () => {
      process.env.GIT_CEILING_DIRECTORIES = at("repo");
      expect(findRootWithoutGit(at("repo/a"))).toBeUndefined();
    });

    it.each([
      ["core.worktree", "../../elsewhere"],
      ["core.bare", "true"],
      ["include.path", "more"],
    ])("where the repository sets %s", (key, value) => {
      git(at("repo"), "config", key, value);
      undo.push(() => git(base, "config", "--file", at("repo/.git/config"), ...restore(key)));
      expect(findRootWithoutGit(at("repo/a"))).toBeUndefined();
    });

    it("where .git leads nowhere, or is not whole", () => {
      writeFileSync(at("nothing/.git"), "gitdir: ../gone\n");
      undo.push(() => rmSync(at("nothing/.git")));
      expect(findRootWithoutGit(at("nothing/a"))).toBeUndefined();
      renameSync(at("empty/.git/HEAD"), at("empty/.git/HEAD.aside"));
      undo.push(() => renameSync(at("empty/.git/HEAD.aside"), at("empty/.git/HEAD")));
      expect(findRootWithoutGit(at("empty/a"))).toBeUndefined();
    });
  });

  it("is what git says when .git is a link", () => {
    mkdirSync(at("by-link"));
    symlinkSync(at("repo/.git"), at("by-link/.git"));
    expect(findRootWithoutGit(at("by-link"))).toBe(askGit(at("by-link")));
  });
});

function restore(key: string): string[] {
  return key === "core.bare" ? [key, "false"] : ["--unset", key];
}
