/** What defineStream refuses, and that it says where. */
import { describe, expect, it } from "vitest";
import {
  type AnyStateMachine,
  assign,
  cancel,
  createMachine,
  emit,
  enqueueActions,
  fromPromise,
  log,
  raise,
  sendParent,
  sendTo,
  setup,
  spawnChild,
  stopChild,
} from "xstate";
import { createDriver } from "../../../src/actors/runtime/driver.ts";
import { defineStream, PleachError } from "../../../src/index.ts";

/** A machine with these parts in its state `outer.inner`. */
function machineWith(inner: object, rest: object = {}) {
  return createMachine({
    id: "user",
    context: {},
    initial: "outer",
    states: { outer: { type: "parallel", states: { other: {}, inner } } },
    ...rest,
  } as never);
}

function refusalOf(machine: AnyStateMachine, perform: object = {}): string {
  try {
    defineStream({ machine, perform } as never);
  } catch (thrown) {
    expect(thrown).toBeInstanceOf(PleachError);
    expect((thrown as PleachError).code).toBe("machine.impure");
    expect((thrown as PleachError).hint).toBeTruthy();
    return (thrown as PleachError).message;
  }
  return "accepted";
}

const work = fromPromise(async () => {});
const inline = () => {};

describe("defineStream refuses, naming the machine and the state,", () => {
  it.each<[string, object, string]>([
    ["invoke", { invoke: { src: work } }, "invokes an actor"],
    ["after", { after: { 100: {} } }, "delayed transition"],
    ["a delayed raise", { entry: raise({ type: "x" }, { delay: 5 }) }, "raises an event with a delay"],
    ["spawnChild", { entry: spawnChild(work) }, "uses spawnChild"],
    ["stopChild", { exit: stopChild("x") }, "uses stopChild"],
    ["sendTo", { on: { x: { actions: sendTo("y", { type: "z" }) } } }, "uses sendTo"],
    ["sendParent", { always: { guard: () => false, actions: sendParent({ type: "z" }) } }, "uses sendTo"],
    ["emit", { entry: emit({ type: "z" }) }, "uses emit"],
    ["log", { entry: log("z") }, "uses log"],
    ["cancel", { entry: cancel("z") }, "uses cancel"],
    ["an inline action", { entry: inline }, "an action without a name"],
    [
      "an inline action among others",
      { on: { x: [{ guard: () => false }, { actions: [assign({}), inline] }] } },
      "without a name",
    ],
    ["an effect that nothing performs", { entry: "save" }, "asks for the effect save"],
    ["one with parameters", { exit: { type: "save", params: {} } }, "asks for the effect save"],
    [
      "an inline action of an initial transition",
      { initial: { target: "a", actions: inline }, states: { a: {} } },
      "without a name",
    ],
  ])("%s", (_name, inner, why) => {
    const message = refusalOf(machineWith(inner));
    expect(message).toContain("machine user");
    expect(message).toContain("state outer.inner");
    expect(message).toContain(why);
  });

  it("the same in its root state", () => {
    expect(refusalOf(machineWith({}, { entry: inline }))).toContain("its root state");
    expect(refusalOf(machineWith({}, { on: { "*": { actions: "save" } } }))).toContain("its root state");
  });

  it("a named action that is one of XState's own, and a named effect that is used nowhere but in enqueueActions", () => {
    const sending = setup({ actions: { send: sendTo("x", { type: "y" }) } }).createMachine({ id: "m", context: {} });
    expect(refusalOf(sending)).toContain("action send uses sendTo");
    const asking = setup({ actions: { save: inline } }).createMachine({
      id: "m",
      context: {},
      entry: enqueueActions(({ enqueue }) => enqueue("save")),
    });
    expect(refusalOf(asking)).toContain("the effect save, which nothing performs");
    expect(refusalOf(asking, { save: async () => undefined })).toBe("accepted");
  });

  it.each<[string, object, string]>([
    ["a Date", { deep: [{ when: new Date(0) }] }, "context.deep[0].when (a Date)"],
    ["a Map", { map: new Map() }, "context.map (a Map)"],
    ["a function", { run: inline }, "context.run (a function)"],
    ["a number that JSON lacks", { n: Number.NaN }, "context.n (NaN)"],
    ["a bigint", { n: 1n }, "context.n (a bigint)"],
  ])("a context with %s", (_name, context, where) => {
    expect(refusalOf(machineWith({}, { context }))).toContain(where);
  });

  it("nothing of a machine that only assigns, raises, enqueues, and asks for effects that are performed", () => {
    const machine = setup({
      actions: { save: (_: unknown, _params: { n: number }) => {}, count: assign({}) },
    }).createMachine({
      id: "m",
      context: { n: 0 },
      entry: [{ type: "save", params: { n: 1 } }, "count", raise({ type: "x" }), { type: "setTimer" } as never],
      on: { x: { actions: enqueueActions(({ enqueue }) => enqueue.assign({ n: 2 })) } },
    });
    expect(refusalOf(machine, { save: async () => undefined })).toBe("accepted");
  });
});

describe("the driver, for what only a step can show,", () => {
  it("throws for a machine that throws on its way into its first state, rather than starting one that is in error", () => {
    const throwing = (): never => {
      throw new Error("no start");
    };
    for (const config of [{ context: throwing }, { context: {}, entry: assign(throwing) }]) {
      expect(() => createDriver(createMachine({ id: "m", ...config } as never)).start({})).toThrow("no start");
    }
  });

  it("refuses what enqueueActions and assign do behind the config's back, and forgets that step", () => {
    const machine = createMachine({
      id: "sly",
      context: {},
      on: {
        emit: { actions: enqueueActions(({ enqueue }) => enqueue.emit({ type: "z" })) },
        send: { actions: enqueueActions(({ enqueue }) => enqueue.sendTo("x", { type: "z" })) },
        later: { actions: enqueueActions(({ enqueue }) => enqueue.raise({ type: "z" }, { delay: 5 })) },
        spawn: { actions: assign(({ spawn }) => ({ child: spawn(work).id })) },
        ask: { actions: enqueueActions(({ enqueue }) => enqueue("save" as never)) },
      },
    } as never);
    const driver = createDriver(machine);
    const { snapshot } = driver.start({});
    for (const type of ["emit", "later", "spawn"]) {
      expect(() => driver.step(snapshot, { type }), type).toThrow(expect.objectContaining({ code: "machine.impure" }));
    }
    expect(() => driver.step(snapshot, { type: "send" })).toThrow("Unable to send event");
    expect(driver.step(snapshot, { type: "ask" }).effects).toEqual([{ name: "save", params: undefined }]);
  });
});
