/** A task's machine that a test steps by hand. */
import { taskMachine } from "../../src/machines/task/task.ts";
import type { TaskContext } from "../../src/machines/task/task-state.ts";
import { Stepped } from "./stepped.ts";

/** A builder's task `t` of the agent `claude`, with no retries and no gates; `more` wins. */
export function stepTask(more: object = {}): Stepped<TaskContext> {
  return new Stepped<TaskContext>(taskMachine, {
    id: "t",
    stream: "builders",
    agent: "claude",
    isolation: "worktree",
    gates: [],
    retries: 0,
    onConflict: "rerun",
    backoff: { baseMs: 1, factor: 1, maxMs: 1 },
    seed: 1,
    attempt: "1",
    base: "m0",
    ...more,
  });
}
