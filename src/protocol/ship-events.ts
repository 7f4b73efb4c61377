/** What is recorded of shipping a run's result. */
import type { GateOutcome } from "./gate-values.ts";

/** What becomes of the result; the host's own records, which no actor is told. */
export interface ShipEvents {
  /** A person has the result merged into a branch of theirs; null: into the one that the checkout is on. */
  "ship.started": { into: string | null };
  /** The branch holds the result; `already`: it did before. */
  "ship.finished": {
    into: string;
    how: "fastForward" | "merge" | "already";
    /** Where the branch was. */
    from: string;
    /** Where it is now. */
    commit: string;
    files: string[];
    gates: GateOutcome[];
  };
  /** The branch was not moved. */
  "ship.failed": {
    into: string | null;
    /** Code of the error. */
    code: string;
    reason: string;
    gates: GateOutcome[];
  };
}
