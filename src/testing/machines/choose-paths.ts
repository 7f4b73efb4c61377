/** Which paths through a machine's graph are taken, so that a coverage chosen by name is reached with few of them. */
import { PleachError } from "../../errors.ts";
import { randomFrom } from "../../machines/random.ts";
import type { Edge, Graph, Node } from "./explore.ts";
import { describeValue } from "./state-key.ts";

/**
 * What the paths have to reach together: every `states` once, every one of the `transitions` (by each of the payloads that
 * are listed for its event), every pair of transitions
 * that can follow each other; a `shortest` path to every state and context; all `simple` paths (none meets a state and
 * context twice); or so many `random` walks.
 */
export type Coverage = "states" | "transitions" | "pairs" | "shortest" | "simple" | `random:${number}`;

export interface ChosenPaths {
  paths: Edge[][];
  /** Said when there are too many paths to list. */
  gaveUp: string | null;
}

interface Goal {
  id: string;
  /** The nearest way to it. */
  path: Edge[];
}

const MAX_WALKS = 10_000;

/** Throws `paths.badCoverage` for a name that is none. */
export function checkCoverage(coverage: string): Coverage {
  const walks = /^random:(\d{1,6})$/.exec(coverage)?.[1];
  if (walks !== undefined && Number(walks) >= 1 && Number(walks) <= MAX_WALKS) return coverage as Coverage;
  if (["states", "transitions", "pairs", "shortest", "simple"].includes(coverage)) return coverage as Coverage;
  throw new PleachError("paths.badCoverage", `there is no coverage ${JSON.stringify(coverage)}`, {
    hint: `one of states, transitions, pairs, shortest, simple, random:N (N from 1 to ${MAX_WALKS})`,
  });
}

/** Chooses the paths; they are in the order of their length, and none is the beginning of another. */
export function choosePaths(graph: Graph, coverage: Coverage, seed: number, maxSteps: number): ChosenPaths {
  const { start } = graph;
  if (start === null) return { paths: [], gaveUp: null };
  if (coverage === "simple") {
    const all = graph.listSimple();
    if (all !== null) return { paths: dropBeginnings(all), gaveUp: null };
    const gaveUp = "there are too many simple paths to list; these are the shortest paths to every state and context";
    return { paths: dropBeginnings([...graph.shortest.values()].map((path) => [...path])), gaveUp };
  }
  if (coverage === "shortest") {
    return { paths: dropBeginnings([...graph.shortest.values()].map((path) => [...path])), gaveUp: null };
  }
  if (coverage === "states") return cover(start, listStateGoals(graph), marksOfStates);
  if (coverage === "transitions")
    return cover(start, listGoals(graph, marksOfTransitions(graph)), marksOfTransitions(graph));
  if (coverage === "pairs") return cover(start, listPairGoals(graph), () => [], marksOfPair);
  const walks = Number(coverage.slice("random:".length));
  return {
    paths: dropBeginnings(Array.from({ length: walks }, (_, index) => walk(graph, seed, index, maxSteps))),
    gaveUp: null,
  };
}

const marksOfStates = ({ to, passed }: Edge): string[] => [...passed, JSON.stringify(to.snapshot.value)];
const marksOfPair = (before: Edge, after: Edge): string[] => [
  `${before.taken.join(" ")} then ${after.taken.join(" ")}`,
];

/** The transitions that an edge takes, each with the payload where its event has several: a guard may tell them apart. */
const marksOfTransitions =
  ({ listed }: Graph) =>
  ({ event, taken }: Edge): string[] =>
    listed.has(event.type) ? [...taken, ...taken.map((id) => `${id} by ${describeValue(event)}`)] : taken;

const nothing = (): string[] => [];

/** Takes the goals that are furthest away first: the way there reaches many of the others. */
function cover(
  start: Edge,
  goals: Goal[],
  marksOf: (edge: Edge) => string[],
  marksBetween: (before: Edge, after: Edge) => string[] = nothing,
): ChosenPaths {
  const covered = new Set(marksOf(start));
  const chosen: Edge[][] = [];
  for (const { id, path } of [...goals].sort((a, b) => b.path.length - a.path.length)) {
    if (covered.has(id)) continue;
    chosen.push(path);
    for (const [index, edge] of path.entries()) {
      const before = index === 0 ? start : (path[index - 1] as Edge);
      for (const mark of [...marksOf(edge), ...marksBetween(before, edge)]) covered.add(mark);
    }
  }
  if (chosen.length === 0) chosen.push([]);
  return { paths: chosen.reverse().sort((a, b) => a.length - b.length), gaveUp: null };
}

/** The first, and so the nearest, way to everything that `marksOf` sees on an edge. */
function listGoals(graph: Graph, marksOf: (edge: Edge) => string[]): Goal[] {
  const goals = new Map<string, Edge[]>();
  for (const [node, edges] of graph.leaving) {
    const way = graph.shortest.get(node) ?? [];
    for (const edge of edges) {
      for (const mark of marksOf(edge)) if (!goals.has(mark)) goals.set(mark, [...way, edge]);
    }
  }
  return [...goals].map(([id, path]) => ({ id, path }));
}

const listStateGoals = (graph: Graph): Goal[] => listGoals(graph, marksOfStates);

function listPairGoals(graph: Graph): Goal[] {
  const goals = new Map<string, Edge[]>();
  const start = graph.start as Edge;
  const add = (before: Edge, way: readonly Edge[]): void => {
    for (const after of graph.leaving.get(before.to) ?? []) {
      for (const mark of marksOfPair(before, after)) if (!goals.has(mark)) goals.set(mark, [...way, after]);
    }
  };
  add(start, []);
  for (const [node, edges] of graph.leaving) {
    const way = graph.shortest.get(node) ?? [];
    for (const edge of edges) add(edge, [...way, edge]);
  }
  return [...goals].map(([id, path]) => ({ id, path }));
}

function walk(graph: Graph, seed: number, index: number, maxSteps: number): Edge[] {
  const path: Edge[] = [];
  let node: Node = (graph.start as Edge).to;
  while (path.length < maxSteps) {
    const edges = graph.leaving.get(node) ?? [];
    const edge = edges[Math.floor(randomFrom(seed, index, path.length) * edges.length)];
    if (edge === undefined) break;
    path.push(edge);
    node = edge.to;
  }
  return path;
}

/** Without those that another one begins with, shortest first. */
function dropBeginnings(paths: Edge[][]): Edge[][] {
  const numbers = new Map<Edge, number>();
  const numberOf = (edge: Edge): number => {
    const known = numbers.get(edge) ?? numbers.size;
    numbers.set(edge, known);
    return known;
  };
  const beginnings = new Set<string>();
  const kept: Edge[][] = [];
  for (const path of [...paths].sort((a, b) => b.length - a.length)) {
    let key = "";
    const keys = [key, ...path.map((edge) => (key += `${numberOf(edge)},`))];
    if (beginnings.has(key)) continue;
    kept.push(path);
    for (const each of keys) beginnings.add(each);
  }
  return kept.reverse().sort((a, b) => a.length - b.length);
}
