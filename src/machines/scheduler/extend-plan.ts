/**
 * Changing the plan while it is carried out: a planning task hands in tasks, a person changes one that has not started; all
 * of them join the DAG or none does.
 *
 * GROW-1 Only a planning task that is at work may extend the plan; it may add tasks, and change those that never started.
 * GROW-2 After an extension the graph has no cycle, every need is there, and the bounds of depth and count are kept.
 * GROW-3 The answer, also a refusal, is kept by the planning task's id: who handed the version in reads it there.
 * GROW-4 What a person changes has not started, and stays what others count on: its id, its stream, whether it plans, and what
 *    it is a candidate for. GROW-2 holds. What comes too late changes nothing.
 */
import { buildDag, hasCycle } from "../../dag/dag.ts";
import type { Task } from "../../plan/model.ts";
import { isPlanning, MAX_PLANNED_TASKS } from "../../plan/planning.ts";
import { rowAt, rowsOf, tableOf } from "../table.ts";
import { linkNodes, measurePaths, nodesOf } from "./begin.ts";
import { readyListOf } from "./ready-list.ts";
import { conclude, hasEnded, isEnding, judgeNeeds, makeReady, recountNeeds, update, whyLost } from "./settle.ts";
import { type Draft, type Node, type SchedulerContext, UNSTARTED } from "./state.ts";
import { hasStarted, pause } from "./step-in.ts";

/** Planning tasks may add planning tasks, so deep. */
const MAX_PLANNING_DEPTH = 3;

/** Adds or changes tasks, or notes why not (GROW-3). */
export function extendPlan(draft: Draft, { by, version, tasks }: { by: string; version: number; tasks: Task[] }): void {
  const { context } = draft;
  const refused = refuse(context, by, tasks);
  context.planned = { ...context.planned, [by]: { version, refused } };
  if (refused !== null || tasks.length === 0) return;
  const depth = (context.nodes[context.index[by] as number]?.planningDepth ?? 0) + 1;
  const nodeDefaults = context.nodeDefaults as NonNullable<SchedulerContext["nodeDefaults"]>;
  join(draft, tasks, (at) =>
    nodesOf(tasks, nodeDefaults, at).map((node) =>
      node.planningDepth === undefined ? node : { ...node, planningDepth: depth },
    ),
  );
}

/** Changes tasks that have not started, as a person wants them (GROW-4). */
export function editTasks(draft: Draft, { tasks }: { tasks: readonly Task[] }): void {
  const { context } = draft;
  if (!mayEdit(context, tasks)) return;
  join(draft, tasks, (at) =>
    tasks.flatMap((task) => {
      const before = context.nodes[at(task.id)] as Node;
      const { backoff, seed, reviewer, feedback, fresh } = before.input;
      const nodeDefaults = {
        ...{ isolation: context.isolation, backoff, seed, unknownMs: before.expectedMs },
        perTask: context.budget.perTask ?? {},
        reviewers: reviewer === undefined ? {} : { [task.stream]: reviewer },
      };
      const kept = { ...(feedback === undefined ? {} : { feedback }), ...(fresh === undefined ? {} : { fresh }) };
      return nodesOf([task], nodeDefaults, at).map((node) => ({
        ...node,
        input: { ...node.input, ...kept },
        ...(before.planningDepth === undefined ? {} : { planningDepth: before.planningDepth }),
      }));
    }),
  );
}

function mayEdit(context: SchedulerContext, tasks: readonly Task[]): boolean {
  if (isEnding(context) || context.outcome !== null || new Set(tasks.map(({ id }) => id)).size < tasks.length)
    return false;
  const isSame = (task: Task): boolean => {
    const at = context.index[task.id];
    const node = at === undefined ? undefined : context.nodes[at];
    if (at === undefined || node === undefined || hasStarted(context, at)) return false;
    const { stream, candidateOf } = node.input;
    const plans = node.planningDepth !== undefined;
    return stream === task.stream && candidateOf === task.candidateOf && plans === isPlanning(task);
  };
  return tasks.every((task) => isSame(task)) && explainBadNeeds(context, tasks) === null;
}

function refuse(context: SchedulerContext, by: string, tasks: readonly Task[]): string | null {
  const planner = context.index[by];
  if (context.nodeDefaults === undefined) return "the plan of this run does not grow";
  if (isEnding(context) || context.outcome !== null) return "the run is ending";
  if (planner === undefined || context.nodes[planner]?.planningDepth === undefined) return `${by} is no planning task`;
  if (hasEnded(rowAt(context.rows, planner).phase)) return `${by} is over`;
  const ids = tasks.map(({ id }) => id);
  if (new Set(ids).size < ids.length) return "it names a task twice";
  const isNew = (id: string): boolean => context.index[id] === undefined;
  if (context.added.length + ids.filter(isNew).length > MAX_PLANNED_TASKS)
    return `a run may add ${MAX_PLANNED_TASKS} tasks`;
  const depth = (context.nodes[planner]?.planningDepth ?? 0) + 1;
  if (depth > MAX_PLANNING_DEPTH && tasks.some(isPlanning)) {
    return `planning tasks may be ${MAX_PLANNING_DEPTH} deep, and ${by} is the deepest`;
  }
  for (const { id, stream } of tasks) {
    const at = context.index[id];
    if (at !== undefined && hasStarted(context, at)) return `${id} has started and cannot be changed`;
    if (context.streams[stream] === undefined) return `${id} names the stream ${stream}, which the run does not have`;
  }
  return explainBadNeeds(context, tasks);
}

