/** Events by which a person steps into a run: what is done to its tasks while it goes on. */
import type { Task } from "../plan/model.ts";
import type { Taken } from "./values.ts";

/** What a person does to tasks while the run goes on. */
export interface PersonEvents {
  /** Nobody works on these from now on; `all`: nor on what planning tasks add. */
  "task.paused": { tasks: string[]; all?: true };
  /** They go on. */
  "task.continued": { tasks: string[]; all?: true };
  /**
   * These came to no good end and are tried again; `agent`: by this one, `fresh`: without what was said and remembered before.
   * `feedback`: what an attempt should read first, relative to the run's folder.
   */
  "task.retried": { tasks: string[]; agent?: string; fresh?: true; feedback: Record<string, string> };
  /** It is over for this task, and the others go on. */
  "task.stopped": { task: string };
  /** A text for its agent, which does not listen now: it is told when it calls a tool of pleach, or begins or goes on. */
  "task.told": { text: string };
  /** Its agent was told so many of the texts that waited for it. */
  "task.heard": { count: number };
  /** A person wants to go on in its worktree, in the place of its agent. */
  "task.takeOver": Record<never, never>;
  /** How its worktree is, is kept. */
  "work.marked": { taken: Taken };
  /** Its worktree is as it was when it was taken over; `saved`: the branch that holds what was taken back. */
  "work.reset": { saved: string | null };
  /** It is in a person's hands, who works in its worktree; `why`: what they gave back could not be taken. */
  "task.takenOver": { task: string; path: string; why?: string };
  /** A person gives it back as it is; or `discards` what they did, and its agent goes on; `gone`: nothing is left of it. */
  "task.giveBack": { discards?: true; gone?: true };
  /** It goes on without that person. */
  "task.givenBack": { task: string; discards?: true };
  /** A task that has not started is not done. */
  "task.skipped": { task: string };
  /** A task that has not started is to be done like `tasks`: it whole, or all its candidates. `changed`: the keys that differ. */
  "task.edited": { task: string; tasks: Task[]; changed: string[] };
}
