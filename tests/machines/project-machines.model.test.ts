/**
 * Every machine of the project: paths are generated until each transition is taken, each is walked in the real runtime,
 * where after every step the log is replayed and compared with what is live, and the machine's invariants are asked in
 * every state that is explored. What the paths cover is printed; less than everything is an error that names the rest.
 */
import { readdirSync } from "node:fs";
import { basename, join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { StateMachine } from "xstate";
import { runLogics } from "../../src/actors/run-actors/root.ts";
import { formatCoverage, sumCoverage } from "../../src/testing/machines/sum-coverage.ts";
import { makeTests } from "../../src/testing/machines/test-machine.ts";
import { projectMachines } from "./examples/index.ts";

const MACHINES = join(import.meta.dirname, "../../src/machines");

/** What exploring one case may say: it was told where to end, and other cases go elsewhere. */
const TOLD: ReadonlySet<string> = new Set(["cut", "unreachable", "untaken"]);

const coverages = Object.entries(projectMachines).map(([name, cases]) => {
  const made = cases.map(({ name: what, machine, options }) => ({ what, ...makeTests(machine, options) }));
  const coverage = sumCoverage(
    name,
    made.map(({ report }) => report),
  );
  describe(`the ${name}`, () => {
    it("reaches every state, and takes every transition on some path", () => {
      expect({ states: coverage.states.missing, transitions: coverage.transitions.missing }).toEqual({
        states: [],
        transitions: [],
      });
    });

    for (const { what, report, pathTests } of made) {
      describe(what, () => {
        it("throws nowhere, and has an example for every event", () => {
          expect(report.problems.filter(({ kind }) => !TOLD.has(kind))).toEqual([]);
        });

        for (const { name: title, run } of pathTests) it(title, run);
      });
    }
  });
  return coverage;
});

afterAll(() => console.log(formatCoverage(coverages)));

describe("the machines of the project", () => {
  it("are all here: each file that exports one, and each that a run is made of", async () => {
    const files = readdirSync(MACHINES, { recursive: true, encoding: "utf8" }).filter((file) => file.endsWith(".ts"));
    const found = new Map<unknown, string>();
    for (const file of files) {
      const exported = (await import(join(MACHINES, file))) as Record<string, unknown>;
      for (const value of Object.values(exported)) {
        if (value instanceof StateMachine) found.set(value, basename(file, ".ts"));
      }
    }
    expect([...found.values()].sort()).toEqual(Object.keys(projectMachines).sort());
    for (const [name, cases] of Object.entries(projectMachines)) {
      for (const { machine } of cases) expect(found.get(machine)).toBe(name);
    }
    const ours = new Set(Object.values(projectMachines).map(([first]) => first?.machine));
    expect(new Set(Object.values(runLogics).map(({ machine }) => machine))).toEqual(ours);
  });
});
