/** A kind's check of its contexts: what it refuses is not recorded, and the host ends. */
import { describe, expect, it } from "vitest";
import { assign, setup } from "xstate";
import { createMemoryLog, type MemoryLog } from "../../../src/actors/log/index.ts";
import { openRuntime } from "../../../src/actors/runtime/open-runtime.ts";
import type { Logic, Runtime } from "../../../src/actors/runtime/runtime.ts";
import { internalEffects } from "../../../src/machines/effects.ts";
import { createFakeClock } from "../../../src/testing/machines/index.ts";

/** Starts a counter, hands every number on to it, and starts it anew when asked to. */
const root = setup({
  types: { events: {} as { type: "add"; at: number; amount: number } | { type: "renew"; at: number } },
  actions: internalEffects,
}).createMachine({
  id: "root",
  entry: { type: "spawnActor", params: { id: "counter", kind: "counter", input: {} } },
  on: {
    renew: { actions: { type: "spawnActor", params: { id: "counter", kind: "counter", input: {} } } },
    add: {
      actions: {
        type: "tell",
        params: ({ event }) => ({ to: "counter", event: { type: "add", amount: event.amount } }),
      },
    },
  },
});

const counter = setup({
  types: { context: {} as { sum: number }, events: {} as { type: "add"; at: number; amount: number } },
}).createMachine({
  id: "counter",
  context: { sum: 0 },
  on: { add: { actions: assign({ sum: ({ context, event }) => context.sum + event.amount }) } },
});

function open(log: MemoryLog, check?: Logic["check"]): Promise<Runtime> {
  return openRuntime({
    log,
    logics: { root: { machine: root }, counter: { machine: counter, ...(check ? { check } : {}) } },
    perform: {},
    clock: createFakeClock(),
    root: { id: "root", kind: "root", input: {} },
    epoch: (epoch) => ({ epoch }),
  });
}

const sumOf = (runtime: Runtime): number | undefined =>
  (runtime.system.actors.get("counter")?.snapshot.context as { sum: number } | undefined)?.sum;

describe("a check of contexts", () => {
  it("sees the context after each step and the one before, and null before the first of an incarnation", async () => {
    const seen: [unknown, unknown][] = [];
    const runtime = await open(createMemoryLog(), (context, before) => seen.push([context, before]));
    runtime.start();
    await runtime.send("root", "add", { amount: 2 });
    await runtime.send("root", "add", { amount: 3 });
    await runtime.send("root", "renew");
    expect(seen).toEqual([
      [{ sum: 0 }, null],
      [{ sum: 2 }, { sum: 0 }],
      [{ sum: 5 }, { sum: 2 }],
      [{ sum: 0 }, null],
    ]);
    await runtime.stop();
  });

  it("ends the host before anything of the batch is written; without the fault the run goes on from there", async () => {
    const log = createMemoryLog();
    const fault = new Error("the sum is below zero");
    const runtime = await open(log, (context) => {
      if ((context as { sum: number }).sum < 0) throw fault;
    });
    runtime.start();
    await runtime.send("root", "add", { amount: 2 });
    const { length } = log.records();
    await expect(runtime.send("root", "add", { amount: -3 })).rejects.toBe(fault);
    await expect(runtime.failed).rejects.toBe(fault);
    await expect(runtime.send("root", "add", { amount: 1 })).rejects.toMatchObject({ code: "run.stopped" });
    await runtime.stop();
    expect(log.records()).toHaveLength(length);
    const next = await open(log);
    next.start();
    expect(sumOf(next)).toBe(2);
    await next.send("root", "add", { amount: -3 });
    expect(sumOf(next)).toBe(-1);
    await next.stop();
  });

  it("is not asked of steps that are read from the log", async () => {
    const log = createMemoryLog();
    const first = await open(log);
    first.start();
    await first.send("root", "add", { amount: -3 });
    await first.stop();
    let asked = 0;
    const next = await open(log, () => {
      asked++;
    });
    next.start();
    expect([sumOf(next), asked]).toEqual([-3, 0]);
    await next.stop();
  });
});
