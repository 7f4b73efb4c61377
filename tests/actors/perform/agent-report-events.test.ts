/** What an agent reports while it works becomes facts in the name of its stream, as far as that stream's word counts. */
import { describe, expect, it } from "vitest";
import { createReportSink } from "../../../src/actors/perform/agent-report-events.ts";
import type { PerformContext } from "../../../src/actors/runtime/ports.ts";

function open(stream = "builders") {
  const facts: unknown[] = [];
  const sessions: string[] = [];
  const accepted: unknown[] = [];
  const context: PerformContext = {
    effect: "e1",
    actor: "task:t",
    signal: new AbortController().signal,
    recovering: false,
    report: async (...fact) => void facts.push(fact),
  };
  const report = createReportSink(
    {
      task: "t",
      stream,
      agent: "claude",
      onSession: async (id) => void sessions.push(id),
      onEmit: (type, payload) => accepted.push([type, payload]),
    },
    context,
  );
  return { facts, sessions, accepted, report };
}

describe("a report of an agent", () => {
  it("of costs is a fact of its task; of its session, a note; of progress, nothing that lasts", async () => {
    const { facts, sessions, report } = open();
    await report({ kind: "cost", usd: 1, tokens: 2 });
    await report({ kind: "session", id: "s-1" });
    await report({ kind: "progress", text: "at it" });
    expect(facts).toEqual([[{ type: "cost.reported", usd: 1, tokens: 2 }]]);
    expect(sessions).toEqual(["s-1"]);
  });

  it("of what a person ought to know is a warning of the run, one safe line that names the task", async () => {
    const { facts, report } = open();
    await report({ kind: "warning", text: "left 1 command running\n(npm run \u001b[31mdev)" });
    await report({ kind: "warning", text: "waits", isPassing: true });
    expect(facts).toEqual([
      [{ type: "run.warned", text: "t: left 1 command running (npm run dev)" }],
      [{ type: "run.warned", text: "t: waits", isPassing: true }],
    ]);
  });

  it("of an estimate, a usage limit and an outage is a fact, apart from faults; what agents say is one safe line", async () => {
    const { facts, report } = open();
    await report({ kind: "cost", usd: 0.5, tokens: 0, estimatedUsd: 0.5 });
    await report({ kind: "cost", usd: -0.25, tokens: 0, estimatedUsd: -0.5 });
    await report({ kind: "limit", until: 1_796_000_000_000, account: "me\u001b[2J", source: "rate_limit_event" });
    await report({ kind: "outage", what: "down", until: null });
    expect(facts).toEqual([
      [{ type: "cost.reported", usd: 0.5, tokens: 0, estimatedUsd: 0.5 }],
      [{ type: "cost.reported", usd: -0.25, tokens: 0, estimatedUsd: -0.5 }],
      [
        {
          type: "agent.limited",
          agent: "claude",
          until: 1_796_000_000_000,
          account: "me",
          source: "rate_limit_event",
        },
      ],
      [{ type: "agent.outage", agent: "claude", what: "down", until: null }],
    ]);
  });

  it("of costs that come while the log is written are one fact, and none is lost", async () => {
    const { facts, report } = open();
    const reports = Array.from({ length: 10_000 }, () => report({ kind: "cost", usd: 0.0001, tokens: 2 }));
    await Promise.all(reports);
    expect(facts).toEqual([
      [{ type: "cost.reported", usd: 0.0001, tokens: 2 }],
      [{ type: "cost.reported", usd: 0.9999, tokens: 19_998 }],
    ]);
    await report({ kind: "cost", usd: 0, tokens: 0 });
    await report({ kind: "cost", usd: 1, tokens: 0, estimatedUsd: 1 });
    await report({ kind: "cost", usd: -3, tokens: 0, estimatedUsd: -1 });
    expect(facts.slice(2)).toEqual([
      [{ type: "cost.reported", usd: 1, tokens: 0, estimatedUsd: 1 }],
      [{ type: "cost.reported", usd: -2, tokens: 0, estimatedUsd: -1 }],
    ]);
  });

  it("of an event is one of its stream, each with a key of its own", async () => {
    const { facts, accepted, report } = open();
    await report({ kind: "emit", type: "build_ready", payload: { n: 1 } });
    await report({ kind: "emit", type: "build_ready", payload: undefined });
    const emitted = { type: "event.emitted", name: "build_ready", task: "t" };
    expect(facts).toEqual([
      [{ ...emitted, key: "e1#1", payload: { n: 1 } }, "stream:builders"],
      [{ ...emitted, key: "e1#2", payload: null }, "stream:builders"],
    ]);
    expect(accepted).toEqual([
      ["build_ready", { n: 1 }],
      ["build_ready", undefined],
    ]);
  });

  it.each(["task.finished", "", "Upper", "a b", "x".repeat(65)])(
    "of an event by a name that none may have is refused, and said: %j",
    async (type) => {
      const { facts, accepted, report } = open();
      await report({ kind: "emit", type, payload: null });
      expect(facts).toEqual([[{ type: "run.warned", text: `t may not emit ${type}: not a name of an event` }]]);
      expect(accepted).toEqual([]);
    },
  );

  it("of an event that another stream has to say is refused, and said", async () => {
    const reviewers = open("reviewers");
    await reviewers.report({ kind: "emit", type: "review_complete", payload: null });
    expect(reviewers.accepted).toHaveLength(1);
    const builders = open();
    await builders.report({ kind: "emit", type: "review_complete", payload: null });
    expect(builders.accepted).toEqual([]);
    expect(builders.facts).toEqual([
      [{ type: "run.warned", text: expect.stringContaining("review_complete counts only from stream reviewers") }],
    ]);
  });
});
