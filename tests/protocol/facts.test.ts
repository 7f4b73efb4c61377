/** How facts are told: each has words, its look follows its data, and nothing that agents say can pass for one. */
import { PassThrough } from "node:stream";
import { describe, expect, it } from "vitest";
import { EVENT_NAME } from "../../src/actors/coordination/emitted-events.ts";
import { eventOf } from "../../src/actors/projections/events.ts";
import { plainReporter } from "../../src/cli/report.ts";
import { factLine } from "../../src/cli/words.ts";
import { FACTS, type FactData, type FactType } from "../../src/protocol/facts.ts";
import type { GateOutcome } from "../../src/protocol/gate-values.ts";
import { isMachinery, readFact, tellEvent, warningOf } from "../../src/protocol/tell-event.ts";
import type { FactTone } from "../../src/protocol/wording.ts";
import { duration } from "../../src/protocol/words.ts";

function tell<Type extends FactType>(type: Type, data: FactData[Type], actor = "task:a") {
  return tellEvent({ actor, type, data });
}

const gate = (status: GateOutcome["status"], required = true): GateOutcome => ({
  name: "test",
  required,
  status,
  durationMs: 1,
  summary: "1 failed",
  report: null,
  sha256: null,
});

const end = { task: "a", commit: null, head: null, reason: null, isOpen: false };
const verdict = { summary: "well done", findings: "out/a.json", durationMs: 1 };
const exit: FactData["agent.exited"] = {
  ok: false,
  code: 1,
  signal: null,
  reason: null,
  faultOf: "work",
  durationMs: 4_200,
  timedOut: false,
  transcript: { path: "out/a.log", bytes: 0, sha256: "", truncated: false },
};

const shipped = { into: "main", from: "a", commit: "0123456789abcdef", files: ["a.ts"], gates: [] };

describe("work that a task may not have done", () => {
  it.each([
    [{}, "changed files outside its scope: a.ts"],
    [{ why: "scope" }, "changed files outside its scope: a.ts"],
    [{ why: "link" }, "made a symbolic link that leads out of the repository: a.ts"],
    [{ why: "configuration" }, "changed what pleach goes by, which only a task may whose scope names it: a.ts"],
  ] as const)("is told by its reason: %j", (why, words) => {
    expect(tell("work.outOfScope", { files: ["a.ts"], ...why })?.words).toBe(words);
  });
});

describe("the look of a fact", () => {
  const looks: [FactTone, ReturnType<typeof tell>][] = [
    ["good", tell("task.finished", { ...end, outcome: "merged" })],
    ["good", tell("task.finished", { ...end, outcome: "done" })],
    ["bad", tell("task.finished", { ...end, outcome: "failed" })],
    ["warn", tell("task.finished", { ...end, outcome: "cancelled" })],
    ["good", tell("run.finished", { outcome: "succeeded", reason: null }, "run")],
    ["bad", tell("run.finished", { outcome: "failed", reason: null }, "run")],
    ["warn", tell("run.finished", { outcome: "cancelled", reason: null }, "run")],
    ["good", tell("gates.finished", { results: [gate("passed")], durationMs: 1 })],
    ["bad", tell("gates.finished", { results: [gate("passed"), gate("failed")], durationMs: 1 })],
    ["bad", tell("gates.finished", { results: [gate("error")], durationMs: 1 })],
    ["warn", tell("gates.finished", { results: [gate("passed"), gate("failed", false)], durationMs: 1 })],
    ["bad", tell("tip.gated", { results: [gate("failed")] }, "merge")],
    ["good", tell("agent.exited", { ...exit, ok: true })],
    ["bad", tell("agent.exited", exit)],
    ["bad", tell("merge.broken", { reason: "git is locked" }, "scheduler")],
    ["bad", tell("child.lost", { child: "stream:builders", reason: "boom" }, "scheduler")],
    ["bad", tell("agent.refused", { agent: "claude", reason: "no key" }, "scheduler")],
    ["bad", tell("work.outOfScope", { files: ["a.ts"] })],
    ["warn", tell("merge.conflicted", { files: ["a.ts"], head: "m1" })],
    ["good", tell("merge.landed", { commit: "m1", head: "m1" })],
    ["good", tell("review.approved", verdict)],
    ["warn", tell("review.rejected", verdict)],
    ["warn", tell("budget.exhausted", { mode: "warn", usd: 1, tokens: 0 }, "run")],
    ["bad", tell("budget.exhausted", { mode: "hard", usd: 1, tokens: 0 }, "run")],
    ["warn", tellEvent({ actor: "stream:b", type: "conflict_detected", data: {} })],
    ["plain", tellEvent({ actor: "stream:b", type: "build_ready", data: {} })],
  ];
  it.each(looks)("is %s where its data say so: %j", (tone, told) => {
    expect(told?.tone).toBe(tone);
  });
});

