/** From a plan to the scheduler's input, and from that to its first context. */
import type { Plan, Task } from "../../plan/model.ts";
import type { Backoff } from "../backoff.ts";
import { rowAt, tableOf } from "../table.ts";
import { readyListOf } from "./ready-list.ts";
import type { Node, Row, SchedulerContext, SchedulerInput } from "./state.ts";

export interface BeginOptions {
  run: string;
  seed: number;
  backoff: Backoff;
  /** Expected durations by task, ms; a task without one counts as `unknownMs`. */
  expectedMs: Readonly<Record<string, number>>;
  unknownMs: number;
  /** Longest remaining path by task, ms. */
  pathMs: Readonly<Record<string, number>>;
  report: string;
}

/** The name of what does a task; null for a command, which needs no agent. */
export function agentOf(task: Task): string | null {
  return task.work.kind === "agent" ? task.work.agent : null;
}

/** The part of a plan that scheduling needs; the instructions stay where they are. */
export function schedulerInput(plan: Plan, options: BeginOptions): SchedulerInput {
  const index = new Map(plan.tasks.map(({ id }, at) => [id, at]));
  const at = (id: string): number => index.get(id) as number;
  const nodes = plan.tasks.map((task): Node => {
    const reserve = task.budget ?? plan.budget.perTask ?? {};
    return {
      input: {
        id: task.id,
        stream: task.stream,
        agent: agentOf(task),
        isolation: plan.isolation,
        gates: task.gates,
        retries: task.retries,
        onConflict: task.onConflict,
        backoff: options.backoff,
        seed: options.seed,
      },
      needs: task.needs.map(at),
      prefers: task.prefers.map(at),
      min: task.join?.min ?? task.needs.length,
      require: (task.join?.require ?? []).map(at),
      uses: task.uses,
      continueOnError: task.continueOnError,
      reserve: { usd: reserve.usd ?? 0, tokens: reserve.tokens ?? 0 },
      expectedMs: options.expectedMs[task.id] ?? options.unknownMs,
      pathMs: options.pathMs[task.id] ?? 0,
    };
  });
  const limited = plan.agents.filter(({ concurrency }) => concurrency !== undefined);
  return {
    run: options.run,
    nodes,
    isolation: plan.isolation,
    concurrency: plan.concurrency,
    resources: plan.resources,
    streams: Object.fromEntries(plan.streams.map(({ name, concurrency }) => [name, concurrency])),
    agents: Object.fromEntries(limited.map(({ name, concurrency }) => [name, concurrency as number])),
    budget: plan.budget,
    report: options.report,
  };
}

/** Everything blocked or ready, nothing started. */
export function beginContext(input: SchedulerInput): SchedulerContext {
  const dependents: number[][] = input.nodes.map(() => []);
  const followers: number[][] = input.nodes.map(() => []);
  const readyIn: Record<string, number[]> = {};
  for (const [task, node] of input.nodes.entries()) {
    for (const need of node.needs) dependents[need]?.push(task);
    for (const preferred of node.prefers) followers[preferred]?.push(task);
  }
  const rows = tableOf(
    input.nodes.map(
      (node): Row => ({
        standing: node.min === 0 && node.require.length === 0 ? "ready" : "blocked",
        succeeded: 0,
        failed: 0,
        soft: node.prefers.length,
        attempts: 0,
        alive: false,
        leasedAt: 0,
        reason: null,
      }),
    ),
  );
  for (const [task, node] of input.nodes.entries()) {
    if (rowAt(rows, task).standing !== "ready") continue;
    readyIn[node.input.stream] ??= [];
    readyIn[node.input.stream]?.push(task);
  }
  const lists = Object.entries(readyIn).map(([stream, tasks]) => [stream, readyListOf(input.nodes, tasks)] as const);
  return {
    ...input,
    index: Object.fromEntries(input.nodes.map(({ input: { id } }, task) => [id, task])),
    dependents,
    followers,
    rows,
    ready: Object.fromEntries(lists),
    running: 0,
    runningIn: {},
    runningBy: {},
    used: {},
    leases: [],
    fence: 0,
    trials: {},
    lostAgents: {},
    busy: 0,
    asking: 0,
    unfinished: input.nodes.length,
    alive: 0,
    failures: 0,
    head: null,
    hold: input.isolation === "worktree" ? "branch" : "none",
    spent: { usd: 0, tokens: 0 },
    reserved: { usd: 0, tokens: 0 },
    warned: false,
    saidWaiting: false,
    startedStreams: {},
    softTimers: {},
    outcome: null,
    reason: null,
  };
}
