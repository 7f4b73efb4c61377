/** An agent that ends well and has changed nothing: asked once more in its session, and said to have done so (TASK-7). */
import { describe, expect, it } from "vitest";
import { tellGoingOn } from "../../../src/actors/prompt/tell-going-on.ts";
import { stepTask } from "../stepped-task.ts";

const workspace = { id: "t.1", path: "/w", branch: "b", port: 1 };
const transcript = { path: "out/t.1.log", bytes: 0, sha256: "", truncated: false };
const DONE = {
  ok: true,
  code: 0,
  signal: null,
  reason: null,
  faultOf: "work",
  durationMs: 5,
  timedOut: false,
  transcript,
};
const EMPTY = { agent: "claude", hears: true };

const ended = () => stepTask().send("workspace.prepared", { workspace }).send("agent.exited", DONE);

describe("an agent that changed nothing", () => {
  it("is asked once more where it is, which costs no retry, and is done without a change after that", () => {
    const task = ended().send("work.empty", EMPTY);
    expect(task.snapshot.value).toBe("running");
    expect(task.paramsOf("startAgent")).toMatchObject({ attempt: "1-1", number: 1, workspace, goesOn: "unchanged" });
    task.send("agent.exited", DONE).send("work.empty", EMPTY);
    expect(task.context).toMatchObject({ outcome: "done", isUnchanged: true, tries: 0, faults: 0 });
    expect(task.paramsOf("releaseWorkspace")).toMatchObject({ disposition: "landed" });
  });

  it("has its work taken when it does it then", () => {
    const task = ended().send("work.empty", EMPTY).send("agent.exited", DONE);
    task.send("work.committed", { commit: "c1", files: ["f"], removesMerged: [] });
    expect([task.snapshot.value, task.context.isUnchanged]).toEqual(["queued", false]);
  });

  it("is not asked where nothing has to be changed, or where it cannot go on; the second is told", () => {
    const meant = ended().send("work.empty", {});
    const deaf = ended().send("work.empty", { agent: "scripted" });
    expect([meant.context.outcome, meant.context.isUnchanged]).toEqual(["done", false]);
    expect([deaf.context.outcome, deaf.context.isUnchanged]).toEqual(["done", true]);
  });

  it("waits for the budget before it is asked", () => {
    const task = ended().send("attempt.suspend", { reason: "the budget is exhausted" }).send("work.empty", EMPTY);
    expect([task.snapshot.value, task.names]).toEqual(["suspended", ["scheduler slot.request"]]);
    task.send("attempt.start", { attempt: "1", base: "m1" });
    expect(task.paramsOf("startAgent")).toMatchObject({ attempt: "1-1", goesOn: "unchanged" });
  });

  it("is told so in its own session, and one that has lost it with all the rest", () => {
    const { prompt, resumePrompt } = tellGoingOn("unchanged", "# The task");
    expect(resumePrompt).toMatch(/no file is changed.*say in one or two sentences why/);
    expect(resumePrompt).not.toContain("# The task");
    expect(prompt).toMatch(/^An agent worked on the task below before you .*\n\n# The task$/);
  });
});
