/** What an invariant over a recorded run is, and the words in which a breach of it is told. */
import type { LogRecord } from "../../actors/log/port.ts";

/** A record at which a promise was broken. */
export interface InvariantViolation {
  /** Name of the invariant. */
  invariant: string;
  /** Sequence number of the record at which it shows. */
  seq: number;
  why: string;
}

/** A promise that the records of every run keep, whatever the run was about. */
export interface RunInvariant {
  /** A plain sentence, such as `no task is merged twice`. */
  name: string;
  /** Where it is broken, oldest first; empty when it holds. */
  find(records: readonly LogRecord[]): { seq: number; why: string }[];
}
