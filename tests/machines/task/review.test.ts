/** Reviews as the task's machine and the scheduler see them: approval, rejection, no answer, a person's word, slots. */
import { describe, expect, it } from "vitest";
import { schedulerInput } from "../../../src/machines/scheduler/begin.ts";
import { listMiscounts } from "../../../src/machines/scheduler/recount.ts";
import { schedulerMachine } from "../../../src/machines/scheduler/scheduler.ts";
import { countSlots, type SchedulerContext } from "../../../src/machines/scheduler/state.ts";
import type { TaskContext } from "../../../src/machines/task/task-state.ts";
import type { Budget, Plan } from "../../../src/plan/model.ts";
import { makeTask } from "../../helpers/make-task.ts";
import { Stepped } from "../stepped.ts";
import { stepTask } from "../stepped-task.ts";

/** A scheduler whose counters are recounted after every step. */
class SteppedScheduler extends Stepped<SchedulerContext> {
  override send(type: string, data: object = {}): this {
    super.send(type, data);
    expect(listMiscounts(this.context)).toEqual([]);
    return this;
  }
}

const workspace = { path: "/w", branch: "b", port: 1 };

/** A task whose commit waits for its review. */
function reviewed(): Stepped<TaskContext> {
  const task = stepTask({ reviewer: { stream: "reviewers", agent: "judge" } });
  return work(task);
}

/** Works until there is a commit. */
function work(task: Stepped<TaskContext>): Stepped<TaskContext> {
  const exited = { ok: true, code: 0, signal: null, reason: null, faultOf: "work", durationMs: 5, timedOut: false };
  task.send("workspace.prepared", { workspace });
  task.send("agent.exited", { ...exited, transcript: { path: "t", bytes: 0, sha256: "", truncated: false } });
  return task.send("work.committed", { commit: "c1", files: ["f"], removesMerged: [] });
}

const finished = (approved: boolean, round = 1) => ({
  approved,
  summary: "f:1: it is wrong",
  findings: `out/t.review${round}.json`,
  durationMs: 7,
});

