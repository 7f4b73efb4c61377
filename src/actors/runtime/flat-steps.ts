/**
 * Steps flat machines, those that are one state or whose states lie side by side below the root, as XState does but without what XState needs
 * for machines that nest, remember or run in parallel: a step of XState's makes some dozens of sets and five copies of the
 * snapshot, and recovery takes one for each record of the log.
 *
 * FLAT-1 A step comes to what XState comes to, or to null: a machine is pure, so XState can then take the same step. It is null
 *    for all that is not known here and for all that throws, whose message is then XState's.
 */
import type { AnyMachineSnapshot, AnyStateMachine, AnyStateNode, EventObject } from "xstate";
import type { RequestedEffect, StepResult, TakenTransition } from "./step.ts";

/** Steps of one flat machine; null where XState has to take the step (FLAT-1). */
export interface FlatSteps {
  start(input: unknown): StepResult | null;
  step(snapshot: AnyMachineSnapshot, event: EventObject): StepResult | null;
}

/** What functions of a machine are given besides context and event. */
interface Surroundings {
  self: unknown;
  system: unknown;
}

/** A state of the machine, and a snapshot of it that lacks only its context. */
interface Place {
  node: AnyStateNode;
  blank: AnyMachineSnapshot;
}

type Params = Record<string, unknown> | undefined;
type Given = { context: unknown; event: EventObject };
/** A function of the machine; XState's own actions and guards are functions that carry what they were given. */
type Carried = ((given: Given, params: Params) => unknown) & {
  type?: string;
  resolve?: unknown;
  check?: (snapshot: AnyMachineSnapshot, given: Given, guard: unknown) => boolean;
  assignment?: Assignment;
  collect?: (
    given: Given & Surroundings & { enqueue: Enqueue; check(guard: unknown): boolean },
    params: Params,
  ) => void;
};
type Assignment = ((given: Given, params: Params) => object) | Record<string, unknown>;
/** An action or a guard as a machine names it. */
type Named = string | { type: string; params?: unknown };
/** What `enqueueActions` is given. */
type Enqueue = ((action: unknown) => void) & { assign(assignment: Assignment): void };

/** What `enqueue.assign` leaves among the enqueued actions. */
class Assign {
  readonly assignment: Assignment;
  constructor(assignment: Assignment) {
    this.assignment = assignment;
  }
}

const ANY_EVENT = "*";
const OWN_EVENTS = "xstate.";

/** The steps of a machine, or null when it is not flat. */
export function createFlatSteps(machine: AnyStateMachine, surroundings: Surroundings): FlatSteps | null {
  if (!isFlat(machine)) return null;
  const stepper = new Stepper(machine, surroundings);
  const attempt = (advance: () => StepResult): StepResult | null => {
    try {
      const result = advance();
      return stepper.isBeyond ? null : result;
    } catch {
      return null;
    }
  };
  return {
    start: (input) => attempt(() => stepper.start(input)),
    step: (snapshot, event) => {
      if (snapshot.status !== "active" || event.type === ANY_EVENT || event.type.startsWith(OWN_EVENTS)) return null;
      return attempt(() => stepper.step(snapshot, event));
    },
  };
}

/** Takes one step after the other; what it holds is of the step under way. */
class Stepper {
  /** Whether something was asked for that is not known here, even if the machine caught what was thrown then. */
  isBeyond = false;
  readonly #machine: AnyStateMachine;
  readonly #surroundings: Surroundings;
  readonly #places = new Map<string, Place>();
  readonly #enqueue: Enqueue;
  #event: EventObject = { type: "" };
  #place!: Place;
  #context: unknown;
  #effects: RequestedEffect[] = [];
  #enqueued: unknown[] = [];
  /** Whether a new snapshot comes of it. */
  #isChanged = false;
  #isDone = false;
  #output: unknown;

