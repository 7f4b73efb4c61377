/** What becomes of a run's worktrees when the run is over. */
import { existsSync, mkdirSync, readdirSync } from "node:fs";
import { basename, join } from "node:path";
import { expect, it } from "vitest";
import { attemptWorktrees, commitWork, type Repository } from "../../../src/actors/git/index.ts";
import { pooledWorktrees } from "../../../src/actors/git/worktree-pool.ts";
import { removeLeftWorktrees } from "../../../src/actors/perform/left-worktrees.ts";
import type { CheckContext } from "../../../src/actors/perform/run-context.ts";
import { MERGE_WORKTREE, openGateWorktree, SHIP_WORKTREE } from "../../../src/actors/perform/worktrees.ts";
import { expectCommitted } from "../git/attempt.ts";
import { openTemp, runGit, writeFiles } from "../git/temp-repository.ts";
import { makeCheckContext } from "./check-context.ts";

async function makeContext(): Promise<{ repo: Repository; run: CheckContext; folder: string }> {
  const repo = await openTemp();
  const run = makeCheckContext(repo);
  return { repo, run, folder: run.worktrees };
}

it("leaves a workspace of a pool that holds work, and takes gate worktrees and free workspaces away", async () => {
  const { repo, run, folder } = await makeContext();
  const { commit } = repo.head;
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

  expect(runGit(repo.root, "worktree", "list", "--porcelain").match(/^locked pleach: /gm)).toHaveLength(4);
  mkdirSync(join(folder, ".pleach-trash-of-a-host-that-was-killed"));
  const told: unknown[] = [];

  await removeLeftWorktrees(run, { endOf: () => null, tell: async (fact) => told.push(fact) });

  expect(existsSync(join(kept.path, "new.txt"))).toBe(true);
  expect(told).toEqual([{ type: "run.warned", text: `kept ${kept.path} of kept: it holds changes` }]);
  expect(readdirSync(folder)).toEqual([basename(kept.path)]);
  // The run is over: it is a person's to remove now.
  expect(runGit(repo.root, "worktree", "list", "--porcelain")).not.toContain("locked");
  expect([free.path, ...gates.map((name) => join(folder, name))].filter((path) => existsSync(path))).toEqual([]);
});

it("saves what an attempt left whose task another attempt has done, and keeps what nobody has done, naming both", async () => {
  const { repo, run, folder } = await makeContext();
  const { commit: base } = repo.head;
  const config = { copy: [], link: [] };
  const workspaces = attemptWorktrees(repo, { folder, config });
  const acquire = (task: string, attempt: string) => workspaces.acquire({ run: "r1", task, attempt, base });
  const [crashed, empty, last, failed] = [
    await acquire("a", "1"),
    await acquire("a", "2"),
    await acquire("a", "3"),
    await acquire("b", "1"),
  ];
  for (const { path } of [crashed, last, failed]) writeFiles(path, { "new.txt": `in ${path}\n` });
  const landed = await commitWork(repo, {
    worktree: last.path,
    base,
    branch: last.branch,
    message: "a",
    trailers: { run: "r1", task: "a", effect: "e" },
    excluded: [],
  });
  // Only its branch is left.
  await acquire("a", "4");
  runGit(repo.root, "worktree", "remove", "-f", "-f", join(folder, "a.4"));
  const told: string[] = [];

  await removeLeftWorktrees(run, {
    endOf: (task) =>
      task === "a" ? { isDone: true, commit: expectCommitted(landed).commit } : { isDone: false, commit: null },
    tell: async ({ text }) => told.push(text),
  });

  const saved = "pleach-tasks/r1/a/1-saved";
  expect(told.sort()).toEqual([
    `kept ${failed.path}: it holds changes`,
    `what an earlier attempt of a had done is on ${saved}`,
  ]);
  expect(runGit(repo.root, "show", `${saved}:new.txt`)).toBe(`in ${crashed.path}`);
  expect(readdirSync(folder)).toEqual(["b.1"]);
  const branches = runGit(repo.root, "for-each-ref", "--format=%(refname:short)", "refs/heads/pleach-tasks/");
  expect(branches.split("\n")).toEqual([saved, failed.branch]);
  expect(existsSync(empty.path)).toBe(false);
});

it("leaves a worktree alone that somebody else made there, whatever it is called, and names it", async () => {
  const { repo, run, folder } = await makeContext();
  const names = ["mine", "a.1", "a.1.review"];
  for (const name of names) {
    runGit(repo.root, "worktree", "add", "-q", "--detach", join(folder, name));
    writeFiles(join(folder, name), { "new.txt": "new\n" });
  }
  const told: string[] = [];
  const end = { isDone: true, commit: null };

  await removeLeftWorktrees(run, {
    endOf: (task) => (task === "a" ? end : null),
    tell: async ({ text }) => told.push(text),
  });

  expect(names.map((name) => existsSync(join(folder, name, "new.txt")))).toEqual([true, true, true]);
  expect(told.sort()).toEqual(names.map((name) => `kept ${join(folder, name)}: pleach did not make it`).sort());
  const attempt = { run: "r1", task: "a", attempt: "1", base: repo.head.commit };
  const workspaces = attemptWorktrees(repo, { folder, config: { copy: [], link: [] } });
  await expect(workspaces.acquire(attempt)).rejects.toMatchObject({ code: "git.pathTaken" });
  expect(existsSync(join(folder, "a.1", "new.txt"))).toBe(true);
});
