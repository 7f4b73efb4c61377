/** What is wrong, or may be, with a machine that was explored: one sentence each, with the place. */

import { sanitizeLine } from "../../terminal-text/index.ts";
import type { Examples } from "./examples.ts";
import type { Graph } from "./explore.ts";
import {
  isRaisedByItself,
  isWildcard,
  nameEvent,
  nameTransition,
  pathOf,
  standsFor,
  type TransitionFacts,
} from "./list-transitions.ts";
import { describeValue } from "./state-key.ts";

/** `throws` and `unreachable` and `untaken` are of the machine; `missing`, `unknown` of the examples; `cut` of the bounds. */
export interface PathProblem {
  kind: "throws" | "unreachable" | "untaken" | "missing" | "unknown" | "cut";
  /** A state or transition, or the event concerned; empty for the machine's start or as a whole. */
  where: string;
  message: string;
}

interface Findings {
  states: { unreachable: string[] };
  transitions: readonly (TransitionFacts & { reachable: boolean; why: string | null })[];
}

/** Lists them, the worst first. */
export function listProblems(
  { states, transitions }: Findings,
  graph: Graph,
  { examples, maxStates }: { examples: Examples; maxStates: number },
): PathProblem[] {
  const problems: PathProblem[] = graph.thrown.map(({ state, event, message }) => ({
    kind: "throws",
    where: event === "" ? state : `${state}: ${event}`,
    message:
      state === ""
        ? `the machine throws when it starts: ${sanitizeLine(message)}`
        : `in state ${state}${event === "" ? "" : `, on ${nameEvent(event)}`}: ${sanitizeLine(message)}`,
  }));
  for (const state of states.unreachable) {
    problems.push({ kind: "unreachable", where: state, message: `state ${state} is never reached` });
  }
  // A state that is never reached has said it for all that leaves it.
  const isSaid = ({ source }: TransitionFacts): boolean => states.unreachable.includes(source);
  for (const transition of transitions.filter((each) => !each.reachable && !isSaid(each))) {
    const message = `${nameTransition(transition)} is never taken: ${transition.why}`;
    problems.push({ kind: "untaken", where: transition.id, message });
  }
  for (const { event, reads } of graph.missing) {
    const fields = reads.includes("(all)") ? "its whole payload" : reads.join(", ");
    const message = `no example for the payload of ${event}; the machine reads ${fields}`;
    problems.push({ kind: "missing", where: event, message });
  }
  const known = [...graph.parts.descriptors];
  for (const type of Object.keys(examples)) {
    if (known.some((descriptor) => standsFor(descriptor, type))) continue;
    problems.push({ kind: "unknown", where: type, message: `there is an example for ${type}, which no state handles` });
  }
  for (const [why, count] of Object.entries(graph.stops)) {
    problems.push({ kind: "cut", where: why, message: explainCut(why, count, maxStates, graph) });
  }
  return problems;
}

/** Why it may be that nothing takes a transition. */
export function whyNotTaken(facts: TransitionFacts, graph: Graph, reached: ReadonlySet<string>): string {
  const { source, event, guard, candidate } = facts;
  if (source !== "" && !reached.has(source)) return "its state is never reached";
  const name = event === "" ? "" : nameEvent(event);
  if (isWildcard(event)) return "there is no example of an event that it stands for";
  const where = explainUntried(facts, graph);
  if (where !== null) return where;
  const missing = graph.missing.find((each) => each.event === event);
  if (missing !== undefined) return `${name} was tried without its payload (${missing.reads.join(", ")})`;
  if (event !== "" && graph.thrown.some((each) => each.event === event)) return `${name} throws`;
  const cut = Object.keys(graph.stops).length > 0 ? ", as far as was explored" : "";
  if (guard !== null) return `its guard ${guard} never held${candidate > 0 ? " where it was asked" : ""}${cut}`;
  if (isRaisedByItself(event)) return `what it waits for never ended${cut}`;
  if (candidate > 0) return `a candidate before it always held${cut}`;
  return `another transition always came first, or no example was given${cut}`;
}

/** Why no event was tried in a transition's state; null when some were, or when it waits for none. */
function explainUntried({ source, kind }: TransitionFacts, { nodes, expanded }: Graph): string | null {
  if (kind === "always" || kind === "done") return null;
  const there = nodes.filter(({ snapshot }) => snapshot._nodes.some((state) => pathOf(state) === source));
  if (there.length === 0) return "its state is only passed through";
  return there.some((node) => expanded.has(node)) ? null : "its state is only reached where exploring ended";
}

function explainCut(why: string, count: number, maxStates: number, graph: Graph): string {
  const states = count === 1 ? "1 state" : `${count} states`;
  if (why === "stopWhen") return `${states} not explored further: stopWhen held`;
  if (why !== "maxStates") return `${states} not explored further: beyond the bound of ${why}`;
  const growing = listGrowing(graph);
  const advice = growing.length === 0 ? "" : `; a bound may help: ${growing.map((path) => `${path}=3`).join(", ")}`;
  return `${states} not explored: more than ${maxStates} were found${advice}`;
}

/** Numbers and lists in the context that take many values: what a bound would be of use for. */
function listGrowing({ nodes }: Graph): string[] {
  const values = new Map<string, Set<string>>();
  const note = (value: unknown, path: string): void => {
    if (typeof value === "number" || Array.isArray(value)) {
      const known = values.get(path) ?? new Set();
      values.set(path, known.add(Array.isArray(value) ? String(value.length) : describeValue(value)));
    } else if (typeof value === "object" && value !== null && path.split(".").length < 4) {
      for (const [key, member] of Object.entries(value)) note(member, path === "" ? key : `${path}.${key}`);
    }
  };
  for (const { snapshot } of nodes) note(snapshot.context, "");
  const many = [...values].filter(([, seen]) => seen.size > 8).sort((a, b) => b[1].size - a[1].size);
  return many.slice(0, 3).map(([path]) => path);
}
