/**
 * FLAT-1: a flat machine's steps are those that XState takes. XState is the oracle: a driver that is watched leaves every
 * step to it. Ways to differ: which transition an event takes, what is left and entered, the order of actions, which
 * context an action sees, what needs no event, whether a new snapshot is made, what is thrown.
 */
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  type AnyMachineSnapshot,
  type AnyStateMachine,
  and,
  assign,
  createActor,
  createMachine,
  type EventObject,
  enqueueActions,
  not,
  raise,
  setup,
} from "xstate";
import { openFileLog } from "../../../src/actors/log/file-log.ts";
import { readRecords } from "../../../src/actors/log/index.ts";
import { runLogics } from "../../../src/actors/run-actors/root.ts";
import { createDriver, type Driver } from "../../../src/actors/runtime/driver.ts";
import { createFlatSteps } from "../../../src/actors/runtime/flat-steps.ts";
import type { StepResult } from "../../../src/actors/runtime/step.ts";
import { ActorSystem } from "../../../src/actors/runtime/system.ts";

const LOG = join(import.meta.dirname, "../../fixtures/logs/v1-plan-run/log");

const oracleOf = (machine: AnyStateMachine): Driver => createDriver(machine, () => {});

/** What a step comes to, as far as anything can depend on it. */
function outcomeOf({ persist }: Driver, take: () => StepResult, before?: AnyMachineSnapshot): unknown {
  try {
    const { snapshot, effects } = take();
    return { state: persist(snapshot), keys: Object.keys(snapshot.context), effects, isSame: snapshot === before };
  } catch (thrown) {
    return String(thrown);
  }
}

interface Given {
  context: { n: number; log: string[] };
  event: EventObject & { at?: number };
}

const note = (what: string) => ({
  log: ({ context, event }: Given) => [...context.log, `${what} ${event.type} ${context.n}`].slice(-4),
});
const bump = { n: ({ context }: Given) => context.n + 1 };

/** Machines of any flat shape over these actions and guards; some that only XState can step. */
function makeMachine(config: object): AnyStateMachine {
  return setup({
    types: { context: {} as Given["context"], events: {} as Given["event"] },
    actions: {
      say: (_: unknown, _params: unknown) => {},
      bump: assign(bump),
      note: assign(note("note")),
      queue: enqueueActions(({ context, enqueue, check }) => {
        enqueue.assign({ n: context.n + 2 });
        enqueue({ type: "say", params: { was: context.n } });
        enqueue.assign(({ context: now }) => ({ n: now.n * 2 }));
        if (check("isEven")) enqueue("bump");
        // Only XState raises; n grows, so that this comes to an end.
        if (context.n % 5 === 4 && context.n < 20) enqueue.raise({ type: "b" });
      }),
      bell: raise({ type: "c" }),
      odd: assign(({ context }) => {
        if (context.n % 7 === 6) throw new Error("it broke");
        return { n: context.n + 3 };
      }),
    },
    guards: {
      isEven: ({ context }: Given) => context.n % 2 === 0,
      isLow: ({ context }: Given) => context.n < 20,
      isFussy: ({ context }: Given) => {
        if (context.n % 11 === 10) throw new Error("who knows");
        return context.n % 3 === 0;
      },
    },
  } as never).createMachine({
    id: "any",
    context: ({ input }: { input: { n: number } }) => ({ n: input.n, log: [] }),
    output: ({ context, event }: Given) => ({ n: context.n, by: event.type }),
    ...config,
  } as never) as unknown as AnyStateMachine;
}

