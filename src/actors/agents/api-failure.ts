/**
 * What an error of a model service means. Services and agents word the same error in many ways: the HTTP status counts
 * where there is one, words only where there is none. Pure.
 */
import type { AgentFailure } from "../../protocol/values.ts";
import { explainRequestError } from "./request-failure.ts";
import { type Reading, resetTime } from "./reset-time.ts";

/** An error as an agent reported it. */
export interface ApiError {
  status: number | null;
  /** The agent's words. */
  text: string;
}

/** The agent concerned, for hints. */
export interface WhichAgent {
  name: string;
  /** See `AgentAdapter`. */
  loginHint: string;
  /** When and where its words are read. */
  reading: Reading;
}

/** Longer than any error of a service. */
const MAX_TEXT_CHARS = 20_000;

const STATUS = /\b(?:status(?: code)?|HTTP|API Error|error code|request rejected)\W{0,4}(\d{3})\b/i;
const AUTH = /not logged in|please run \/login|log ?in required|invalid api key|authenticat|unauthori[sz]ed|api.?key/i;
/** With a 400 the words decide: it may be about anything. */
const BAD_KEY = /api.?key.{0,20}(?:not valid|invalid|incorrect|expired)|(?:invalid|incorrect|expired).{0,20}api.?key/i;
const MONEY = /credit balance|billing|payment required|insufficient_quota|exceeded your current quota/i;
const LIMIT = /rate.?limit|too many requests|throttl|usage limit|hit your .{0,40}limit|limit reached/i;
const USED_UP = /usage|quota|hit your|limit reached|out of (?:credits|messages)|reset/i;
const MINUTE_MS = 60_000;
const OVERLOAD = /overloaded|high demand|at capacity|temporarily unavailable/i;
const MODEL =
  /model\b.{0,80}(?:not found|not exist|not supported|unknown|invalid|no access)|(?:unknown|invalid) .{0,40}\bmodel\b/i;
/** Nobody answered: words of systems, of Node, and of the programs. */
const UNREACHED =
  /ECONNREFUSED|ECONNRESET|ENOTFOUND|EAI_AGAIN|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|EPIPE|connection ?(?:error|refused|reset|timed ?out|failed)|fetch failed|unable to connect|could not resolve|error sending request|socket hang up|dns error|network (?:error|is unreachable)/i;
/** Answers of a program that speaks another protocol, or none. */
const PROTOCOL = /method not found|parse error|invalid request/i;

/** The failure that an error stands for. */
export function explainApiError(error: ApiError, agent: WhichAgent): AgentFailure {
  // What it is about stands at its beginning; what follows may be whatever an agent has read.
  const text = error.text.slice(0, MAX_TEXT_CHARS);
  const status = error.status ?? statusIn(text);
  const is = (pattern: RegExp) => pattern.test(text);
  const until = resetTime(text, agent.reading);
  const retryAfterMs = until === null ? null : until - agent.reading.now;
  // A quota that comes back by itself is a limit, whatever else is advised.
  if (until === null && (status === 402 || is(MONEY))) {
    const hint = `Add credit to the account that ${agent.name} works with, or give it another one.`;
    return { kind: "credit", hint, isFinal: false, retryAfterMs: null };
  }
  const ofRequest = explainRequestError(status, text);
  if (ofRequest !== null) return ofRequest;
  if (status === 401 || status === 403 || (status === null && is(AUTH)) || (status === 400 && is(BAD_KEY))) {
    return { kind: "auth", hint: adviseLogin(agent), isFinal: true, retryAfterMs: null };
  }
  if ((status === 404 || status === 400 || status === null) && is(MODEL)) {
    const hint = `Correct \`model\` of the agent ${agent.name} in pleach.yaml.`;
    return { kind: "api", hint, isFinal: true, retryAfterMs: null };
  }
  if (status === 429 || (status === null && is(LIMIT))) {
    // What is allowed a minute is no window of hours that is used up.
    const isByMinute = !is(USED_UP);
    const hint = isByMinute
      ? `Lower the \`concurrency\` of the agent ${agent.name} if that comes often.`
      : `It goes on when the limit of the account of the agent ${agent.name} is over.`;
    return { kind: "rateLimit", hint, isFinal: false, retryAfterMs: retryAfterMs ?? (isByMinute ? MINUTE_MS : null) };
  }
  if (status === 529 || status === 503 || (status === null && is(OVERLOAD))) {
    const hint = "The model service has too much to do: it is asked again.";
    return { kind: "overloaded", hint, isFinal: false, retryAfterMs };
  }
  if (status === null && is(UNREACHED)) {
    const hint = `The model service of the agent ${agent.name} cannot be reached: look at the network and its address.`;
    return { kind: "unreached", hint, isFinal: false, retryAfterMs: null };
  }
  if (status === null && is(PROTOCOL)) {
    const hint = `Run \`pleach doctor\`: the program of the agent ${agent.name} speaks another protocol.`;
    return { kind: "protocol", hint, isFinal: false, retryAfterMs: null };
  }
  const hint = "The model service failed: try again later, and look at its status page if it goes on.";
  return { kind: "api", hint, isFinal: false, retryAfterMs };
}

/** The HTTP status that a text names; null when it names none. */
export function statusIn(text: string): number | null {
  const status = Number(STATUS.exec(text)?.[1]);
  return status >= 400 && status < 600 ? status : null;
}

/** How to log an agent in, one sentence. */
export function adviseLogin({ name, loginHint }: Pick<WhichAgent, "name" | "loginHint">): string {
  return `${loginHint} (agent ${name}).`;
}
