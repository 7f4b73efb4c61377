/**
 * How a library is reached, wherever it lives, and what crosses between two threads: questions with numbers, answers in
 * parts (so that a long one never holds up the asker), errors as plain data.
 */
import { PleachError } from "../../errors.ts";
import type { QuestionName, Questions, VaultChanges } from "./model.ts";

/** What a library tells without being asked. */
export type LibraryEvent =
  | { kind: "changed"; changes: VaultChanges }
  /** Its thread died and was started again; everything is read anew. */
  | { kind: "crashed"; why: string };

export interface LibraryPort {
  /** Rejects with what the library throws (a PleachError keeps its code and hint), and when the signal is aborted. */
  ask<Name extends QuestionName>(
    name: Name,
    args: Questions[Name]["args"],
    signal?: AbortSignal,
  ): Promise<Questions[Name]["answer"]>;
  /** Ends the library; what is still being asked rejects. */
  close(): Promise<void>;
}

/** Makes a port to a new library. */
export type OpenPort = (onEvent: (event: LibraryEvent) => void) => LibraryPort;

export type ToLibrary =
  | { kind: "ask"; id: number; name: QuestionName; args: Questions[QuestionName]["args"] }
  /** The next part of a long answer. */
  | { kind: "more"; id: number }
  | { kind: "cancel"; id: number };

export type FromLibrary =
  | { kind: "answer"; id: number; value: unknown }
  /** Items of an answer that is a list; more of them are there. */
  | { kind: "part"; id: number; items: unknown[] }
  | { kind: "failed"; id: number; error: CrossingError }
  | { kind: "event"; event: LibraryEvent };

/** An error's facts. */
export interface CrossingError {
  message: string;
  code: string | null;
  hint: string | null;
  file: string | null;
}

/** So many items of a list cross at once. */
export const ITEMS_A_PART = 1_000;

export function toCrossing(thrown: unknown): CrossingError {
  const facts = thrown instanceof PleachError ? thrown : undefined;
  return {
    message: thrown instanceof Error ? thrown.message : String(thrown),
    code: facts?.code ?? null,
    hint: facts?.hint ?? null,
    file: facts?.file ?? null,
  };
}

export function fromCrossing({ message, code, hint, file }: CrossingError): Error {
  if (code === null) return new Error(message);
  return new PleachError(code, message, { ...(hint === null ? {} : { hint }), ...(file === null ? {} : { file }) });
}

/** What a question to a vault that was closed rejects with. */
export function vaultClosed(): PleachError {
  return new PleachError("vault.closed", "The vault was closed", { hint: "Open it again." });
}
