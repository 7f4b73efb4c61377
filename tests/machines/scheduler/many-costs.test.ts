/** Costs come with each answer of a model: ten thousand of them change sums and nothing else, however large the plan is. */
import { describe, expect, it } from "vitest";
import type { SchedulerContext } from "../../../src/machines/scheduler/state.ts";
import { rowAt } from "../../../src/machines/table.ts";
import { beginSimulation, draftNode } from "../simulated-tasks.ts";

const MANY = 10_000;

function spendOften(mode: "soft" | "hard" | "warn", usd: number) {
  const drafts = Array.from({ length: 300 }, () => draftNode({ agent: "p" }));
  const { driver, snapshot } = beginSimulation(drafts, { budget: { mode, usd } });
  const asked: string[] = [];
  const told: string[] = [];
  let last = snapshot;
  for (let at = 0; at < MANY; at++) {
    const cost = { task: `t${at % 2}`, usd: 0.001, tokens: 10, estimatedUsd: at % 2 === 0 ? 0.001 : -0.001 };
    const step = driver.step(last, { type: "cost.added", at, ...cost } as never);
    last = step.snapshot;
    for (const { name, params } of step.effects) {
      const { event } = params as { event?: { type: string } };
      if (event === undefined) asked.push(name);
      else told.push(event.type);
    }
  }
  return { context: last.context as SchedulerContext, asked, told };
}

describe("ten thousand costs", () => {
  it("are summed up to the millionth, by task and in all, and ask for nothing while there is room", () => {
    const { context, asked, told } = spendOften("soft", 11);
    expect([asked, told]).toEqual([[], []]);
    expect(context.spent).toEqual({ usd: 10, tokens: 100_000, estimatedUsd: 0 });
    expect(rowAt(context.rows, 0).spent).toEqual({ usd: 5, tokens: 50_000, estimatedUsd: 5 });
    expect(rowAt(context.rows, 1).spent).toEqual({ usd: 5, tokens: 50_000, estimatedUsd: 0 });
  });

  it("stop each agent once, however many come after the limit", () => {
    const { told } = spendOften("hard", 1);
    expect(told).toEqual(["budget.exhausted", "attempt.suspend", "attempt.suspend"]);
  });
});
