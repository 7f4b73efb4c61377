/**
 * The status document: how a run stands, for people's screens and other programs. Its schema is generated from these types.
 *
 * Some values and members belong to later work and are not given yet; they are named here so that they do not change any
 * more. A reader shows a value that it does not know as it is, and counts it as not finished.
 */
import type { Choice, ConflictKind } from "./values.ts";

/** `partial`: some of what should have been merged was. When nothing of it was, the run is `failed`. */
export type RunStatus =
  | "running"
  | "waiting"
  | "cancelling"
  | "interrupted"
  | "succeeded"
  | "partial"
  | "failed"
  | "cancelled";

export type TaskStatus =
  | "pending"
  | "ready"
  | "running"
  | "gating"
  | "queued"
  | "merged"
  | "done"
  | "failed"
  | "skipped"
  | "waiting"
  | "cancelled"
  | "paused"
  | "takenOver";

export type GateStatus = "pending" | "running" | "passed" | "failed" | "skipped" | "error";

export type ConflictStatus = "open" | "trying" | "decided" | "applied" | "checked" | "closed";

export type WaitKind =
  | "need"
  | "prefer"
  | "slot"
  | "streamSlot"
  | "resource"
  | "limit"
  | "outage"
  | "disk"
  | "memory"
  | "budget"
  | "queue"
  | "review"
  | "sync"
  | "backoff"
  | "held"
  | "person"
  | "worker"
  | "paused";

/** What a task that does not go on waits for. */
export interface WaitsFor {
  kind: WaitKind;
  /** Tasks, resources, streams, agents or conflicts by their names, as the kind says; none where there is nothing to name. */
  on: string[];
  /** @format date-time */
  since: string | null;
  /**
   * When the wait ends at the latest, where that is known.
   * @format date-time
   */
  until: string | null;
  /** One line. */
  text: string;
}

export interface GateView {
  name: string;
  status: GateStatus;
  /** Its verdict on the same tree was taken over. */
  reused?: boolean;
  /** It is not passed, and does not count. */
  excused?: boolean;
}

/** One of several agents that try the same task. */
export interface CandidateView {
  agent: string;
  status: TaskStatus;
  commit: string | null;
  chosen: boolean;
}

/** What was used. */
export interface CostView {
  /** @minimum 0 */
  usd: number;
  /** @minimum 0 */
  tokens: number;
  /**
   * Of usd, what is estimated: of turns that are not over, or were ended before their agent had said what they cost.
   * @minimum 0
   */
  estimatedUsd?: number;
}

export interface TaskView {
  id: string;
  title: string;
  stream: string;
  /** Null for a shell command. */
  agent: string | null;
  status: TaskStatus;
  /** Not as `status` says any more: its host is gone, or what it used has changed since. */
  stale?: boolean;
  /**
   * @asType integer
   * @minimum 0
   */
  attempts: number;
  /**
   * The first start, null before it.
   * @format date-time
   */
  started: string | null;
  /** @format date-time */
  finished: string | null;
  /** The task's commit on the run's branch. */
  commit: string | null;
  /** Paths that the task's commit changed. */
  files: string[];
  gates: GateView[];
  /** It is done, and its agent changed nothing, though the task was to change files. */
  unchanged?: true;
  /** It failed since its agent's service refuses what is asked for it as it is: trying again cannot help. */
  refused?: true;
  /** Why it failed, waits or was skipped; null otherwise. One line. */
  reason: string | null;
  needs: string[];
  /** Transcript of the newest attempt, relative to the run's folder; null before the first. */
  transcript: string | null;
  /** Where the reason is told at length: of a gate, of set-up, of the agent. Relative to the run's folder. */
  log?: string;
  /** What stands there, in a few lines: the first tests that failed, or the last lines. */
  evidence?: string[];
  /** Ids of the learned patterns that its agents were shown. */
  patterns: string[];
  /** What its agents used, and those that reviewed it; absent while that is nothing. */
  cost?: CostView;
  /** Absent for a task that is at work or over. */
  waitsFor?: WaitsFor;
  candidates?: CandidateView[];
}

/**
 * `base`: the gates of the commit that the run began at; `gating`: those of what is to be merged next; `bisecting`: to find
 * whose work made it red; `merging`: git puts commits together, or moves the branch; `retrying`: git failed; `stopped`: for good.
 */
export type QueueState = "idle" | "base" | "gating" | "bisecting" | "merging" | "retrying" | "stopped";

/** The merge queue at work. */
export interface QueueView {
  state: QueueState;
  /** Those that run now. */
  gates: {
    name: string;
    /** @format date-time */
    since: string | null;
    /**
     * How long it mostly takes; null when nobody knows.
     * @minimum 0
     */
    usualMs: number | null;
    /** What it prints, relative to the run's folder. */
    log: string;
  }[];
  /** Whose work is tried now. */
  tasks: string[];
  /** Whose work waits behind it, the next first. */
  waiting: string[];
  /** One line. */
  text: string;
}

