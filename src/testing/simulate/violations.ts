/** What a simulation found to be wrong. The rules are the promises of ARCHITECTURE.md, as far as a run can break them. */

/**
 * `capacity` more at once than a limit or a resource allows; `needs` started without what it needs; `budget` started
 * beyond the limit; `doubleWork` two workers for one task; `doneAgain` worked on after its outcome; `paused` started although a person had paused it; `taken` touched
 * while a person had it in hand, or merged unchecked after that; `outcome` none, two,
 * or one that does not fit the rest; `landedTwice`; `redBranch`; `lostWork`; `deadlock` nothing will ever happen;
 * `endless`; `leftOpen` something goes on after the end; `replay` the log tells another story; `counters` the scheduler has
 * miscounted; `host` the host failed; `candidates` two were chosen for one task, or one goes on that was not.
 */
export type Rule =
  | "budget"
  | "candidates"
  | "capacity"
  | "counters"
  | "deadlock"
  | "doneAgain"
  | "doubleWork"
  | "endless"
  | "host"
  | "landedTwice"
  | "leftOpen"
  | "lostWork"
  | "needs"
  | "outcome"
  | "paused"
  | "redBranch"
  | "replay"
  | "taken";

export interface Violation {
  rule: Rule;
  /** One line. */
  message: string;
  /** The last record that was durable. */
  seq: number;
  /** Milliseconds of virtual time since the run began. */
  atMs: number;
}

/** Reports a broken rule. */
export type ReportViolation = (rule: Rule, message: string) => void;
