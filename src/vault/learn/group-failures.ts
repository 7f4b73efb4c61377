/**
 * Sorts the failures of a run by signature: one group is one kind of trouble, with the tasks that had it, how each of
 * them ended, and what got it going again. Counts alone are no pattern, so a failure that neither says anything nor
 * was fixed is left out. Pure; the order is that of first appearance.
 */
import type { FailureFact, RunFacts, TaskFact } from "../facts.ts";
import { type Signature, signatureOf } from "../text/signature.ts";

export interface TroubledTask {
  task: TaskFact;
  /** Attempts of it that ended this way. */
  times: number;
  ending: "fixed" | "failed" | "open";
}

export interface FailureGroup {
  signature: Signature;
  /** The first failure of this kind, shown as the example. */
  example: FailureFact;
  tasks: TroubledTask[];
  /** Files named by the failures, then those that the fixes changed; without repetition. */
  files: string[];
}

/** The kinds of trouble of a run. */
export function groupFailures(facts: RunFacts): FailureGroup[] {
  const groups = new Map<string, FailureGroup>();
  for (const task of facts.tasks) {
    for (const failure of task.failures) {
      const signature = signatureOf(failure);
      const key = signature.hash;
      let group = groups.get(key);
      if (group === undefined) {
        group = { signature, example: failure, tasks: [], files: [] };
        groups.set(key, group);
      }
      const known = group.tasks.find((troubled) => troubled.task === task);
      if (known === undefined) group.tasks.push({ task, times: 1, ending: endingOf(task) });
      else known.times += 1;
      group.files = [...new Set([...group.files, ...failure.files, ...task.fixFiles])];
    }
  }
  return [...groups.values()].filter(
    (group) => group.signature.line !== "" || group.tasks.some((troubled) => isFixed(troubled.task)),
  );
}

function isFixed(task: TaskFact): boolean {
  return task.fixedBy !== null && endingOf(task) === "fixed";
}

function endingOf(task: TaskFact): TroubledTask["ending"] {
  if (task.outcome === "merged" || task.outcome === "done") return "fixed";
  return task.outcome === "failed" ? "failed" : "open";
}