/** What of the graph would be wrong with these tasks in it, or null (GROW-2). */
function explainBadNeeds(context: SchedulerContext, tasks: readonly Task[]): string | null {
  const known = new Set([...Object.keys(context.index), ...tasks.map(({ id }) => id)]);
  for (const { id, needs, prefers } of tasks) {
    const missing = [...needs, ...prefers].find((need) => !known.has(need));
    if (missing !== undefined) return `${id} needs ${missing}, which is no task`;
  }
  return findsCycle(context, tasks) ? "its tasks wait for each other" : null;
}

/** Ids of the tasks that a version of the plan may still change. */
export function listUnstarted(context: SchedulerContext): Set<string> {
  return new Set(context.nodes.flatMap(({ input }, at) => (hasStarted(context, at) ? [] : [input.id])));
}

/** Whether some task would wait for itself, through needs and preferences. */
function findsCycle(context: SchedulerContext, tasks: readonly Task[]): boolean {
  const waitsFor = new Map<string, readonly string[]>();
  const idOf = (at: number): string => context.nodes[at]?.input.id ?? "";
  for (const { input, needs, prefers } of context.nodes) waitsFor.set(input.id, [...needs, ...prefers].map(idOf));
  for (const { id, needs, prefers } of tasks) waitsFor.set(id, [...needs, ...prefers]);
  return hasCycle(buildDag([...waitsFor].map(([id, needs]) => ({ id, needs }))).needs);
}

/** Puts tasks into the plan, new ones at its end; `make` makes their nodes, given where each task stands. */
function join(draft: Draft, tasks: readonly Task[], make: (at: (id: string) => number) => Node[]): void {
  const { context } = draft;
  const index = { ...context.index };
  let count = context.nodes.length;
  for (const { id } of tasks) index[id] ??= count++;
  const made = make((id) => index[id] as number);
  const nodes = [...context.nodes];
  const rows = rowsOf(context.rows);
  const changed = made.map((node) => index[node.input.id] as number);
  for (const [at, node] of made.entries()) {
    const task = changed[at] as number;
    nodes[task] = node;
    const { paused } = rows[task] ?? UNSTARTED;
    rows[task] = paused === true ? { ...UNSTARTED, paused } : UNSTARTED;
  }
  const paths = measurePaths(nodes);
  const grown = nodes.map((node, at) => (node.pathMs === paths[at] ? node : { ...node, pathMs: paths[at] as number }));
  const changes = new Map(tasks.map((each) => [each.id, each]));
  const before = new Set(context.added.map(({ id }) => id));
  const { dependents, followers } = linkNodes(grown);
  context.unfinished += count - context.nodes.length;
  context.index = index;
  context.nodes = grown;
  context.dependents = dependents;
  context.followers = followers;
  context.rows = tableOf(rows);
  context.added = [
    ...context.added.map((each) => changes.get(each.id) ?? each),
    ...tasks.filter(({ id }) => !before.has(id)),
  ];
  sortReady(draft, new Set(changed));
  for (const task of changed) place(draft, task);
  if (context.pausesNew === true) pause(draft, { tasks: tasks.map(({ id }) => id) });
}

/** Urgencies have changed, and so has the order of what is ready; changed tasks are put in by `place`. */
function sortReady(draft: Draft, changed: ReadonlySet<number>): void {
  const { nodes, ready } = draft.context;
  const lists = Object.entries(ready).map(
    ([stream, list]) =>
      [
        stream,
        readyListOf(
          nodes,
          list.flat().filter((task) => !changed.has(task)),
        ),
      ] as const,
  );
  draft.context.ready = Object.fromEntries(lists);
}

/** Counts what a new task's needs have come to already, and puts it where that leads. */
function place(draft: Draft, task: number): void {
  const lost = whyLost(draft.context, task);
  if (lost !== null) {
    conclude(draft, task, "skipped", lost);
    return;
  }
  update(draft, task, recountNeeds(draft.context, task));
  const disposition = judgeNeeds(draft.context, task);
  if (disposition === "ready") makeReady(draft, task);
  else if (disposition === "impossible") conclude(draft, task, "skipped", "what it needs did not succeed");
}
