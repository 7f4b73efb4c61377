/** Tasks that the merge queue sent back: they go first, and nobody waits for one that does not go on. */
import { describe, expect, it } from "vitest";
import { beginSimulation, draftNode, type Limits, type NodeDraft, type Simulation } from "../simulated-tasks.ts";

const begin = (drafts: NodeDraft[], limits: Partial<Limits> = {}): Simulation =>
  beginSimulation(drafts, { concurrency: 1, ...limits }, true);

/** The first task has done its work and is sent back. */
function sendFirstBack(simulation: Simulation): void {
  simulation.release(0, "queued");
  simulation.sendBack(0);
}

describe("a task that was sent back", () => {
  it("starts before other ready work, however urgent that is", () => {
    const paths = [10, 20, 900, 800];
    const simulation = begin(
      paths.map((pathMs, at) => draftNode(at < 2 ? { pathMs } : { pathMs, needs: [1], min: 1 })),
    );
    simulation.release(1, "queued");
    simulation.release(0, "queued");
    simulation.end(1, "merged");
    expect(simulation.started).toEqual(["t1", "t0", "t2"]);
    simulation.sendBack(0);
    simulation.end(2, "done");
    expect(simulation.started).toEqual(["t1", "t0", "t2", "t0"]);
    simulation.finish();
  });

  it("does not wait for what it prefers, which may wait for it in the merge queue", () => {
    const simulation = begin([draftNode(), draftNode({ prefers: [0] })], { concurrency: 2 });
    simulation.release(0, "backoff");
    simulation.at += 1_000;
    simulation.tell({ type: "timer.fired", timer: "soft t1" });
    simulation.release(1, "queued");
    simulation.goOn(0, "go on");
    expect(simulation.started).toEqual(["t0", "t1", "t0"]);
    simulation.sendBack(1);
    expect(simulation.started).toEqual(["t0", "t1", "t0", "t1"]);
    simulation.finish();
  });

  it.each([
    ["waits for a person", (simulation: Simulation) => simulation.act("ask", 0)],
    ["fails", (simulation: Simulation) => simulation.end(0, "failed")],
    ["has nothing to merge", (simulation: Simulation) => simulation.end(0, "done")],
    ["crashes for good", (simulation: Simulation) => simulation.crash(0, false)],
    ["is of a stream that is given up", (simulation: Simulation) => simulation.act("lose", 0)],
    ["is cancelled with the run", (simulation: Simulation) => simulation.act("cancel", 0)],
  ])("is waited for no more when it %s", (_, happen) => {
    const simulation = begin([draftNode(), draftNode({ stream: "y" })], { concurrency: 2 });
    sendFirstBack(simulation);
    expect([...simulation.turns]).toEqual([0]);
    happen(simulation);
    expect([...simulation.turns]).toEqual([]);
    simulation.finish();
  });

  it("is waited for when its actor crashed and starts again", () => {
    const simulation = begin([draftNode()]);
    sendFirstBack(simulation);
    simulation.crash(0, true);
    expect([...simulation.turns]).toEqual([0]);
    simulation.end(0, "merged");
    expect([...simulation.turns]).toEqual([]);
    simulation.finish();
  });

  it("is not waited for while the budget has no room for it: what waits would keep the question from being asked", () => {
    const drafts = [draftNode({ agent: "q" }), draftNode({ agent: "q" })];
    const simulation = begin(drafts, { budget: { mode: "soft", usd: 1 }, concurrency: 2 });
    simulation.release(1, "queued");
    simulation.act("cost", 1_000_001);
    sendFirstBack(simulation);
    expect([...simulation.turns]).toEqual([]);
    simulation.finish();
  });

  it("is not waited for while its agent's breaker is open", () => {
    const simulation = begin([draftNode({ agent: "q" }), draftNode()], { concurrency: 2 });
    simulation.release(0, "queued");
    simulation.act("open", 1);
    simulation.sendBack(0);
    expect([...simulation.turns]).toEqual([]);
    simulation.finish();
  });

  it("has no turn once it has its outcome: its commit may still wait when its stream is given up", () => {
    const simulation = begin([draftNode(), draftNode({ stream: "y" })], { concurrency: 2 });
    simulation.release(0, "queued");
    simulation.act("lose", 0);
    simulation.turns.add(0);
    simulation.tell({ type: "turn.given", task: "t0" });
    expect([...simulation.turns]).toEqual([]);
    simulation.finish();
  });
});
