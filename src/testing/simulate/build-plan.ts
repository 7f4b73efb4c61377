/** Plans for tests in a few words: what is left out is as harmless as can be. */
import { checkArgument } from "../../arguments/check-arguments.ts";
import type { Plan, Task } from "../../plan/model.ts";

/** A task of which only what matters is said. */
export type PartialTask = Partial<Task> & Pick<Task, "id">;

/** A plan of which only what matters is said. */
export type PartialPlan = Partial<Omit<Plan, "tasks">> & { tasks: readonly PartialTask[] };

const HOUR_MS = 60 * 60_000;

/**
 * Completes a plan: tasks in the stream `builders` without needs or retries, with a day's time; each stream that is
 * named allows as many tasks at once as the plan, which allows four. Whether ids and names fit, `simulate` checks.
 */
export function buildPlan(plan: PartialPlan): Plan {
  const hint = 'call it as buildPlan({ tasks: [{ id: "one" }, …] })';
  checkArgument("the plan of buildPlan", plan, "object", hint);
  checkArgument("the list of its tasks", plan.tasks, "list", hint);
  for (const task of plan.tasks) {
    checkArgument("a task of buildPlan", task, "object", hint);
    checkArgument("the id of a task of buildPlan", task.id, "string", hint);
  }
  const { tasks, ...rest } = plan;
  const { concurrency = 4 } = rest;
  const full = tasks.map(
    (task): Task => ({
      title: task.id,
      stream: "builders",
      needs: [],
      prefers: [],
      uses: {},
      feeds: [],
      work: { kind: "run", command: "true" },
      gates: [],
      artifacts: [],
      retries: 0,
      timeoutMs: 24 * HOUR_MS,
      onConflict: "ask",
      continueOnError: false,
      ...task,
    }),
  );
  const streams = [...new Set(full.map(({ stream }) => stream))].map((name) => ({
    name,
    concurrency,
    restart: "transient" as const,
  }));
  return {
    goal: "a test",
    concurrency,
    isolation: "worktree",
    budget: { mode: "warn" },
    gates: [],
    resources: {},
    streams,
    agents: [],
    ...rest,
    tasks: full,
  };
}