describe("the words of a fact", () => {
  const told: [string, ReturnType<typeof tell>][] = [
    ["merging has stopped for good: git is locked", tell("merge.broken", { reason: "git is locked" }, "scheduler")],
    [
      "somebody deleted the branch pleach/r: it was made again at 0123456789, which holds what was merged",
      tell("branch.restored", { branch: "pleach/r", found: null, to: shipped.commit, kept: null }, "merge"),
    ],
    [
      "somebody moved the branch pleach/r to abcdef0123: it was put back to 0123456789, which holds what was merged; what was there is kept as theirs",
      tell(
        "branch.restored",
        { branch: "pleach/r", found: "abcdef0123456789", to: shipped.commit, kept: "theirs" },
        "merge",
      ),
    ],
    [
      "stream builders crashed too often and is given up: boom",
      tell("child.lost", { child: "stream:builders", reason: "boom" }, "scheduler"),
    ],
    ["failed: no such model", tell("agent.failed", { reason: "no such model" }, "breaker:claude")],
    ["works in /w/a.1", tell("workspace.prepared", { workspace: { id: "a.1", path: "/w/a.1", branch: "b", port: 1 } })],
    ["changed nothing", tell("work.empty", {})],
    [
      "the branch pleach/r begins at 0123456789",
      tell("branch.created", { branch: "pleach/r", commit: "0123456789abcdef" }, "merge"),
    ],
    ["the run's branch moves from a to b", tell("branch.advanced", { from: "a", to: "b" }, "merge")],
    ["planning has ended: no further tasks will come", tell("planning.closed", {}, "run")],
    ["its agent is told: use the cache", tell("agent.messaged", { text: "use the cache" })],
    ["cost $0.25, 1200 tokens", tell("cost.reported", { usd: 0.25, tokens: 1_200 })],
    ["agent claude is tried again", tell("breaker.halfOpened", { agent: "claude" }, "scheduler")],
    [
      "task.stop for task:a came too late: nobody is there any more",
      tell("letter.dropped", { to: "task:a", event: "task.stop" }, "deadletters"),
    ],
    [
      "an event that crashes task:a again and again was set aside",
      tell("letter.setAside", { to: "task:a", event: {}, reason: "boom" }, "deadletters"),
    ],
    ["is told to stop: enough", tell("supervisor.stop", { reason: "enough" }, "run")],
    [
      "work failed: too long",
      tell("agent.exited", { ...exit, reason: "too long", tail: "half\n[failed: too long]\n" }),
    ],
    ["work failed: exited with 1 | no such file", tell("agent.exited", { ...exit, tail: "one\nno such file\n" })],
    ["work done in 4.2s", tell("agent.exited", { ...exit, ok: true })],
    ["resumed (start 2)", tellEvent({ actor: "host", type: "epoch.started", data: { epoch: 2 } })],
    [
      "is opened to be shipped",
      tellEvent({ actor: "host", type: "epoch.started", data: { epoch: 2, purpose: "ship" } }),
    ],
    ["is being shipped into the branch of the checkout", tell("ship.started", { into: null }, "ship")],
    ["shipped: main is at 0123456789, 1 file changed", tell("ship.finished", { ...shipped, how: "merge" }, "ship")],
    ["main holds it already (0123456789)", tell("ship.finished", { ...shipped, how: "already" }, "ship")],
    [
      "conflicts with what is merged in a, b, c, d, … (5)",
      tell("merge.conflicted", { files: [..."abcde"], head: "h" }),
    ],
    [
      "while it was at work, what all worktrees share changed: refs/heads/x",
      tell("refs.changed", { changes: ["refs/heads/x"] }),
    ],
    [
      "while it or task b was at work, what all worktrees share changed: refs/heads/x",
      tell("refs.changed", { changes: ["refs/heads/x"], others: ["task b"] }),
    ],
    ["x".repeat(3_000), tell("run.warned", { text: "x".repeat(3_000) }, "run")],
    [`${"x".repeat(3_999)}…`, tell("run.warned", { text: "x".repeat(1_000_000) }, "run")],
    [
      `holds 1 of ${"x".repeat(199)}…`,
      tell("resource.granted", { units: 1, resource: "x".repeat(300), fence: 1, claim: "c" }),
    ],
  ];
  it.each(told)("are: %s", (words, fact) => {
    expect(fact?.words).toBe(words);
  });

  it("are said while the run goes on when merging has stopped, and when a stream is given up", () => {
    const out = new PassThrough();
    const reporter = plainReporter(out, new PassThrough());
    const time = "2026-01-02T03:04:05.000Z";
    reporter.event({ seq: 1, time, actor: "scheduler", type: "merge.broken", data: { reason: "git is locked" } });
    reporter.event({ seq: 2, time, actor: "scheduler", type: "child.lost", data: { child: "stream:b", reason: "no" } });
    reporter.event({ seq: 3, time, actor: "task:a", type: "cost.reported", data: { usd: 1, tokens: 1 } });
    expect(String(out.read())).toBe(
      "03:04:05 merge            merging has stopped for good: git is locked\n" +
        "03:04:05 run              stream b crashed too often and is given up: no\n",
    );
  });

  it("of somebody else's are made safe as a whole", () => {
    const told = tell("agent.exited", {
      ...exit,
      reason: "\u001b]0;title\u0007\u001b[2Jhalf\u001b[3",
      tail: "\u202eend",
    });
    if (told === null) throw new Error("nothing was told");
    expect(factLine(told)).toMatch(/^a +work failed: half +(\| )?end$/);
  });

  it("fall back to the type for data of another program", () => {
    expect(tellEvent({ actor: "task:a", type: "gates.finished", data: {} })?.words).toBe("gates.finished");
    expect(tellEvent({ actor: "task:a", type: "gates.finished", data: null })?.words).toBe("gates.finished");
    expect(warningOf({ actor: "task:a", type: "gates.finished", data: null })).toBeNull();
    expect(tellEvent({ actor: "task:a", type: "toString", data: {} })?.words).toBe("toString");
    expect(tellEvent({ actor: "run", type: "task.flown", data: {} })).toMatchObject({ audience: "watcher" });
  });
});

