/** Which tasks of a run that is over are tried again, and what its scheduler begins with then. */
import { describe, expect, it } from "vitest";
import { createDriver } from "../../../src/actors/runtime/driver.ts";
import { beginContext, schedulerInput } from "../../../src/machines/scheduler/begin.ts";
import { listMiscounts } from "../../../src/machines/scheduler/recount.ts";
import { chooseRetried, retryInput } from "../../../src/machines/scheduler/retry.ts";
import { schedulerMachine } from "../../../src/machines/scheduler/scheduler.ts";
import type { Row, SchedulerContext } from "../../../src/machines/scheduler/state.ts";
import { changeRow, rowsOf } from "../../../src/machines/table.ts";
import type { Task } from "../../../src/plan/model.ts";
import { makeTask } from "../../helpers/make-task.ts";
import { Growing, PLANNER } from "./growing.ts";

type Ends = Record<string, { phase: Row["phase"]; needs?: string[]; more?: Partial<Task> }>;

/** The scheduler of a run that ended like this. */
function ended(ends: Ends): SchedulerContext {
  const tasks = Object.entries(ends).map(([id, { needs = [], more }]) => makeTask(id, { needs, ...more }));
  const streams = [{ name: "builders", concurrency: 2, restart: "permanent" as const }];
  const plan = {
    goal: "g",
    concurrency: 2,
    isolation: "worktree" as const,
    streams,
    tasks,
    gates: [],
    resources: {},
    agents: [],
  };
  const options = {
    run: "r",
    seed: 1,
    backoff: { baseMs: 1, factor: 1, maxMs: 1 },
    expectedMs: {},
    unknownMs: 1,
    pathMs: {},
  };
  const context = beginContext(schedulerInput({ ...plan, budget: { mode: "warn" } }, options));
  for (const [at, { phase }] of Object.values(ends).entries())
    context.rows = changeRow(context.rows, at, { phase, attempts: 1, reason: phase === "failed" ? "red" : null });
  return context;
}

const NOBODY: ReadonlySet<string> = new Set();
const OVER: Ends = {
  a: { phase: "merged" },
  b: { phase: "failed", needs: ["a"] },
  c: { phase: "skipped", needs: ["b"] },
  d: { phase: "cancelled" },
  e: { phase: "done" },
};

describe("a run that is tried again", () => {
  it.each<[string, string[], string[], object]>([
    ["all that failed, was skipped or cancelled, where none is named", [], [], { tasks: ["b", "c", "d"], left: [] }],
    ["one that is named", ["d"], [], { tasks: ["d"], left: [] }],
    ["with one that is named, the needs of it that failed", ["c"], [], { tasks: ["b", "c"], left: [] }],
    ["not what a person gave up, nor what needs that", [], ["b"], { tasks: ["d"], left: ["b"] }],
    ["what a person gave up, when it is named, or needed by what is", ["c"], ["b"], { tasks: ["b", "c"], left: [] }],
  ])("tries %s", (_what, asked, dropped, expected) => {
    expect(chooseRetried(ended(OVER), asked, new Set(dropped))).toEqual({ kind: "retried", ...expected });
  });

  it("does not do again what is merged or done, and knows what it does not know", () => {
    expect(chooseRetried(ended(OVER), ["a"], NOBODY)).toEqual({ kind: "done", task: "a", phase: "merged" });
    expect(chooseRetried(ended(OVER), ["d", "e"], NOBODY)).toEqual({ kind: "done", task: "e", phase: "done" });
    expect(chooseRetried(ended(OVER), ["x"], NOBODY)).toMatchObject({ kind: "unknown", task: "x" });
    const good: Ends = { a: { phase: "merged" }, b: { phase: "done" } };
    expect(chooseRetried(ended(good), [], NOBODY)).toEqual({ kind: "nothing", dropped: [] });
    const given: Ends = { a: { phase: "failed" }, b: { phase: "skipped", needs: ["a"] } };
    expect(chooseRetried(ended(given), [], new Set(["a"]))).toEqual({ kind: "nothing", dropped: ["a"] });
  });

  it("counts a quorum of needs as met without those that were given up", () => {
    const quorum: Ends = {
      a: { phase: "merged" },
      b: { phase: "failed" },
      c: { phase: "failed", needs: ["a", "b"], more: { join: { min: 1, require: [] } } },
    };
    expect(chooseRetried(ended(quorum), [], new Set(["b"]))).toMatchObject({ tasks: ["c"], left: ["b"] });
  });

  it("begins with what is merged, the counts as a recount gives them, and attempts that go on counting", () => {
    const context = { ...ended(OVER), head: "h", spent: { usd: 2, tokens: 5, estimatedUsd: 0.5 } };
    const input = retryInput(context, ["b", "c"], (task) => (task === "b" ? "out/red.log" : null));
    const driver = createDriver(schedulerMachine);
    const begun = driver.start({ ...input, at: 0 });
    expect(listMiscounts(begun.snapshot.context)).toEqual([]);
    const { snapshot, effects } = driver.step(begun.snapshot, { type: "branch.ready", at: 1, head: "h" } as never);
    const now = snapshot.context as SchedulerContext;
    expect(now.spent).toEqual({ usd: 2, tokens: 5, estimatedUsd: 0.5 });
    expect(rowsOf(now.rows).map(({ phase }) => phase)).toEqual(["merged", "running", "blocked", "cancelled", "done"]);
    expect(effects).toMatchObject([
      {
        params: { event: { type: "task.start", attempt: "2", base: "h", input: { id: "b", feedback: "out/red.log" } } },
      },
    ]);
    expect(listMiscounts(now)).toEqual([]);
  });
});

describe("a task that is tried again while the run goes on", () => {
  it("is left as it is when its stream crashed too often: nobody is there who could start it", () => {
    const run = new Growing([PLANNER, makeTask("a", { stream: "builders" }), makeTask("b", { stream: "planners" })]);
    run.end("a", "failed");
    run.send({ type: "child.lost", child: "stream:builders", reason: "r" });
    const before = run.started;
    run.send({ type: "task.retried", tasks: ["a"], feedback: {} });
    expect([run.phaseOf("a"), run.started]).toEqual(["failed", before]);
    run.send({ type: "stream.started", stream: "planners" });
    run.end("b", "failed");
    run.send({ type: "task.retried", tasks: ["b"], feedback: {} });
    expect(run.phaseOf("b")).toBe("running");
  });
});
