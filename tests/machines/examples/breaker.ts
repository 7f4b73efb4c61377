/** The circuit breaker of one agent. */
import { defaultBackoff } from "../../../src/machines/backoff.ts";
import { type BreakerContext, breakerMachine } from "../../../src/machines/breaker.ts";
import type { MachineCase } from "./machine-case.ts";

export const breakerCases: MachineCase[] = [
  {
    name: "opens after two failures",
    machine: breakerMachine,
    options: {
      input: { agent: "claude", threshold: 2, backoff: defaultBackoff, seed: 1 },
      events: {
        "agent.succeeded": {},
        "agent.failed": { reason: "no credit" },
        "timer.fired": { timer: "retry" },
      },
      bounds: { openings: 2 },
      invariants: {
        "failures stay below the threshold": (_state, { failures, threshold }: BreakerContext) => failures < threshold,
        "it is only open or on trial after an opening": (state, { openings }: BreakerContext) =>
          state === "closed" || openings > 0,
      },
    },
  },
];
