/**
 * Directed acyclic graphs: orders, cycles, longest paths, layers, reachability. Vertices are positions in a list, and
 * the edges of a graph are plain arrays of positions, so that they may stand in a machine's context. Pure, without
 * recursion (a chain may have thousands of tasks), and linear but for what compares all pairs.
 *
 * DAG-1 Equal input gives equal output, order included: of several vertices that may come next, the one that became
 *       free first comes first, and those free from the beginning come in the order of the list.
 * DAG-2 A graph with a cycle is taken, too: no function throws or runs on, and each says what it makes of the cycle.
 */

/** For each position those that its edges lead to; an edge that is there twice counts as one. */
export type Edges = readonly (readonly number[])[];

/** Tasks by position; `needs` leads from a task to those that it waits for, `neededBy` the other way. */
export interface Dag {
  ids: readonly string[];
  indexOf: ReadonlyMap<string, number>;
  needs: Edges;
  neededBy: Edges;
}

/** Builds the graph of these tasks. Needs that are no task are left out; of an id given twice the last task counts. */
export function buildDag(tasks: readonly { id: string; needs: readonly string[] }[]): Dag {
  const ids = tasks.map(({ id }) => id);
  const indexOf = new Map(ids.map((id, index) => [id, index]));
  const needs = tasks.map((task) => task.needs.flatMap((need) => indexOf.get(need) ?? []));
  return { ids, indexOf, needs, neededBy: reverseEdges(needs) };
}

/** The same edges the other way round, each list in the order of the positions. */
export function reverseEdges(edges: Edges): number[][] {
  const reversed: number[][] = edges.map(() => []);
  for (const [from, targets] of edges.entries()) for (const to of targets) reversed[to]?.push(from);
  return reversed;
}

/**
 * Positions in an order where all that an edge leads to comes first (DAG-1), and those left over since they are in a
 * cycle or lead to one. `reversed` are the same edges reversed, where they are known already.
 */
export function sortDag(needs: Edges, reversed: Edges = reverseEdges(needs)): { order: number[]; left: number[] } {
  const open = needs.map((targets) => targets.length);
  const order: number[] = [];
  for (const [at, count] of open.entries()) if (count === 0) order.push(at);
  for (let next = 0; next < order.length; next += 1) {
    for (const dependant of reversed[order[next] as number] as readonly number[]) {
      const count = (open[dependant] as number) - 1;
      open[dependant] = count;
      if (count === 0) order.push(dependant);
    }
  }
  return { order, left: open.flatMap((count, at) => (count > 0 ? [at] : [])) };
}

/** Whether some way along the edges leads back to where it began. */
export function hasCycle(needs: Edges): boolean {
  return sortDag(needs).left.length > 0;
}

/**
 * Cycles, disjoint, at most `limit`; in each one every position has an edge to the next, and the last to the first. When
 * these are taken out and there are fewer than `limit`, no cycle is left.
 */
export function findCycles(needs: Edges, limit = 20): number[][] {
  const cycles: number[][] = [];
  let rest = needs;
  while (cycles.length < limit) {
    const left = new Set(sortDag(rest).left);
    let at = left.values().next().value;
    if (at === undefined) break;
    const path: number[] = [];
    const seenAt = new Map<number, number>();
    // Whatever is left over has an edge to something left over, so this walk comes round.
    while (at !== undefined && !seenAt.has(at)) {
      seenAt.set(at, path.length);
      path.push(at);
      at = rest[at]?.find((need) => left.has(need));
    }
    const cycle = at === undefined ? path : path.slice(seenAt.get(at));
    cycles.push(cycle);
    const gone = new Set(cycle);
    rest = rest.map((targets, from) => (gone.has(from) ? [] : targets));
  }
  return cycles;
}

/**
 * For each position the heaviest way that begins there and goes along the edges, its own weight included. What is in a
 * cycle or leads to one counts with its own weight only. Weights are not negative.
 */
export function longestPaths(next: Edges, weights: readonly number[], reversed?: Edges): number[] {
  const paths = [...weights];
  for (const at of sortDag(next, reversed).order) {
    let longest = 0;
    for (const other of next[at] as readonly number[]) longest = Math.max(longest, paths[other] as number);
    paths[at] = (weights[at] as number) + longest;
  }
  return paths;
}

/** For each position the number of edges of the longest way from it; what leads to a cycle stands behind all others. */
export function layersOf(needs: Edges): number[] {
  const { order, left } = sortDag(needs);
  const layers = needs.map(() => 0);
  let behind = 0;
  for (const at of order) {
    let layer = 0;
    for (const need of needs[at] as readonly number[]) layer = Math.max(layer, (layers[need] as number) + 1);
    layers[at] = layer;
    // Along this order layers never fall.
    behind = layer + 1;
  }
  for (const at of left) layers[at] = behind;
  return layers;
}

/** All that the edges lead to from `start`, itself only if it is in a cycle. */
export function reachFrom(next: Edges, start: number): Set<number> {
  const reached = new Set<number>();
  const stack = [...(next[start] ?? [])];
  for (let at = stack.pop(); at !== undefined; at = stack.pop()) {
    if (reached.has(at)) continue;
    reached.add(at);
    stack.push(...(next[at] as readonly number[]));
  }
  return reached;
}

/**
 * Answers for each pair whether the edges lead from one to the other. One bit a pair is kept: 16,000 tasks take 32 MB.
 * From what is in a cycle, or leads to one, they lead nowhere.
 */
export function reachability(next: Edges): (from: number, to: number) => boolean {
  const bits = new BitRows(next.length);
  for (const at of sortDag(next).order) {
    for (const other of next[at] as readonly number[]) bits.addRow(at, other).add(at, other);
  }
  return (from, to) => bits.has(from, to);
}

/**
 * The same graph with the fewest edges: each that another way implies is left out, and each that is there twice. Of a
 * cycle the edges that lead to later positions are left out as well.
 */
export function reduceEdges(needs: Edges): number[][] {
  const layers = layersOf(needs);
  const order = [...needs.keys()].sort((a, b) => (layers[a] as number) - (layers[b] as number));
  const bits = new BitRows(needs.length);
  const done = new Set<number>();
  const reduced: number[][] = needs.map(() => []);
  for (const at of order) {
    const known = [...new Set(needs[at])].filter((need) => done.has(need));
    for (const need of known) bits.addRow(at, need);
    reduced[at] = known.filter((need) => !bits.has(at, need));
    for (const need of known) bits.add(at, need);
    done.add(at);
  }
  return reduced;
}

/** A square of bits. */
class BitRows {
  readonly #words: number;
  readonly #bits: Uint32Array;

  constructor(size: number) {
    this.#words = Math.ceil(size / 32);
    this.#bits = new Uint32Array(this.#words * size);
  }

  has(row: number, column: number): boolean {
    return (((this.#bits[row * this.#words + (column >> 5)] as number) >>> (column & 31)) & 1) === 1;
  }

  add(row: number, column: number): this {
    const at = row * this.#words + (column >> 5);
    this.#bits[at] = (this.#bits[at] as number) | (1 << (column & 31));
    return this;
  }

  /** Adds all bits of another row to a row. */
  addRow(row: number, other: number): this {
    const bits = this.#bits;
    const [to, from] = [row * this.#words, other * this.#words];
    for (let word = 0; word < this.#words; word += 1) {
      bits[to + word] = (bits[to + word] as number) | (bits[from + word] as number);
    }
    return this;
  }
}
