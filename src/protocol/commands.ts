/** What a watcher may ask of a run's host, and what it is answered. */
import { codeOf, messageOf, PleachError } from "../errors.ts";
import type { GateOutcome } from "./gate-values.ts";

export type RunCommand =
  | { command: "cancel" }
  /** Stops the workers, records `run.interrupted`, ends the host; the run can be resumed. */
  | { command: "interrupt"; signal?: string }
  | { command: "decide"; conflict: string; choice: string }
  /** Allows so much in all. */
  | { command: "raiseBudget"; usd?: number; tokens?: number }
  /**
   * Merges the result into a branch, the one that the run started from when `into` is null; `unfinished`: also when the run
   * is not over. `data` of the answer is a `Shipped`.
   */
  | { command: "ship"; into: string | null; unfinished: boolean }
  /** Nobody works on these tasks until they go on, or on any with `all`. */
  | { command: "pause" | "continue"; tasks: readonly string[]; all?: true }
  /** Tries again what failed, was stopped or skipped, with what it needs; by another agent, or `fresh`. */
  | { command: "retry"; tasks: readonly string[]; agent?: string; fresh?: true }
  /** It is over for a task, its work saved. */
  | { command: "stop"; task: string }
  /** A task that has not begun is not done. */
  | { command: "skip"; task: string }
  /**
   * A task that has not begun is to be done otherwise: `changes` by the keys of a task in a plan, null takes a key away. `data`
   * of the answer is an `Edited`.
   */
  | { command: "edit"; task: string; changes: Readonly<Record<string, unknown>> }
  /** Stops the agent of a task; a person goes on in its worktree. `data` of the answer is a `TakenPlace`. */
  | { command: "takeover"; task: string }
  /** What the person did is committed and judged like any work; or it is discarded, and the agent goes on. */
  | { command: "giveback"; task: string; discard?: true }
  /** A text for the agent of a task: for one that listens at once, else when it calls a tool of pleach or goes on. */
  | { command: "tell"; task: string; text: string }
  /** A call of a coordination tool by a program that no run started; `key` is unique to the call. */
  | {
      command: "tool";
      tool: string;
      args: unknown;
      stream: string | null;
      task: string | null;
      guest: string;
      key: string;
      patienceMs: number;
    };

/** Any answer but that of a ship is a matter of moments: a host that is slower than this is taken for one that hangs. */
const ANSWER_TIMEOUT_MS = 30_000;

/** How long the answer to a command is waited for; null: however long it takes, as the gates of a ship may. */
export function answerTimeoutMs({ command }: RunCommand): number | null {
  return command === "ship" ? null : ANSWER_TIMEOUT_MS;
}

/** `data` is the tool's answer for a `tool` command, a `Shipped` for `ship`. */
export type CommandAnswer = { ok: true; message: string; data?: unknown } | Refusal;

/** That a command was not carried out, and why. */
export interface Refusal {
  ok: false;
  code: string;
  message: string;
  hint: string;
  file?: string;
}

/** The answer to a command that is not carried out. */
export const refuse = (code: string, message: string, hint: string): Refusal => ({ ok: false, code, message, hint });

/** Whatever stood in the way of a command, as its answer. */
export function toRefusal(thrown: unknown): Refusal {
  const { hint = "", file } = thrown instanceof PleachError ? thrown : {};
  const [code, message] = [codeOf(thrown) ?? "internal", messageOf(thrown)];
  return { ok: false, code, message, hint, ...(file === undefined ? {} : { file }) };
}

/** What became of a change: the keys that differ now, none when it was like that; and what is doubtful about it. */
export interface Edited {
  changed: string[];
  warnings: string[];
}

/** Where a task lies that a person has taken over. */
export interface TakenPlace {
  /** Absolute. */
  path: string;
  branch: string | null;
  /** The session of its agent; null where it has none that is known. */
  session: string | null;
  /** The command that opens it there; null where none is known. */
  open: string[] | null;
}

/** What shipping did. */
export type Shipped = {
  branch: string;
  commit: string;
  gates: GateOutcome[];
} & ({ kind: "shipped"; how: "fastForward" | "merge"; from: string; files: string[] } | { kind: "already" });
