/** What facts are made of: the data of events, but for those that people and programs see under another name, or in part. */
import type { Events } from "./events.ts";

/** Records that are told under another name, or only in part. */
type Renamed = "actor.started" | "event.emitted" | "review.finished" | "plan.extended" | "task.edited";
type Verdict = Omit<Events["review.finished"], "approved">;

/** Type of fact -> its data. */
export interface FactData extends Omit<Events, Renamed> {
  /** The run begins. */
  "run.started": { run: string; goal: string; tasks: number; base: string | null; branch: string | null };
  /** A run that was over is opened again, for these tasks. */
  "run.retried": { run: string; tasks: string[] };
  /** An actor of the task begins. */
  "task.started": { task: string };
  /** A person has to decide. */
  "conflict.raised": { conflict: string };
  /** The change may be merged. */
  "review.approved": Verdict;
  /** The change goes back to its task with the findings. */
  "review.rejected": Verdict;
  /** A planning task's plan joins the run. */
  "plan.extended": { by: string; version: number; tasks: string[] };
  /** A person changed these keys of a task. */
  "task.edited": { task: string; changed: string[] };
}

export type FactType = keyof FactData;

/** A fact with the types of its data. */
export type Fact = { [Type in FactType]: { type: Type; data: FactData[Type] } }[FactType];
