/** A sample of what `npm run sim` does a thousand times, and whether its yardstick is straight. */
import { describe, expect, it } from "vitest";
import { runTrial, summarise } from "../../../src/testing/simulate/campaign.ts";
import { buildPlan } from "../../../src/testing/simulate/index.ts";
import { bestListSchedule, listSchedule } from "../../../src/testing/simulate/list-schedule.ts";
import { measurePaths } from "../../../src/testing/simulate/paths.ts";
import { randomPlan } from "../../../src/testing/simulate/random-plan.ts";

const PLANS = 25;
const MINUTE = 60_000;

describe("random plans", () => {
  it("break no rule, whatever goes wrong, and are as short as the best list schedule, or nearly", async () => {
    const trials = [];
    for (let number = 0; number < PLANS; number++) trials.push(await runTrial(2, number));
    expect(trials.flatMap(({ number, violations }) => violations.map((each) => ({ number, ...each })))).toEqual([]);
    const { ratio, recoveries, outcomes } = summarise(trials);
    expect(ratio.median).toBeLessThanOrEqual(1.1);
    // The sample has runs of either end, and hosts that died.
    expect(outcomes).toMatchObject({ succeeded: expect.any(Number), failed: expect.any(Number) });
    expect(recoveries).toBeGreaterThan(PLANS / 2);
  }, 120_000);

  it("are repeated alone as they were in the campaign", async () => {
    expect(await runTrial(2, 7)).toEqual(await runTrial(2, 7));
  });

  it("are of many kinds, and none needs what comes after it", () => {
    const plans = Array.from({ length: 200 }, (_, seed) => randomPlan(seed));
    for (const { tasks, resources } of plans) {
      const seen = new Set<string>();
      for (const { id, needs, prefers, join, uses } of tasks) {
        expect([...needs, ...prefers].every((need) => seen.has(need))).toBe(true);
        expect((join?.require ?? []).every((need) => needs.includes(need))).toBe(true);
        expect(join?.min ?? 0).toBeLessThanOrEqual(needs.length);
        for (const [name, units] of Object.entries(uses)) expect(units).toBeLessThanOrEqual(resources[name] ?? 0);
        seen.add(id);
      }
    }
    const tasks = plans.flatMap((plan) => plan.tasks);
    expect(new Set(plans.map(({ goal }) => goal)).size).toBe(5);
    for (const has of ["join", "continueOnError", "retries"] as const)
      expect(tasks.some((task) => task[has])).toBe(true);
    expect(tasks.some(({ uses }) => Object.keys(uses).length > 0)).toBe(true);
    expect(new Set(plans.map(({ isolation }) => isolation))).toEqual(new Set(["worktree", "none"]));
    expect(new Set(plans.map(({ budget }) => budget.mode))).toEqual(new Set(["warn", "soft", "hard"]));
  });
});

describe("a list schedule", () => {
  const durations: Record<string, number> = { long: 6, a: 2, b: 2, c: 2, last: 1 };
  const durationOf = ({ id }: { id: string }): number => (durations[id] ?? 0) * MINUTE;
  const plan = buildPlan({
    concurrency: 2,
    tasks: [{ id: "a" }, { id: "b" }, { id: "c" }, { id: "long" }, { id: "last", needs: ["a", "b"] }],
  });

  it("starts the most urgent task that may start, and is the better for a better order", () => {
    expect(listSchedule(plan, durationOf, () => 0)).toBe(8 * MINUTE + MINUTE * 0 + 0 * MINUTE);
    const paths = measurePaths(plan.tasks, durationOf);
    expect(paths.get("a")).toBe(3 * MINUTE);
    expect(listSchedule(plan, durationOf, ({ id }) => paths.get(id) ?? 0)).toBe(7 * MINUTE);
    expect(bestListSchedule(plan, durationOf).makespanMs).toBe(7 * MINUTE);
    expect(bestListSchedule(plan, durationOf).longestMs).toBeGreaterThan(7 * MINUTE);
  });

  it("keeps resources, streams, agents and quorums", () => {
    const uses = { database: 1 };
    const shared = buildPlan({
      resources: { database: 1 },
      tasks: [
        { id: "a", uses },
        { id: "b", uses },
      ],
    });
    expect(bestListSchedule(shared, durationOf).makespanMs).toBe(4 * MINUTE);
    const one = [{ name: "builders", concurrency: 1, restart: "permanent" as const }];
    expect(bestListSchedule({ ...plan, streams: one }, durationOf).makespanMs).toBe(13 * MINUTE);
    const work = { kind: "agent" as const, agent: "x", instruction: "" };
    const agents = [{ name: "x", kind: "command" as const, concurrency: 1 }];
    const busy = buildPlan({
      agents,
      tasks: [
        { id: "a", work },
        { id: "b", work },
      ],
    });
    expect(bestListSchedule(busy, durationOf).makespanMs).toBe(4 * MINUTE);
    const quorum = buildPlan({
      tasks: [{ id: "a" }, { id: "long" }, { id: "last", needs: ["a", "long"], join: { min: 1, require: [] } }],
    });
    expect(bestListSchedule(quorum, durationOf).makespanMs).toBe(6 * MINUTE);
    const strict = buildPlan({
      tasks: [{ id: "a" }, { id: "long" }, { id: "last", needs: ["a", "long"], join: { min: 1, require: ["long"] } }],
    });
    expect(bestListSchedule(strict, durationOf).makespanMs).toBe(7 * MINUTE);
  });

  it("of a plan that cannot be finished takes for ever", () => {
    const knot = buildPlan({
      tasks: [
        { id: "a", needs: ["b"] },
        { id: "b", needs: ["a"] },
      ],
    });
    expect(listSchedule(knot, durationOf, () => 0)).toBe(Number.POSITIVE_INFINITY);
  });
});
