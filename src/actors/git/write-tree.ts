/**
 * Turns the files of a worktree, as a worker left them, into a tree object. Neither HEAD nor the index of the worktree
 * nor its `.git` is believed or changed: git is told where the admin folder and the files are, and gets an index of ours.
 *
 * In the tree: tracked files as they are now, and untracked ones that .gitignore lets through. Not in it: what is
 * `excluded` (it stays as it is in `base`).
 *
 * TREE-1 A repository inside the worktree goes with it. Its files are in the tree like all others, its commits are kept by
 *    a ref; those of a submodule are in the checkout's repository of it. When that cannot be, there is no tree.
 */
import { join } from "node:path";
import { PleachError } from "../../errors.ts";
import { asRoots, findRepositories } from "./find-repositories.ts";
import { keepHistory } from "./keep-history.ts";
import { statIfThere } from "./presence.ts";
import { isWithin, type RawPath, showPath } from "./raw-path.ts";
import { asCommit, type Repository } from "./repository.ts";
import { type Staging, stageLevel } from "./stage-submodules.ts";
import { leaveOutUntouched } from "./untouched-files.ts";
import { findAdminDir, readMark, readReadyTime, withIndexCopy } from "./worktree-admin.ts";
import { openWorktreeGit } from "./worktree-git.ts";

/** What no commit of ours ever holds, besides what a worktree's own mark lists. */
export const ALWAYS_EXCLUDED = [".ce-workspace"];

export interface WrittenTree {
  tree: string;
  /** What became of repositories in the worktree, and of what set-up had made; a line each. */
  notes: string[];
}

/** The files of a worktree as a tree. */
interface FilesTree {
  admin: string;
  tree: string;
  /** What is at hand of the repositories inside it. */
  staging: Staging;
  repositories: RawPath[];
  taken: ReadonlySet<RawPath>;
}

/**
 * Writes the tree of the worktree at `path`, taking what is `excluded` from `base`, and what nobody touched; `isWanted` says
 * of what the worker may change (see untouched-files.ts). Rejects with `git.noWorktree` when there is none, and with
 * `git.notKept` (TREE-1).
 */
export async function writeWorktreeTree(
  repo: Repository,
  path: string,
  base: string,
  excluded: readonly string[],
  isWanted: (path: string) => boolean = () => true,
): Promise<WrittenTree> {
  const { admin, tree, staging, repositories, taken } = await writeAllFiles(repo, path, base, excluded);
  for (const folder of repositories) {
    if (staging.submodules.has(folder)) continue;
    const ref = await keepHistory(repo, { worktree: path, admin, branch: staging.branch, folder });
    if (ref !== null || taken.has(folder)) staging.notes.push(describeTaken(showPath(folder), taken.has(folder), ref));
  }
  const touched = await leaveOutUntouched(repo, { path, admin, base, tree }, isWanted);
  return { tree: touched.tree, notes: [...staging.notes, ...touched.notes] };
}

/** The same with what nobody touched, and without what becomes of repositories inside. */
export async function writeAllFiles(
  repo: Repository,
  path: string,
  base: string,
  excluded: readonly string[],
): Promise<FilesTree> {
  const admin = await findAdminDir(repo, path);
  const isThere = (await statIfThere(path))?.isDirectory() === true;
  if (admin === null || !isThere) {
    throw new PleachError("git.noWorktree", `there is no worktree of ${repo.root} at ${path}`, {
      hint: "It was removed while its task worked: the next attempt gets a new one.",
      file: path,
    });
  }
  const mark = await readMark(admin);
  const left = asRoots([...ALWAYS_EXCLUDED, ...(mark?.excluded ?? []), ...excluded]);
  const staging: Staging = {
    repo,
    worktree: path,
    branch: mark?.branch ?? null,
    readyNs: await readReadyTime(admin),
    notes: [],
    submodules: new Set(),
  };
  const repositories = await findRepositories(path, left);
  const { tree, taken } = await withIndexCopy(admin, async (index, isFilled) => {
    const place = { path, gitDir: admin, index };
    const run = await openWorktreeGit(place);
    if (!isFilled || mark?.base !== base) await run(["read-tree", asCommit(base)]);
    const modules = { checkout: repo.root, folder: join(repo.commonDir, "modules") };
    const isLeft = (file: RawPath): boolean => isWithin(file, left);
    const holders = await stageLevel(staging, { place, run, isLeft, sinceNs: null, prefix: "", modules });
    return { tree: (await run(["write-tree"])).stdout.toString("latin1").trim(), taken: new Set(holders) };
  });
  return { admin, tree, staging, repositories, taken };
}

function describeTaken(folder: string, hasFiles: boolean, ref: string | null): string {
  const became = [
    ...(hasFiles ? ["its files were taken over as ordinary ones"] : []),
    ...(ref === null ? [] : [`its commits are kept on ${ref}`]),
  ];
  return `${folder} is a repository of its own: ${became.join(", and ")}`;
}
