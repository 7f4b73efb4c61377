/** Which of several tasks starts, soft needs, budgets, breakers and cancelling, one example each. */
import { describe, expect, it } from "vitest";
import { refuseBudgetChoice, refuseLimit } from "../../../src/machines/scheduler/budget-question.ts";
import { rowAt, rowsOf } from "../../../src/machines/table.ts";
import { beginSimulation, draftNode } from "../simulated-tasks.ts";

/** Done by an agent: it costs. */
const PAID = { agent: "q" };

describe("the scheduler", () => {
  it("starts what has the longest remaining path first, over all streams, then in the order of the plan", () => {
    const drafts = [10, 30, 20, 30].map((pathMs, at) => draftNode({ pathMs, stream: at === 1 ? "y" : "x" }));
    const simulation = beginSimulation(drafts, { concurrency: 1 });
    for (let done = 0; done < 4; done++) simulation.act("done", 0);
    expect(simulation.started).toEqual(["t1", "t3", "t2", "t0"]);
    simulation.finish();
  });

  it("ends as failed, not as cancelled, when merging has stopped; whoever cancels after that cancels it", () => {
    for (const [then, outcome] of [
      [[], "failed"],
      [["cancel"], "cancelled"],
    ] as const) {
      const simulation = beginSimulation([draftNode(), draftNode({ needs: [0] })], {}, true);
      simulation.act("break", 0);
      for (const what of then) simulation.act(what, 0);
      simulation.finish();
      expect(simulation.endings).toEqual([outcome]);
      expect(simulation.outcomes).toEqual(["cancelled", null]);
    }
  });

  it("waits for a soft need that is under way, and starts as soon as that is done", () => {
    const simulation = beginSimulation([draftNode(), draftNode({ prefers: [0], pathMs: 10 })]);
    expect(simulation.started).toEqual(["t0"]);
    simulation.act("done", 0);
    expect(simulation.started).toEqual(["t0", "t1"]);
    simulation.finish();
  });

  it("waits for a soft need no longer than it was expected to take", () => {
    const simulation = beginSimulation([draftNode({ expectedMs: 250 }), draftNode({ prefers: [0], pathMs: 10 })]);
    expect(simulation.openTimers()).toMatchObject([{ timer: "soft t1", dueAt: simulation.at + 250 }]);
    simulation.advance();
    expect(simulation.started).toEqual(["t0", "t1"]);
    simulation.finish();
  });

  it("does not wait for a soft need that has failed", () => {
    const simulation = beginSimulation([draftNode(), draftNode({ prefers: [0], pathMs: 10 })]);
    simulation.end(0, "failed");
    expect(simulation.started).toEqual(["t0", "t1"]);
    simulation.finish();
  });

  it("starts a quorum when enough of its needs have succeeded, and skips it when they no longer can", () => {
    const quorum = beginSimulation([draftNode(), draftNode(), draftNode({ needs: [0, 1], min: 1 })]);
    quorum.end(0, "failed");
    expect(quorum.started).not.toContain("t2");
    quorum.end(1, "done");
    expect(quorum.started).toContain("t2");
    quorum.finish();
    const lost = beginSimulation([draftNode(), draftNode(), draftNode({ needs: [0, 1], min: 1, require: [0] })]);
    lost.end(0, "failed");
    lost.end(1, "done");
    expect(lost.started).not.toContain("t2");
    lost.finish();
    expect(lost.endings).toEqual(["failed"]);
  });

  it("in soft mode lets what runs end, starts nothing more, and asks whether to raise it", () => {
    const simulation = beginSimulation([draftNode(PAID), draftNode({ ...PAID, needs: [0] })], {
      budget: { mode: "soft", usd: 1 },
    });
    simulation.act("cost", 1_000_001);
    expect(simulation.phases[0]).toBe("working");
    simulation.act("done", 0);
    expect(simulation.started).toEqual(["t0"]);
    expect([simulation.question, simulation.context.saidWaiting]).toEqual(["conflict:budget-1", true]);
    simulation.answer("raise 5");
    expect(simulation.started).toEqual(["t0", "t1"]);
    simulation.finish();
    expect(simulation.outcomes).toEqual(["done", "done"]);
  });

  it("ends what the budget holds back, and what waits for a person, when a person stops it", () => {
    const drafts = [draftNode(PAID), draftNode(PAID), draftNode({ ...PAID, needs: [0] })];
    const simulation = beginSimulation(drafts, { budget: { mode: "soft", usd: 1 } });
    simulation.act("ask", 1);
    simulation.act("cost", 1_000_001);
    simulation.act("done", 0);
    expect(simulation.question).toBe("conflict:budget-1");
    simulation.answer("stop");
    expect(simulation.outcomes).toEqual(["done", "cancelled", null]);
    simulation.finish();
    expect(simulation.context.reason).toBe("the budget is exhausted");
  });

  it("starts what costs nothing whatever was spent, and takes its question back when something may start again", () => {
    const drafts = [draftNode(PAID), draftNode(PAID), draftNode({ needs: [0] }), draftNode({ needs: [2] })];
    const simulation = beginSimulation(drafts, { budget: { mode: "soft", usd: 1 }, concurrency: 1 });
    simulation.act("cost", 1_000_001);
    simulation.act("done", 0);
    expect(simulation.started).toEqual(["t0", "t2"]);
    simulation.tell({ type: "run.interrupted", signal: "SIGINT" });
    simulation.act("done", 2);
    expect(simulation.started).toEqual(["t0", "t2", "t3"]);
    simulation.act("done", 3);
    expect(simulation.question).toBe("conflict:budget-1");
    simulation.tell({ type: "budget.raise", usd: 3 });
    expect([simulation.question, simulation.started.at(-1)]).toEqual([null, "t1"]);
    simulation.finish();
  });

  it("takes no limit that lets nothing start for an answer", () => {
    const costly = { ...PAID, reserve: { usd: 2, tokens: 0 } };
    const { context } = beginSimulation([draftNode(costly)], { budget: { mode: "soft", usd: 1 } });
    expect(refuseBudgetChoice(context, "stop")).toBeNull();
    expect(refuseBudgetChoice(context, "raise much")).toContain("raise 5");
    expect(refuseBudgetChoice(context, "raise 1.5")).toContain("$2.00 is needed");
    expect(refuseBudgetChoice(context, "raise 2")).toBeNull();
    expect(refuseLimit({ ...context, spent: { usd: 3, tokens: 0, estimatedUsd: 0 } }, { usd: 2 })).toContain(
      "$3.00 is spent already",
    );
  });

  it("in soft mode asks about a task that has failed and would have to be tried again beyond the budget", () => {
    const simulation = beginSimulation([draftNode(PAID)], { budget: { mode: "soft", usd: 1 } });
    simulation.act("cost", 1_000_001);
    simulation.act("fail", 0);
    simulation.act("go on", 0);
    simulation.answer("stop");
    expect(simulation.outcomes).toEqual(["cancelled"]);
    simulation.finish();
  });

  const agents = (...needs: number[][]) => needs.map((each) => draftNode({ agent: "p", needs: each }));
  const HARD = { budget: { mode: "hard", usd: 2 } } as const;

  it("in hard mode has every agent stopped in the midst of its work, asks once all have, and lets them go on first", () => {
    const simulation = beginSimulation([...agents([], [], []), draftNode()], { ...HARD, concurrency: 3 });
    expect(simulation.started).toEqual(["t0", "t1", "t2"]);
    simulation.act("cost", 2);
    expect(simulation.phases).toEqual(["awaitingSlot", "awaitingSlot", "awaitingSlot", "working"]);
    expect(simulation.context.suspended).toEqual([0, 1, 2]);
    expect(rowsOf(simulation.context.rows).map(({ attempts }) => attempts)).toEqual([1, 1, 1, 1]);
    expect(simulation.why).toBe(
      "the budget of $2.00 is exhausted ($2.00 spent); stopped in the midst of their work: t0, t1, t2",
    );
    simulation.answer("raise usd=9");
    expect(simulation.started.slice(4)).toEqual(["t0", "t1"]);
    // What goes on is the same attempt.
    expect(rowsOf(simulation.context.rows).map(({ attempts }) => attempts)).toEqual([1, 1, 1, 1]);
    simulation.finish();
    expect(simulation.outcomes).toEqual(["done", "done", "done", "done"]);
  });

  it("in hard mode asks only when the last agent has stopped, and waits for a person then", () => {
    const simulation = beginSimulation(agents([], []), HARD);
    simulation.tell({ type: "run.interrupted", signal: "" });
    // From here on nobody obeys before the test says so.
    simulation.isObeying = true;
    simulation.act("cost", 2);
    expect(simulation.suspending).toEqual([0, 1]);
    simulation.suspendNext();
    expect([simulation.question, simulation.context.saidWaiting]).toEqual([null, false]);
    simulation.suspendNext();
    expect([simulation.question, simulation.context.saidWaiting]).toEqual(["conflict:budget-1", true]);
    // Told once: the agents that stop say what their last turn had cost.
    simulation.act("cost", 1);
    expect(simulation.suspending).toEqual([]);
    simulation.isObeying = false;
    simulation.answer("stop");
    simulation.finish();
    expect([simulation.outcomes, simulation.endings]).toEqual([["cancelled", "cancelled"], ["failed"]]);
  });

  it("in hard mode goes on without a question when what was estimated was too much, and stops again later", () => {
    const simulation = beginSimulation(agents([]), HARD);
    simulation.act("cost", 2);
    expect(simulation.phases).toEqual(["awaitingSlot"]);
    simulation.act("correct", 1);
    expect([simulation.phases, simulation.question]).toEqual([["working"], null]);
    simulation.act("cost", 1);
    expect(simulation.phases).toEqual(["awaitingSlot"]);
    simulation.answer("raise usd=9");
    simulation.finish();
    expect(simulation.outcomes).toEqual(["done"]);
  });

  it("in warn mode stops nothing", () => {
    const warn = beginSimulation([draftNode(), draftNode({ needs: [0] })], { budget: { mode: "warn", usd: 1 } });
    warn.act("cost", 1_000_001);
    warn.finish();
    expect(warn.outcomes).toEqual(["done", "done"]);
  });

  it("starts nothing with an agent whose breaker is open, one task on trial, and gives its tasks up at last", () => {
    const simulation = beginSimulation(
      [draftNode({ agent: "p" }), draftNode({ agent: "p" }), draftNode({ agent: "p", needs: [0] })],
      {
        concurrency: 1,
      },
    );
    simulation.act("open", 0);
    simulation.act("done", 0);
    expect(simulation.started).toEqual(["t0"]);
    simulation.act("halfOpen", 0);
    expect(simulation.started).toHaveLength(2);
    for (let openings = 2; openings <= 4; openings++) {
      simulation.act("open", 0);
      if (openings < 4) simulation.act("halfOpen", 0);
    }
    simulation.finish();
    expect(simulation.started).toHaveLength(2);
    expect(simulation.endings).toEqual(["failed"]);
  });

  const claimOf = (claim: string, task: number | null, change: object = {}) => ({
    type: "resource.claim",
    claim,
    holder: task === null ? "guest" : `t${task}`,
    task: task === null ? null : `t${task}`,
    actor: task === null ? "stream:x" : `task:t${task}`,
    resource: "db",
    units: 1,
    ttlMs: 1_000,
    ...change,
  });

  it("leases a resource to agents in the order of their claims, with a larger fencing number each time", () => {
    const simulation = beginSimulation([draftNode(), draftNode()], { resources: { db: 2 } });
    simulation.tell(claimOf("first", 0));
    simulation.tell(claimOf("both", 1, { units: 2 }));
    // One unit is free, but an older claim waits for it.
    simulation.tell(claimOf("late", null));
    expect([...simulation.leases.keys()]).toEqual(["first"]);
    simulation.tell({ type: "resource.release", claim: "first" });
    expect(simulation.context.leases.map(({ claim, fence }) => [claim, fence])).toEqual([
      ["both", 2],
      ["late", null],
    ]);
    simulation.tell({ type: "resource.return", holder: "t1" });
    expect(simulation.context.leases.map(({ claim, fence }) => [claim, fence])).toEqual([["late", 3]]);
    simulation.finish();
  });

  it("starts no task that uses what is leased, until the lease is given back", () => {
    const simulation = beginSimulation([draftNode(), draftNode({ needs: [0], uses: { db: 1 } })], {
      resources: { db: 1 },
    });
    simulation.tell(claimOf("mine", null));
    simulation.act("done", 0);
    expect(simulation.started).toEqual(["t0"]);
    simulation.tell({ type: "resource.release", claim: "mine" });
    expect(simulation.started).toEqual(["t0", "t1"]);
    simulation.finish();
  });

  it("takes back a lease whose time is over, and no sooner when it was renewed", () => {
    const simulation = beginSimulation([draftNode(), draftNode()], { resources: { db: 1 } });
    simulation.tell(claimOf("held", 0, { ttlMs: 200_000 }));
    const begun = simulation.at;
    simulation.advance();
    simulation.tell({ type: "resource.renew", claim: "held" });
    const renewed = simulation.at;
    expect(renewed).toBeLessThan(begun + 200_000);
    while (simulation.at < renewed + 200_000) {
      expect(simulation.context.leases.map(({ claim }) => claim)).toEqual(["held"]);
      simulation.advance();
    }
    expect(simulation.context.leases).toEqual([]);
    expect(simulation.context.used).toEqual({ db: 0 });
    simulation.finish();
  });

  it("takes back what a task's agent leased and claimed as soon as the task leaves its slot", () => {
    const simulation = beginSimulation([draftNode(), draftNode()], { resources: { db: 1 } });
    simulation.tell(claimOf("held", 0));
    simulation.tell(claimOf("wanted", 0));
    simulation.tell(claimOf("other", 1));
    simulation.release(0, "queued");
    expect([...simulation.leases.keys()]).toEqual(["other"]);
    simulation.tell(claimOf("too late", 0));
    expect(simulation.context.leases.map(({ claim }) => claim)).toEqual(["other"]);
    simulation.finish();
  });

  it("ignores claims that nobody can be granted", () => {
    const simulation = beginSimulation([draftNode()], { resources: { db: 1 } });
    for (const change of [{ units: 2 }, { units: 0 }, { units: 0.5 }, { resource: "gpu" }, { resource: "toString" }]) {
      simulation.tell(claimOf("c", 0, change));
    }
    expect(simulation.context.leases).toEqual([]);
    simulation.finish();
  });

  it("gives up at once what needs an agent that is refused, and goes on with the rest", () => {
    const simulation = beginSimulation([
      draftNode({ agent: "p" }),
      draftNode({ agent: "p", needs: [0] }),
      draftNode({ agent: "q" }),
      draftNode({ agent: "p" }),
    ]);
    expect(simulation.started).toEqual(["t0", "t2"]);
    simulation.tell({ type: "agent.refused", agent: "p", reason: "no key" });
    simulation.act("fail", 0);
    simulation.finish();
    expect(simulation.started).not.toContain("t3");
    expect(simulation.outcomes[2]).toBe("done");
    const reasonOf = (task: number) => rowAt(simulation.context.rows, task).reason;
    expect([reasonOf(1), reasonOf(3)]).toEqual(Array(2).fill("agent p cannot work: no key"));
    expect(simulation.endings).toEqual(["failed"]);
  });

  it("says of what cannot start any more which need of it ended, and how", () => {
    const simulation = beginSimulation([draftNode(), draftNode({ needs: [0] }), draftNode({ needs: [1] })]);
    while (simulation.outcomes[0] === null) simulation.goOn(0, "fail");
    simulation.finish();
    const reasonOf = (task: number) => rowAt(simulation.context.rows, task).reason;
    expect([reasonOf(1), reasonOf(2)]).toEqual(["t0 ended as failed", "t1 was skipped"]);
  });

  it.each<[string, ("merged" | "done" | "failed")[], { continueOnError: boolean }, string]>([
    ["everything was merged or had nothing to merge", ["merged", "done"], { continueOnError: false }, "succeeded"],
    ["a part was merged", ["merged", "failed"], { continueOnError: false }, "partial"],
    ["nothing was merged", ["done", "failed"], { continueOnError: false }, "failed"],
    ["what failed was let fail", ["merged", "failed"], { continueOnError: true }, "succeeded"],
    ["all that there was failed, though it was let", ["failed", "failed"], { continueOnError: true }, "failed"],
  ])("ends by what was merged: %s", (_what, ends, change, outcome) => {
    const simulation = beginSimulation(ends.map(() => draftNode(change)));
    for (const [task, end] of ends.entries()) simulation.end(task, end);
    simulation.finish();
    expect(simulation.endings).toEqual([outcome]);
  });

  it("does not wait for ever for a task that crashed while its agent was given up", () => {
    const simulation = beginSimulation([draftNode({ agent: "p" }), draftNode({ agent: "p" }), draftNode()]);
    simulation.tell({ type: "agent.refused", agent: "p", reason: "no key" });
    simulation.crash(0, true);
    expect(rowAt(simulation.context.rows, 0)).toMatchObject({ phase: "failed", reason: "agent p was given up" });
    simulation.outcomes[0] = "failed";
    simulation.finish();
    expect(simulation.endings).toEqual(["failed"]);
  });

  it("when it is cancelled stops what lives, starts nothing more, and ends as cancelled", () => {
    const simulation = beginSimulation([draftNode(), draftNode(), draftNode(), draftNode({ needs: [0] })]);
    simulation.act("cancel", 0);
    expect(simulation.outcomes).toEqual(["cancelled", "cancelled", null, null]);
    simulation.finish();
    expect(simulation.endings).toEqual(["cancelled"]);
  });
});
