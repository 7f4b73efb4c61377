/** When a run is over: worktrees that nobody needs any more go; one that holds work stays. */
import { readdir, rmdir } from "node:fs/promises";
import { join } from "node:path";
import { removeWorktree } from "../git/index.ts";
import { type RunContext, worktreeFolder } from "./run-context.ts";

/** Name of the worktree in which the merge queue runs its gates; no task can have it, ids begin otherwise. */
export const GATE_WORKTREE = "@merge";

/** Never rejects: what cannot be removed is left, and git lists it. */
export async function removeLeftWorktrees(run: RunContext): Promise<void> {
  if (run.repo === null) return;
  const folder = worktreeFolder(run.folder, run.config);
  for (const name of await readdir(folder).catch(() => [])) {
    const request = { path: join(folder, name), mergedCommit: name === GATE_WORKTREE };
    await removeWorktree(run.repo, request).catch(() => null);
  }
  await rmdir(folder).catch(() => {});
}
