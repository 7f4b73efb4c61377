/** Work of runs that is on no branch of the person's: what there is of it, and how it is named. */
import type { OwnRefKind } from "../../actors/git/index.ts";

/**
 * Besides the kinds of refs: `worktree` has no branch of an attempt; `commit` is told of by a log alone; `lost` is gone from the
 * repository; `folder` is a worktree that git has forgotten.
 */
export type WorkKind = OwnRefKind | "worktree" | "commit" | "lost" | "folder";

export interface FoundWork {
  /** What `pleach recover` takes: RUN, RUN/TASK/ATTEMPT, a ref, a commit, or a folder. */
  id: string;
  kind: WorkKind;
  run: string;
  task: string | null;
  attempt: string | null;
  /** The branch or the ref that holds it; null where none does. */
  ref: string | null;
  /** Its tip. */
  commit: string | null;
  /** Those that no branch of the person's holds, the newest first. */
  commits: { commit: string; subject: string }[];
  /** Whether there are more of them than are told. */
  isCut: boolean;
  /** Files that they changed. */
  files: string[];
  /** The worktree that holds more than its commits. */
  worktree: string | null;
  /** Its admin folder. */
  admin: string | null;
  /** What that is, in words. */
  dirt: string | null;
  /** Files that are not as a commit has them. */
  uncommitted: string[];
  /** Why it is nowhere else. */
  why: string;
  /** The command that brings it back; null where there is none. */
  back: string | null;
}

/** What is known of nothing yet. */
export const NO_WORK = {
  task: null,
  attempt: null,
  ref: null,
  commit: null,
  commits: [],
  isCut: false,
  files: [],
  worktree: null,
  admin: null,
  dirt: null,
  uncommitted: [],
} as const satisfies Partial<FoundWork>;

/** The branch on which it is brought back. */
export function nameRecovered({ id, kind, run, task, attempt, commit }: FoundWork): string {
  if (kind === "merged") return run;
  if (task !== null && attempt !== null) return `${run}/${task}/${attempt}${kind === "saved" ? "-saved" : ""}`;
  const tail = task ?? (kind === "found" ? "found" : kind);
  return `${run}/${tail}/${(commit ?? id).slice(0, 12)}`;
}

/** Newest attempts first; of one attempt its own branch before what was saved of it. */
export function compareWork(a: FoundWork, b: FoundWork): number {
  if (a.run !== b.run) return a.run < b.run ? 1 : -1;
  if ((a.kind === "merged") !== (b.kind === "merged")) return a.kind === "merged" ? -1 : 1;
  const [one, other] = [a.task ?? "\uffff", b.task ?? "\uffff"];
  if (one !== other) return one < other ? -1 : 1;
  const byAttempt = compareLabels(b.attempt, a.attempt);
  return byAttempt === 0 ? rankOf(a.kind) - rankOf(b.kind) : byAttempt;
}

const RANKS: readonly WorkKind[] = ["attempt", "worktree", "saved", "commit", "nested", "folder", "found", "lost"];
const rankOf = (kind: WorkKind): number => (RANKS.indexOf(kind) + RANKS.length + 1) % (RANKS.length + 1);

/** `2-1` comes after `2` and before `10`. */
function compareLabels(a: string | null, b: string | null): number {
  const [one, other] = [a, b].map((label) => (label ?? "0").split("-").map((part) => Number(part) || 0));
  for (let at = 0; at < Math.max(one?.length ?? 0, other?.length ?? 0); at += 1) {
    const difference = (one?.[at] ?? -1) - (other?.[at] ?? -1);
    if (difference !== 0) return difference;
  }
  return 0;
}
