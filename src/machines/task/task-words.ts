/** What went wrong with a task, in words, and what a person may choose. */

import { firstRed } from "../../protocol/gate-values.ts";
import { type ConflictInput, DROP } from "../../protocol/values.ts";
import { wordOutside } from "../../protocol/words.ts";
import type { TaskContext, TaskEvent } from "./task-state.ts";

/** Choices that a person may be offered; ACCEPT only where the work could be taken as it is. */
export const RERUN = { name: "rerun", does: "does the task again on the newest state of the integration branch" };
const GIVE_UP = { name: DROP, does: "gives the task up; its commit stays on its branch" };
/** See RERUN. */
export const ACCEPT = { name: "accept", does: "takes the work as it is" };

/** Why an event ends an attempt badly. */
export function reasonOf(event: TaskEvent): string {
  switch (event.type) {
    case "agent.exited":
      return event.reason ?? (event.timedOut ? "timed out" : `exited with ${event.code ?? event.signal ?? "an error"}`);
    case "work.outOfScope":
      return `${wordOutside(event.why)}: ${event.files.slice(0, 5).join(", ")}`;
    case "gates.finished": {
      const red = firstRed(event.results);
      return red ? `gate ${red.name}: ${red.summary}` : "a gate failed";
    }
    case "review.finished":
      return `the review asks for changes: ${event.summary}`;
    case "review.failed":
      return `the review came to no answer: ${event.reason}`;
    case "merge.rejected":
    case "workspace.failed":
    case "agent.notStarted":
    case "work.failed":
    case "child.crashed":
      return event.reason;
    default:
      return event.type;
  }
}

/** Path of what the next attempt should read, relative to the run's folder; null when there is nothing. */
export function feedbackOf(event: TaskEvent): string | null {
  if (event.type === "gates.finished") return firstRed(event.results)?.report ?? null;
  if (event.type === "merge.rejected") return event.report;
  if (event.type === "review.finished") return event.findings;
  if (event.type === "agent.exited") return event.feedback ?? event.transcript.path;
  return null;
}

/** What a person is asked after this event. */
export function describeConflict(context: TaskContext, event: TaskEvent): ConflictInput {
  if (event.type === "work.committed") {
    const why = `the re-run of ${context.id} removes lines that others merged since its old base`;
    return {
      kind: "merge",
      question: "removesMerged",
      task: context.id,
      why,
      files: event.removesMerged,
      choices: [RERUN, ACCEPT, GIVE_UP],
    };
  }
  if (event.type === "review.finished" || event.type === "review.failed") {
    const why = `${context.id}: ${reasonOf(event)}`;
    return {
      kind: "quality",
      question: "review",
      task: context.id,
      why,
      files: context.files,
      choices: [RERUN, ACCEPT, GIVE_UP],
    };
  }
  const files = event.type === "merge.conflicted" ? event.files : [];
  const why = `${context.id} conflicts with what is merged already`;
  return { kind: "merge", question: "mergeConflict", task: context.id, why, files, choices: [RERUN, GIVE_UP] };
}
