/** A conflict that waits for a person. */
import { type ConflictContext, conflictMachine } from "../../../src/machines/conflict.ts";
import type { MachineCase } from "./machine-case.ts";

export const conflictCases: MachineCase[] = [
  {
    name: "with one choice",
    machine: conflictMachine,
    options: {
      input: { kind: "merge", task: "t", why: "w", files: [], choices: [{ name: "drop", does: "gives it up" }] },
      events: {
        "decision.made": [
          { choice: "drop", by: "me" },
          { choice: "constructor", by: "me" },
        ],
        "decision.applied": {},
      },
      invariants: {
        "what is chosen was offered": (_state, { choice, choices }: ConflictContext) =>
          choice === null || choices.some(({ name }) => name === choice),
        "it is open until a choice is made": (state, { choice }: ConflictContext) =>
          (state === "open") === (choice === null),
      },
    },
  },
];
