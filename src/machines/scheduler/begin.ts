/** From a plan to the scheduler's input, and from that to its first context. */
import { longestPaths, reverseEdges } from "../../dag/dag.ts";
import type { Plan, Task } from "../../plan/model.ts";
import { isPlanning } from "../../plan/planning.ts";
import type { Backoff, Reviewer } from "../../protocol/values.ts";
import { NOTHING_SPENT } from "../budget.ts";
import { rowAt, rowsOf, tableOf } from "../table.ts";
import { readyListOf } from "./ready-list.ts";
import { hasEnded, judgeNeeds, nodeAt, recountNeeds } from "./settle.ts";
import {
  type Node,
  type NodeDefaults,
  type Row,
  type SchedulerContext,
  type SchedulerInput,
  UNSTARTED,
} from "./state.ts";

export interface BeginOptions {
  run: string;
  seed: number;
  backoff: Backoff;
  /** Expected durations by task, ms; a task without one counts as `unknownMs`. */
  expectedMs: Readonly<Record<string, number>>;
  unknownMs: number;
  /** Longest remaining path by task, ms. */
  pathMs: Readonly<Record<string, number>>;
  /** Agent -> its account; absent: each has its own. */
  accounts?: Readonly<Record<string, string>>;
}

/** The name of what does a task; null for a command, which needs no agent. */
export function agentOf(task: Task): string | null {
  return task.work.kind === "agent" ? task.work.agent : null;
}

/** Those that stand in for it, as they are passed on. */
function fallbackOf({ fallback }: { fallback?: string[] }): { fallback?: string[] } {
  return fallback === undefined ? {} : { fallback };
}

/** The part of a plan that scheduling needs; the instructions stay where they are. */
export function schedulerInput(plan: Plan, options: BeginOptions): SchedulerInput {
  const index = new Map(plan.tasks.map(({ id }, at) => [id, at]));
  const { backoff, seed, unknownMs, expectedMs, pathMs, accounts } = options;
  const { isolation } = plan;
  const reviewers = reviewersOf(plan);
  const nodeDefaults: NodeDefaults = {
    isolation,
    backoff,
    seed,
    unknownMs,
    perTask: plan.budget.perTask ?? {},
    reviewers,
  };
  const nodes = nodesOf(plan.tasks, nodeDefaults, (id) => index.get(id) as number).map((node): Node => {
    const { id } = node.input;
    return { ...node, expectedMs: expectedMs[id] ?? unknownMs, pathMs: pathMs[id] ?? 0 };
  });
  const waits = plan.agents.flatMap(({ name, onLimit, longestWaitMs }) =>
    onLimit === "stop" ? [[name, 0]] : longestWaitMs === undefined ? [] : [[name, longestWaitMs]],
  );
  const patient = plan.agents.filter(({ onLimit }) => onLimit === "wait").map(({ name }) => [name, true as const]);
  const limited = plan.agents.filter(({ concurrency }) => concurrency !== undefined);
  return {
    run: options.run,
    nodes,
    isolation: plan.isolation,
    concurrency: plan.concurrency,
    resources: plan.resources,
    streams: Object.fromEntries(plan.streams.map(({ name, concurrency }) => [name, concurrency])),
    agents: Object.fromEntries(limited.map(({ name, concurrency }) => [name, concurrency as number])),
    ...(accounts === undefined ? {} : { accounts: { ...accounts } }),
    ...(patient.length === 0 ? {} : { patient: Object.fromEntries(patient) }),
    ...(waits.length === 0 ? {} : { longestWaits: Object.fromEntries(waits) }),
    budget: plan.budget,
    ...(nodes.some(({ planningDepth }) => planningDepth !== undefined) ? { nodeDefaults } : {}),
  };
}

/** Streams whose commits somebody reviews, and who. */
export function reviewersOf({ streams }: Plan): Record<string, Reviewer> {
  const specs = new Map(streams.map((spec) => [spec.name, spec]));
  return Object.fromEntries(
    streams.flatMap(({ name, reviewedBy: stream }) => {
      const { agent, ...spec } = specs.get(stream ?? "") ?? {};
      return stream === undefined || agent === undefined ? [] : [[name, { stream, agent, ...fallbackOf(spec) }]];
    }),
  );
}

