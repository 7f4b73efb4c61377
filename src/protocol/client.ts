/**
 * What a screen (or any watcher) sees of a run: the status document, events, outputs, and a way to send commands.
 * Types only; `src/actors/client/attach.ts` makes a client from a run's folder. Nothing here lets a watcher change state but
 * a command.
 */

export type RunStatus = "running" | "waiting" | "interrupted" | "succeeded" | "failed" | "cancelled";
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
  | "cancelled";
export type GateStatus = "pending" | "running" | "passed" | "failed" | "skipped" | "error";
export type ConflictKind = "resource" | "quality" | "timeline" | "approach" | "merge";
export type ConflictStatus = "open" | "decided" | "applied";

export interface TaskView {
  id: string;
  title: string;
  stream: string;
  agent: string | null;
  status: TaskStatus;
  attempts: number;
  /** ISO time of the first start, null before it. */
  started: string | null;
  finished: string | null;
  /** The task's commit on the integration branch. */
  commit: string | null;
  /** Paths that the task's commit changed. */
  files: string[];
  gates: { name: string; status: GateStatus }[];
  /** Why it failed, waits or was skipped; null otherwise. One line. */
  reason: string | null;
  needs: string[];
  /** Transcript of the newest attempt, relative to the run's folder; null before the first. */
  transcript: string | null;
  /** Ids of the patterns that its agents were shown. */
  patterns: string[];
}

export interface ConflictView {
  id: string;
  kind: ConflictKind;
  task: string;
  status: ConflictStatus;
  /** One line: what disagrees. */
  why: string;
  files: string[];
  choices: { name: string; does: string }[];
  choice: string | null;
}

/** The status document, schema `schema/status.schema.json`. */
export interface StatusDocument {
  schema: 1;
  run: string;
  goal: string;
  status: RunStatus;
  /** Name and version of the program that wrote the newest epoch. */
  program: string;
  host: { alive: boolean; pid: number | null; epoch: number };
  seq: number;
  hash: string;
  base: string | null;
  branch: string | null;
  head: string | null;
  tasks: TaskView[];
  conflicts: ConflictView[];
  cost: { usd: number; tokens: number; reserved: { usd: number; tokens: number } };
  timing: { wall_ms: number; work_ms: number; critical_path_ms: number; speedup: number | null };
  recoveries: number;
  dropped_bytes: number;
  /** Trouble that did not stop the run: advisory gates, refs that workers changed, letters set aside. */
  warnings: string[];
}

/** One event as watchers see it: `time` is ISO. */
export interface RunEvent {
  seq: number;
  time: string;
  actor: string;
  type: string;
  data: Record<string, unknown>;
}

export type RunCommand =
  | { command: "cancel" }
  /** Stops the workers, records `run.interrupted`, ends the host; the run can be resumed. */
  | { command: "interrupt" }
  | { command: "decide"; conflict: string; choice: string }
  /** A text for the agent that works on a task now. */
  | { command: "message"; task: string; text: string }
  /** A call of a coordination tool by a program that no run started; `key` is unique to the call. */
  | {
      command: "tool";
      tool: string;
      args: unknown;
      stream: string | null;
      task: string | null;
      guest: string;
      key: string;
      patienceMs: number;
    };

/** `data` is the tool's answer for a `tool` command. */
export type CommandAnswer =
  | { ok: true; message: string; data?: unknown }
  | { ok: false; code: string; message: string; hint: string };

export interface RunClient {
  readonly run: string;
  /** The newest committed state. */
  status(): StatusDocument;
  /** Events so far, oldest first (bounded: the newest 10,000). */
  events(): readonly RunEvent[];
  /** Calls back after new records were folded; returns how to stop. */
  subscribe(changed: () => void): () => void;
  /** The last `maxBytes` of a task's newest transcript, raw bytes (hostile: to be sanitised by who shows it). */
  readOutput(task: string, maxBytes: number): Promise<Buffer>;
  send(command: RunCommand): Promise<CommandAnswer>;
  close(): Promise<void>;
}
