import { lstatSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { attemptWorktrees } from "../../../src/actors/git/workspaces.ts";
import { pooledWorktrees } from "../../../src/actors/git/worktree-pool.ts";
import { plain } from "./attempt.ts";
import { openTemp } from "./temp-repository.ts";
import { describeWorkspaces } from "./workspaces-conformance.ts";

describeWorkspaces("worktrees for one attempt each", attemptWorktrees);
describeWorkspaces("worktrees of a pool", pooledWorktrees);

describe("a pool", () => {
  const open = async (keep?: string[]) => {
    const repo = await openTemp({ "a.txt": "a", "b.txt": "b", ".gitignore": "cache/\n" });
    const folder = join(repo.root, ".ce-workspace", "worktrees", "r1");
    const pool = pooledWorktrees(repo, { folder, config: keep === undefined ? plain : { ...plain, keep } });
    const acquire = (task: string) => pool.acquire({ run: "r1", task, attempt: "1", base: repo.head.commit });
    return { pool, acquire };
  };

  it("gives the same worktree again, in which what did not change was not written again", async () => {
    const { pool, acquire } = await open();
    const first = await acquire("early");
    const before = ["a.txt", "b.txt"].map((name) => lstatSync(join(first.path, name)));
    writeFileSync(join(first.path, "b.txt"), "spoilt");
    await pool.release(first, "landed");
    const second = await acquire("late");
    expect(second.path).toBe(first.path);
    const after = ["a.txt", "b.txt"].map((name) => lstatSync(join(second.path, name)));
    expect(after.map(({ ino, ctimeMs }, at) => ino === before[at]?.ino && ctimeMs === before[at]?.ctimeMs)).toEqual([
      true,
      false,
    ]);
  });
});
