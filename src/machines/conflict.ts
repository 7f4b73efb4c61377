/** A conflict that waits for a person: open until a choice is made, applied once the task has acted on it. */
import { assign, setup } from "xstate";
import { internalEffects } from "./effects.ts";

export type ConflictKind = "resource" | "quality" | "timeline" | "approach" | "merge";

export interface ConflictInput {
  kind: ConflictKind;
  task: string;
  /** One line: what disagrees. */
  why: string;
  files: string[];
  choices: { name: string; does: string }[];
  /** Of a question that an agent asked while it works: told with the decision. */
  ask?: string;
}

export interface ConflictContext extends ConflictInput {
  choice: string | null;
}

type ConflictEvent =
  | { type: "decision.made"; at: number; choice: string; by: string }
  | { type: "decision.applied"; at: number };

/** Choices that are not offered are ignored: whoever sends them has to check them first. */
export const conflictMachine = setup({
  types: { input: {} as ConflictInput, context: {} as ConflictContext, events: {} as ConflictEvent },
  actions: internalEffects,
  guards: {
    isOffered: ({ context, event }) =>
      event.type === "decision.made" && context.choices.some(({ name }) => name === event.choice),
  },
}).createMachine({
  id: "conflict",
  context: ({ input }) => ({ ...input, choice: null }),
  initial: "open",
  states: {
    open: {
      on: {
        "decision.made": {
          guard: "isOffered",
          target: "decided",
          actions: [
            assign({ choice: ({ event }) => event.choice }),
            {
              type: "tell",
              params: ({ context, event }) => ({
                to: `task:${context.task}`,
                event: {
                  type: "conflict.decided",
                  choice: event.type === "decision.made" ? event.choice : "",
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
