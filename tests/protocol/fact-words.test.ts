/** What people read of facts whose words follow their data: each with and without what it may lack. */
import { describe, expect, it } from "vitest";
import type { FactData, FactType } from "../../src/protocol/facts.ts";
import { tellEvent, warningOf } from "../../src/protocol/tell-event.ts";

const told = <Type extends FactType>(type: Type, data: FactData[Type], actor = "task:a") =>
  tellEvent({ actor, type, data });

const row = <Type extends FactType>(words: string, type: Type, data: FactData[Type], actor?: string) =>
  [words, told(type, data, actor)?.words] as const;

const COMMIT = "0123456789abcdef";
const shipped = { into: "main", from: "a", commit: COMMIT, files: ["a.ts"], gates: [] };
const shortage = { place: "/w", freeBytes: 8e8, needsBytes: 13e8, freeFiles: null, needsFiles: null };
const made = { place: "/w", removed: ["worktree a.1"], more: 0, bytes: 12e8, freeBytes: 14e8 };
const measured = { agents: 3, commands: 1, cores: 2, load: null, availableBytes: null };

describe("the run", () => {
  it.each([
    row("begins", "epoch.started", { epoch: 1 } as FactData["epoch.started"], "run"),
    row("resumed (start 2)", "epoch.started", { epoch: 2 } as FactData["epoch.started"], "run"),
    row("is opened to be shipped", "epoch.started", { epoch: 2, purpose: "ship" } as FactData["epoch.started"], "run"),
    row(
      "is opened to tell how it ended",
      "epoch.started",
      { epoch: 2, purpose: "notify" } as FactData["epoch.started"],
      "run",
    ),
    row(
      "is opened to write down what a person wants",
      "epoch.started",
      { epoch: 2, purpose: "record" } as FactData["epoch.started"],
      "run",
    ),
    row("interrupted", "run.interrupted", { signal: "" }, "run"),
    row("interrupted (SIGTERM)", "run.interrupted", { signal: "SIGTERM" }, "run"),
    row("failed in part: 2 tasks failed", "run.finished", { outcome: "partial", reason: "2 tasks failed" }, "run"),
    row("cancelled", "run.finished", { outcome: "cancelled", reason: "cancelled" }, "run"),
    row("its budget is now $2.50 and 900 tokens", "budget.raised", { usd: 2.5, tokens: 900 }, "run"),
    row("its budget is now 900 tokens", "budget.raised", { usd: null, tokens: 900 }, "run"),
    row("its budget is now $2.50", "budget.raised", { usd: 2.5, tokens: null }, "run"),
  ])("%s", (words, said) => expect(said).toBe(words));
});

describe("a task", () => {
  it.each([
    row("failed for good", "task.finished", {
      task: "a",
      outcome: "failed",
      commit: null,
      head: null,
      reason: "red",
      isOpen: false,
    }),
    row("done: api failed", "task.finished", {
      task: "a",
      outcome: "done",
      commit: null,
      head: null,
      reason: "api failed",
      isOpen: false,
    }),
    row("cancelled", "task.finished", {
      task: "a",
      outcome: "cancelled",
      commit: null,
      head: null,
      reason: "cancelled",
      isOpen: false,
    }),
    row("was stopped before it started", "agent.lost", { killed: 0, stopped: true }),
    row("was cut off with its host; tried again", "agent.lost", { killed: 1 }),
    row("could not be started: no such program (install it)", "agent.notStarted", {
      reason: "no such program",
      hint: "install it",
    }),
    row("could not be started: no such program", "agent.notStarted", { reason: "no such program" }),
    row("is ready to be chosen", "candidate.ready", { task: "a", commit: COMMIT } as FactData["candidate.ready"]),
    row("is ready to be chosen, and changed nothing", "candidate.ready", {
      task: "a",
      commit: null,
    } as FactData["candidate.ready"]),
    row("is chosen for api", "candidate.chosen", {
      task: "a",
      of: "api",
      others: [],
    } as unknown as FactData["candidate.chosen"]),
    row("is chosen for api; stopped, and kept: b, c", "candidate.chosen", {
      task: "a",
      of: "api",
      others: ["b", "c"],
    } as unknown as FactData["candidate.chosen"]),
    row("compared: a is best: shorter", "review.compared", {
      best: "a",
      summary: "shorter",
      findings: "f",
    } as FactData["review.compared"]),
    row("compared: none is best: both break it", "review.compared", {
      best: null,
      summary: "both break it",
      findings: "f",
    } as FactData["review.compared"]),
    row("40 % half of it", "progress.reported", { percent: 40, text: "half of it" }),
    row("half of it", "progress.reported", { percent: null, text: "half of it" }),
    row("decided: rerun", "decision.made", { choice: "rerun", by: "ann" }),
    row("decided unattended: rerun", "decision.made", { choice: "rerun", by: "unattended" }),
    row("no longer waits for gpu", "resource.expired", {
      fence: null,
      resource: "gpu",
    } as FactData["resource.expired"]),
    row("lost its lease of gpu", "resource.expired", { fence: 3, resource: "gpu" } as FactData["resource.expired"]),
    row("git failed: it is locked", "git.failed", { reason: "it is locked" }),
    row("the set-up failed", "git.failed", { reason: "the set-up failed", log: "out/a.setup.log" }),
  ])("%s", (words, said) => expect(said).toBe(words));
});

