/**
 * Who starts now: ready tasks by longest remaining path, within the limits overall, of streams, of agents and of
 * resources, and within the budget. A task with soft needs waits for those that are under way, as long as they are
 * expected to take, unless nothing else could use the slot for longer than that.
 */
import { streamActor } from "../../protocol/address.ts";
import { rowAt } from "../table.ts";
import { goFirst } from "./accounts.ts";
import { isAffordable, isReviewHeld, settleBudget } from "./budget-question.ts";
import { type AgentHold, chooseAgent, tellStandIn } from "./choose-agent.ts";
import { grantClaims } from "./leases.ts";
import { byUrgency, type ReadyList } from "./ready-list.ts";
import { spendTrial, startReviews } from "./reviews.ts";
import { move, nodeAt, update } from "./settle.ts";
import { agentAt, countSlots, type Draft, type SchedulerContext, tell } from "./state.ts";
import { endTurn } from "./turns.ts";

/** Starts whatever may start; what is to become of what the budget holds back, a person is asked. */
export function dispatch(draft: Draft): void {
  // Before new tasks: who claims holds a slot already, and what a review lets through is what others wait for.
  grantClaims(draft);
  startReviews(draft);
  for (let task = pickNext(draft); task !== null; task = pickNext(draft)) grant(draft, task);
  giveUpTurns(draft);
  armSoftTimers(draft);
  const { context } = draft;
  if (context.dispatchBlockedBy === "none" && context.unfinished > 0) settleBudget(draft);
}

function grant(draft: Draft, task: number): void {
  const row = rowAt(draft.context.rows, task);
  const { input } = nodeAt(draft.context, task);
  const goesOn = draft.context.suspended.includes(task);
  const attempts = row.attempts + (goesOn ? 0 : 1);
  const chosen = choose(draft, task);
  move(draft, task, "running");
  update(draft, task, { attempts, alive: true, slotTakenAt: draft.at });
  const agent = agentAt(draft.context, task);
  draft.context.trials = spendTrial(draft.context.trials, agent);
  goFirst(draft, task, agent);
  draft.effects.push(
    tell({
      to: streamActor(input.stream),
      event: { type: "task.start", input, attempt: String(attempts), base: draft.context.head, ...chosen },
    }),
  );
}

/** Chooses the agent of a task that starts; nothing where there is no choice. */
function choose(draft: Draft, task: number): { chosen?: string } {
  const { id, agent, fallback } = nodeAt(draft.context, task).input;
  if (agent === null || fallback === undefined) return {};
  const choice = { agent, fallback };
  const answer = chooseAgent(draft.context, choice, { own: ownAgent(draft.context, task), at: draft.at });
  const chosen = "agent" in answer ? answer.agent : agent;
  tellStandIn(draft, { task: id, role: "work", choice, agent: chosen });
  update(draft, task, { chosen });
  return { chosen };
}

/** Who goes on with an attempt that was cut short; null for what begins anew. */
const ownAgent = (context: SchedulerContext, task: number): string | null =>
  context.suspended.includes(task) ? agentAt(context, task) : null;

/** What a task with a turn cannot have for longer than a slot is taken, nobody else is to wait for (TURN-4). */
function giveUpTurns(draft: Draft): void {
  const { context } = draft;
  for (const task of context.turns) {
    const isReady = rowAt(context.rows, task).phase === "ready";
    const hold = isReady ? findShortage(context, task, draft.at)?.kind : null;
    if (hold === "budget" || hold === "outage" || hold === "account" || isReviewHeld(context, task))
      endTurn(draft, task, { hasLanded: false });
  }
}

/**
 * The most urgent task that nothing holds (see `holdOf`), or null; those that others wait for come first, then those that were
 * cut short.
 */
function pickNext({ context, at }: Draft): number | null {
  if (context.dispatchBlockedBy !== "none" || holdOfAll(context) !== null) return null;
  const isReady = (task: number): boolean => rowAt(context.rows, task).phase === "ready";
  const first = [...context.turns, ...context.suspended];
  const next = first.find((task) => isReady(task) && holdOf(context, task, at) === null);
  if (next !== undefined) return next;
  const isSooner = byUrgency(context.nodes);
  let best: number | null = null;
  for (const [stream, list] of Object.entries(context.ready)) {
    if (holdOfStream(context, stream) !== null) continue;
    const first = findFirst(list, (task) => {
      // The list is sorted: what comes after the best so far is not better.
      if (best !== null && isSooner(best, task) < 0) return "none";
      return holdOfTask(context, task, at) === null ? "this" : "next";
    });
    best = first ?? best;
  }
  return best;
}

