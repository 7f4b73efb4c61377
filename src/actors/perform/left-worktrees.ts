/** When a run is over: worktrees that nobody needs any more go; one that holds work stays. */
import { readdir, rmdir } from "node:fs/promises";
import { join } from "node:path";
import { removeWorktree } from "../git/index.ts";
import { type Job, worktreePath } from "./job.ts";

/** Name of the worktree in which the merge queue runs its gates; no task can have it, ids begin otherwise. */
export const GATE_WORKTREE = "@merge";

/** Never rejects: what cannot be removed is left, and git lists it. */
export async function removeLeftWorktrees(job: Job): Promise<void> {
  if (job.repo === null) return;
  const folder = worktreePath(job, ".");
  for (const name of await readdir(folder).catch(() => [])) {
    const request = { path: join(folder, name), mergedCommit: name === GATE_WORKTREE };
    await removeWorktree(job.repo, request).catch(() => null);
  }
  await rmdir(folder).catch(() => {});
}
