/** A pattern as a run bears on it, and which of a run's failures belong to it. Pure. */
import type { FailureFact } from "../facts/run-facts.ts";
import { learnedAs } from "../patterns/kinds.ts";
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
