/** Outcomes that come by another way than their performer: twice, late, or before it. */
import { describe, expect, it } from "vitest";
import { assign, setup } from "xstate";
import { createMemoryLog } from "../../../src/actors/log/index.ts";
import { openRuntime } from "../../../src/actors/runtime/open-runtime.ts";
import type { Runtime } from "../../../src/actors/runtime/runtime.ts";
import { internalEffects } from "../../../src/machines/effects.ts";
import { createFakeClock } from "../../../src/testing/machines/index.ts";
import { drain } from "../../helpers/drain.ts";

/** Asks for work when it starts, and counts the answers; gives it up when told to. */
const asker = setup({
  types: { context: {} as { answers: number }, events: {} as { type: "worked" } | { type: "giveUp" } },
  actions: { ...internalEffects, work: () => {} },
}).createMachine({
  id: "asker",
  context: { answers: 0 },
  entry: { type: "work" },
  on: {
    worked: { actions: assign({ answers: ({ context }) => context.answers + 1 }) },
    giveUp: { actions: { type: "withdraw", params: { name: "work" } } },
  },
});

/** A runtime whose one performer waits for the test, and whether it was told to end. */
async function open(): Promise<{
  runtime: Runtime;
  effect: string;
  hasEnded: () => boolean;
  answers: () => number | undefined;
}> {
  let signal: AbortSignal | undefined;
  const runtime = await openRuntime({
    log: createMemoryLog(),
    logics: { asker: { machine: asker } },
    perform: {
      work: (_params, context) => {
        signal = context.signal;
        return new Promise((resolve) => context.signal.addEventListener("abort", () => resolve(undefined)));
      },
    },
    clock: createFakeClock(),
    root: { id: "root", kind: "asker", input: {} },
    epoch: (epoch) => ({ epoch }),
  });
  runtime.start();
  const [effect] = [...runtime.system.open.values()].map(({ id }) => id);
  return {
    runtime,
    effect: effect ?? "",
    hasEnded: () => signal?.aborted === true,
    answers: () => (runtime.system.actors.get("root")?.snapshot.context as { answers: number } | undefined)?.answers,
  };
}

describe("an outcome by another way than its performer", () => {
  it("counts once, and ends whoever performs the effect", async () => {
    const { runtime, effect, hasEnded, answers } = await open();
    expect(await Promise.all([1, 2].map(() => runtime.answer(effect, { type: "worked" })))).toEqual([true, false]);
    await drain(runtime);
    expect(hasEnded()).toBe(true);
    expect(await runtime.answer(effect, { type: "worked" })).toBe(false);
    expect(answers()).toBe(1);
    await runtime.stop();
  });

  it("does not count when nobody waits for it any more, nor for an effect that nobody asked for", async () => {
    const { runtime, effect, answers } = await open();
    expect(await runtime.answer("root/9/9/9", { type: "worked" })).toBe(false);
    await runtime.send("root", "giveUp");
    expect(await runtime.answer(effect, { type: "worked" })).toBe(false);
    expect(answers()).toBe(0);
    await runtime.stop();
    expect(await runtime.answer(effect, { type: "worked" })).toBe(false);
  });
});
