/** The actors of a small plan: the diamond a, (b, c), d, for tests that play its performers by hand. */
import { schedulerInput } from "../../src/machines/scheduler/begin.ts";
import type { Isolation, Plan, Task } from "../../src/plan/model.ts";
import { makeTask } from "./make-task.ts";

const task = (id: string, needs: string[] = []): Task => makeTask(id, { needs, retries: 1 });

function planOf(isolation: Isolation): Plan {
  const streams = [{ name: "builders", concurrency: 2, restart: "permanent" as const }];
  const tasks = [task("a"), task("b", ["a"]), task("c", ["a"]), task("d", ["b", "c"])];
  const rest = { budget: { mode: "warn" as const }, gates: [], resources: {}, agents: [] };
  return { goal: "g", concurrency: 2, isolation, streams, tasks, ...rest };
}

/** Input of the root: four tasks in a diamond, two at once. */
export function rootInput(isolation: Isolation): unknown {
  const backoff = { baseMs: 1, factor: 1, maxMs: 1 };
  const options = { run: "r", seed: 1, backoff, expectedMs: {}, unknownMs: 1_000, pathMs: {} };
  const input = schedulerInput(planOf(isolation), options);
  const merge = { base: "B", hasGates: true, longest: 8, seed: 1 };
  const ends = { restart: "temporary", significant: true };
  return {
    strategy: "one_for_one",
    intensity: { max: 3, periodMs: 5_000 },
    degrade: true,
    seed: 1,
    report: "scheduler",
    children: [
      { id: "scheduler", kind: "scheduler", input, ...ends },
      ...(isolation === "worktree" ? [{ id: "merge", kind: "merge", input: merge, ...ends }] : []),
      {
        id: "stream:builders",
        kind: "stream",
        restart: "permanent",
        input: { name: "builders", intensity: { max: 3, periodMs: 60_000 } },
      },
    ],
  };
}