/** Goes through a list until the answer is not "next". */
function findFirst(list: ReadyList, judge: (task: number) => "this" | "next" | "none"): number | null {
  for (const chunk of list) {
    for (const task of chunk) {
      const answer = judge(task);
      if (answer !== "next") return answer === "this" ? task : null;
    }
  }
  return null;
}

/** Why a ready task does not start now. */
export type Hold =
  | { kind: "slot" | "budget" }
  | { kind: "streamSlot"; stream: string }
  | AgentHold
  | { kind: "resource"; resource: string }
  | { kind: "prefer"; tasks: number[]; until: number };

/**
 * What keeps a ready task from starting; null when nothing does, or nothing may start at all. A task starts when this is null
 * and no other is more urgent: what is told of it is what was decided.
 */
export function holdOf(context: SchedulerContext, task: number, at: number): Hold | null {
  if (context.dispatchBlockedBy !== "none") return null;
  const { stream } = nodeAt(context, task).input;
  return holdOfAll(context) ?? holdOfStream(context, stream) ?? holdOfTask(context, task, at);
}

const holdOfAll = (context: SchedulerContext): Hold | null =>
  countSlots(context) >= context.concurrency ? { kind: "slot" } : null;

const holdOfStream = ({ runningIn, streams }: SchedulerContext, stream: string): Hold | null =>
  (runningIn[stream] ?? 0) >= (streams[stream] ?? 1) ? { kind: "streamSlot", stream } : null;

function holdOfTask(context: SchedulerContext, task: number, at: number): Hold | null {
  const shortage = findShortage(context, task, at);
  const until = shortage === null && !context.turns.includes(task) ? softDeadline(context, task) : null;
  if (until === null || at >= until) return shortage;
  return { kind: "prefer", tasks: nodeAt(context, task).prefers.filter((other) => isUnderWay(context, other)), until };
}

/** What a task needs besides a slot, and cannot have now. */
function findShortage(context: SchedulerContext, task: number, at: number): Hold | null {
  const { input, uses } = nodeAt(context, task);
  const { agent, fallback } = input;
  if (agent !== null) {
    const choice = fallback === undefined ? { agent } : { agent, fallback };
    const answer = chooseAgent(context, choice, { own: ownAgent(context, task), at });
    if ("hold" in answer) return answer.hold;
  }
  for (const [resource, units] of Object.entries(uses)) {
    if ((context.used[resource] ?? 0) + units > (context.resources[resource] ?? 0))
      return { kind: "resource", resource };
  }
  return isAffordable(context, task) ? null : { kind: "budget" };
}

/** Until when it pays to wait for the soft needs that are under way; null when there is nothing to wait for. */
function softDeadline(context: SchedulerContext, task: number): number | null {
  let deadline: number | null = null;
  if (rowAt(context.rows, task).pendingPrefers === 0) return null;
  for (const preferred of nodeAt(context, task).prefers) {
    if (!isUnderWay(context, preferred)) continue;
    const { slotTakenAt } = rowAt(context.rows, preferred);
    deadline = Math.max(deadline ?? 0, slotTakenAt + nodeAt(context, preferred).expectedMs);
  }
  return deadline;
}

function isUnderWay({ rows }: SchedulerContext, task: number): boolean {
  const { phase } = rowAt(rows, task);
  return phase === "running" || phase === "parked";
}

/** A timer for each ready task that waits for a soft need, so that the wait ends even if the need does not. */
function armSoftTimers(draft: Draft): void {
  const { context } = draft;
  if (context.dispatchBlockedBy !== "none" || countSlots(context) >= context.concurrency) return;
  let { pendingPreferTimers } = context;
  for (const chunk of Object.values(context.ready).flat()) {
    for (const task of chunk) {
      if (rowAt(context.rows, task).pendingPrefers === 0) continue;
      const deadline = softDeadline(context, task);
      const { id } = nodeAt(context, task).input;
      if (deadline === null || deadline <= draft.at || pendingPreferTimers[id] === deadline) continue;
      pendingPreferTimers = { ...pendingPreferTimers, [id]: deadline };
      draft.effects.push({ type: "setTimer", params: { timer: `soft ${id}`, dueAt: deadline } });
    }
  }
  context.pendingPreferTimers = pendingPreferTimers;
}
