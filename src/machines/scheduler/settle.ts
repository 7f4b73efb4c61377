/** What an outcome means for others: needs met, needs that can no longer be met, leases given back, the run's end. */
import { RUN } from "../../protocol/address.ts";
import type { RunOutcome } from "../../protocol/values.ts";
import { few } from "../../protocol/words.ts";
import { isBroke } from "../budget.ts";
import { changeRow, rowAt, rowsOf } from "../table.ts";
import { endLeases } from "./leases.ts";
import { addReady, takeReady } from "./ready-list.ts";
import { leaveReview } from "./reviews.ts";
import {
  agentAt,
  countSlots,
  type Draft,
  type Node,
  type Row,
  type SchedulerContext,
  type TaskPhase,
  tell,
} from "./state.ts";
import { endTurn } from "./turns.ts";

const ENDED: ReadonlySet<TaskPhase> = new Set(["merged", "done", "failed", "cancelled", "skipped"]);
const GOOD: ReadonlySet<TaskPhase> = new Set(["merged", "done"]);

/** Whether a task has its outcome. */
export function hasEnded(phase: TaskPhase): boolean {
  return ENDED.has(phase);
}

/** Whether the run comes to its end before its plan does: nothing starts any more, and what lives is stopped. */
export function isEnding({ dispatchBlockedBy }: SchedulerContext): boolean {
  return dispatchBlockedBy === "cancelled" || dispatchBlockedBy === "mergeBroken";
}

/** The task with this index. */
export function nodeAt(context: SchedulerContext, task: number): Node {
  return context.nodes[task] as Node;
}

/** Why a task can never start: its agents were given up; null when it can. */
export function whyLost(context: SchedulerContext, task: number): string | null {
  const { agent = null, fallback = [] } = context.nodes[task]?.input ?? {};
  if (agent === null || !areLost(context, [agent, ...fallback])) return null;
  return fallback.length === 0
    ? `agent ${agent} was given up`
    : `its agents were given up: ${few([agent, ...fallback])}`;
}

/** Whether all of these agents were given up. */
export function areLost({ lostAgents }: SchedulerContext, agents: readonly string[]): boolean {
  return agents.every((agent) => lostAgents[agent] === true);
}

/** Changes a task's row. */
export function update(draft: Draft, task: number, change: Partial<Row>): void {
  draft.context.rows = changeRow(draft.context.rows, task, change);
}

const plus = (counts: Record<string, number>, key: string, amount: number): Record<string, number> => ({
  ...counts,
  [key]: (counts[key] ?? 0) + amount,
});

/** Takes (`sign` 1) or gives back (-1) what a running task holds: slot, resources, reservation. */
export function takeSlot(draft: Draft, task: number, sign: 1 | -1): void {
  const { context } = draft;
  const { input, uses, reserve } = nodeAt(context, task);
  let { used } = context;
  for (const [resource, units] of Object.entries(uses)) used = plus(used, resource, sign * units);
  const { usd, tokens } = context.reserved;
  context.used = used;
  context.runningIn = plus(context.runningIn, input.stream, sign);
  const agent = agentAt(context, task);
  if (agent !== null) context.runningBy = plus(context.runningBy, agent, sign);
  // Sums of decimals drift; what is reserved when nothing runs is nothing.
  context.reserved =
    countSlots(context) === 0
      ? { usd: 0, tokens: 0 }
      : { usd: usd + sign * reserve.usd, tokens: tokens + sign * reserve.tokens };
}

/** Puts a task in the list of what may start. */
export function makeReady(draft: Draft, task: number): void {
  const { context } = draft;
  const { stream } = nodeAt(context, task).input;
  const tasks = addReady(context.nodes, context.ready[stream] ?? [], task);
  context.ready = { ...context.ready, [stream]: tasks };
  update(draft, task, { phase: "ready" });
}

