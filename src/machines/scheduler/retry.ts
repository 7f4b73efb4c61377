/**
 * Opening a run again that is over: which of its tasks are tried once more, and what its scheduler begins with then. Pure.
 *
 * RETRY-1 What is merged or done is not done again, and keeps counting for those that need it.
 * RETRY-2 A task is tried again only with all that it needs and does not have: needs that failed are tried again with it.
 * RETRY-3 Attempts go on counting: no label of an attempt is given twice in a run.
 */
import { rowAt, rowsOf, tableOf } from "../table.ts";
import { hasEnded, isSatisfied, nodeAt } from "./settle.ts";
import type { Node, Row, SchedulerContext, SchedulerInput } from "./state.ts";

/** Why tasks cannot be tried again. */
export type RetryRefusal =
  | { kind: "unknown"; task: string; known: string[] }
  | { kind: "done"; task: string; phase: "merged" | "done" }
  /** Nothing failed, or only what a person gave up: `dropped`. */
  | { kind: "nothing"; dropped: string[] };

/** Tasks that are tried again, and those of the failed ones that are left as a person gave them up. */
export type Retried = { kind: "retried"; tasks: string[]; left: string[] };

/**
 * Chooses what is tried again: `asked`, with their needs, or where none is named whatever failed or was skipped, but for
 * `dropped`, which a person gave up, and what needs these.
 */
export function chooseRetried(
  context: SchedulerContext,
  asked: readonly string[],
  dropped: ReadonlySet<string>,
): Retried | RetryRefusal {
  const named: number[] = [];
  for (const id of asked) {
    const task = context.index[id];
    if (task === undefined) return { kind: "unknown", task: id, known: Object.keys(context.index) };
    const { phase } = rowAt(context.rows, task);
    if (phase === "merged" || phase === "done") return { kind: "done", task: id, phase };
    named.push(task);
  }
  const chosen = named.length > 0 ? withNeeds(context, named) : withoutHopeless(context, listLeft(context, dropped));
  const idOf = (task: number): string => nodeAt(context, task).input.id;
  const left = [...context.nodes.keys()].filter((task) => dropped.has(idOf(task)) && !chosen.has(task)).map(idOf);
  if (chosen.size === 0) return { kind: "nothing", dropped: left };
  return { kind: "retried", tasks: [...chosen].sort((a, b) => a - b).map(idOf), left };
}

const isGood = ({ phase }: Row): boolean => phase === "merged" || phase === "done";

/** What came to no good end, without what was given up. */
function listLeft(context: SchedulerContext, dropped: ReadonlySet<string>): Set<number> {
  const tasks = [...context.nodes.keys()];
  return new Set(
    tasks.filter((task) => !isGood(rowAt(context.rows, task)) && !dropped.has(nodeAt(context, task).input.id)),
  );
}

/** These and, where they lack something, what they need (RETRY-2). */
function withNeeds(context: SchedulerContext, named: readonly number[]): Set<number> {
  const chosen = new Set(named);
  for (const task of chosen) {
    for (const need of nodeAt(context, task).needs) if (!isSatisfied(context, need)) chosen.add(need);
  }
  return chosen;
}

/** Those of them whose needs are met, or may be. */
function withoutHopeless(context: SchedulerContext, tasks: ReadonlySet<number>): Set<number> {
  const chosen = new Set(tasks);
  const mayBeMet = (need: number): boolean => chosen.has(need) || isSatisfied(context, need);
  const isHopeless = ({ needs, min, require }: Node): boolean =>
    needs.filter(mayBeMet).length < min || !require.every(mayBeMet);
  for (let before = -1; before !== chosen.size; ) {
    before = chosen.size;
    for (const task of chosen) if (isHopeless(nodeAt(context, task))) chosen.delete(task);
  }
  return chosen;
}

/**
 * What the scheduler of a run that was over begins with, when these are tried again. `feedback`: what the next attempt of a
 * task should read, relative to the run's folder.
 */
export function retryInput(
  context: SchedulerContext,
  tasks: readonly string[],
  feedback: (task: string) => string | null,
): SchedulerInput {
  const chosen = new Set(tasks);
  const again = (task: number): boolean => chosen.has(nodeAt(context, task).input.id);
  const nodes = context.nodes.map((node, task): Node => {
    const read = again(task) ? feedback(node.input.id) : null;
    return read === null ? node : { ...node, input: { ...node.input, feedback: read } };
  });
  const rows = rowsOf(context.rows).map((row, task): Row => {
    if (again(task)) return { ...row, phase: "blocked", alive: false, reason: null };
    // A supervisor that gave up leaves tasks without an outcome.
    const phase = hasEnded(row.phase) ? row.phase : "skipped";
    return { ...row, phase, alive: false };
  });
  const { run, isolation, concurrency, resources, streams, agents, budget, nodeDefaults } = context;
  const { accounts, patient, longestWaits } = context;
  const { head, spent, added, planned, fence, warned, budgetQuestions } = context;
  return {
    run,
    nodes,
    isolation,
    concurrency,
    resources,
    streams,
    agents,
    ...(accounts === undefined ? {} : { accounts }),
    ...(patient === undefined ? {} : { patient }),
    ...(longestWaits === undefined ? {} : { longestWaits }),
    budget,
    ...(nodeDefaults === undefined ? {} : { nodeDefaults }),
    progress: { rows: tableOf(rows), head, spent, added, planned, fence, warned, budgetQuestions },
  };
}
