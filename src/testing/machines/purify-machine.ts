/**
 * Machines of other people, for generating paths only. The library that finds paths refuses `invoke` and `after`, and the
 * driver refuses actions that reach outside a step: here an invoked actor becomes the events of its outcome, a delay the
 * event of its timer, and such an action a named effect. XState's own event types are kept, so that guards and actions see
 * what they would see. A machine that needs none of it is only copied.
 */
import type { AnyStateMachine, AnyStateNode } from "xstate";

export interface TreatedMachine {
  machine: AnyStateMachine;
  /** What was replaced by what, a sentence each. */
  notes: string[];
}

/** Loops of `always` and `raise` end with an error after so many microsteps, rather than never. */
const MOST_MICROSTEPS = 1_000;

const REACHING_OUT = /^xstate\.(sendTo|spawnChild|stopChild|emit|log|cancel|sendParent|forwardTo)/;

type Config = Record<string, unknown>;

/** The same machine without what paths cannot be made of; the one that is given is left as it is. */
export function treatMachine(machine: AnyStateMachine): TreatedMachine {
  const notes: string[] = [];
  const { actions } = machine.implementations;
  const named = Object.entries(actions).map(([name, action]) => [name, treatAction(action, `action ${name}`, notes)]);
  const config = treatNode(machine.root, machine.config as Config, notes);
  const options = { maxIterations: MOST_MICROSTEPS, ...(config.options as object | undefined) };
  // Its own constructor: the copy of XState that made the machine may be another one than ours.
  const Constructor = machine.constructor as new (config: object, implementations: object) => AnyStateMachine;
  const treated = new Constructor(
    { ...config, options },
    // An action by name may not be another name: without an implementation it is an effect.
    { ...machine.implementations, actions: Object.fromEntries(named.filter(([, action]) => !isNamed(action))) },
  );
  return { machine: treated, notes };
}

const isNamed = (action: unknown): boolean => typeof action === "object" && action !== null;

function treatNode(node: AnyStateNode, config: Config, notes: string[]): Config {
  const where = node.path.length === 0 ? "the root state" : `state ${node.path.join(".")}`;
  const { invoke: _invoke, after: _after, ...rest } = config;
  const treated: Config = { ...rest };
  const transitions = (value: unknown): unknown => treatTransitions(value, where, notes);
  for (const key of ["entry", "exit"]) if (config[key]) treated[key] = treatActions(config[key], where, notes);
  for (const key of ["always", "onDone"]) if (config[key]) treated[key] = transitions(config[key]);
  if (typeof config.initial === "object") treated.initial = transitions(config.initial);
  const on: Config = {};
  for (const [type, value] of Object.entries((config.on as Config | undefined) ?? {})) on[type] = transitions(value);
  treatInvokes(node, where, notes, (type, value) => {
    on[type] = transitions(value);
  });
  for (const [delay, value] of Object.entries((config.after as Config | undefined) ?? {})) {
    const type = `xstate.after.${delay}.${node.id}`;
    on[type] = transitions(value);
    notes.push(`${where}: the delay ${delay} (after) is the event ${type}`);
  }
  if (Object.keys(on).length > 0) treated.on = on;
  if (config.states) {
    treated.states = Object.fromEntries(
      Object.entries(config.states as Record<string, Config>).map(([key, child]) => [
        key,
        treatNode(node.states[key] as AnyStateNode, child, notes),
      ]),
    );
  }
  return treated;
}

function treatInvokes(
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
function treatTransitions(value: unknown, where: string, notes: string[]): unknown {
  if (Array.isArray(value)) return value.map((each) => treatTransitions(each, where, notes));
  if (typeof value !== "object" || value === null || !("actions" in value)) return value;
  return { ...value, actions: treatActions(value.actions, where, notes) };
}

function treatActions(value: unknown, where: string, notes: string[]): unknown {
  return Array.isArray(value)
    ? value.map((action) => treatAction(action, where, notes))
    : treatAction(value, where, notes);
}

/** An action of XState that reaches outside a step, as the effect of that name. */
function treatAction(action: unknown, where: string, notes: string[]): unknown {
  const type = typeof action === "function" && "type" in action ? String(action.type) : "";
  const isDelayed = type === "xstate.raise" && (action as { delay?: unknown }).delay !== undefined;
  if (!REACHING_OUT.test(type) && !isDelayed) return action;
  const name = type.slice("xstate.".length);
  notes.push(`${where}: ${isDelayed ? "a delayed raise" : name} is the effect ${name}, and reaches nobody`);
  return { type: name };
}
