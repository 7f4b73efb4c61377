/** Events of candidates: tasks that try the same, of which at most one is merged. */

/** A candidate whose gates are green, with its commit. */
export type ReadyCandidate = { task: string; commit: string };

export interface CandidateEvents {
  /** A candidate is done, and its gates are green: it waits to be chosen. Null: it changed nothing. */
  "candidate.ready": { task: string; commit: string | null };
  /** One of the candidates for `of` goes on to be merged; the others are stopped, or never start. */
  "candidate.chosen": { of: string; task: string; others: string[] };
  /** Which of the candidates goes on, as the others hear it, too. */
  "candidate.decided": { chosen: string };
  /** Another agent has compared candidates; null: it found none of them best. */
  "review.compared": {
    best: string | null;
    /** One line. */
    summary: string;
    /** Path of the answer, relative to the run's folder. */
    findings: string;
    durationMs: number;
  };
}
