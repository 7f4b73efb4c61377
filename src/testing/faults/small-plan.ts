/** Small plans drawn from a seed: some tasks need others, some have a gate, some fail at first. */
import { rootInput } from "../../actors/run-actors/root.ts";
import type { SupervisorInput } from "../../machines/supervisor.ts";
import type { Plan, Task } from "../../plan/model.ts";
import type { Random } from "../determinism/random-sequence.ts";

export interface PlayedPlan {
  /** Input of the root supervisor. */
  input: SupervisorInput;
  /** Ids of its tasks. */
  tasks: string[];
  failsFirst: string[];
  /** The commit that the branch is cut from. */
  base: string;
}

const BASE = "B";
const STREAMS = ["builders", "reviewers"];

/** Three to five tasks in two streams, with a merge queue. */
export function drawPlan(random: Random, seed: number): PlayedPlan {
  const tasks: Task[] = [];
  const count = 3 + random.below(3);
  for (let at = 0; at < count; at++) {
    const needs = tasks.filter(() => random.chance(0.4)).map(({ id }) => id);
    tasks.push({
      ...plainTask,
      id: `t${at}`,
      stream: random.pick(STREAMS),
      needs,
      gates: random.chance(0.3) ? ["g"] : [],
    });
  }
  const gate = { name: "g", run: "true", required: random.chance(0.5), timeoutMs: 1_000 };
  const streams = STREAMS.map((name) => ({ name, concurrency: 2, restart: "permanent" as const }));
  const plan: Plan = {
    goal: "played",
    concurrency: 2 + random.below(2),
    isolation: "worktree",
    budget: { mode: "warn" },
    gates: [gate],
    resources: {},
    streams,
    agents: [],
    tasks,
  };
  const ids = tasks.map(({ id }) => id);
  const about = { run: "played", plan, base: BASE, baseBranch: null, branch: "x", patterns: {} };
  return {
    input: rootInput(about, { seed, expectedMs: {}, unknownMs: 1_000, pathMs: {} }),
    tasks: ids,
    failsFirst: ids.filter(() => random.chance(0.3)),
    base: BASE,
  };
}

const plainTask: Omit<Task, "id" | "stream" | "needs" | "gates"> = {
  title: "played",
  prefers: [],
  uses: {},
  feeds: [],
  work: { kind: "run", command: "true" },
  artifacts: [],
  retries: 1,
  timeoutMs: 1_000,
  onConflict: "ask",
  continueOnError: false,
};
