/** The actors of a run: what the root supervisor starts, in order, and with what. */
import { artifactsMachine } from "../../machines/artifacts.ts";
import { defaultBackoff } from "../../machines/backoff.ts";
import { breakerMachine } from "../../machines/breaker.ts";
import { conflictMachine } from "../../machines/conflict.ts";
import { mergeQueueMachine } from "../../machines/merge/merge-queue.ts";
import { reviewersOf, schedulerInput } from "../../machines/scheduler/begin.ts";
import { checkCounters } from "../../machines/scheduler/recount.ts";
import { schedulerMachine } from "../../machines/scheduler/scheduler.ts";
import type { SchedulerContext } from "../../machines/scheduler/state.ts";
import { streamMachine } from "../../machines/stream.ts";
import type { ChildSpec, SupervisorInput } from "../../machines/supervisor.ts";
import { supervisorMachine } from "../../machines/supervisor.ts";
import { taskMachine } from "../../machines/task/task.ts";
import { accountsOf } from "../../plan/accounts.ts";
import type { Plan } from "../../plan/model.ts";
import { isPlanning } from "../../plan/planning.ts";
import { breakerActor, streamActor } from "../../protocol/address.ts";
import type { RunManifest } from "../../protocol/values.ts";
import type { Logics } from "../runtime/runtime.ts";

/** Every kind of actor that a run has. */
export const runLogics: Logics = {
  supervisor: { machine: supervisorMachine },
  scheduler: {
    machine: schedulerMachine,
    check: (context, before) => checkCounters(context as SchedulerContext, before as SchedulerContext | null),
  },
  stream: { machine: streamMachine },
  task: { machine: taskMachine },
  merge: { machine: mergeQueueMachine },
  conflict: { machine: conflictMachine },
  breaker: { machine: breakerMachine },
  artifacts: { machine: artifactsMachine },
};

/** Restarts of streams, breakers and the like: more in this time is a defect, not bad luck. */
const INTENSITY = { max: 5, periodMs: 60_000 };
/** Crashes of one task's actor. */
const TASK_INTENSITY = { max: 3, periodMs: 10 * 60_000 };
/** Failures in a row that open an agent's breaker. */
const BREAKER_THRESHOLD = 3;
const BREAKER_BACKOFF = { baseMs: 5_000, factor: 3, maxMs: 5 * 60_000 };
/** Commits tried in one chain: a red one costs about its logarithm in gate runs. */
const MAX_CHAIN = 16;

export interface RootOptions {
  seed: number;
  /** Expected durations by task, ms. */
  expectedMs: Record<string, number>;
  /** For tasks whose duration nobody knows, ms. */
  unknownMs: number;
  /** Longest remaining path by task, ms. */
  pathMs: Record<string, number>;
}

/** Input of the root supervisor. The scheduler and the merge queue are not restarted: their state is the run. */
export function rootInput(
  manifest: RunManifest,
  { seed, expectedMs, unknownMs, pathMs }: RootOptions,
): SupervisorInput {
  const { run, plan, base } = manifest;
  const input = schedulerInput(plan, {
    run,
    seed,
    backoff: defaultBackoff,
    expectedMs,
    unknownMs,
    pathMs,
    ...(plan.agents.length === 0 ? {} : { accounts: accountsOf(plan.agents) }),
  });
  const children: ChildSpec[] = [
    { id: "scheduler", kind: "scheduler", input, restart: "temporary", significant: true },
  ];
  if (base !== null) {
    const hasGates = plan.gates.some(({ at }) => at.includes("merge"));
    const merge = { base, hasGates, longest: MAX_CHAIN, seed };
    children.push({ id: "merge", kind: "merge", input: merge, restart: "temporary", significant: true });
  }
  children.push({ id: "artifacts", kind: "artifacts", input: { owners: ownersOf(plan) }, restart: "temporary" });
  for (const agent of agentsOf(plan)) {
    const breaker = { agent, threshold: BREAKER_THRESHOLD, backoff: BREAKER_BACKOFF, seed };
    children.push({ id: breakerActor(agent), kind: "breaker", input: breaker, restart: "permanent" });
  }
  for (const { name, restart } of plan.streams) {
    children.push({ id: streamActor(name), kind: "stream", input: { name, intensity: TASK_INTENSITY }, restart });
  }
  return {
    strategy: "one_for_one",
    intensity: INTENSITY,
    degrade: true,
    children,
    seed,
    report: "scheduler",
    manifest,
  };
}

/** Agents that may be started: of tasks, of reviews, and where tasks may be added, all. */
function agentsOf(plan: Plan): string[] {
  const choices = [
    ...plan.tasks.flatMap(({ work }) => (work.kind === "agent" ? work : [])),
    ...Object.values(reviewersOf(plan)),
  ];
  const named = choices.flatMap(({ agent, fallback = [] }) => [agent, ...fallback]);
  const others = plan.tasks.some(isPlanning) ? plan.agents.map(({ name }) => name) : [];
  return [...new Set([...named, ...others])].sort();
}

/** Artifact -> the one task that the plan names as its publisher; a name that several tasks give is of none of them. */
function ownersOf({ tasks }: Plan): Record<string, string> {
  const named = tasks.flatMap(({ id, artifacts }) => artifacts.map((name) => [name, id] as const));
  return Object.fromEntries(named.filter(([name]) => named.filter(([other]) => other === name).length === 1));
}
