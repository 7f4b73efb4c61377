/** Tasks that the merge queue sent back: they go first, and nobody waits for one that does not go on. */
import { describe, expect, it } from "vitest";
import { type Limits, type NodeDraft, Simulation } from "../simulated-tasks.ts";

const node = (change: Partial<NodeDraft> = {}): NodeDraft => ({
  needs: [],
  prefers: [],
  min: 0,
  require: [],
  stream: "x",
  agent: null,
  uses: {},
  continueOnError: false,
  reserve: { usd: 0, tokens: 0 },
  expectedMs: 100,
  pathMs: 100,
  ...change,
});

function begin(drafts: NodeDraft[], limits: Partial<Limits> = {}): Simulation {
  const given: Limits = {
    concurrency: 1,
    streams: { x: 9, y: 9 },
    agents: {},
    resources: {},
    budget: { mode: "warn" },
    ...limits,
  };
  const simulation = new Simulation(drafts, given, true);
  simulation.begin();
  return simulation;
}

/** The first task has done its work and is sent back. */
function sendFirstBack(simulation: Simulation): void {
  simulation.release(0, "queued");
  simulation.sendBack(0);
}

describe("a task that was sent back", () => {
  it("starts before other ready work, however urgent that is", () => {
    const paths = [10, 20, 900, 800];
    const simulation = begin(paths.map((pathMs, at) => node(at < 2 ? { pathMs } : { pathMs, needs: [1], min: 1 })));
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
    const simulation = begin([node(), node({ prefers: [0] })], { concurrency: 2 });
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
    const simulation = begin([node(), node({ stream: "y" })], { concurrency: 2 });
    sendFirstBack(simulation);
    expect([...simulation.turns]).toEqual([0]);
    happen(simulation);
    expect([...simulation.turns]).toEqual([]);
    simulation.finish();
  });

  it("is waited for when its actor crashed and starts again", () => {
    const simulation = begin([node()]);
    sendFirstBack(simulation);
    simulation.crash(0, true);
    expect([...simulation.turns]).toEqual([0]);
    simulation.end(0, "merged");
    expect([...simulation.turns]).toEqual([]);
    simulation.finish();
  });

  it("is not waited for while the budget has no room for it: what waits would keep the question from being asked", () => {
    const drafts = [node({ agent: "q" }), node({ agent: "q" })];
    const simulation = begin(drafts, { budget: { mode: "soft", usd: 1 }, concurrency: 2 });
    simulation.release(1, "queued");
    simulation.act("cost", 1_000_001);
    sendFirstBack(simulation);
    expect([...simulation.turns]).toEqual([]);
    simulation.finish();
  });

  it("is not waited for while its agent's breaker is open", () => {
    const simulation = begin([node({ agent: "q" }), node()], { concurrency: 2 });
    simulation.release(0, "queued");
    simulation.act("open", 1);
    simulation.sendBack(0);
    expect([...simulation.turns]).toEqual([]);
    simulation.finish();
  });

  it("has no turn once it has its outcome: its commit may still wait when its stream is given up", () => {
    const simulation = begin([node(), node({ stream: "y" })], { concurrency: 2 });
    simulation.release(0, "queued");
    simulation.act("lose", 0);
    simulation.turns.add(0);
    simulation.tell({ type: "turn.given", task: "t0" });
    expect([...simulation.turns]).toEqual([]);
    simulation.finish();
  });
});
