/** Accounts that are held back: nothing starts before it may, one goes first, and no task pays for the wall. */
import { describe, expect, it } from "vitest";
import { limitUntil as limit, type RunOptions, WatchedAccounts } from "./watched-accounts.ts";

const MINUTE = 60_000;

/** A run whose tasks t0, t1, … are done by these agents, all at once. */
class Run extends WatchedAccounts {
  constructor(agents: string[], options: RunOptions = {}) {
    super(
      agents.map((agent) => ({ agent })),
      options,
    );
  }
}

describe("an account that is refused", () => {
  it("is held back until the time that was named; then one attempt goes first, and the rest when that is served", () => {
    const run = new Run(["claude", "claude", "claude", "codex"]);
    expect(run.take().started).toEqual(["t0", "t1", "t2", "t3"]);
    run.refuse("t0", limit(100_000));
    run.refuse("t1", limit(100_000));
    run.at = 50_000;
    run.refuse("t2", limit(100_000));
    const held = run.take();
    expect(held.started).toEqual([]);
    expect(held.timers).toEqual([100_000]);
    expect(held.told).toEqual([
      {
        ...{ type: "account.held", account: "claude", what: "limit", until: 100_000, waitMs: 99_000 },
        ...{ named: true, source: "You've hit your limit" },
      },
    ]);
    expect(run.phases()).toEqual(["ready", "ready", "ready", "running"]);
    run.wake("claude", 100_000);
    expect(run.take()).toMatchObject({ started: ["t0"], told: [{ type: "account.tried", account: "claude" }] });
    run.pay("t0");
    expect(run.take()).toMatchObject({
      started: ["t1", "t2"],
      told: [{ type: "agent.unlimited", account: "claude", what: "limit", forMs: 99_000 }],
    });
  });

  it("is one for all agents that share it", () => {
    const run = new Run(["a", "b", "c"], { accounts: { a: "claude", b: "claude", c: "claude of c" } });
    run.take();
    run.refuse("t0", limit(100_000));
    run.tell({ type: "slot.request", task: "t1" });
    run.tell({ type: "slot.request", task: "t2" });
    expect(run.take().started).toEqual(["t2"]);
  });

  it("waits for longer when a later end is told, and not for less when an earlier one is", () => {
    const run = new Run(["claude", "claude", "claude"]);
    run.take();
    run.refuse("t0", limit(100_000));
    run.refuse("t1", limit(90_000));
    run.refuse("t2", limit(200_000));
    expect(run.take().timers).toEqual([100_000, 200_000]);
    run.wake("claude", 100_000);
    expect(run.take().started).toEqual([]);
    run.wake("claude", 200_000);
    expect(run.take().started).toEqual(["t0"]);
  });

  it("is asked again every half hour or so where nobody said when", () => {
    const run = new Run(["claude"]);
    run.refuse("t0", limit(null));
    for (let tries = 0; tries < 5; tries += 1) {
      const [dueAt = 0] = run.take().timers;
      expect(dueAt - run.at).toBeGreaterThanOrEqual(15 * MINUTE);
      expect(dueAt - run.at).toBeLessThanOrEqual(30 * MINUTE);
      run.wake("claude", dueAt);
      expect(run.take().started).toEqual(["t0"]);
      run.refuse("t0", limit(null));
    }
  });

  it("is not hammered when what was named proves wrong each time", () => {
    const run = new Run(["claude"]);
    const starts: number[] = [];
    run.refuse("t0", limit(run.at + 1));
    while (run.at < 24 * 60 * MINUTE) {
      const [dueAt = 0] = run.take().timers;
      run.wake("claude", dueAt);
      starts.push(run.at);
      run.refuse("t0", limit(run.at + 1));
    }
    expect(starts.length).toBeLessThan(110);
  });

  it("lets another one go first when the first ends without having been served", () => {
    const run = new Run(["claude", "claude"]);
    run.refuse("t0", limit(2_000));
    run.tell({ type: "slot.request", task: "t1" });
    run.take();
    run.wake("claude", 2_000);
    expect(run.take().started).toEqual(["t0"]);
    run.tell({
      type: "task.finished",
      task: "t0",
      outcome: "cancelled",
      commit: null,
      head: null,
      reason: null,
      isOpen: false,
    });
    expect(run.take().started).toEqual(["t1"]);
  });

  it("is served when an attempt of it has come to its end, whatever it tells of costs", () => {
    const run = new Run(["claude", "claude"]);
    run.refuse("t0", limit(2_000));
    run.tell({ type: "slot.request", task: "t1" });
    run.wake("claude", 2_000);
    run.take();
    run.tell({ type: "slot.release", task: "t0" });
    expect(run.take()).toMatchObject({ started: ["t1"], told: [{ type: "agent.unlimited" }] });
  });

  it("is used by half as many near its limit, by one nearer, and by all again once its window begins anew", () => {
    const run = new Run(["claude", "other", "claude", "claude", "claude", "claude"], {
      accounts: { claude: "claude", other: "other" },
      concurrency: 4,
    });
    expect(run.take().started).toEqual(["t0", "t1", "t2", "t3"]);
    const use = (used: number) =>
      run.tell({ type: "account.used", agent: "claude", window: "five_hour", used, until: 500_000 });
    use(0.91);
    run.tell({ type: "slot.release", task: "t0" });
    run.tell({ type: "slot.release", task: "t1" });
    expect(run.take().started).toEqual([]);
    run.tell({ type: "slot.release", task: "t2" });
    expect(run.take().started).toEqual(["t4"]);
    use(0.98);
    run.tell({ type: "slot.release", task: "t3" });
    expect(run.take().started).toEqual([]);
    run.at = 500_001;
    run.tell({ type: "slot.request", task: "t0" });
    expect(run.take().started.sort()).toEqual(["t0", "t5"]);
  });

  it("is told of once, though each hears of its end a moment later, and is not asked before the last of these", () => {
    const run = new Run(["claude", "claude"]);
    run.take();
    run.refuse("t0", limit(100_000));
    run.refuse("t1", limit(100_400));
    const { told, timers } = run.take();
    expect([told.length, timers]).toEqual([1, [100_000, 100_400]]);
    run.wake("claude", 100_000);
    expect(run.take().started).toEqual([]);
    run.wake("claude", 100_400);
    expect(run.take().started).toEqual(["t0"]);
  });

  it("is asked once more at the end of the longest wait where nobody said when, and given up then", () => {
    const run = new Run(["claude"], { accounts: { claude: "claude" }, longestWaits: { claude: MINUTE } });
    run.take();
    run.refuse("t0", limit(null));
    expect(run.take().timers).toEqual([1_000 + MINUTE]);
    run.wake("claude", 1_000 + MINUTE);
    expect(run.take().started).toEqual(["t0"]);
    run.refuse("t0", limit(null));
    expect(run.lost()).toEqual(["claude"]);
  });

  it("is not even said to be waited for by agents that wait for no limit", () => {
    const run = new Run(["claude"], { accounts: { claude: "claude" }, longestWaits: { claude: 0 } });
    run.take();
    run.refuse("t0", limit(null));
    expect([run.take().told, run.lost()]).toEqual([[], ["claude"]]);
  });

  it("is given up when it would be held back for longer than its agent may wait", () => {
    const run = new Run(["claude", "patient"], {
      accounts: { claude: "claude", patient: "claude" },
      longestWaits: { claude: 0, patient: 7 * 24 * 60 * MINUTE },
    });
    run.take();
    run.refuse("t0", limit(run.at + 48 * 60 * MINUTE));
    run.tell({ type: "slot.request", task: "t1" });
    const letters = run.take();
    expect(letters.started).toEqual([]);
    expect(run.phases()).toEqual(["ready", "ready"]);
    run.wake("claude", run.at + 48 * 60 * MINUTE);
    expect(run.take().started).toEqual(["t1"]);
  });
});
