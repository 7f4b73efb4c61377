/** The example of eight hours of work: two of planning, three of code, two of review and tests, one of release. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { loadPlan } from "../../src/plan/index.ts";
import { parseConfig } from "../../src/plan/read-config.ts";
import { simulate } from "../../src/testing/simulate/index.ts";

const FOLDER = fileURLToPath(new URL("../../examples/three-hours", import.meta.url));
const HOUR = 60 * 60_000;
const PARTS: Record<string, RegExp> = {
  plan: /^(architecture|plan-)/,
  code: /^build-/,
  review: /^(prepare-tests|review-|final-review)/,
  release: /^(prepare-release|integrate|release)/,
};

describe("the example of three hours", () => {
  const { config } = parseConfig("", "pleach.yaml");
  const { plan, errors } = loadPlan(join(FOLDER, "plan.md"), { root: FOLDER, config });
  const minutes: Record<string, number> = JSON.parse(readFileSync(join(FOLDER, "durations.json"), "utf8"));
  const tasks = plan?.tasks ?? [];
  const durations = ({ id }: { id: string }): number => (minutes[id] ?? 0) * 60_000;

  it("is a plan of planners, builders and reviewers, and eight hours of work", () => {
    expect(errors).toEqual([]);
    expect(plan?.streams.map(({ name }) => name).sort()).toEqual(["builders", "planners", "reviewers"]);
    expect(Object.keys(minutes).sort()).toEqual(tasks.map(({ id }) => id).sort());
    const hoursOf = (part: RegExp): number =>
      tasks.filter(({ id }) => part.test(id)).reduce((sum, task) => sum + durations(task), 0) / HOUR;
    const hours = Object.fromEntries(Object.entries(PARTS).map(([part, ids]) => [part, hoursOf(ids)]));
    expect(hours).toEqual({ plan: 2, code: 3, review: 2, release: 1 });
    expect(tasks.reduce((sum, task) => sum + durations(task), 0)).toBe(8 * HOUR);
  });

  it("takes at most three, whether durations are expected or not", async () => {
    if (plan === null) throw new Error("there is no plan");
    const patient = { ...plan, tasks: tasks.map((task) => ({ ...task, timeoutMs: HOUR })) };
    for (const estimates of [durations, undefined]) {
      const run = await simulate(patient, { durations, ...(estimates ? { estimates } : {}) });
      expect(run).toMatchObject({ outcome: "succeeded", workMs: 8 * HOUR, violations: [] });
      expect(run.makespanMs).toBeLessThanOrEqual(3 * HOUR);
    }
  });
});
