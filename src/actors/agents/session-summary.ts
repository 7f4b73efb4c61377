/**
 * What an agent's session came to, and what it cost, in words that all adapters share. An adapter reads them from its
 * agent's protocol; `judge-session.ts` decides on the summary, and on nothing else, what the outcome is. Pure.
 */
import type { AgentSpec } from "../../plan/model.ts";
import type { AgentFailure } from "../../protocol/values.ts";

/** What kind of act a tool is: an edit can be made good only by another edit. */
export type ActKind = "edit" | "command" | "other";

/** Something that the agent wanted to do and could not. */
export interface UnresolvedFailure {
  act: ActKind;
  /** `unfinished`: it was still going on in the background when the session was ended. */
  why: "denied" | "failed" | "unfinished";
  /** One line, the agent's words. */
  what: string;
}

export interface SessionSummary {
  /**
   * How its last turn ended by the agent's own report: `limited` is a limit of turns or money, `refused` a model that
   * would not go on. `none`: it never said.
   */
  ending: "none" | "completed" | "failed" | "interrupted" | "limited" | "refused";
  /** What it said of a failure, its words. */
  complaint: string | null;
  /** HTTP status of the model service's last answer, when that was an error. */
  status: number | null;
  /** What the failure is, where its adapter knows more of it than words and status tell. */
  failure?: AgentFailure | null;
  /** It says that a turn is complete that used no tokens: an error in disguise. */
  isUnpaid: boolean;
  /** What was denied or failed and nothing after it made good. */
  unresolved: readonly UnresolvedFailure[];
  /** Its last message, its words as they were; null when it said nothing. */
  said: string | null;
}

/** The summary of an agent that has said nothing yet. */
export const EMPTY_SUMMARY: SessionSummary = {
  ending: "none",
  complaint: null,
  status: null,
  isUnpaid: false,
  unresolved: [],
  said: null,
};

/** Enough of what an agent says of a tool to tell which one it was: a command may be as long as a script. */
export const shorten = (what: string): string => (what.length > 300 ? `${what.slice(0, 299)}…` : what);

/** Failures that are kept: one is enough to fail a session, and a person reads no more than a few. */
const MAX_OPEN = 100;

/**
 * Keeps what a session could not do: an act that succeeds makes good what failed before it. What only reads decides
 * nothing: its agent knows what it did without, and the work is judged by others.
 */
export class UnresolvedFailures {
  #open: UnresolvedFailure[] = [];

  add(failure: UnresolvedFailure): void {
    const isNothing = failure.act === "other" && failure.why !== "unfinished";
    if (isNothing || this.#open.length >= MAX_OPEN) return;
    this.#open.push({ ...failure, what: shorten(failure.what) });
  }

  /** Reading something makes nothing good; a command does not make good an edit, which may go by the shell's back. */
  succeed(act: ActKind): void {
    if (act === "other") return;
    this.#open = this.#open.filter((each) => act === "command" && each.act === "edit");
  }

  list(): readonly UnresolvedFailure[] {
    return [...this.#open];
  }
}

/** Tokens by how they are paid; the three kinds of input do not overlap. */
export interface Tokens {
  input: number;
  /** Read from the service's cache. */
  cached: number;
  output: number;
}

export const NO_TOKENS: Tokens = { input: 0, cached: 0, output: 0 };

/** All tokens together. */
export const totalOf = ({ input, cached, output }: Tokens): number => input + cached + output;

/** US dollars by the price of pleach.yaml; 0 without one. */
export function priceTokens({ input, cached, output }: Tokens, price: AgentSpec["price"]): number {
  if (price === undefined) return 0;
  return (input * price.input + cached * (price.cached ?? price.input) + output * price.output) / 1e6;
}

/** What came on top; a total that fell began anew. */
export function growthOf(total: Tokens, before: Tokens): Tokens {
  if (totalOf(total) < totalOf(before)) return total;
  return {
    input: Math.max(0, total.input - before.input),
    cached: Math.max(0, total.cached - before.cached),
    output: Math.max(0, total.output - before.output),
  };
}
