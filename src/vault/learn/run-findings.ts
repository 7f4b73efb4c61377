/**
 * What learning finds out about a run: the patterns that it bears on, which of its failures belong to them, and how
 * good its predictions were. A task that never began says nothing, nor does one without an end that was spared so far;
 * and a note that predicts nothing (what agents noted, how long tasks take), or that the program does not keep, cannot
 * be right or wrong. Pure.
 */
import type { FailureFact, RunFacts } from "../facts/run-facts.ts";
import { idOf } from "../notes/note.ts";
import { kindOf, LEARNED_AS } from "../patterns/kinds.ts";
import type { PatternRecord } from "../patterns/pattern-record.ts";
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
  const kind = isFlaky ? "flaky-gate" : LEARNED_AS[failure.kind];
  if (kind === failure.kind) return learned.find(({ signatures }) => signatures.includes(signFailure(failure)));
  return learned.find((pattern) => pattern.kind === kind && pattern.tasks.includes(failure.task));
}

/** A pattern that was shown for a task. */
export interface ShownPattern {
  task: string;
  id: string;
  /** Null for a note that the program does not keep. */
  record: PatternRecord | null;
  /** Null when that cannot be said. */
  happened: boolean | null;
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
  records: readonly PatternRecord[],
): ShownPattern[] {
  const byId = new Map(records.map((record) => [idOf(record.note), record]));
  const used = new Map(Object.entries(facts.patternsUsed));
  return facts.tasks.flatMap((task) =>
    [...new Set(used.get(task.id) ?? [])].map((id) => {
      const record = byId.get(id) ?? null;
      const hasHappened = learned.some((pattern) => pattern.id === id && pattern.tasks.includes(task.id));
      const hasEnded = task.outcome === "merged" || task.outcome === "done" || task.outcome === "failed";
      const canTell = record !== null && kindOf(record.kind).predicted && (hasHappened || hasEnded);
      return { task: task.id, id, record, happened: canTell ? hasHappened : null };
    }),
  );
}

/** For how many tasks each pattern was predicted, and in how many it happened. */
export function countShown(
  rows: readonly ShownPattern[],
): { record: PatternRecord; shown: number; happened: number }[] {
  const counts = new Map<PatternRecord, { shown: number; happened: number }>();
  for (const { record, happened } of rows) {
    if (record === null || happened === null) continue;
    const count = counts.get(record) ?? { shown: 0, happened: 0 };
    counts.set(record, { shown: count.shown + 1, happened: count.happened + (happened ? 1 : 0) });
  }
  return [...counts].map(([record, count]) => ({ record, ...count }));
}
