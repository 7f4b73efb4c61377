/**
 * The graph of a machine: everything it can reach by the events that are tried, found by @xstate/graph over the driver
 * that also runs it live, so that a path is what the runtime would do. What throws is a finding here, not an error.
 */
import { getAdjacencyMap, getShortestPaths, getSimplePaths } from "@xstate/graph";
import type { AnyMachineSnapshot, AnyStateMachine, EventObject } from "xstate";
import { messageOf } from "../../errors.ts";
import { EventSource, type Examples, type MissingPayload } from "./examples.ts";
import { listParts, type MachineParts } from "./list-transitions.ts";
import { createTracer, type TracedStep, type Tracer } from "./microsteps.ts";
import { describeValue, jsonCopy } from "./state-key.ts";

/** When a machine under test starts, ms since the Unix epoch: what the fake clock shows at first. */
export const START_AT = 1_000_000;

export interface Effect {
  name: string;
  params: unknown;
}

/** A state of the machine with its context, at a time. */
export interface Node {
  key: string;
  snapshot: AnyMachineSnapshot;
  /** Milliseconds since the Unix epoch. */
  at: number;
}

/** One step from node to node that takes at least one transition; the start has no `from` and no event. */
export interface Edge {
  from: Node | null;
  to: Node;
  event: EventObject;
  effects: Effect[];
  taken: string[];
  passed: string[];
}

/** Something that a machine threw, or that the driver refused. */
export interface Thrown {
  /** JSON-like text of the state; empty for the start. */
  state: string;
  event: string;
  message: string;
}

export interface ExploreOptions {
  input?: unknown;
  events: Examples;
  /** Largest number (or length) allowed at a dotted path of the context; a state beyond it is not explored further. */
  bounds: Readonly<Record<string, number>>;
  /** A state for which this is true is not explored further. */
  stopWhen?: (snapshot: AnyMachineSnapshot) => boolean;
  /** States (with their contexts) that are explored at most. */
  maxStates: number;
}

export interface Graph {
  parts: MachineParts;
  start: Edge | null;
  /** In the order found, nearest first. */
  nodes: Node[];
  /** Edges that leave a node, in the order of its events. */
  leaving: ReadonlyMap<Node, readonly Edge[]>;
  shortest: ReadonlyMap<Node, readonly Edge[]>;
  /** Types of events of which several payloads were given in a list: each of them is to be seen to do what it does. */
  listed: ReadonlySet<string>;
  /** Every event that was tried in a node, also one that took no transition: that leads to the node itself. */
  triedIn(node: Node): { event: EventObject; to: Node }[];
  /** The nodes whose events were tried; exploring ended at the others. */
  expanded: ReadonlySet<Node>;
  thrown: Thrown[];
  missing: MissingPayload[];
  /** States at which exploring stopped, by reason: a bound's path, `stopWhen` or `maxStates`. */
  stops: Record<string, number>;
  /** Every path without a repeated state; null when there are more than can be listed. */
  listSimple(): Edge[][] | null;
}

/** Visits of edges after which simple paths are given up. */
const MAX_SIMPLE_VISITS = 200_000;
class TooMany extends Error {}

interface LibraryPath {
  steps: { event: EventObject }[];
}
/** The library's functions, as they are called here: over nodes of ours instead of snapshots. */
type Find<Result> = (logic: object, options: object) => Result;

/** Explores a machine that is pure (see purify-machine.ts). Never throws for what the machine does. */
export function exploreMachine(machine: AnyStateMachine, options: ExploreOptions): Graph {
  const explorer = new Explorer(machine, options);
  return explorer.explore();
}

class Explorer {
  readonly #options: ExploreOptions;
  readonly #source: EventSource;
  readonly #parts: MachineParts;
  readonly #tracer: Tracer;
  readonly #nodes = new Map<string, Node>();
  readonly #edges = new Map<Node, Map<string, Edge | null>>();
  readonly #tried = new Map<Node, EventObject[]>();
  readonly #expanded = new Set<Node>();
  readonly #thrown: Thrown[] = [];
  readonly #stopped = new Map<Node, string>();

