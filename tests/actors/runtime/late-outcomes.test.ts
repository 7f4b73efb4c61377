/** Workers that come back too late, and a clock that is set back: neither may change what it should not. */
import { describe, expect, it } from "vitest";
import { setup } from "xstate";
import { readRecords } from "../../../src/actors/log/index.ts";
import type { PerformContext } from "../../../src/actors/runtime/ports.ts";
import { createMemoryLog, defineStream } from "../../../src/index.ts";
import { createSkewedClock } from "../../../src/testing/determinism/skewed-clock.ts";
import { linesOf, openTestRun } from "../../helpers/test-run.ts";
import { createWorkerStream, createWorld } from "../../helpers/worker-stream.ts";

const HOUR_MS = 60 * 60_000;

/** Asks once, is answered, and would count what it is told. */
const askingMachine = setup({
  types: { events: {} as { type: "asked" } | { type: "answered" } | { type: "told" } },
  actions: { ask: (_: unknown, _params: { n: number }) => {} },
}).createMachine({
  id: "asking",
  initial: "asking",
  entry: { type: "ask", params: { n: 1 } },
  states: { asking: { on: { answered: "answered" } }, answered: { on: { told: "told" } }, told: {} },
});

describe("a worker that comes back when its effect is over", () => {
  it("is not heard any more: what it reports is not recorded", async () => {
    const contexts: PerformContext[] = [];
    const stream = defineStream({
      machine: askingMachine,
      perform: {
        ask: async (_params, context) => {
          contexts.push(context);
          await context.report({ type: "asked" });
          return { type: "answered" };
        },
      },
    });
    const { run, until, events } = await openTestRun({ streams: { s: stream } });
    await until(({ type }) => type === "answered");
    await contexts[0]?.report({ type: "told" });
    await run.send("s", { type: "asked" });
    expect(run.state("s").value).toBe("answered");
    expect(linesOf(events).filter((line) => line.startsWith("s "))).toEqual([
      "s actor.started",
      "s asked",
      "s answered",
      "s asked",
    ]);
    await run.close();
  });
});

describe("a clock that is set back", () => {
  it("neither takes the log's time back nor holds it still: timers fire when their time has passed", async () => {
    const clock = createSkewedClock();
    const { run, log, until } = await openTestRun({
      streams: { s: createWorkerStream(createWorld()) },
      clock: Object.assign(clock, { advance: () => {}, armed: () => [], whenArmed: async () => {} }),
    });
    const before = await run.send("s", { type: "work", n: 1 });
    clock.skew(-HOUR_MS);
    await run.send("s", { type: "wait", ms: 500 });
    while (!clock.advanceToNextTimer()) await new Promise(setImmediate);
    const fired = await until(({ type }) => type === "timer.fired");
    expect(clock.elapsedMs()).toBe(500);
    expect(Date.parse(fired.time) - Date.parse(before.time)).toBe(500);
    await run.close();
    const times = (await readRecords(log)).map(({ time }) => time);
    expect(times).toEqual(times.toSorted((a, b) => a - b));
  });

  it("is followed again once it shows a later time than the log", async () => {
    const clock = createSkewedClock(10 * HOUR_MS);
    const { run } = await openTestRun({
      streams: { s: createWorkerStream(createWorld()) },
      clock: Object.assign(clock, { advance: () => {}, armed: () => [], whenArmed: async () => {} }),
    });
    clock.skew(-HOUR_MS);
    await run.send("s", { type: "work", n: 1 });
    clock.skew(2 * HOUR_MS);
    const after = await run.send("s", { type: "work", n: 1 });
    expect(Date.parse(after.time)).toBe(11 * HOUR_MS);
    await run.close();
  });

  it("right after a run was opened again does not take time back behind that", async () => {
    const clock = createSkewedClock(10 * HOUR_MS);
    const log = createMemoryLog();
    const given = {
      streams: { s: createWorkerStream(createWorld()) },
      clock: Object.assign(clock, { advance: () => {}, armed: () => [], whenArmed: async () => {} }),
      log,
    };
    await (await openTestRun(given)).run.close();
    clock.skew(HOUR_MS);
    const { run } = await openTestRun(given);
    clock.skew(-2 * HOUR_MS);
    const after = await run.send("s", { type: "work", n: 1 });
    expect(Date.parse(after.time)).toBe(11 * HOUR_MS);
    await run.close();
  });
});
