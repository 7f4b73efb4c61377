/**
 * Errors that are about one request and nothing else: too long, too much asked at once, refused by safeguards, a file or a
 * conversation that the service does not take. The service is well, and other tasks' requests are; whoever sends the same
 * again pays for the same error. Pure.
 */
import type { AgentFailure } from "../../protocol/values.ts";

interface RequestError {
  pattern: RegExp;
  /** Only believed with a status that says that the request was at fault: the words alone may be about other things. */
  needsStatus?: true;
  hint: string;
}

const TOO_LONG =
  /\b(?:prompt|input|conversation|request|content) (?:is )?too (?:long|large)|context[ _](?:length|window|limit)[ _](?:is |was )?(?:exceeded|reached|full)|maximum context length|exceeds? context limit|exceeds? (?:the )?(?:model'?s |available |maximum )?context|out of room in the model's context|exceed_context_size|input token count|too many input tokens|range of input length|reduce the (?:length|size) of|tokens must be reduced|maximum number of tokens allowed|request_too_large|request exceeds the maximum|entity too large|string_above_max_length/i;
const TOO_MUCH_OUTPUT =
  /output token maximum|maximum allowed number of output tokens|(?:finish|stop)[ _]?reason\W{0,4}(?:max_tokens|length)\b|max_(?:output_)?tokens (?:was |were )?(?:reached|exceeded)|(?:reached|exceeded|hit) (?:the |its )?(?:max_(?:output_)?tokens|output (?:token )?limit)|output limit reached/i;
const FLAGGED =
  /safeguards? flagged|was flagged|content[ _](?:filter|policy|management policy)|responsibleaipolicy|violates? our usage policy|potentially violating our|our safety system|blocked (?:by|for|due to) (?:the |its )?(?:safety|content)|prohibited_content|finish_?reason\W{0,4}(?:safety|recitation|prohibited)/i;
const FILE =
  /image (?:exceeds|dimensions|is too)|could not process (?:image|pdf)|unable to resize image|too many images|maximum of \d{1,6} pdf pages|pdf (?:is )?too large|invalid pdf|pdf (?:specified )?(?:was|is) (?:not valid|password)/i;
const CONVERSATION = /messages?\.\d|tool_use|tool_result|thinking`? blocks?/i;

/** A service that has too much to do, or an account that has used up its share, may speak of tokens, too. */
const OF_SERVICE = /overloaded|high demand|at capacity|unavailable|rate.?limit|too many requests|usage limit|throttl/i;
/** An account that is shut is no matter of one request, whatever it was shut for. */
const SHUT = /(?:account|organi[sz]ation|api key) .{0,40}(?:disabled|suspended|banned|deactivated)/i;

const ERRORS: readonly RequestError[] = [
  {
    pattern: TOO_LONG,
    hint: "It needs more context than its model has: split the task, narrow its scope, or give it to an agent with a larger window.",
  },
  {
    pattern: TOO_MUCH_OUTPUT,
    hint: "Its model may not say so much at once: split the task, or raise the limit of its output where its program has one.",
  },
  { pattern: FLAGGED, hint: "The service's safeguards refuse this request: split the task, or word it differently." },
  {
    pattern: FILE,
    hint: "The service does not take a file that the agent looked at: keep large images and PDFs out of the task, or split it.",
  },
  {
    pattern: CONVERSATION,
    needsStatus: true,
    hint: "The service does not take the agent's conversation as it is: another attempt begins a new one.",
  },
];

/** Statuses of an error that the request is at fault for. */
const AT_FAULT: ReadonlySet<number> = new Set([400, 413, 422]);

/** The failure that an error stands for when it is about one request; null when it is not, or nobody can tell. */
export function explainRequestError(status: number | null, text: string): AgentFailure | null {
  if (SHUT.test(text)) return null;
  const isAtFault = status !== null && AT_FAULT.has(status);
  // Some services say so of one request that is too long by itself for what they let through a minute, or may not be asked.
  const isByWords =
    (status === 429 && /tokens must be reduced/i.test(text)) || (status === 403 && /flagged|moderation/i.test(text));
  if (!isAtFault && !isByWords && (status !== null || OF_SERVICE.test(text))) return null;
  const found =
    ERRORS.find(({ pattern, needsStatus }) => (isAtFault || needsStatus === undefined) && pattern.test(text)) ??
    (status === 413 ? ERRORS[0] : status === 403 && isByWords ? ERRORS[2] : undefined);
  return found === undefined ? null : { kind: "request", hint: found.hint, isFinal: false, retryAfterMs: null };
}
