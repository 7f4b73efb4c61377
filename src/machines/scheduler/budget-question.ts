/**
 * A budget that lets nothing start any more is a question: a person raises it, or stops the run.
 *
 * BUDGET-1 What costs nothing, a command without a budget of its own, starts whatever was spent.
 * BUDGET-2 It is asked once all that is ready is held back by the budget, and nothing that works could change that. The question
 *    is withdrawn when something may start after all.
 * BUDGET-4 Once a hard budget is spent no agent works: those at work are cut short, reviews are put off, and it is asked when the last
 *    of them has stopped. They go on when the limit is raised.
 * BUDGET-3 A limit that lets none of it start is no answer. Who stops ends all that is held back, and what waits for a person.
 */
import type { Amount, Budget } from "../../plan/model.ts";
import { conflictActor, conflictId, RUN, taskActor } from "../../protocol/address.ts";
import { type Choice, type ConflictInput, EXHAUSTED } from "../../protocol/values.ts";
import { few } from "../../protocol/words.ts";
import { exceeds, isBroke, isSpent, mayStart, readLimit, toMicros, wordAmount } from "../budget.ts";
import { rowAt } from "../table.ts";
import { concludeUnstarted, hasEnded, nodeAt } from "./settle.ts";
import { type Draft, type SchedulerContext, tell } from "./state.ts";

/** The choice that raises the limit. */
export const RAISE = "raise";
const STOP = "stop";

/** Whether the budget has room for a task now (BUDGET-1). */
export function isAffordable(context: SchedulerContext, task: number, budget: Budget = context.budget): boolean {
  const { input, reserve } = nodeAt(context, task);
  const isFree = input.agent === null && reserve.usd === 0 && reserve.tokens === 0;
  return isFree || mayStart(budget, context.spent, context.reserved, reserve);
}

/** Tasks that are ready and held back by the budget; none while something that is ready is not. */
function listHeld(context: SchedulerContext): number[] {
  const ready = Object.values(context.ready).flat(2);
  return ready.every((task) => !isAffordable(context, task)) ? ready : [];
}

/** Whether the review of a task's commit waits for the budget (BUDGET-4). */
export function isReviewHeld(context: SchedulerContext, task: number): boolean {
  return isBroke(context) && context.toReview.includes(task);
}

/** Tasks whose review waits for the budget. */
export const listHeldReviews = (context: SchedulerContext): readonly number[] =>
  isBroke(context) ? context.toReview : [];

const isAgentAtWork = ({ runningBy }: SchedulerContext): boolean => Object.values(runningBy).some((count) => count > 0);

/** Asks, or takes the question back; ends what is held back once a person has stopped it (BUDGET-2, BUDGET-3). */
export function settleBudget(draft: Draft): void {
  const { context } = draft;
  const held = [...listHeld(context), ...listHeldReviews(context)];
  if (held.length === 0) {
    withdrawBudgetQuestion(draft, "something may start again");
    return;
  }
  if (context.isBudgetClosed) {
    endHeld(draft);
    return;
  }
  if (context.budgetQuestion !== null || (context.busy > 0 && !isSpent(context.budget, context.spent))) return;
  if (isBroke(context) && isAgentAtWork(context)) return;
  context.budgetQuestions += 1;
  const conflict = conflictActor(conflictId(nameQuestion(context, "budget"), context.budgetQuestions));
  context.budgetQuestion = conflict;
  const input = askFor(context, held);
  draft.effects.push({ type: "spawnActor", params: { id: conflict, kind: "conflict", input } });
}

/** What a question of the run is called: no task goes by this name. */
export function nameQuestion({ index }: SchedulerContext, about: string): string {
  let name = about;
  while (index[name] !== undefined) name = `run-${name}`;
  return name;
}

function askFor(context: SchedulerContext, held: readonly number[]): ConflictInput {
  const { budget, spent } = context;
  const needed = neededLimit(context);
  const choices: Choice[] = [
    { name: RAISE, takes: "N", does: `raises the limit to N; ${wordAmount(needed)} lets the next task start` },
    { name: STOP, does: "ends the run without what could not start; pleach retry goes on with it later" },
  ];
  const used = wordAmount(budget.usd === undefined ? { tokens: spent.tokens } : { usd: spent.usd });
  const why = isSpent(budget, spent)
    ? `the budget of ${wordAmount(budget)} is exhausted (${used} spent); ${wordHeld(context, held)}`
    : `what is left of the budget of ${wordAmount(budget)} (${used} spent) is too little to start ${namesOf(context, held)}`;
  return { kind: "resource", question: "budget", task: "", asker: "scheduler", why, files: [], choices };
}

const namesOf = (context: SchedulerContext, tasks: readonly number[]): string =>
  few(tasks.map((task) => nodeAt(context, task).input.id));

