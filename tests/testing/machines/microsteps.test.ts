/** Which transitions a step takes is known exactly: in parallel regions, on the way, and where one keeps another from it. */
import { describe, expect, it } from "vitest";
import { type AnyStateMachine, createMachine, raise } from "xstate";
import { listParts } from "../../../src/testing/machines/list-transitions.ts";
import { createTracer } from "../../../src/testing/machines/microsteps.ts";

/** The transitions that one event takes from the start, and the states that are passed. */
function takenBy(machine: AnyStateMachine, ...types: string[]): { taken: string[]; passed: string[] } {
  const tracer = createTracer(machine, listParts(machine, types));
  let step = tracer.start({});
  for (const type of types) step = tracer.step(step.snapshot, { type });
  return { taken: step.taken, passed: step.passed };
}

describe("a step", () => {
  it("takes what is selected, then what follows without events or by events that it raises itself", () => {
    const machine = createMachine({
      id: "m",
      initial: "a",
      states: {
        a: { on: { go: { target: "b", actions: raise({ type: "on" }) } } },
        b: { always: [{ guard: () => false, target: "a" }, { target: "c" }] },
        c: { on: { on: "d" } },
        d: { initial: "x", states: { x: { always: "y" }, y: { type: "final" } }, onDone: "e" },
        e: {},
      },
    });
    const { taken, passed } = takenBy(machine, "go");
    expect(taken).toEqual([
      "a|go|go|0",
      "b|||1",
      "c|on|on|0",
      "d.x|||0",
      "d|xstate.done.state.m.d|xstate.done.state.m.d|0",
    ]);
    expect(passed).toEqual(["a", "b", "c", "d", "d.x", "d.y", "e"]);
  });

  it("takes one of each region that reacts, and not that of their parent", () => {
    const region = (to: string): object => ({ initial: "a", states: { a: { on: { go: to } }, b: {} } });
    const machine = createMachine({
      id: "m",
      type: "parallel",
      on: { go: ".one.b" },
      states: { one: region("b"), two: region("b") },
    });
    expect(takenBy(machine, "go").taken).toEqual(["one.a|go|go|0", "two.a|go|go|0"]);
  });

  it("takes the first of two regions that both would leave their parent, or the one from further down", () => {
    const machine = (two: object): AnyStateMachine =>
      createMachine({
        id: "m",
        initial: "p",
        states: {
          p: {
            type: "parallel",
            states: { one: { initial: "a", states: { a: { on: { go: "#m.out" } } } }, two },
          },
          out: {},
          other: {},
        },
      });
    const leaves = machine({ initial: "a", states: { a: { on: { go: "#m.other" } } } });
    expect(takenBy(leaves, "go").taken).toEqual(["p.one.a|go|go|0"]);
    const stays = machine({ initial: "a", states: { a: { on: { go: "b" } }, b: {} } });
    expect(takenBy(stays, "go").taken).toEqual(["p.one.a|go|go|0"]);
    const acts = machine({ initial: "a", states: { a: { on: { go: { actions: "note" } } } } });
    expect(takenBy(acts, "go").taken).toEqual(["p.one.a|go|go|0", "p.two.a|go|go|0"]);
  });

  it("names the event that a wildcard stood for, and the candidate whose guard held", () => {
    const machine = createMachine({
      id: "m",
      initial: "a",
      states: {
        a: { on: { "mouse.*": [{ guard: () => false, target: "b" }, { target: "b" }] } },
        b: { on: { "*": "a" } },
      },
    });
    expect(takenBy(machine, "mouse.up").taken).toEqual(["a|mouse.up|mouse.*|1"]);
    expect(takenBy(machine, "mouse.up", "key").taken).toEqual(["b|key|*|0"]);
  });

  it("takes nothing for an event that is forbidden, unknown, or held back by every guard", () => {
    const machine = createMachine({
      id: "m",
      on: { out: ".b" },
      initial: "a",
      states: { a: { on: { out: undefined, held: { guard: () => false, target: "b" } } as object }, b: {} },
    });
    for (const type of ["out", "held", "nobody"]) expect(takenBy(machine, type).taken, type).toEqual([]);
  });

  it("is refused when the machine's copy of XState is too old to tell", () => {
    const machine = createMachine({ id: "m", initial: "a", states: { a: { on: { go: "b" } }, b: {} } });
    const { transition } = machine;
    machine.transition = (snapshot, event, scope) =>
      transition(snapshot, event, { ...scope, system: Object.getPrototypeOf(scope.system) as typeof scope.system });
    expect(() => takenBy(machine, "go")).toThrow("does not tell which transitions it takes; 5.7 and newer do");
  });
});
