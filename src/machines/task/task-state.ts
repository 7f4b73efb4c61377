/** What a task's machine knows and hears: its input, its context, its events, and the names made from them. */
import { type Address, conflictActor, conflictId } from "../../protocol/address.ts";
import type { GateOutcome } from "../../protocol/gate-values.ts";
import type { Inbox } from "../../protocol/mail.ts";
import type {
  ConflictInput,
  GoesOn,
  Grant,
  Refusal,
  Reviewer,
  Taken,
  TaskInput,
  TaskOutcome,
  Workspace,
} from "../../protocol/values.ts";

/** What its actor is started with; `at` is the time of the start, ms. */
export interface TaskStart extends TaskInput, Grant {
  at: number;
  /** Whether it stands in for one that had given its slot back. */
  hasNoSlot?: true;
}

export interface Question {
  /** Who asks finds the answer by it; unique in the run. */
  ask: string;
  /** The conflict's actor. */
  conflict: Address<"conflict">;
  /** Globs that the task may change, too, for the rest of this attempt, when the answer is ALLOW. */
  widens: string[];
}

export interface TaskContext extends Omit<TaskStart, "feedback" | "hasNoSlot"> {
  /** The agent that was chosen to review it last, where there was a choice. */
  chosenReviewer?: string;
  /** Whether an actor of this task crashed before: a commit of it may be in the merge queue. */
  isReplacement: boolean;
  /** Base of the attempt before a re-run on a newer base. */
  since: string | null;
  /** Times that the attempt began anew or went on: it was lost with its host, or cut short. */
  lost: number;
  /** Whether the rest of the attempt has to wait for a slot, as soon as nobody works on it. */
  isSuspended: boolean;
  /** What refused to serve its agent, of an attempt that was cut short for that; until the scheduler has heard of it. */
  refusal: Refusal | null;
  /** Why its agent is started in the workspace as it left it; null when it begins anew. */
  goesOn: GoesOn | null;
  /** Whether its agent changed nothing, though it should have. */
  isUnchanged: boolean;
  /** Whether an agent that had changed nothing was asked once more: it is not asked again. */
  isAskedAgain: boolean;
  /** Failed attempts that count against `retries`. */
  tries: number;
  /** Those that failed for another reason than the task's work (`failure-policy.ts`). */
  faults: number;
  /** Of the failed attempts, those that failed by an error of one request. */
  refused: number;
  reruns: number;
  /** Reviews that turned it down. */
  rejections: number;
  /** Reviews that came to no answer, in a row. */
  reviewFaults: number;
  /** Reviews that were begun. */
  reviews: number;
  /** Whether a person took it as it is: no further review. */
  isAccepted: boolean;
  /** Whether a person said that it is to run again if it still conflicts with what is merged. */
  mayRunAgain: boolean;
  /** Path of the newest review's findings, relative to the run's folder. */
  findings: string | null;
  /** Commit whose changes the next attempt begins with. */
  carry: string | null;
  hasSlot: boolean;
  workspace: Workspace | null;
  /** What the agent of the newest attempt that ended said last; absent until one has said something. */
  said?: string | null;
  commit: string | null;
  /** Its commit on the integration branch. */
  landed: string | null;
  head: string | null;
  files: string[];
  gateResults: GateOutcome[];
  /** Path of what the next attempt should read, relative to the run's folder. */
  feedback: string | null;
  reason: string | null;
  conflicts: number;
  conflict: ConflictInput | null;
  /** What its agent asked a person and still waits for. */
  questions: Question[];
  /** What a person told its agent, which has not heard it yet; absent until something waits. */
  told?: string[];
  /** How many of these its agent was started with. */
  telling?: number;
  /** Whether a person wants to take it over, as soon as nobody works on it and it has a worktree. */
  takesOver?: true | undefined;
  /** How its worktree was when a person took it over last; absent where that could not be kept. */
  taken?: Taken | undefined;
  /** Whether what is committed is a person's. */
  isPersons?: true | undefined;
  /** Globs that a person added to its scope, for this attempt. */
  widened: string[];
  transcript: string | null;
  startedAt: number | null;
  finishedAt: number | null;
  /** Milliseconds of work and gates over all attempts that counted. */
  workMs: number;
  stop: string | null;
  /** Whether what it did is saved when it is stopped, instead of its worktree being kept. */
  savesWork?: true;
  /** Of a candidate: which one was chosen; absent until one is. */
  decided?: string;
  outcome: TaskOutcome | null;
}

export type TaskEvent = Inbox["task"];

/** The label of the first attempt that a task is granted. */
const FIRST_ATTEMPT = "1";

/** The label of the attempt under way, also in branch and folder names. */
export function attemptLabel({ attempt, lost }: Pick<TaskContext, "attempt" | "lost">): string {
  return lost === 0 ? attempt : `${attempt}-${lost}`;
}

/** The 1-based number of the attempt, counting only those that count. */
export function attemptNumber({ tries, reruns, rejections }: TaskContext): number {
  return tries + reruns + rejections + 1;
}

/** Who does the attempt; null for a command. */
export function workerOf({ agent, chosen }: Pick<TaskContext, "agent" | "chosen">): string | null {
  return chosen ?? agent;
}

/** The actor of the conflict that the task raised last. */
export function lastConflict({ id, conflicts }: TaskContext): Address<"conflict"> {
  return conflictActor(conflictId(id, conflicts));
}

/** The context of a task that is started, and has no actor yet or no longer. */
export function beginTask({ hasNoSlot, ...input }: TaskStart): TaskContext {
  return {
    ...input,
    // Later attempts are granted to the actor that is alive.
    isReplacement: input.attempt !== FIRST_ATTEMPT,
    since: null,
    lost: 0,
    isSuspended: false,
    refusal: null,
    goesOn: null,
    isUnchanged: false,
    isAskedAgain: false,
    tries: 0,
    faults: 0,
    refused: 0,
    reruns: 0,
    rejections: 0,
    reviewFaults: 0,
    reviews: 0,
    isAccepted: false,
    mayRunAgain: false,
    findings: null,
    carry: null,
    hasSlot: hasNoSlot !== true,
    workspace: null,
    commit: null,
    landed: null,
    head: null,
    files: [],
    gateResults: [],
    feedback: input.feedback ?? null,
    reason: null,
    conflicts: 0,
    conflict: null,
    questions: [],
    widened: [],
    transcript: null,
    startedAt: null,
    finishedAt: null,
    workMs: 0,
    stop: null,
    outcome: null,
  };
}

/** What the machine asks for only in a state that has it; without it the step throws instead of asking for nonsense. */
export function demand<Value>(value: Value | null | undefined, what: string): Value {
  if (value === null || value === undefined) throw new Error(`the task has no ${what}`);
  return value;
}

/** The agent that a grant names. */
export const chosenBy = (event: TaskEvent): { chosen?: string } =>
  event.type === "attempt.start" && event.chosen !== undefined ? { chosen: event.chosen } : {};

/** Who is asked to review, of those that may. */
export function reviewerOf({ reviewer }: TaskContext, event: TaskEvent): Reviewer {
  const { stream, agent } = demand(reviewer, "reviewer");
  return { stream, agent: (event.type === "review.start" ? event.chosen : undefined) ?? agent };
}
