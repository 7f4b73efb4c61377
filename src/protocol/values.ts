/** What events, effects and documents carry: plain JSON values, with no behaviour. */
import type { Isolation, OnConflict, Plan } from "../plan/model.ts";

/** How long to wait before trying again. */
export interface Backoff {
  /** Wait before the first repeat, milliseconds. */
  baseMs: number;
  /** Growth a repeat. */
  factor: number;
  /** Longest wait, milliseconds. */
  maxMs: number;
}

/** Who judges a stream's commits before they are merged. */
export interface Reviewer {
  /** The stream whose slot a review takes. */
  stream: string;
  /** Name of the agent. */
  agent: string;
  /** Those that stand in for it, in order; absent: none. */
  fallback?: string[];
}

/** A task as its actor is started with it: what does not change from attempt to attempt. */
export interface TaskInput {
  id: string;
  stream: string;
  /** Name of the agent; null for a command. */
  agent: string | null;
  /** Those that stand in for it, in order, while it is not served; absent: none. */
  fallback?: string[];
  isolation: Isolation;
  gates: string[];
  retries: number;
  onConflict: OnConflict;
  backoff: Backoff;
  seed: number;
  /** Who has to approve its commit; absent: nobody. */
  reviewer?: Reviewer;
  /** Path of what its first attempt should read, relative to the run's folder: of a task that failed before. */
  feedback?: string;
}

/** An attempt that a task is granted. */
export type Grant = {
  /** Label of the attempt, unique in the run. */
  attempt: string;
  /** Commit that it begins on; null without isolation. */
  base: string | null;
  /** The agent that was chosen for it; absent where there was no choice. */
  chosen?: string;
};

/** How a task ends. */
export type TaskOutcome = "merged" | "done" | "failed" | "cancelled";

/** How a run ends. `partial`: some tasks were merged, others failed or never began. */
export type RunOutcome = "succeeded" | "partial" | "failed" | "cancelled";

/**
 * Why an agent is started again in the midst of an attempt, where it left off: the budget had cut it short, its account or
 * its service had refused to serve it, or it had ended without having changed anything.
 */
export type GoesOn = "budget" | "limit" | "unchanged";

/** An account that is not served for now: nobody's fault. */
export interface Refusal {
  /** Its usage limit is reached; its service has too much to do or is down; there is no money left. */
  what: "limit" | "outage" | "credit";
  /** Until when, ms since the epoch, as was said; null: nobody said. */
  until: number | null;
  /** Who was refused, and how. */
  source: string;
}

/** Where an attempt of a task works. */
export interface Workspace {
  /** By which it is released: no other of the run has it. Empty without isolation. */
  id: string;
  /** Where the executor finds it, absolute; another workspace may lie there later. Empty without isolation. */
  path: string;
  /** The task's branch; null without isolation. */
  branch: string | null;
  port: number;
}

/**
 * What becomes of a workspace that is released. `landed`: nothing in it is needed; `superseded`: another attempt follows,
 * what it holds is saved on a branch; `kept`: it stays if it holds work.
 */
export type Disposition = "landed" | "superseded" | "kept";

export interface GateOutcome {
  name: string;
  required: boolean;
  status: "passed" | "failed" | "skipped" | "error";
  durationMs: number;
  /** Whether it was ended after its own time limit; logs of earlier versions do not say. */
  timedOut?: boolean;
  /** One line. */
  summary: string;
  /** Path of the kept output, relative to the run's folder; null when the gate did not start. */
  report: string | null;
  /** SHA-256 of that file. */
  sha256: string | null;
  /** It passed on the same tree, under the same conditions, before, and was not run again. */
  reused?: boolean;
  /** Path of the list of what its reports complain of, relative to the run's folder; absent where they do not tell. */
  problems?: string;
  /** Why it stops nothing though it is red: it was no better before. */
  excused?: string;
  /** Of one that is red: the first tests that failed, or the last lines of its output. */
  evidence?: string[];
}

/** How a required gate is on the commit that the run begins at. */
export type Baseline = {
  gate: string;
  verdict: GateOutcome["status"];
  /** Whether it will refuse what makes it worse. */
  protecting: boolean;
  /** One line. */
  summary: string;
  report: string | null;
  /** The first tests that fail, or the last lines of its output; none of a gate that passed. */
  evidence: string[];
};

/** What a command said that prepares or clears a place: where it is kept, and its last lines. */
export type SaidOutput = {
  /** Path of the kept output, relative to the run's folder; absent when there is none. */
  log?: string;
  /** The last lines of it. */
  evidence?: string[];
};

/** The first required gate that did not pass and is not excused. */
export const firstRed = (results: readonly GateOutcome[]): GateOutcome | undefined =>
  results.find(({ required, status, excused }) => required && status !== "passed" && excused === undefined);

/** Required gates that are red on the run's branch as they were on its base: the lists of their problems, or null. */
export type Standing = Record<string, { problems: string | null }>;

/** Why an agent failed, as far as its adapter could tell; the work itself is judged elsewhere. */
export interface AgentFailure {
  kind:
    | "auth"
    | "credit"
    | "rateLimit"
    | "overloaded"
    | "unreached"
    | "request"
    | "api"
    | "denied"
    | "incomplete"
    | "protocol"
    | "silent";
  /** What a person can do about it, one sentence. */
  hint: string;
  /** Trying again cannot help: a key that is refused, a model that does not exist. */
  isFinal: boolean;
  /** What the service asked to wait, ms, or a minute where it allows so much a minute; null when it said nothing. */
  retryAfterMs: number | null;
}

