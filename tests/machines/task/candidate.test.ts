/** A task that is one of several candidates: it waits to be chosen before it is reviewed or merged, and ends when it is not. */
import { describe, expect, it } from "vitest";
import type { TaskContext } from "../../../src/machines/task/task-state.ts";
import type { Stepped } from "../stepped.ts";
import { stepTask } from "../stepped-task.ts";

const workspace = { id: "t.1", path: "/w", branch: "b", port: 1 };
const reviewer = { stream: "reviewers", agent: "judge" };

/** A candidate that has worked, and committed what it changed. */
function worked(more: object = {}, changes = true): Stepped<TaskContext> {
  const task = stepTask({ candidateOf: "of", ...more }).send("workspace.prepared", { workspace });
  const exited = { ok: true, code: 0, signal: null, reason: null, faultOf: "work", durationMs: 5, timedOut: false };
  task.send("agent.exited", { ...exited, transcript: { path: "t", bytes: 0, sha256: "", truncated: false } });
  return changes
    ? task.send("work.committed", { commit: "c1", files: ["f"], removesMerged: [] })
    : task.send("work.empty");
}

const decided = (chosen: string) => ["candidate.decided", { chosen }] as const;
const candidates = [
  { task: "t", commit: "c1" },
  { task: "u", commit: "c2" },
];

describe("a candidate", () => {
  it("gives its slot back once its gates are green, and goes to the queue when it is chosen", () => {
    const gated = worked({ gates: ["test"] });
    expect(gated.snapshot.value).toBe("gating");
    gated.send("gates.finished", { results: [], durationMs: 1 });
    expect(gated.names).toEqual(["scheduler slot.release", "scheduler candidate.ready"]);
    expect(gated.send(...decided("t")).names).toEqual(["merge merge.enqueue"]);
  });

  it("is tried again when it is red, as often as it may, before it is ready", () => {
    const task = worked({ gates: ["test"], retries: 1 });
    const red = { name: "test", required: true, status: "failed", durationMs: 1, summary: "red", report: null };
    task.send("gates.finished", { results: [red], durationMs: 1 });
    expect(task.snapshot.value).toBe("backingOff");
  });

  it("is reviewed only once it is chosen", () => {
    const task = worked({ reviewer });
    expect(task.snapshot.value).toBe("candidate");
    expect(task.send(...decided("t")).snapshot.value).toBe("awaitingReview");
  });

  it("is done when it is chosen although it changed nothing", () => {
    const task = worked({}, false);
    expect(task.snapshot.value).toBe("candidate");
    task.send(...decided("t"));
    expect(task.context.outcome).toBe("done");
  });

  it("saves its work on a branch when another one is chosen, wherever it is", () => {
    const stop = { reason: "u was chosen", saves: true };
    const ready = worked()
      .send(...decided("u"))
      .send("task.stop", stop);
    expect(ready.context).toMatchObject({ outcome: "cancelled", reason: "u was chosen" });
    expect(ready.paramsOf("releaseWorkspace")).toMatchObject({ disposition: "superseded" });
    const working = stepTask({ candidateOf: "of" }).send("workspace.prepared", { workspace });
    working.send(...decided("u")).send("task.stop", stop);
    expect(working.names).toEqual(["stopAgent"]);
    const gating = worked({ gates: ["test"] }).send(...decided("u"));
    expect(gating.send("gates.finished", { results: [], durationMs: 1 }).snapshot.value).toBe("candidate");
  });

  it("has its reviewer compare it with the others, and waits for what the scheduler makes of it", () => {
    const task = worked({ reviewer }).send("review.start", { candidates });
    expect(task.paramsOf("startReview")).toMatchObject({ commit: "c1", candidates });
    task.send("review.compared", { best: "u", summary: "s", findings: "f", durationMs: 7 });
    expect(task.snapshot.value).toBe("candidate");
    expect(task.asked[0]?.params).toMatchObject({ event: { type: "review.ended", best: "u" } });
    expect(task.names).toEqual([
      ...["scheduler review.ended", "breaker:judge agent.succeeded", "scheduler candidate.ready"],
    ]);
    expect(task.context).toMatchObject({ workMs: 12, findings: null });
  });

  it("gives a comparison up after three without an answer", () => {
    const task = worked({ reviewer });
    const bests = [1, 2, 3].map(() => {
      task.send("review.start", { candidates }).send("review.failed", { reason: "it died", faultOf: "agent" });
      return (task.paramsOf("tell") as { event: { best?: string | null } }).event.best;
    });
    expect([bests, task.snapshot.value, task.context.reviewFaults]).toEqual([
      ...[[undefined, undefined, null], "candidate", 0],
    ]);
  });

  it("is compared anew when the budget or a limit cut that short", () => {
    const limit = { kind: "rateLimit", hint: "Wait.", isFinal: false, retryAfterMs: 1 };
    for (const [type, data] of [
      ["agent.suspended", { reason: "spent", durationMs: 1 }],
      ["review.failed", { reason: "limit", faultOf: "agent", failure: limit }],
    ] as const) {
      const task = worked({ reviewer }).send("review.start", { candidates }).send(type, data);
      expect(task.asked[0]?.params).toMatchObject({ event: { type: "review.ended", goesOn: true } });
      expect(task.snapshot.value).toBe("candidate");
    }
  });

  it("has its reviewer stopped when it is stopped while it is compared", () => {
    const task = worked({ reviewer }).send("review.start", { candidates }).send("task.stop", { reason: "cancelled" });
    expect(task.names).toEqual(["stopAgent"]);
    expect(task.send("review.failed", { reason: "stopped", faultOf: "work" }).context.outcome).toBe("cancelled");
  });
});