  constructor(machine: AnyStateMachine, options: ExploreOptions) {
    this.#options = options;
    this.#source = new EventSource(options.events);
    this.#parts = listParts(machine, this.#source.types);
    this.#tracer = createTracer(machine, this.#parts);
  }

  explore(): Graph {
    const start = this.#begin();
    if (start === null) return this.#graph(null, new Map());
    const traversal = this.#traversal(start.to);
    (getAdjacencyMap as unknown as Find<object>)(this.#logic(), traversal);
    const found = (getShortestPaths as unknown as Find<LibraryPath[]>)(this.#logic(), traversal);
    const shortest = new Map<Node, Edge[]>();
    for (const path of found) {
      const edges = this.#follow(start, path);
      shortest.set(edges.at(-1)?.to ?? start.to, edges);
    }
    return this.#graph(start, shortest);
  }

  #graph(start: Edge | null, shortest: Map<Node, Edge[]>): Graph {
    const leaving = new Map<Node, Edge[]>();
    for (const node of shortest.keys()) {
      leaving.set(
        node,
        [...(this.#edges.get(node)?.values() ?? [])].filter((edge) => edge !== null),
      );
    }
    const stops: Record<string, number> = {};
    for (const why of this.#stopped.values()) stops[why] = (stops[why] ?? 0) + 1;
    return {
      parts: this.#parts,
      start,
      nodes: [...shortest.keys()],
      leaving,
      shortest,
      listed: this.#source.listed,
      triedIn: (node) =>
        (this.#tried.get(node) ?? []).map((event) => ({ event, to: this.#edgeOf(node, event)?.to ?? node })),
      expanded: this.#expanded,
      thrown: this.#thrown,
      missing: this.#source.listMissing(),
      stops,
      listSimple: () => (start === null ? [] : this.#listSimple(start)),
    };
  }

  #listSimple(start: Edge): Edge[][] | null {
    let visits = 0;
    const traversal = this.#traversal(start.to, () => {
      if (++visits > MAX_SIMPLE_VISITS) throw new TooMany();
    });
    try {
      const found = (getSimplePaths as unknown as Find<LibraryPath[]>)(this.#logic(), traversal);
      return found.map((path) => this.#follow(start, path));
    } catch (thrown) {
      if (thrown instanceof TooMany) return null;
      throw thrown;
    }
  }

  #begin(): Edge | null {
    const { input } = this.#options;
    try {
      const given = jsonCopy(input) as object | undefined;
      const step = this.#tracer.start({ ...given, at: START_AT });
      return this.#toEdge(null, { type: "xstate.init" }, START_AT, step);
    } catch (thrown) {
      this.#thrown.push({ state: "", event: "", message: messageOf(thrown) });
      return null;
    }
  }

  #logic(): object {
    return {
      transition: (node: Node, event: EventObject) => this.#edgeOf(node, event)?.to ?? node,
      getInitialSnapshot: () => undefined,
    };
  }

  #traversal(fromState: Node, visit: () => void = () => {}): object {
    return {
      fromState,
      events: (node: Node) => this.#eventsOf(node),
      stopWhen: (node: Node) => this.#isStop(node),
      serializeState: ({ key }: Node) => {
        visit();
        return key;
      },
      serializeEvent: describeValue,
      limit: Number.POSITIVE_INFINITY,
    };
  }

  #isStop(node: Node): boolean {
    if (this.#expanded.has(node)) return false;
    if (this.#stopped.has(node)) return true;
    const why = this.#whyStop(node);
    if (why === null) this.#expanded.add(node);
    else if (why !== "") this.#stopped.set(node, why);
    return why !== null;
  }

  /** Null to go on, a reason to stop, empty at the machine's own end. */
  #whyStop({ snapshot }: Node): string | null {
    if (snapshot.status !== "active") return "";
    for (const [path, most] of Object.entries(this.#options.bounds)) {
      if (sizeAt(snapshot.context, path) > most) return path;
    }
    if (this.#options.stopWhen?.(snapshot)) return "stopWhen";
    return this.#expanded.size >= this.#options.maxStates ? "maxStates" : null;
  }

  #eventsOf(node: Node): EventObject[] {
    try {
      return this.#source.eventsFor(node.snapshot);
    } catch (thrown) {
      const state = describeValue(node.snapshot.value);
      this.#noteThrown({ state, event: "", message: `an example's function threw: ${messageOf(thrown)}` });
      return [];
    }
  }

  #edgeOf(node: Node, event: EventObject): Edge | null {
    const known = this.#edges.get(node) ?? new Map<string, Edge | null>();
    this.#edges.set(node, known);
    const key = describeValue(event);
    let edge = known.get(key);
    if (edge === undefined) {
      const thrown = this.#thrown.length;
      edge = this.#try(node, event);
      known.set(key, edge);
      // An event that throws leads nowhere: it is a finding of its own.
      if (this.#thrown.length === thrown) this.#noteTried(node, event);
    }
    return edge;
  }

  #noteTried(node: Node, event: EventObject): void {
    const tried = this.#tried.get(node);
    if (tried === undefined) this.#tried.set(node, [event]);
    else tried.push(event);
  }

  #try(node: Node, event: EventObject): Edge | null {
    const { at: wanted } = event as { at?: unknown };
    const at = Math.max(node.at, typeof wanted === "number" ? wanted : 0);
    try {
      const step = this.#tracer.step(node.snapshot, this.#source.present(event, at));
      return step.taken.length === 0 ? null : this.#toEdge(node, event, at, step);
    } catch (thrown) {
      const state = describeValue(node.snapshot.value);
      this.#noteThrown({ state, event: event.type, message: messageOf(thrown) });
      return null;
    }
  }

  /** Once for a state value and event, whatever the context. */
  #noteThrown(thrown: Thrown): void {
    const isKnown = this.#thrown.some(
      ({ state, event, message }) => state === thrown.state && event === thrown.event && message === thrown.message,
    );
    if (!isKnown) this.#thrown.push(thrown);
  }

  #toEdge(from: Node | null, event: EventObject, at: number, { snapshot, effects, taken, passed }: TracedStep): Edge {
    const copies = effects.map(({ name, params }) => ({ name, params: jsonCopy(params) }));
    return { from, to: this.#intern(snapshot, at), event, effects: copies, taken, passed };
  }

  #intern(snapshot: AnyMachineSnapshot, at: number): Node {
    const { value, context, status, output, historyValue } = snapshot;
    const history = Object.entries((historyValue ?? {}) as Record<string, { id: string }[]>).map(([id, nodes]) => [
      id,
      nodes.map((each) => each.id),
    ]);
    const key = describeValue([value, context, status, output, history, at]);
    const node = this.#nodes.get(key) ?? { key, snapshot, at };
    this.#nodes.set(key, node);
    return node;
  }

  /** The library's path as edges; it begins each with the event of the start itself. */
  #follow(start: Edge, path: LibraryPath): Edge[] {
    const edges: Edge[] = [];
    let node = start.to;
    for (const { event } of path.steps.slice(1)) {
      const edge = this.#edgeOf(node, event) as Edge;
      edges.push(edge);
      node = edge.to;
    }
    return edges;
  }
}

/** A number, or the length of a list or text, at a dotted path of the context; 0 when there is none. */
function sizeAt(context: unknown, path: string): number {
  let value: unknown = context;
  for (const key of path.split(".")) {
    if (typeof value !== "object" || value === null || !Object.hasOwn(value, key)) return 0;
    value = (value as Record<string, unknown>)[key];
  }
  if (typeof value === "number") return value;
  return Array.isArray(value) || typeof value === "string" ? value.length : 0;
}
