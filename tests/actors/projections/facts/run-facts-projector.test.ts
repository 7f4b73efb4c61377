/** What the vault is told of a run's attempts, gates and tasks, from records as a log holds them. */
import { describe, expect, it } from "vitest";
import type { LogRecord } from "../../../../src/actors/log/index.ts";
import { RunFactsProjector } from "../../../../src/actors/projections/facts/run-facts-projector.ts";
import type { Plan } from "../../../../src/plan/model.ts";
import { makeTask } from "../../../helpers/make-task.ts";

type Line = [actor: string, type: string, data?: object];

const plan: Plan = {
  goal: "g",
  concurrency: 2,
  isolation: "worktree",
  budget: { mode: "warn" },
  gates: [],
  resources: {},
  streams: [
    { name: "builders", concurrency: 2, restart: "permanent", reviewedBy: "judges" },
    { name: "judges", concurrency: 1, restart: "permanent", agent: "judge" },
  ],
  agents: [],
  tasks: [makeTask("a", { retries: 3 }), makeTask("b", { needs: ["a"] })],
};

const gate = (status: string, report = "r") => ({
  name: "unit",
  required: true,
  status,
  durationMs: 5,
  summary: "s",
  report,
});
const exit = (ok: boolean, more: object = {}) => ({ ok, durationMs: 100, timedOut: false, faultOf: "work", ...more });
const failureOf = (kind: string) => ({ kind, hint: "h", isFinal: false, retryAfterMs: null });
const commit = (tree: string, ...files: string[]) => ({ commit: "c", tree, files, removesMerged: [] });

/** Follows these records, one a second; kept outputs hold their own path. */
function follow(...lines: Line[]): RunFactsProjector {
  const trail = new RunFactsProjector(plan, (path) => (path === "gone" ? "" : `output of ${path}`));
  for (const [at, [actor, type, data = {}]] of lines.entries()) {
    const rest = { v: 1, effects: [], cause: null, crc: "" };
    trail.follow({ ...rest, seq: at + 1, time: (at + 1) * 1000, actor, type, data } satisfies LogRecord);
  }
  return trail;
}

const attemptsOf = (trail: RunFactsProjector, task = "a") => trail.taskOf(task)?.attempts ?? [];

describe("the attempts of a task", () => {
  it("are told with what each failed by, cost, changed, and how the next came about", () => {
    const trail = follow(
      ["task:a", "actor.started"],
      ["task:a", "cost.reported", { usd: 1, tokens: 10 }],
      ["task:a", "agent.exited", exit(true)],
      ["task:a", "work.committed", commit("t1", "x.ts")],
      ["task:a", "gates.finished", { results: [gate("failed", "out/1")], durationMs: 7 }],
      ["task:a", "attempt.start"],
      ["task:a", "agent.exited", exit(true)],
      ["task:a", "work.committed", commit("t2", "x.ts", "y.ts")],
      ["task:a", "merge.conflicted", { files: ["x.ts"] }],
      ["task:a", "attempt.start"],
      ["task:a", "cost.reported", { usd: 2 }],
      ["task:a", "review.finished", { approved: false, summary: "no tests", durationMs: 3 }],
      ["task:a", "attempt.start"],
      ["task:a", "merge.landed"],
    );
    expect(attemptsOf(trail)).toMatchObject([
      { begun: "first", ok: false, ms: 107, costUsd: 1, tokens: 10, tree: "t1", files: ["x.ts"] },
      { begun: "retry", ok: false, ms: 100, tree: "t2", files: ["x.ts", "y.ts"] },
      { begun: "rerun", ok: false, ms: 3, costUsd: 2, tree: null },
      { begun: "review", ok: true, failure: null },
    ]);
    expect(attemptsOf(trail).map(({ failure }) => failure && [failure.kind, failure.by, failure.text])).toEqual([
      ["gate", "unit", "output of out/1"],
      ["merge", "merge", "merge conflict in x.ts"],
      ["review", "review", "no tests"],
      null,
    ]);
  });

  it.each<[string, Line, unknown]>([
    ["its work", ["task:a", "agent.exited", exit(false, { tail: "bad", reason: "r" })], { kind: "work", text: "bad" }],
    [
      "work that said nothing",
      ["task:a", "agent.exited", exit(false, { tail: " ", reason: "exited with 3" })],
      { text: "exited with 3" },
    ],
    ["its time limit", ["task:a", "agent.exited", exit(false, { timedOut: true, tail: "slow" })], { kind: "timeout" }],
    [
      "its agent",
      ["task:a", "agent.exited", exit(false, { faultOf: "agent", reason: "quota" })],
      { kind: "agent", text: "quota" },
    ],
    [
      "a plan that was refused",
      ["task:a", "agent.exited", exit(false, { feedback: "errors", tail: "done!" })],
      { text: "output of errors" },
    ],
    [
      "an agent that is not there",
      ["task:a", "agent.notStarted", { reason: "no claude" }],
      { kind: "agent", text: "no claude", isOutside: true },
    ],
    ...(["auth", "rateLimit", "overloaded", "api", "protocol"] as const).map((kind): [string, Line, unknown] => [
      `a login, a limit, a service or a program (${kind})`,
      ["task:a", "agent.exited", exit(false, { faultOf: "agent", reason: "r", failure: failureOf(kind) })],
      { kind: "agent", text: "r", isOutside: true },
    ]),
    ["its worktree", ["task:a", "workspace.failed", { reason: "npm ci" }], { kind: "setup", text: "npm ci" }],
    ["its scope", ["task:a", "work.outOfScope", { files: ["z"] }], { kind: "scope", files: ["z"] }],
    [
      "its actor",
      ["stream:builders", "child.crashed", { child: "task:a", reason: "boom" }],
      { kind: "crash", text: "boom" },
    ],
  ])("fail by %s", (_what, line, failure) => {
    expect(attemptsOf(follow(["task:a", "actor.started"], line))[0]?.failure).toMatchObject(failure as object);
  });

  it("that its agent left undone says something of the work", () => {
    const left = exit(false, { faultOf: "agent", reason: "r", failure: failureOf("denied") });
    const trail = follow(["task:a", "actor.started"], ["task:a", "agent.exited", left]);
    expect(attemptsOf(trail)[0]?.failure).not.toHaveProperty("isOutside");
  });

  it("name the gate that was red on the merged tree", () => {
    const trail = follow(
      ["task:a", "actor.started"],
      ["merge", "tip.gated", { results: [gate("failed", "out/tip")], tree: "t" }],
      ["task:a", "merge.rejected", { reason: "gate unit: s", report: "out/tip" }],
    );
    expect(attemptsOf(trail)[0]?.failure).toMatchObject({ kind: "gate", by: "unit", text: "output of out/tip" });
    expect(trail.gates).toEqual([
      { task: null, gate: "unit", attempt: 1, status: "failed", required: true, ms: 5, timedOut: false, tree: "t" },
    ]);
  });

  it("go on after they were cut off with their host", () => {
    const trail = follow(["task:a", "actor.started"], ["task:a", "agent.lost"], ["task:a", "merge.landed"]);
    expect(attemptsOf(trail)).toMatchObject([{ attempt: 1, ok: true }]);
  });

  it("that a person took as they are reached their goal; an answer to a question begins none", () => {
    const rejected: Line = ["task:a", "review.finished", { approved: false, summary: "hm" }];
    const accepted = follow(
      ["task:a", "actor.started"],
      ["task:a", "conflict.decided", { choice: "red", ask: "q1" }],
      rejected,
      ["task:a", "conflict.decided", { choice: "accept" }],
      ["task:a", "merge.landed"],
    );
    expect(attemptsOf(accepted)).toMatchObject([{ ok: true, choice: null, failure: { kind: "review" } }]);
    const again = follow(
      ["task:a", "actor.started"],
      rejected,
      ["task:a", "conflict.decided", { choice: "rerun" }],
      ["task:a", "attempt.start"],
    );
    expect(attemptsOf(again)[1]).toMatchObject({ begun: "decision", choice: "rerun" });
  });
});

