/**
 * The scheduler: the plan's progress as one actor. It grants slots, counts costs, and decides how the run ends. The
 * decisions themselves are in the files beside it; here is which event leads to which.
 *
 * SCHED-1 A task is leased at most once at a time, and resources never go over their capacity, with what agents lease.
 * SCHED-2 Every task gets exactly one outcome; what is heard of a task after its outcome changes only whether it lives.
 * SCHED-3 After every event: dispatch what may start, then settle whether the run waits or is over.
 */
import { enqueueActions, setup } from "xstate";
import { parseAddress, RUN, streamActor, taskActor } from "../../protocol/address.ts";
import type { Events } from "../../protocol/events.ts";
import { EXHAUSTED, type Refusal } from "../../protocol/values.ts";
import { addSpent, isSpent, NOTHING_SPENT } from "../budget.ts";
import { enact, internalEffectsOf, timerEffects } from "../effects.ts";
import { rowAt } from "../table.ts";
import { letOthersGo, noteUse, onAccountTimer, onCreditDecided, onQuestionCrashed, refuse, serve } from "./accounts.ts";
import { beginContext } from "./begin.ts";
import { onBudgetDecided, raiseBudget, withdrawQuestions } from "./budget-question.ts";
import { offer, onCompared, passOverLate, settleCandidates } from "./candidates.ts";
import { dispatch } from "./dispatch.ts";
import { editTasks, extendPlan } from "./extend-plan.ts";
import { isLeaseEvent, onLeaseEvent, onLeaseTimer } from "./leases.ts";
import { easeMachine, noteDisk, noteMemory, noteRoom } from "./machine-hold.ts";
import { endTrial, giveBackTrial, leaveReview, queueReview } from "./reviews.ts";
import {
  areLost,
  conclude,
  concludeUnstarted,
  endTaken,
  hasEnded,
  isEnding,
  move,
  nodeAt,
  settle,
  update,
  whyLost,
} from "./settle.ts";
import {
  agentAt,
  type Draft,
  reviewerAt,
  type SchedulerContext,
  type SchedulerEvent,
  type SchedulerInput,
  tell,
} from "./state.ts";
import { isStepEvent, onStepEvent } from "./step-in.ts";
import { endTurn, refuseTurn, takeTurn } from "./turns.ts";

/** Openings of an agent's breaker in a row after which its tasks are given up. */
const MAX_OPENINGS = 4;

