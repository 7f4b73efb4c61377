/** A task that is one of several candidates: whether it was chosen, and what came of comparing it with the others. */
import { type Decision, type Effect, tellAs } from "../effects.ts";
import { refusalOf } from "./failure-policy.ts";
import { giveBackSlot } from "./give-back-slot.ts";
import type { TaskContext, TaskEvent } from "./task-state.ts";

const tell = tellAs<"task">();

/** Reviews without an answer in a row, after which a person is asked, or the first of the candidates is taken. */
const MAX_REVIEW_FAULTS = 3;

/** Whether a review that came to no answer is tried again. */
export const mayReviewAgain = ({ reviewFaults }: TaskContext): boolean => reviewFaults + 1 < MAX_REVIEW_FAULTS;

/** Whether it is one of several, and was not chosen. */
export const mustBeChosen = ({ id, candidateOf, decided }: TaskContext): boolean =>
  candidateOf !== undefined && decided !== id;

/** What came of comparing candidates, where that is over; null: nothing. */
export function bestOf(context: TaskContext, event: TaskEvent): { best?: string | null } {
  if (event.type === "review.compared") return { best: event.best };
  const isOver = event.type === "review.failed" && refusalOf(event) === null && !mayReviewAgain(context);
  return isOver && mustBeChosen(context) ? { best: null } : {};
}

/** Waits without a slot until one is chosen. */
export function offer(context: TaskContext): Decision<TaskContext, Effect<"task">> {
  const ready = { type: "candidate.ready", task: context.id, commit: context.commit } as const;
  return {
    context: { ...context, hasSlot: false },
    effects: [...giveBackSlot(context), tell({ to: "scheduler", event: ready })],
  };
}
