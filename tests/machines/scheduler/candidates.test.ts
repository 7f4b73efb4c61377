/** Candidates for one task as the scheduler sees them: who is chosen, what becomes of the others, how the run ends. */
import { describe, expect, it } from "vitest";
import { schedulerInput } from "../../../src/machines/scheduler/begin.ts";
import { listMiscounts } from "../../../src/machines/scheduler/recount.ts";
import { chooseRetried } from "../../../src/machines/scheduler/retry.ts";
import { schedulerMachine } from "../../../src/machines/scheduler/scheduler.ts";
import type { SchedulerContext } from "../../../src/machines/scheduler/state.ts";
import { rowsOf } from "../../../src/machines/table.ts";
import type { Budget, Plan } from "../../../src/plan/model.ts";
import { makeTask } from "../../helpers/make-task.ts";
import { Stepped } from "../stepped.ts";

interface Options {
  choose?: "review";
  concurrency?: number;
  budget?: Budget;
  /** Whether there is a task that nobody of them concerns. */
  keepsGoing?: boolean;
}

/** Candidates a, b and c, of which n needs one, with counters that are recounted after every step. */
class Run extends Stepped<SchedulerContext> {
  constructor({ choose, concurrency = 9, budget = { mode: "warn" }, keepsGoing = false }: Options = {}) {
    const stream = (name: string, more: object) => ({ name, concurrency: 9, restart: "permanent" as const, ...more });
    const candidate = (id: string, agent: string) =>
      makeTask(id, {
        ...{ work: { kind: "agent", agent, instruction: "" }, onConflict: "rerun", candidateOf: "t" },
        ...(choose === undefined ? {} : { choose }),
      });
    const plan: Plan = {
      ...{ goal: "g", concurrency, isolation: "worktree", budget, gates: [], resources: {}, agents: [] },
      streams: [stream("builders", { reviewedBy: "reviewers" }), stream("reviewers", { agent: "judge" })],
      tasks: [
        ...[candidate("a", "claude"), candidate("b", "claude"), candidate("c", "codex")],
        makeTask("n", { needs: ["a", "b", "c"], join: { min: 1, require: [] } }),
        ...(keepsGoing ? [makeTask("z")] : []),
      ],
    };
    const backoff = { baseMs: 1, factor: 1, maxMs: 1 };
    super(
      schedulerMachine,
      schedulerInput(plan, { run: "r", seed: 1, backoff, expectedMs: {}, unknownMs: 1, pathMs: {} }),
    );
    this.send("branch.ready", { head: "h" });
  }

  override send(type: string, data: object = {}): this {
    super.send(type, data);
    expect(listMiscounts(this.context)).toEqual([]);
    return this;
  }

  ready(task: string, commit: string | null = `c-${task}`): this {
    return this.send("slot.release", { task }).send("candidate.ready", { task, commit });
  }

  end(task: string, outcome: string): this {
    const end = { task, outcome, commit: null, head: null, reason: null, isOpen: false };
    return this.send("task.finished", end).send("task.closed", { task });
  }

  /** Of the last step: who was chosen, and who was told to stop. */
  get told(): { chosen: unknown; stopped: string[] } {
    const letters = this.asked.map(({ params }) => params as { to: string; event: { type: string; task?: string } });
    const of = (type: string) => letters.filter(({ event }) => event?.type === type);
    return {
      chosen: of("candidate.chosen").map(({ event }) => event.task)[0] ?? null,
      stopped: of("task.stop").map(({ to }) => to),
    };
  }

  get phases(): string {
    return rowsOf(this.context.rows)
      .map(({ phase }) => phase)
      .join(" ");
  }
}

describe("the first of several candidates that is ready", () => {
  it("is chosen, and the others are stopped and saved, or never start", () => {
    const run = new Run({ concurrency: 2 });
    expect(run.phases).toBe("running running ready blocked");
    run.send("slot.release", { task: "b" });
    run.send("task.finished", { task: "a", outcome: "failed", commit: null, head: null, reason: "r", isOpen: false });
    expect(run.phases).toBe("failed parked running blocked");
    run.send("candidate.ready", { task: "b", commit: "c1" });
    expect(run.told).toEqual({ chosen: "b", stopped: ["task:c"] });
    expect(run.asked.map(({ params }) => (params as { event: object }).event)).toEqual([
      { type: "candidate.chosen", of: "t", task: "b", others: ["c"] },
      { type: "candidate.decided", chosen: "b" },
      { type: "candidate.decided", chosen: "b" },
      { type: "task.stop", reason: "b was chosen", saves: true },
    ]);
    const waiting = new Run({ concurrency: 1 }).ready("a");
    expect(waiting.phases).toBe("parked running skipped blocked");
  });

  it("lets the run succeed and go on with what needs it, whatever became of the others", () => {
    const run = new Run().end("a", "failed").ready("b").end("c", "cancelled").end("b", "merged");
    expect(run.phases).toBe("failed merged cancelled running");
    run.end("n", "done");
    expect(run.context.outcome).toBe("succeeded");
  });

  it("skips what needs it when none of them comes to anything, and fails the run", () => {
    const run = new Run().end("a", "failed").end("b", "failed");
    expect(run.phases).toBe("failed failed running blocked");
    run.end("c", "failed");
    expect([run.phases, run.context.outcome]).toEqual(["failed failed failed skipped", "failed"]);
  });

  it("is no one that changed nothing, as long as another may still change something", () => {
    const run = new Run().ready("a", null);
    expect(run.told.chosen).toBeNull();
    expect(run.end("b", "failed").ready("c").told).toEqual({ chosen: "c", stopped: ["task:a"] });
    const idle = new Run().ready("a", null).end("b", "failed").send("slot.release", { task: "c" });
    idle.send("candidate.ready", { task: "c", commit: null });
    expect(idle.told.chosen).toBe("a");
  });

  it("stays chosen when its actor crashes and is ready again, and gives no slot to those that hear of it late", () => {
    const run = new Run().ready("a");
    run.send("task.crashed", { task: "a", reason: "r", again: true });
    expect(run.names).toEqual(["stream:builders task.start"]);
    run.ready("a");
    expect(run.names).toEqual(["task:a candidate.decided"]);
    expect(run.send("slot.request", { task: "b" }).names).toEqual(["task:b candidate.decided", "task:b task.stop"]);
    run.send("slot.release", { task: "c" }).send("candidate.ready", { task: "c", commit: "c2" });
    expect(run.told).toEqual({ chosen: null, stopped: ["task:c"] });
    run.send("task.crashed", { task: "b", reason: "r", again: true });
    expect(run.phases).toBe("parked cancelled parked blocked");
  });

  it("holds up no question: where only the budget keeps the others from starting, a person is asked", () => {
    const budget: Budget = { mode: "soft", usd: 2, perTask: { usd: 1 } };
    const run = new Run({ choose: "review", budget });
    expect(run.phases).toBe("running running ready blocked");
    run.send("cost.added", { task: "a", usd: 1.5, tokens: 0 });
    run.ready("a").end("b", "failed");
    expect(run.phases).toBe("parked failed ready blocked");
    expect([run.context.budgetQuestion, run.context.saidWaiting]).toEqual(["conflict:budget-1", true]);
  });
});

