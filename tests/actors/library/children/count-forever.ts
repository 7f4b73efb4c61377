/**
 * Opens the run in argv[2] and has a stream count and call out for ever. Prints each count after it became durable; the
 * performer appends a line to argv[3] for each effect, unless that line is there already.
 */
import fs from "node:fs";
import { assign, enqueueActions, setup } from "xstate";
import { defineStream, openRun } from "../../../../src/index.ts";

const [, , dir = "", file = ""] = process.argv;

const machine = setup({
  types: { context: {} as { count: number; done: number }, events: {} as { type: "count" } | { type: "stored" } },
  actions: { store: (_: unknown, _params: { count: number }) => {} },
}).createMachine({
  id: "counter",
  context: { count: 0, done: 0 },
  on: {
    count: {
      actions: enqueueActions(({ context, enqueue }) => {
        const count = context.count + 1;
        enqueue.assign({ count });
        enqueue({ type: "store", params: { count } });
      }),
    },
    stored: { actions: assign({ done: ({ context }) => context.done + 1 }) },
  },
});

export const counter = defineStream({
  machine,
  perform: {
    store: async ({ count }, { recovering }) => {
      const line = `${count}\n`;
      if (!recovering || !fs.readFileSync(file, "utf8").split("\n").includes(String(count)))
        fs.appendFileSync(file, line);
      return { type: "stored" };
    },
  },
});

try {
  const run = await openRun({ dir, streams: { counter } });
  fs.writeSync(1, "open\n");
  for (;;) {
    await run.send("counter", { type: "count" });
    fs.writeSync(1, `${run.state("counter").context.count}\n`);
  }
} catch (thrown) {
  fs.writeSync(2, (thrown as { code?: string }).code ?? String(thrown));
}
