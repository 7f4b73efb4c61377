/**
 * Doubts: a gate that is red on a merged tree may mean nothing, where a test failed that is known to be flaky, or the plan
 * says so of the gate. Pure.
 *
 * DOUBT-1 It is run once more, and only once, on the same tree. Green then, it stops nothing; red, it counts as it always did.
 * DOUBT-2 One in which a test failed that the change adds or touches is never in doubt.
 * DOUBT-3 That a task landed so is told to it with the evidence, both verdicts, once.
 */
import { type FlakeEvidence, type GateOutcome, isRedGate, type KeptVerdict } from "../../protocol/gate-values.ts";

/** A gate's outcome that was in doubt, and how that ended. */
export type SettledOutcome = GateOutcome & { flake?: FlakeEvidence };

/** Tests that are named in evidence; of each the record of the gates has all. */
const MAX_TESTS = 10;

/** Names of the gates that are to be run once more (DOUBT-1, DOUBT-2). */
export function listDoubtful(results: readonly GateOutcome[]): string[] {
  return results.filter(isDoubtful).map(({ name }) => name);
}

/** Whether a red gate may mean nothing. */
export const isDoubtful = (result: GateOutcome): boolean =>
  result.required && isRedGate(result) && result.excused === undefined && result.doubt?.touched.length === 0;

/** The verdict on a tree whose doubtful gates were run once more. */
export function settleDoubts(
  first: readonly GateOutcome[],
  { results: again, tree }: { results: readonly GateOutcome[]; tree?: string },
): SettledOutcome[] {
  return first.map((red) => {
    const second = isDoubtful(red) ? again.find(({ name }) => name === red.name) : undefined;
    if (second === undefined) return red;
    if (second.status !== "passed") return second;
    const tests = (red.tests ?? []).slice(0, MAX_TESTS).map(({ name }) => name);
    const { known = [] } = red.doubt ?? {};
    return { ...second, flake: { tree: tree ?? null, tests, known, red: keptOf(red), green: keptOf(second) } };
  });
}

const keptOf = ({ summary, report, sha256 }: GateOutcome): KeptVerdict => ({ summary, report, sha256 });
