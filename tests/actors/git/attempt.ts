/** Steps that most tests of this room share: an attempt in its worktree. */
import { join } from "node:path";
import type { CommitOutcome, WorkToCommit } from "../../../src/actors/git/commit-work.ts";
import { commitWork, type Repository } from "../../../src/actors/git/index.ts";
import type { PreparedWorktree } from "../../../src/actors/git/worktree.ts";
import { prepareWorktree } from "../../../src/actors/git/worktree.ts";

export const plain = { copy: [], link: [] };

export function startAttempt(
  repo: Repository,
  task: string,
  options: { base?: string; attempt?: string; config?: { copy: string[]; link: string[] } } = {},
): Promise<PreparedWorktree> {
  const attempt = options.attempt ?? "1";
  return prepareWorktree(repo, {
    run: "r1",
    task,
    attempt,
    base: options.base ?? repo.head.commit,
    path: join(repo.root, ".ce-workspace", "worktrees", `r1-${task}-${attempt}`),
    config: options.config ?? plain,
  });
}

export function finishAttempt(
  repo: Repository,
  made: PreparedWorktree,
  options: Partial<WorkToCommit> = {},
): Promise<CommitOutcome> {
  const task = made.branch.split("/")[2] ?? "";
  return commitWork(repo, {
    worktree: made.path,
    base: repo.head.commit,
    branch: made.branch,
    message: `Do ${task}`,
    trailers: { run: "r1", task, effect: `task:${task}/1/2/0` },
    excluded: [],
    ...options,
  });
}

/** The committed outcome, or a failing test that shows what came instead. */
export function expectCommitted(outcome: CommitOutcome): Extract<CommitOutcome, { kind: "committed" }> {
  if (outcome.kind !== "committed") throw new Error(`not committed: ${JSON.stringify(outcome)}`);
  return outcome;
}
