/**
 * A worktree that a person takes over: how it was then is kept, so that what the person does can be taken back. A person may
 * do anything in it meanwhile: commit, switch branches, begin a merge, or delete it.
 *
 * TAKEN-1 What is kept is held by a ref of the worktree alone: no gc takes it, and it goes with the worktree.
 * TAKEN-2 What is taken back is saved before, on the branch that ends in `-saved`.
 */
import { PleachError } from "../../errors.ts";
import { git } from "./git.ts";
import { writeCommit } from "./message.ts";
import { moveBranch, readBranch } from "./refs.ts";
import type { Repository } from "./repository.ts";
import { findOwnWork, holdsWork, saveWork } from "./saved-work.ts";
import { readTree } from "./tree-changes.ts";
import { findAdminDir } from "./worktree-admin.ts";
import { openWorktreeGit } from "./worktree-git.ts";
import { writeAllFiles } from "./write-tree.ts";

const REF = "refs/worktree/pleach-taken";

/** How a worktree was when it was taken over. */
export interface TakenWork {
  /** A commit of its files. */
  commit: string;
  /** Where its branch was. */
  tip: string;
}

/** Keeps how the worktree at `path` is. Rejects with `git.noWorktree` when there is none. */
export async function keepTakenWork(
  repo: Repository,
  { path, branch, base }: { path: string; branch: string; base: string },
): Promise<TakenWork> {
  const { admin, tree } = await writeAllFiles(repo, path, base, []);
  const message = "How the worktree was when a person took it over\n";
  const commit = await writeCommit(repo, { tree, parents: [base], message });
  await git(repo.root, ["update-ref", "--no-deref", REF, commit], { env: { GIT_DIR: admin } });
  return { commit, tip: (await readBranch(repo, branch)) ?? base };
}

/**
 * Puts the worktree back to how it was, and saves what is taken back; resolves with the branch that holds it, or null when
 * nothing had been changed. `excluded` stays as it is. Rejects with `git.noWorktree` when there is none any more.
 */
export async function takeBack(
  repo: Repository,
  { path, branch, taken, excluded }: { path: string; branch: string; taken: TakenWork; excluded: readonly string[] },
): Promise<string | null> {
  const admin = await findAdminDir(repo, path);
  if (admin === null)
    throw new PleachError("git.noWorktree", `there is no worktree of ${repo.root} at ${path}`, {
      hint: "it was removed meanwhile",
    });
  const work = await findOwnWork(repo, path, admin, branch);
  const { tree } = await writeAllFiles(repo, path, taken.tip, []);
  const isChanged =
    tree !== (await readTree(repo, taken.commit)) || work.commits.some((commit) => commit !== taken.tip);
  const saved = isChanged && holdsWork({ ...work, tree }) ? await saveWork(repo, branch, { ...work, tree }) : null;
  const run = await openWorktreeGit({ path, gitDir: admin });
  await run(["symbolic-ref", "HEAD", `refs/heads/${branch}`]);
  const now = await readBranch(repo, branch);
  if (now !== taken.tip) await moveBranch(repo, branch, now, taken.tip);
  await run(["reset", "-q", "--hard", "HEAD"]);
  await run(["clean", "-ffdq", ...excluded.flatMap((each) => ["-e", `/${each}`])]);
  await run(["read-tree", "--reset", "-u", taken.commit]);
  await run(["reset", "-q"]);
  return saved;
}
