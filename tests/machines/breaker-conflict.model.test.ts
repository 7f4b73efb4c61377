/** Every state and transition of the breaker and of a conflict, by paths through their graphs, run and replayed. */
import { getShortestPaths } from "@xstate/graph";
import { describe, expect, it } from "vitest";
import type { AnyMachineSnapshot, AnyStateMachine, EventObject } from "xstate";
import { createDriver } from "../../src/actors/driver.ts";
import { defaultBackoff } from "../../src/machines/backoff.ts";
import { breakerMachine } from "../../src/machines/breaker.ts";
import { conflictMachine } from "../../src/machines/conflict.ts";

interface Walked {
  /** `state event state`, for every step of every path, and every event at its end. */
  steps: Set<string>;
  states: Set<string>;
  told: Set<string>;
}

/** Drives each path as the runtime does, from JSON to JSON, so that a restored machine has to go on the same. */
function walk(
  machine: AnyStateMachine,
  input: object,
  events: EventObject[],
  stopWhen: (context: never) => boolean,
): Walked {
  const walked: Walked = { steps: new Set(), states: new Set(), told: new Set() };
  const driver = createDriver(machine);
  const check = (snapshot: AnyMachineSnapshot, event: EventObject): AnyMachineSnapshot => {
    const before = JSON.parse(JSON.stringify(driver.persist(snapshot)));
    const live = driver.step(snapshot, event);
    const restored = driver.step(driver.restore(before), event);
    expect(driver.persist(restored.snapshot)).toEqual(driver.persist(live.snapshot));
    expect(restored.effects).toEqual(live.effects);
    for (const { name, params } of live.effects) {
      walked.told.add(name === "tell" ? (params as { event: EventObject }).event.type : name);
    }
    walked.states.add(String(live.snapshot.value));
    if (live.snapshot !== snapshot) walked.steps.add(`${snapshot.value} ${event.type} ${live.snapshot.value}`);
    return live.snapshot;
  };
  const paths = getShortestPaths(machine, {
    input,
    events,
    allowDuplicatePaths: true,
    stopWhen: (state: { context: unknown }) => stopWhen(state.context as never),
  } as never) as { steps: { event: EventObject }[] }[];
  for (const path of paths) {
    // The graph starts each path with the event of the start itself.
    const steps = path.steps.filter(({ event }) => !event.type.startsWith("xstate."));
    let { snapshot } = driver.start(input);
    for (const { event } of steps) snapshot = check(snapshot, event);
    for (const event of events) check(snapshot, event);
  }
  return walked;
}

describe("the breaker", () => {
  it("reaches every state by every transition, and restored goes on the same", () => {
    const events = [
      { type: "agent.failed", at: 10, reason: "r" },
      { type: "agent.succeeded", at: 20 },
      { type: "timer.fired", at: 30, timer: "retry" },
    ];
    const input = { agent: "claude", threshold: 2, backoff: defaultBackoff, seed: 1 };
    const walked = walk(breakerMachine, input, events, ({ openings }: { openings: number }) => openings > 2);
    expect([...walked.states].sort()).toEqual(["closed", "halfOpen", "open"]);
    expect([...walked.steps].sort()).toEqual(
      [
        "closed agent.failed closed",
        "closed agent.failed open",
        "closed agent.succeeded closed",
        "halfOpen agent.failed open",
        "halfOpen agent.succeeded closed",
        "open timer.fired halfOpen",
      ].sort(),
    );
    expect([...walked.told].sort()).toEqual(["breaker.closed", "breaker.halfOpened", "breaker.opened", "setTimer"]);
  });
});

describe("a conflict", () => {
  it("is decided only by a choice that is offered, and applied once", () => {
    const events = [
      { type: "decision.made", at: 1, choice: "drop", by: "me" },
      { type: "decision.made", at: 1, choice: "constructor", by: "me" },
      { type: "decision.applied", at: 2 },
    ];
    const input = { kind: "merge", task: "t", why: "w", files: [], choices: [{ name: "drop", does: "d" }] };
    const walked = walk(conflictMachine, input, events, () => false);
    expect([...walked.steps].sort()).toEqual(["decided decision.applied applied", "open decision.made decided"]);
    expect([...walked.told]).toEqual(["conflict.decided"]);
  });
});
