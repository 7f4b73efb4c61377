/** A stream with two tasks. */
import { defaultBackoff } from "../../../src/machines/backoff.ts";
import { type StreamContext, streamMachine } from "../../../src/machines/stream.ts";
import type { TaskInput } from "../../../src/protocol/values.ts";
import { from, type MachineCase } from "./machine-case.ts";

const TASKS = ["a", "b"];

const input = (id: string): TaskInput => ({
  id,
  stream: "builders",
  agent: null,
  isolation: "none",
  gates: [],
  retries: 0,
  onConflict: "ask",
  backoff: defaultBackoff,
  seed: 1,
});

const living = ({ alive }: StreamContext): string[] => [...alive];

export const streamCases: MachineCase[] = [
  {
    name: "with two tasks",
    machine: streamMachine,
    options: {
      input: { name: "builders", intensity: { max: 1, periodMs: 60_000 } },
      events: {
        "task.start": TASKS.map((id) => ({ input: input(id), attempt: "1", base: null })),
        "child.done": from<StreamContext>((context) =>
          living(context).map((id) => ({ child: `task:${id}`, output: null })),
        ),
        "child.crashed": from<StreamContext>((context) =>
          living(context).map((id) => ({ child: `task:${id}`, reason: "boom" })),
        ),
        "event.emitted": ["k1", "k2", "k1"].map((key) => ({ name: "build_ready", key, task: "a", payload: {} })),
      },
      invariants: {
        "an emission is kept once": (_state, { emissions }: StreamContext) =>
          new Set(emissions.map(({ key }) => key)).size === emissions.length,
        "only its tasks live": (_state, context: StreamContext) => living(context).every((id) => TASKS.includes(id)),
        "crashes stay within the intensity": (_state, { crashes, intensity }: StreamContext) =>
          Object.values(crashes).every((times) => times.length <= intensity.max),
      },
    },
  },
];
