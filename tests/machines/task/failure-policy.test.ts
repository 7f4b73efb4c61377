/** What each event counts as, whether its agent is at fault, how long is waited, and whether trying again can help. */
import { describe, expect, it } from "vitest";
import {
  countFailure,
  type FailurePolicy,
  MAX_FAULTS,
  mayRetry,
  policyOf,
} from "../../../src/machines/task/failure-policy.ts";
import { beginTask, type TaskEvent } from "../../../src/machines/task/task-state.ts";

type Type = TaskEvent["type"];
type EventOf<T extends Type> = Extract<TaskEvent, { type: T }>;

const NOTHING: FailurePolicy = { counts: "none", isAgents: false, waitUntil: null, isFinal: false };
const TRY: FailurePolicy = { ...NOTHING, counts: "try" };
const FAULT: FailurePolicy = { ...NOTHING, counts: "fault" };

const exited: EventOf<"agent.exited"> = {
  type: "agent.exited",
  at: 1_000,
  ok: false,
  code: 1,
  signal: null,
  reason: "refused",
  faultOf: "work",
  durationMs: 10,
  timedOut: false,
  transcript: { path: "t.log", bytes: 0, sha256: "", truncated: false },
};
const failure = { kind: "api", hint: "wait", isFinal: false, retryAfterMs: null } as const;
const gate = { name: "test", required: true, durationMs: 1, summary: "red", report: null, sha256: null } as const;
const workspace = { id: "t.1", path: "/tree", branch: "b", port: 1 };

/** Each type of event that a task takes, with its data: an event that is added has to be thought of here. */
const CASES: { [T in Type]: [what: string, data: Omit<EventOf<T>, "type" | "at">, policy: FailurePolicy][] } = {
  "agent.exited": [
    ["that did well", { ...exited, ok: true }, NOTHING],
    ["whose work failed", exited, TRY],
    [
      "whose work failed, and whose service asks to wait",
      { ...exited, failure: { ...failure, retryAfterMs: 500 } },
      { ...TRY, waitUntil: 1_500 },
    ],
    ["whose work failed, whatever its agent calls final", { ...exited, failure: { ...failure, isFinal: true } }, TRY],
    ["whose agent failed", { ...exited, faultOf: "agent" }, { ...FAULT, isAgents: true }],
    [
      "whose agent failed for a while",
      { ...exited, faultOf: "agent", failure: { ...failure, retryAfterMs: 60_000 } },
      { ...FAULT, isAgents: true, waitUntil: 61_000 },
    ],
    [
      "whose agent failed for good",
      { ...exited, faultOf: "agent", failure: { ...failure, isFinal: true } },
      { ...FAULT, isAgents: true, isFinal: true },
    ],
    [
      "whose agent's account has reached its limit",
      { ...exited, faultOf: "agent", failure: { ...failure, kind: "rateLimit", retryAfterMs: 60_000 } },
      NOTHING,
    ],
    [
      "whose agent's service has too much to do",
      { ...exited, faultOf: "agent", failure: { ...failure, kind: "overloaded" } },
      NOTHING,
    ],
    [
      "whose agent failed, in a log of before",
      { ...exited, faultOf: "agent", failure: null },
      { ...FAULT, isAgents: true },
    ],
  ],
  "agent.suspended": [["", { reason: "the budget is exhausted", durationMs: 5 }, NOTHING]],
  "attempt.suspend": [["", { reason: "the budget is exhausted" }, NOTHING]],
  "agent.notStarted": [
    ["whose program may be replaced just now", { reason: "no such program" }, { ...FAULT, waitUntil: 16_000 }],
  ],
  "workspace.failed": [["", { reason: "disk full" }, FAULT]],
  "work.failed": [
    ["", { reason: "git broke" }, FAULT],
    ["for what the task took from another", { reason: "not its own", code: "git.foreignWork" }, TRY],
    ["for what the task made and no tree can hold", { reason: "a repository", code: "git.notKept" }, TRY],
  ],
  "work.outOfScope": [["", { files: ["a"] }, TRY]],
  "gates.finished": [
    ["of which a required one is red", { results: [{ ...gate, status: "failed" }], durationMs: 1 }, TRY],
    [
      "of which an advisory one is red",
      { results: [{ ...gate, required: false, status: "failed" }], durationMs: 1 },
      NOTHING,
    ],
    ["that are green", { results: [{ ...gate, status: "passed" }], durationMs: 1 }, NOTHING],
  ],
  "merge.rejected": [["", { reason: "gate test: red", report: null }, TRY]],
  "child.crashed": [["", { child: "conflict:t-1", reason: "it broke", event: { type: "decision.made" } }, TRY]],
  "review.failed": [
    ["for its agent", { reason: "it died", faultOf: "agent" }, { ...NOTHING, isAgents: true }],
    ["for what it was asked", { reason: "was stopped", faultOf: "work" }, NOTHING],
  ],
  "review.finished": [["", { approved: false, summary: "no", findings: "f", durationMs: 1 }, NOTHING]],
  "review.compared": [["", { best: null, summary: "no", findings: "f", durationMs: 1 }, NOTHING]],
  "candidate.decided": [["", { chosen: "a" }, NOTHING]],
  "agent.lost": [["", { killed: 1 }, NOTHING]],
  "merge.conflicted": [["", { files: ["a"], head: "h" }, NOTHING]],
  "merge.landed": [["", { commit: "c", head: "h" }, NOTHING]],
  "merge.withdrawn": [["", {}, NOTHING]],
  "workspace.prepared": [["", { workspace }, NOTHING]],
  "workspace.released": [["", { id: "t.1" }, NOTHING]],
  "work.committed": [["", { commit: "c", files: [], removesMerged: [] }, NOTHING]],
  "work.empty": [
    ["", {}, NOTHING],
    ["of an agent that should have changed something", { agent: "claude", hears: true }, NOTHING],
  ],
  "cost.reported": [["", { usd: 1 }, NOTHING]],
  "account.used": [["", { agent: "x", window: "five_hour", used: 0.98, until: null }, NOTHING]],
  "attempt.start": [["", { attempt: "2", base: null }, NOTHING]],
  "review.start": [["", {}, NOTHING]],
  "conflict.decided": [["", { choice: "rerun" }, NOTHING]],
  "question.asked": [["", { ask: "a", kind: "approach", why: "?", choices: [], widens: [] }, NOTHING]],
  "task.told": [["a text", { text: "use tabs" }, NOTHING]],
  "task.takeOver": [["", {}, NOTHING]],
  "task.giveBack": [["", {}, NOTHING]],
  "work.marked": [["", { taken: { commit: "c", tip: "t" } }, NOTHING]],
  "work.reset": [["", { saved: null }, NOTHING]],
  "task.heard": [["heard", { count: 1 }, NOTHING]],
  "task.stop": [["", { reason: "stop" }, NOTHING]],
  "timer.fired": [["", { timer: "backoff" }, NOTHING]],
};

