/** What a worktree changed, as a patch that goes on again wherever its base is. */
import { existsSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { applyPatch, writePatch } from "../../../src/actors/git/patch.ts";
import { asCommit } from "../../../src/actors/git/repository.ts";
import { startAttempt } from "./attempt.ts";
import { makeFolder, openTemp, runGit, writeFiles } from "./temp-repository.ts";

describe("a patch of a worktree", () => {
  it("is git's own, whatever the repository has instead, and brings the same files elsewhere", async () => {
    const repo = await openTemp({ "a.txt": "one\n", "b.bin": "\0\x01" });
    runGit(repo.root, "config", "diff.external", "echo not a patch");
    runGit(repo.root, "config", "color.diff", "always");
    const made = await startAttempt(repo, "t1");
    writeFiles(made.path, { "a.txt": "two\n", "b.bin": "\0\x02\x03", "new.txt": "n" });
    const file = join(makeFolder(), "t1.patch");
    const work = { worktree: made.path, base: repo.head.commit, excluded: [], file };
    const bytes = await writePatch(repo, { ...work, maxBytes: 100_000 });
    expect(readFileSync(file)).toHaveLength(Number(bytes));
    expect(statSync(file).mode & 0o077, "others may read it").toBe(0);
    const other = await startAttempt(repo, "t2");
    await applyPatch(other.path, file);
    for (const name of ["a.txt", "b.bin", "new.txt"]) {
      expect(readFileSync(join(other.path, name)).equals(readFileSync(join(made.path, name))), name).toBe(true);
    }
    expect(await writePatch(repo, { ...work, maxBytes: 10 })).toBe("tooLarge");
    expect(existsSync(file)).toBe(false);
  });

  it("is not made from anything but a commit's id", () => {
    expect(() => asCommit("HEAD")).toThrow(
      expect.objectContaining({ code: "git.badCommit", hint: expect.stringContaining("git rev-parse") }),
    );
  });
});
