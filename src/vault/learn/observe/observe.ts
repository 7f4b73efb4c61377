/** All that a run shows, near-equal things as one. Pure, and the order is that of the run. */
import type { RunFacts } from "../../facts/run-facts.ts";
import { kindOf, type PatternKindName } from "../../patterns/kinds.ts";
import { areSimilar } from "../../patterns/similarity.ts";
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

interface Observed extends Past {
  facts: RunFacts;
  flaky: ReturnType<typeof observeFlakyGates>;
  /** The run as later runs remember it. */
  now: RememberedRun;
}

type Observer = (observed: Observed) => Observation[];

const failures: Observer = ({ facts, flaky }) => observeFailures(facts, flaky.isFlaky);

/** Who observes patterns of each kind; some see to several. */
const OBSERVERS: Readonly<Record<PatternKindName, Observer>> = {
  work: failures,
  gate: failures,
  scope: failures,
  crash: failures,
  review: failures,
  agent: failures,
  setup: failures,
  "flaky-gate": ({ flaky }) => flaky.observations,
  conflict: ({ facts }) => observeConflicts(facts),
  overrun: ({ facts, memory }) => observeOverruns(facts, memory),
  "slow-gate": ({ now, memory, known }) => observeSlowGates(now, memory, known),
  "co-change": ({ now, memory, known }) => observeCoChange(now, memory, known),
  effort: ({ now, memory, known }) => observeEffort(now, memory, known),
  insight: ({ facts }) => observeInsights(facts),
};

/** Observes a run; `runName` is the file name of its note without ending. */
export function observeRun(facts: RunFacts, runName: string, past: Past): Observation[] {
  const observed = { ...past, facts, flaky: observeFlakyGates(facts), now: rememberFacts(facts, runName) };
  return combine([...new Set(Object.values(OBSERVERS))].flatMap((observe) => observe(observed)));
}

/** The same trouble in other words, in one run: the first of its kind takes the others in. */
function combine(observations: readonly Observation[]): Observation[] {
  const combined: Observation[] = [];
  for (const observation of observations) {
    const at = combined.findIndex(
      ({ kind, fingerprint }) => kind === observation.kind && areSimilar(kind, fingerprint, observation.fingerprint),
    );
    // A group of files is measured as it is.
    const same = kindOf(observation.kind).tiedBy === "group" ? undefined : combined[at];
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
    fingerprint: {
      ...first.fingerprint,
      lines: toPlainList([...first.fingerprint.lines, ...second.fingerprint.lines], 200),
      files: toPlainList([...first.fingerprint.files, ...second.fingerprint.files], 160),
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