describe("candidates that a review compares", () => {
  const compared = () => new Run({ choose: "review" }).ready("b").end("c", "failed").ready("a");

  it("wait until each is ready or over, and are compared in one review, the first ready one first", () => {
    const run = new Run({ choose: "review" }).ready("b").ready("a");
    expect(run.names).toEqual([]);
    run.end("c", "failed");
    expect(run.context.underReview).toEqual([1]);
    const review = compared().asked.find(({ params }) => (params as { to: string }).to === "task:b");
    expect(review?.params).toMatchObject({
      event: {
        type: "review.start",
        candidates: [
          { task: "b", commit: "c-b" },
          { task: "a", commit: "c-a" },
        ],
      },
    });
  });

  it("are chosen as the review says, or the first ready one where it names none that is there", () => {
    const choice = (best: string | null) => compared().send("review.ended", { task: "b", best }).told;
    expect(choice("a")).toEqual({ chosen: "a", stopped: ["task:b"] });
    expect(choice("b")).toEqual({ chosen: "b", stopped: ["task:a"] });
    for (const best of [null, "c", "n", "nobody"]) expect(choice(best).chosen).toBe("b");
  });

  it("are compared anew when a review was cut short or came to no answer, and then reviewed as any change", () => {
    const run = compared();
    run.send("review.ended", { task: "b", goesOn: true });
    expect(run.names).toEqual(["task:b review.start"]);
    run.send("review.ended", { task: "b" });
    expect(run.names).toEqual(["task:b review.start"]);
    run.send("review.ended", { task: "b", best: "b" });
    run.send("review.request", { task: "b" });
    expect(run.asked.at(-1)?.params).toEqual({ to: "task:b", event: { type: "review.start" } });
  });

  it("need no review where only one is ready in the end", () => {
    const run = new Run({ choose: "review" }).ready("b").end("c", "failed").end("a", "cancelled");
    expect(run.names).not.toContain("task:b review.start");
    expect(run.context.chosenOf).toEqual({ t: 1 });
  });
});

describe("candidates of a run that was over", () => {
  const retried = (run: Run, ...asked: string[]) => chooseRetried(run.context, asked, new Set());

  it("are all tried again by the name of their task, but for those of which another one succeeded", () => {
    const failed = new Run().end("a", "failed").ready("b").end("c", "cancelled").end("b", "failed");
    expect(retried(failed)).toMatchObject({ kind: "retried", tasks: ["a", "b", "c", "n"] });
    expect(retried(failed, "t")).toMatchObject({ kind: "retried", tasks: ["a", "b", "c"] });
    const good = new Run().end("a", "failed").ready("b").end("c", "cancelled").end("b", "merged").end("n", "failed");
    expect(retried(good)).toMatchObject({ kind: "retried", tasks: ["n"] });
    expect(retried(good, "n")).toMatchObject({ kind: "retried", tasks: ["n"] });
    for (const asked of ["a", "t"]) expect(retried(good, asked)).toEqual({ kind: "done", task: "b", phase: "merged" });
  });
});

describe("candidates that a person has tried again while the run goes on", () => {
  const retry = (run: Run, ...tasks: string[]) => run.send("task.retried", { tasks, feedback: {} });

  it("do not start beside the one that was chosen, as long as that goes on", () => {
    const run = new Run().ready("a").end("b", "cancelled").end("c", "cancelled");
    expect(retry(run, "b", "c").phases).toBe("parked cancelled cancelled blocked");
  });

  it("are chosen from anew when the one that was chosen came to nothing", () => {
    // Another task keeps the run going on.
    const run = new Run({ keepsGoing: true }).ready("a").end("b", "cancelled").end("c", "cancelled").end("a", "failed");
    expect(run.phases).toBe("failed cancelled cancelled skipped running");
    retry(run, "a", "b", "n");
    expect([run.phases, run.context.chosenOf]).toEqual(["running running cancelled blocked running", {}]);
    expect(run.ready("b").told).toEqual({ chosen: "b", stopped: ["task:a"] });
  });
});
