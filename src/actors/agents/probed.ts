/** What is found when an agent's program is looked at, and what adapters need for it. */

import { sanitizeLine } from "../../terminal-text/index.ts";
import type { ProcessOutcome } from "../process/index.ts";
import type { Conversation, Protocol } from "./conversation.ts";
import type { Program } from "./session.ts";

export type Probed =
  | { kind: "missing"; reason: string; hint: string }
  /** `answers` says whether it spoke its own protocol; `login` is null when that cannot be told. */
  | { kind: "found"; version: string | null; answers: boolean; login: "yes" | "no" | null };

/** Runs a program for as long as a question takes, and speaks with it. */
export type Ask = (program: Program, speak: (conversation: Conversation) => Protocol) => Promise<ProcessOutcome>;

/** Asks a program for its version, as nearly all tell it; `answers` says whether it knew the question. */
export async function askVersion(file: string, ask: Ask): Promise<Probed> {
  let version: string | null = null;
  const ended = await ask({ file, args: ["--version"] }, (conversation) => ({
    begin: () => conversation.give(""),
    hear: (line) => {
      version ??= versionIn(line);
    },
  }));
  if (ended.kind === "notStarted") return { kind: "missing", reason: ended.reason, hint: ended.hint };
  return { kind: "found", version, answers: ended.code === 0, login: null };
}

function versionIn(line: string): string | null {
  const found = /(?<!\d)\d+\.\d+(?:\.\d+)?[\w.-]*/.exec(line)?.[0];
  return found === undefined ? null : sanitizeLine(found, 40);
}
