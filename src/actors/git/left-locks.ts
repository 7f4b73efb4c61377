/** What killed processes of ours left locked in a repository is unlocked again; of any other lock it is said that it is there. */
import { join, sep } from "node:path";
import { describeLock, type LookedAtLock, listLocks, lookAtAll, nameLock, readLock, removeLock } from "./locks.ts";
import { ownBranchPrefixes } from "./refs.ts";
import type { Repository } from "./repository.ts";
import { canonicalPath, listAdminDirs } from "./worktree-admin.ts";
import { isOfNote, readLeftNotes } from "./write-notes.ts";

export interface LeftLocks {
  /** Locks that were removed, named for people. */
  removed: string[];
  /** Others that were left behind, or may have been, a line each: where it lies, how old it is. */
  others: string[];
}

/** Whose locks are ours: those of a run's branches and worktrees, besides what notes say. */
export interface OwnPlaces {
  run: string;
  /** Folder of its worktrees. */
  worktrees: string;
}

/** Removes what is ours and nobody's any more (LOCK-1). For a time when no process of this run is at work. */
export async function clearLeftLocks(repo: Repository, own: OwnPlaces): Promise<LeftLocks> {
  const [isOwn, notes] = await Promise.all([findOwn(repo, own), readLeftNotes(repo.commonDir)]);
  const left: LeftLocks = { removed: [], others: [] };
  let held = 0;
  for (const lock of await lookAtLocks(repo)) {
    const isOurs = isOwn(lock.path) || notes.some(({ note }) => isOfNote(lock, note));
    const name = nameLock(repo.commonDir, lock.path);
    const isHeld = (lock.makers?.length ?? 0) > 0;
    // What somebody holds now, they give back: there is nothing to say of it.
    if (isHeld || (await readLock(lock.path))?.identity !== lock.identity) held += 1;
    else if (isOurs && lock.makers !== null && (await removeLock(lock))) left.removed.push(name);
    else left.others.push(`${lock.path}: ${describeLock(lock)}`);
  }
  // A lock that may still be held is judged again at the next start.
  if (left.others.length + held === 0) for (const { remove } of notes) await remove();
  return left;
}

/** All locks of a repository, with who may hold them. */
export async function lookAtLocks({ commonDir }: Pick<Repository, "commonDir">): Promise<LookedAtLock[]> {
  const locks = await Promise.all((await listLocks(commonDir)).map(readLock));
  return lookAtAll(locks.filter((lock) => lock !== null));
}

/** Whether a lock is of a branch or a worktree that only this run has. */
async function findOwn(repo: Repository, { run, worktrees }: OwnPlaces): Promise<(path: string) => boolean> {
  const heads = join(repo.commonDir, "refs", "heads");
  const [integration, tasks] = ownBranchPrefixes.map((prefix) => join(heads, `${prefix}${run}`));
  const folder = await canonicalPath(worktrees);
  const admins = (await listAdminDirs(repo)).filter(({ path }) => path.startsWith(`${folder}${sep}`));
  return (path) =>
    path === `${integration}.lock` ||
    path.startsWith(`${tasks}${sep}`) ||
    admins.some(({ admin }) => path.startsWith(`${admin}${sep}`));
}
