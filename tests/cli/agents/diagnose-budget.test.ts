import { describe, expect, it } from "vitest";
import { diagnoseBudget } from "../../../src/cli/agents/diagnose-budget.ts";
import type { AgentSpec, Budget } from "../../../src/plan/model.ts";

const gemini: AgentSpec = { name: "gemini", kind: "acp", command: "gemini" };
const hard: Budget = { usd: 5, mode: "hard" };

describe("a hard budget and agents that tell what they used at the end", () => {
  it("are named with what holds them, where nothing is set aside for a task", () => {
    const [check] = diagnoseBudget(hard, [gemini, { name: "mine", kind: "acp", command: "my-agent" }]);
    expect(check).toMatchObject({ status: "warn", message: expect.stringContaining("gemini, mine tell") });
    expect(check?.hint).toContain("perTask: {usd: …}");
    expect(diagnoseBudget({ tokens: 9, mode: "hard" }, [gemini])[0]?.hint).toContain("perTask: {tokens: …}");
  });

  it("are fine where something is", () => {
    expect(diagnoseBudget({ ...hard, perTask: { usd: 1 } }, [gemini])).toMatchObject([{ status: "ok", hint: null }]);
    expect(diagnoseBudget({ ...hard, perTask: { tokens: 1 } }, [gemini])).toMatchObject([{ status: "warn" }]);
  });

  it("are no matter where the budget stops nothing, or the agents tell in time", () => {
    expect(diagnoseBudget({ usd: 5, mode: "soft" }, [gemini])).toEqual([]);
    expect(diagnoseBudget(undefined, [gemini])).toEqual([]);
    const live: AgentSpec[] = [
      { name: "claude", kind: "claude" },
      { name: "opencode", kind: "acp", command: "opencode" },
      { name: "command", kind: "command", command: "x" },
    ];
    expect(diagnoseBudget(hard, live)).toEqual([]);
  });
});
