/** A stream that counts: the smallest machine that keeps a state. */
import { assign, setup } from "xstate";
import { defineStream } from "../../src/index.ts";

const machine = setup({
  types: { context: {} as { count: number }, events: {} as { type: "count.added"; amount: number } },
}).createMachine({
  id: "counter",
  context: { count: 0 },
  on: { "count.added": { actions: assign({ count: ({ context, event }) => context.count + event.amount }) } },
});

/** For `openRun` and `replay`. */
export const streams = { counter: { stream: defineStream({ machine }), input: {} } };
