/** Events by which a person steps into a run: what is done to its tasks while it goes on. */

/** What a person does to tasks while the run goes on. */
export interface PersonEvents {
  /** Nobody works on these from now on; `all`: nor on what planning tasks add. */
  "task.paused": { tasks: string[]; all?: true };
  /** They go on. */
  "task.continued": { tasks: string[]; all?: true };
  /** It is over for this task, and the others go on. */
  "task.stopped": { task: string };
  /** A text for its agent, which does not listen now: it is told when it calls a tool of pleach, or begins or goes on. */
  "task.told": { text: string };
  /** Its agent was told so many of the texts that waited for it. */
  "task.heard": { count: number };
  /** A task that has not started is not done. */
  "task.skipped": { task: string };
}
