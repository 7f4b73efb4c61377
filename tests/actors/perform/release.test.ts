/** What is told of a workspace that is let go of, and whether it is as it is told. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { attemptWorktrees, readBranch } from "../../../src/actors/git/index.ts";
import { taskPerformers } from "../../../src/actors/perform/task-performers.ts";
import { commitAll, openTemp, writeFiles } from "../git/temp-repository.ts";
import { makeRunContext } from "./run-context.ts";

it("says of work that failed where it is: in its worktree, or on its branch when the worktree goes", async () => {
  const repo = await openTemp();
  const worktrees = join(repo.root, "../trees/r");
  const workspaces = attemptWorktrees(repo, { folder: worktrees, config: { copy: [], link: [] } });
  const context = makeRunContext(repo.root, { task: "a", startAgent: () => expect.fail("nobody is to be started") });
  const run = Object.assign(context, { repo, workspaces, worktrees });
  const { releaseWorkspace } = taskPerformers(run);
  const release = async (attempt: string, work: (path: string) => void): Promise<{ path: string; told: unknown[] }> => {
    const { id, path, branch } = await workspaces.acquire({ run: "r", task: "a", attempt, base: repo.head.commit });
    work(path);
    const told: unknown[] = [];
    const performing = {
      effect: "task:a/1/1/0",
      actor: "task:a" as const,
      signal: new AbortController().signal,
      recovering: false,
      report: async (fact: unknown) => void told.push(fact),
    };
    const workspace = { id, path, branch, port: await run.ports.take() };
    await releaseWorkspace({ task: "a", workspace, disposition: "kept" }, performing);
    return { path, told };
  };
  const warned = (text: string) => [{ type: "run.warned", text }];

  const changed = await release("1", (path) => writeFiles(path, { "new.txt": "new\n" }));
  expect(changed.told).toEqual(warned(`kept ${changed.path}: it holds changes`));
  expect(existsSync(join(changed.path, "new.txt"))).toBe(true);

  let commit = "";
  const committed = await release("2", (path) => {
    writeFiles(path, { "new.txt": "new\n" });
    commit = commitAll(path, "work");
  });
  expect(committed.told).toEqual(warned("what a had done is on pleach-tasks/r/a/2"));
  expect(existsSync(committed.path)).toBe(false);
  expect(await readBranch(repo, "pleach-tasks/r/a/2")).toBe(commit);
});
