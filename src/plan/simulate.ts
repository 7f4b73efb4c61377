/**
 * How long a plan would take: a list schedule, longest remaining path first, under the limits of the whole, of
 * streams, of agents and of resources. An estimate for `plan check`; the runtime's scheduler decides for itself.
 */

import type { Dag } from "../dag/dag.ts";
import type { Plan, Task } from "./model.ts";

/** Milliseconds from the first start to the last end, with `durations` and `remaining` by position. */
export function simulateSchedule(
  plan: Plan,
  graph: Dag,
  durations: readonly number[],
  remaining: readonly number[],
): number {
  const limits = new Limits(plan);
  const started = new Set<number>();
  const done = new Set<number>();
  const isReady = (index: number): boolean => canStart(plan.tasks[index], graph.needs[index] ?? [], done, graph);
  let ready = graph.ids.flatMap((_, index) => (isReady(index) ? [index] : []));
  const byRemaining = (a: number, b: number): number => (remaining[b] ?? 0) - (remaining[a] ?? 0) || a - b;
  ready.sort(byRemaining);
  const queued = new Set(ready);
  let running: { index: number; endsMs: number }[] = [];
  let nowMs = 0;
  while (ready.length > 0 || running.length > 0) {
    const waiting: number[] = [];
    for (const index of ready) {
      const task = plan.tasks[index];
      if (task !== undefined && limits.take(task)) {
        started.add(index);
        running.push({ index, endsMs: nowMs + (durations[index] ?? 0) });
      } else waiting.push(index);
    }
    ready = waiting;
    // Nothing runs and nothing may start: limits that no order could satisfy, which validation excludes.
    if (running.length === 0) return nowMs;
    nowMs = Math.min(...running.map(({ endsMs }) => endsMs));
    const ended = running.filter(({ endsMs }) => endsMs <= nowMs);
    running = running.filter(({ endsMs }) => endsMs > nowMs);
    for (const { index } of ended) {
      done.add(index);
      const task = plan.tasks[index];
      if (task !== undefined) limits.give(task);
    }
    let hasNew = false;
    for (const { index } of ended) {
      for (const next of graph.neededBy[index] ?? []) {
        if (queued.has(next) || started.has(next) || !isReady(next)) continue;
        queued.add(next);
        ready.push(next);
        hasNew = true;
      }
    }
    if (hasNew) ready.sort(byRemaining);
  }
  return nowMs;
}

function canStart(task: Task | undefined, needs: readonly number[], done: ReadonlySet<number>, graph: Dag): boolean {
  if (task?.join === undefined) return needs.every((need) => done.has(need));
  const met = needs.filter((need) => done.has(need));
  return met.length >= task.join.min && task.join.require.every((id) => done.has(graph.indexOf.get(id) ?? -1));
}

/** Units that are free, by what limits them. */
class Limits {
  readonly #free = new Map<string, number>();

  constructor(plan: Plan) {
    this.#free.set("all", plan.concurrency);
    for (const { name, concurrency } of plan.streams) this.#free.set(`stream ${name}`, concurrency);
    for (const { name, concurrency } of plan.agents) if (concurrency) this.#free.set(`agent ${name}`, concurrency);
    for (const [name, capacity] of Object.entries(plan.resources)) this.#free.set(`resource ${name}`, capacity);
  }

  /** Takes what a task holds while it runs, all or nothing. */
  take(task: Task): boolean {
    if ((this.#free.get("all") ?? 0) < 1) return false;
    const wanted = this.#wants(task);
    if (wanted.some(([name, units]) => (this.#free.get(name) ?? Number.POSITIVE_INFINITY) < units)) return false;
    for (const [name, units] of wanted) this.#add(name, -units);
    return true;
  }

  give(task: Task): void {
    for (const [name, units] of this.#wants(task)) this.#add(name, units);
  }

  #add(name: string, units: number): void {
    const free = this.#free.get(name);
    if (free !== undefined) this.#free.set(name, free + units);
  }

  #wants(task: Task): [string, number][] {
    const wanted: [string, number][] = [
      ["all", 1],
      [`stream ${task.stream}`, 1],
    ];
    if (task.work.kind === "agent") wanted.push([`agent ${task.work.agent}`, 1]);
    for (const [name, units] of Object.entries(task.uses)) wanted.push([`resource ${name}`, units]);
    return wanted;
  }
}
