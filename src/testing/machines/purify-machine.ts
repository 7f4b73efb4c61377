/**
 * Machines of other people, for generating paths only. The library that finds paths refuses `invoke` and `after`, and the
 * driver refuses actions that reach outside a step: here an invoked actor becomes the events of its outcome, a delay the
 * event of its timer, and such an action a named effect. XState's own event types are kept, so that guards and actions see
 * what they would see. A machine that needs none of it is only copied.
 */

import type { AnyStateMachine, AnyStateNode } from "xstate";
import { checkIsMachine } from "../../actors/runtime/check-machine.ts";

export interface PurifiedMachine {
  machine: AnyStateMachine;
  /** What was replaced by what, a sentence each. */
  notes: string[];
}

/** Loops of `always` and `raise` end with an error after so many microsteps, rather than never. */
const MAX_MICROSTEPS = 1_000;

const IMPURE_ACTION = /^xstate\.(sendTo|spawnChild|stopChild|emit|log|cancel|sendParent|forwardTo)/;

type Config = Record<string, unknown>;

/** The same machine without what paths cannot be made of; the one that is given is left as it is. */
export function purifyMachine(machine: AnyStateMachine): PurifiedMachine {
  checkIsMachine(machine);
  const notes: string[] = [];
  const { actions } = machine.implementations;
  const named = Object.entries(actions).map(([name, action]) => [name, purifyAction(action, `action ${name}`, notes)]);
  const config = purifyNode(machine.root, machine.config as Config, notes);
  const options = { maxIterations: MAX_MICROSTEPS, ...(config.options as object | undefined) };
  // Its own constructor: the copy of XState that made the machine may be another one than ours.
  const Constructor = machine.constructor as new (config: object, implementations: object) => AnyStateMachine;
  const purified = new Constructor(
    { ...config, options },
    // An action by name may not be another name: without an implementation it is an effect.
    { ...machine.implementations, actions: Object.fromEntries(named.filter(([, action]) => !isNamed(action))) },
  );
  return { machine: purified, notes };
}

const isNamed = (action: unknown): boolean => typeof action === "object" && action !== null;

function purifyNode(node: AnyStateNode, config: Config, notes: string[]): Config {
  const where = node.path.length === 0 ? "the root state" : `state ${node.path.join(".")}`;
  const { invoke: _invoke, after: _after, ...rest } = config;
  const purified: Config = { ...rest };
  const transitions = (value: unknown): unknown => purifyTransitions(value, where, notes);
  for (const key of ["entry", "exit"]) if (config[key]) purified[key] = purifyActions(config[key], where, notes);
  for (const key of ["always", "onDone"]) if (config[key]) purified[key] = transitions(config[key]);
  if (typeof config.initial === "object") purified.initial = transitions(config.initial);
  const on: Config = {};
  for (const [type, value] of Object.entries((config.on as Config | undefined) ?? {})) on[type] = transitions(value);
  replaceInvokes(node, where, notes, (type, value) => {
    on[type] = transitions(value);
  });
  for (const [delay, value] of Object.entries((config.after as Config | undefined) ?? {})) {
    const type = `xstate.after.${delay}.${node.id}`;
    on[type] = transitions(value);
    notes.push(`${where}: the delay ${delay} (after) is the event ${type}`);
  }
  if (Object.keys(on).length > 0) purified.on = on;
  if (config.states) {
    purified.states = Object.fromEntries(
      Object.entries(config.states as Record<string, Config>).map(([key, child]) => [
        key,
        purifyNode(node.states[key] as AnyStateNode, child, notes),
      ]),
    );
  }
  return purified;
}

function replaceInvokes(
  node: AnyStateNode,
  where: string,
  notes: string[],
  add: (type: string, transitions: unknown) => void,
): void {
  for (const invoked of node.invoke) {
    const { id } = invoked;
    const source = typeof invoked.src === "string" && !invoked.src.startsWith("xstate.invoke.") ? invoked.src : id;
    const outcomes = (
      [
        ["xstate.done.actor", invoked.onDone],
        ["xstate.error.actor", invoked.onError],
        ["xstate.snapshot", (invoked as { onSnapshot?: unknown }).onSnapshot],
      ] as [string, unknown][]
    ).filter(([, value]) => value !== undefined);
    for (const [prefix, value] of outcomes) add(`${prefix}.${id}`, value);
    const types = outcomes.map(([prefix]) => `${prefix}.${id}`).join(" or ");
    notes.push(
      types === ""
        ? `${where}: the invoked actor ${source} is left out, nothing waits for its outcome`
        : `${where}: the invoked actor ${source} is its outcome, the event ${types}`,
    );
    if (invoked.onError === undefined) {
      notes.push(`${where}: nothing handles a failure of ${source} (onError); it would end the machine with an error`);
    }
  }
}

/** A target, a transition, or a list of these. */
function purifyTransitions(value: unknown, where: string, notes: string[]): unknown {
  if (Array.isArray(value)) return value.map((each) => purifyTransitions(each, where, notes));
  if (typeof value !== "object" || value === null || !("actions" in value)) return value;
  return { ...value, actions: purifyActions(value.actions, where, notes) };
}

function purifyActions(value: unknown, where: string, notes: string[]): unknown {
  return Array.isArray(value)
    ? value.map((action) => purifyAction(action, where, notes))
    : purifyAction(value, where, notes);
}

/** An action of XState that reaches outside a step, as the effect of that name. */
function purifyAction(action: unknown, where: string, notes: string[]): unknown {
  const type = typeof action === "function" && "type" in action ? String(action.type) : "";
  const isDelayed = type === "xstate.raise" && (action as { delay?: unknown }).delay !== undefined;
  if (!IMPURE_ACTION.test(type) && !isDelayed) return action;
  const name = type.slice("xstate.".length);
  notes.push(`${where}: ${isDelayed ? "a delayed raise" : name} is the effect ${name}, and reaches nobody`);
  return { type: name };
}
