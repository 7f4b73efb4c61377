/** How agents did is counted of the tasks that came to an end. */
import { describe, expect, it } from "vitest";
import { type CountedTask, countTasks } from "../../../src/cli/agents/agent-record.ts";

const task = (change: Partial<CountedTask>): CountedTask => ({
  run: "r1",
  agent: "claude",
  outcome: "merged",
  attempts: 1,
  workMs: 60_000,
  costUsd: 0,
  tokens: 0,
  estimatedUsd: 0,
  ...change,
});

describe("the record of an agent", () => {
  it("counts what landed, at the first attempt or later, and what all of it cost for each that landed", () => {
    const tasks = [
      task({ costUsd: 1, tokens: 100, workMs: 10_000 }),
      task({ costUsd: 2, tokens: 200, workMs: 90_000, attempts: 3, run: "r2" }),
      task({ outcome: "done", workMs: 30_000 }),
      task({ outcome: "failed", attempts: 2, costUsd: 3, tokens: 300, workMs: 500_000 }),
    ];
    expect(countTasks(tasks).get("claude")).toEqual({
      ...{ runs: 2, tasks: 4, landed: 3, firstPass: 0.5, rework: 0.75, costUsd: 2, tokens: 200 },
      ...{ isEstimated: false, durationMs: 30_000 },
    });
  });

  it("leaves out what came to no end, and who did nothing", () => {
    const open = (["skipped", "cancelled", "unfinished"] as const).map((outcome) => task({ outcome }));
    expect(countTasks([...open, task({ agent: null })]).size).toBe(0);
    expect([...countTasks([...open, task({ agent: "codex" })]).keys()]).toEqual(["codex"]);
  });

  it("says nothing of costs that nobody reported, nor of what never landed", () => {
    expect(countTasks([task({})]).get("claude")).toMatchObject({ costUsd: null, tokens: null });
    expect(countTasks([task({ outcome: "failed", costUsd: 3, tokens: 5 })]).get("claude")).toEqual({
      ...{ runs: 1, tasks: 1, landed: 0, firstPass: 0, rework: 0, costUsd: null, tokens: null },
      ...{ isEstimated: false, durationMs: null },
    });
  });

  it("is estimated where a part is", () => {
    expect(countTasks([task({}), task({ estimatedUsd: 0.1 })]).get("claude")?.isEstimated).toBe(true);
  });
});