describe("advice", () => {
  it.each([
    ["work", ["locks"], "its agent is shown what earlier runs taught: locks", "person"],
    ["review", ["locks"], "its reviewer is shown what earlier runs taught: locks", "person"],
    ["work", [], "its agent is shown nothing: what was found fits no more", "watcher"],
  ] as const)("of the %s: %j", (role, patterns, words, audience) => {
    const fact = told("advice.shown", { role, patterns: [...patterns] } as unknown as FactData["advice.shown"]);
    expect([fact?.words, fact?.audience]).toEqual([words, audience]);
  });
});

describe("what is shipped", () => {
  it.each([
    row("is being shipped into main", "ship.started", { into: "main" } as FactData["ship.started"], "ship"),
    row(
      "is being shipped into the branch of the checkout",
      "ship.started",
      { into: null } as FactData["ship.started"],
      "ship",
    ),
    row(
      "main holds it already (0123456789)",
      "ship.finished",
      { ...shipped, how: "already" } as FactData["ship.finished"],
      "ship",
    ),
    row(
      "shipped: main is at 0123456789, 1 file changed",
      "ship.finished",
      { ...shipped, how: "forward" } as unknown as FactData["ship.finished"],
      "ship",
    ),
    row(
      "somebody else put more on the run's branch (0123456789): merging goes on from there",
      "branch.diverged",
      { found: COMMIT } as FactData["branch.diverged"],
      "merge",
    ),
    row(
      "somebody else put more on the run's branch: merging goes on from there",
      "branch.diverged",
      { found: null } as FactData["branch.diverged"],
      "merge",
    ),
  ])("%s", (words, said) => expect(said).toBe(words));
});

describe("the machine", () => {
  it.each([
    row("waits for disk: 0.8 GB free, needs 1.3", "disk.low", shortage, "run"),
    row(
      "waits for disk: 900 more files fit, needs 10000",
      "disk.low",
      { ...shortage, freeBytes: 2e9, freeFiles: 900, needsFiles: 10_000 },
      "run",
    ),
    row("has room again: on the disk", "machine.eased", { what: "disk" } as FactData["machine.eased"], "run"),
    row("has room again: in memory", "machine.eased", { what: "memory" } as FactData["machine.eased"], "run"),
    row("has room for 3 agents and 1 command at once", "machine.measured", measured, "run"),
    row(
      "has room for 3 agents and 1 command at once (load 0.4, 12.1 GB available)",
      "machine.measured",
      { ...measured, load: 0.4, availableBytes: 121.9e8 },
      "run",
    ),
    row(
      "made room: removed 1 thing that runs left which are over (1.2 GB): worktree a.1; now 1.4 GB are free",
      "room.made",
      made,
      "run",
    ),
    row(
      "made room: removed 3 things that runs left which are over: worktree a.1 and 2 more; now 1.4 GB are free",
      "room.made",
      { ...made, more: 2, bytes: 0 },
      "run",
    ),
    row(
      "found nothing to remove by itself at /w: pleach clean --dry-run says what stays, and why",
      "room.made",
      { ...made, removed: [] },
      "run",
    ),
  ])("%s", (words, said) => expect(said).toBe(words));
});

describe("a notice", () => {
  it.each([
    [["n1"], null, "a notice given to desktop", "watcher", null],
    [["n1", "n2"], null, "2 notices given to desktop", "watcher", null],
    [
      ["n1"],
      "no such program",
      "a notice could not be given to desktop: no such program",
      "person",
      "a notice could not be given to desktop: no such program",
    ],
  ] as const)("of %j, refused with %j", (notices, reason, words, audience, warning) => {
    const data = { channel: "desktop", notices: [...notices], reason };
    const fact = told("notice.sent", data, "run");
    expect([fact?.words, fact?.audience]).toEqual([words, audience]);
    expect(warningOf({ actor: "run", type: "notice.sent", data })).toBe(warning);
  });
});

describe("a warning", () => {
  const changes = ["core.hooksPath is set", "the tag v1 is gone"];
  it.each([
    [
      "task:a",
      undefined,
      "while task a was at work, what all worktrees share changed: core.hooksPath is set; the tag v1 is gone",
    ],
    [
      "merge",
      ["task b"],
      "while merge or task b was at work, what all worktrees share changed: core.hooksPath is set; the tag v1 is gone",
    ],
  ] as const)("names who was at work: %s beside %j", (actor, others, warning) => {
    const data = { changes, ...(others === undefined ? {} : { others: [...others] }) };
    expect(warningOf({ actor, type: "refs.changed", data })).toBe(warning);
  });

  it("is not given at the end of what only says how things stand now", () => {
    const text = "waits for disk";
    expect(warningOf({ actor: "run", type: "run.warned", data: { text } })).toBe(text);
    expect(warningOf({ actor: "run", type: "run.warned", data: { text, isPassing: true } })).toBeNull();
  });
});
