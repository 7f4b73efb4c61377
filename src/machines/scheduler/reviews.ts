/**
 * Reviews: which of the commits that wait for one gets a slot of its reviewers' stream, and giving that slot back. A
 * review keeps to the limits overall, of its stream and of its agent, and goes before new work: what it lets through
 * is what others wait for.
 */
import { taskActor } from "../../protocol/address.ts";
import type { Reviewer } from "../../protocol/values.ts";
import { isBroke } from "../budget.ts";
import { changeRow } from "../table.ts";
import { goFirst } from "./accounts.ts";
import { chooseAgent, tellStandIn } from "./choose-agent.ts";
import { countSlots, type Draft, reviewerAt, type SchedulerContext, tell } from "./state.ts";

const reviewerOf = (context: SchedulerContext, task: number): Reviewer | undefined =>
  context.nodes[task]?.input.reviewer;

const nodeId = (context: SchedulerContext, task: number): string => context.nodes[task]?.input.id ?? "";

/** Puts a task's commit in the line for a review. */
export function queueReview(draft: Draft, task: number): void {
  const { context } = draft;
  const { toReview, underReview } = context;
  if (reviewerOf(context, task) === undefined || toReview.includes(task) || underReview.includes(task)) return;
  context.toReview = [...toReview, task];
}

/** Takes a task out of the line, or gives back the slot of its review. */
export function leaveReview(draft: Draft, task: number): void {
  const { context } = draft;
  if (context.underReview.includes(task)) count(draft, task, -1);
  else if (!context.toReview.includes(task)) return;
  const without = (tasks: readonly number[]): number[] => tasks.filter((other) => other !== task);
  context.toReview = without(context.toReview);
  context.underReview = without(context.underReview);
}

/** Starts the reviews that may start, the longest waiting first. */
export function startReviews(draft: Draft): void {
  const { context } = draft;
  for (const task of context.toReview) {
    if (context.dispatchBlockedBy !== "none" || countSlots(context) >= context.concurrency) return;
    if (isBroke(context)) return;
    const reviewer = reviewerOf(context, task);
    if (reviewer === undefined || (context.runningIn[reviewer.stream] ?? 0) >= (context.streams[reviewer.stream] ?? 1))
      continue;
    const answer = chooseAgent(context, reviewer, { own: null, at: draft.at });
    if ("hold" in answer) continue;
    const { agent } = answer;
    const chosen = reviewer.fallback === undefined ? {} : { chosen: agent };
    if (reviewer.fallback !== undefined) {
      context.rows = changeRow(context.rows, task, { chosenReviewer: agent });
      tellStandIn(draft, { task: nodeId(context, task), role: "review", choice: reviewer, agent });
    }
    context.toReview = context.toReview.filter((other) => other !== task);
    context.underReview = [...context.underReview, task];
    context.trials = spendTrial(context.trials, agent);
    goFirst(draft, task, agent);
    count(draft, task, 1);
    draft.effects.push(tell({ to: taskActor(nodeId(context, task)), event: { type: "review.start", ...chosen } }));
  }
}

/** A start with an agent that is on trial uses up one of its trials. */
export function spendTrial(trials: Record<string, number>, agent: string | null): Record<string, number> {
  const left = agent === null ? undefined : trials[agent];
  return agent === null || left === undefined ? trials : { ...trials, [agent]: left - 1 };
}

function count(draft: Draft, task: number, sign: 1 | -1): void {
  const { context } = draft;
  const { stream } = reviewerOf(context, task) as Reviewer;
  const agent = reviewerAt(context, task) as string;
  context.runningIn = { ...context.runningIn, [stream]: (context.runningIn[stream] ?? 0) + sign };
  context.runningBy = { ...context.runningBy, [agent]: (context.runningBy[agent] ?? 0) + sign };
}
