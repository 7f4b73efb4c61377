/** Begins a worktree with the changes of an earlier commit, uncommitted: what a reviewer sent back goes on from there. */
import { codeOf } from "../../errors.ts";
import { git } from "./git.ts";
import { asCommit } from "./repository.ts";

/**
 * Applies what `commit` changed to the clean worktree at `path`, staging it. False, with the worktree as it was, when
 * it does not fit there any more.
 */
export async function reapplyCommit(path: string, commit: string): Promise<boolean> {
  try {
    await git(path, ["cherry-pick", "--no-commit", asCommit(commit)]);
    return true;
  } catch (thrown) {
    if (codeOf(thrown) !== "git.failed") throw thrown;
    await git(path, ["reset", "--quiet", "--hard"]);
    return false;
  }
}
