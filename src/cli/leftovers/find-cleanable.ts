/**
 * What runs that are over have left: worktrees, branches and refs, outputs and folders with logs. What `pleach clean` removes is
 * what this finds, in this order, each looked at once more before it goes.
 *
 * CLEAN-1 What can be removed by itself holds nothing that is not on a branch that stays. All else is named, and goes only by
 *    its name.
 * CLEAN-2 Runs that have a host, that can be gone on with, or of which a person has taken over a task, are left alone.
 */
import { DEFAULT_RETENTION, type Retention } from "../../plan/index.ts";
import type { Place } from "../place.ts";
import { findWork } from "../recover/find-work.ts";
import { findLeftBranches } from "./branches.ts";
import { lookAtPlace } from "./find-leftovers.ts";
import { findHeldCommits } from "./held-commits.ts";
import { findKeptRefs } from "./kept-refs.ts";
import type { Leftover } from "./leftover.ts";
import { type EndedRun, findOutputs, findRunFolders } from "./run-files.ts";
import type { Runs } from "./runs.ts";
import { findScraps } from "./scraps.ts";
import { findLeftWorktrees } from "./worktrees.ts";

export interface CleanWishes {
  /** Only of runs that are over for so long, and all that these left; null: what retention says, and of git everything. */
  olderMs: number | null;
  now: number;
}

export interface Cleanable {
  left: Leftover[];
  /** Runs that are not touched, and why. */
  spared: { run: string; why: string }[];
}

/** Finds it all; nothing is changed. */
export async function findCleanable(place: Place, { olderMs, now }: CleanWishes): Promise<Cleanable> {
  const { runs, repo, worktrees } = await lookAtPlace(place);
  const { ended, spared } = await readEnds(runs);
  const isOld = ({ endedAt }: EndedRun, ageMs: number): boolean => now - endedAt >= ageMs;
  const old = olderMs === null ? null : new Set(ended.filter((each) => isOld(each, olderMs)).map(({ run }) => run));
  // Nobody knows when a run was over of which nothing else is left.
  const isWanted = ({ run }: Leftover): boolean => old === null || (run !== null && old.has(run));
  const inGit: Leftover[] = [];
  if (repo !== null) {
    const trees = (await findLeftWorktrees(runs, repo, { worktrees, going: new Set() })).filter(isWanted);
    const going = new Set(trees.flatMap(({ path, mend }) => (mend === null ? [] : [path])));
    inGit.push(
      ...trees,
      ...(await findLeftBranches(runs, repo, { going, isThorough: true })).filter(isWanted),
      ...(await findKeptRefs(runs, repo)).filter(isWanted),
      ...(await findHeldCommits(runs, repo)).filter(isWanted),
      ...(await findScraps(place, runs, { repo, worktrees })).filter(({ run }) => run !== null).filter(isWanted),
    );
  }
  const keeps: Retention = { ...DEFAULT_RETENTION, ...place.config.retention };
  const of = (ageMs: number): EndedRun[] => ended.filter((each) => isOld(each, olderMs ?? ageMs));
  const folders = of(keeps.runs);
  const isLeft = await tellLeft(place, inGit, repo !== null && folders.length > 0);
  const outputs = await findOutputs(runs, of(keeps.transcripts));
  const whole = await findRunFolders(place, { runs, repo, ended: folders, isLeft });
  // What lies in a folder that goes is not told of twice.
  const going = new Set(whole.flatMap(({ run, mend }) => (mend === null ? [] : [run])));
  return { left: [...inGit, ...outputs.filter(({ run }) => !going.has(run)), ...whole], spared };
}

async function readEnds(runs: Runs): Promise<{ ended: EndedRun[]; spared: Cleanable["spared"] }> {
  const ended: EndedRun[] = [];
  const spared: Cleanable["spared"] = [];
  for (const run of await runs.list()) {
    const standing = await runs.standingOf(run);
    if (standing.kind === "over") ended.push({ run, endedAt: standing.endedAt ?? 0 });
    else if (standing.kind === "held") spared.push({ run, why: standing.why });
    else if (standing.kind === "open")
      spared.push({ run, why: `run ${run} is not over: pleach resume ${run}, or pleach cancel ${run}` });
  }
  return { ended, spared };
}

/** Says of which runs something stays that is nowhere else. */
async function tellLeft(place: Place, inGit: readonly Leftover[], isAsked: boolean): Promise<(run: string) => boolean> {
  const left = new Set<string | null>(inGit.filter(({ mend }) => mend === null).map(({ run }) => run));
  if (isAsked) {
    // Of work that is gone the log is all that is left.
    for (const { run } of await findWork(place)) left.add(run);
  }
  return (run) => left.has(run);
}