/** Applies one event to the draft. Unknown tasks are ignored: a letter may outlive its plan. */
function onEvent(draft: Draft, event: SchedulerEvent): void {
  const { context } = draft;
  const name = "task" in event ? event.task : null;
  const task = name === null ? undefined : context.index[name];
  const row = task === undefined ? undefined : rowAt(context.rows, task);
  if (isLeaseEvent(event)) {
    onLeaseEvent(draft, event, task);
    return;
  }
  if (isStepEvent(event)) {
    onStepEvent(draft, event, task);
    return;
  }
  switch (event.type) {
    case "branch.ready":
      context.head = event.head;
      if (context.dispatchBlockedBy === "branch") context.dispatchBlockedBy = "none";
      return;
    case "merge.broken":
      stopEverything(draft, "mergeBroken", `merging stopped: ${event.reason}`);
      return;
    case "turn.given":
      // A task may have its outcome while its commit still waits: that of a stream that was given up.
      if (task === undefined || row === undefined || hasEnded(row.phase)) refuseTurn(draft, event.task);
      else takeTurn(draft, task);
      return;
    case "slot.release":
      if (task === undefined || row?.phase !== "running") return;
      // Whatever came of its work: it was served.
      serve(draft, task);
      move(draft, task, "parked");
      return;
    case "slot.request":
      if (task === undefined || row === undefined || hasEnded(row.phase)) return;
      move(draft, task, "ready");
      if (passOverLate(draft, task)) return;
      if (event.refused === undefined) letOthersGo(draft, task);
      else holdAccount(draft, task, agentAt(context, task), event.refused);
      if (event.goesOn === true) {
        context.suspended = [...context.suspended, task];
      }
      // By now its breaker has heard what there was to say of the agent.
      giveBackTrial(draft, task);
      refuseSlot(draft, task);
      return;
    case "review.request":
      if (task === undefined || row?.phase !== "parked") return;
      queueReview(draft, task);
      refuseReview(draft, task);
      return;
    case "review.ended":
      if (task === undefined) return;
      leaveReview(draft, task);
      if (event.refused !== undefined) holdAccount(draft, task, reviewerAt(context, task), event.refused);
      else if (event.goesOn === true) letOthersGo(draft, task);
      else serve(draft, task);
      if (event.goesOn === true) {
        giveBackTrial(draft, task);
        queueReview(draft, task);
      } else if (event.best !== undefined) onCompared(draft, task, event.best);
      return;
    case "candidate.ready":
      if (task !== undefined && row?.phase === "parked") offer(draft, task, event.commit);
      return;
    case "plan.extended":
      extendPlan(draft, event);
      return;
    case "task.edited":
      editTasks(draft, event);
      return;
    case "task.waiting":
      if (task === undefined || row === undefined || hasEnded(row.phase)) return;
      move(draft, task, "waitingForHuman");
      endTurn(draft, task, { hasLanded: false });
      return;
    case "task.resumed":
      if (task !== undefined && row?.phase === "waitingForHuman") move(draft, task, "parked");
      return;
    case "task.finished":
      if (task === undefined || row === undefined) return;
      if (event.head !== null) context.head = event.head;
      letOthersGo(draft, task);
      conclude(draft, task, event.outcome, event.reason);
      return;
    case "task.closed":
      if (task !== undefined && row?.alive) markActorGone(draft, task);
      return;
    case "task.crashed":
      if (task === undefined || row === undefined) return;
      if (row.alive) markActorGone(draft, task);
      if (hasEnded(row.phase)) return;
      if (event.again && !isEnding(context)) startAgain(draft, task);
      else conclude(draft, task, "failed", `crashed: ${event.reason}`);
      return;
    case "cost.added":
      spend(draft, event);
      if (task !== undefined && (event.tokens > 0 || event.usd > 0)) serve(draft, task);
      if (task !== undefined && row !== undefined)
        update(draft, task, { spent: addSpent(row.spent ?? NOTHING_SPENT, event) });
      return;
    case "account.used":
      noteUse(draft, event);
      return;
    case "stream.started":
      onStreamStarted(draft, event.stream);
      return;
    case "child.lost":
      loseChild(draft, event.child, event.reason);
      return;
    case "breaker.opened":
      onBreakerOpened(draft, event);
      return;
    case "breaker.halfOpened":
      endTrial(context, event.agent);
      context.trials = { ...context.trials, [event.agent]: 1 };
      return;
    case "breaker.closed": {
      const { [event.agent]: _closed, ...trials } = context.trials;
      context.trials = trials;
      endTrial(context, event.agent);
      return;
    }
    case "agent.refused":
      loseAgent(draft, event.agent, `agent ${event.agent} cannot work: ${event.reason}`);
      return;
    case "run.cancel":
      stopEverything(draft, "cancelled", "cancelled");
      return;
    case "timer.fired":
      onLeaseTimer(draft, event.timer);
      onAccountTimer(draft, event.timer);
      return;
    case "conflict.decided":
      if (event.ask === undefined) onBudgetDecided(draft, event.choice);
      for (const agent of onCreditDecided(draft, event))
        loseAgent(draft, agent, `the account of agent ${agent} has no credit left`);
      return;
    case "disk.low":
      noteDisk(draft, event);
      return;
    case "memory.low":
      noteMemory(draft, event);
      return;
    case "machine.measured":
      noteRoom(draft, event);
      return;
    case "machine.eased":
      easeMachine(draft, event);
      return;
    case "budget.raise":
      raiseBudget(draft, event);
      return;
    case "child.crashed":
      if (event.child === context.budgetQuestion) context.budgetQuestion = null;
      onQuestionCrashed(draft, event.child);
      return;
    case "child.done":
    case "run.interrupted":
      return;
  }
}

/** A task that wants to go on in a run that stops, or with an agent that was given up, is stopped instead. */
function refuseSlot(draft: Draft, task: number): void {
  const { id } = nodeAt(draft.context, task).input;
  const reason = isEnding(draft.context) ? (draft.context.reason ?? "cancelled") : whyLost(draft.context, task);
  if (reason !== null) draft.effects.push(tell({ to: taskActor(id), event: { type: "task.stop", reason } }));
}