/** The nodes of these tasks, `at` says where the others are. Their paths are not measured yet. */
export function nodesOf(tasks: readonly Task[], nodeDefaults: NodeDefaults, at: (id: string) => number): Node[] {
  const { isolation, backoff, seed, unknownMs, perTask, reviewers } = nodeDefaults;
  return tasks.map((task): Node => {
    // A command costs nothing unless it says so.
    const reserve = task.budget ?? (agentOf(task) === null ? {} : perTask);
    const { [task.stream]: reviewer } = reviewers;
    return {
      input: {
        id: task.id,
        stream: task.stream,
        agent: agentOf(task),
        ...(task.work.kind === "agent" ? fallbackOf(task.work) : {}),
        isolation,
        gates: task.gates,
        retries: task.retries,
        onConflict: task.onConflict,
        backoff,
        seed,
        ...(reviewer === undefined ? {} : { reviewer }),
      },
      needs: task.needs.map(at),
      prefers: task.prefers.map(at),
      min: task.join?.min ?? task.needs.length,
      require: (task.join?.require ?? []).map(at),
      uses: task.uses,
      continueOnError: task.continueOnError,
      reserve: { usd: reserve.usd ?? 0, tokens: reserve.tokens ?? 0 },
      expectedMs: unknownMs,
      pathMs: 0,
      ...(isPlanning(task) ? { planningDepth: 1 } : {}),
    };
  });
}

/** Who needs, and who prefers, each task. */
export function linkNodes(nodes: readonly Node[]): Pick<SchedulerContext, "dependents" | "followers"> {
  return {
    dependents: reverseEdges(nodes.map(({ needs }) => needs)),
    followers: reverseEdges(nodes.map(({ prefers }) => prefers)),
  };
}

/** Longest path of expected durations over hard needs from the start of each node, itself included, ms. */
export function measurePaths(nodes: readonly Node[]): number[] {
  const needs = nodes.map((node) => node.needs);
  const weights = nodes.map(({ expectedMs }) => expectedMs);
  return longestPaths(reverseEdges(needs), weights, needs);
}

/** Everything blocked or ready, nothing started; of a run that is opened again, what is to be tried again. */
export function beginContext({ progress, ...input }: SchedulerInput): SchedulerContext {
  const rows = input.nodes.map(() => UNSTARTED);
  const context: SchedulerContext = {
    ...input,
    index: Object.fromEntries(input.nodes.map(({ input: { id } }, task) => [id, task])),
    ...linkNodes(input.nodes),
    rows: tableOf(rows),
    ready: {},
    runningIn: {},
    runningBy: {},
    used: {},
    leases: [],
    fence: 0,
    trials: {},
    lostAgents: {},
    busy: 0,
    waitingForHuman: 0,
    unfinished: 0,
    head: null,
    dispatchBlockedBy: input.isolation === "worktree" ? "branch" : "none",
    spent: NOTHING_SPENT,
    reserved: { usd: 0, tokens: 0 },
    warned: false,
    budgetQuestion: null,
    budgetQuestions: 0,
    isBudgetClosed: false,
    saidWaiting: false,
    suspended: [],
    toReview: [],
    underReview: [],
    turns: [],
    added: [],
    planned: {},
    startedStreams: {},
    pendingPreferTimers: {},
    outcome: null,
    reason: null,
    ...progress,
  };
  return countBeginning(context);
}

/** Counts what needs have come to, and lists what is ready. */
function countBeginning(context: SchedulerContext): SchedulerContext {
  const waiting = [...context.nodes.keys()].filter((task) => !hasEnded(rowAt(context.rows, task).phase));
  const rows = rowsOf(context.rows);
  for (const task of waiting) rows[task] = { ...(rows[task] as Row), ...recountNeeds(context, task) };
  const counted = { ...context, rows: tableOf(rows), unfinished: waiting.length };
  const ready = waiting.filter((task) => judgeNeeds(counted, task) === "ready");
  const readyIn: Record<string, number[]> = {};
  for (const task of ready) {
    rows[task] = { ...(rows[task] as Row), phase: "ready" };
    const { stream } = nodeAt(context, task).input;
    readyIn[stream] ??= [];
    readyIn[stream].push(task);
  }
  const lists = Object.entries(readyIn).map(([stream, tasks]) => [stream, readyListOf(context.nodes, tasks)] as const);
  return { ...counted, rows: tableOf(rows), ready: Object.fromEntries(lists) };
}
