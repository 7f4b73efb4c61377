/**
 * What becomes of a task after an event that ends an attempt badly: what it counts as, how long to wait, and whether
 * another attempt can help. This is the whole table; the machine only looks up. Pure.
 *
 * FAIL-1 `tries` counts failed attempts against the plan's `retries`; `faults` counts those that failed for another reason
 *    than the task's work (the agent itself, git, the disk), up to MAX_FAULTS, and leaves `retries` alone.
 * FAIL-2 What is neither counts nothing: it is no failure of an attempt, or another count's.
 * FAIL-3 A failure of the agent that is final, such as a refused key, ends the task, whatever it may still try.
 * FAIL-4 What is wrong with one request (it is too long, its service refuses it) is the task's own and counts as a try. Another
 *    attempt helps only where the agent's conversation had grown too long, so there is one at most, with a new session.
 * FAIL-5 What could not be started is given some time: its program may be replaced by a newer one just now.
 * FAIL-6 A usage limit, or a service that has too much to do, is weather: it counts nothing, and the attempt goes on when the
 *    agent's account is served again.
 */

import { firstRed } from "../../protocol/gate-values.ts";
import { type Refusal, refusedBy } from "../../protocol/values.ts";
import type { TaskContext, TaskEvent } from "./task-state.ts";

/** Faults after which a task is given up. */
export const MAX_FAULTS = 3;

/** Attempts that failed by an error of one request after which a task is given up (FAIL-4). */
const MAX_REFUSED = 2;

/** Before what could not be started is tried again, ms; a program that updates itself is away for seconds. */
export const START_AGAIN_MS = 15_000;

/** What the task made itself and no tree can hold, took from another, or took back of what others merged. */
const OWN_FAULTS: ReadonlySet<string> = new Set(["git.notKept", "git.foreignWork", "git.wentBack"]);

export interface FailurePolicy {
  counts: "try" | "fault" | "none";
  /** Whether the agent itself failed, not its work: its circuit breaker hears of it. */
  isAgents: boolean;
  /** No further attempt before that, as the agent's service asked; milliseconds since the epoch, null without a wish. */
  waitUntil: number | null;
  /** Whether trying again cannot help: the key is refused, the model does not exist. */
  isFinal: boolean;
}

const NOTHING: FailurePolicy = { counts: "none", isAgents: false, waitUntil: null, isFinal: false };
const TRY: FailurePolicy = { ...NOTHING, counts: "try" };
const FAULT: FailurePolicy = { ...NOTHING, counts: "fault" };

/** How a task takes an event. */
export function policyOf(event: TaskEvent): FailurePolicy {
  switch (event.type) {
    case "agent.exited":
      return event.ok || refusalOf(event) !== null ? NOTHING : ofExit(event);
    case "agent.notStarted":
      return { ...FAULT, waitUntil: event.at + START_AGAIN_MS };
    case "workspace.failed":
      return FAULT;
    case "work.failed":
      return OWN_FAULTS.has(event.code ?? "") ? TRY : FAULT;
    case "gates.finished":
      return firstRed(event.results) === undefined ? NOTHING : TRY;
    case "work.outOfScope":
    case "merge.rejected":
    // Only a conflict of the task is its child: what a person was asked cannot be answered any more.
    case "child.crashed":
      return TRY;
    case "review.failed":
      // Counted by itself: the task's work is done and waits.
      return { ...NOTHING, isAgents: event.faultOf === "agent" && refusalOf(event) === null };
    default:
      return NOTHING;
  }
}

/** What refused to serve the agent of an attempt, or of a review, that ended with this event; null: nothing did (FAIL-6). */
export function refusalOf(event: TaskEvent): Refusal | null {
  if (event.type === "agent.exited") return event.ok ? null : toRefusal(event);
  return event.type === "review.failed" ? toRefusal(event) : null;
}

function toRefusal(event: Extract<TaskEvent, { type: "agent.exited" | "review.failed" }>): Refusal | null {
  const { at, failure, reason } = event;
  const what = refusedBy(event);
  if (what === null || failure == null) return null;
  const until = failure.retryAfterMs === null ? null : at + failure.retryAfterMs;
  return { what, until, source: reason ?? failure.hint };
}

/** The counts of a task after an event. */
export function countFailure(
  { tries, faults, refused }: TaskContext,
  event: TaskEvent,
): Pick<TaskContext, "tries" | "faults" | "refused"> {
  const { counts } = policyOf(event);
  return {
    tries: tries + (counts === "try" ? 1 : 0),
    faults: faults + (counts === "fault" ? 1 : 0),
    refused: refused + (isOfRequest(event) ? 1 : 0),
  };
}

const isOfRequest = (event: TaskEvent): boolean =>
  event.type === "agent.exited" && !event.ok && event.failure?.kind === "request";

/** Whether the service refuses what is asked of it for this task as it is: trying again cannot help. */
export const isRefused = ({ refused }: Pick<TaskContext, "refused">): boolean => refused >= MAX_REFUSED;

/** Whether a task may try again after an event that is counted already. */
export function mayRetry({ tries, retries, faults, refused }: TaskContext, event: TaskEvent): boolean {
  if (isOfRequest(event) && isRefused({ refused })) return false;
  return !policyOf(event).isFinal && tries <= retries && faults < MAX_FAULTS;
}

function ofExit({ at, faultOf, failure }: Extract<TaskEvent, { type: "agent.exited" }>): FailurePolicy {
  const askedMs = failure?.retryAfterMs ?? null;
  const waitUntil = askedMs === null ? null : at + askedMs;
  if (faultOf === "work") return { ...TRY, waitUntil };
  return { ...FAULT, isAgents: true, waitUntil, isFinal: failure?.isFinal === true };
}
