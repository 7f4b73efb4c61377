/** Agents that stand in for each other: who is asked, who is waited for, and when a task has nobody left. */
import { describe, expect, it } from "vitest";
import { listMiscounts } from "../../../src/machines/scheduler/recount.ts";
import { limitUntil, type RunOptions, WatchedAccounts } from "./watched-accounts.ts";

const CHAIN = { agent: "claude", fallback: ["codex", "gemini"] };
const runOf = (tasks: number, more: RunOptions = {}): WatchedAccounts =>
  new WatchedAccounts(
    Array.from({ length: tasks }, () => CHAIN),
    more,
  );

describe("agents that stand in for another one", () => {
  it("begin new work while the account of the first is held back, and go on with what it was cut off from", () => {
    const run = runOf(3, { concurrency: 2 });
    expect(run.take().chosen).toEqual({ t0: "claude", t1: "claude" });
    run.refuse("t0", limitUntil(100_000));
    const { chosen, told } = run.take();
    expect(chosen).toEqual({ t0: "codex" });
    expect(told).toContainEqual({
      ...{ type: "agent.stoodIn", task: "t0", role: "work", agent: "codex", instead: "claude", why: "limit" },
    });
    run.tell({ type: "slot.release", task: "t1" });
    expect(run.take().chosen).toEqual({ t2: "codex" });
    expect(listMiscounts(run.context)).toEqual([]);
  });

  it("are asked one after the other, and the first whose account is served again is waited for when none is", () => {
    const run = runOf(1);
    run.take();
    run.refuse("t0", limitUntil(100_000));
    run.refuse("t0", limitUntil(200_000));
    expect(run.take().chosen).toEqual({ t0: "gemini" });
    run.refuse("t0", limitUntil(50_000));
    expect(run.take().started).toEqual([]);
    run.wake("gemini", 50_000);
    expect(run.take().chosen).toEqual({ t0: "gemini" });
  });

  it("leave the next attempt to the first one, once that is served", () => {
    const run = runOf(1);
    run.take();
    run.refuse("t0", limitUntil(100_000));
    expect(run.take().chosen).toEqual({ t0: "codex" });
    run.tell({ type: "slot.release", task: "t0" });
    run.wake("claude", 100_000);
    run.tell({ type: "slot.request", task: "t0" });
    expect(run.take().chosen).toEqual({ t0: "claude" });
  });

  it("keep what they go on with, where both are served: the session is theirs", () => {
    const run = runOf(1);
    run.take();
    run.refuse("t0", limitUntil(100_000));
    expect(run.take().chosen).toEqual({ t0: "codex" });
    run.wake("claude", 100_000);
    run.tell({ type: "slot.request", task: "t0", goesOn: true });
    expect(run.take().chosen).toEqual({ t0: "codex" });
  });

  it("do not stand in for one that has as many tasks at once as it may", () => {
    const run = runOf(2, { agents: { claude: 1 } });
    expect(run.take().chosen).toEqual({ t0: "claude" });
  });

  it("do not stand in for one that is to be waited for", () => {
    const run = runOf(1, { patient: { claude: true } });
    run.take();
    run.refuse("t0", limitUntil(100_000));
    expect(run.take().started).toEqual([]);
    run.wake("claude", 100_000);
    expect(run.take().chosen).toEqual({ t0: "claude" });
  });

  it("stand in for one that was given up, until all were", () => {
    const run = runOf(2, { concurrency: 1 });
    run.take();
    const giveUp = (agent: string): void => run.tell({ type: "agent.refused", agent, reason: "its key is refused" });
    giveUp("claude");
    run.tell({ type: "slot.release", task: "t0" });
    expect(run.take()).toMatchObject({ chosen: { t1: "codex" }, told: [{ type: "agent.stoodIn", why: "lost" }] });
    giveUp("codex");
    giveUp("gemini");
    run.tell({ type: "slot.request", task: "t0" });
    expect(run.take().stopped).toEqual(["t0"]);
  });

  it("share the wall of an account that is theirs, too", () => {
    const run = runOf(1, { accounts: { claude: "claude", codex: "claude", gemini: "gemini" } });
    run.take();
    run.refuse("t0", limitUntil(100_000));
    expect(run.take().chosen).toEqual({ t0: "gemini" });
  });

  it("take what may not begin so near to the first one's limit", () => {
    const run = runOf(3, { concurrency: 1 });
    run.take();
    run.tell({ type: "account.used", agent: "claude", window: "5h", used: 0.98, until: 900_000 });
    run.tell({ type: "task.waiting", task: "t0", conflict: "conflict:t0-1" });
    expect(run.take().chosen).toEqual({ t1: "claude" });
    const both = runOf(3, { concurrency: 2 });
    both.tell({ type: "account.used", agent: "claude", window: "5h", used: 0.98, until: 900_000 });
    both.tell({ type: "slot.release", task: "t0" });
    expect(both.take().chosen).toMatchObject({ t2: "codex" });
  });

  it("review what the first reviewer cannot now", () => {
    const reviewer = { stream: "y", agent: "claude", fallback: ["codex"] };
    const run = new WatchedAccounts([{ agent: "mine", reviewer }, { agent: "claude" }]);
    run.take();
    run.refuse("t1", limitUntil(100_000));
    run.tell({ type: "slot.release", task: "t0" });
    run.tell({ type: "review.request", task: "t0" });
    expect(run.take().reviews).toEqual({ t0: "codex" });
    expect(listMiscounts(run.context)).toEqual([]);
    run.tell({ type: "review.ended", task: "t0" });
    expect(listMiscounts(run.context)).toEqual([]);
  });
});