/**
 * What refused to serve an agent, where nothing else ended its attempt: its account's usage limit, want of credit, or a service
 * that has too much to do. Nobody's fault; null for whatever is somebody's.
 */
export function refusedBy({
  faultOf,
  failure,
}: {
  faultOf: FaultOf;
  failure?: AgentFailure | null;
}): Refusal["what"] | null {
  if (failure == null || faultOf !== "agent" || failure.isFinal) return null;
  if (failure.kind === "credit") return "credit";
  return failure.kind === "rateLimit" ? "limit" : failure.kind === "overloaded" ? "outage" : null;
}

/** A kept output. */
export interface Transcript {
  /** Relative to the run's folder. */
  path: string;
  bytes: number;
  sha256: string;
  truncated: boolean;
}

/** What was spent: `estimatedUsd` of the dollars are estimated, the rest is what the agents' services said. */
export interface Spent {
  usd: number;
  tokens: number;
  estimatedUsd: number;
}

/** Who is at fault when something failed: the work, or the agent that did it. */
export type FaultOf = "work" | "agent";

/** A commit of a task that waits for its place in the chain. */
export interface QueueItem {
  task: string;
  /** The task's own commit, a child of the integration commit it was cut from. */
  commit: string;
  /** Paths that it changes. */
  files: string[];
}

/** A commit on a chain. */
export interface Link {
  task: string;
  /** Commit on the chain. */
  commit: string;
}

export type ConflictKind = "resource" | "quality" | "timeline" | "approach" | "merge";

/** The choice that gives a task up. */
export const DROP = "drop";
/** Why tasks end that the budget held back. */
export const EXHAUSTED = "the budget is exhausted";
/** Who decided where nobody was there to be asked. */
export const UNATTENDED = "unattended";

export interface Choice {
  name: string;
  does: string;
  /** What has to follow the name: a letter that stands for it. */
  takes?: string;
}

/** What a question is about, as the unattended answers tell them apart. */
export type QuestionKind = "mergeConflict" | "removesMerged" | "review" | "scope" | "budget" | "credit" | "decision";

/** What a person is asked. */
export interface ConflictInput {
  kind: ConflictKind;
  /** Absent in logs of earlier versions. */
  question?: QuestionKind;
  /** Empty where it is asked for the whole run. */
  task: string;
  /** Who is told the decision, where that is not the task. */
  asker?: "scheduler";
  /** One line: what disagrees. */
  why: string;
  files: string[];
  choices: Choice[];
  /** Of a question that an agent asked while it works: told with the decision. */
  ask?: string;
}

/** How far an artifact has come. */
export type ArtifactLevel = "draft" | "stable" | "final";

/** What is published, as far as it decides whether it may be. */
export type Publication = {
  name: string;
  level: ArtifactLevel;
  stream: string;
  /** Null for a publisher that works on no task. */
  task: string | null;
  /** Tells attempts of a task apart. */
  attempt: string | null;
  /** Idempotency key. */
  key: string;
};

/** The content of an artifact's version. */
export type Content = {
  version: number;
  /** File of the content, relative to the run's folder. */
  path: string;
  sha256: string;
  bytes: number;
};

/** Which patterns stand in what an agent of a task is told, before it is started. */
export type Advice = {
  /** Label of the task's attempt. */
  attempt: string;
  /** What the agent is started for: the task's work, or to review it. */
  role: "work" | "review";
  /** Ids, in order; none when what was found at the begin of the run does not fit any more. */
  patterns: string[];
  /** Those of them that are shown for how the attempt before failed: no predictions. */
  failure: string[];
};

/** What the root of a run's actors is for; recorded when the run starts. */
export interface RunManifest {
  run: string;
  plan: Plan;
  /** The commit the integration branch was cut from; null without isolation. */
  base: string | null;
  /** The branch that `ship` merges into by default; null when HEAD was detached. */
  baseBranch: string | null;
  branch: string | null;
  /** Absolute folder of its worktrees; absent in runs that recorded none. */
  worktrees?: string;
  /** What earlier runs took, ms: by task with a range and what it rests on, and by gate. Absent where nobody knows. */
  usual?: {
    tasks: Record<string, { lo: number; mid: number; hi: number; ground: string }>;
    gates: Record<string, number>;
  };
  /** Whether its questions are answered by the table of unattended answers. */
  unattended?: boolean;
  /** Patterns that fit tasks when the run began: task id -> ids of notes. What agents were shown, `advice.shown` says. */
  patterns: Record<string, string[]>;
}

/** What an epoch's first record says of the program that began it. */
export type EpochFacts = {
  epoch: number;
  pid: number;
  /** Opaque; tells this process from a later one with its pid. */
  start: string;
  /** A new one for each epoch, so that one process may open a log again after it closed it. */
  host: string;
  /** Path of the control socket; null when there is none. */
  socket: string | null;
  /** Name and version. */
  program: string;
  /** Kind of actor -> fingerprint of its machine. */
  machines: Record<string, string>;
  /** Bytes of the bad tail that this epoch cut. */
  droppedBytes: number;
  /** What it was begun for, when not to go on with the run. */
  purpose?: "ship";
};

/** A file of the repository that a person agreed to: asked about it, by a flag, or since `pleach init` wrote it for them. */
export interface TrustedAs {
  /** Relative to the root. */
  path: string;
  sha256: string;
  by: "person" | "flag" | "init";
}

/** Why a task may not change files: its scope, what pleach goes by, or a link that leads out of the repository. */
export const OUTSIDE_REASONS = ["scope", "configuration", "link"] as const;
export type OutsideReason = (typeof OUTSIDE_REASONS)[number];
