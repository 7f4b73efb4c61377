/**
 * Finds what makes a machine impure before it is run (RULE-1): walks every state's actions, entry, exit, always and
 * transitions. What only a running step can show (inside `enqueueActions`, a spawn inside `assign`) the driver refuses.
 */
import type { AnyStateMachine, AnyStateNode } from "xstate";
import { checkArgument, checkNames } from "../../arguments/check-arguments.ts";
import { findNearest } from "../../arguments/nearest.ts";
import { PleachError } from "../../errors.ts";
import { findNonJson } from "./json.ts";

/** Effects that the runtime performs for every machine. */
export const BUILT_IN_EFFECTS: readonly string[] = [
  "tell",
  "spawnActor",
  "stopActor",
  "setAside",
  "withdraw",
  "setTimer",
];

const PURE_ACTIONS: ReadonlySet<string> = new Set(["xstate.assign", "xstate.enqueueActions", "xstate.raise"]);
const ASK = "ask for a named effect instead; its answer comes back as an event";

/**
 * Throws `machine.impure`, naming the machine and the state, for a machine that invokes, delays, spawns, sends, emits,
 * logs, holds inline actions, names an effect that is neither in `performed` nor built in, or has a context that is
 * not JSON.
 */
export function checkMachine(machine: AnyStateMachine, performed: readonly string[]): void {
  const known = new Set([...performed, ...BUILT_IN_EFFECTS]);
  for (const [name, implementation] of Object.entries(machine.implementations.actions)) {
    checkAction(machine, implementation, { where: `action ${name}`, known, name });
  }
  const pending: AnyStateNode[] = [machine.root];
  for (let node = pending.shift(); node !== undefined; node = pending.shift()) {
    checkState(machine, node, known);
    pending.push(...Object.values(node.states));
  }
  const { context } = machine.config;
  if (context !== undefined && typeof context !== "function") checkContext(machine, context);
}

/** Throws `usage.badArgument` for what is no machine of XState. */
export function checkIsMachine(given: unknown): void {
  const isMachine = typeof given === "object" && given !== null && "root" in given && "implementations" in given;
  checkArgument("the machine", isMachine ? given : null, "object", "give what createMachine of XState returns");
}

/**
 * Throws `usage.unknownName` for a performer of an effect that the machine never asks for. What is asked for inside of
 * `enqueueActions` need not be known before: there only a name that is nearly that of an effect is refused.
 */
export function checkPerformers(machine: AnyStateMachine, performed: readonly string[]): void {
  const asked = listAsked(machine);
  for (const name of performed) {
    if (asked.names.has(name)) continue;
    const others = [...asked.names].filter((known) => !performed.includes(known));
    if (asked.isWhole || findNearest(name, others) !== undefined)
      checkNames(`machine ${machine.id} never asks for the effect`, [name], asked.names);
  }
}

/** The names of effects that are written in a machine, and whether these must be all. */
function listAsked(machine: AnyStateMachine): { names: ReadonlySet<string>; isWhole: boolean } {
  const implementations = Object.entries(machine.implementations.actions);
  const names = new Set(implementations.map(([name]) => name));
  let isWhole = implementations.every(([, action]) => typeOf(action) !== "xstate.enqueueActions");
  const pending: AnyStateNode[] = [machine.root];
  for (let node = pending.shift(); node !== undefined; node = pending.shift()) {
    for (const action of actionsOf(node)) {
      const type = typeOf(action);
      if (type === "xstate.enqueueActions") isWhole = false;
      if (type !== undefined && !type.startsWith("xstate.")) names.add(type);
    }
    pending.push(...Object.values(node.states));
  }
  return { names, isWhole };
}

/** Throws `machine.impure` for a context that would not survive the log. */
export function checkContext(machine: AnyStateMachine, context: unknown): void {
  const found = findNonJson(context, "context");
  if (found !== null) refuse(machine, `its first context is not JSON: ${found}`, "keep plain values in the context");
}

function checkState(machine: AnyStateMachine, node: AnyStateNode, known: ReadonlySet<string>): void {
  const where = node.path.length === 0 ? "its root state" : `state ${node.path.join(".")}`;
  if (node.invoke.length > 0) refuse(machine, `${where} invokes an actor`, ASK);
  if (node.after.length > 0) {
    refuse(machine, `${where} has a delayed transition (after)`, "ask for the effect setTimer {timer, dueAt}");
  }
  for (const action of actionsOf(node)) checkAction(machine, action, { where, known });
}

function actionsOf(node: AnyStateNode): unknown[] {
  const transitions = [...node.transitions.values()].flat();
  return [
    ...node.entry,
    ...node.exit,
    ...[...transitions, ...(node.always ?? [])].flatMap((transition) => [...transition.actions]),
    ...(node.config.initial === undefined ? [] : node.initial.actions),
  ];
}

interface Place {
  where: string;
  known: ReadonlySet<string>;
  /** Set when the action is a named implementation. */
  name?: string;
}

function checkAction(machine: AnyStateMachine, action: unknown, { where, known, name }: Place): void {
  const type = typeOf(action);
  if (type?.startsWith("xstate.")) {
    if (!PURE_ACTIONS.has(type)) refuse(machine, `${where} uses ${type.slice("xstate.".length)}`, ASK);
    if (type === "xstate.raise" && (action as { delay?: unknown }).delay !== undefined) {
      refuse(machine, `${where} raises an event with a delay`, "ask for the effect setTimer {timer, dueAt}");
    }
    return;
  }
  const effect = name ?? type;
  if (effect === undefined) refuse(machine, `${where} has an action without a name`, ASK);
  if (known.has(effect) || isBuilt(machine.implementations.actions[effect])) return;
  refuse(
    machine,
    `${where} asks for the effect ${effect}, which nothing performs`,
    // One that is performed under nearly this name is most likely misspelt.
    `give perform.${effect} to defineStream${nearOf(effect, known)}`,
  );
}

function nearOf(effect: string, known: ReadonlySet<string>): string {
  const near = findNearest(
    effect,
    [...known].filter((name) => !BUILT_IN_EFFECTS.includes(name)),
  );
  return near === undefined ? "" : `; did you mean it by perform.${near}?`;
}

/** Whether a named action is one of XState's own under another name; it is checked where it is defined. */
function isBuilt(implementation: unknown): boolean {
  return typeOf(implementation)?.startsWith("xstate.") ?? false;
}

function typeOf(action: unknown): string | undefined {
  if (typeof action === "string") return action;
  if ((typeof action !== "object" && typeof action !== "function") || action === null) return undefined;
  return "type" in action && typeof action.type === "string" ? action.type : undefined;
}

function refuse(machine: AnyStateMachine, what: string, hint: string): never {
  throw new PleachError("machine.impure", `machine ${machine.id} cannot be a stream: ${what}`, { hint });
}
