/**
 * The one error class of pleach. Expected outcomes are values (`{ kind: … }`); this class is for what a caller cannot
 * go on from. It carries facts; the message says what failed, on what and why, the hint what to do next. Only the
 * command line and the screen print it. Imports nothing.
 */

/** Where and why something failed, besides the message. */
export interface ErrorFacts {
  /** What the person can do next, one sentence. */
  hint?: string;
  /** The file concerned. */
  file?: string;
  /** One-based line in `file`. */
  line?: number;
  /** Zero-based byte in `file`, for damaged logs. */
  byte?: number;
  cause?: unknown;
}

/**
 * A failure with a stable code.
 *
 * `code` is `area.reason` in camelCase and never changes once released, for example `log.damaged` or
 * `git.notRepository`; callers decide on it, never on the message.
 */
export class PleachError extends Error {
  readonly code: string;
  readonly hint: string | undefined;
  readonly file: string | undefined;
  readonly line: number | undefined;
  readonly byte: number | undefined;

  constructor(code: string, message: string, facts: ErrorFacts = {}) {
    super(message, facts.cause === undefined ? undefined : { cause: facts.cause });
    this.name = "PleachError";
    this.code = code;
    this.hint = facts.hint;
    this.file = facts.file;
    this.line = facts.line;
    this.byte = facts.byte;
  }
}

/** The text of anything thrown, without its stack. */
export function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}

/** The `code` of a system error (`ENOENT`) or of a PleachError; undefined for anything else. */
export function codeOf(thrown: unknown): string | undefined {
  if (typeof thrown !== "object" || thrown === null || !("code" in thrown)) return undefined;
  return typeof thrown.code === "string" ? thrown.code : undefined;
}

/** What `read` returns, its errors without stacks: a parser that collects an error a character spends most of its time on those. */
export function withoutStacks<Result>(read: () => Result): Result {
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = 0;
  try {
    return read();
  } finally {
    Error.stackTraceLimit = limit;
  }
}