const STATES = ["one", "two", "three", "end"];
const actionArb = fc.constantFrom<unknown>(
  "bump",
  "note",
  "queue",
  "odd",
  "say",
  { type: "say", params: { fixed: true } },
  { type: "say", params: ({ context, event }: Given) => ({ n: context.n, by: event.type }) },
  assign(note("inline")),
  assign(({ context }: Given) => ({ n: context.n + 1 })),
);
const actionsArb = fc.array(actionArb, { maxLength: 3 });
const guardArb = fc.constantFrom<unknown>(
  undefined,
  undefined,
  "isEven",
  "isFussy",
  not("isEven"),
  and(["isEven", "isLow"]),
);
const transitionArb = fc.record(
  { target: fc.constantFrom(...STATES), reenter: fc.boolean(), guard: guardArb, actions: actionsArb },
  { requiredKeys: ["actions"] },
);
const onArb = fc.dictionary(fc.constantFrom("a", "b", "c", "*"), fc.array(transitionArb, { maxLength: 3 }));
/** What goes elsewhere counts up, so that it comes to an end. */
const alwaysArb = fc.option(
  fc.oneof(
    fc.record(
      { target: fc.constantFrom(...STATES), reenter: fc.boolean(), actions: fc.constant(["bump", "say"]) },
      { requiredKeys: ["actions"] },
    ),
    fc.constant<{ target?: string; actions: string[] }>({ actions: ["say"] }),
  ),
  { nil: undefined, freq: 2 },
);
const stateArb = fc.record({ on: onArb, entry: actionsArb, exit: actionsArb, always: alwaysArb });
const machineArb = fc
  .record({
    one: stateArb,
    two: stateArb,
    three: stateArb,
    entry: actionsArb,
    rings: fc.boolean(),
    on: onArb,
    always: alwaysArb,
  })
  .map(({ on, always, entry, rings, ...states }) => {
    const isLow = <T extends object>(each: T | undefined) => each && { ...each, guard: "isLow" };
    const made = Object.entries(states).map(([name, state]) => [name, { ...state, always: isLow(state.always) }]);
    const rooted = Object.entries(on).map(([name, all]) => [
      name,
      // A root that is entered anew is XState's.
      all.map(({ target, reenter: _no, ...rest }) => (target ? { ...rest, target: `.${target}` } : rest)),
    ]);
    return {
      initial: "one",
      on: Object.fromEntries(rooted),
      always: always && isLow({ actions: always.actions, ...(always.target ? { target: `.${always.target}` } : {}) }),
      states: { ...Object.fromEntries(made), end: { type: "final", entry: rings ? [...entry, "bell"] : entry } },
    };
  });
/** Machines that are one state: nothing to go to. */
const loneArb = machineArb.map(({ on, always }) => {
  const stay = <T extends { target?: string }>({ target: _no, ...rest }: T): Omit<T, "target"> => rest;
  const staying = Object.entries(on).map(([name, all]) => [name, (all as { target?: string }[]).map(stay)]);
  return { on: Object.fromEntries(staying), always: always && stay(always) };
});
const eventsArb = fc.array(fc.constantFrom("a", "b", "c", "d", "*", "xstate.x"), { maxLength: 12 });

