/** What a person does to a task's attempt: what they tell its agent, and its worktree in their hands (TASK-8). Pure. */
import type { Events } from "../../protocol/events.ts";
import { PAUSED, TAKEN_OVER } from "../../protocol/step-reasons.ts";
import type { GoesOn } from "../../protocol/values.ts";
import { type Decision, type Effect, tellAs } from "../effects.ts";
import { demand, type TaskContext, type TaskEvent } from "./task-state.ts";
import { reasonOf } from "./task-words.ts";

const tell = tellAs<"task">();

type Decided = Decision<TaskContext, Effect<"task">>;

/** Keeps a text until somebody hears it. */
export const keepTold = ({ told = [] }: TaskContext, event: TaskEvent): Partial<TaskContext> =>
  event.type === "task.told" ? { told: [...told, event.text] } : {};

/** Forgets what a tool has answered with. */
export const noteHeard = (context: TaskContext, event: TaskEvent): Partial<TaskContext> =>
  event.type === "task.heard" ? forget(context, event.count) : {};

/** Forgets what an agent was started with; one that was lost may not have read it. */
export const forgetTold = (context: TaskContext, event: TaskEvent): Partial<TaskContext> =>
  event.type === "agent.exited" || event.type === "agent.suspended" ? forget(context, context.telling ?? 0) : {};

function forget({ told, telling }: TaskContext, count: number): Partial<TaskContext> {
  if (told === undefined || count === 0) return {};
  return { told: told.slice(count), ...(telling === undefined ? {} : { telling: Math.max(0, telling - count) }) };
}

/** Why it goes on that was cut short for this reason. */
export function goesOnAfter(reason: string): GoesOn {
  return reason === PAUSED ? "pause" : reason === TAKEN_OVER ? "takeover" : "budget";
}

/** Stops who works on it, as one that goes on later. */
export function stopForPerson(context: TaskContext): Decided {
  const params = { task: context.id, reason: TAKEN_OVER, suspends: true as const };
  return { context: { ...context, takesOver: true }, effects: [{ type: "stopAgent", params }] };
}

/** Asks how its worktree is now to be kept. */
export function markWork(context: TaskContext): Decided {
  const params = {
    task: context.id,
    workspace: demand(context.workspace, "workspace"),
    base: demand(context.base, "base"),
  };
  return {
    // What a person takes in hand has a last try of its own.
    context: {
      ...context,
      takesOver: undefined,
      taken: undefined,
      isSuspended: false,
      tries: Math.min(context.tries, context.retries),
    },
    effects: [{ type: "markWork", params }],
  };
}

/** Says whose it is; again, and why, when what the person gave back could not be taken. */
export function tellTakenOver(context: TaskContext, event: TaskEvent): Decided {
  const { path } = demand(context.workspace, "workspace");
  const why = context.isPersons === true ? whyNotTaken(event) : null;
  const letter = { type: "task.takenOver" as const, task: context.id, path, ...(why === null ? {} : { why }) };
  return { context: { ...context, isPersons: undefined }, effects: [tell({ to: "scheduler", event: letter })] };
}

/** Why what a person gave back could not be taken. */
const whyNotTaken = (event: TaskEvent): string | null =>
  event.type === "work.empty"
    ? "nothing is changed in its worktree"
    : event.type === "work.outOfScope" || event.type === "work.failed"
      ? reasonOf(event)
      : null;

/** It goes on with what the person did, or without. */
export function giveBack(context: TaskContext, event: Events["task.giveBack"]): Decided {
  const isDiscarded = event.discards === true || event.gone === true;
  const letter = {
    type: "task.givenBack" as const,
    task: context.id,
    ...(isDiscarded ? { discards: true as const } : {}),
  };
  const goesOn = isDiscarded ? ("takeover" as const) : context.goesOn;
  return {
    context: { ...context, isPersons: isDiscarded ? undefined : true, goesOn },
    effects: [tell({ to: "scheduler", event: letter })],
  };
}

/** Asks for the worktree as it was taken over. */
export function resetWork(context: TaskContext): Decided {
  const workspace = demand(context.workspace, "workspace");
  const params = { task: context.id, workspace, taken: demand(context.taken, "mark") };
  return { context, effects: [{ type: "resetWork", params }] };
}
