/** Each counter that is wrong is found: by a recount, and those that a step changes also by the check of that step. */
import { describe, expect, it } from "vitest";
import { checkCounters, listMiscounts } from "../../../src/machines/scheduler/recount.ts";
import type { SchedulerContext } from "../../../src/machines/scheduler/state.ts";
import { changeRow } from "../../../src/machines/table.ts";
import { draftNode, type NodeDraft, Simulation } from "../simulated-tasks.ts";

const node = (change: Partial<NodeDraft> = {}): NodeDraft =>
  draftNode({ agent: "p", uses: { db: 1 }, reserve: { usd: 1, tokens: 10 }, ...change });

/** Two tasks run, one is ready, one waits for the first. */
function simulation(): Simulation {
  const drafts = [node(), node({ stream: "y" }), node(), node({ needs: [0], prefers: [1] })];
  const limits = { concurrency: 2, streams: { x: 9, y: 9 }, agents: {}, resources: { db: 9 } };
  const begun = new Simulation(drafts, { ...limits, budget: { mode: "warn" } }, false);
  begun.begin();
  expect(begun.started).toEqual(["t0", "t1"]);
  return begun;
}

/** Counter -> what makes it wrong. */
const WRONG: Record<string, (context: SchedulerContext) => Partial<SchedulerContext>> = {
  runningIn: () => ({ runningIn: { x: 1 } }),
  runningBy: ({ runningBy }) => ({ runningBy: { ...runningBy, q: 1 } }),
  used: () => ({ used: { db: 3 } }),
  reserved: () => ({ reserved: { usd: 2, tokens: 10 } }),
  busy: () => ({ busy: 1 }),
  waitingForHuman: () => ({ waitingForHuman: 1 }),
  unfinished: () => ({ unfinished: 2 }),
  ready: () => ({ ready: {} }),
  needs: ({ rows }) => ({ rows: changeRow(rows, 3, { succeeded: 1 }) }),
};

describe("a recount of the scheduler's counters", () => {
  it("finds nothing where nothing is wrong, and lets drifting sums of decimals pass", () => {
    const { context } = simulation();
    expect(listMiscounts(context)).toEqual([]);
    expect(listMiscounts({ ...context, reserved: { usd: 2 + 1e-12, tokens: 20 } })).toEqual([]);
  });

  it.each(Object.entries(WRONG))("finds that %s is wrong", (name, change) => {
    const { context } = simulation();
    const wrong = listMiscounts({ ...context, ...change(context) });
    expect(wrong).toEqual([expect.stringMatching(new RegExp(`^${name} is .*, and recounted `))]);
  });
});

describe("the check of a step", () => {
  const refused = expect.objectContaining({ code: "run.inconsistent" });
  const step = (): [before: SchedulerContext, after: SchedulerContext] => {
    const run = simulation();
    const before = run.context;
    run.end(0, "done");
    return [before, run.context];
  };

  it("lets right ones pass: the first, one on the way, the last", () => {
    const [before, after] = step();
    expect(() => checkCounters(before, null)).not.toThrow();
    expect(() => checkCounters(after, before)).not.toThrow();
    const run = simulation();
    run.finish();
    expect(run.context.outcome).toBe("succeeded");
    expect(() => checkCounters(run.context, run.context)).not.toThrow();
  });

  it.each(["runningIn", "busy", "waitingForHuman", "unfinished"])("finds at once that %s went wrong", (name) => {
    const [before, after] = step();
    const change = WRONG[name]?.(after) ?? {};
    expect(() => checkCounters({ ...after, ...change }, before)).toThrow(refused);
  });

  it.each([{ runningBy: { p: -1 } }, { used: { db: -1 } }, { reserved: { usd: -1, tokens: 0 } }])(
    "finds at once what is below zero: %j",
    (change) => {
      const [before, after] = step();
      expect(() => checkCounters({ ...after, ...change }, before)).toThrow(refused);
    },
  );

  it("finds everything when the scheduler starts, and before it says how the run ended", () => {
    const [before, after] = step();
    const wrong = { used: { db: 7 } };
    expect(() => checkCounters({ ...after, ...wrong }, before)).not.toThrow();
    expect(() => checkCounters({ ...after, ...wrong }, null)).toThrow(refused);
    expect(() => checkCounters({ ...after, ...wrong, outcome: "failed" }, before)).toThrow(refused);
  });
});
