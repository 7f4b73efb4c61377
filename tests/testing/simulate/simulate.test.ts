/** What `simulate` promises of one run: it is the plan's, it repeats, it ends, and says how. */
import { describe, expect, it } from "vitest";
import { buildPlan, scriptedAgent, simulate, usualFaults } from "../../../src/testing/simulate/index.ts";

const MINUTE = 60_000;
const diamond = buildPlan({
  concurrency: 2,
  tasks: [
    { id: "outline" },
    { id: "left", needs: ["outline"] },
    { id: "right", needs: ["outline"] },
    { id: "join", needs: ["left", "right"] },
  ],
});
const minutes = (n: number) => () => n * MINUTE;

describe("a simulated run", () => {
  it("takes as long as the plan takes with its limits, and says when what was done", async () => {
    const run = await simulate(diamond, {
      durations: { outline: 1 * MINUTE, left: 2 * MINUTE, right: 5 * MINUTE, join: MINUTE },
    });
    expect(run).toMatchObject({ outcome: "succeeded", makespanMs: 7 * MINUTE, workMs: 9 * MINUTE, violations: [] });
    expect(run.speedup).toBeCloseTo(9 / 7);
    expect(run.tasks).toEqual([
      { id: "outline", stream: "builders", outcome: "merged", attempts: 1, startedMs: 0, endedMs: MINUTE },
      { id: "left", stream: "builders", outcome: "merged", attempts: 1, startedMs: MINUTE, endedMs: 3 * MINUTE },
      { id: "right", stream: "builders", outcome: "merged", attempts: 1, startedMs: MINUTE, endedMs: 6 * MINUTE },
      { id: "join", stream: "builders", outcome: "merged", attempts: 1, startedMs: 6 * MINUTE, endedMs: 7 * MINUTE },
    ]);
    const serial = await simulate({ ...diamond, concurrency: 1 }, { durations: minutes(1) });
    expect(serial.makespanMs).toBe(4 * MINUTE);
  });

  it("tries a scripted agent's attempts in order, waits between them, and counts what they cost", async () => {
    const flaky = scriptedAgent({
      attempts: [
        { ok: false, durationMs: 2 * MINUTE, reason: "the first draft was bad", usd: 1 },
        { durationMs: 3 * MINUTE, usd: 2, tokens: 10, emits: [{ type: "build_ready" }] },
      ],
    });
    const plan = buildPlan({
      tasks: [
        { id: "a", retries: 1 },
        { id: "b", needs: ["a"] },
      ],
    });
    const run = await simulate(plan, { agents: { tasks: { a: flaky } }, durations: minutes(1) });
    expect(run.tasks).toMatchObject([
      { id: "a", outcome: "merged", attempts: 2 },
      { id: "b", outcome: "merged" },
    ]);
    expect(run.makespanMs).toBeGreaterThan(6 * MINUTE);
    expect(run.makespanMs).toBeLessThan(6 * MINUTE + 1_000);
    const records = run.log.records();
    const costs = records.filter(({ type }) => type === "cost.reported").map(({ actor, data }) => ({ actor, data }));
    expect(costs.filter(({ actor }) => actor === "task:a")).toEqual([
      { actor: "task:a", data: { usd: 1, tokens: 0 } },
      { actor: "task:a", data: { usd: 2, tokens: 10 } },
    ]);
    const emitted = records.filter(({ type }) => type === "event.emitted");
    expect(emitted).toMatchObject([{ actor: "stream:builders", data: { name: "build_ready", task: "a" } }]);
    const once = await simulate(buildPlan({ tasks: [{ id: "a" }, { id: "b", needs: ["a"] }] }), {
      agents: { streams: { builders: flaky } },
    });
    expect(once.outcome).toBe("failed");
    expect(once.tasks.map(({ outcome }) => outcome)).toEqual(["failed", "skipped"]);
    expect(once.violations).toEqual([]);
  });

  it("ends an attempt that takes longer than its time", async () => {
    const plan = buildPlan({ tasks: [{ id: "slow", timeoutMs: 30 * MINUTE }] });
    const run = await simulate(plan, { durations: minutes(31) });
    expect(run).toMatchObject({ outcome: "failed", makespanMs: 30 * MINUTE, violations: [] });
  });

  it("stops starting tasks when the budget is spent", async () => {
    const dear = scriptedAgent({ attempts: [{ usd: 3 }] });
    const budget = { mode: "soft" as const, usd: 5 };
    const tasks = ["a", "b", "c"].map((id) => ({ id, budget: { usd: 1 } }));
    const plan = buildPlan({ concurrency: 1, budget, tasks });
    const stops = () => ({ choice: "stop", afterMs: 0 });
    const run = await simulate(plan, { agents: { streams: { builders: dear } }, person: stops });
    expect(run.tasks.map(({ outcome }) => outcome)).toEqual(["merged", "merged", "skipped"]);
    expect(run.violations).toEqual([]);
  });

  it("asks the person it was given about a conflict", async () => {
    const asked: unknown[] = [];
    const plan = buildPlan({ tasks: [{ id: "a" }, { id: "b" }] });
    const run = await simulate(plan, {
      faults: { conflictRate: 1 },
      durations: { a: MINUTE, b: 2 * MINUTE },
      person: (conflict) => {
        asked.push(conflict);
        return { choice: "rerun", afterMs: 10 * MINUTE };
      },
    });
    expect(asked).toEqual([{ task: "b", choices: ["rerun", "drop"] }]);
    expect(run).toMatchObject({ outcome: "succeeded", makespanMs: 14 * MINUTE, violations: [] });
    expect(run.tasks[1]).toMatchObject({ id: "b", outcome: "merged", attempts: 2 });
  });

  it("ends a review under way when the run is cancelled", async () => {
    const streams = [
      { name: "builders", concurrency: 2, reviewedBy: "reviewers", restart: "transient" as const },
      { name: "reviewers", concurrency: 1, agent: "judge", restart: "transient" as const },
    ];
    const agents = [{ name: "judge", kind: "command" as const }];
    const plan = buildPlan({ streams, agents, tasks: [{ id: "short" }, { id: "long" }] });
    const run = await simulate(plan, {
      durations: { short: MINUTE, long: 60 * MINUTE },
      overheads: { reviewMs: 60 * MINUTE },
      faults: { cancelRate: 1 },
    });
    expect(run.log.records().map(({ type }) => type)).toContain("review.failed");
    expect(run).toMatchObject({ outcome: "cancelled", violations: [] });
  });

  it("repeats exactly with the same seed, byte for byte, and is another with another", async () => {
    const options = { faults: usualFaults, overheads: { prepareMs: 1_000 } };
    const bytes = async (seed: number): Promise<string> => {
      const { log, records } = await simulate(diamond, { ...options, seed });
      return `${records} ${log.medium
        .list()
        .map((segment) => log.readSegment(segment).toString("utf8"))
        .join("")}`;
    };
    expect(await bytes(7)).toBe(await bytes(7));
    expect(await bytes(7)).not.toBe(await bytes(8));
  });

  it("goes on after the death of a host, without doing again what is done", async () => {
    const runs = await Promise.all(
      [1, 2, 3, 4, 5, 6].map((seed) => simulate(diamond, { seed, faults: { hostCrashes: 3 } })),
    );
    expect(runs.flatMap(({ violations }) => violations)).toEqual([]);
    expect(runs.map(({ outcome }) => outcome)).toEqual(runs.map(() => "succeeded"));
    expect(Math.max(...runs.map(({ recoveries }) => recoveries))).toBeGreaterThan(1);
  });
});

