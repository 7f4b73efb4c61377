/** What agents do in a simulation: nothing but take time, cost something, say something, and succeed or fail. */
import { checkArgument } from "../../arguments/check-arguments.ts";
import { PleachError } from "../../errors.ts";
import type { Task } from "../../plan/model.ts";
import { requireAmount } from "./check-input.ts";

/** One attempt of a task as it will go. What is left out: it succeeds, changes files, and takes the task's duration. */
export interface AttemptScript {
  ok?: boolean;
  /** Milliseconds of work. */
  durationMs?: number;
  /** One line, for an attempt that fails. */
  reason?: string;
  /** Whose fault a failure is: the work's counts against `retries`, the agent's against its breaker. Default `work`. */
  faultOf?: "work" | "agent";
  /** The agent's account has reached its limit, or its service is down, for so many milliseconds; null: nobody says for how long. */
  refused?: { what: "limit" | "outage"; forMs: number | null };
  /** US dollars. */
  usd?: number;
  tokens?: number;
  /** Turns, after each of which its share of the cost is told; default 1. */
  turns?: number;
  /** Coordination events, emitted when the work is done. */
  emits?: readonly { type: string; payload?: unknown }[];
  /** False: it leaves every file as it was, so that there is nothing to merge. */
  changes?: boolean;
}

const MAX_TURNS = 1_000;

/**
 * Says how an attempt will go, and must answer the same each time. `number` is 1 more than the attempts of the task that
 * came to their end; one that was lost with its host did not.
 */
export type SimulatedAgent = (attempt: { task: Task; number: number }) => AttemptScript;

/**
 * An agent that does what is written, one script an attempt; the last one stands for all further attempts. Throws
 * `simulate.badScript` when there is none, or when one names an impossible duration or cost.
 */
export function scriptedAgent(script: { attempts: readonly AttemptScript[] }): SimulatedAgent {
  const hint = "call it as scriptedAgent({ attempts: [{ ok: true }] })";
  checkArgument("the script of scriptedAgent", script, "object", hint);
  checkArgument("the list of its attempts", script.attempts, "list", hint);
  const { attempts } = script;
  if (attempts.length === 0) {
    throw new PleachError("simulate.badScript", "a scripted agent has no attempts", {
      hint: "give it at least one: scriptedAgent({ attempts: [{ ok: true }] })",
    });
  }
  for (const [at, attempt] of attempts.entries()) requireValidScript(`attempt ${at + 1}`, attempt);
  return ({ number }) => attempts[Math.min(number, attempts.length) - 1] as AttemptScript;
}

/** Throws `simulate.badScript` for a duration or a cost that is none. */
export function requireValidScript(what: string, script: AttemptScript): void {
  for (const key of ["durationMs", "usd", "tokens"] as const) {
    const value = script[key];
    if (value !== undefined) requireAmount("simulate.badScript", `${key} of ${what}`, value);
  }
  const { turns = 1 } = script;
  if (!Number.isSafeInteger(turns) || turns < 1 || turns > MAX_TURNS) {
    throw new PleachError("simulate.badScript", `turns of ${what} is ${turns}`, {
      hint: `give a whole number from 1 to ${MAX_TURNS}`,
    });
  }
}
