/** A simulated person who steps in does all that a person can, and what would be wrong then is seen. */
import { describe, expect, it } from "vitest";
import type { LogRecord } from "../../../src/actors/log/index.ts";
import { readRecords } from "../../../src/actors/log/index.ts";
import type { Plan } from "../../../src/plan/model.ts";
import { checkInvariants } from "../../../src/testing/machines/index.ts";
import { buildPlan, simulate } from "../../../src/testing/simulate/index.ts";
import { randomPlan } from "../../../src/testing/simulate/random-plan.ts";
import { RunOracle } from "../../../src/testing/simulate/run-oracle.ts";

const STEPS = [
  "task.paused",
  "task.continued",
  "task.stopped",
  "task.skipped",
  "task.retried",
  "task.edited",
  "task.takenOver",
  "task.givenBack",
];
const gate = { name: "test", run: "true", required: true, at: ["task" as const], timeoutMs: 60_000 };

/** What an oracle says of records of this plan, which it may change. */
function observe(plan: Plan, ...records: [actor: string, type: string, data: object][]): string[] {
  const broken: string[] = [];
  const oracle = new RunOracle(plan, (rule) => void broken.push(rule));
  for (const [at, [actor, type, data]] of records.entries())
    oracle.observe({ seq: at + 1, time: 0, actor, type, data, effects: [], cause: null } as unknown as LogRecord);
  return broken;
}

describe("a person who steps into a simulated run", () => {
  it("does everything that a person can do, also over crashes, and no rule is broken", async () => {
    const seen = new Set<string>();
    for (let seed = 1; seed <= 25; seed++) {
      const { violations, log } = await simulate(randomPlan(seed), {
        seed,
        faults: { stepsIn: 12, hostCrashes: 2, failRate: 0.3 },
      });
      expect(violations).toEqual([]);
      const records = await readRecords(log);
      expect(checkInvariants(records)).toEqual([]);
      for (const { type } of records) seen.add(type);
    }
    expect(STEPS.filter((type) => !seen.has(type))).toEqual([]);
  });

  it("is seen to be passed by when what they gave back is merged without its gates", () => {
    const plan = buildPlan({ gates: [gate], tasks: [{ id: "a", gates: ["test"] }] });
    const taken = ["scheduler", "task.takenOver", { task: "a", path: "/a" }] as const;
    const given = ["scheduler", "task.givenBack", { task: "a" }] as const;
    const merged = ["merge", "merge.enqueue", { task: "a", commit: "c", files: [] }] as const;
    const green = { name: "test", required: true, status: "passed", durationMs: 1, summary: "" };
    const checked = ["task:a", "gates.finished", { results: [green], durationMs: 1 }] as const;
    expect(observe(plan, [...taken], [...given], [...merged])).toEqual(["taken"]);
    expect(observe(plan, [...taken], [...given], [...checked], [...merged])).toEqual([]);
  });

  it("changes what is to be done, and nothing that has begun", () => {
    const plan = buildPlan({ tasks: [{ id: "a" }, { id: "b", needs: ["a"] }] });
    const [a, b] = plan.tasks;
    const edited = (task: object) => ["scheduler", "task.edited", { task: "b", tasks: [task], changed: [] }] as const;
    observe(plan, [...edited({ ...b, needs: [] })]);
    expect(plan.tasks[1]?.needs).toEqual([]);
    const input = { id: "a", stream: "builders", agent: null };
    observe(plan, ["stream:builders", "task.start", { input }], [...edited({ ...a, retries: 9 })]);
    expect(plan.tasks[0]?.retries).not.toBe(9);
  });
});
