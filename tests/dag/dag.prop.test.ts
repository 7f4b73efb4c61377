/** Graphs of all shapes, cycles included, against the plainest reckoning of each answer. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  buildDag,
  type Edges,
  findCycles,
  hasCycle,
  layersOf,
  longestPaths,
  reachability,
  reachFrom,
  reduceEdges,
  reverseEdges,
  sortDag,
} from "../../src/dag/dag.ts";

const MOST = 40;

/** Any edges at all: cycles, loops, and edges that are there twice. */
const anyEdges = fc
  .integer({ min: 0, max: MOST })
  .chain((size) =>
    size === 0
      ? fc.constant<number[][]>([])
      : fc.array(fc.array(fc.nat(size - 1), { maxLength: 3 }), { minLength: size, maxLength: size }),
  );

/** Edges without a cycle, whose order is not that of the list. */
const acyclicEdges = fc
  .integer({ min: 1, max: MOST })
  .chain((size) => {
    const row = fc.record({ rank: fc.nat(MOST), targets: fc.array(fc.nat(size - 1), { maxLength: 6, size: "max" }) });
    return fc.array(row, { minLength: size, maxLength: size });
  })
  .map((rows) => {
    const isBefore = (a: number, b: number): boolean =>
      (rows[a]?.rank ?? 0) < (rows[b]?.rank ?? 0) || (rows[a]?.rank === rows[b]?.rank && a < b);
    return rows.map(({ targets }, from) => targets.filter((to) => isBefore(to, from)));
  });

/** For each position all that it leads to, itself only through a cycle: by adding edges until nothing is new. */
function closureOf(edges: Edges): Set<number>[] {
  const closure = edges.map((targets) => new Set(targets));
  for (let isNew = true; isNew; ) {
    isNew = false;
    for (const reached of closure) {
      const before = reached.size;
      for (const at of [...reached]) for (const further of closure[at] ?? []) reached.add(further);
      isNew ||= reached.size > before;
    }
  }
  return closure;
}

/** Positions that are in a cycle or lead to one. */
function stuckIn(closure: readonly Set<number>[]): Set<number> {
  const isInCycle = (at: number): boolean => closure[at]?.has(at) ?? false;
  const stuck = [...closure.keys()].filter((at) => isInCycle(at) || [...(closure[at] ?? [])].some(isInCycle));
  return new Set(stuck);
}

describe("any graph", () => {
  it("is put in an order with all that an edge leads to first, and without what leads to a cycle", () => {
    fc.assert(
      fc.property(anyEdges, (edges) => {
        const { order, left } = sortDag(edges);
        expect(new Set(left)).toEqual(stuckIn(closureOf(edges)));
        expect([...order, ...left].sort((a, b) => a - b)).toEqual([...edges.keys()]);
        const placeOf = new Map(order.map((at, place) => [at, place]));
        for (const at of order) {
          for (const to of edges[at] ?? []) expect(placeOf.get(to) ?? -1).toBeLessThan(placeOf.get(at) ?? -1);
        }
        expect(hasCycle(edges)).toBe(left.length > 0);
      }),
    );
  });

  it("has the same edges when it is reversed twice, sorted", () => {
    fc.assert(
      fc.property(anyEdges, (edges) => {
        const sorted = edges.map((targets) => targets.toSorted((a, b) => a - b));
        expect(reverseEdges(reverseEdges(edges))).toEqual(sorted);
        expect(sortDag(edges, reverseEdges(edges))).toEqual(sortDag(edges));
      }),
    );
  });

  it("shows cycles that are cycles, share nothing, and leave none when they are taken out", () => {
    fc.assert(
      fc.property(anyEdges, (edges) => {
        const cycles = findCycles(edges, MOST + 1);
        for (const cycle of cycles) {
          for (const [place, at] of cycle.entries()) expect(edges[at]).toContain(cycle[(place + 1) % cycle.length]);
        }
        const gone = new Set(cycles.flat());
        expect(gone.size).toBe(cycles.flat().length);
        expect(hasCycle(edges.map((targets, at) => (gone.has(at) ? [] : targets.filter((to) => !gone.has(to)))))).toBe(
          false,
        );
        expect(findCycles(edges, 1)).toEqual(cycles.slice(0, 1));
      }),
    );
  });

  it("is reached from one position as far as edges lead", () => {
    fc.assert(
      fc.property(anyEdges, (edges) => {
        const closure = closureOf(edges);
        for (const at of edges.keys()) expect(reachFrom(edges, at)).toEqual(closure[at]);
      }),
    );
  });

  it("counts each vertex of a cycle with its own weight, in the layer behind all others", () => {
    fc.assert(
      fc.property(anyEdges, (edges) => {
        const stuck = stuckIn(closureOf(edges));
        const paths = longestPaths(
          edges,
          edges.map((_, at) => at + 1),
        );
        const layers = layersOf(edges);
        const behind = Math.max(-1, ...layers.filter((_, at) => !stuck.has(at))) + 1;
        for (const at of stuck) {
          expect(paths[at]).toBe(at + 1);
          expect(layers[at]).toBe(behind);
        }
      }),
    );
  });
});