describe("a duration", () => {
  it.each([
    [4_200, "4.2s"],
    [9_949, "9.9s"],
    [42_000, "42s"],
    [130_000, "2m 10s"],
    [3_720_000, "1h 02m"],
  ])("of %s ms is told as %s", (ms, words) => {
    expect(duration(ms)).toBe(words);
  });
});

describe("a coordination event", () => {
  it("is told as what somebody said", () => {
    const event = { actor: "stream:builders", type: "build_ready", data: { payload: null, task: null, key: "k" } };
    expect(tellEvent(event)).toMatchObject({ audience: "person", words: "said build_ready", about: "stream:builders" });
    expect(readFact(event)).toBeNull();
  });

  it("cannot be called like a fact", () => {
    for (const type of Object.keys(FACTS)) expect(type).not.toMatch(EVENT_NAME);
  });
});

describe("warnings", () => {
  const warnings: [string | null, ReturnType<typeof warningOf>][] = [
    ["merging has stopped for good: x", warningOf({ actor: "scheduler", type: "merge.broken", data: { reason: "x" } })],
    [
      "stream b crashed too often and is given up: x",
      warningOf({ actor: "scheduler", type: "child.lost", data: { child: "stream:b", reason: "x" } }),
    ],
    [
      "task:a crashed: x",
      warningOf({ actor: "stream:b", type: "child.crashed", data: { child: "task:a", reason: "x" } }),
    ],
    [
      "advisory gate test: 1 failed",
      warningOf({ actor: "task:a", type: "gates.finished", data: { results: [gate("failed", false)] } }),
    ],
    [null, warningOf({ actor: "task:a", type: "gates.finished", data: { results: [gate("failed")] } })],
    [
      "while task a was at work, what all worktrees share changed: refs/heads/x",
      warningOf({ actor: "task:a", type: "refs.changed", data: { changes: ["refs/heads/x"] } }),
    ],
    ["trouble", warningOf({ actor: "task:a", type: "run.warned", data: { text: "trouble" } })],
    [null, warningOf({ actor: "task:a", type: "run.warned", data: { text: "it waits", isPassing: true } })],
    [
      "an event that crashes task:a was set aside",
      warningOf({ actor: "deadletters", type: "letter.setAside", data: { to: "task:a", event: {}, reason: "x" } }),
    ],
    [null, warningOf({ actor: "task:a", type: "task.started", data: { task: "a" } })],
    [null, warningOf({ actor: "task:a", type: "timer.fired", data: { timer: "x" } })],
  ];
  it.each(warnings)("are of what stops nothing by itself: %j", (expected, warning) => {
    expect(warning).toBe(expected);
  });
});

describe("machinery", () => {
  it("is no event", () => {
    const record = { v: 1, seq: 1, time: 0, actor: "scheduler", effects: [], cause: null, crc: "00000000" };
    for (const type of Object.keys(FACTS).filter(isMachinery)) {
      expect(eventOf({ ...record, type, data: {} }), type).toBeNull();
      expect(tellEvent({ actor: "scheduler", type, data: {} }), type).toBeNull();
    }
    expect(isMachinery("slot.request")).toBe(true);
    expect(isMachinery("build_ready")).toBe(false);
  });
});
