/** What a review, or a comparison of candidates, has come to: told to the scheduler, and to the breaker of the reviewer. Pure. */
import { breakerActor } from "../../protocol/address.ts";
import { type Decision, type Effect, tellAs } from "../effects.ts";
import { bestOf } from "./candidate.ts";
import { policyOf, refusalOf } from "./failure-policy.ts";
import type { TaskContext, TaskEvent } from "./task-state.ts";

const tell = tellAs<"task">();

/** Ends it with this event. */
export function endReview(context: TaskContext, event: TaskEvent): Decision<TaskContext, Effect<"task">> {
  const refusal = refusalOf(event);
  const isCut = (event.type === "agent.suspended" || refusal !== null) && context.stop === null;
  const goesOn = isCut ? { goesOn: true as const } : {};
  const refused = refusal === null ? {} : { refused: refusal };
  const ended = { type: "review.ended", task: context.id, ...goesOn, ...refused, ...bestOf(context, event) } as const;
  const effects: Effect<"task">[] = [tell({ to: "scheduler", event: ended })];
  const reviewer = context.chosenReviewer ?? context.reviewer?.agent;
  // One that was stopped with its task did nothing wrong.
  if (reviewer && event.type === "review.failed" && policyOf(event).isAgents && context.stop === null) {
    effects.push(tell({ to: breakerActor(reviewer), event: { type: "agent.failed", reason: event.reason } }));
  }
  const isAnswered = event.type === "review.finished" || event.type === "review.compared";
  if (reviewer && isAnswered) effects.push(tell({ to: breakerActor(reviewer), event: { type: "agent.succeeded" } }));
  const workMs = context.workMs + (isAnswered || event.type === "agent.suspended" ? event.durationMs : 0);
  const findings = event.type === "review.finished" ? event.findings : context.findings;
  return { context: { ...context, workMs, findings }, effects };
}
