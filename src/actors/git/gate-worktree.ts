/**
 * Worktrees in which gates are run on commits, and reviewers look at them, used again and again. They are detached, so no
 * gate can move a branch by committing.
 *
 * GATETREE-1 A gate sees what a fresh clone would show after its set-up, whatever was looked at before: before each use the
 *    tracked files are put back, and so is what set-up left besides them; where that cannot be, or set-up would do something
 *    else at the new commit, the worktree is made anew.
 * GATETREE-2 What `worktree.keep` names stays from one run of gates to the next only where set-up did not fill it, and never
 *    comes from where a task works: a folder of packages is as set-up left it, or the worktree is made anew.
 */
import { dirname } from "node:path";
import type { WorktreeConfig } from "../../plan/model.ts";
import { copyConfiguredFiles, listCarried } from "./copy-configured-files.ts";
import { withKeyedMutex } from "./keyed-mutex.ts";
import { notePreparedFiles, readPreparedFiles, stayingFiles, writePreparedFiles } from "./prepared-files.ts";
import { statIfThere } from "./presence.ts";
import { asCommit, type Repository } from "./repository.ts";
import { resetWorktree } from "./reset-worktree.ts";
import { moveToTrash } from "./trash.ts";
import { addWorktree, checkOutToReuse, detach, makeWorktreeFolder } from "./worktree.ts";
import { type CheckoutShape, canonicalPath, findAdminDir, markReady, readMark } from "./worktree-admin.ts";

export interface GateWorktreeRequest {
  path: string;
  commit: string;
  config: Pick<WorktreeConfig, "copy" | "link" | "keep">;
  /** What set-up comes to at this commit, as `keepPreparedState` was told; null: there is none, all untracked files go. */
  setupKey: string | null;
  /** Makes it anew whatever is there; default false. */
  afresh?: boolean;
  /** Called before one that is there goes, to be made anew. */
  beforeRemoval?: () => Promise<void>;
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
  const found = request.afresh === true ? null : await findUsable(repo, request.path);
  const isFresh = found === null || !(await reset(repo, found, { ...request, commit }));
  if (isFresh) await request.beforeRemoval?.();
  const { path, admin, shape } = isFresh ? await make(repo, request.path, commit) : found;
  const notes = await copyConfiguredFiles(repo.root, path, request.config);
  await markReady(admin, { branch: null, base: commit, excluded, ...(shape === undefined ? {} : { shape }) });
  return { path, notes, isFresh };
}

/** Notes what set-up has left in a fresh gate worktree, so that it is found again there when it is used the next time. */
export async function keepPreparedState(
  repo: Repository,
  { path: wanted, config, setupKey }: Pick<GateWorktreeRequest, "path" | "config"> & { setupKey: string },
): Promise<void> {
  const path = await canonicalPath(wanted);
  const admin = await findAdminDir(repo, path);
  if (admin === null) return;
  // Also what is to be kept: what set-up filled, the code that gates run could write (GATETREE-2).
  await notePreparedFiles({ path, admin, brought: listCarried(config), keep: [] }, setupKey);
}

interface Place {
  path: string;
  admin: string;
  shape: CheckoutShape | undefined;
}

async function findUsable(repo: Repository, wanted: string): Promise<Place | null> {
  const path = await canonicalPath(wanted);
  const admin = await findAdminDir(repo, path);
  const mark = admin === null ? null : await readMark(admin);
  if (admin === null || mark === null) return null;
  return (await statIfThere(path)) === null ? null : { path, admin, shape: mark.shape };
}

async function make(repo: Repository, wanted: string, commit: string): Promise<Place> {
  const place = await withKeyedMutex(repo.commonDir, async () => {
    await makeWorktreeFolder(repo, dirname(wanted));
    const path = await canonicalPath(wanted);
    const admin = await findAdminDir(repo, path);
    await (await detach(repo, path, admin))();
    // What git lost track of when it was killed is nobody's work: nobody works here.
    if (admin === null) await (await moveToTrash(path))();
    return { path, admin: await addWorktree(repo, path, commit, null) };
  });
  const shape = await checkOutToReuse(repo, place.path, place.admin, commit);
  return { ...place, shape };
}

/** Brings an existing worktree to `commit`; false when it has to be made anew for that. */
async function reset(
  repo: Repository,
  { path, admin, shape }: Place,
  { commit, config, setupKey }: GateWorktreeRequest,
): Promise<boolean> {
  const request = { path, admin, shape, commit, branch: null };
  if (setupKey === null) return resetWorktree(repo, request);
  const prepared = await readPreparedFiles(admin);
  if (prepared?.key !== setupKey) return false;
  // What is brought in goes first, whatever became of it.
  const place = { path, admin, brought: [], keep: config.keep ?? [] };
  const isBack = await resetWorktree(repo, { ...request, untracked: stayingFiles(place, prepared) });
  if (isBack) await writePreparedFiles(admin, prepared);
  return isBack;
}
