/** An account without credit: a person is asked, and nothing is started with it until they have answered. */
import { describe, expect, it } from "vitest";
import type { Refusal } from "../../../src/protocol/values.ts";
import { limitUntil, WatchedAccounts } from "./watched-accounts.ts";

const BROKE: Refusal = { what: "credit", until: null, source: "Credit balance is too low" };
const both = { agent: "claude" };

const begin = (tasks: ConstructorParameters<typeof WatchedAccounts>[0] = [both, both]): WatchedAccounts => {
  const run = new WatchedAccounts(tasks);
  run.take();
  return run;
};

describe("an account without credit", () => {
  it("is asked about once, and the run waits for the answer", () => {
    const run = begin();
    run.refuse("t0", BROKE);
    expect(run.take().questions).toMatchObject([
      { question: "credit", why: expect.stringContaining("claude has no credit left: Credit balance is too low") },
    ]);
    run.refuse("t1", BROKE);
    const { questions, told, timers } = run.take();
    expect({ questions, timers }).toEqual({ questions: [], timers: [] });
    expect(told).toEqual([{ type: "run.waiting", tasks: 2 }]);
  });

  it("is asked by one attempt when credit was added, and by the others when that is served", () => {
    const run = begin();
    run.refuse("t0", BROKE);
    run.refuse("t1", BROKE);
    run.take();
    run.answer("claude", "again");
    expect(run.take()).toMatchObject({ started: ["t0"], told: [{ type: "account.tried", what: "credit" }] });
    run.pay("t0");
    expect(run.take()).toMatchObject({ started: ["t1"], told: [{ type: "agent.unlimited", what: "credit" }] });
  });

  it("is asked about again where none was added", () => {
    const run = begin([both]);
    run.refuse("t0", BROKE);
    run.answer("claude", "again");
    run.take();
    run.refuse("t0", BROKE);
    expect(run.take().questions).toHaveLength(1);
  });

  it("is given up with its agents when a person says so, and whoever stands in goes on", () => {
    const run = begin([both, { agent: "claude", fallback: ["codex"] }]);
    run.refuse("t1", BROKE);
    expect(run.take().chosen).toEqual({ t1: "codex" });
    run.refuse("t0", BROKE);
    run.answer("claude", "stop");
    expect(run.lost()).toEqual(["claude"]);
    expect(run.take().stopped).toEqual(["t0"]);
    run.tell({ type: "slot.request", task: "t1" });
    expect(run.take().chosen).toEqual({ t1: "codex" });
  });

  it("does not make a run wait that goes on by itself", () => {
    const run = begin([both, { agent: "codex" }]);
    run.refuse("t0", BROKE);
    run.refuse("t1", limitUntil(100_000));
    expect(run.take().told.map(({ type }) => type)).not.toContain("run.waiting");
  });

  it("is asked about no more in a run that is cancelled, or over", () => {
    const run = begin([both]);
    run.refuse("t0", BROKE);
    run.take();
    run.tell({ type: "run.cancel" });
    expect(run.take()).toMatchObject({ stopped: ["t0"], ended: ["conflict:credit-1"] });
  });

  it("is asked itself when what asked about it has crashed", () => {
    const run = begin([both]);
    run.refuse("t0", BROKE);
    run.take();
    run.tell({ type: "child.crashed", child: "conflict:credit-1", reason: "broken", event: { type: "x", data: {} } });
    expect(run.take().started).toEqual(["t0"]);
  });
});