const all = Object.entries(CASES).flatMap(([type, cases]) =>
  cases.map(
    ([what, data, policy]) => [`${type} ${what}`.trim(), { ...data, type, at: 1_000 } as TaskEvent, policy] as const,
  ),
);

const task = (change: Partial<ReturnType<typeof beginTask>> = {}) => ({
  ...beginTask({
    id: "t",
    stream: "builders",
    agent: "claude",
    isolation: "none",
    gates: [],
    retries: 1,
    onConflict: "rerun",
    backoff: { baseMs: 1, factor: 2, maxMs: 4 },
    seed: 1,
    attempt: "1",
    base: null,
    at: 0,
  }),
  ...change,
});

const work: TaskEvent = { ...exited };
const fault: TaskEvent = { ...exited, faultOf: "agent" };
const tooLong: TaskEvent = { ...exited, failure: { ...failure, kind: "request" } };
const last: TaskEvent = { ...exited, faultOf: "agent", failure: { ...failure, isFinal: true } };

describe("the failure policy", () => {
  it.each(all)("of %s", (_name, event, policy) => {
    expect(policyOf(event)).toEqual(policy);
  });

  it("counts tries and faults apart, and nothing of what is neither", () => {
    expect(countFailure(task({ tries: 1, faults: 1 }), work)).toMatchObject({ tries: 2, faults: 1 });
    expect(countFailure(task({ tries: 1, faults: 1 }), fault)).toMatchObject({ tries: 1, faults: 2 });
    expect(countFailure(task({ tries: 1, faults: 1 }), last)).toMatchObject({ tries: 1, faults: 2 });
    expect(countFailure(task({ tries: 1, faults: 1 }), { type: "agent.lost", at: 1, killed: 0 })).toEqual({
      tries: 1,
      faults: 1,
      refused: 0,
    });
  });

  it("lets a task try again within its retries, and get over faults up to their bound, whatever the other count is", () => {
    expect(mayRetry(task({ tries: 1 }), work)).toBe(true);
    expect(mayRetry(task({ tries: 2 }), work)).toBe(false);
    expect(mayRetry(task({ tries: 1, faults: MAX_FAULTS - 1 }), fault)).toBe(true);
    expect(mayRetry(task({ faults: MAX_FAULTS }), fault)).toBe(false);
  });

  it("tries once more after an error of one request, however many retries there are, and blames no agent", () => {
    const once = { ...task({ retries: 9 }), ...countFailure(task(), tooLong) };
    expect([once.tries, once.faults, policyOf(tooLong).isAgents]).toEqual([1, 0, false]);
    expect(mayRetry(once, tooLong)).toBe(true);
    // What failed otherwise in between changes nothing about it.
    const between = { ...once, ...countFailure(once, work) };
    expect(mayRetry(between, work)).toBe(true);
    expect(mayRetry({ ...between, ...countFailure(between, tooLong) }, tooLong)).toBe(false);
    expect(mayRetry({ ...task({ retries: 0 }), ...countFailure(task(), tooLong) }, tooLong)).toBe(false);
  });

  it("ends a task whose agent can never work, whatever it may still try", () => {
    expect(mayRetry(task({ faults: 1 }), last)).toBe(false);
  });
});
