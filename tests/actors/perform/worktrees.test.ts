/** What becomes of a run's worktrees when the run is over. */
import { existsSync, mkdirSync, readdirSync } from "node:fs";
import { basename, join } from "node:path";
import { expect, it } from "vitest";
import { pooledWorktrees } from "../../../src/actors/git/worktree-pool.ts";
import {
  MERGE_WORKTREE,
  openGateWorktree,
  removeLeftWorktrees,
  SHIP_WORKTREE,
} from "../../../src/actors/perform/worktrees.ts";
import { openTemp, writeFiles } from "../git/temp-repository.ts";
import { makeCheckContext } from "./check-context.ts";

it("leaves a workspace of a pool that holds work, and takes gate worktrees and free workspaces away", async () => {
  const repo = await openTemp();
  const { commit } = repo.head;
  const run = makeCheckContext(repo);
  const folder = run.worktrees;
  const pool = pooledWorktrees(repo, { folder, config: run.config.worktree });
  const acquire = (task: string) => pool.acquire({ run: "r1", task, attempt: "1", base: commit });
  const [kept, free] = [await acquire("kept"), await acquire("free")];
  writeFiles(kept.path, { "new.txt": "new\n" });
  expect(await pool.release(kept, "kept")).toMatchObject({ kind: "kept" });
  expect(await pool.release(free, "kept")).toMatchObject({ kind: "removed" });
  const gates = [MERGE_WORKTREE, SHIP_WORKTREE];
  for (const name of gates) {
    const path = join(folder, name);
    const place = await openGateWorktree(run, { name, commit }, new AbortController().signal);
    expect(place).toEqual({ kind: "open", path, isFresh: true });
    writeFiles(path, { "left-by-a-gate.txt": "x" });
  }

  mkdirSync(join(folder, ".pleach-trash-of-a-host-that-was-killed"));
  const told: unknown[] = [];

  await removeLeftWorktrees(run, async (fact) => told.push(fact));

  expect(existsSync(join(kept.path, "new.txt"))).toBe(true);
  expect(told).toEqual([{ type: "run.warned", text: `kept ${kept.path}: it holds changes` }]);
  expect(readdirSync(folder)).toEqual([basename(kept.path)]);
  expect([free.path, ...gates.map((name) => join(folder, name))].filter((path) => existsSync(path))).toEqual([]);
});
