/**
 * A stream: a named pool of workers with one role. It starts its tasks' actors, counts their crashes, and keeps the
 * coordination events that were emitted in its name. What may start when is the scheduler's decision.
 *
 * A task that crashed is started again by a new grant of the scheduler, in a fresh attempt, at most so often.
 */
import { enqueueActions, setup } from "xstate";
import { taskActor, taskAt } from "../protocol/address.ts";
import type { Events, Taken } from "../protocol/events.ts";
import type { Inbox } from "../protocol/mail.ts";
import { type Decision, type Effect, enact, internalEffectsOf, tellAs } from "./effects.ts";
import { countRestart, type Intensity } from "./restart-policy.ts";

export interface StreamInput {
  name: string;
  /** How often one task may crash. */
  intensity: Intensity;
  /** Those of a run that was over and is opened again. */
  emissions?: Emission[];
}

export interface Emission {
  type: string;
  /** Name and hash of the drop-box file, or the effect id with a counter: the same key is taken once. */
  key: string;
  task: string | null;
  at: number;
}

export interface StreamContext extends StreamInput {
  /** Tasks with a living actor: a list, since objects with ever new keys cost the engine dearly. */
  alive: readonly string[];
  /** Times of crashes by task, ms. */
  crashes: Record<string, number[]>;
  /** The newest emissions, oldest first. */
  emissions: Emission[];
}

/** Emissions kept for the idempotency of the drop box. */
const MAX_KEPT_EMISSIONS = 500;

const tell = tellAs<"stream">();

function without(tasks: readonly string[], task: string): string[] {
  return tasks.filter((other) => other !== task);
}

type Decided = Decision<StreamContext, Effect<"stream">>;

function start(context: StreamContext, event: Events["task.start"]): Decided {
  const { id } = event.input;
  const { attempt, base, chosen, hasNoSlot } = event;
  const grant = { attempt, base, ...(chosen === undefined ? {} : { chosen }) };
  if (context.alive.includes(id))
    return { context, effects: [tell({ to: taskActor(id), event: { type: "attempt.start", ...grant } })] };
  const input = { ...event.input, ...grant, ...(hasNoSlot === undefined ? {} : { hasNoSlot }) };
  const effect: Effect<"stream"> = { type: "spawnActor", params: { id: taskActor(id), kind: "task", input } };
  return { context: { ...context, alive: [...context.alive, id] }, effects: [effect] };
}

function crash(context: StreamContext, event: Taken<"child.crashed">): Decided {
  const task = taskAt(event.child);
  if (task === null) return { context, effects: [] };
  const { allowed, times } = countRestart(context.crashes[task] ?? [], event.at, context.intensity);
  const alive = without(context.alive, task);
  return {
    context: { ...context, alive, crashes: { ...context.crashes, [task]: times } },
    effects: [tell({ to: "scheduler", event: { type: "task.crashed", task, reason: event.reason, again: allowed } })],
  };
}

function emit(context: StreamContext, event: Taken<"event.emitted">): StreamContext {
  const { name: type, key, task, at } = event;
  if (context.emissions.some((emission) => emission.key === key)) return context;
  return { ...context, emissions: [...context.emissions, { type, key, task, at }].slice(-MAX_KEPT_EMISSIONS) };
}

/** One state: a pool only counts. */
export const streamMachine = setup({
  types: { input: {} as StreamInput, context: {} as StreamContext, events: {} as Inbox["stream"] },
  actions: internalEffectsOf<"stream">(),
}).createMachine({
  id: "stream",
  context: ({ input }) => ({ emissions: [], ...input, alive: [], crashes: {} }),
  initial: "open",
  states: {
    open: {
      entry: {
        type: "tell",
        params: ({ context }) => ({ to: "scheduler", event: { type: "stream.started", stream: context.name } }),
      },
      on: {
        "task.start": {
          actions: enqueueActions(({ context, event, enqueue }) => enact(enqueue, start(context, event))),
        },
        "child.crashed": {
          actions: enqueueActions(({ context, event, enqueue }) => enact(enqueue, crash(context, event))),
        },
        "child.done": {
          actions: enqueueActions(({ context, event, enqueue }) => {
            const task = taskAt(event.child);
            if (task === null) return;
            enact(enqueue, {
              context: { ...context, alive: without(context.alive, task) },
              effects: [tell({ to: "scheduler", event: { type: "task.closed", task } })],
            });
          }),
        },
        "event.emitted": {
          actions: enqueueActions(({ context, event, enqueue }) => enqueue.assign(emit(context, event))),
        },
      },
    },
  },
});
