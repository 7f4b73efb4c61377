/**
 * The DAG of a plan as numbers: orders, cycles, longest paths, reachability. Pure, iterative (no recursion on plans of
 * thousands of tasks in a chain), and linear but for reachability, which is one bit a pair.
 */

import { GUESSED_DURATION_MS } from "./defaults.ts";
import type { Plan } from "./model.ts";

/** Tasks by position; an edge leads from a need to the tasks that need it. */
export interface Graph {
  ids: string[];
  indexOf: Map<string, number>;
  needs: number[][];
  neededBy: number[][];
}

/** Builds the graph of hard needs. Ids that are not in the plan are left out. */
export function buildGraph(tasks: readonly { id: string; needs: readonly string[] }[]): Graph {
  const ids = tasks.map(({ id }) => id);
  const indexOf = new Map(ids.map((id, index) => [id, index]));
  const neededBy: number[][] = ids.map(() => []);
  const needs = tasks.map((task, index) => {
    const found = task.needs.flatMap((need) => indexOf.get(need) ?? []);
    for (const need of found) neededBy[need]?.push(index);
    return found;
  });
  return { ids, indexOf, needs, neededBy };
}

/** Positions in an order where every need comes first, and those left over because they are in or behind a cycle. */
export function sortGraph(graph: Graph): { order: number[]; left: number[] } {
  const open = graph.needs.map((needs) => needs.length);
  const order = open.flatMap((count, index) => (count === 0 ? [index] : []));
  for (let next = 0; next < order.length; next += 1) {
    for (const dependant of graph.neededBy[order[next] ?? -1] ?? []) {
      const count = (open[dependant] ?? 0) - 1;
      open[dependant] = count;
      if (count === 0) order.push(dependant);
    }
  }
  return { order, left: open.flatMap((count, index) => (count > 0 ? [index] : [])) };
}

/** Cycles, disjoint, at most `limit`; each lists positions so that every one needs the next, and the last the first. */
export function findCycles(graph: Graph, limit = 20): number[][] {
  const cycles: number[][] = [];
  const gone = new Set<number>();
  while (cycles.length < limit) {
    const needs = graph.needs.map((list, index) => (gone.has(index) ? [] : list.filter((need) => !gone.has(need))));
    const neededBy: number[][] = graph.ids.map(() => []);
    for (const [index, list] of needs.entries()) for (const need of list) neededBy[need]?.push(index);
    const left = new Set(sortGraph({ ...graph, needs, neededBy }).left);
    let at = left.values().next().value;
    if (at === undefined) break;
    const path: number[] = [];
    const seenAt = new Map<number, number>();
    // Whoever is left over has a need that is left over, so this walk comes round.
    while (at !== undefined && !seenAt.has(at)) {
      seenAt.set(at, path.length);
      path.push(at);
      at = needs[at]?.find((need) => left.has(need));
    }
    const cycle = at === undefined ? path : path.slice(seenAt.get(at) ?? 0);
    cycles.push(cycle);
    for (const index of cycle) gone.add(index);
  }
  return cycles;
}

/** For each position the set of positions that it reaches through `neededBy`, as a row of bits. */
export function computeReach(graph: Graph, order: readonly number[]): (from: number, to: number) => boolean {
  const words = Math.ceil(graph.ids.length / 32);
  const bits = new Uint32Array(words * graph.ids.length);
  for (const index of order.toReversed()) {
    const row = index * words;
    for (const dependant of graph.neededBy[index] ?? []) {
      const other = dependant * words;
      for (let word = 0; word < words; word += 1)
        bits[row + word] = (bits[row + word] ?? 0) | (bits[other + word] ?? 0);
      const own = row + (dependant >> 5);
      bits[own] = (bits[own] ?? 0) | (1 << (dependant & 31));
    }
  }
  return (from, to) => (((bits[from * words + (to >> 5)] ?? 0) >>> (to & 31)) & 1) === 1;
}

/** Ids in an order where each task comes after its needs; ties in the order of the plan. A valid plan has no cycle. */
export function topologicalOrder(plan: Pick<Plan, "tasks">): string[] {
  const graph = buildGraph(plan.tasks);
  return sortGraph(graph).order.map((index) => graph.ids[index] ?? "");
}

/**
 * For each task, milliseconds from its start to the end of the longest chain of tasks that need it, itself included.
 * A task without a known duration is taken to last a minute.
 */
export function remainingPathMs(
  plan: Pick<Plan, "tasks">,
  durationsMs: Readonly<Record<string, number>> = {},
): Record<string, number> {
  const graph = buildGraph(plan.tasks);
  const remaining = measureRemaining(graph, sortGraph(graph).order, readDurations(graph, durationsMs));
  return Object.fromEntries(graph.ids.map((id, index) => [id, remaining[index] ?? 0]));
}

/** Durations by position, guessed where unknown. */
export function readDurations(graph: Graph, durationsMs: Readonly<Record<string, number>>): number[] {
  return graph.ids.map((id) => {
    const known = Object.hasOwn(durationsMs, id) ? durationsMs[id] : undefined;
    return known !== undefined && Number.isFinite(known) && known >= 0 ? known : GUESSED_DURATION_MS;
  });
}

/** Longest path from the start of each position to an end. */
export function measureRemaining(graph: Graph, order: readonly number[], durations: readonly number[]): number[] {
  const remaining = durations.map(() => 0);
  for (const index of order.toReversed()) {
    let longest = 0;
    for (const dependant of graph.neededBy[index] ?? []) longest = Math.max(longest, remaining[dependant] ?? 0);
    remaining[index] = (durations[index] ?? 0) + longest;
  }
  return remaining;
}
