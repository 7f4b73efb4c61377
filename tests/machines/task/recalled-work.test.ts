/** A task whose actor crashed while its commit was in the merge queue: nothing of it is lost, and nothing done again. */
import { describe, expect, it } from "vitest";
import { createDriver } from "../../../src/actors/runtime/driver.ts";
import type { RequestedEffect } from "../../../src/actors/runtime/step.ts";
import { mergeQueueMachine } from "../../../src/machines/merge/merge-queue.ts";
import { taskMachine } from "../../../src/machines/task/task.ts";

const input = {
  id: "a",
  stream: "builders",
  agent: null,
  isolation: "worktree",
  gates: [],
  retries: 0,
  onConflict: "rerun",
  backoff: { baseMs: 1, factor: 1, maxMs: 1 },
  seed: 1,
  base: "B",
  at: 0,
};
const told = (effects: RequestedEffect[]): unknown[] =>
  effects.map(({ name, params }) => (name === "tell" ? (params as { event: unknown }).event : name));

describe("the actor of a task that is started anew", () => {
  const task = createDriver(taskMachine);

  it("takes back what it may have queued before anything else, and goes on once it has it", () => {
    const reborn = task.start({ ...input, attempt: "2" });
    expect(told(reborn.effects)).toEqual([{ type: "merge.withdraw", task: "a" }]);
    const on = task.step(reborn.snapshot, { type: "merge.withdrawn", at: 1 } as never);
    expect(told(on.effects)).toEqual(["prepareWorkspace"]);
  });

  it("is merged, without working again, when that has landed", () => {
    const reborn = task.start({ ...input, attempt: "2" });
    const on = task.step(reborn.snapshot, { type: "merge.landed", at: 1, commit: "C", head: "C" } as never);
    expect(told(on.effects)).toMatchObject([{ type: "task.finished", outcome: "merged", commit: "C", isOpen: false }]);
    expect(on.snapshot.status).toBe("done");
  });

  it("that is stopped meanwhile ends as what becomes of that commit", () => {
    const { snapshot } = task.start({ ...input, attempt: "2" });
    const stopping = task.step(snapshot, { type: "task.stop", at: 1, reason: "cancelled" } as never);
    expect(stopping.effects).toEqual([]);
    const landed = task.step(stopping.snapshot, { type: "merge.landed", at: 2, commit: "C", head: "C" } as never);
    expect(told(landed.effects)).toMatchObject([{ outcome: "merged" }]);
    const withdrawn = task.step(stopping.snapshot, { type: "merge.withdrawn", at: 2 } as never);
    expect(told(withdrawn.effects)).toMatchObject([{ outcome: "cancelled", reason: "cancelled" }]);
  });

  it("asks for nothing back on its first attempt, nor without isolation", () => {
    expect(told(task.start({ ...input, attempt: "1" }).effects)).toEqual(["prepareWorkspace"]);
    expect(told(task.start({ ...input, attempt: "2", isolation: "none" }).effects)).toEqual(["startAgent"]);
  });
});

describe("the merge queue, asked for a commit back", () => {
  const merge = createDriver(mergeQueueMachine);
  const begin = merge.start({ base: "B", hasGates: false, longest: 4, seed: 1 });
  const idle = merge.step(begin.snapshot, { type: "branch.created", at: 0, commit: "B" } as never).snapshot;

  it("answers at once when it has none of that task", () => {
    const { effects } = merge.step(idle, { type: "merge.withdraw", at: 1, task: "a" } as never);
    expect(told(effects)).toEqual([{ type: "merge.withdrawn" }]);
  });

  it("answers with where it landed when it has", () => {
    let { snapshot } = merge.step(idle, { type: "merge.enqueue", at: 1, task: "a", commit: "A" } as never);
    const links = [{ task: "a", commit: "L" }];
    snapshot = merge.step(snapshot, { type: "chain.built", at: 2, links, conflicts: [] } as never).snapshot;
    const waiting = merge.step(snapshot, { type: "merge.withdraw", at: 3, task: "a" } as never);
    expect(told(waiting.effects)).toEqual([]);
    const landed = merge.step(waiting.snapshot, { type: "branch.advanced", at: 4, to: "L" } as never);
    expect(told(landed.effects)).toEqual([{ type: "merge.landed", commit: "L", head: "L" }]);
    const again = merge.step(landed.snapshot, { type: "merge.withdraw", at: 5, task: "a" } as never);
    expect(told(again.effects)).toEqual([{ type: "merge.landed", commit: "L", head: "L" }]);
  });
});
