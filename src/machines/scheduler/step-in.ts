/**
 * A person steps in: what is paused, stopped or skipped while the run goes on, and when that cannot be. What a person does
 * to the attempt itself is the task's.
 *
 * STEP-1 Nothing is started for a paused task, neither work nor review; whoever is at work is cut short, and goes on where it
 *    was once the task is continued (TASK-6). What needs nobody, its commit, gates and merge, goes on.
 * STEP-2 A task that a person stopped or skipped has its outcome at once, or as soon as nobody works on it: nothing tries it
 *    again by itself, and what needs it is decided as for any task that came to that end.
 * STEP-3 What a person asks for in vain changes nothing: `refuseStep` says why before it is recorded, and what comes too late
 *    finds a task that it does not concern.
 */
import { taskActor } from "../../protocol/address.ts";
import type { Events } from "../../protocol/events.ts";
import { PAUSED, SKIPPED, STOPPED } from "../../protocol/step-reasons.ts";
import { rowAt } from "../table.ts";
import {
  conclude,
  endPause,
  endTaken,
  hasEnded,
  isEnding,
  judgeNeeds,
  makeReady,
  move,
  nodeAt,
  recountNeeds,
  update,
  whyLost,
} from "./settle.ts";
import { type Draft, isPaused, type SchedulerContext, type SchedulerEvent, tell } from "./state.ts";
import { endTurn } from "./turns.ts";

const STEPS = [
  "task.paused",
  "task.continued",
  "task.retried",
  "task.takenOver",
  "task.givenBack",
  "task.stopped",
  "task.skipped",
] as const;
type StepEvent = Extract<SchedulerEvent, { type: (typeof STEPS)[number] }>;

/** Whether an event says what a person does to tasks. */
export const isStepEvent = (event: SchedulerEvent): event is StepEvent =>
  (STEPS as readonly string[]).includes(event.type);

/** Takes it in; `task` is the one that it names, undefined for none of the plan. */
export function onStepEvent(draft: Draft, event: StepEvent, task: number | undefined): void {
  if (event.type === "task.paused") pause(draft, event);
  else if (event.type === "task.continued") proceed(draft, event);
  else if (event.type === "task.retried") retryTasks(draft, event);
  else if (task !== undefined) STEP[event.type](draft, task);
}

/** Pauses these; `all`: also what planning tasks add from now on. */
export function pause(draft: Draft, { tasks, all }: { tasks: readonly string[]; all?: true }): void {
  const { context } = draft;
  if (all === true) context.pausesNew = true;
  for (const id of tasks) {
    const task = context.index[id];
    if (task === undefined || isPaused(context, task)) continue;
    const { alive, phase } = rowAt(context.rows, task);
    if (hasEnded(phase)) continue;
    update(draft, task, { paused: true });
    context.paused = (context.paused ?? 0) + 1;
    const isAtWork = phase === "running" || context.underReview.includes(task);
    if (alive && isAtWork)
      draft.effects.push(tell({ to: taskActor(id), event: { type: "attempt.suspend", reason: PAUSED } }));
  }
}

/** Lets these go on; `all`: whatever is paused. */
function proceed(draft: Draft, { tasks, all }: { tasks: readonly string[]; all?: true }): void {
  const { context } = draft;
  if (all === true && context.pausesNew !== undefined) context.pausesNew = undefined;
  for (const id of tasks) {
    const task = context.index[id];
    if (task !== undefined) endPause(draft, task);
  }
}

/** A person works on it: it keeps the slot that it has, and waits for nobody else. */
function takeOver(draft: Draft, task: number): void {
  const { phase, taken } = rowAt(draft.context.rows, task);
  if (hasEnded(phase)) return;
  endPause(draft, task);
  endTurn(draft, task, { hasLanded: false });
  if (phase !== "running" && phase !== "waitingForHuman") move(draft, task, "waitingForHuman");
  if (taken === true) return;
  update(draft, task, { taken: true });
  draft.context.taken = (draft.context.taken ?? 0) + 1;
}

/** It goes on without that person. */
function giveBack(draft: Draft, task: number): void {
  if (rowAt(draft.context.rows, task).taken !== true) return;
  endTaken(draft, task);
  if (rowAt(draft.context.rows, task).phase === "waitingForHuman") move(draft, task, "parked");
}

/** It is over for this task; its work is saved. */
function stopTask(draft: Draft, task: number): void {
  const { alive, phase } = rowAt(draft.context.rows, task);
  if (hasEnded(phase)) return;
  const to = taskActor(nodeAt(draft.context, task).input.id);
  if (alive) draft.effects.push(tell({ to, event: { type: "task.stop", reason: STOPPED, saves: true } }));
  else conclude(draft, task, "cancelled", STOPPED);
}

