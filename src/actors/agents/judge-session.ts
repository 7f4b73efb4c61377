/**
 * What the outcome of an agent's session is. Success is never taken on trust: not from an exit code, not from the word
 * "success". A session did well only when its agent reported a complete turn, that turn used tokens, and nothing that
 * was denied or failed was left at that. Whether the work is any good is for the commit and the gates. Pure.
 */
import type { AgentFailure, FaultOf } from "../../protocol/values.ts";
import { sanitizeLine } from "../../terminal-text/index.ts";
import { describeEnd, type ProcessExited } from "../process/index.ts";
import type { AgentExited } from "./agent.ts";
import { type ApiError, explainApiError, type WhichAgent } from "./api-failure.ts";
import type { SessionSummary } from "./session-summary.ts";

export type SessionVerdict = Pick<AgentExited, "ok" | "reason" | "faultOf" | "failure">;

/** Judges a session. The summary's texts must be free of secrets already. */
export function judgeSession(summary: SessionSummary, end: ProcessExited, agent: WhichAgent): SessionVerdict {
  if (end.aborted || end.timedOut) return failed(describeEnd(end) ?? "was stopped", "work", null);
  if (end.inactive) return judgeSilence(summary, end, agent);
  const { complaint, status } = summary;
  switch (summary.ending) {
    case "none":
      return judgeLoss(summary, end, agent);
    case "failed":
      return failedBy({ status, text: complaint ?? "" }, agent);
    case "interrupted":
      return failed("was interrupted by something else than pleach", "work", incomplete("Start the task again."));
    case "limited":
      return failed(
        complaint ?? "reached a limit of its own",
        "work",
        incomplete("Raise the limit, or split the task."),
      );
    case "refused":
      return failed(complaint ?? "its model refused to go on", "work", incomplete("Word the task differently."));
    case "completed":
      break;
  }
  if (summary.isUnpaid) {
    const text = complaint ?? "it ended its turn without having used its model";
    return failedBy({ status, text }, agent);
  }
  const [unresolved] = summary.unresolved;
  if (unresolved === undefined) return { ok: true, reason: null, faultOf: "work", failure: null };
  if (unresolved.why === "unfinished") {
    const hint = "Say in the instruction that work in the background has to end, or raise the agent's `inactivity`.";
    return failed(`ended while ${unresolved.what} was still running in the background`, "work", incomplete(hint));
  }
  const why = unresolved.why === "denied" ? "was denied" : "failed at";
  return failed(`${why} ${unresolved.what} and left it at that`, "work", {
    kind: unresolved.why === "denied" ? "denied" : "incomplete",
    hint: "Widen the task's scope if it needs this; otherwise say in the instruction how to do without.",
    isFinal: false,
    retryAfterMs: null,
  });
}

/** It said nothing for too long. What it complained of before, such as a service that it kept trying, is the reason. */
function judgeSilence({ status, complaint }: SessionSummary, end: ProcessExited, agent: WhichAgent): SessionVerdict {
  const reason = describeEnd(end) ?? "fell silent";
  if (status !== null) return failedBy({ status, text: `${reason}; before that: ${complaint ?? ""}` }, agent);
  const hint = "Raise its `inactivity` in pleach.yaml if it works that long in silence; otherwise its service hangs.";
  return failed(reason, "agent", { kind: "silent", hint, isFinal: false, retryAfterMs: null });
}

/** It went away without reporting a result. */
function judgeLoss({ status, complaint }: SessionSummary, end: ProcessExited, agent: WhichAgent): SessionVerdict {
  if (status !== null || complaint !== null) return failedBy({ status, text: complaint ?? "" }, agent);
  const how = describeEnd(end) ?? "exited with code 0";
  const last = end.tail.trim().split("\n").at(-1) ?? "";
  const hint = `Run \`pleach doctor\`: the program of the agent ${agent.name} may be of another version, or broken.`;
  return failed(`${how} before it reported a result${last === "" ? "" : `: ${last}`}`, "agent", {
    kind: "protocol",
    hint,
    isFinal: false,
    retryAfterMs: null,
  });
}

function failedBy(error: ApiError, agent: WhichAgent): SessionVerdict {
  const failure = explainApiError(error, agent);
  // The service and the agent are well: what is wrong is what this task asks of them.
  const faultOf = failure.kind === "request" ? "work" : "agent";
  return failed(error.text === "" ? "failed without a reason" : error.text, faultOf, failure);
}

function failed(reason: string, faultOf: FaultOf, failure: AgentFailure | null): SessionVerdict {
  const why = sanitizeLine(reason, 300).replace(/(?<![.\s])[.\s]+$/, "");
  return { ok: false, reason: failure === null ? why : `${why}. ${failure.hint}`, faultOf, failure };
}

function incomplete(hint: string): AgentFailure {
  return { kind: "incomplete", hint, isFinal: false, retryAfterMs: null };
}
