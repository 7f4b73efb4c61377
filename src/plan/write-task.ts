/**
 * A task of a plan as a person writes it, without what goes without saying: what `pleach edit` shows, and lays changes over.
 *
 * WRITE-1 Read again where it stands, it is the same task.
 */
import { agentsOf } from "./agent-choice.ts";
import { DEFAULT_RETRIES, DEFAULT_STREAM, DEFAULT_TASK_TIMEOUT_MS } from "./defaults.ts";
import type { AgentChoice, ScriptStep, Task } from "./model.ts";
import { isPlanning } from "./planning.ts";

/** Keys of a task, and what they say, in the order in which they are shown. JSON. */
export type WrittenTask = Record<string, unknown>;

/** The task, or its candidates as the one that they are for. `all`: the tasks of the plan, for the names of what it needs. */
export function writeTask(tasks: readonly [Task, ...Task[]], all: readonly Task[]): WrittenTask {
  const [task] = tasks;
  const groupOf = new Map(all.map(({ id, candidateOf }) => [id, candidateOf ?? id]));
  const named = (ids: readonly string[]): string[] => [...new Set(ids.map((id) => groupOf.get(id) ?? id))];
  const needs = named(task.needs);
  const { work, join } = task;
  return {
    title: task.title,
    ...(task.stream === DEFAULT_STREAM ? {} : { stream: task.stream }),
    ...writeWork(tasks, work),
    ...(task.scope === undefined || (isPlanning(task) && task.scope.length === 0) ? {} : { scope: task.scope }),
    ...listed("needs", needs),
    ...(join === undefined || isUsualJoin(task, needs) ? {} : { join: writeJoin(join) }),
    ...listed("prefers", named(task.prefers)),
    ...(Object.keys(task.uses).length === 0 ? {} : { uses: task.uses }),
    ...listed("feeds", named(task.feeds)),
    ...listed("gates", task.gates),
    ...listed("artifacts", task.artifacts),
    ...(task.retries === DEFAULT_RETRIES ? {} : { retries: task.retries }),
    ...(task.timeoutMs === DEFAULT_TASK_TIMEOUT_MS ? {} : { timeout: writeDuration(task.timeoutMs) }),
    ...(task.budget === undefined ? {} : { budget: task.budget }),
    ...(task.onConflict === (work.kind === "run" ? "ask" : "rerun") ? {} : { onConflict: task.onConflict }),
    ...(task.continueOnError ? { continueOnError: true } : {}),
    ...(task.git === undefined ? {} : { git: task.git }),
  };
}

const listed = (key: string, names: readonly string[]): WrittenTask => (names.length === 0 ? {} : { [key]: names });

function writeWork(tasks: readonly [Task, ...Task[]], work: Task["work"]): WrittenTask {
  if (work.kind === "run") return { run: work.command };
  const instruction = work.instruction === "" ? {} : { instruction: work.instruction };
  const { candidateOf, choose } = tasks[0];
  if (candidateOf === undefined) {
    const script = work.script === undefined ? {} : { script: work.script.map(writeStep) };
    return { agent: writeChoice(work), ...instruction, ...script };
  }
  const counts: Record<string, number> = {};
  for (const { work: own } of tasks) if (own.kind === "agent") counts[own.agent] = (counts[own.agent] ?? 0) + 1;
  return { candidates: counts, ...(choose === undefined ? {} : { choose }), ...instruction };
}

function writeChoice(choice: AgentChoice): string | string[] {
  const agents = agentsOf(choice);
  return agents.length === 1 ? agents[0] : agents;
}

/** What candidates among its needs made of a task without a `join`. */
function isUsualJoin({ needs, join }: Task, named: readonly string[]): boolean {
  const alone = needs.filter((need) => named.includes(need));
  const isSame = join?.require.length === alone.length && alone.every((need) => join.require.includes(need));
  return needs.length > alone.length && join?.min === named.length && isSame;
}

const writeJoin = ({ min, require }: NonNullable<Task["join"]>): WrittenTask => ({
  min,
  ...listed("require", require),
});

function writeStep(step: ScriptStep): WrittenTask {
  if ("await" in step) {
    const { timeoutMs, ...rest } = step;
    return { ...rest, ...(timeoutMs === undefined ? {} : { timeout: writeDuration(timeoutMs) }) };
  }
  if ("sleep" in step) return { sleep: writeDuration(step.sleep) };
  return { ...step };
}

const UNITS = [
  ["h", 3_600_000],
  ["m", 60_000],
  ["s", 1_000],
] as const;

/** In the largest unit in which it is whole. */
function writeDuration(ms: number): string {
  for (const [unit, unitMs] of UNITS) if (ms > 0 && ms % unitMs === 0) return `${ms / unitMs}${unit}`;
  return `${ms}ms`;
}
