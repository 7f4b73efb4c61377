/**
 * Makes one commit out of what a worker left in its worktree: checked against its scope first, on top of `base`, and
 * put on the attempt's branch by compare-and-swap. Whatever the worker committed itself is folded into this one commit.
 * What the log tells was committed of the attempt before stays: as it is where nothing was changed since, else on
 * `<branch>-saved`, for a person who took the work over may have taken something out.
 *
 * Performing it again is safe: if the branch already holds a commit of the same effect, parent and tree, that one is
 * the answer; and if the worktree is gone by then, the commit of the effect is taken from the branch.
 */

import { codeOf, PleachError } from "../../errors.ts";
import { compileScope } from "../../plan/scope.ts";
import type { OutsideReason } from "../../protocol/outside-reasons.ts";
import { gitText } from "./git.ts";
import { describeLost, isWhole, saysLost } from "./held.ts";
import { describeLeftOut, listLeftOut } from "./list-left-out.ts";
import { type CommitTrailers, composeMessage, writeCommit } from "./message.ts";
import { showPaths } from "./raw-path.ts";
import { findEffect, isAncestor, moveBranch, readBranch } from "./refs.ts";
import { findRemovedMerges } from "./removed-lines.ts";
import { asCommit, isObjectId, type Repository } from "./repository.ts";
import { saveWork } from "./saved-work.ts";
import { findOutsideScope } from "./scope.ts";
import { listChanges, readTree } from "./tree-changes.ts";
import { writeWorktreeTree } from "./write-tree.ts";

/** How often work is committed whose objects others throw away meanwhile. */
const MAX_TRIES = 3;

export interface WorkToCommit {
  /** Absolute path of the worktree. */
  worktree: string;
  /** The integration commit that the worktree was cut from. */
  base: string;
  /** The attempt's branch. */
  branch: string;
  message: string;
  trailers: CommitTrailers;
  /** What was committed of this attempt before, as the log tells. */
  before?: string;
  /** Globs that the task may change; absent: any file. */
  scope?: readonly string[];
  /** Paths (and all below them) that are no part of the work, such as the vault. */
  excluded: readonly string[];
  /** The base of an earlier attempt: asks for `removesMerged`. */
  since?: string;
}

export type CommitOutcome = (
  | {
      kind: "committed";
      commit: string;
      tree: string;
      /** Paths changed or deleted, sorted. */
      files: string[];
      /** Files in which this work removes lines merged between `since` and `base`. */
      removesMerged: string[];
    }
  | { kind: "empty" }
  | { kind: "outsideScope"; files: string[]; why: OutsideReason }
) & {
  /** What became of repositories in the worktree, and what no commit takes; a line each. */
  notes?: string[];
};

/**
 * Commits the work in a worktree. Rejects with `git.noWorktree`, `git.notKept` (TREE-1), `git.wentBack` (its branch or HEAD no
 * longer holds the base: what others merged would be taken out), `git.branchMoved` (somebody else moves it) or `git.lost`
 * (somebody throws objects away as fast as they are made).
 */
export async function commitWork(repo: Repository, work: WorkToCommit): Promise<CommitOutcome> {
  for (let tries = 1; ; tries += 1) {
    try {
      const outcome = await commitOnce(repo, work);
      if (outcome.kind !== "committed" || (await isWhole(repo, outcome.commit, work.base))) return outcome;
      throw describeLost(repo, outcome.commit);
    } catch (thrown) {
      // The files are there still: what was thrown away before the branch held it is written again.
      if (tries === MAX_TRIES || !saysLost(thrown)) throw thrown;
    }
  }
}

