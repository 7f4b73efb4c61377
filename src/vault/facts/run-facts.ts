/**
 * What the vault learns from: the outcome of one run, projected from its log by the runtime. JSON; times in ms since
 * the Unix epoch, durations in ms, money in US dollars, paths relative to the repository with `/`. All texts are
 * untrusted.
 */

/**
 * What failed: the work itself, one of its gates, the merge, its scope, its time limit, its actor, its review, the
 * agent that was to do it, or the preparation of its worktree.
 */
export type FailureKind = "work" | "gate" | "merge" | "scope" | "timeout" | "crash" | "review" | "agent" | "setup";

export interface FailureFact {
  task: string;
  stream: string;
  /** 1-based, among the attempts of its task. */
  attempt: number;
  kind: FailureKind;
  /** Name of the gate, of the stream that reviewed, of the agent that failed; else the kind. */
  by: string;
  /** Tail of the output or the message, raw; at most 8 kB. */
  text: string;
  files: string[];
  /** Says something of the person's machine or account (a login, a limit, an outage, a program that is missing), not of the work. */
  isOutside?: true;
}

/** One attempt of a task; those that were cut off with their host are no attempts. */
export interface AttemptFact {
  /** 1-based, in the order of the log. */
  attempt: number;
  /**
   * Why there was one: the first; after a failure; after a merge conflict; sent back by a review; a person's choice.
   */
  begun: "first" | "retry" | "rerun" | "review" | "decision";
  /** The person's choice, for one that was begun by it. */
  choice: string | null;
  agent: string | null;
  /** Whether its work was merged, or done where nothing is merged. */
  ok: boolean;
  startedAt: number;
  endedAt: number;
  /** Work, gates and reviews. */
  ms: number;
  costUsd: number;
  tokens: number;
  /** What its commit changed; empty without one. */
  files: string[];
  /** Git's name for the tree of its commit; null without one, and in logs of earlier versions. */
  tree: string | null;
  failure: FailureFact | null;
}

export interface TaskFact {
  id: string;
  title: string;
  stream: string;
  agent: string | null;
  outcome: "merged" | "done" | "failed" | "skipped" | "cancelled" | "unfinished";
  /** How many were begun, those that were cut off included. */
  attempts: number;
  /** From its first start to its end. */
  workMs: number;
  /** Ready, and waiting for a place, before it started first; 0 when it never did. */
  queuedMs: number;
  /** Over all attempts, reviews included. */
  costUsd: number;
  /** Of it, what is estimated. */
  estimatedUsd: number;
  tokens: number;
  /** What was predicted when the run began; null when nothing was. */
  expectedMs: number | null;
  timeoutMs: number;
  /** The task's own budget; null when it names none. */
  budgetUsd: number | null;
  budgetTokens: number | null;
  scope: string[];
  files: string[];
  needs: string[];
  /** In order; what the log holds of each attempt. */
  tries: AttemptFact[];
  /** The failures of `tries`. */
  failures: FailureFact[];
  /**
   * What ended the trouble, if the task had failures and then succeeded: "retry", "rerun on the new base", "decision:
   * X".
   */
  fixedBy: string | null;
  /** Files changed by the attempt that succeeded and not by the one that failed, when known. */
  fixFiles: string[];
}

/** One gate that ran to its end. */
export interface GateFact {
  /** Null for the gates on the merged tree. */
  task: string | null;
  gate: string;
  /** Attempt of the task, or how many times the merged tree had been tried, 1-based. */
  attempt: number;
  status: "passed" | "failed" | "skipped" | "error";
  required: boolean;
  ms: number;
  timedOut: boolean;
  /** Git's name for the tree it judged; null when it is not known. */
  tree: string | null;
  /** The tests that failed in it, by name; absent where its reports do not name them all, and in logs of earlier versions. */
  tests?: string[];
}

export interface ReviewFact {
  task: string;
  attempt: number;
  /** The stream and the agent that looked at it. */
  stream: string;
  agent: string;
  verdict: "approved" | "sentBack" | "failed";
  /** One line: what blocks, or why there is no answer. */
  words: string;
  findings: { severity: string; file: string | null; text: string }[];
  ms: number;
  at: number;
}

/** What an agent noted for later runs. */
export interface InsightFact {
  task: string | null;
  stream: string;
  text: string;
  tags: string[];
  at: number;
}

/** A planning task's version that joined the run. */
export interface GrowthFact {
  planner: string;
  version: number;
  /** Ids of the tasks that it brought. */
  added: string[];
  at: number;
}

export interface ConflictFact {
  id: string;
  kind: "resource" | "quality" | "timeline" | "approach" | "merge";
  task: string;
  /** One line. */
  why: string;
  files: string[];
  /** Tasks that had merged changes of these files while this one worked. */
  others: string[];
  /** A person's choice, or "rerun on the new base" where the runtime did that by itself; null while it is open. */
  choice: string | null;
}

export interface BudgetFact {
  usd: number | null;
  tokens: number | null;
  mode: "warn" | "soft" | "hard";
  /** Whether the run used all of it up. */
  isExhausted: boolean;
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
  /** Of it, what is estimated. */
  estimatedUsd: number;
  costTokens: number;
  budget: BudgetFact;
  speedup: number | null;
  /** In the order of the plan; those that planning tasks added come last. */
  tasks: TaskFact[];
  conflicts: ConflictFact[];
  /** In the order in which they ended. */
  gates: GateFact[];
  reviews: ReviewFact[];
  insights: InsightFact[];
  growth: GrowthFact[];
  /** Ids of the pattern notes shown for tasks of this run: task id -> pattern ids. */
  patternsUsed: Record<string, string[]>;
}
