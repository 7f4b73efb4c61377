/** A call of a tool, who makes it, and its answer: types that every way in (MCP, control socket, drop box) shares. */

/** Who calls, as far as it counts: the stream gives the authority, the task what ends with it. */
export interface Caller {
  stream: string;
  /** Null for a program that works on no task of the run. */
  task: string | null;
  /** Label of the task's attempt. */
  attempt: string | null;
  /** Whose leases these are. */
  holder: string;
}

export interface ToolCall {
  caller: Caller;
  tool: string;
  /** As they came. */
  args: unknown;
  /** Unique in the run; the same key makes the same call twice without harm. */
  key: string;
  /** A wait ends after this at the latest, ms, whatever the arguments say. */
  patienceMs: number;
  /** Aborted when nobody waits for the answer any more. */
  signal: AbortSignal;
}

/** A call whose arguments are as the tool's schema says, defaults filled in. */
export interface CheckedCall extends Omit<ToolCall, "args" | "tool"> {
  args: Readonly<Record<string, unknown>>;
}

/** How long a call may wait, ms: as its arguments say, and no longer than the caller's patience. */
export function waitMs({ args, patienceMs }: Pick<CheckedCall, "args" | "patienceMs">): number {
  const seconds = typeof args.wait_s === "number" ? args.wait_s : 0;
  return Math.min(seconds * 1000, patienceMs);
}

/**
 * `waiting`: what was waited for has not come; the same call goes on waiting. `refused`: nothing was done, and the text
 * says what to do instead.
 */
export interface ToolAnswer {
  kind: "done" | "waiting" | "refused";
  /** For a model, one short paragraph. */
  text: string;
  /** The same as facts. */
  data?: Record<string, unknown>;
}

export const done = (text: string, data?: Record<string, unknown>): ToolAnswer => ({
  kind: "done",
  text,
  ...(data === undefined ? {} : { data }),
});
export const waiting = (text: string): ToolAnswer => ({ kind: "waiting", text });
export const refused = (text: string): ToolAnswer => ({ kind: "refused", text });
