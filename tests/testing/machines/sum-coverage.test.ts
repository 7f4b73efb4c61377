/** What several explorations of one machine cover together, and how what is missing is told. */
import { describe, expect, it } from "vitest";
import { setup } from "xstate";
import { formatCoverage, pathsOf, sumCoverage } from "../../../src/testing/machines/index.ts";

const doorMachine = setup({
  types: { input: {} as { hasKey: boolean }, context: {} as { hasKey: boolean } },
  guards: { hasKey: ({ context }) => context.hasKey, never: () => false },
}).createMachine({
  id: "door",
  context: ({ input }) => ({ hasKey: input.hasKey }),
  initial: "closed",
  states: {
    closed: { on: { turn: { guard: "hasKey", target: "locked" }, push: { target: "open" } } },
    open: {},
    locked: { on: { kick: { guard: "never", target: "broken" } } },
    broken: {},
  },
});

const [withKey, without] = [true, false].map((hasKey) => pathsOf(doorMachine, { input: { hasKey }, events: {} }));

describe("the coverage of a machine", () => {
  it("counts what any of the explorations reached, and names what none did", () => {
    const alone = sumCoverage("door", without ? [without] : []);
    expect(alone.states.missing).toEqual(["locked", "broken"]);
    const both = sumCoverage(
      "door",
      [without, withKey].filter((each) => each !== undefined),
    );
    expect(both.states).toEqual({ all: 4, missing: ["broken"] });
    expect(both.transitions).toEqual({ all: 3, missing: ["locked: kick [never] → broken"] });
  });

  it("is told as a table, with what is missing below it, and nothing that a terminal would obey", () => {
    const coverage = {
      machine: "door\u001b[31m",
      states: { all: 4, missing: ["broken"] },
      transitions: { all: 12, missing: ["a\u001b]0;b\u0007 → c"] },
      paths: 2,
    };
    expect(formatCoverage([coverage]).split("\n")).toEqual([
      "machine  states  transitions  paths",
      "door        3/4        11/12      2",
      "door: state broken is never reached",
      "door: a → c is never taken",
    ]);
  });
});
