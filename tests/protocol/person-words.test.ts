/** How it is told what a person does to tasks, what they are told themselves, and which of several candidates was chosen. */
import { describe, expect, it } from "vitest";
import type { FactData, FactType } from "../../src/protocol/facts.ts";
import { tellEvent } from "../../src/protocol/tell-event.ts";

function told<Type extends FactType>(type: Type, data: FactData[Type], actor = "task:a"): [string, string, string] {
  const fact = tellEvent({ actor, type, data });
  return [fact?.tone ?? "", fact?.about ?? "", fact?.words ?? ""];
}
const words = (...asked: Parameters<typeof told>): string => told(...asked)[2];

describe("a person who steps in", () => {
  it("pauses one task, several or all, and lets them go on", () => {
    expect(told("task.paused", { tasks: ["b"] }, "scheduler")).toEqual(["warn", "b", "paused"]);
    expect(told("task.paused", { tasks: ["b", "c"] }, "scheduler")).toEqual(["warn", "run", "paused: b, c"]);
    expect(words("task.paused", { tasks: ["b", "c"], all: true }, "scheduler")).toBe("paused: every task");
    expect(told("task.continued", { tasks: ["b"] }, "scheduler")).toEqual(["busy", "b", "goes on"]);
    expect(words("task.continued", { tasks: ["b", "c"], all: true }, "scheduler")).toBe("goes on: every task");
  });

  it("takes a task over and gives it back, or leaves what they did", () => {
    const path = "/trees/b.1";
    expect(told("task.takenOver", { task: "b", path }, "scheduler")).toEqual([
      ...["warn", "b", "is in a person's hands, in /trees/b.1"],
    ]);
    expect(words("task.takenOver", { task: "b", path, why: "nothing was changed" }, "scheduler")).toBe(
      "is still in a person's hands: nothing was changed",
    );
    expect(words("task.givenBack", { task: "b" }, "scheduler")).toBe("is given back by a person");
    expect(words("task.givenBack", { task: "b", discards: true }, "scheduler")).toContain(
      "without what the person did",
    );
    expect(words("work.reset", { saved: null })).toBe("its worktree is as it was");
    expect(words("work.reset", { saved: "b-saved" })).toBe(
      "its worktree is as it was; what a person did is on b-saved",
    );
  });

  it("has tasks tried again, by another agent or afresh", () => {
    expect(words("task.retried", { tasks: ["b"] }, "scheduler")).toBe("is tried again");
    expect(words("task.retried", { tasks: ["b", "c"], agent: "codex", fresh: true }, "scheduler")).toBe(
      "is tried again: b, c by codex, afresh",
    );
  });
});

describe("a person who edits a task", () => {
  it("is told what of it is different", () => {
    expect(told("task.edited", { task: "b", changed: ["agent", "needs"] }, "scheduler")).toEqual([
      ...["plain", "b", "is changed by a person: agent, needs"],
    ]);
  });
});

describe("a person who does not look", () => {
  it("reads what is silent, and for how long it was before", () => {
    expect(words("task.quiet", { since: 0, usualMs: null })).toBe("is quiet: nothing was heard of it yet");
    expect(words("task.quiet", { since: 0, usualMs: 40_000 })).toBe(
      "is quiet: it was never silent for longer than 40s before",
    );
    expect(told("task.spoke", { silentMs: 60_000 })).toEqual(["good", "task:a", "is heard again after 1m 00s"]);
    expect(words("run.stuck", { since: 0, waitsFor: ["b", "c"] }, "run")).toBe(
      "nothing happens any more; it waits for: b, c",
    );
  });

  it("reads that they were told, or why they could not be", () => {
    const sent = { channel: "desktop", notices: ["r/1.1"] };
    expect(told("notice.sent", { ...sent, reason: null }, "host")).toEqual([
      "plain",
      "run",
      "a notice given to desktop",
    ]);
    expect(
      told("notice.sent", { channel: "desktop", notices: ["r/1.1", "r/2.1"], reason: "exited with 1" }, "host"),
    ).toEqual([...["warn", "run", "2 notices could not be given to desktop: exited with 1"]]);
  });

  it("reads which agent stands in, and why", () => {
    const standIn = { task: "b", agent: "codex", instead: "claude" } as const;
    const why = (reason: FactData["agent.stoodIn"]["why"]): string =>
      words("agent.stoodIn", { ...standIn, role: "work", why: reason }, "run");
    expect(why("limit")).toBe("is done by codex: claude is at its usage limit");
    expect(why("outage")).toContain("is not served now");
    expect(why("credit")).toContain("has no credit left");
    expect(why("lost")).toContain("was given up");
    expect(words("agent.stoodIn", { ...standIn, role: "review", why: "limit" }, "run")).toContain(
      "is reviewed by codex",
    );
  });
});

describe("one of several candidates", () => {
  it("is chosen, and the others are named", () => {
    expect(words("candidate.chosen", { of: "b", task: "b-claude-1", others: [] }, "run")).toBe("is chosen for b");
    expect(words("candidate.chosen", { of: "b", task: "b-claude-1", others: ["b-codex-1"] }, "run")).toBe(
      "is chosen for b; stopped, and kept: b-codex-1",
    );
  });
});