function leaveReady(draft: Draft, task: number): void {
  const { context } = draft;
  const { stream } = nodeAt(context, task).input;
  const tasks = takeReady(context.nodes, context.ready[stream] ?? [], task);
  context.ready = { ...context.ready, [stream]: tasks };
}

/** Moves a living task between `running`, `parked` and `waitingForHuman`, keeping the counts. */
export function move(draft: Draft, task: number, phase: "running" | "parked" | "waitingForHuman" | "ready"): void {
  leavePhase(draft, task);
  if (phase === "running") takeSlot(draft, task, 1);
  if (phase === "running" || phase === "parked") draft.context.busy++;
  if (phase === "waitingForHuman") draft.context.waitingForHuman++;
  if (phase === "ready") makeReady(draft, task);
  else update(draft, task, { phase });
}

function leavePhase(draft: Draft, task: number): void {
  const { phase } = rowAt(draft.context.rows, task);
  if (phase === "running") {
    takeSlot(draft, task, -1);
    // What its agent leased goes back with the slot, whether the agent gave it back or not.
    endLeases(draft, (each) => each.task === task);
  }
  if (phase === "running" || phase === "parked") draft.context.busy--;
  if (phase === "waitingForHuman") draft.context.waitingForHuman--;
  if (phase === "ready") {
    leaveReady(draft, task);
    draft.context.suspended = draft.context.suspended.filter((other) => other !== task);
  }
}

/** Gives a task its outcome and lets it be felt by those that need or prefer it. */
export function conclude(draft: Draft, task: number, phase: TaskPhase, reason: string | null): void {
  const endings: { task: number; phase: TaskPhase; reason: string | null }[] = [{ task, phase: phase, reason }];
  for (let next = endings.shift(); next !== undefined; next = endings.shift()) {
    if (hasEnded(rowAt(draft.context.rows, next.task).phase)) continue;
    leavePhase(draft, next.task);
    leaveReview(draft, next.task);
    endTurn(draft, next.task, { hasLanded: next.phase === "merged" });
    update(draft, next.task, { phase: next.phase, reason: next.reason });
    const node = nodeAt(draft.context, next.task);
    if (node.planningDepth !== undefined && !isPlanning(draft.context)) {
      draft.effects.push(tell({ to: RUN, event: { type: "planning.closed" } }));
    }
    const satisfies = isSatisfied(draft.context, next.task);
    draft.context.unfinished--;
    for (const dependent of draft.context.dependents[next.task] ?? []) {
      const disposition = feelNeed(draft, dependent, satisfies);
      if (disposition === "ready") makeReady(draft, dependent);
      else if (disposition === "impossible") {
        const because = `${node.input.id} ${next.phase === "skipped" ? "was skipped" : `ended as ${next.phase}`}`;
        endings.push({
          task: dependent,
          phase: next.phase === "cancelled" ? "cancelled" : "skipped",
          reason: because,
        });
      }
    }
    for (const follower of draft.context.followers[next.task] ?? []) {
      update(draft, follower, { pendingPrefers: rowAt(draft.context.rows, follower).pendingPrefers - 1 });
    }
  }
}

/** Whether a planning task has no outcome yet. */
function isPlanning({ nodes, rows }: SchedulerContext): boolean {
  return nodes.some(({ planningDepth }, task) => planningDepth !== undefined && !hasEnded(rowAt(rows, task).phase));
}

/** Counts one finished need; says whether the quorum is now met, or can no longer be. */
function feelNeed(draft: Draft, task: number, satisfied: boolean): "ready" | "impossible" | "blocked" {
  const { succeeded, failed } = rowAt(draft.context.rows, task);
  update(draft, task, satisfied ? { succeeded: succeeded + 1 } : { failed: failed + 1 });
  return judgeNeeds(draft.context, task);
}