/** What waits for the budget, and where it stands. */
function wordHeld(context: SchedulerContext, held: readonly number[]): string {
  const { suspended, toReview } = context;
  const isCut = (task: number): boolean => suspended.includes(task);
  const parts: [string, number[]][] = [
    ["stopped in the midst of their work", held.filter(isCut)],
    ["not reviewed", held.filter((task) => toReview.includes(task))],
    ["not started", held.filter((task) => !isCut(task) && !toReview.includes(task))],
  ];
  return parts
    .flatMap(([what, tasks]) => (tasks.length === 0 ? [] : [`${what}: ${namesOf(context, tasks)}`]))
    .join("; ");
}

/** The least limit, in what is limited, by which one of the tasks that are held back may start. */
export function neededLimit(context: SchedulerContext): Amount {
  const { budget, spent, reserved } = context;
  const reviews = listHeldReviews(context).map(() => ({ usd: 0, tokens: 0 }));
  const reserves = [...listHeld(context).map((task) => nodeAt(context, task).reserve), ...reviews];
  const need = (of: "usd" | "tokens", least: number): number =>
    spent[of] + reserved[of] + Math.max(least, Math.min(...reserves.map((reserve) => reserve[of])));
  return {
    ...(budget.usd === undefined ? {} : { usd: Math.ceil(toMicros(need("usd", 0.01)) / 10_000) / 100 }),
    ...(budget.tokens === undefined ? {} : { tokens: Math.ceil(need("tokens", 1)) }),
  };
}

/** Why a limit is none for this run, or null. */
export function refuseLimit(context: SchedulerContext, limit: Amount): string | null {
  const { budget, spent } = context;
  if (budget.usd === undefined && budget.tokens === undefined) return "the run has no budget";
  const next = { ...budget, ...limit };
  if (isSpent(next, spent) || exceeds(next, spent, { usd: 0, tokens: 0 }))
    return `${wordAmount({ ...(next.usd === undefined ? {} : { usd: spent.usd }), ...(next.tokens === undefined ? {} : { tokens: spent.tokens }) })} is spent already`;
  const held = listHeld(context);
  if (
    held.length === 0 ||
    listHeldReviews(context).length > 0 ||
    held.some((task) => isAffordable(context, task, next))
  )
    return null;
  return `nothing could start with ${wordAmount(limit)}: ${wordAmount(neededLimit(context))} is needed`;
}

/** Why an answer to the question is none, or null. */
export function refuseBudgetChoice(context: SchedulerContext, choice: string): string | null {
  if (choice === STOP) return null;
  const limit = readLimit(choice.slice(RAISE.length), context.budget);
  return limit === null
    ? "raise takes the new limit: raise 5, raise usd=5 or raise tokens=100000"
    : refuseLimit(context, limit);
}

/** What a person chose. */
export function onBudgetDecided(draft: Draft, choice: string): void {
  const { context } = draft;
  const { budgetQuestion } = context;
  if (budgetQuestion === null) return;
  context.budgetQuestion = null;
  draft.effects.push(tell({ to: budgetQuestion, event: { type: "decision.applied" } }));
  if (choice === STOP) context.isBudgetClosed = true;
  else raiseBudget(draft, readLimit(choice.slice(RAISE.length), context.budget) ?? {});
}

/** Limits that hold from now on. */
export function raiseBudget(draft: Draft, { usd, tokens }: Amount): void {
  const { context } = draft;
  context.budget = {
    ...context.budget,
    ...(usd === undefined ? {} : { usd }),
    ...(tokens === undefined ? {} : { tokens }),
  };
  context.warned = isSpent(context.budget, context.spent);
  context.isBudgetClosed = false;
  const { budget } = context;
  const limits = { usd: budget.usd ?? null, tokens: budget.tokens ?? null };
  draft.effects.push(tell({ to: RUN, event: { type: "budget.raised", ...limits } }));
}

/** The question waits for nobody any more. */
export function withdrawBudgetQuestion(draft: Draft, reason: string): void {
  const { context } = draft;
  if (context.budgetQuestion === null) return;
  draft.effects.push({ type: "stopActor", params: { id: context.budgetQuestion, reason } });
  context.budgetQuestion = null;
}

function endHeld(draft: Draft): void {
  const { context } = draft;
  context.reason = EXHAUSTED;
  concludeUnstarted(draft, "skipped", EXHAUSTED, (task) => !isAffordable(context, task));
  // What has been started before, and would go on, can only be told to stop; so can what nobody would be heard for.
  for (const [task, { input }] of context.nodes.entries()) {
    const { phase, alive } = rowAt(context.rows, task);
    if (!alive || hasEnded(phase)) continue;
    const isHeld = (phase === "ready" || phase === "waitingForHuman") && !isAffordable(context, task);
    if (!isHeld && !isReviewHeld(context, task)) continue;
    draft.effects.push(tell({ to: taskActor(input.id), event: { type: "task.stop", reason: EXHAUSTED } }));
  }
}
