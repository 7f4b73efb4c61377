/**
 * Turns the files of a worktree, as a worker left them, into a tree object. Neither HEAD nor the index of the worktree
 * nor its `.git` is believed or changed: git is told where the admin folder and the files are, and gets an index of ours.
 *
 * In the tree: tracked files as they are now, and untracked ones that .gitignore lets through. Not in it: what is
 * `excluded` (it stays as it is in `base`), and repositories that a worker made inside the worktree.
 */
import { PleachError } from "../../errors.ts";
import { git, gitText } from "./git.ts";
import { statIfThere } from "./presence.ts";
import { isWithin, joinPaths, type RawPath, splitPaths, toRawPath } from "./raw-path.ts";
import { asCommit, type Repository } from "./repository.ts";
import { findAdminDir, readMark, withIndexCopy } from "./worktree-admin.ts";

/** What no commit of ours ever holds, besides what a worktree's own mark lists. */
const alwaysExcluded = [".ce-workspace"];

/**
 * Writes the tree of the worktree at `path`, taking what is `excluded` from `base`. Rejects with `git.noWorktree` when
 * there is none.
 */
export async function writeWorktreeTree(
  repo: Repository,
  path: string,
  base: string,
  excluded: readonly string[],
): Promise<string> {
  const admin = await findAdminDir(repo, path);
  const isThere = (await statIfThere(path))?.isDirectory() === true;
  if (admin === null || !isThere) {
    throw new PleachError("git.noWorktree", `there is no worktree of ${repo.root} at ${path}`, {
      hint: "It was removed while its task worked: the next attempt gets a new one.",
      file: path,
    });
  }
  const mark = await readMark(admin);
  const left = [...alwaysExcluded, ...(mark?.excluded ?? []), ...excluded].map(asRoot);
  return withIndexCopy(admin, async (index, isFilled) => {
    const env = { GIT_DIR: admin, GIT_WORK_TREE: path, GIT_INDEX_FILE: index };
    if (!isFilled || mark?.base !== base) await git(path, ["read-tree", asCommit(base)], { env });
    const [changed, untracked] = await Promise.all([listChanged(path, env), listUntracked(path, env)]);
    const isOurs = (file: RawPath): boolean => !isWithin(file, left);
    const deleted = changed.deleted.filter(isOurs);
    const present = [...changed.present, ...untracked].filter(isOurs);
    if (deleted.length > 0) {
      await git(path, ["update-index", "--force-remove", "-z", "--stdin"], { env, input: joinPaths(deleted) });
    }
    if (present.length > 0) {
      const args = ["update-index", "--add", "--replace", "--remove", "-z", "--stdin"];
      await git(path, args, { env, input: joinPaths(present) });
    }
    return gitText(path, ["write-tree"], { env });
  });
}

/** Tracked files that differ from the index; ones that only look as if are among them, which does no harm. */
async function listChanged(
  path: string,
  env: Record<string, string>,
): Promise<{ deleted: RawPath[]; present: RawPath[] }> {
  const args = ["diff-files", "-z", "--name-status", "--no-renames", "--no-ext-diff", "--ignore-submodules=dirty"];
  const fields = splitPaths((await git(path, args, { env })).stdout);
  const deleted: RawPath[] = [];
  const present: RawPath[] = [];
  for (let at = 0; at + 1 < fields.length; at += 2) {
    const file = fields[at + 1];
    if (file !== undefined) (fields[at] === "D" ? deleted : present).push(file);
  }
  return { deleted, present };
}

/** Untracked files that are not ignored. A nested repository is one entry that ends in a slash: left out. */
async function listUntracked(path: string, env: Record<string, string>): Promise<RawPath[]> {
  const { stdout } = await git(path, ["ls-files", "-z", "--others", "--exclude-standard"], { env });
  return splitPaths(stdout).filter((file) => !file.endsWith("/"));
}

function asRoot(path: string): RawPath {
  return toRawPath(path.replace(/^(?:\.\/)+/, "").replace(/\/+$/, ""));
}
