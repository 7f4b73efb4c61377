/** Many tasks that change the same lines: nearly all are merged, each made again about once, whatever goes wrong. */
import { describe, expect, it } from "vitest";
import { buildPlan, type Simulation, simulate, usualFaults } from "../../../src/testing/simulate/index.ts";

const COUNT = 24;

/** Tasks that each change the files of one of these sets, in turn, beside each other. */
const crowd = (scopes: readonly string[][], onConflict: "rerun" | "ask" = "rerun") =>
  buildPlan({
    concurrency: 8,
    tasks: Array.from({ length: COUNT }, (_, at) => {
      const scope = scopes[at % scopes.length] as string[];
      return { id: `task-${at}`, scope, onConflict, retries: 2 };
    }),
  });

const attemptsOf = ({ tasks }: Simulation): number[] => tasks.map(({ attempts }) => attempts);
const sayRerun = () => ({ choice: "rerun", afterMs: 1_000 });

describe("tasks that all change the same files", () => {
  it.each([1, 2])("are all merged, none tried more than twice (seed %i)", async (seed) => {
    const run = await simulate(crowd([["list.txt"]]), { seed, faults: { conflictRate: 1 } });
    expect(run).toMatchObject({ outcome: "succeeded", violations: [] });
    expect(Math.max(...attemptsOf(run))).toBe(2);
  });

  it.each([1, 2])("are all merged, each tried about twice, when they share files crosswise (seed %i)", async (seed) => {
    const plan = crowd([["a"], ["b"], ["a", "b"], ["b", "c"], ["c", "a"], ["d"]]);
    const run = await simulate(plan, { seed, faults: { conflictRate: 1 } });
    expect(run).toMatchObject({ outcome: "succeeded", violations: [] });
    expect(Math.max(...attemptsOf(run))).toBeLessThanOrEqual(3);
    expect(attemptsOf(run).reduce((sum, attempts) => sum + attempts)).toBeLessThanOrEqual(2 * COUNT);
  });

  it("are all merged, none tried more than twice, when a person lets each run again", async () => {
    const run = await simulate(crowd([["list.txt"]], "ask"), { faults: { conflictRate: 1 }, person: sayRerun });
    expect(run).toMatchObject({ outcome: "succeeded", violations: [] });
    expect(Math.max(...attemptsOf(run))).toBe(2);
  });

  it.each([1, 2])("come to an end, nearly all merged, while a lot goes wrong (seed %i)", async (seed) => {
    const plan = crowd([["a"], ["b"], ["a", "b"]]);
    const faults = { ...usualFaults, conflictRate: 1, cancelRate: 0 };
    const run = await simulate(plan, { seed, faults, person: sayRerun });
    expect(run.violations).toEqual([]);
    const good = run.tasks.filter(({ outcome }) => outcome === "merged" || outcome === "done");
    expect(good.length).toBeGreaterThanOrEqual(COUNT - 3);
  });
});
