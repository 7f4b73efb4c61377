/** What a person tells an agent that does not listen: kept until an agent has heard it, told once. */
import { describe, expect, it } from "vitest";
import { stepTask } from "../stepped-task.ts";

const workspace = { id: "t.1", path: "/w", branch: "b", port: 1 };
const atWork = () => stepTask().send("workspace.prepared", { workspace });

describe("a text for an agent that does not listen", () => {
  it("is what the next agent is started with, and not the one after", () => {
    const task = stepTask().send("task.told", { text: "use tabs" }).send("workspace.prepared", { workspace });
    expect(task.paramsOf("startAgent")).toMatchObject({ told: ["use tabs"] });
    const suspended = { reason: "r", durationMs: 1 };
    task.send("attempt.suspend", { reason: "r" }).send("agent.suspended", suspended);
    task.send("attempt.start", { attempt: "1", base: "m7" });
    expect(task.paramsOf("startAgent")).not.toHaveProperty("told");
  });

  it("is told again when the agent that began with it was lost with its host", () => {
    const task = stepTask().send("task.told", { text: "use tabs" }).send("workspace.prepared", { workspace });
    task.send("agent.lost", { killed: 1 }).send("workspace.prepared", { workspace });
    expect(task.paramsOf("startAgent")).toMatchObject({ told: ["use tabs"] });
  });

  it("is forgotten once a tool has answered with it, and what came meanwhile is not", () => {
    const task = atWork().send("task.told", { text: "one" }).send("task.told", { text: "two" });
    task.send("task.heard", { count: 1 });
    task.send("attempt.suspend", { reason: "r" }).send("agent.suspended", { reason: "r", durationMs: 1 });
    task.send("attempt.start", { attempt: "1", base: "m7" });
    expect(task.paramsOf("startAgent")).toMatchObject({ told: ["two"] });
  });
});