  constructor(machine: AnyStateMachine, surroundings: Surroundings) {
    this.#machine = machine;
    this.#surroundings = surroundings;
    const refuse = this.#refuse;
    const others = { cancel: refuse, emit: refuse, raise: refuse, sendParent: refuse, sendTo: refuse };
    this.#enqueue = Object.assign((action: unknown) => void this.#enqueued.push(action), {
      assign: (assignment: Assignment) => void this.#enqueued.push(new Assign(assignment)),
      ...others,
      spawnChild: refuse,
      stopChild: refuse,
    });
  }

  start(input: unknown): StepResult {
    const { initial } = this.#machine.root;
    this.#begin({ type: "xstate.init", input }, {});
    const { context } = this.#machine.config as { context?: unknown };
    this.#context = typeof context === "function" ? context({ ...this.#given(), input }) : context || {};
    this.#actAll(initial.actions);
    this.#enter((initial.target[0] as AnyStateNode | undefined) ?? this.#machine.root);
    this.#settle();
    return this.#finish();
  }

  step(snapshot: AnyMachineSnapshot, event: EventObject): StepResult {
    this.#begin(event, snapshot.context);
    const { value } = snapshot as { value: unknown };
    const { root } = this.#machine;
    this.#place = this.#placeOf(typeof value === "string" ? (root.states[value] as AnyStateNode) : root);
    const taken = this.#select(event.type);
    if (taken !== null) this.#take(taken);
    this.#settle();
    return this.#isChanged ? this.#finish() : { snapshot, effects: this.#effects };
  }

  #begin(event: EventObject & { input?: unknown }, context: unknown): void {
    this.isBeyond = false;
    this.#event = event;
    this.#context = context;
    this.#effects = [];
    this.#isChanged = false;
    this.#isDone = false;
    this.#output = undefined;
  }

  #finish(): StepResult {
    const snapshot = { ...this.#place.blank, context: this.#context } as AnyMachineSnapshot;
    if (this.#isDone) Object.assign(snapshot, { status: "done", output: this.#output });
    return { snapshot, effects: this.#effects };
  }

  #placeOf(node: AnyStateNode): Place {
    let place = this.#places.get(node.key);
    if (place === undefined) {
      const blank = this.#machine.resolveState({ value: node === this.#machine.root ? {} : node.key, context: {} });
      place = { node, blank: { ...blank, status: "active" } as AnyMachineSnapshot };
      this.#places.set(node.key, place);
    }
    return place;
  }

  readonly #refuse = (): never => {
    this.isBeyond = true;
    throw new Error("this step is XState's");
  };

  /** The transition that the event takes: the state's own before the root's, exact ones before those for any event. */
  #select(type: string): TakenTransition | null {
    const { node } = this.#place;
    const { root } = this.#machine;
    return this.#selectOf(node, type) ?? (node === root ? null : this.#selectOf(root, type));
  }

  #selectOf({ transitions }: AnyStateNode, type: string): TakenTransition | null {
    return this.#first(transitions.get(type)) ?? this.#first(transitions.get(ANY_EVENT));
  }

  #first(candidates: readonly TakenTransition[] | undefined): TakenTransition | null {
    if (candidates === undefined) return null;
    for (const candidate of candidates) {
      const { guard } = candidate;
      if (guard === undefined || this.#passes(guard)) return candidate;
    }
    return null;
  }

  /** Takes the transitions that need no event until none is left; one that changes nothing would be taken for ever. */
  #settle(): void {
    while (!this.#isDone) {
      const taken = this.#first(this.#place.node.always) ?? this.#first(this.#machine.root.always);
      if (taken === null) return;
      const wasChanged = this.#isChanged;
      this.#isChanged = false;
      this.#take(taken);
      if (!this.#isChanged) {
        this.#isChanged = wasChanged;
        return;
      }
    }
  }

  #take({ target, source, reenter, actions }: TakenTransition): void {
    const { node } = this.#place;
    const next = target?.[0] as AnyStateNode | undefined;
    const isLeft = next !== undefined && (next !== source || reenter);
    if (isLeft) this.#actAll(node.exit);
    this.#actAll(actions);
    if (next === undefined || !isLeft) return;
    if (next !== node) this.#isChanged = true;
    this.#enter(next);
  }

  #enter(node: AnyStateNode): void {
    this.#place = this.#placeOf(node);
    this.#actAll(node.entry);
    if (node.type !== "final") return;
    const { output } = this.#machine.root as { output?: unknown };
    this.#isDone = true;
    if (typeof output !== "function") this.#output = output;
    else {
      const event = { type: `xstate.done.state.${node.id}`, output: undefined };
      this.#output = output({ context: this.#context, event, self: this.#surroundings.self });
    }
  }

  #actAll(actions: readonly unknown[]): void {
    for (const action of actions) this.#act(action);
  }

  #act(action: unknown): void {
    if (action instanceof Assign) this.#assign(action.assignment, undefined);
    else this.#actNamed(action as Named | Carried);
  }

  #actNamed(action: Named | Carried): void {
    const own = this.#resolve(action, this.#machine.implementations.actions);
    const params = this.#paramsOf(action);
    if (own?.resolve === undefined) {
      const name = typeof action === "string" ? action : action.type;
      if (typeof action === "function" || name === undefined || name.startsWith(OWN_EVENTS)) this.#refuse();
      else this.#effects.push({ name, params });
    } else if (own.type === "xstate.assign" && own.assignment !== undefined) this.#assign(own.assignment, params);
    else if (own.type === "xstate.enqueueActions" && own.collect !== undefined) {
      this.#enqueued = [];
      const { self, system } = this.#surroundings;
      const [context, event, enqueue, check] = [this.#context, this.#event, this.#enqueue, this.#check];
      own.collect({ context, event, enqueue, check, self, system }, params);
      this.#actAll(this.#enqueued);
    } else this.#refuse();
  }

  #assign(assignment: Assignment, params: Params): void {
    const given = this.#given();
    let changes: Record<string, unknown> = {};
    if (typeof assignment === "function") changes = assignment(given, params) as Record<string, unknown>;
    else {
      for (const [key, value] of Object.entries(assignment)) {
        changes[key] = typeof value === "function" ? value(given, params) : value;
      }
    }
    this.#setContext({ ...(this.#context as object), ...changes });
  }

  #setContext(context: unknown): void {
    this.#context = context;
    this.#isChanged = true;
  }

  readonly #check = (guard: unknown): boolean => this.#passes(guard);

  #passes(guard: unknown): boolean {
    const own = this.#resolve(guard as Named | Carried, this.#machine.implementations.guards);
    if (own === undefined) return this.#refuse();
    if (typeof own !== "function") return this.#passes(own);
    const given = { context: this.#context, event: this.#event };
    if (own.check !== undefined) return own.check(this.#place.blank, given, own);
    return Boolean(own(given, this.#paramsOf(guard as Named | Carried)));
  }

  #given(): Given & Surroundings & { spawn(): never } {
    const { self, system } = this.#surroundings;
    return { context: this.#context, event: this.#event, self, system, spawn: this.#refuse };
  }

  #resolve(named: Named | Carried, implementations: object): Carried | undefined {
    if (typeof named === "function") return named;
    return (implementations as Record<string, Carried>)[typeof named === "string" ? named : named.type];
  }

  #paramsOf(named: Named | Carried): Params {
    if (typeof named !== "object" || !("params" in named)) return undefined;
    const { params } = named;
    if (typeof params !== "function") return params as Params;
    return (params as (given: Given) => Params)({ context: this.#context, event: this.#event });
  }
}

/** Whether a machine is flat, and uses nothing besides that is left to XState. */
function isFlat({ root, options }: AnyStateMachine): boolean {
  const hasOwn = root.entry.length + root.exit.length > 0;
  const isUnbounded = options.maxIterations === undefined || options.maxIterations === Number.POSITIVE_INFINITY;
  if ((root.type !== "compound" && root.type !== "atomic") || hasOwn || !isUnbounded || !isPlain(root)) return false;
  return Object.values(root.states).every(isPlainChild);

  function isPlainChild(node: AnyStateNode): boolean {
    if (node.type === "final" && (node.exit.length > 0 || node.output !== undefined)) return false;
    return (node.type === "atomic" || node.type === "final") && isPlain(node);
  }

  function isPlain(node: AnyStateNode): boolean {
    const names = [...node.transitions.keys()];
    const isPlainName = (name: string): boolean =>
      !name.startsWith(OWN_EVENTS) && (name === ANY_EVENT || !name.includes(ANY_EVENT));
    return (
      node.invoke.length + node.after.length === 0 &&
      names.every(isPlainName) &&
      [...[...node.transitions.values()].flat(), ...(node.always ?? [])].every(isPlainTransition)
    );
  }

  function isPlainTransition({ target, source, reenter }: TakenTransition): boolean {
    if (target === undefined || target.length === 0) return true;
    return target.length === 1 && target[0]?.parent === root && !(source === root && reenter);
  }
}
