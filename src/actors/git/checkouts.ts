/** The checkouts of a repository, as git lists them: the person's own, and every worktree. Only reads. */
import { git } from "./git.ts";
import type { Repository } from "./repository.ts";

export interface ListedCheckout {
  path: string;
  /** Null where HEAD is detached. */
  branch: string | null;
}

/** All that have files, the first of the repository first. */
export async function listCheckouts(repo: Repository): Promise<ListedCheckout[]> {
  const listed = (await git(repo.root, ["worktree", "list", "--porcelain", "-z"])).stdout.toString("utf8");
  return listed.split("\0\0").flatMap((entry) => {
    const fields = entry.split("\0");
    const after = (name: string) => fields.find((field) => field.startsWith(name))?.slice(name.length);
    const path = after("worktree ");
    if (path === undefined || fields.includes("bare")) return [];
    // Where the git directory lies apart (git init --separate-git-dir), git names that in place of the checkout.
    const isApart = path === repo.commonDir && repo.gitDir === repo.commonDir;
    return [{ path: isApart ? repo.root : path, branch: after("branch refs/heads/") ?? null }];
  });
}
