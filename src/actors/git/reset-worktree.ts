/**
 * Makes a worktree that somebody worked in as good as a fresh one, at another commit and on another branch: nothing of
 * what was done there stays, in its files, its index, or what git keeps for it. What did not change is not written again,
 * which is all that is gained.
 *
 * The index that was kept when the worktree was checked out tells what changed since, by the files' change times, which
 * no program can set. The worktree's own index is thrown away: it may have been told to look away.
 */
import { lstat, readdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { codeOf } from "../../errors.ts";
import { git } from "./git.ts";
import { pathBytes, type RawPath, splitPaths } from "./raw-path.ts";
import { copyKeptIndex, KEPT_INDEX, LOCKED, linkWorktree, lockWorktree } from "./worktree-admin.ts";
import { openWorktreeGit } from "./worktree-git.ts";

export interface ResetRequest {
  /** Absolute path of the worktree. */
  path: string;
  /** Its admin folder. */
  admin: string;
  /** The branch that it is put on, or the commit that it is detached at. */
  head: { branch: string } | { commit: string };
  /**
   * Which files stay that git does not track: none (default), those that .gitignore names, or what a function leaves. It is
   * called before and after the tracked files are put back, and says whether what it wants is there.
   */
  untracked?: "none" | "ignored" | (() => Promise<boolean>);
}

/** Resets the worktree to a commit; false when that cannot be done, and it has to be made anew. */
export async function resetWorktree({ path, admin, head, untracked = "none" }: ResetRequest): Promise<boolean> {
  const env = { GIT_DIR: admin, GIT_WORK_TREE: path };
  const run = await openWorktreeGit({ path, gitDir: admin });
  const clean = async (): Promise<boolean> => {
    if (typeof untracked === "function") return untracked();
    await run(["clean", "-ffdq", ...(untracked === "ignored" ? [] : ["-x"])]);
    return true;
  };
  try {
    await resetAdmin(path, admin, head);
    if (!(await copyKeptIndex(admin))) return false;
    // Before the files are looked at: behind a link in the place of a folder they may look as they should.
    if (!(await clean())) return false;
    await run(["read-tree", "--reset", "-u", "HEAD"]);
    // Again, by the rules that are in force now.
    if (!(await clean())) return false;
    return (await hasPlainFolders(path, env)) && (await hasEmptySubmodules(path, env));
  } catch (error) {
    if (codeOf(error) === "git.failed") return false;
    throw error;
  }
}

/** All that git keeps for this worktree alone (merges under way, sparse checkouts, settings) goes; links are not followed. */
async function resetAdmin(path: string, admin: string, head: ResetRequest["head"]): Promise<void> {
  for (const name of await readdir(admin)) {
    if (name !== KEPT_INDEX && name !== LOCKED) await rm(join(admin, name), { recursive: true, force: true });
  }
  await lockWorktree(admin, path);
  await writeFile(join(admin, "commondir"), "../..\n");
  await writeFile(join(admin, "HEAD"), "branch" in head ? `ref: refs/heads/${head.branch}\n` : `${head.commit}\n`);
  await linkWorktree(path, admin);
}

/** git does not keep modes of folders: one that was write-protected would stay so. */
async function hasPlainFolders(path: string, env: Readonly<Record<string, string>>): Promise<boolean> {
  const { mode } = await lstat(path);
  const { stdout } = await git(path, ["ls-tree", "-r", "-d", "-z", "--name-only", "HEAD"], { env });
  for (const folder of splitPaths(stdout)) {
    const found = await lstat(below(path, folder)).catch(() => null);
    // A submodule's folder is looked at by itself.
    if (found?.isDirectory() && found.mode !== mode) return false;
  }
  return (mode & 0o700) === 0o700;
}

/** What a worker checked out into the folder of a submodule, git does not see. */
async function hasEmptySubmodules(path: string, env: Readonly<Record<string, string>>): Promise<boolean> {
  const { stdout } = await git(path, ["ls-files", "-s", "-z"], { env });
  for (const entry of splitPaths(stdout)) {
    if (!entry.startsWith("160000 ")) continue;
    const folder = entry.slice(entry.indexOf("\t") + 1) as RawPath;
    const names = await readdir(below(path, folder)).catch(() => []);
    if (names.length > 0) return false;
  }
  return true;
}

function below(path: string, inner: RawPath): Buffer {
  return Buffer.concat([Buffer.from(`${path}/`), pathBytes(inner)]);
}