/** It is not done; only a task that has not started is skipped. */
function skipTask(draft: Draft, task: number): void {
  if (!hasStarted(draft.context, task)) conclude(draft, task, "skipped", SKIPPED);
}

/**
 * Tries again what came to no good end, as `chooseRetried` chose it (RETRY-1 to 3): those that need it and have no outcome wait
 * for it again. A task whose actor is not gone yet is left as it is.
 */
function retryTasks(draft: Draft, { tasks, agent, fresh, feedback }: Events["task.retried"]): void {
  const { context } = draft;
  if (isEnding(context)) return;
  const chosen = tasks.flatMap((id) => context.index[id] ?? []).filter((task) => mayRetryNow(context, task));
  const nodes = [...context.nodes];
  for (const task of chosen) {
    const node = nodeAt(context, task);
    forgetChoice(context, task);
    const { feedback: _before, fresh: _fresh, ...input } = node.input;
    const read = fresh === true ? undefined : feedback[input.id];
    nodes[task] = {
      ...node,
      input: {
        ...input,
        ...(read === undefined ? {} : { feedback: read }),
        ...(fresh === true ? { fresh } : {}),
        ...(agent === undefined || input.agent === null ? {} : { agent, fallback: [] }),
      },
    };
    update(draft, task, { phase: "blocked", reason: null });
    context.unfinished++;
  }
  context.nodes = nodes;
  const waiting = new Set([
    ...chosen,
    ...chosen.flatMap((task) => [...(context.dependents[task] ?? []), ...(context.followers[task] ?? [])]),
  ]);
  for (const task of waiting)
    if (!hasEnded(rowAt(context.rows, task).phase)) update(draft, task, recountNeeds(context, task));
  for (const task of chosen) {
    const disposition = judgeNeeds(context, task);
    const lost = whyLost(context, task);
    if (lost !== null) conclude(draft, task, "skipped", lost);
    else if (disposition === "ready") makeReady(draft, task);
    else if (disposition === "impossible") conclude(draft, task, "skipped", "what it needs did not succeed");
  }
}

const STEP = {
  "task.takenOver": takeOver,
  "task.givenBack": giveBack,
  "task.stopped": stopTask,
  "task.skipped": skipTask,
} as const;

/** Whether a task came to no good end, its actor is gone, its stream can start it, and no other candidate goes on in its place. */
export function mayRetryNow(context: SchedulerContext, task: number): boolean {
  const { phase, alive } = rowAt(context.rows, task);
  const isBad = phase === "failed" || phase === "cancelled" || phase === "skipped";
  return !alive && isBad && !isOfLostStream(context, task) && chosenInstead(context, task) === undefined;
}

/** Whether nobody is left in this run who could start a task. */
export function isOfLostStream(context: SchedulerContext, task: number): boolean {
  return context.lostStreams?.[nodeAt(context, task).input.stream] === true;
}

/** The candidate that was chosen in the place of a task, as long as it goes on or has succeeded. */
export function chosenInstead(context: SchedulerContext, task: number): number | undefined {
  const chosen = context.chosenOf?.[nodeAt(context, task).input.candidateOf ?? ""];
  if (chosen === undefined || chosen === task) return undefined;
  const { phase } = rowAt(context.rows, chosen);
  return hasEnded(phase) && phase !== "merged" && phase !== "done" ? undefined : chosen;
}

/** A candidate that is tried again may be chosen, or another one of its group. */
function forgetChoice(context: SchedulerContext, task: number): void {
  const { candidateOf } = nodeAt(context, task).input;
  if (candidateOf === undefined || context.chosenOf?.[candidateOf] === undefined) return;
  const { [candidateOf]: _forgotten, ...others } = context.chosenOf;
  context.chosenOf = others;
}

/** Whether a task has begun, or has its outcome. */
export function hasStarted({ rows }: SchedulerContext, task: number): boolean {
  const { phase, attempts, alive } = rowAt(rows, task);
  return attempts > 0 || alive || (phase !== "blocked" && phase !== "ready");
}

/** What a person may ask of the scheduler for one task. */
export type Step = "pause" | "continue" | "stop" | "skip";

/** Why it cannot be done to a task. */
export type StepRefusal = "unknown" | "over" | "paused" | "notPaused" | "started" | "taken";

/** Why a person cannot do that, or null (STEP-3). */
export function refuseStep(context: SchedulerContext, step: Step, id: string): StepRefusal | null {
  const task = context.index[id];
  if (task === undefined) return "unknown";
  if (hasEnded(rowAt(context.rows, task).phase)) return "over";
  if (rowAt(context.rows, task).taken === true) return step === "continue" ? "notPaused" : "taken";
  if (step === "pause") return isPaused(context, task) ? "paused" : null;
  if (step === "continue") return isPaused(context, task) ? null : "notPaused";
  return step === "skip" && hasStarted(context, task) ? "started" : null;
}
