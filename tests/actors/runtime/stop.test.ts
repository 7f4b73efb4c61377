/** A host that stops in good order: what its performers still report is recorded, and nothing else is. */
import { describe, expect, it } from "vitest";
import { assign, setup } from "xstate";
import { createMemoryLog } from "../../../src/actors/log/index.ts";
import { openRuntime } from "../../../src/actors/runtime/open-runtime.ts";
import { internalEffects } from "../../../src/machines/effects.ts";
import { createFakeClock } from "../../../src/testing/machines/index.ts";

type Heard = { type: "spent"; usd: number } | { type: "worked" } | { type: "more" };

/** Asks for work when it starts, counts what is spent, and asks for more work with each cent. */
const spender = setup({
  types: { context: {} as { usd: number; worked: number }, events: {} as Heard },
  actions: { ...internalEffects, work: () => {}, moreWork: () => {} },
}).createMachine({
  id: "spender",
  context: { usd: 0, worked: 0 },
  entry: { type: "work" },
  on: {
    spent: { actions: [assign({ usd: ({ context, event }) => context.usd + event.usd }), { type: "moreWork" }] },
    worked: { actions: assign({ worked: ({ context }) => context.worked + 1 }) },
    more: {},
  },
});

async function open() {
  const log = createMemoryLog();
  const performed: string[] = [];
  const refused: unknown[] = [];
  const runtime = await openRuntime({
    log,
    logics: { spender: { machine: spender } },
    perform: {
      work: async (_params, context) => {
        performed.push("work");
        await new Promise<void>((resolve) => context.signal.addEventListener("abort", () => resolve()));
        // An agent that was interrupted tells what its turn had cost before it goes.
        await context.report({ type: "spent", usd: 2 });
        await runtime.send("root", "more").catch((thrown: { code: string }) => refused.push(thrown.code));
        await context.report({ type: "spent", usd: 3 });
        return { type: "worked" };
      },
      moreWork: async () => {
        performed.push("moreWork");
        return undefined;
      },
    },
    clock: createFakeClock(),
    root: { id: "root", kind: "spender", input: {} },
    epoch: (epoch) => ({ epoch }),
  });
  runtime.start();
  const types = async (): Promise<string[]> => {
    const found: string[] = [];
    for await (const batch of log.read()) found.push(...batch.map(({ type }) => type));
    return found;
  };
  return { runtime, performed, refused, types, context: () => runtime.system.actors.get("root")?.snapshot.context };
}

describe("a host that stops", () => {
  it("records what its performers report meanwhile, no outcome, and performs nothing that follows", async () => {
    const { runtime, performed, refused, types, context } = await open();
    await runtime.stop({ hears: true });
    expect(context()).toEqual({ usd: 5, worked: 0 });
    expect((await types()).filter((type) => type !== "epoch.started" && type !== "actor.started")).toEqual([
      "spent",
      "spent",
    ]);
    expect(performed).toEqual(["work"]);
    expect(refused).toEqual(["run.stopped"]);
    // What is still to be done stays asked for.
    expect([...runtime.system.open.values()].map(({ name }) => name)).toEqual(["work", "moreWork", "moreWork"]);
  });

  it("records nothing any more where nobody is to be heard", async () => {
    const { runtime, performed, types, context } = await open();
    await runtime.stop();
    expect(context()).toEqual({ usd: 0, worked: 0 });
    expect((await types()).filter((type) => type === "spent")).toEqual([]);
    expect(performed).toEqual(["work"]);
  });
});
