/** What the vault learns from: the outcome of one run, projected from its log by the runtime. JSON, times in ms. */

export interface FailureFact {
  task: string;
  stream: string;
  attempt: number;
  /** What failed: the work itself, one of its gates, the merge, its scope, its time limit. */
  kind: "work" | "gate" | "merge" | "scope" | "timeout" | "crash";
  /** Name of the gate, or of the agent. */
  by: string;
  /** Tail of the output or the message, raw; at most 8 kB. */
  text: string;
  files: string[];
}

export interface TaskFact {
  id: string;
  title: string;
  stream: string;
  agent: string | null;
  outcome: "merged" | "done" | "failed" | "skipped" | "cancelled" | "unfinished";
  attempts: number;
  workMs: number;
  scope: string[];
  files: string[];
  needs: string[];
  failures: FailureFact[];
  /** What ended the trouble, if the task had failures and then succeeded: "retry", "rerun on the new base", "decision: X". */
  fixedBy: string | null;
  /** Files changed by the attempt that succeeded and not by the one that failed, when known. */
  fixFiles: string[];
}

export interface RunFacts {
  run: string;
  goal: string;
  /** Folder name of the repository. */
  repo: string;
  branch: string | null;
  outcome: "succeeded" | "failed" | "cancelled" | "interrupted" | "waiting";
  startedAt: number;
  endedAt: number;
  costUsd: number;
  costTokens: number;
  speedup: number | null;
  tasks: TaskFact[];
  conflicts: { id: string; kind: string; task: string; files: string[]; choice: string | null }[];
  /** Ids of the pattern notes shown for tasks of this run: task id -> pattern ids. */
  patternsUsed: Record<string, string[]>;
}
