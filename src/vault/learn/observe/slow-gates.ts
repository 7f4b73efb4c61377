/**
 * Gates that cost much of a run's work. Both must be: a large share, since a gate of a long run may take long, and a
 * time that somebody would notice, since in a run of seconds any gate has a large share, and a quick one that runs often.
 */

import { signParts } from "../../patterns/signatures.ts";
import type { RememberedGate, RememberedRun } from "../run-memory.ts";
import type { Evidence, KnownPattern, Observation } from "./observation.ts";

/** Per cent of all work and gates: a quarter saved is worth looking at. */
const MIN_SHARE = 25;
/** Of a whole run; what takes less is not waited for. */
const MIN_SECONDS = 3;
/** Of one execution: what is quicker than this nobody waits for, however often it runs. */
const MIN_MEDIAN_SECONDS = 2;
/** One slow execution may have found caches cold. */
const MIN_RUNS = 2;

/** The slow gates of a run, and how those did that were slow once. */
export function observeSlowGates(
  now: RememberedRun,
  memory: readonly RememberedRun[],
  known: readonly KnownPattern[],
): Observation[] {
  return now.gates.flatMap((gate) => {
    const signature = signParts("slow-gate", gate.name);
    const isKnown = known.some(({ signatures }) => signatures.includes(signature));
    const isSlow =
      gate.share >= MIN_SHARE &&
      gate.seconds >= MIN_SECONDS &&
      gate.runs >= MIN_RUNS &&
      gate.median >= MIN_MEDIAN_SECONDS;
    if (!isSlow && !isKnown) return [];
    const earlier = memory.flatMap(({ run, ended, gates }) =>
      gates.filter(({ name }) => name === gate.name).map((before) => ({ run, ended, evidence: measure(before) })),
    );
    return [describe(signature, gate, earlier)];
  });
}

function measure({ runs, red, median, seconds, share }: RememberedGate): Evidence {
  return {
    seen: runs,
    good: runs - red,
    bad: red,
    about: `median ${median.toFixed(1)} s, ${seconds.toFixed(1)} s together`,
    details: [`seconds: ${median.toFixed(1)}`, `share: ${share} %`],
  };
}

function describe(signature: string, gate: RememberedGate, earlier: Observation["earlier"]): Observation {
  const name = gate.name.replace(/\\(.)/g, "$1");
  return {
    kind: "slow-gate",
    signature,
    also: [],
    title: `Slow gate ${name}: much of a run's work`,
    fingerprint: { gate: name, test: "", lines: [], files: [] },
    head: `### What happens\n\nGate ${gate.name} takes a large part of all work of runs.`,
    advice: [`Make gate ${gate.name} faster, or let it run on the merged tree only.`],
    words: ["ran", "green", "red"],
    tasks: [],
    evidence: measure(gate),
    earlier,
    appliesWhen: [`gate ${name}`],
    symptoms: [],
    scope: [],
    problemType: "performance_issue",
  };
}