describe("a task with a reviewer", () => {
  it("gives its slot back, waits for a review, and goes to the merge queue when that approves", () => {
    const task = reviewed();
    expect(task.snapshot.value).toBe("awaitingReview");
    expect(task.names).toEqual(["scheduler slot.release", "scheduler review.request"]);
    task.send("review.start");
    expect(task.paramsOf("startReview")).toMatchObject({ commit: "c1", round: 1, findings: null });
    task.send("review.finished", finished(true));
    expect(task.snapshot.value).toBe("queued");
    expect(task.names).toEqual(["scheduler review.ended", "breaker:judge agent.succeeded", "merge merge.enqueue"]);
    expect(task.context.workMs).toBe(12);
  });

  it("is sent back with the findings, begins with what it had, and spends no retry", () => {
    const task = reviewed();
    task.send("review.start").send("review.finished", finished(false));
    expect(task.snapshot.value).toBe("awaitingSlot");
    expect(task.context).toMatchObject({ feedback: "out/t.review1.json", tries: 0, rejections: 1 });
    task.send("attempt.start", { attempt: "2", base: "m1" });
    expect(task.paramsOf("prepareWorkspace")).toMatchObject({ base: "m1", carry: "c1" });
    task.send("workspace.prepared", { workspace });
    expect(task.paramsOf("startAgent")).toMatchObject({ number: 2, feedback: "out/t.review1.json" });
  });

  it("is put before a person after the third rejection, who may take it without a further review", () => {
    const task = reviewed();
    for (const round of [1, 2]) {
      task.send("review.start").send("review.finished", finished(false, round));
      work(task.send("attempt.start", { attempt: String(round + 1), base: "m1" }));
    }
    task.send("review.start").send("review.finished", finished(false, 3));
    expect(task.snapshot.value).toBe("waiting");
    expect(task.context.conflict).toMatchObject({ kind: "quality", task: "t", files: ["f"] });
    expect(task.context.conflict?.choices.map(({ name }) => name)).toEqual(["rerun", "accept", "drop"]);
    task.send("conflict.decided", { choice: "accept" });
    expect(task.snapshot.value).toBe("queued");
  });

  it("is reviewed again when a person has it run again", () => {
    const task = reviewed();
    for (const round of [1, 2, 3]) {
      if (round > 1) work(task.send("attempt.start", { attempt: String(round), base: "m1" }));
      task.send("review.start").send("review.finished", finished(false, round));
    }
    task.send("conflict.decided", { choice: "rerun" }).send("attempt.start", { attempt: "4", base: "m1" });
    expect(work(task).snapshot.value).toBe("awaitingReview");
  });

  it("asks again when a review comes to no answer, blames its agent, and puts it before a person at last", () => {
    const task = reviewed();
    for (const _round of [1, 2]) {
      task.send("review.start").send("review.failed", { reason: "it died", faultOf: "agent" });
      expect(task.snapshot.value).toBe("awaitingReview");
      expect(task.names).toContain("breaker:judge agent.failed");
    }
    task.send("review.start").send("review.failed", { reason: "it died", faultOf: "agent" });
    expect(task.snapshot.value).toBe("waiting");
    expect(task.context.reason).toContain("the review came to no answer: it died");
  });

  it("counts its reviews, those without an answer, too: each has files of its own", () => {
    const task = reviewed();
    const rounds: unknown[] = [];
    const review = (type: string, data: object): void => {
      rounds.push(task.send("review.start").paramsOf("startReview").round);
      task.send(type, data);
    };
    review("review.failed", { reason: "it died", faultOf: "agent" });
    review("review.finished", finished(false, 2));
    work(task.send("attempt.start", { attempt: "2", base: "m1" }));
    review("review.failed", { reason: "it died", faultOf: "agent" });
    review("review.finished", finished(false, 4));
    expect(rounds).toEqual([1, 2, 3, 4]);
  });

  it("stops its reviewer when it is stopped, and keeps what it had", () => {
    const task = reviewed();
    task.send("review.start").send("task.stop", { reason: "cancelled" });
    expect(task.names).toEqual(["stopAgent"]);
    task.send("review.failed", { reason: "was stopped", faultOf: "agent" });
    expect(task.names).toContain("scheduler review.ended");
    // Whoever is stopped with its task has done nothing wrong.
    expect(task.names).not.toContain("breaker:judge agent.failed");
    expect(task.paramsOf("releaseWorkspace")).toMatchObject({ disposition: "kept" });
  });
});

const DONE = { outcome: "done", commit: null, head: null, reason: null, isOpen: false };

function scheduler(concurrency: number, reviewers: number, budget: Budget = { mode: "warn" }): SteppedScheduler {
  const stream = (name: string, at: number, more: object = {}) => ({
    name,
    concurrency: at,
    restart: "permanent" as const,
    ...more,
  });
  const work = { kind: "agent", agent: "claude", instruction: "" } as const;
  const plan: Plan = {
    goal: "g",
    concurrency,
    isolation: "worktree",
    budget,
    gates: [],
    resources: {},
    streams: [stream("builders", 9, { reviewedBy: "reviewers" }), stream("reviewers", reviewers, { agent: "judge" })],
    agents: [],
    tasks: ["a", "b", "c"].map((id) => makeTask(id, { work, onConflict: "rerun" })),
  };
  const backoff = { baseMs: 1, factor: 1, maxMs: 1 };
  const options = { run: "r", seed: 1, backoff, expectedMs: {}, unknownMs: 1, pathMs: {} };
  const run = new SteppedScheduler(schedulerMachine, schedulerInput(plan, options));
  return run.send("branch.ready", { head: "h" });
}