describe("simulate refuses", () => {
  const refusal = async (run: Promise<unknown>): Promise<unknown> =>
    run.then(
      () => null,
      ({ code }) => code,
    );
  const plan = buildPlan({ tasks: [{ id: "a" }] });

  it("a plan that no validation would have let through", async () => {
    const bad = [
      buildPlan({ tasks: [{ id: "a", needs: ["b"] }] }),
      buildPlan({ tasks: [{ id: "a" }, { id: "a" }] }),
      buildPlan({ tasks: [{ id: "a", uses: { toString: 1 } }] }),
      buildPlan({ tasks: [{ id: "a" }], streams: [] }),
    ];
    for (const each of bad) expect(await refusal(simulate(each))).toBe("simulate.badPlan");
  });

  it("faults, durations, scripts and choices that are none", async () => {
    expect(await refusal(simulate(plan, { faults: { failRate: 2 } }))).toBe("simulate.badFault");
    expect(await refusal(simulate(plan, { faults: { rate: 0 } as never }))).toBe("simulate.badFault");
    expect(await refusal(simulate(plan, { faults: { hostCrashes: 1.5 } }))).toBe("simulate.badFault");
    expect(await refusal(simulate(plan, { durations: { a: Number.NaN } }))).toBe("simulate.badDuration");
    expect(await refusal(simulate(plan, { estimates: () => -1 }))).toBe("simulate.badDuration");
    expect(await refusal(simulate(plan, { overheads: { tipMs: Number.POSITIVE_INFINITY } }))).toBe(
      "simulate.badDuration",
    );
    const agents = { tasks: { a: () => ({ durationMs: Number.NaN }) } };
    expect(await refusal(simulate(plan, { agents }))).toBe("simulate.badScript");
    expect(() => scriptedAgent({ attempts: [] })).toThrow(/no attempts/);
    expect(() => scriptedAgent({ attempts: [{ usd: -1 }] })).toThrow(/usd of attempt 1/);
    const two = buildPlan({ tasks: [{ id: "a" }, { id: "b" }] });
    const person = () => ({ choice: "shrug", afterMs: 1 });
    expect(await refusal(simulate(two, { faults: { conflictRate: 1 }, person }))).toBe("simulate.badChoice");
  });

  it("to hide what an agent of the caller's throws", async () => {
    const agents = {
      tasks: {
        a: () => {
          throw new Error("my agent is broken");
        },
      },
    };
    await expect(simulate(plan, { agents })).rejects.toThrow("my agent is broken");
  });
});
