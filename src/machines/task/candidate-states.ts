/** The states of a task that is one of several candidates, between its gates and its review (TASK-9). */
import { and, assign } from "xstate";
import { taskSetup } from "./task-setup.ts";

/** Waits to be chosen. One that changed nothing has nothing to merge then. */
export const candidateState = taskSetup.createStateConfig({
  entry: "offer",
  on: {
    "candidate.decided": [
      { guard: and(["isChosen", "hasCommit"]), target: "routing", actions: "noteDecided" },
      { guard: "isChosen", target: "closing", actions: ["noteDecided", assign({ outcome: "done" })] },
      { actions: "noteDecided" },
    ],
    "review.start": { guard: "mayBeCompared", target: "comparing" },
    "task.stop": { target: "closing", actions: "noteStop" },
  },
});

/** Its reviewer compares it with the others. */
export const comparingState = taskSetup.createStateConfig({
  entry: "review",
  exit: "endReview",
  on: {
    "review.compared": [{ guard: "isStopping", target: "closing" }, { target: "candidate" }],
    "attempt.suspend": { actions: "suspend" },
    "agent.suspended": [{ guard: "isStopping", target: "closing" }, { target: "candidate" }],
    "review.failed": [
      { guard: "isStopping", target: "closing" },
      { guard: "isRefused", target: "candidate" },
      { guard: "mayReviewAgain", target: "candidate", actions: "countReviewFault" },
      { target: "candidate", actions: assign({ reviewFaults: 0 }) },
    ],
    "task.stop": {
      actions: [
        "noteStop",
        { type: "stopAgent", params: ({ context, event }) => ({ task: context.id, reason: event.reason }) },
      ],
    },
  },
});
