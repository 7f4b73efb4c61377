/** What an error of Codex' app-server stands for: it names most of them, and hands on the status of its service. Pure. */
import { isUnreached, statusIn } from "../api-failure.ts";
import { amountOf, parseRecord, recordOf, textOf } from "../json-access.ts";
import type { SessionSummary } from "../session-summary.ts";
import type { CodexErrorInfo, TurnError } from "./app-server-types.ts";
import { heard } from "./heard.ts";

export interface CodexError {
  text: string;
  /** Of the model service's answer, where that was it. */
  status: number | null;
  /** How a turn that it ends has ended. */
  ending: SessionSummary["ending"];
  outage: "overloaded" | "down" | null;
  /** The account's usage limit is reached. */
  isLimit: boolean;
}

type Named<Info = CodexErrorInfo> = Info extends string ? Info : keyof Info;

const STATUSES: ReadonlyMap<string, number> = new Map<Named, number>([
  ["unauthorized", 401],
  ["usageLimitExceeded", 429],
  ["rateLimitExceeded", 429],
  ["serverOverloaded", 503],
  ["flexUnavailable", 503],
  ["policyCapacityUnavailable", 503],
  ["internalServerError", 500],
  ["badRequest", 400],
  ["modelNotFound", 404],
]);
/** Errors of one request, whatever the service is like: the task's own. */
const ENDINGS: ReadonlyMap<string, SessionSummary["ending"]> = new Map<Named, SessionSummary["ending"]>([
  ["contextWindowExceeded", "limited"],
  ["sessionBudgetExceeded", "limited"],
  ["cyberPolicy", "refused"],
  ["bioPolicy", "refused"],
  ["misalignmentPolicyViolation", "refused"],
  ["inferenceHookDenied", "refused"],
]);
/** Without a status: the service was not reached at all. */
const UNREACHED: ReadonlySet<string> = new Set<Named>(["httpConnectionFailed", "responseStreamConnectionFailed"]);
const LIMIT: Named = "usageLimitExceeded";
/** A limit of money that no time lifts. */
const MONEY = /\bquota\b|billing/i;

/** Reads the `error` of a notification or of a turn. */
export function readError(written: unknown): CodexError {
  const { message, additionalDetails, codexErrorInfo } = heard<TurnError>(written);
  // While it tries again the message only says so.
  const text = wordsIn(textOf(additionalDetails) ?? textOf(message) ?? "");
  const name = textOf(codexErrorInfo) ?? Object.keys(recordOf(codexErrorInfo)).at(0) ?? "";
  const forwarded = amountOf(recordOf(recordOf(codexErrorInfo)[name]).httpStatusCode);
  const status = forwarded ?? STATUSES.get(name) ?? statusIn(text);
  const isAway = status === null && (UNREACHED.has(name) || isUnreached(text));
  return {
    text: name === ("modelNotFound" satisfies Named) ? `the model was not found: ${text}` : text,
    status,
    ending: ENDINGS.get(name) ?? "failed",
    outage: status === 503 || status === 529 ? "overloaded" : isAway || (status ?? 0) >= 500 ? "down" : null,
    isLimit: name === LIMIT && !MONEY.test(text),
  };
}

/** Some messages are the service's whole answer, as JSON. */
function wordsIn(message: string): string {
  const answer = parseRecord(message);
  return answer === null ? message : (textOf(recordOf(answer.error).message) ?? message);
}
