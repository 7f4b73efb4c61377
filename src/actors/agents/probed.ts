/** What is found when an agent's program is looked at, and what adapters need for it. */

import { sanitizeLine } from "../../terminal-text/index.ts";
import type { ProcessOutcome } from "../process/index.ts";
import type { Conversation, Protocol } from "./conversation.ts";
import type { Program } from "./session.ts";

export type Probed = { kind: "missing"; reason: string; hint: string } | Found;

export interface Found {
  kind: "found";
  version: string | null;
  /** Whether it spoke its own protocol. */
  answers: boolean;
  /** Null when that cannot be told. */
  login: "yes" | "no" | null;
  /** The models that it offers, as an entry would name them; absent when it does not say. */
  models?: readonly string[];
  /** Whether it goes on with a session of before; absent when it does not say. */
  resumes?: boolean;
}

/** Runs a program for as long as a question takes, and speaks with it. */
export type Ask = (program: Program, speak: (conversation: Conversation) => Protocol) => Promise<ProcessOutcome>;

/** Where it is asked: an empty folder that nobody works in, so that no file of a repository has a say in the answer. */
export interface AskedIn {
  cwd: string;
}

const MAX_MODELS = 200;

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

/** Names of models as a program lists them, safe to print. */
export function namesOfModels(names: readonly (string | null)[]): string[] {
  const safe = names.flatMap((name) => (name === null || name === "" ? [] : [sanitizeLine(name, 100)]));
  return [...new Set(safe)].slice(0, MAX_MODELS);
}

function versionIn(line: string): string | null {
  const found = /(?<!\d)\d+\.\d+(?:\.\d+)?[\w.-]*/.exec(line)?.[0];
  return found === undefined ? null : sanitizeLine(found, 40);
}
