/**
 * Paths through a machine, and what can be said of it on the way: the states and transitions that are reached, those that
 * are not and why that may be, payloads that are missing, and what throws. A plain report; nothing is wrong enough with
 * the machine under test to throw here.
 */
import type { AnyMachineSnapshot, AnyStateMachine, EventObject } from "xstate";
import { checkArgument } from "../../arguments/check-arguments.ts";
import { sanitizeLine } from "../../terminal-text/index.ts";
import { type Coverage, checkCoverage, choosePaths } from "./choose-paths.ts";
import type { Examples } from "./examples.ts";
import { type Edge, type Effect, exploreMachine, type Graph } from "./explore.ts";
import { listProblems, type PathProblem, whyNotTaken } from "./find-problems.ts";
import { nameEvent, nameTransition, type TransitionFacts } from "./list-transitions.ts";
import { purifyMachine } from "./purify-machine.ts";

export interface PathsOptions {
  /** The machine's input; `at` (ms) is added, as the runtime does. */
  input?: unknown;
  /** Example payloads by event type; an event without one is tried with none. */
  events?: Examples;
  /** Default: `transitions`. */
  coverage?: Coverage;
  /** Of the walks of `random:N`. Default 1. */
  seed?: number;
  /** Steps of a random walk at most. Default 20. */
  maxSteps?: number;
  /** Largest number, or length, at a dotted path of the context; a state beyond it is not explored further. */
  bounds?: Readonly<Record<string, number>>;
  /** A state for which this is true is not explored further. */
  stopWhen?: (snapshot: AnyMachineSnapshot) => boolean;
  /** States (with their contexts) that are explored at most. Default 2,000. */
  maxStates?: number;
}

export interface PathStep {
  event: EventObject;
  /** The state's value after it. */
  state: unknown;
  /** What the machine asked for. */
  effects: Effect[];
}

export interface MachinePath {
  /** Made of its steps; unique in its report. */
  name: string;
  /** Where it begins: the state's value and the effects of the start. */
  start: Omit<PathStep, "event">;
  steps: PathStep[];
}

export interface ReportedTransition extends TransitionFacts {
  name: string;
  /** Whether an event that was tried takes it somewhere. */
  reachable: boolean;
  /** Whether one of the paths takes it. */
  covered: boolean;
  /** Why it may be that nothing takes it; null when it is reachable. */
  why: string | null;
}

export interface PathsReport {
  /** The machine's id. */
  machine: string;
  coverage: Coverage;
  states: { reachable: string[]; unreachable: string[] };
  transitions: ReportedTransition[];
  paths: MachinePath[];
  problems: PathProblem[];
  /** What was replaced for generating paths, and what else is good to know. */
  notes: string[];
  /** States (with their contexts) that were explored. */
  explored: number;
}

const MAX_STATES = 2_000;
const MAX_STEPS = 20;
const MAX_NAME_CHARS = 300;
const MAX_PAYLOAD_CHARS = 40;

/** Explores a machine and chooses paths. Throws `paths.badCoverage`, and nothing for what is wrong with the machine. */
export function pathsOf(machine: AnyStateMachine, options: PathsOptions = {}): PathsReport {
  return explorePaths(machine, options).report;
}

/** The report with the graph that it is made of, and the paths as edges in the same order. */
export function explorePaths(
  given: AnyStateMachine,
  options: PathsOptions = {},
): { report: PathsReport; graph: Graph; edges: Edge[][]; machine: AnyStateMachine } {
  checkArgument("what is told of the paths", options, "object", "give PathsOptions: { events, coverage, … }");
  const coverage = checkCoverage(options.coverage ?? "transitions");
  const { machine, notes } = purifyMachine(given);
  const { input, events = {}, bounds = {}, stopWhen, maxStates = MAX_STATES } = options;
  const graph = exploreMachine(machine, { input, events, bounds, maxStates, ...(stopWhen ? { stopWhen } : {}) });
  const { paths: edges, gaveUp } = choosePaths(graph, coverage, options.seed ?? 1, options.maxSteps ?? MAX_STEPS);
  const reached = new Set(listEdges(graph).flatMap(({ passed }) => passed));
  const { states } = graph.parts;
  const transitions = reportTransitions(graph, edges, reached);
  const report: PathsReport = {
    machine: given.id,
    coverage,
    states: {
      reachable: states.filter((state) => reached.has(state)),
      unreachable: states.filter((state) => !reached.has(state)),
    },
    transitions,
    paths: namePaths(graph, edges),
    problems: [],
    notes: gaveUp === null ? notes : [...notes, gaveUp],
    explored: graph.nodes.length,
  };
  report.problems = listProblems(report, graph, { examples: events, maxStates });
  return { report, graph, edges, machine };
}

function listEdges({ start, leaving }: Graph): Edge[] {
  return start === null ? [] : [start, ...[...leaving.values()].flat()];
}

function reportTransitions(graph: Graph, paths: Edge[][], reached: ReadonlySet<string>): ReportedTransition[] {
  const reachable = new Set(listEdges(graph).flatMap(({ taken }) => taken));
  const walked = graph.start === null ? [] : [graph.start, ...paths.flat()];
  const covered = new Set(walked.flatMap(({ taken }) => taken));
  return graph.parts.transitions.map((facts) => {
    const isReachable = reachable.has(facts.id);
    return {
      ...facts,
      name: nameTransition(facts),
      reachable: isReachable,
      covered: covered.has(facts.id),
      why: isReachable ? null : whyNotTaken(facts, graph, reached),
    };
  });
}

function namePaths({ start, leaving }: Graph, paths: Edge[][]): MachinePath[] {
  if (start === null) return [];
  const variants = new Map<string, Set<string>>();
  for (const { event } of [...leaving.values()].flat()) {
    const known = variants.get(event.type) ?? new Set<string>();
    variants.set(event.type, known.add(JSON.stringify(event)));
  }
  const used = new Map<string, number>();
  return paths.map((path) => {
    const name = namePath(
      path.map(({ event }) => event),
      (type) => (variants.get(type)?.size ?? 0) > 1,
    );
    const count = (used.get(name) ?? 0) + 1;
    used.set(name, count);
    return {
      name: count === 1 ? name : `${name} (${count})`,
      start: { state: start.to.snapshot.value, effects: start.effects },
      steps: path.map(({ event, to, effects }) => ({ event, state: to.snapshot.value, effects })),
    };
  });
}

/** The steps of a path in one line; payloads are told where an event has several. */
export function namePath(events: readonly EventObject[], hasVariants: (type: string) => boolean): string {
  if (events.length === 0) return "starts";
  return sanitizeLine(events.map((event) => nameStep(event, hasVariants(event.type))).join(" → "), MAX_NAME_CHARS);
}

function nameStep({ type, ...payload }: EventObject, isTold: boolean): string {
  const fields = isTold ? Object.entries(payload) : [];
  if (fields.length === 0) return nameEvent(type);
  const told = fields.map(([key, value]) => `${key}: ${JSON.stringify(value) ?? "none"}`).join(", ");
  return `${nameEvent(type)} (${sanitizeLine(told, MAX_PAYLOAD_CHARS)})`;
}
