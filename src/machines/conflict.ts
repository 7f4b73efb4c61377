/** A conflict that waits for a person: open until a choice is made, applied once the task has acted on it. */
import { assign, setup } from "xstate";
import { taskActor } from "../protocol/address.ts";
import type { Inbox } from "../protocol/mail.ts";
import type { Choice, ConflictInput } from "../protocol/values.ts";
import { internalEffectsOf } from "./effects.ts";

export interface ConflictContext extends ConflictInput {
  choice: string | null;
  /** Who chose. */
  by: string | null;
}

/** Whether a choice is one of these: by its name, followed by what it takes. */
export function isOffered(choices: readonly Choice[], choice: string): boolean {
  return choices.some(({ name, takes }) =>
    takes === undefined ? name === choice : choice.startsWith(`${name} `) && choice.length > name.length + 1,
  );
}

/** Choices that are not offered are ignored: whoever sends them has to check them first. */
export const conflictMachine = setup({
  types: { input: {} as ConflictInput, context: {} as ConflictContext, events: {} as Inbox["conflict"] },
  actions: internalEffectsOf<"conflict">(),
  guards: {
    isOffered: ({ context, event }) => event.type === "decision.made" && isOffered(context.choices, event.choice),
  },
}).createMachine({
  id: "conflict",
  context: ({ input }) => ({ ...input, choice: null, by: null }),
  initial: "open",
  states: {
    open: {
      on: {
        "decision.made": {
          guard: "isOffered",
          target: "decided",
          actions: [
            assign({ choice: ({ event }) => event.choice, by: ({ event }) => event.by }),
            {
              type: "tell",
              params: ({ context, event }) => ({
                to: context.asker ?? taskActor(context.task),
                event: {
                  type: "conflict.decided",
                  choice: event.choice,
                  ...(context.ask === undefined ? {} : { ask: context.ask }),
                },
              }),
            },
          ],
        },
      },
    },
    decided: { on: { "decision.applied": "applied" } },
    applied: { type: "final" },
  },
});