/** Counts anew what a task's needs and preferences have come to. */
export function recountNeeds(
  context: SchedulerContext,
  task: number,
): Pick<Row, "succeeded" | "failed" | "pendingPrefers"> {
  const { needs, prefers } = nodeAt(context, task);
  const ended = needs.filter((need) => hasEnded(rowAt(context.rows, need).phase));
  const succeeded = ended.filter((need) => isSatisfied(context, need)).length;
  const pendingPrefers = prefers.filter((other) => !hasEnded(rowAt(context.rows, other).phase)).length;
  return { succeeded, failed: ended.length - succeeded, pendingPrefers };
}

/** Whether a blocked task's quorum is now met, or can no longer be. */
export function judgeNeeds(context: SchedulerContext, task: number): "ready" | "impossible" | "blocked" {
  const { phase, succeeded, failed } = rowAt(context.rows, task);
  if (phase !== "blocked") return "blocked";
  const { needs, min, require } = nodeAt(context, task);
  if (needs.length - failed < min) return "impossible";
  const isLost = (need: number): boolean => hasEnded(rowAt(context.rows, need).phase) && !isSatisfied(context, need);
  if (require.some(isLost)) return "impossible";
  return succeeded >= min && require.every((need) => isSatisfied(context, need)) ? "ready" : "blocked";
}

/** Whether those that need this task may go on. */
export function isSatisfied(context: SchedulerContext, task: number): boolean {
  const { phase } = rowAt(context.rows, task);
  return GOOD.has(phase) || (phase === "failed" && nodeAt(context, task).continueOnError);
}

/** Ends every task that has not started. */
export function concludeUnstarted(
  draft: Draft,
  phase: "skipped" | "cancelled",
  reason: string,
  only?: (task: number) => boolean,
): void {
  for (const task of draft.context.nodes.keys()) {
    const row = rowAt(draft.context.rows, task);
    if ((row.phase === "blocked" || row.phase === "ready") && !row.alive && (only?.(task) ?? true)) {
      conclude(draft, task, phase, reason);
    }
  }
}

/** A failure that the plan tolerates is none, unless it is all that there is. */
function outcomeOf(context: SchedulerContext): RunOutcome {
  const { dispatchBlockedBy, nodes } = context;
  if (dispatchBlockedBy === "cancelled") return "cancelled";
  const phases = rowsOf(context.rows).map(({ phase }) => phase);
  const isComplete = [...nodes.keys()].every((task) => isSatisfied(context, task));
  const isEmpty = phases.length === 0;
  if (dispatchBlockedBy !== "mergeBroken" && isComplete && (isEmpty || phases.some((phase) => GOOD.has(phase)))) {
    return "succeeded";
  }
  return phases.includes("merged") ? "partial" : "failed";
}

/** Says when the run waits for a person, and decides its outcome once nothing is left. */
export function settle(draft: Draft): void {
  const { context } = draft;
  if (context.outcome !== null) return;
  if (context.unfinished === 0) {
    // Nobody is waited for any more, also while the last workspaces are still being released.
    context.saidWaiting = false;
    if (rowsOf(context.rows).some(({ alive }) => alive)) return;
    const outcome = outcomeOf(context);
    context.outcome = outcome;
    draft.effects.push(tell({ to: RUN, event: { type: "run.finished", outcome, reason: context.reason } }));
    return;
  }
  const isAskedForCredit = Object.keys(context.creditQuestions ?? {}).length > 0;
  // What another account's time will come for waits for nobody.
  const comesByItself = Object.values(context.held ?? {}).some(({ next }) => next === "timer");
  const isAsked = context.budgetQuestion !== null || (isAskedForCredit && !comesByItself);
  const held = isAsked ? Object.values(context.ready).flat(2).length : 0;
  // They live without working, and only the budget or the account holds them.
  const reviews = isAsked && (isBroke(context) || isAskedForCredit) ? context.toReview.length : 0;
  const waiting = context.waitingForHuman + held + reviews;
  const isStuck = waiting > 0 && context.busy === reviews;
  if (isStuck && !context.saidWaiting) {
    draft.effects.push(tell({ to: RUN, event: { type: "run.waiting", tasks: waiting } }));
  }
  context.saidWaiting = isStuck;
}
