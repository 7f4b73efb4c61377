/** The states of a task that a person takes in hand, and gives back (TASK-8). */
import { taskSetup } from "./task-setup.ts";

/** States of a task that can be taken over; from the others it is on its way without an agent. */
export const TAKEABLE: ReadonlySet<string> = new Set([
  "starting",
  "preparing",
  "running",
  "suspended",
  "committing",
  "gating",
  "backingOff",
  "awaitingSlot",
]);

/** Nobody works on it; how its worktree is, is kept, before a person may begin there. */
export const takingOverState = taskSetup.createStateConfig({
  entry: "mark",
  on: {
    "work.marked": { target: "takenOver", actions: "noteTaken" },
    "work.failed": "takenOver",
    "attempt.start": { actions: "noteSlot" },
    "task.stop": {
      target: "closing",
      actions: ["noteStop", { type: "withdraw", params: { name: "markWork" } }],
    },
  },
});

/** In the person's hands: nothing moves it but them, or its end. */
export const takenOverState = taskSetup.createStateConfig({
  entry: "tellTakenOver",
  on: {
    "task.giveBack": [
      { guard: "isGone", target: "awaitingSlot", actions: ["giveBack", "releaseSlot"] },
      { guard: "discards", target: "resetting", actions: "giveBack" },
      { target: "committing", actions: "giveBack" },
    ],
    "attempt.start": { actions: "noteSlot" },
    "task.stop": { target: "closing", actions: "noteStop" },
  },
});

/** Its worktree is made what it was when the person took it. */
export const resettingState = taskSetup.createStateConfig({
  entry: "reset",
  on: {
    "work.reset": "suspended",
    "work.failed": { target: "awaitingSlot", actions: "releaseSlot" },
    "task.stop": {
      target: "closing",
      actions: ["noteStop", { type: "withdraw", params: { name: "resetWork" } }],
    },
  },
});
