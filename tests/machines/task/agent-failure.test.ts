/** What becomes of a task whose agent, not its work, failed: a final failure ends it, a wait that was asked for is kept. */
import { describe, expect, it } from "vitest";
import { createDriver } from "../../../src/actors/runtime/driver.ts";
import { taskMachine } from "../../../src/machines/task/task.ts";
import type { TaskContext, TaskEvent, TaskStart } from "../../../src/machines/task/task-state.ts";

const driver = createDriver(taskMachine);
const START: TaskStart = {
  id: "t",
  stream: "builders",
  agent: "claude",
  isolation: "none",
  gates: [],
  retries: 5,
  onConflict: "rerun",
  backoff: { baseMs: 1_000, factor: 2, maxMs: 10_000 },
  seed: 1,
  attempt: "1",
  base: null,
  at: 0,
};

type Failure = Extract<TaskEvent, { type: "agent.exited" }>["failure"];

function exitWith(failure: Failure, faultOf: "work" | "agent" = "agent") {
  const { snapshot } = driver.start(START);
  const event = {
    type: "agent.exited",
    at: 100,
    ok: false,
    code: 1,
    signal: null,
    reason: "refused",
    faultOf,
    durationMs: 10,
    timedOut: false,
    transcript: { path: "t.log", bytes: 0, sha256: "", truncated: false },
    ...(failure === undefined ? {} : { failure }),
  };
  const { snapshot: after, effects } = driver.step(snapshot, event);
  const told = effects
    .filter(({ name }) => name === "tell")
    .map(({ params }) => (params as { event: { type: string } }).event);
  const timers = effects.filter(({ name }) => name === "setTimer").map(({ params }) => params as { dueAt: number });
  return { state: String(after.value), told, timers, context: after.context as TaskContext };
}

const failure = (change: Partial<NonNullable<Failure>>): Failure => ({
  kind: "api",
  hint: "wait",
  isFinal: false,
  retryAfterMs: null,
  ...change,
});

describe("a task whose agent failed", () => {
  it("ends at once when trying again cannot help, and tells the scheduler so before it gives its slot back", () => {
    const { state, told, timers } = exitWith(failure({ kind: "auth", isFinal: true }));
    expect(state).toBe("closed");
    expect(timers).toEqual([]);
    expect(told[0]).toEqual({ type: "agent.refused", agent: "claude", reason: "refused" });
    expect(told.map(({ type }) => type)).toEqual(["agent.refused", "agent.failed", "slot.release", "task.finished"]);
  });

  it("tries again after its own backoff otherwise, also when its log is older than failures", () => {
    for (const each of [failure({}), null, undefined]) {
      const { state, told, timers } = exitWith(each);
      expect(state).toBe("backingOff");
      expect(told).toContainEqual({ type: "agent.failed", reason: "refused" });
      expect(timers[0]?.dueAt).toBeLessThanOrEqual(100 + 10_000);
    }
  });

  it("waits as long as the service asked for when that is longer than its backoff", () => {
    expect(exitWith(failure({ retryAfterMs: 600_000 })).timers).toEqual([{ timer: "backoff", dueAt: 600_100 }]);
  });

  it.each([
    ["rateLimit", 600_000, { what: "limit", until: 600_100 }],
    ["overloaded", null, { what: "outage", until: null }],
  ] as const)(
    "by %s waits, with all that it has, for its account: nobody did anything wrong",
    (kind, retryAfterMs, refused) => {
      const { state, told, timers, context } = exitWith(failure({ kind, retryAfterMs }));
      expect([state, timers]).toEqual(["suspended", []]);
      expect(told).toEqual([
        { type: "slot.request", task: "t", goesOn: true, refused: { ...refused, source: "refused" } },
      ]);
      expect(context).toMatchObject({ tries: 0, faults: 0, goesOn: "limit", hasSlot: false, refusal: null });
    },
  );

  it("is not told the breaker of when the work is to blame, final or not", () => {
    const { told } = exitWith(failure({ kind: "denied" }), "work");
    expect(told).not.toContainEqual(expect.objectContaining({ type: "agent.failed" }));
  });
});
