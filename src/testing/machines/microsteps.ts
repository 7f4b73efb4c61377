/** Which transitions a step takes exactly, and which states it passes through: the driver's microsteps, made out. */
import type { AnyMachineSnapshot, AnyStateMachine, AnyStateNode, EventObject } from "xstate";
import { createDriver, type Driver } from "../../actors/runtime/driver.ts";
import type { StepResult, TakenTransition } from "../../actors/runtime/step.ts";
import { PleachError } from "../../errors.ts";
import { type MachineParts, pathOf } from "./list-transitions.ts";

/** The first version that tells an inspector which transitions a microstep takes. */
const MIN_XSTATE = "5.7";

export interface TracedStep extends StepResult {
  /** Ids of the transitions taken, in order. */
  taken: string[];
  /** Dotted paths of the states that were left, passed or entered. */
  passed: string[];
}

/** A driver that says which transitions its steps take. */
export interface Tracer {
  readonly driver: Driver;
  start(input: unknown): TracedStep;
  /** Throws what the machine throws. */
  step(snapshot: AnyMachineSnapshot, event: EventObject): TracedStep;
}

/** Makes the tracer of a machine; `parts` are of that very machine. */
export function createTracer(machine: AnyStateMachine, parts: MachineParts): Tracer {
  let taken: string[] = [];
  let passed = new Set<string>();
  let before: AnyMachineSnapshot | undefined;
  const pass = (nodes: readonly AnyStateNode[]): void => {
    for (const node of nodes) if (node.parent !== undefined) passed.add(pathOf(node));
  };
  let isTold = false;
  const driver = createDriver(machine, (transitions, event, after) => {
    // Older copies of XState do not say which transitions they take.
    if (transitions === undefined) return;
    isTold = true;
    const last = before ?? after;
    for (const transition of transitions.length > 1 ? dropPreempted(transitions, last) : transitions) {
      const id = parts.idOf(transition, event.type);
      if (id !== undefined) taken.push(id);
      pass(withAncestors(transition.source));
    }
    pass(after._nodes);
    before = after;
  });
  const trace = (from: AnyMachineSnapshot | undefined, advance: () => StepResult): TracedStep => {
    taken = [];
    passed = new Set();
    before = from;
    const { snapshot, effects } = advance();
    pass(snapshot._nodes);
    return { snapshot, effects, taken, passed: [...passed] };
  };
  return {
    driver,
    start: (input) => trace(undefined, () => driver.start(input)),
    step: (snapshot, event) => {
      isTold = false;
      const step = trace(snapshot, () => driver.step(snapshot, event));
      if (isTold) return step;
      const message = `the machine's copy of XState does not tell which transitions it takes; ${MIN_XSTATE} and newer do`;
      throw new PleachError("paths.oldXState", message, { hint: "install a newer XState beside the machine" });
    },
  };
}

function withAncestors(node: AnyStateNode): AnyStateNode[] {
  return node.parent === undefined ? [node] : [node, ...withAncestors(node.parent)];
}

/** Whether `node` lies below `above`. */
const isBelow = (node: AnyStateNode, above: AnyStateNode): boolean =>
  node !== above && withAncestors(node).includes(above);

/**
 * Of the transitions that parallel regions select for one event, those that are taken: of two that would leave the same
 * state, the one from further down, else the first (SCXML's removeConflictingTransitions; XState tells what was selected).
 */
function dropPreempted(selected: readonly TakenTransition[], from: AnyMachineSnapshot): TakenTransition[] {
  let kept: TakenTransition[] = [];
  for (const transition of selected) {
    const leaves = listLeft(transition, from);
    const rivals = kept.filter((other) => listLeft(other, from).some((node) => leaves.includes(node)));
    if (rivals.some((other) => !isBelow(transition.source, other.source))) continue;
    kept = [...kept.filter((other) => !rivals.includes(other)), transition];
  }
  return kept;
}

/** The states that a transition would leave. */
function listLeft(transition: TakenTransition, from: AnyMachineSnapshot): AnyStateNode[] {
  const targets = listTargets(transition.target ?? [], from);
  if (targets.length === 0) return [];
  const { source, reenter } = transition;
  const staysInside = !reenter && targets.every((target) => target === source || isBelow(target, source));
  const shared = withAncestors(source).slice(1);
  const domain = staysInside
    ? source
    : (shared.find((ancestor) => targets.every((target) => isBelow(target, ancestor))) ?? source.machine.root);
  return from._nodes.filter((node) => isBelow(node, domain) || (reenter && node === source && source === domain));
}

/** Targets, with what a history state stands for now. */
function listTargets(targets: readonly AnyStateNode[], from: AnyMachineSnapshot): AnyStateNode[] {
  const history = from.historyValue as Record<string, AnyStateNode[] | undefined>;
  return targets.flatMap((target) => {
    if (target.type !== "history") return [target];
    const remembered = history[target.id];
    if (remembered !== undefined) return remembered;
    return target.parent === undefined ? [] : [target.parent];
  });
}
