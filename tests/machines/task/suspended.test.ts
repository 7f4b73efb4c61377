/** An attempt that is cut short in the midst of its agent's work: it counts nothing, and goes on where it was (TASK-6). */
import { describe, expect, it } from "vitest";
import { stepTask } from "../stepped-task.ts";

const workspace = { id: "t.1", path: "/w", branch: "b", port: 1 };
const reason = "the budget is exhausted";
const transcript = { path: "out/t.1.log", bytes: 0, sha256: "", truncated: false };
const SUSPENDED = { reason, durationMs: 5, transcript };
const LEFT = {
  ok: false,
  code: 1,
  signal: null,
  reason: "broken",
  faultOf: "work",
  durationMs: 5,
  timedOut: false,
  transcript,
};
const REQUEST = "scheduler slot.request";

const atWork = (more: object = {}) => stepTask(more).send("workspace.prepared", { workspace });

describe("an attempt that is cut short", () => {
  it("has its agent stopped to go on later, counts nothing, and goes on in the same workspace", () => {
    const task = atWork().send("attempt.suspend", { reason });
    expect(task.paramsOf("stopAgent")).toEqual({ task: "t", reason, suspends: true });
    // What a person granted its agent before holds for the rest.
    task.send("question.asked", { ask: "q", kind: "approach", why: "w", choices: [], widens: ["docs/**"] });
    task.send("conflict.decided", { choice: "allow", ask: "q" });
    task.send("agent.suspended", SUSPENDED);
    expect([task.snapshot.value, task.names]).toEqual(["suspended", [REQUEST]]);
    expect(task.asked[0]?.params).toMatchObject({ event: { task: "t", goesOn: true } });
    expect(task.context).toMatchObject({ tries: 0, faults: 0, hasSlot: false, workMs: 5, workspace });
    task.send("attempt.start", { attempt: "1", base: "m7" });
    expect(task.names).toEqual(["startAgent"]);
    expect(task.paramsOf("startAgent")).toEqual({
      task: "t",
      attempt: "1-1",
      number: 1,
      workspace,
      feedback: null,
      goesOn: "budget",
    });
    expect(task.context).toMatchObject({ base: "m0", hasSlot: true, widened: ["docs/**"] });
    task.send("attempt.suspend", { reason }).send("agent.suspended", SUSPENDED);
    task.send("attempt.start", { attempt: "1", base: "m8" });
    expect(task.paramsOf("startAgent")).toMatchObject({ attempt: "1-2", workspace, goesOn: "budget" });
  });

  it("before its agent began has it begin as if nothing had been", () => {
    const prepared = stepTask().send("attempt.suspend", { reason }).send("workspace.prepared", { workspace });
    const lost = atWork().send("attempt.suspend", { reason }).send("agent.lost", { killed: 0, stopped: true });
    for (const task of [prepared, lost]) {
      expect([task.snapshot.value, task.names]).toEqual(["suspended", [REQUEST]]);
      task.send("attempt.start", { attempt: "1", base: "m7" });
      expect(task.paramsOf("startAgent")).not.toHaveProperty("goesOn");
      expect(task.paramsOf("startAgent")).toMatchObject({ attempt: "1", workspace });
    }
  });

  it("and was lost with its host begins anew, in a workspace of its own, once it gets a slot", () => {
    const task = atWork().send("attempt.suspend", { reason }).send("agent.lost", { killed: 1 });
    expect([task.snapshot.value, task.names]).toEqual(["awaitingSlot", ["scheduler slot.release", REQUEST]]);
    task.send("attempt.start", { attempt: "2", base: "m7" });
    expect(task.names).toEqual(["prepareWorkspace", "releaseWorkspace"]);
  });

  it("is over like any other when its agent had ended before", () => {
    const done = atWork()
      .send("attempt.suspend", { reason })
      .send("agent.exited", { ...LEFT, ok: true, reason: null });
    expect(done.snapshot.value).toBe("committing");
    const failed = atWork().send("attempt.suspend", { reason }).send("agent.exited", LEFT);
    expect([failed.snapshot.value, failed.context.tries]).toEqual(["closing", 1]);
  });

  it("begins anew after it failed for good, and is no going on any more", () => {
    const task = atWork({ retries: 1 }).send("attempt.suspend", { reason }).send("agent.suspended", SUSPENDED);
    task.send("attempt.start", { attempt: "1", base: "m0" }).send("agent.exited", LEFT);
    task.send("timer.fired", { timer: "backoff" }).send("attempt.start", { attempt: "2", base: "m1" });
    task.send("workspace.prepared", { workspace });
    expect(task.paramsOf("startAgent")).toMatchObject({ attempt: "2" });
    expect(task.paramsOf("startAgent")).not.toHaveProperty("goesOn");
  });

  it("and is stopped ends, with its work kept, wherever it is", () => {
    const stopping = atWork().send("attempt.suspend", { reason }).send("task.stop", { reason: "cancelled" });
    stopping.send("agent.suspended", SUSPENDED);
    const waiting = atWork().send("attempt.suspend", { reason }).send("agent.suspended", SUSPENDED);
    waiting.send("task.stop", { reason: "cancelled" });
    for (const task of [stopping, waiting]) {
      expect(task.context).toMatchObject({ outcome: "cancelled", reason: "cancelled" });
      expect(task.paramsOf("releaseWorkspace")).toMatchObject({ workspace, disposition: "kept" });
    }
  });

  it("of a review puts it off: it is no failure of the reviewer, and is asked for again", () => {
    const task = atWork({ reviewer: { stream: "reviewers", agent: "judge" } });
    task.send("agent.exited", { ...LEFT, ok: true, reason: null });
    task.send("work.committed", { commit: "c1", files: ["f"], removesMerged: [] }).send("review.start");
    task.send("attempt.suspend", { reason });
    expect(task.paramsOf("stopAgent")).toMatchObject({ suspends: true });
    task.send("agent.suspended", { reason, durationMs: 3 });
    expect([task.snapshot.value, task.names]).toEqual([
      "awaitingReview",
      ["scheduler review.ended", "scheduler review.request"],
    ]);
    expect(task.context).toMatchObject({ reviewFaults: 0, workMs: 8 });
  });
});
