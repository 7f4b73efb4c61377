/** When a run is expected to end: with ground only, as a range that holds what comes, and steady while the clock runs. */
import { describe, expect, it } from "vitest";
import { emptyMeta, noteRecord } from "../../../src/actors/projections/run-view.ts";
import { projectStatus } from "../../../src/actors/projections/status.ts";
import { runLogics } from "../../../src/actors/run-actors/root.ts";
import { applyRecorded } from "../../../src/actors/runtime/open-runtime.ts";
import { ActorSystem } from "../../../src/actors/runtime/system.ts";
import type { StatusDocument } from "../../../src/protocol/status.ts";
import { buildPlan, simulate } from "../../../src/testing/simulate/index.ts";

const MINUTE = 60_000;
type Seen = { at: number; done: number; eta: StatusDocument["eta"] };

/** What was expected at each moment, between records too, and when the run did end. */
async function watch(
  plan: ReturnType<typeof buildPlan>,
  faults: { conflictRate?: number } = {},
): Promise<{ seen: Seen[]; endedAt: number }> {
  const run = await simulate(plan, { durations: () => MINUTE, faults });
  expect(run.violations).toEqual([]);
  const machines = Object.fromEntries(Object.entries(runLogics).map(([kind, { machine }]) => [kind, machine]));
  const system = new ActorSystem(machines);
  const meta = emptyMeta();
  const seen: Seen[] = [];
  const records = run.log.records();
  for (const [index, record] of records.entries()) {
    applyRecorded(system, record);
    noteRecord(meta, record);
    const next = records[index + 1]?.time ?? record.time;
    if (next === record.time) continue;
    for (const now of [record.time, (record.time + next) / 2]) {
      const { eta, tasks } = projectStatus(system, meta, { hostAlive: true, now });
      seen.push({ at: now, done: tasks.filter(({ status }) => status === "done").length, eta });
    }
  }
  return { seen, endedAt: records.findLast(({ type }) => type === "run.finished")?.time ?? 0 };
}

describe("the expected end of a run", () => {
  const tasks = Array.from({ length: 8 }, (_, index) => ({ id: `t${index}`, run: "x" }));

  it("is not told before anything is known, then holds the real end, and does not grow with the clock", async () => {
    const { seen, endedAt } = await watch(buildPlan({ isolation: "none", concurrency: 2, tasks }));
    expect(seen.filter(({ done }) => done < 2).every(({ eta }) => eta === undefined)).toBe(true);
    const told = seen.filter(({ done }) => done >= 2 && done < 8);
    expect(told.length).toBeGreaterThan(4);
    for (const { eta } of told) {
      expect(Date.parse(eta?.lo ?? "")).toBeLessThanOrEqual(endedAt);
      expect(Date.parse(eta?.hi ?? "")).toBeGreaterThanOrEqual(endedAt);
      expect(eta?.ground).toMatch(/in this run$/);
    }
    const latest = told.map(({ eta }) => Date.parse(eta?.hi ?? ""));
    expect(latest).toEqual(latest.toSorted((a, b) => b - a));
  });

  it("counts in that what waits for others to go first may have to run again, one after the other", async () => {
    const crowd = tasks.map((task) => ({ ...task, scope: ["list.txt"], onConflict: "rerun" as const }));
    const { seen, endedAt } = await watch(buildPlan({ concurrency: 8, tasks: crowd }), { conflictRate: 1 });
    const told = seen.filter(({ eta }) => eta !== undefined);
    expect(told.length).toBeGreaterThan(4);
    for (const { eta } of told) {
      expect(Date.parse(eta?.lo ?? "")).toBeLessThanOrEqual(endedAt);
      expect(Date.parse(eta?.hi ?? "")).toBeGreaterThanOrEqual(endedAt);
    }
  });

  it("is not told of a run that is over", async () => {
    const { seen } = await watch(buildPlan({ isolation: "none", tasks }));
    expect(seen.filter(({ done }) => done === 8).every(({ eta }) => eta === undefined)).toBe(true);
  });
});
