/**
 * The only file that knows XState's step API, beside `flat-steps.ts`, which spares it where it can. A driver steps one
 * machine purely: snapshot and event in, snapshot and requested effects out (RULE-1). It builds one inert actor scope for
 * the machine and uses it for every step, because `transition()` of the library builds a throw-away actor for each call.
 *
 * When a step throws, what was collected up to then is discarded and the snapshot given in is still the valid one.
 */
import {
  type AnyMachineSnapshot,
  type AnyStateMachine,
  createActor,
  type EventObject,
  type Snapshot,
  StateMachine,
} from "xstate";
import { PleachError } from "../../errors.ts";
import { createFlatSteps } from "./flat-steps.ts";
import type { RequestedEffect, StepResult, TakenTransition } from "./step.ts";

type Scope = Parameters<AnyStateMachine["transition"]>[2];
interface CollectedAction {
  type: string;
  params: unknown;
}

/**
 * Told of every microstep but the very first of a machine: what was selected (undefined: the machine's copy of XState does
 * not say), for which event, and what came of it.
 */
export type WatchMicrostep = (
  transitions: readonly TakenTransition[] | undefined,
  event: EventObject,
  after: AnyMachineSnapshot,
) => void;

/** XState's own actions that reach outside a step; inside `enqueueActions` only the running step can reveal them. */
const IMPURE_ACTION = /^xstate\.(sendTo|spawnChild|stopChild|emit|log|cancel|sendParent|forwardTo)/;

export interface Driver {
  readonly machine: AnyStateMachine;
  /** The first snapshot and the entry effects. */
  start(input: unknown): StepResult;
  /** One macrostep. An event that no transition takes returns the same snapshot and no effects. */
  step(snapshot: AnyMachineSnapshot, event: EventObject): StepResult;
  /** JSON of a snapshot, without children: a pure machine has none. */
  persist(snapshot: AnyMachineSnapshot): unknown;
  restore(persisted: unknown): AnyMachineSnapshot;
}

/** Makes the driver of one machine; `watch`, if given, sees its microsteps. */
export function createDriver(machine: AnyStateMachine, watch?: WatchMicrostep): Driver {
  let collected: RequestedEffect[] = [];
  const inert = createActor(machine);
  const scope = {
    self: inert,
    id: "",
    sessionId: "",
    system: watch === undefined ? inert.system : watchSystem(inert.system, watch),
    logger: () => {},
    defer: () => {},
    stopChild: () => {},
    emit: () => {},
    actionExecutor: (action: CollectedAction) => {
      if (action.type.startsWith("xstate.")) {
        if (action.type === "xstate.raise" && !hasDelay(action.params)) return;
        if (action.type === "xstate.raise" || IMPURE_ACTION.test(action.type)) {
          throw new PleachError("machine.impure", `machine ${machine.id} used ${action.type} in a step`, {
            hint: "ask for a named effect instead; its answer comes back as an event",
          });
        }
      }
      collected.push({ name: action.type, params: action.params });
    },
  } as unknown as Scope;

  const run = (advance: () => AnyMachineSnapshot): StepResult => {
    collected = [];
    const snapshot = advance();
    for (const child in snapshot.children) {
      throw new PleachError("machine.impure", `machine ${machine.id} spawned ${child} in a step`, {
        hint: "ask for the effect spawnActor instead",
      });
    }
    // A machine that throws on its way into its first state does not throw: it is in error from the start.
    if (snapshot.status === "error") throw snapshot.error;
    const effects = collected;
    collected = [];
    return { snapshot, effects };
  };

  const begin = (input: unknown): StepResult =>
    run(() => machine.getInitialSnapshot(scope, input) as AnyMachineSnapshot);
  const advance = (snapshot: AnyMachineSnapshot, event: EventObject): StepResult =>
    run(() => machine.transition(snapshot, event, scope) as AnyMachineSnapshot);
  // Microsteps can only be watched in XState, and another copy of it may have other rules.
  const isOwn = watch === undefined && machine instanceof StateMachine;
  const flat = isOwn ? createFlatSteps(machine, { self: inert, system: inert.system }) : null;

  return {
    machine,
    start: flat === null ? begin : (input) => flat.start(input) ?? begin(input),
    step: flat === null ? advance : (snapshot, event) => flat.step(snapshot, event) ?? advance(snapshot, event),
    persist: (snapshot) => {
      const { value, status, context, output, historyValue } = snapshot;
      return { value, status, context, output, historyValue: persistHistory(historyValue) };
    },
    restore: (persisted) =>
      machine.restoreSnapshot(
        Object.assign({ children: {} }, persisted as Snapshot<unknown>),
        scope,
      ) as AnyMachineSnapshot,
  };
}

/** The same actor system, with an ear for what it would tell an inspector. */
function watchSystem<System extends object>(system: System, watch: WatchMicrostep): System {
  const tell = (inspected: {
    type: string;
    event: EventObject;
    snapshot: AnyMachineSnapshot;
    _transitions?: TakenTransition[];
  }): void => {
    if (inspected.type === "@xstate.microstep") watch(inspected._transitions, inspected.event, inspected.snapshot);
  };
  return Object.create(system, { _sendInspectionEvent: { value: tell } }) as System;
}

function hasDelay(params: unknown): boolean {
  return typeof params === "object" && params !== null && "delay" in params && params.delay !== undefined;
}

function persistHistory(history: Record<string, { id: string }[]> | undefined): Record<string, { id: string }[]> {
  const persisted: Record<string, { id: string }[]> = {};
  for (const [key, nodes] of Object.entries(history ?? {})) persisted[key] = nodes.map(({ id }) => ({ id }));
  return persisted;
}