describe("a graph without a cycle", () => {
  it("has longest paths and layers as all ways tried one by one have them", () => {
    fc.assert(
      fc.property(acyclicEdges, fc.array(fc.nat(1_000), { minLength: MOST, maxLength: MOST }), (edges, weights) => {
        const tried = new Map<number, { weight: number; length: number }>();
        const tryAll = (at: number): { weight: number; length: number } => {
          const known = tried.get(at);
          if (known !== undefined) return known;
          const further = (edges[at] ?? []).map(tryAll);
          const weight = (weights[at] ?? 0) + Math.max(0, ...further.map((way) => way.weight));
          const length = Math.max(0, ...further.map((way) => way.length + 1));
          tried.set(at, { weight, length });
          return { weight, length };
        };
        const expected = edges.map((_, at) => tryAll(at));
        const own = weights.slice(0, edges.length);
        expect(longestPaths(edges, own)).toEqual(expected.map(({ weight }) => weight));
        expect(longestPaths(edges, own, reverseEdges(edges))).toEqual(longestPaths(edges, own));
        expect(layersOf(edges)).toEqual(expected.map(({ length }) => length));
      }),
    );
  });

  it("answers for every pair whether one leads to the other", () => {
    fc.assert(
      fc.property(acyclicEdges, (edges) => {
        const leadsTo = reachability(edges);
        const closure = closureOf(edges);
        for (const from of edges.keys()) {
          for (const to of edges.keys()) expect(leadsTo(from, to)).toBe(closure[from]?.has(to));
        }
      }),
    );
  });

  it("is reduced to the edges that no other way implies", () => {
    fc.assert(
      fc.property(acyclicEdges, (edges) => {
        const closure = closureOf(edges);
        const isImplied = (from: number, to: number): boolean =>
          (edges[from] ?? []).some((other) => closure[other]?.has(to));
        const expected = edges.map((targets, from) => [...new Set(targets)].filter((to) => !isImplied(from, to)));
        expect(reduceEdges(edges)).toEqual(expected);
      }),
    );
  });
});

describe("tasks", () => {
  it("become positions, in their order; unknown needs are left out, and an id given twice means the last", () => {
    const dag = buildDag([
      { id: "b", needs: ["a", "gone"] },
      { id: "a", needs: [] },
      { id: "c", needs: ["a", "b", "b"] },
      { id: "b", needs: ["c"] },
    ]);
    expect(dag.ids).toEqual(["b", "a", "c", "b"]);
    expect(dag.needs).toEqual([[1], [], [1, 3, 3], [2]]);
    expect(dag.neededBy).toEqual([[], [0, 2], [3], [2, 2]]);
    expect(dag.indexOf.get("b")).toBe(3);
  });

  it("that may come next come in the order in which they became free, and at first in that of the list (DAG-1)", () => {
    const { needs } = buildDag([
      { id: "d", needs: ["b", "c"] },
      { id: "b", needs: ["a"] },
      { id: "e", needs: [] },
      { id: "c", needs: ["a"] },
      { id: "a", needs: [] },
      { id: "f", needs: ["e"] },
    ]);
    expect(sortDag(needs).order).toEqual([2, 4, 5, 1, 3, 0]);
  });

  it("in a cycle are told from the first of them, in the order in which each waits for the next", () => {
    const { needs } = buildDag([
      { id: "behind", needs: ["c"] },
      { id: "a", needs: ["b"] },
      { id: "b", needs: ["c"] },
      { id: "c", needs: ["a"] },
      { id: "alone", needs: ["alone"] },
    ]);
    expect(findCycles(needs)).toEqual([[3, 1, 2], [4]]);
    expect(findCycles(needs, 1)).toHaveLength(1);
  });

  it("may be a chain of a hundred thousand", () => {
    const chain: number[][] = Array.from({ length: 100_000 }, (_, at) => (at === 0 ? [] : [at - 1]));
    expect(layersOf(chain).at(-1)).toBe(99_999);
    expect(longestPaths(reverseEdges(chain), new Array<number>(100_000).fill(1))[0]).toBe(100_000);
    expect(reachFrom(chain, 99_999).size).toBe(99_999);
    expect(hasCycle([...chain.slice(0, -1), [99_998, 99_999]])).toBe(true);
  });
});
