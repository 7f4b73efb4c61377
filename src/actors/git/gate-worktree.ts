/**
 * The one worktree in which gates are run on merged commits, used again and again. It is detached, so no gate can move a
 * branch by committing. Between two uses tracked files are put back and untracked ones deleted; ignored ones stay (as do
 * linked and copied paths), because they are what makes a second run fast: installed packages, caches of compilers. A
 * project whose ignored files may spoil a later gate asks for `pristine`.
 */
import { mkdir, rm } from "node:fs/promises";
import { dirname } from "node:path";
import { codeOf } from "../../errors.ts";
import type { WorktreeConfig } from "../../plan/model.ts";
import { copyConfiguredFiles, listCarried } from "./copy-configured-files.ts";
import { git } from "./git.ts";
import { withKeyedMutex } from "./keyed-mutex.ts";
import { listLocksIn } from "./locks.ts";
import { statIfThere } from "./presence.ts";
import { asCommit, type Repository } from "./repository.ts";
import { addWorktree, checkOut, detach } from "./worktree.ts";
import { canonicalPath, findAdminDir, markReady, readMark } from "./worktree-admin.ts";

export interface GateWorktreeRequest {
  path: string;
  commit: string;
  config: Pick<WorktreeConfig, "copy" | "link">;
  /** Deletes ignored files too; default false. */
  pristine?: boolean;
}

export interface PreparedGateWorktree {
  path: string;
  notes: string[];
  /** Whether it was made now, so that `setup` has to be run. */
  isFresh: boolean;
}

/** Puts the gate worktree at `commit`, making it first if need be. Not for two callers at the same time on one path. */
export async function prepareGateWorktree(
  repo: Repository,
  request: GateWorktreeRequest,
): Promise<PreparedGateWorktree> {
  const commit = asCommit(request.commit);
  const excluded = listCarried(request.config);
  const found = await findUsable(repo, request.path);
  const isFresh = found === null || !(await reset(found, commit, excluded, request.pristine === true));
  const { path, admin } = isFresh ? await make(repo, request.path, commit) : found;
  const notes = await copyConfiguredFiles(repo.root, path, request.config);
  await markReady(admin, { branch: null, base: commit, excluded });
  return { path, notes, isFresh };
}

interface Place {
  path: string;
  admin: string;
}

async function findUsable(repo: Repository, wanted: string): Promise<Place | null> {
  const path = await canonicalPath(wanted);
  const admin = await findAdminDir(repo, path);
  if (admin === null || (await readMark(admin)) === null) return null;
  return (await statIfThere(path)) === null ? null : { path, admin };
}

async function make(repo: Repository, wanted: string, commit: string): Promise<Place> {
  const place = await withKeyedMutex(repo.commonDir, async () => {
    await mkdir(dirname(wanted), { recursive: true });
    const path = await canonicalPath(wanted);
    await (await detach(repo, path, await findAdminDir(repo, path)))();
    return { path, admin: await addWorktree(repo, path, commit, null) };
  });
  await checkOut(place.path, place.admin);
  return place;
}

/** Brings an existing worktree to `commit`; false when it is too broken for that and has to be made anew. */
async function reset({ path, admin }: Place, commit: string, kept: string[], isPristine: boolean): Promise<boolean> {
  const env = { GIT_DIR: admin, GIT_WORK_TREE: path };
  // Left by a gate, or a host, that was killed; nothing else works in this worktree.
  for (const lock of await listLocksIn(admin)) await rm(lock, { force: true });
  try {
    // Not `reset --hard`: if a gate put HEAD on a branch, that would move the branch.
    await git(path, ["checkout", "--quiet", "--detach", "--force", commit, "--"], { env });
    const keep = kept.flatMap((file) => ["-e", `/${file.replaceAll(/[\\*?[\]!# ]/g, "\\$&")}`]);
    await git(path, ["clean", "-ffdq", ...(isPristine ? ["-x"] : []), ...keep], { env });
    return true;
  } catch (error) {
    if (codeOf(error) === "git.failed") return false;
    throw error;
  }
}
