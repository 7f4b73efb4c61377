/** The kinds of patterns. */

/** The last part of the note's tag `kind/…`. */
export type ObservationKind =
  | "work"
  | "gate"
  | "scope"
  | "crash"
  | "review"
  | "agent"
  | "setup"
  | "conflict"
  | "flaky-gate"
  | "slow-gate"
  | "overrun"
  | "co-change"
  | "effort"
  | "insight";
