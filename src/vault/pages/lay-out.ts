/**
 * Lays out a graph of tasks from left to right: a task stands right of all that it needs, in the lane of its stream.
 * Inside a lane, tasks of one layer are stacked in an order that keeps edges short. Deterministic; no two places are
 * the same. Pure, and without recursion, however long a chain is.
 */
import { buildDag, layersOf, reduceEdges } from "../../dag/dag.ts";

export interface GraphTask {
  id: string;
  lane: string;
  needs: readonly string[];
}

export interface Place {
  id: string;
  lane: string;
  /** Zero-based, over all lanes. */
  column: number;
  /** Zero-based inside the lane. */
  row: number;
}

export interface Layout {
  places: Place[];
  columns: number;
  /** In order of first appearance, with the number of their rows. */
  lanes: { name: string; rows: number }[];
}

/** A taller stack goes on in a further column, so that a wide plan does not become a thread. */
const MAX_ROWS = 12;
const SWEEPS = 4;

/** Places each task. Needs that are no task of the list, and those that close a circle, count for nothing. */
export function layOut(tasks: readonly GraphTask[]): Layout {
  const ids = new Set(tasks.map(({ id }) => id));
  const known = tasks.map((task) => ({ ...task, needs: [...new Set(task.needs)].filter((need) => ids.has(need)) }));
  const layers = findLayers(known);
  const stacks = orderStacks(known, layers);
  return placeStacks(stacks, layers);
}

/** Leaves out each need that another need of the same task implies, so that few edges say the same. */
export function reduceNeeds(tasks: readonly GraphTask[]): Map<string, string[]> {
  const { ids, needs } = buildDag(tasks);
  const reduced = reduceEdges(needs);
  return new Map(ids.map((id, at) => [id, (reduced[at] ?? []).map((need) => ids[need] ?? "")]));
}

/** Longest way from a task that needs nothing; tasks in a circle, or behind one, stand behind all others. */
function findLayers(tasks: readonly GraphTask[]): Map<string, number> {
  const { ids, needs } = buildDag(tasks);
  const layers = layersOf(needs);
  return new Map(ids.map((id, at) => [id, layers[at] ?? 0]));
}

interface Stack {
  lane: string;
  layer: number;
  ids: string[];
}

/** The tasks of each lane and layer, ordered by where their neighbours stand. */
function orderStacks(tasks: readonly GraphTask[], layers: ReadonlyMap<string, number>): Stack[] {
  const stacks = new Map<string, Stack>();
  for (const { id, lane } of tasks) {
    const layer = layerOf(layers, id);
    const key = JSON.stringify([lane, layer]);
    const stack = stacks.get(key) ?? { lane, layer, ids: [] };
    stack.ids.push(id);
    stacks.set(key, stack);
  }
  const lanes = [...new Set(tasks.map(({ lane }) => lane))];
  const before = new Map(tasks.map(({ id, needs }) => [id, [...needs]]));
  const after = new Map<string, string[]>(tasks.map(({ id }) => [id, []]));
  for (const { id, needs } of tasks) for (const need of needs) after.get(need)?.push(id);
  const all = [...stacks.values()].sort((a, b) => a.layer - b.layer);
  const heights = new Map<string, number>();
  const measure = ({ lane, ids }: Stack): void => {
    const top = lanes.indexOf(lane) * tasks.length;
    for (const [at, id] of ids.entries()) heights.set(id, top + at);
  };
  for (const stack of all) measure(stack);
  for (let sweep = 0; sweep < SWEEPS; sweep += 1) {
    const neighbours = sweep % 2 === 0 ? before : after;
    for (const stack of sweep % 2 === 0 ? all : [...all].reverse()) {
      const wanted = new Map(stack.ids.map((id) => [id, meanHeight(id, neighbours, heights)]));
      // Sorting is stable: tasks that pull the same way stay in the order of the plan.
      stack.ids.sort((a, b) => (wanted.get(a) ?? 0) - (wanted.get(b) ?? 0));
      measure(stack);
    }
  }
  return all;
}

/** Where a task's neighbours pull it: to their mean; its own place when it has none. */
function meanHeight(
  id: string,
  neighbours: ReadonlyMap<string, readonly string[]>,
  heights: ReadonlyMap<string, number>,
): number {
  const found = (neighbours.get(id) ?? []).map((other) => heights.get(other) ?? 0);
  if (found.length === 0) return heights.get(id) ?? 0;
  return found.reduce((sum, height) => sum + height, 0) / found.length;
}

function placeStacks(stacks: readonly Stack[], layers: ReadonlyMap<string, number>): Layout {
  const rows = new Map<string, number>();
  for (const { lane, ids } of stacks) rows.set(lane, Math.max(rows.get(lane) ?? 0, Math.min(ids.length, MAX_ROWS)));
  const widths: number[] = Array.from({ length: Math.max(-1, ...layers.values()) + 1 }, () => 1);
  for (const { layer, ids } of stacks) widths[layer] = Math.max(widths[layer] ?? 1, Math.ceil(ids.length / MAX_ROWS));
  const starts = widths.map((_width, layer) => widths.slice(0, layer).reduce((sum, width) => sum + width, 0));
  const places = stacks.flatMap(({ lane, layer, ids }) =>
    ids.map((id, at) => ({
      id,
      lane,
      column: (starts[layer] ?? 0) + Math.floor(at / MAX_ROWS),
      row: at % MAX_ROWS,
    })),
  );
  return {
    places,
    columns: widths.reduce((sum, width) => sum + width, 0),
    lanes: [...rows].map(([name, count]) => ({ name, rows: count })),
  };
}

function layerOf(layers: ReadonlyMap<string, number>, id: string): number {
  return layers.get(id) ?? 0;
}
