/** What the log of a run promises, whatever the run was about; each promise has a name that a test can bear. */

import type { LogRecord } from "../../actors/log/port.ts";
import { checkArgument } from "../../arguments/check-arguments.ts";
import { logInvariants } from "./log-invariants.ts";
import { planInvariants } from "./plan-invariants.ts";
import type { InvariantViolation, RunInvariant } from "./run-invariant.ts";

export type { InvariantViolation as Breach, RunInvariant } from "./run-invariant.ts";

/** All of them: those of the runtime, then those of plans, which a log that is of no plan keeps anyhow. */
export const runInvariants: readonly RunInvariant[] = [...logInvariants, ...planInvariants];

/**
 * Where the records of a run break a promise; empty when all are kept. `records` are a whole log, oldest first; `more`
 * are promises of one's own.
 */
export function checkInvariants(
  records: Iterable<LogRecord>,
  more: readonly RunInvariant[] = [],
): InvariantViolation[] {
  const hint = "give the records of a whole log, and promises of your own as a list of { name, find }";
  for (const [what, given] of [
    ["what checkInvariants looks at", records],
    ["the list of further promises", more],
  ] as const) {
    const isIterable = typeof given === "object" && given !== null && Symbol.iterator in given;
    checkArgument(what, isIterable ? given : undefined, "any", hint);
  }
  const all = [...records];
  return [...runInvariants, ...more].flatMap(({ name, find }) =>
    find(all).map(({ seq, why }) => ({ invariant: name, seq, why })),
  );
}