describe("the scheduler's review slots", () => {
  it("start one review at a time where the stream has one slot, the longest waiting first", () => {
    const run = scheduler(9, 1);
    for (const id of ["b", "a"]) run.send("slot.release", { task: id });
    expect(run.send("review.request", { task: "b" }).names).toEqual(["task:b review.start"]);
    expect(run.send("review.request", { task: "a" }).names).toEqual([]);
    expect(run.send("review.ended", { task: "b" }).names).toEqual(["task:a review.start"]);
  });

  it("are asked for once, however often the asking is heard", () => {
    const run = scheduler(9, 1);
    for (const id of ["b", "a"]) run.send("slot.release", { task: id });
    for (const id of ["b", "b", "a", "a"]) run.send("review.request", { task: id });
    expect([run.context.underReview, run.context.toReview]).toEqual([[1], [0]]);
  });

  it("count against the limit overall, and go before new work", () => {
    const run = scheduler(1, 9);
    expect(countSlots(run.context)).toBe(1);
    run.send("slot.release", { task: "a" });
    expect(run.names).toEqual(["stream:builders task.start"]);
    expect(run.send("review.request", { task: "a" }).names).toEqual([]);
    run.send("slot.release", { task: "b" });
    expect(run.names).toEqual(["task:a review.start"]);
  });

  it("are given back by a task that ends, crashes, or loses its stream while it is under review", () => {
    const ends: [string, object][] = [
      ["task.finished", { task: "a", outcome: "cancelled", commit: null, head: null, reason: null, isOpen: false }],
      ["task.crashed", { task: "a", reason: "r", again: true }],
      ["child.lost", { child: "stream:builders", reason: "r" }],
    ];
    for (const [type, data] of ends) {
      const run = scheduler(9, 1);
      run.send("slot.release", { task: "a" }).send("review.request", { task: "a" });
      expect(run.context.runningIn.reviewers).toBe(1);
      run.send(type, data);
      expect(run.context.runningIn.reviewers, type).toBe(0);
      expect([run.context.toReview, run.context.underReview], type).toEqual([[], []]);
    }
  });

  it("are given back when a hard budget is spent, and taken again when it is raised", () => {
    const run = scheduler(9, 9, { mode: "hard", usd: 2 });
    for (const id of ["a", "b"]) run.send("slot.release", { task: id }).send("review.request", { task: id });
    run.send("slot.release", { task: "c" });
    run.send("cost.added", { task: "a", usd: 3, tokens: 0 });
    expect(run.names).toEqual(["run budget.exhausted", "task:a attempt.suspend", "task:b attempt.suspend"]);
    const putOff = (task: string) => run.send("review.ended", { task, goesOn: true });
    expect(putOff("a").send("review.request", { task: "a" }).names).toEqual([]);
    putOff("b");
    // The third works without an agent: it may still free something.
    expect([run.names, run.context.saidWaiting]).toEqual([["spawnActor"], false]);
    expect(run.paramsOf("spawnActor")).toMatchObject({
      input: { why: "the budget of $2.00 is exhausted ($3.00 spent); not reviewed: a, b" },
    });
    run.send("task.finished", { ...DONE, task: "c" });
    expect([run.names, run.context.saidWaiting]).toEqual([["run run.waiting"], true]);
    run.send("conflict.decided", { choice: "raise 5" });
    expect(run.names).toEqual(expect.arrayContaining(["task:a review.start", "task:b review.start"]));
    run.send("cost.added", { task: "b", usd: 3, tokens: 0 });
    for (const task of ["a", "b"]) putOff(task);
    run.send("conflict.decided", { choice: "stop" });
    expect(run.names).toEqual(expect.arrayContaining(["task:a task.stop", "task:b task.stop"]));
  });

  it("start nothing with an agent whose breaker is open, and end what waits when it is given up", () => {
    const run = scheduler(9, 1);
    run.send("breaker.opened", { agent: "judge", openings: 1, until: 5 });
    run.send("slot.release", { task: "a" });
    expect(run.send("review.request", { task: "a" }).names).toEqual([]);
    expect(run.send("breaker.halfOpened", { agent: "judge" }).names).toEqual(["task:a review.start"]);
    run.send("slot.release", { task: "b" }).send("review.request", { task: "b" });
    run.send("breaker.opened", { agent: "judge", openings: 4, until: 5 });
    expect(run.names).toContain("task:b task.stop");
  });
});
