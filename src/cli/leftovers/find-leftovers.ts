/**
 * Finds what dead processes of pleach left in a repository and on this machine, and mends it. To find it nothing of the
 * repository is executed and nothing is changed.
 *
 * LEFT-3 Each thing is mended by itself, in an order in which what tells whose another thing is goes last. Whoever is killed
 *    meanwhile leaves the rest to be found again.
 */
import { openRepository, type Repository } from "../../actors/git/index.ts";
import { leaveRepository } from "../../actors/perform/tend-repository.ts";
import { messageOf } from "../../errors.ts";
import type { Place } from "../place.ts";
import { findLeftBranches } from "./branches.ts";
import { findHeldCommits } from "./held-commits.ts";
import type { Leftover, Mended } from "./leftover.ts";
import { findLeftLocks, findLeftNotes } from "./locks.ts";
import { findOpenFiles } from "./private-files.ts";
import { findLeftProcesses } from "./processes.ts";
import { Runs } from "./runs.ts";
import { findScraps } from "./scraps.ts";
import { findLeftSockets } from "./sockets.ts";
import { findLeftWorktrees, listOwnWorktrees, type OwnWorktree } from "./worktrees.ts";

/** All of it, in the order in which it is mended. */
export async function findLeftovers(place: Place): Promise<Leftover[]> {
  const { runs, repo, worktrees } = await lookAtPlace(place);
  const processes = await findLeftProcesses(runs, worktrees);
  const going = new Set(processes.flatMap(({ pid, mend }) => (pid === undefined || mend === null ? [] : [pid])));
  const inGit = repo === null ? [] : await findInGit(runs, repo, { worktrees, going });
  return [
    ...processes,
    ...(await findLeftSockets(runs)),
    ...inGit,
    ...(await findScraps(place, runs, { repo, worktrees })),
    ...(await findOpenFiles(runs, process.env)),
  ];
}

/** What is looked at. */
export async function lookAtPlace(
  place: Place,
): Promise<{ runs: Runs; repo: Repository | null; worktrees: OwnWorktree[] }> {
  const repo = place.isRepository ? await openRepository(place.root) : null;
  const runs = new Runs(place, repo);
  return { runs, repo, worktrees: repo === null ? [] : await listOwnWorktrees(runs, repo) };
}

async function findInGit(
  runs: Runs,
  repo: Repository,
  own: Parameters<typeof findLeftWorktrees>[2],
): Promise<Leftover[]> {
  const worktrees = await findLeftWorktrees(runs, repo, own);
  const removed = new Set(worktrees.flatMap(({ path, mend }) => (mend === null ? [] : [path])));
  return [
    ...(await findLeftLocks(runs, repo, own.worktrees)),
    ...(await findLeftNotes(repo)),
    ...worktrees,
    ...(await findLeftBranches(runs, repo, { going: removed })),
    ...(await findHeldCommits(runs, repo)),
  ];
}

/** What became of a leftover. */
export interface Fixed {
  leftover: Leftover;
  /** `failed`: it could not be mended; looking again is of use. */
  outcome: "mended" | "kept" | "failed";
  why: string;
}

/** How often it is looked again for processes: those that are ended may start others meanwhile. */
const MAX_LOOKS = 3;

/** Mends all that can be, and tells of each as it is done, and of what stays. */
export async function fixLeftovers(place: Place, tell: (fixed: Fixed) => void): Promise<void> {
  for (let looks = 0; looks < MAX_LOOKS; looks += 1) {
    const { runs, worktrees } = await lookAtPlace(place);
    const processes = (await findLeftProcesses(runs, worktrees)).filter(({ mend }) => mend !== null);
    if (processes.length === 0) break;
    for (const leftover of processes) tell(await fix(leftover));
  }
  for (const leftover of await findLeftovers(place)) tell(await fix(leftover));
}

/** Mends what the host of one run left that died at its very end, and says nothing; branches are a person's to look at. */
export async function fixRun(place: Place, run: string): Promise<void> {
  const left = await findLeftovers(place);
  for (const leftover of left) if (leftover.run === run && leftover.kind !== "branch") await fix(leftover);
  if (place.isRepository) await leaveRepository({ repo: await openRepository(place.root) });
}

/** Mends one, and says what became of it. Never rejects. */
export async function fix(leftover: Leftover): Promise<Fixed> {
  const { mend, why } = leftover;
  if (mend === null) return { leftover, outcome: "kept", why };
  try {
    const mended: Mended = await mend.act();
    return mended.kind === "mended"
      ? { leftover, outcome: "mended", why }
      : { leftover, outcome: "kept", why: mended.why };
  } catch (thrown) {
    return { leftover, outcome: "failed", why: messageOf(thrown) };
  }
}