/** What refuses a task's agent, or its reviewer's, refuses all that share its account. */
function holdAccount(draft: Draft, task: number, agent: string | null, refusal: Refusal): void {
  if (agent === null) return;
  for (const lost of refuse(draft, task, { agent, refusal }))
    loseAgent(draft, lost, `agent ${lost} ${whyNotWait(draft.context, lost)}: ${refusal.source}`);
}

const whyNotWait = ({ longestWaits }: SchedulerContext, agent: string): string =>
  longestWaits?.[agent] === 0
    ? "waits for no limit (onLimit: stop)"
    : "would wait for longer than it may (longestWait)";

/**
 * Lets a task whose actor is gone start again; with an agent that was given up it cannot. One that had given its slot back may
 * have its commit in the merge queue: whatever else is decided, that is asked first, which needs no slot.
 */
function startAgain(draft: Draft, task: number): void {
  if (passOverLate(draft, task)) return;
  const row = rowAt(draft.context.rows, task);
  if (row.phase === "parked" && draft.context.isolation === "worktree") {
    const { input } = nodeAt(draft.context, task);
    const grant = { attempt: String(row.attempts + 1), base: draft.context.head };
    update(draft, task, { alive: true });
    draft.effects.push(
      tell({ to: streamActor(input.stream), event: { type: "task.start", input, ...grant, hasNoSlot: true } }),
    );
    return;
  }
  const why = whyLost(draft.context, task);
  if (why === null) move(draft, task, "ready");
  else conclude(draft, task, "failed", why);
}

/** A commit whose reviewer was given up will not be reviewed any more. */
function refuseReview(draft: Draft, task: number): void {
  const { id, reviewer } = nodeAt(draft.context, task).input;
  if (reviewer === undefined || !areLost(draft.context, [reviewer.agent, ...(reviewer.fallback ?? [])])) return;
  draft.effects.push(
    tell({ to: taskActor(id), event: { type: "task.stop", reason: `agent ${reviewer.agent} keeps failing` } }),
  );
}

function markActorGone(draft: Draft, task: number): void {
  letOthersGo(draft, task);
  giveBackTrial(draft, task);
  leaveReview(draft, task);
  endTaken(draft, task);
  update(draft, task, { alive: false });
}

/** Stops what lives, ends what never started. A run that is cancelled stays so. */
function stopEverything(draft: Draft, why: "mergeBroken" | "cancelled", reason: string): void {
  const { context } = draft;
  if (context.dispatchBlockedBy !== "cancelled") context.dispatchBlockedBy = why;
  withdrawQuestions(draft, reason);
  context.reason = reason;
  concludeUnstarted(draft, why === "cancelled" ? "cancelled" : "skipped", reason);
  stopLiving(draft, reason);
  // A queue that is broken has stopped by itself.
  if (why === "cancelled" && context.isolation === "worktree")
    draft.effects.push(tell({ to: "merge", event: { type: "merge.stop" } }));
}

function stopLiving(draft: Draft, reason: string, only?: (task: number) => boolean): void {
  for (const [task, { input }] of draft.context.nodes.entries()) {
    const row = rowAt(draft.context.rows, task);
    if (!row.alive || hasEnded(row.phase) || !(only?.(task) ?? true)) continue;
    draft.effects.push(tell({ to: taskActor(input.id), event: { type: "task.stop", reason } }));
  }
}

function spend(draft: Draft, change: Events["cost.added"]): void {
  const { context } = draft;
  const spent = addSpent(context.spent, change);
  context.spent = spent;
  const { mode } = context.budget;
  if (!isSpent(context.budget, spent)) {
    // An estimate that was too high may have stopped what can go on now, and has to be stopped again.
    if (mode === "hard") context.warned = false;
    return;
  }
  if (context.warned) return;
  context.warned = true;
  draft.effects.push(
    tell({ to: RUN, event: { type: "budget.exhausted", mode, usd: spent.usd, tokens: spent.tokens } }),
  );
  if (mode === "hard") suspendAgents(draft);
}

