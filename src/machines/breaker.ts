/**
 * The circuit breaker of one agent (Nygard, "Release It!"): after failures in a row that are the agent's own, not the
 * work's, nothing more is started with it until a wait is over; then one trial decides.
 */
import { enqueueActions, setup } from "xstate";
import type { Inbox } from "../protocol/mail.ts";
import type { Backoff } from "../protocol/values.ts";
import { backoffMs } from "./backoff.ts";
import { type Decision, type Effect, enact, internalEffectsOf, tellAs, timerEffects } from "./effects.ts";

export interface BreakerInput {
  agent: string;
  /** Failures in a row that open it. */
  threshold: number;
  backoff: Backoff;
  seed: number;
}

export interface BreakerContext extends BreakerInput {
  failures: number;
  /** Times it opened since it last worked. */
  openings: number;
}

const RETRY_TIMER = "retry";

const tell = tellAs<"breaker">();

function open(context: BreakerContext, at: number): Decision<BreakerContext, Effect<"breaker">> {
  const openings = context.openings + 1;
  const dueAt = at + backoffMs(context.backoff, openings, context.seed, context.agent);
  return {
    context: { ...context, failures: 0, openings },
    effects: [
      { type: "setTimer", params: { timer: RETRY_TIMER, dueAt } },
      tell({ to: "scheduler", event: { type: "breaker.opened", agent: context.agent, openings, until: dueAt } }),
    ],
  };
}

/** closed -> open -> halfOpen -> closed or open again. */
export const breakerMachine = setup({
  types: { input: {} as BreakerInput, context: {} as BreakerContext, events: {} as Inbox["breaker"] },
  actions: { ...internalEffectsOf<"breaker">(), ...timerEffects },
  guards: { isLastStraw: ({ context }) => context.failures + 1 >= context.threshold },
}).createMachine({
  id: "breaker",
  context: ({ input }) => ({ ...input, failures: 0, openings: 0 }),
  initial: "closed",
  states: {
    closed: {
      on: {
        "agent.succeeded": {
          actions: enqueueActions(({ enqueue }) => enqueue.assign({ failures: 0, openings: 0 })),
        },
        "agent.failed": [
          {
            guard: "isLastStraw",
            target: "open",
            actions: enqueueActions(({ context, event, enqueue }) => enact(enqueue, open(context, event.at))),
          },
          { actions: enqueueActions(({ context, enqueue }) => enqueue.assign({ failures: context.failures + 1 })) },
        ],
      },
    },
    open: {
      on: {
        "timer.fired": {
          target: "halfOpen",
          actions: enqueueActions(({ context, enqueue }) =>
            enact(enqueue, {
              context,
              effects: [tell({ to: "scheduler", event: { type: "breaker.halfOpened", agent: context.agent } })],
            }),
          ),
        },
      },
    },
    halfOpen: {
      on: {
        "agent.succeeded": {
          target: "closed",
          actions: enqueueActions(({ context, enqueue }) =>
            enact(enqueue, {
              context: { ...context, failures: 0, openings: 0 },
              effects: [tell({ to: "scheduler", event: { type: "breaker.closed", agent: context.agent } })],
            }),
          ),
        },
        "agent.failed": {
          target: "open",
          actions: enqueueActions(({ context, event, enqueue }) => enact(enqueue, open(context, event.at))),
        },
      },
    },
  },
});