export interface ConflictView {
  id: string;
  kind: ConflictKind;
  /** Empty where it is about the whole run. */
  task: string;
  status: ConflictStatus;
  /** One line: what disagrees. */
  why: string;
  files: string[];
  choices: Choice[];
  choice: string | null;
  /** Who chose, where somebody did: `a person`, or `unattended`. */
  by?: string;
}

/** What a key or login of an agent's service still allows. */
export interface AccountView {
  name: string;
  /** @format date-time */
  limitedUntil: string | null;
  /**
   * Share of the present window, 0 to 1.
   * @minimum 0
   */
  used: number | null;
  /** Agent -> tasks at work with it that would be at work with one of this account. */
  standIns?: Record<string, number>;
}

/** What `pleach status --json` prints, and the data of the last line of `pleach run --json`. */
export interface StatusDocument {
  /** Version of this document. */
  schema: 1;
  run: string;
  goal: string;
  status: RunStatus;
  /** Name and version of the program that wrote the newest epoch. */
  program: string;
  host: {
    alive: boolean;
    /** @asType integer */
    pid: number | null;
    /**
     * @asType integer
     * @minimum 0
     */
    epoch: number;
  };
  /**
   * The last record that this is folded from.
   * @asType integer
   * @minimum 0
   */
  seq: number;
  /**
   * SHA-256 over the states of all actors; equals what `pleach replay` prints.
   * @pattern ^[0-9a-f]{64}$
   */
  hash: string;
  /** The commit that the run's branch was cut from; null without isolation. */
  base: string | null;
  branch: string | null;
  head: string | null;
  tasks: TaskView[];
  /** Absent where nothing is merged, and once the run is over. */
  queue?: QueueView;
  conflicts: ConflictView[];
  cost: CostView & {
    reserved: {
      /** @minimum 0 */
      usd: number;
      /** @minimum 0 */
      tokens: number;
    };
  };
  timing: {
    /** @minimum 0 */
    wall_ms: number;
    /**
     * One after the other: the sum of what agents, commands, gates of tasks and reviews took in the attempts that counted.
     * @minimum 0
     */
    work_ms: number;
    /** @minimum 0 */
    critical_path_ms: number;
    /** work_ms over wall_ms once the run is over; below 1 where gates of merges, git and waiting took more than was gained. */
    speedup: number | null;
    /** What the times are made of. */
    parts?: {
      /**
       * Of work_ms, the gates of tasks.
       * @minimum 0
       */
      gates_ms: number;
      /**
       * Besides work_ms: how long gates ran on what is merged, and on the base.
       * @minimum 0
       */
      merge_gates_ms: number;
      /**
       * Besides work_ms: how long finished work waited to be merged, summed over tasks. Gates of merges ran meanwhile.
       * @minimum 0
       */
      queue_ms?: number;
      /**
       * Besides work_ms: how long making worktrees with their set-up, committing, merging and taking worktrees away took.
       * @minimum 0
       */
      git_ms?: number;
    };
  };
  /**
   * @asType integer
   * @minimum 0
   */
  recoveries: number;
  /**
   * Bytes of bad tails that were cut off the log.
   * @asType integer
   * @minimum 0
   */
  dropped_bytes: number;
  /** Trouble that did not stop the run: advisory gates, refs that workers changed, letters set aside, a stream given up. */
  warnings: string[];
  /** Required gates that are red on the base and cannot tell what makes it worse: nothing is refused for them. */
  notProtecting?: string[];
  /** When the run is expected to end. */
  eta?: {
    /** @format date-time */
    lo: string;
    /** @format date-time */
    hi: string;
    /** What the figures rest on, in words. */
    ground: string;
  };
  /** Where its result was merged; null before that, and when more was merged into the run's branch since. */
  shipped?: {
    into: string;
    commit: string;
    /** @format date-time */
    at: string;
  } | null;
  accounts?: AccountView[];
}

const OVER: ReadonlySet<string> = new Set<RunStatus>(["succeeded", "partial", "failed", "cancelled"]);
const ENDED: ReadonlySet<string> = new Set<TaskStatus>(["merged", "done", "failed", "skipped", "cancelled"]);

/** Whether a run goes on no more. One in a state that nobody knows may. */
export function isRunOver(status: RunStatus): boolean {
  return OVER.has(status);
}

/** Whether a run claims to be carried out now, which needs a host. */
export function isRunAtWork(status: RunStatus): boolean {
  return status === "running" || status === "cancelling";
}

/** Whether a task has its outcome. One in a state that nobody knows has none. */
export function isTaskOver(status: TaskStatus): boolean {
  return ENDED.has(status);
}

/** Whether a task reached its goal. */
export function isTaskDone(status: TaskStatus): boolean {
  return status === "merged" || status === "done";
}