/** Has every agent that works or reviews stopped in the midst of it; what costs nothing goes on. */
function suspendAgents(draft: Draft): void {
  const { rows, nodes, underReview } = draft.context;
  const reviewed = new Set(underReview);
  for (const [task, { input }] of nodes.entries()) {
    const { alive, phase } = rowAt(rows, task);
    if (!alive || !(reviewed.has(task) || (phase === "running" && input.agent !== null))) continue;
    draft.effects.push(tell({ to: taskActor(input.id), event: { type: "attempt.suspend", reason: EXHAUSTED } }));
  }
}

/** A stream that starts again has lost its tasks' actors. */
function onStreamStarted(draft: Draft, stream: string): void {
  const { context } = draft;
  const again = context.startedStreams[stream];
  context.startedStreams = { ...context.startedStreams, [stream]: true };
  if (!again) return;
  for (const [task, { input }] of context.nodes.entries()) {
    const row = rowAt(context.rows, task);
    if (input.stream !== stream || !row.alive) continue;
    markActorGone(draft, task);
    if (!hasEnded(row.phase)) startAgain(draft, task);
  }
}

/** The supervisor gave a child up: without a stream its tasks cannot go on, the others can (degrade). */
function loseChild(draft: Draft, child: string, reason: string): void {
  const { kind, id: stream } = parseAddress(child);
  if (kind !== "stream") return;
  draft.context.lostStreams = { ...draft.context.lostStreams, [stream]: true };
  for (const [task, { input }] of draft.context.nodes.entries()) {
    if (input.stream !== stream) continue;
    if (rowAt(draft.context.rows, task).alive) markActorGone(draft, task);
    conclude(draft, task, "failed", `stream ${stream} crashed too often: ${reason}`);
  }
}

function onBreakerOpened(draft: Draft, { agent, openings }: { agent: string; openings: number }): void {
  const { context } = draft;
  endTrial(context, agent);
  context.trials = { ...context.trials, [agent]: 0 };
  if (openings >= MAX_OPENINGS) loseAgent(draft, agent, `agent ${agent} keeps failing`);
}

/** Gives an agent up, and with it what has not started yet or waits to start again. */
function loseAgent(draft: Draft, agent: string, reason: string): void {
  const { context } = draft;
  endTrial(context, agent);
  context.trials = { ...context.trials, [agent]: 0 };
  context.lostAgents = { ...context.lostAgents, [agent]: true };
  const isOfAgent = (task: number): boolean => {
    const { agent: first, fallback = [] } = nodeAt(context, task).input;
    return (first === agent || fallback.includes(agent)) && whyLost(context, task) !== null;
  };
  concludeUnstarted(draft, "skipped", reason, isOfAgent);
  for (const task of context.toReview) refuseReview(draft, task);
  // What runs or waits to be merged may still come through.
  stopLiving(draft, reason, (task) => isOfAgent(task) && rowAt(context.rows, task).phase === "ready");
}

function decide(context: SchedulerContext, event: SchedulerEvent): Draft {
  const draft: Draft = { context: { ...context }, effects: [], at: event.at };
  onEvent(draft, event);
  settleCandidates(draft);
  dispatch(draft);
  if (draft.context.unfinished === 0) withdrawQuestions(draft, "nothing is left to start");
  settle(draft);
  return draft;
}

/** Ends with the run's outcome. */
export const schedulerMachine = setup({
  types: {
    input: {} as SchedulerInput & { at: number },
    context: {} as SchedulerContext,
    events: {} as SchedulerEvent,
    output: {} as { outcome: SchedulerContext["outcome"]; reason: string | null },
  },
  actions: { ...internalEffectsOf<"scheduler">(), ...timerEffects },
  guards: { hasOutcome: ({ context }) => context.outcome !== null },
}).createMachine({
  id: "scheduler",
  context: ({ input: { at: _at, ...input } }) => beginContext(input),
  initial: "scheduling",
  states: {
    scheduling: {
      always: { guard: "hasOutcome", target: "over" },
      on: {
        "*": {
          actions: enqueueActions(({ context, event, enqueue }) => enact(enqueue, decide(context, event))),
        },
      },
    },
    over: { type: "final" },
  },
  output: ({ context }) => ({ outcome: context.outcome, reason: context.reason }),
});
