/** Locks of git that dead processes of pleach left, and their notes of what they were changing. */
import { join, sep } from "node:path";
import {
  describeLock,
  findLeftGits,
  isOfNote,
  type LookedAtLock,
  lookAtLock,
  lookAtLocks,
  type Repository,
  readLeftNotes,
  removeLock,
} from "../../actors/git/index.ts";
import { isGivenId } from "./given-id.ts";
import { type Leftover, MENDED, mendable } from "./leftover.ts";
import type { Runs } from "./runs.ts";
import type { OwnWorktree } from "./worktrees.ts";

/**
 * Locks that nobody holds, of branches and worktrees of runs that have no host, or of changes that a process noted before it
 * died. All others are somebody else's (LOCK-1).
 */
export async function findLeftLocks(
  runs: Runs,
  repo: Repository,
  worktrees: readonly OwnWorktree[],
): Promise<Leftover[]> {
  const notes = await readLeftNotes(repo.commonDir);
  const left: Leftover[] = [];
  for (const lock of await lookAtLocks(repo)) {
    if (lock.makers?.length !== 0) continue;
    const run = findRunOf(repo, worktrees, lock.path);
    const isNoted = notes.some(({ note }) => isOfNote(lock, note));
    if (!isNoted && !(run !== null && (await isLeftBy(runs, run)))) continue;
    left.push(describe(runs, lock, run));
  }
  return left;
}

async function isLeftBy(runs: Runs, run: string): Promise<boolean> {
  const { kind } = await runs.standingOf(run);
  return kind === "gone" ? isGivenId(run) : kind !== "held";
}

function describe(runs: Runs, lock: LookedAtLock, run: string | null): Leftover {
  const about = { kind: "lock" as const, path: lock.path, run, why: describeLock(lock) };
  return mendable(about, "remove", async () => {
    const held = run === null ? null : await runs.findHolder(run);
    if (held !== null) return { kind: "kept", why: held };
    const now = await lookAtLock(lock);
    if (now.makers?.length !== 0) return { kind: "kept", why: describeLock(now) };
    await removeLock(lock);
    return MENDED;
  });
}

/** The run that alone has the branch or the worktree that the lock is of; null when none has. */
function findRunOf({ commonDir }: Repository, worktrees: readonly OwnWorktree[], lock: string): string | null {
  const heads = join(commonDir, "refs", "heads");
  const tasks = `${join(heads, "pleach-tasks")}${sep}`;
  if (lock.startsWith(tasks)) return lock.slice(tasks.length).split(sep)[0] ?? null;
  const integration = `${join(heads, "pleach")}${sep}`;
  if (lock.startsWith(integration)) return lock.slice(integration.length).replace(/\.lock$/, "");
  return worktrees.find(({ admin }) => lock.startsWith(`${admin}${sep}`))?.run ?? null;
}

/** Notes of processes that are gone. They tell whose a lock is; so they go after it. */
export async function findLeftNotes(repo: Repository): Promise<Leftover[]> {
  const notes = await readLeftNotes(repo.commonDir);
  return notes.map(({ file, note, remove }) => {
    const about = { kind: "note" as const, path: file, run: null, why: "the process that wrote it is dead" };
    return mendable(about, "remove", async () => {
      const busy = await findLeftGits([repo.root, repo.commonDir]);
      if (busy.length > 0) return { kind: "kept", why: `a git of it is still at work (process ${busy.join(", ")})` };
      const locks = (await lookAtLocks(repo)).filter((lock) => isOfNote(lock, note));
      if (locks.length > 0) return { kind: "kept", why: `it tells whose ${locks[0]?.path} is` };
      await remove();
      return MENDED;
    });
  });
}
