/**
 * A stream of a user's own for tests: counts, calls out, waits, ends, and crashes on command, in a step or in a
 * performer. `world` is what its performers did and how they behave.
 */
import { assign, enqueueActions, setup } from "xstate";
import { defineStream, internalEffects, type StreamDefinition, timerEffects } from "../../src/index.ts";

export interface World {
  /** `actor performed`, in order. */
  log: string[];
  /** Effect id -> times performed. */
  performed: Map<string, number>;
  /** Actors whose `hold` was aborted. */
  aborted: string[];
}

export interface WorkerContext {
  count: number;
  calls: number;
  answers: string[];
  fired: string[];
}

type WorkerEvent =
  | { type: "work"; at: number; n: number }
  | { type: "boom"; at: number }
  | { type: "call"; at: number; text: string }
  | { type: "callBadly"; at: number }
  | { type: "called"; at: number; text: string }
  | { type: "hold"; at: number }
  | { type: "wait"; at: number; ms: number }
  | { type: "timer.fired"; at: number; timer: string }
  | { type: "tellOther"; at: number; to: string; event: { type: string } }
  | { type: "finish"; at: number };

export const workerMachine = setup({
  types: { context: {} as WorkerContext, events: {} as WorkerEvent, output: {} as { count: number } },
  actions: {
    ...internalEffects,
    ...timerEffects,
    hello: (_: unknown, _params: { at: number }) => {},
    call: (_: unknown, _params: { text: string }) => {},
    callBadly: (_: unknown, _params: { text: string }) => {},
    hold: (_: unknown, _params: { at: number }) => {},
  },
}).createMachine({
  id: "worker",
  context: { count: 0, calls: 0, answers: [], fired: [] },
  initial: "working",
  entry: { type: "hello", params: { at: 0 } },
  states: {
    working: {
      on: {
        work: { actions: assign({ count: ({ context, event }) => context.count + event.n }) },
        boom: {
          actions: assign(() => {
            throw new Error("boom");
          }),
        },
        call: {
          actions: enqueueActions(({ context, event, enqueue }) => {
            enqueue.assign({ calls: context.calls + 1 });
            enqueue({ type: "call", params: { text: event.text } });
          }),
        },
        callBadly: { actions: { type: "callBadly", params: { text: "x" } } },
        called: { actions: assign({ answers: ({ context, event }) => [...context.answers, event.text].slice(-20) }) },
        hold: { actions: { type: "hold", params: { at: 0 } } },
        wait: {
          actions: {
            type: "setTimer",
            params: ({ event }) => ({ timer: `after ${event.ms}`, dueAt: event.at + event.ms }),
          },
        },
        "timer.fired": { actions: assign({ fired: ({ context, event }) => [...context.fired, event.timer] }) },
        tellOther: { actions: { type: "tell", params: ({ event }) => ({ to: event.to, event: event.event }) } },
        finish: "finished",
      },
    },
    finished: { type: "final" },
  },
  output: ({ context }) => ({ count: context.count }),
});

export function createWorld(): World {
  return { log: [], performed: new Map(), aborted: [] };
}

/** The worker as a stream whose performers act on `world`. */
export function createWorkerStream(world: World): StreamDefinition {
  const note = (effect: string, line: string): void => {
    world.log.push(line);
    world.performed.set(effect, (world.performed.get(effect) ?? 0) + 1);
  };
  return defineStream({
    machine: workerMachine,
    perform: {
      hello: async (_params, { actor, effect }) => {
        note(effect, `${actor} hello`);
        return undefined;
      },
      call: async ({ text }, { actor, effect }) => {
        note(effect, `${actor} call ${text}`);
        return { type: "called", text };
      },
      callBadly: async () => {
        throw new Error("performer broke");
      },
      hold: (_params, { actor, signal }) =>
        new Promise((resolve) => {
          signal.addEventListener("abort", () => {
            world.aborted.push(actor);
            resolve(undefined);
          });
        }),
    },
  });
}
