/**
 * What a machine's config offers: every state, and every candidate of every transition, by name. A handler with a
 * wildcard counts once for each event type that it stands for.
 */
import type { AnyStateMachine, AnyStateNode } from "xstate";
import type { TakenTransition } from "../../actors/runtime/step.ts";
import { describeValue } from "./state-key.ts";

/** How a transition is set off; `outcome` and `timer` stand for what was `invoke` and `after`. */
export type TransitionKind = "event" | "always" | "done" | "outcome" | "timer";

/** One candidate of one event in one state. */
export interface TransitionFacts {
  /** Unique in its machine. */
  id: string;
  /** Dotted path of the state; empty for the root. */
  source: string;
  /** The event's type; empty for `always`. */
  event: string;
  kind: TransitionKind;
  /** Place among the candidates for this event in this state, from 0. */
  candidate: number;
  /** Dotted paths of the states that it leads to; empty for one that stays. */
  targets: string[];
  /** Name of its guard, `(inline)` for one without a name, null for none. */
  guard: string | null;
}

export interface MachineParts {
  /** Dotted paths of all states that can be entered, in the order of the config; without root and history states. */
  states: string[];
  transitions: TransitionFacts[];
  /** What the states handle or forbid: event types, and wildcards as they stand. */
  descriptors: ReadonlySet<string>;
  /** The id of a transition that was taken for an event; undefined for one that does nothing. */
  idOf(transition: TakenTransition, type: string): string | undefined;
}

/** The dotted path of a state; empty for the root. */
export const pathOf = (node: { path: readonly string[] }): string => node.path.join(".");

/** Whether a state's descriptor (`*`, `mouse.*`, or a type) stands for an event type. */
export function standsFor(descriptor: string, type: string): boolean {
  if (descriptor === type || descriptor === "*") return true;
  return descriptor.endsWith(".*") && (type.startsWith(descriptor.slice(0, -1)) || type === descriptor.slice(0, -2));
}

export const isWildcard = (descriptor: string): boolean => descriptor === "*" || descriptor.endsWith(".*");

/** Whether XState raises an event of this type by itself. */
export const isRaisedByItself = (type: string): boolean => type.startsWith("xstate.done.state.");

/** Lists what is in a machine; `types` are the event types that wildcards may stand for. */
export function listParts(machine: AnyStateMachine, types: readonly string[]): MachineParts {
  const states: string[] = [];
  const transitions: TransitionFacts[] = [];
  const descriptors = new Set<string>();
  const ids = new Map<TakenTransition, Map<string, string>>();
  const add = (transition: TakenTransition, event: string, candidate: number): void => {
    // XState counts a forbidden event (`on: { X: undefined }`) as a transition that does nothing.
    if (transition.target === undefined && transition.actions.length === 0 && !transition.reenter) return;
    const source = pathOf(transition.source);
    const id = `${source}|${event}|${transition.eventType}|${candidate}`;
    const known = ids.get(transition) ?? new Map<string, string>();
    ids.set(transition, known.set(event, id));
    const targets = (transition.target ?? []).map(pathOf);
    transitions.push({
      id,
      source,
      event,
      kind: kindOf(event),
      candidate,
      targets,
      guard: nameGuard(transition.guard),
    });
  };
  const visit = (node: AnyStateNode): void => {
    if (node.parent !== undefined && node.type !== "history") states.push(pathOf(node));
    for (const [candidate, transition] of (node.always ?? []).entries()) add(transition, "", candidate);
    for (const [descriptor, candidates] of node.transitions) {
      descriptors.add(descriptor);
      const events = eventsOf(node, descriptor, types);
      for (const [candidate, transition] of candidates.entries()) {
        for (const event of events) add(transition, event, candidate);
      }
    }
    for (const child of Object.values(node.states)) visit(child);
  };
  visit(machine.root);
  return { states, transitions, descriptors, idOf: (transition, type) => idOf(ids.get(transition), type) };
}

/** The event types that a descriptor of this state stands for: not those which a candidate of their own always takes. */
function eventsOf(node: AnyStateNode, descriptor: string, types: readonly string[]): string[] {
  if (!isWildcard(descriptor)) return [descriptor];
  const isTaken = (type: string): boolean =>
    (node.transitions.get(type) ?? []).some(({ guard }) => guard === undefined);
  const meant = types.filter((type) => standsFor(descriptor, type) && !isTaken(type));
  return meant.length > 0 ? meant : [descriptor];
}

function idOf(known: Map<string, string> | undefined, type: string): string | undefined {
  return (
    known?.get(type) ?? known?.get("") ?? known?.get([...known.keys()].find((key) => standsFor(key, type)) ?? type)
  );
}

/** A transition as a person reads it: `idle: FETCH [isReady] → loading`. */
export function nameTransition({ source, event, kind, candidate, targets, guard }: TransitionFacts): string {
  const what = kind === "always" ? "always" : nameEvent(event);
  const place = candidate === 0 ? "" : ` (${candidate + 1}.)`;
  const held = guard === null ? "" : ` [${guard}]`;
  const to = targets.length === 0 ? "stays" : targets.map((target) => target || "the root").join(", ");
  return `${source || "the root"}: ${what}${place}${held} → ${to}`;
}

/** An event type as a person reads it: what XState calls its own events is put in words. */
export function nameEvent(type: string): string {
  const own = /^xstate\.(done\.actor|error\.actor|snapshot|done\.state|after)\.(.*)$/s.exec(type);
  if (own === null) return type;
  const [, kind = "", rest = ""] = own;
  if (kind === "after") return `after ${rest.split(".")[0]}`;
  if (kind === "snapshot") return `${rest} emits`;
  return `${rest} ${kind === "error.actor" ? "fails" : "is done"}`;
}

function kindOf(event: string): TransitionKind {
  if (event === "") return "always";
  if (event.startsWith("xstate.done.state.")) return "done";
  if (event.startsWith("xstate.after.")) return "timer";
  return /^xstate\.((done|error)\.actor|snapshot)\./.test(event) ? "outcome" : "event";
}

/** The name of a guard, those of XState (`and`, `not`, …) with what they are made of. */
function nameGuard(guard: unknown): string | null {
  if (guard === undefined || guard === null) return null;
  if (typeof guard === "string") return guard;
  const { type, guards, stateValue, name, check } = guard as Record<string, unknown>;
  if (check !== undefined) {
    const parts = Array.isArray(guards) ? guards.map(nameGuard) : [describeValue(stateValue)];
    return `${name}(${parts.join(", ")})`;
  }
  if (typeof type === "string") return type;
  return typeof name === "string" && name !== "" && name !== "guard" ? name : "(inline)";
}