describe("a run", () => {
  it("tells whose merged changes a conflict ran into, but not what was merged before the attempt began", () => {
    const landed = (task: string, ...files: string[]): Line[] => [
      [`task:${task}`, "work.committed", commit("t", ...files)],
      [`task:${task}`, "merge.landed"],
    ];
    const trail = follow(
      ["task:b", "actor.started"],
      ...landed("b", "x.ts"),
      ["task:a", "actor.started"],
      ["task:a", "merge.conflicted", { files: ["x.ts"] }],
      ["task:b", "attempt.start"],
      ["task:a", "attempt.start"],
      ...landed("b", "x.ts"),
      ["task:a", "merge.conflicted", { files: ["x.ts"] }],
    );
    expect(trail.othersOf("a")).toEqual([[], ["b"]]);
  });

  it("tells how long a task could have started and did not", () => {
    const trail = follow(
      ["merge", "branch.created"],
      ["task:a", "actor.started"],
      ["scheduler", "task.finished", { task: "a", outcome: "done" }],
      ["host", "nothing"],
      ["task:b", "actor.started"],
    );
    expect([trail.queuedMs("a"), trail.queuedMs("b"), trail.queuedMs("c")]).toEqual([1000, 2000, 0]);
    expect(attemptsOf(trail)[0]?.ok).toBe(true);
  });

  it("tells which tasks a planner brought, not those that were there", () => {
    const manifest = { run: "r", plan: { ...plan, tasks: [plan.tasks[0]] } };
    const trail = follow(
      ["run", "actor.started", { input: { manifest } }],
      ["scheduler", "plan.extended", { by: "a", version: 1, tasks: [{ id: "a" }, { id: "b" }, { id: "refused" }] }],
    );
    expect(trail.growth).toEqual([{ planner: "a", version: 1, added: ["b"], at: 2000 }]);
  });

  it("tells who reviewed what, with what words", () => {
    const finding = { severity: "blocking", file: "x.ts", line: 1, text: "no tests" };
    const trail = new RunFactsProjector(plan, () => JSON.stringify({ verdict: "reject", findings: [finding] }));
    const rest = { v: 1, effects: [], cause: null, crc: "" };
    const data = { approved: false, summary: "x.ts:1: no tests", findings: "out/review", durationMs: 9 };
    trail.follow({ ...rest, seq: 1, time: 1000, actor: "task:a", type: "review.finished", data });
    expect(trail.reviews).toMatchObject([
      {
        task: "a",
        stream: "judges",
        agent: "judge",
        verdict: "sentBack",
        findings: [{ severity: "blocking", file: "x.ts", text: "no tests" }],
        ms: 9,
      },
    ]);
  });
});
