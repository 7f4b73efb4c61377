/**
 * When a run is expected to end, as a range: what is left of its plan, scheduled with what such tasks took in earlier runs and
 * in this one, and with the time of its merge gates. Where a task or a gate is left of which nobody knows how long it takes,
 * nothing is said; neither of a run that stands still, or whose plan may still grow.
 */
import { buildDag, longestPaths } from "../../dag/dag.ts";
import { type MergeContext, partWaiting } from "../../machines/merge/merge-decisions.ts";
import type { SchedulerContext } from "../../machines/scheduler/state.ts";
import { rowAt } from "../../machines/table.ts";
import type { TaskContext } from "../../machines/task/task-state.ts";
import type { Task } from "../../plan/model.ts";
import { isPlanning } from "../../plan/planning.ts";
import { simulateSchedule } from "../../plan/simulate.ts";
import { taskActor } from "../../protocol/address.ts";
import type { StatusDocument } from "../../protocol/status.ts";
import type { RunManifest } from "../../protocol/values.ts";
import { plural } from "../../protocol/words.ts";
import type { ActorSystem } from "../runtime/system.ts";
import type { GateTimes } from "./gate-times.ts";

interface Range {
  lo: number;
  hi: number;
}

/** More tasks than that are not scheduled each time somebody looks. */
const MAX_TASKS = 500;
/** Tasks of this run of one kind, before which their times are an anecdote; such a range is widened. */
const MIN_OF_KIND = 2;
const WIDEN = 1.5;
const ENDED: ReadonlySet<string> = new Set(["merged", "done", "failed", "skipped", "cancelled"]);

export interface Estimated {
  manifest: RunManifest;
  scheduler: SchedulerContext;
  times: GateTimes;
  now: number;
}

/** Null where there is no ground. */
export function estimateEnd(
  system: ActorSystem,
  { manifest, scheduler, times, now }: Estimated,
): NonNullable<StatusDocument["eta"]> | null {
  const { plan } = manifest;
  const phases = plan.tasks.map(({ id }) => rowAt(scheduler.rows, scheduler.index[id] ?? 0)?.phase ?? "blocked");
  const left = plan.tasks.filter((_, at) => !ENDED.has(phases[at] ?? ""));
  if (left.length === 0 || left.length > MAX_TASKS || left.some(isPlanning)) return null;
  // Nobody knows when a person answers.
  if (phases.includes("waitingForHuman")) return null;
  const measured = new MeasuredTimes(system, plan.tasks);
  const held = listHeld(system);
  // Those that wait for others to go first may have to run again, one after the other.
  let heldMs = 0;
  const ranges: Range[] = [];
  const grounds = { before: 0, now: 0 };
  for (const [at, task] of plan.tasks.entries()) {
    if (ENDED.has(phases[at] ?? "")) {
      ranges.push({ lo: 0, hi: 0 });
      continue;
    }
    const here = measured.of(task);
    const range =
      here ?? (Object.hasOwn(manifest.usual?.tasks ?? {}, task.id) ? manifest.usual?.tasks[task.id] : undefined);
    if (range === undefined || range === null) return null;
    grounds[here === null ? "before" : "now"] += 1;
    if (held.has(task.id)) heldMs += range.hi;
    ranges.push(lessGone(system, task, range, now));
  }
  const gateMs = mergeGateMs(manifest, times);
  if (gateMs === null) return null;
  const graph = buildDag(plan.tasks);
  const span = (of: (range: Range) => number): number => {
    const durations = ranges.map(of);
    return simulateSchedule(plan, graph, durations, longestPaths(graph.neededBy, durations, graph.needs));
  };
  // A task begins once what it needs is merged: the gates are waited for once a step of the longest chain, or twice.
  const steps = Math.max(
    1,
    ...longestPaths(
      graph.needs,
      phases.map((phase) => (ENDED.has(phase) ? 0 : 1)),
    ),
  );
  const end = (ms: number): string => new Date(Math.round((now + ms) / 1000) * 1000).toISOString();
  return {
    lo: end(span(({ lo }) => lo) + steps * gateMs),
    hi: end(span(({ hi }) => hi) + heldMs + 2 * (steps + held.size) * gateMs),
    ground: wordGround(grounds),
  };
}

/** Tasks whose work is done, and merged after that of others which is being done again. */
function listHeld(system: ActorSystem): ReadonlySet<string> {
  const merge = system.actors.get("merge")?.snapshot.context as MergeContext | undefined;
  return new Set(merge === undefined ? [] : partWaiting(merge).held.map(({ item }) => item.task));
}

/** What is left of a task that is at work; nothing of one that waits to be merged. */
function lessGone(system: ActorSystem, { id }: Task, { lo, hi }: Range, now: number): Range {
  const actor = system.actors.get(taskActor(id));
  const context = actor?.snapshot.context as TaskContext | undefined;
  if (actor === undefined || context === undefined) return { lo, hi };
  const state = String(actor.snapshot.value);
  if (state === "queued") return { lo: 0, hi: 0 };
  // Its times are of all that such a task took; of one that has worked already, nobody knows how much of that is left.
  if (context.workMs > 0) return { lo: 0, hi };
  if (state !== "running" || context.startedAt === null) return { lo, hi };
  const gone = Math.max(0, now - context.startedAt);
  return { lo: Math.max(0, lo - gone), hi: Math.max(0, hi - gone) };
}

/** How long one round of the gates of the merge queue takes, which run side by side; null when nobody knows. */
function mergeGateMs({ plan }: RunManifest, times: GateTimes): number | null {
  if (plan.isolation === "none") return 0;
  const known = plan.gates.filter(({ at }) => at.includes("merge")).map(({ name }) => times.usualMs(name));
  return known.includes(null) ? null : Math.max(0, ...known.map((ms) => ms ?? 0));
}

function wordGround({ before, now }: { before: number; now: number }): string {
  const parts = [
    ...(now > 0 ? [`what tasks like ${now === 1 ? "one" : plural(now, "task")} took in this run`] : []),
    ...(before > 0 ? [`earlier runs for ${plural(before, "task")}`] : []),
  ];
  return parts.join(", and ");
}

/** What tasks of this run took that went well, by stream and agent. */
class MeasuredTimes {
  readonly #byKind = new Map<string, number[]>();

  constructor(system: ActorSystem, tasks: readonly Task[]) {
    for (const task of tasks) {
      const context = system.actors.get(taskActor(task.id))?.snapshot.context as TaskContext | undefined;
      if (context?.outcome !== "merged" && context?.outcome !== "done") continue;
      const kind = kindOf(task);
      this.#byKind.set(kind, [...(this.#byKind.get(kind) ?? []), context.workMs]);
    }
  }

  of(task: Task): Range | null {
    const took = this.#byKind.get(kindOf(task)) ?? [];
    if (took.length < MIN_OF_KIND) return null;
    return { lo: Math.min(...took) / WIDEN, hi: Math.max(...took) * WIDEN };
  }
}

const kindOf = ({ stream, work }: Task): string => `${stream} ${work.kind === "agent" ? work.agent : ""}`;
