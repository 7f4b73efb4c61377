/** All that a run shows, near-equal things as one. Pure, and the order is that of the run. */
import type { RunFacts } from "../../facts/run-facts.ts";
import { areNear } from "../../patterns/near.ts";
import { type RememberedRun, rememberFacts } from "../run-memory.ts";
import { observeCoChange } from "./co-change.ts";
import { observeConflicts } from "./conflicts.ts";
import { observeEffort } from "./effort.ts";
import { observeFailures } from "./failures.ts";
import { observeFlakyGates } from "./flaky-gates.ts";
import { observeInsights } from "./insights.ts";
import { type KnownPattern, type Observation, toPlainList } from "./observation.ts";
import { observeOverruns } from "./overruns.ts";
import { observeSlowGates } from "./slow-gates.ts";

export interface Past {
  /** Earlier runs, oldest first. */
  memory: readonly RememberedRun[];
  known: readonly KnownPattern[];
}

/** Observes a run; `runName` is the file name of its note without ending. */
export function observeRun(facts: RunFacts, runName: string, { memory, known }: Past): Observation[] {
  const flaky = observeFlakyGates(facts);
  const now = rememberFacts(facts, runName);
  return combine([
    ...observeFailures(facts, flaky.isFlaky),
    ...flaky.observations,
    ...observeConflicts(facts),
    ...observeOverruns(facts, memory),
    ...observeSlowGates(now, memory, known),
    ...observeCoChange(now, memory, known),
    ...observeEffort(now, memory, known),
    ...observeInsights(facts),
  ]);
}

/** The same trouble in other words, in one run: the first of its kind takes the others in. */
function combine(observations: readonly Observation[]): Observation[] {
  const combined: Observation[] = [];
  for (const observation of observations) {
    const at = combined.findIndex(
      ({ kind, mark }) => kind === observation.kind && areNear(kind, mark, observation.mark),
    );
    // Files that change together are measured by their exact group.
    const same = observation.kind === "co-change" ? undefined : combined[at];
    if (same === undefined) combined.push(observation);
    else combined[at] = joinObservations(same, observation);
  }
  return combined;
}

/** Two observations of one run about the same thing, as one. */
export function joinObservations(first: Observation, second: Observation): Observation {
  // A task that had it twice in other words is counted once, as well as that can still be told.
  const isCounted = second.tasks.length > 0 && second.tasks.every((task) => first.tasks.includes(task));
  return {
    ...first,
    also: [...new Set([...first.also, second.signature, ...second.also])].filter((each) => each !== first.signature),
    mark: {
      ...first.mark,
      lines: toPlainList([...first.mark.lines, ...second.mark.lines], 200),
      files: toPlainList([...first.mark.files, ...second.mark.files], 160),
    },
    tasks: [...new Set([...first.tasks, ...second.tasks])],
    evidence: isCounted
      ? first.evidence
      : {
          seen: first.evidence.seen + second.evidence.seen,
          good: first.evidence.good + second.evidence.good,
          bad: first.evidence.bad + second.evidence.bad,
          about: `${first.evidence.about}; ${second.evidence.about}`,
          details: [...first.evidence.details, ...second.evidence.details],
        },
    appliesWhen: toPlainList([...first.appliesWhen, ...second.appliesWhen], 200),
    symptoms: toPlainList([...first.symptoms, ...second.symptoms], 200),
    scope: toPlainList([...first.scope, ...second.scope], 160),
  };
}
