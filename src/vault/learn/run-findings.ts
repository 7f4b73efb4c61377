/**
 * What learning finds out about a run: the patterns that it bears on, which of its failures belong to them, and how good
 * what was foretold was. A task that never began says nothing, nor does one without an end that was spared so far; and a
 * note that foretells nothing (what agents noted, how long tasks take), or that the program does not keep, cannot be right
 * or wrong. Pure.
 */
import type { FailureFact, RunFacts } from "../facts/run-facts.ts";
import { idOf } from "../notes/note.ts";
import { kindOf, learnedAs } from "../patterns/kinds.ts";
import type { Keeper } from "../patterns/pattern-record.ts";
import { signFailure } from "../patterns/signatures.ts";

/** A pattern that the run confirmed or brought up. */
export interface LearnedPattern {
  /** As predictions name it. */
  id: string;
  /** File name without ending: what a link says. */
  name: string;
  kind: string;
  title: string;
  /** Where in this run, as markdown. */
  about: string;
  signatures: readonly string[];
  /** Ids of the run's tasks that had this trouble. */
  tasks: readonly string[];
}

/** The pattern that a failure was learned under; `isFlaky`: its gate changed its mind. */
export function findLearned(
  learned: readonly LearnedPattern[],
  failure: FailureFact,
  isFlaky: boolean,
): LearnedPattern | undefined {
  const kind = isFlaky ? "flaky-gate" : learnedAs[failure.kind];
  if (kind === failure.kind) return learned.find(({ signatures }) => signatures.includes(signFailure(failure)));
  return learned.find((pattern) => pattern.kind === kind && pattern.tasks.includes(failure.task));
}

/** A pattern that was shown for a task. */
export interface ShownPattern {
  task: string;
  id: string;
  /** Null for a note that the program does not keep. */
  keeper: Keeper | null;
  /** Null when that cannot be said. */
  came: boolean | null;
}

/** What learning found out about a run, for the run's own note. */
export interface RunFindings {
  learned: readonly LearnedPattern[];
  shown: readonly ShownPattern[];
}

/** Each pattern shown for each task of the run, once, in the order of the tasks. */
export function scoreShown(
  facts: RunFacts,
  learned: readonly LearnedPattern[],
  keepers: readonly Keeper[],
): ShownPattern[] {
  const byId = new Map(keepers.map((keeper) => [idOf(keeper.note), keeper]));
  const used = new Map(Object.entries(facts.patternsUsed));
  return facts.tasks.flatMap((task) =>
    [...new Set(used.get(task.id) ?? [])].map((id) => {
      const keeper = byId.get(id) ?? null;
      const hasCome = learned.some((pattern) => pattern.id === id && pattern.tasks.includes(task.id));
      const hasEnded = task.outcome === "merged" || task.outcome === "done" || task.outcome === "failed";
      const canTell = keeper !== null && kindOf(keeper.kind).predicted && (hasCome || hasEnded);
      return { task: task.id, id, keeper, came: canTell ? hasCome : null };
    }),
  );
}

/** For how many tasks each pattern was foretold, and for how many it came. */
export function countShown(rows: readonly ShownPattern[]): { keeper: Keeper; shown: number; came: number }[] {
  const counts = new Map<Keeper, { shown: number; came: number }>();
  for (const { keeper, came } of rows) {
    if (keeper === null || came === null) continue;
    const count = counts.get(keeper) ?? { shown: 0, came: 0 };
    counts.set(keeper, { shown: count.shown + 1, came: count.came + (came ? 1 : 0) });
  }
  return [...counts].map(([keeper, count]) => ({ keeper, ...count }));
}
