/** Waits before a repeat: they grow, never hurry, and spread, so that not all of a run comes back at the same moment. */
import { describe, expect, it } from "vitest";
import type { AnyMachineSnapshot, AnyStateMachine } from "xstate";
import { createDriver } from "../../src/actors/runtime/driver.ts";
import { backoffMs } from "../../src/machines/backoff.ts";
import { breakerMachine } from "../../src/machines/breaker.ts";
import { mergeQueueMachine } from "../../src/machines/merge/merge-queue.ts";
import { supervisorMachine } from "../../src/machines/supervisor.ts";
import { taskMachine } from "../../src/machines/task/task.ts";

const SLOW = { baseMs: 1_000_000, factor: 1, maxMs: 1_000_000 };

/** The waits that a machine asks for while it is given these events, all at time 0. */
function waitsOf(machine: AnyStateMachine, input: object, events: readonly Record<string, unknown>[]): number[] {
  const driver = createDriver(machine);
  let snapshot: AnyMachineSnapshot = driver.start({ ...input, at: 0 }).snapshot;
  return events.flatMap((event) => {
    const timed = { at: 0, type: "", ...event };
    const step = driver.step(snapshot, timed);
    snapshot = step.snapshot;
    return step.effects.flatMap(({ name, params }) =>
      name === "setTimer" ? [(params as { dueAt: number }).dueAt] : [],
    );
  });
}

const differ = (waits: readonly number[]): void => {
  expect(new Set(waits).size, waits.join(", ")).toBe(waits.length);
};

describe("a wait", () => {
  it("grows with each repeat up to its limit, and is never less than half of that", () => {
    const backoff = { baseMs: 100, factor: 2, maxMs: 1_000 };
    const whole = [100, 200, 400, 800, 1_000, 1_000];
    for (let seed = 0; seed < 50; seed += 1) {
      for (const [index, most] of whole.entries()) {
        const waitMs = backoffMs(backoff, index + 1, seed, "t");
        expect(waitMs).toBeGreaterThanOrEqual(most / 2);
        expect(waitMs).toBeLessThanOrEqual(most);
      }
    }
  });

  it("is another for each who waits, for each repeat, and in each run", () => {
    differ(["a", "b", "c", "d"].map((who) => backoffMs(SLOW, 1, 7, who)));
    differ([1, 2, 3, 4].map((repeat) => backoffMs(SLOW, repeat, 7, "a")));
    differ([1, 2, 3, 4].map((seed) => backoffMs(SLOW, 1, seed, "a")));
  });

  it("spreads over all of its second half", () => {
    const waits = Array.from({ length: 400 }, (_, index) => backoffMs(SLOW, 1, index, "a"));
    const quarters = [0, 0, 0, 0];
    for (const waitMs of waits) quarters[Math.min(3, Math.floor((waitMs - 500_000) / 125_000))] = 1;
    expect(quarters).toEqual([1, 1, 1, 1]);
  });
});

describe("waits at the same time", () => {
  it("are others for tasks of one run, and for each of a task's tries", () => {
    const failed = { ok: false, code: 1, signal: null, reason: "no", faultOf: "work", durationMs: 1, timedOut: false };
    const attempt = (label: string) => [
      { type: "attempt.start", attempt: label, base: "m0" },
      { type: "workspace.prepared", workspace: { id: "w", path: "/w", branch: "b", port: 1 } },
      { type: "agent.exited", ...failed, transcript: { path: "t", bytes: 0, sha256: "", truncated: false } },
      { type: "timer.fired", timer: "backoff" },
    ];
    const waits = (id: string) => {
      const input = { id, stream: "s", agent: null, isolation: "worktree", gates: [], retries: 3, onConflict: "ask" };
      const events = [...attempt("1").slice(1), ...attempt("2"), ...attempt("3")];
      return waitsOf(taskMachine, { ...input, backoff: SLOW, seed: 1, attempt: "1", base: "m0" }, events);
    };
    const all = ["a", "b"].flatMap(waits);
    expect(all).toHaveLength(6);
    differ(all);
  });

  it("are others for agents whose breakers open, and each time that one does", () => {
    const fail = { type: "agent.failed", reason: "no" };
    const waits = (agent: string) =>
      waitsOf(breakerMachine, { agent, threshold: 1, backoff: SLOW, seed: 1 }, [
        fail,
        { type: "timer.fired", timer: "retry" },
        fail,
      ]);
    const all = ["claude", "codex"].flatMap(waits);
    expect(all).toHaveLength(4);
    differ(all);
  });

  it("are others for children of a supervisor that crash", () => {
    const children = ["a", "b"].map((id) => ({ id, kind: "k", input: null, restart: "permanent" }));
    const crash = (child: string) => ({
      type: "child.crashed",
      child,
      reason: "no",
      event: { type: "x", data: { child } },
    });
    const input = { strategy: "one_for_one", intensity: { max: 9, periodMs: 9_999 }, degrade: true, children, seed: 1 };
    const waits = waitsOf(supervisorMachine, input, ["a", "b", "a", "b"].map(crash));
    expect(waits).toHaveLength(2);
    differ(waits);
  });

  it("are longer for a merge queue each time that git fails", () => {
    const fail = { type: "git.failed", reason: "locked" };
    const waits = waitsOf(mergeQueueMachine, { base: "h0", hasGates: false, longest: 1, seed: 1 }, [
      { type: "branch.created", branch: "b", commit: "h0" },
      { type: "merge.enqueue", task: "a", commit: "a" },
      ...[1, 2, 3].flatMap(() => [fail, { type: "timer.fired", timer: "retry" }]),
    ]);
    expect(waits).toHaveLength(3);
    expect(waits.toSorted((a, b) => a - b)).toEqual(waits);
    differ(waits);
  });
});
