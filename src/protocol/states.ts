/** The states of runs, tasks, gates and conflicts as people and programs are shown them, and which of them are an end. */

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
