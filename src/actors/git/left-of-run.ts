/** What git has of a run whose log is gone: everything but its story. */
import { gitText } from "./git.ts";
import { integrationBranch } from "./refs.ts";
import type { Repository } from "./repository.ts";

/** What git still has of a run. */
export interface LeftOfRun {
  /** The integration branch. */
  branch: string | null;
  /** Branches of attempts. */
  attempts: string[];
  /** Worktrees on them. */
  worktrees: string[];
}

/** Lists what is left of a run, whether or not anything else knows of it. */
export async function listLeft(repo: Pick<Repository, "root">, run: string): Promise<LeftOfRun> {
  const branch = integrationBranch(run);
  const wanted = [`refs/heads/${branch}`, `refs/heads/pleach-tasks/${run}/`];
  const listed = await gitText(repo.root, ["for-each-ref", "--format=%(refname:short)%09%(worktreepath)", ...wanted]);
  const lines = listed
    .split("\n")
    .filter(Boolean)
    .map((line) => line.split("\t"));
  const attempts = lines.filter(([name]) => name !== branch);
  return {
    branch: lines.length > attempts.length ? branch : null,
    attempts: attempts.map(([name = ""]) => name),
    worktrees: attempts.flatMap(([, path = ""]) => (path === "" ? [] : [path])),
  };
}

/** What is still there, and how to go on. */
export function describeWay(run: string, left: LeftOfRun | null): string {
  const back = `if it was moved, put it back: pleach resume ${run}`;
  if (left === null || left.branch === null) return `${back}; else begin again with pleach run`;
  const attempts =
    left.attempts.length === 0 ? "" : `; unmerged: git branch --list 'pleach-tasks/${run}/*', git worktree list`;
  return `${back}; what was merged: git merge ${left.branch}${attempts}`;
}