describe("the steps of a flat machine", () => {
  it.each([
    ["several states", machineArb],
    ["one state", loneArb],
  ])("are those of XState, whatever the machine of %s", (_what, configArb: fc.Arbitrary<object>) => {
    let flat = 0;
    fc.assert(
      fc.property(configArb, fc.integer({ min: 0, max: 12 }), eventsArb, (config, n, events) => {
        const machine = makeMachine(config);
        const own = createDriver(machine);
        const oracle = oracleOf(machine);
        const steps = createFlatSteps(machine, { self: null, system: null });
        expect(outcomeOf(own, () => own.start({ n }))).toEqual(outcomeOf(oracle, () => oracle.start({ n })));
        if (steps?.start({ n }) != null) flat++;
        let snapshot: AnyMachineSnapshot;
        try {
          ({ snapshot } = oracle.start({ n }));
        } catch {
          return;
        }
        for (const [at, type] of events.entries()) {
          if (snapshot.status !== "active") return;
          const event = { type, at };
          const before = snapshot;
          const wanted = outcomeOf(oracle, () => oracle.step(before, event), before);
          expect(outcomeOf(own, () => own.step(before, event), before)).toEqual(wanted);
          if (steps?.step(before, event) != null) flat++;
          if (typeof wanted !== "string") ({ snapshot } = own.step(before, event));
        }
      }),
      { numRuns: 1_000 },
    );
    // Else XState was compared with itself.
    expect(flat).toBeGreaterThan(2_000);
  });

  it("are those of XState for each record of a run, and none of these needs XState", async () => {
    const machines = Object.fromEntries(Object.entries(runLogics).map(([kind, { machine }]) => [kind, machine]));
    const each = Object.fromEntries(
      Object.entries(machines).map(([kind, machine]) => {
        const { self, system } = { self: null, system: null };
        return [kind, { oracle: oracleOf(machine), steps: createFlatSteps(machine, { self, system }) }];
      }),
    );
    const system = new ActorSystem(machines);
    let steps = 0;
    for (const record of await readRecords(openFileLog(LOG))) {
      const before = system.actors.get(record.actor);
      const snapshot = before?.snapshot;
      const isStep = before?.status === "active" && !record.type.startsWith("actor.");
      const { oracle, steps: flat } = each[before?.kind ?? ""] ?? {};
      system.apply(record);
      if (!isStep || snapshot === undefined || oracle === undefined) continue;
      const event = { ...(record.data as object), type: record.type, at: record.time };
      const taken = flat?.step(snapshot, event) ?? null;
      if (taken === null) throw new Error(`record ${record.seq} of ${record.actor} was left to XState`);
      expect(outcomeOf(oracle, () => taken, snapshot)).toEqual(
        outcomeOf(oracle, () => oracle.step(snapshot, event), snapshot),
      );
      steps++;
    }
    expect(steps).toBeGreaterThan(50);
  });

  it("are XState's for a machine that nests, runs in parallel, or remembers", () => {
    const surroundings = { self: null, system: null };
    const on = { go: "b" };
    const nested = createMachine({ initial: "a", states: { a: { initial: "x", states: { x: {} }, on }, b: {} } });
    const parallel = createMachine({ type: "parallel", states: { a: {}, b: {} } });
    const history = createMachine({ initial: "a", states: { a: { on }, b: { type: "history" } } });
    const partial = createMachine({ initial: "a", states: { a: { on: { "go.*": "b" } }, b: {} } });
    const leaving = createMachine({ initial: "a", states: { a: { on }, b: { type: "final", exit: "say" } } });
    const invoking = createMachine({ initial: "a", states: { a: { invoke: { src: "other" } } } });
    const waiting = createMachine({ initial: "a", states: { a: { after: { soon: "b" } }, b: {} } });
    const ending = createMachine({ initial: "a", onDone: { actions: "say" }, states: { a: {} } });
    for (const machine of [nested, parallel, history, partial, leaving, invoking, waiting, ending])
      expect(createFlatSteps(machine, surroundings)).toBeNull();
    const { snapshot } = createDriver(nested).step(createDriver(nested).start({}).snapshot, { type: "go" });
    expect(snapshot.value).toBe("b");
  });

  it("are XState's when a function asks for what only XState gives, even if it hides what is thrown then", () => {
    const machine = createMachine({
      initial: "a",
      context: { spawned: false },
      states: {
        a: {
          on: {
            spawn: {
              actions: assign(({ spawn }) => {
                try {
                  spawn("none" as never);
                } catch {
                  return { spawned: true };
                }
                return {};
              }),
            },
          },
        },
      },
    });
    const { self, system } = { self: createActor(machine), system: null };
    const steps = createFlatSteps(machine, { self, system });
    const { snapshot } = createDriver(machine).start({});
    expect(steps?.step(snapshot, { type: "other" })?.snapshot).toBe(snapshot);
    expect(steps?.step(snapshot, { type: "spawn" })).toBeNull();
  });
});