async function commitOnce(repo: Repository, work: WorkToCommit): Promise<CommitOutcome> {
  const tip = await readBranch(repo, work.branch);
  const earlier = tip === null ? null : await readEarlier(repo, tip, work);
  await refuseGoneBack(repo, work, tip);
  const isInScope = work.scope === undefined ? undefined : compileScope(work.scope);
  const written = await writeWorktreeTree(repo, work.worktree, work.base, work.excluded, isInScope).catch(
    (error: unknown) => {
      if (codeOf(error) === "git.noWorktree" && earlier !== null) return null;
      throw error;
    },
  );
  const tree = written?.tree ?? earlier?.tree ?? "";
  const changes = await listChanges(repo, work.base, tree);
  const notes = written === null ? [] : [...written.notes, ...(await tellLeftOut(repo, work, changes.length === 0))];
  const told = notes.length > 0 ? { notes } : {};
  if (changes.length === 0) return { kind: "empty", ...told };
  const outside = await findOutsideScope(repo, work.worktree, changes, work.scope);
  if (outside !== null) return { kind: "outsideScope", ...outside, ...told };
  const removesMerged =
    work.since === undefined ? [] : await findRemovedMerges(repo, { since: work.since, base: work.base, changes });
  const put = earlier?.tree === tree ? { commit: earlier.commit } : await putOnBranch(repo, work, tree, tip);
  const files = showPaths(changes.map((change) => change.path));
  const all =
    put.saved === undefined ? told : { notes: [...notes, `what was committed of it before is on ${put.saved}`] };
  return { kind: "committed", commit: put.commit, tree, files, removesMerged, ...all };
}

/** A worker that resets its branch to before its own work leaves a tree without what was merged there: no change of its task. */
async function refuseGoneBack(repo: Repository, { worktree, base }: WorkToCommit, tip: string | null): Promise<void> {
  const head = await gitText(worktree, ["rev-parse", "--verify", "--quiet", "HEAD"]).catch(() => null);
  for (const at of new Set([tip, head])) {
    // What this repository does not have is a repository of the worker's own, and no word on ours.
    const isBehind =
      at !== null && isObjectId(at) && at !== base && (await isAncestor(repo, base, at).catch(() => true)) === false;
    if (!isBehind) continue;
    const what = `the worktree was moved back to ${at.slice(0, 10)}, before ${base.slice(0, 10)}, where its task began`;
    throw new PleachError("git.wentBack", `${what}: what others have merged in between would be taken out`, {
      hint: "Undo work of your own only (git reset to where the task began), and change files to take something out.",
      file: worktree,
    });
  }
}

async function tellLeftOut(repo: Repository, work: WorkToCommit, wantsIgnored: boolean): Promise<string[]> {
  return describeLeftOut(await listLeftOut(repo, work.worktree, { excluded: work.excluded, wantsIgnored }));
}

/** The commit at the tip of the branch if this very effect made it. */
async function readEarlier(
  repo: Repository,
  tip: string,
  work: WorkToCommit,
): Promise<{ commit: string; tree: string } | null> {
  if ((await findEffect(repo, tip, work.trailers.effect, 1)) !== tip) return null;
  const parents = await gitText(repo.root, ["rev-list", "--parents", "--max-count=1", asCommit(tip)]);
  return parents === `${tip} ${work.base}` ? { commit: tip, tree: await readTree(repo, tip) } : null;
}

async function putOnBranch(
  repo: Repository,
  work: WorkToCommit,
  tree: string,
  tip: string | null,
): Promise<{ commit: string; saved?: string }> {
  const { base, branch, before } = work;
  if (before !== undefined && before === tip && (await readTree(repo, before)) === tree) return { commit: before };
  const message = composeMessage(work.message, work.trailers);
  const commit = await writeCommit(repo, { tree, parents: [base], message });
  const saved = before === undefined ? {} : { saved: await saveReplaced(repo, branch, [before, tip ?? before]) };
  if (await moveBranch(repo, branch, tip, commit)) return { commit, ...saved };
  throw new PleachError("git.branchMoved", `the branch ${branch} moved while its work was being committed`, {
    hint: "A process of this attempt may still be running.",
    file: work.worktree,
  });
}

function saveReplaced(repo: Repository, branch: string, commits: readonly string[]): Promise<string> {
  const replaced = { commits: [...new Set(commits)], tree: null, base: null, notes: [] };
  return saveWork(repo, branch, replaced, "Saved before other work took its place.");
}
