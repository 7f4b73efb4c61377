/** What is asked of the patterns: a task, read once for all of them. Pure. */

import picomatch from "picomatch";
import { normalizeText } from "../../terminal-text/index.ts";
import type { FailureFact } from "../facts/run-facts.ts";
import { tokenize } from "../index/tokenize.ts";
import type { PatternReader } from "../patterns/kinds.ts";
import { toKey } from "../patterns/pattern.ts";
import { type GlobStart, readGlobStart } from "../patterns/scope-overlap.ts";
import { signFailure } from "../patterns/signatures.ts";
import { signatureOf } from "../text/signature.ts";
import { toPlainLine } from "../text/untrusted.ts";
import { isContentWord } from "./stop-words.ts";

/** What of a task patterns are matched against. */
export interface TaskToMatch {
  id: string;
  title: string;
  instruction: string;
  stream: string;
  /** Globs; none means any file, which is no feature. */
  scope: readonly string[];
  /** Names of gates. */
  gates: readonly string[];
  /** Shell command, for tasks that run one. */
  command?: string;
  /** Name of the agent that does it. */
  agent?: string;
  /** Whom the patterns are for: each is helped by other ones. Absent: for a person, who may see all. */
  reader?: Exclude<PatternReader, "person">;
  /** Tasks that may be worked on at the same time; absent when that is not known. */
  others?: readonly { id: string; scope: readonly string[] }[];
  /** How its attempt before failed. */
  failure?: Pick<FailureFact, "kind" | "by" | "text" | "files">;
}

/** A word of the task as an index may hold it: whole, in one and in several, and the parts of camelCase. */
export interface QueryWord {
  whole: readonly string[];
  parts: readonly string[];
}

/** How an attempt failed. */
export interface QueryFailure {
  kind: FailureFact["kind"];
  /** What the vault learned the same failure under. */
  signature: string;
  /** Empty when it is no gate's. */
  gate: string;
  /** The words of its message. */
  words: ReadonlySet<string>;
  files: readonly GlobStart[];
}

export interface TaskQuery {
  key: string;
  gates: readonly string[];
  stream: string;
  agent: string | undefined;
  reader: TaskToMatch["reader"];
  scope: readonly { glob: string; start: GlobStart }[];
  /** Whether a file lies in its scope; false for every file when it has none. */
  mayChange: (file: string) => boolean;
  others: readonly { id: string; starts: readonly GlobStart[] }[] | undefined;
  /** Those that say something. */
  words: readonly QueryWord[];
  /** Null when nothing failed. */
  failure: QueryFailure | null;
}

/** A plan may hold files as instructions; what a task is about stands at the beginning. */
const MAX_CHARS = 20_000;

/** Prepares a task. Takes any text. */
export function readTaskQuery(task: TaskToMatch): TaskQuery {
  const text = [task.id, task.title, task.instruction, task.command ?? "", task.scope.join("\n")].map((part) =>
    part.slice(0, MAX_CHARS),
  );
  return {
    key: toKey(toPlainLine(task.title, 100)),
    gates: task.gates,
    stream: task.stream,
    agent: task.agent,
    reader: task.reader,
    scope: task.scope.map((glob) => ({ glob, start: readGlobStart(glob) })),
    mayChange: compileScope(task.scope),
    others: task.others?.map(({ id, scope }) => ({ id, starts: scope.map(readGlobStart) })),
    words: readWords(text.join("\n")),
    failure: task.failure === undefined ? null : readFailure(task.failure),
  };
}

/** Compiled when the first file is asked for; what is no glob matches nothing. */
function compileScope(scope: readonly string[]): (file: string) => boolean {
  let matches: ((file: string) => boolean) | null = null;
  return (file) => {
    try {
      matches ??= picomatch(
        scope.flatMap((glob) => (glob.endsWith("/") ? [`${glob}**`] : [glob, `${glob}/**`])),
        { dot: true, noext: true, nonegate: true },
      );
      return scope.length > 0 && matches(file);
    } catch {
      return false;
    }
  };
}

function readWords(text: string): QueryWord[] {
  // A word in one and in several is one word.
  const words = new Map<string, QueryWord>();
  for (const [word] of normalizeText(text).matchAll(/[\p{L}\p{N}\p{M}]+/gu)) {
    const [whole = "", ...others] = tokenize(word);
    // Scripts without spaces come as pairs of characters, none of which is the whole.
    const isUnspaced = whole.length < word.length && !/^\p{ASCII}/u.test(whole);
    for (const token of isUnspaced ? [whole, ...others] : [whole]) {
      const parts = isUnspaced ? [] : others.filter(isContentWord);
      const forms = isContentWord(token) ? inBothNumbers(token) : [];
      if (forms.length + parts.length > 0) words.set(forms.at(-1) ?? token, { whole: forms, parts });
    }
  }
  return [...words.values()];
}

/** An English word in one and in several, in this order: the index holds them apart. */
function inBothNumbers(word: string): string[] {
  if (!/^[a-z]{4,}$/.test(word) || word.endsWith("ss")) return [word];
  return word.endsWith("s") ? [word.slice(0, -1), word] : [word, `${word}s`];
}

function readFailure(failure: NonNullable<TaskToMatch["failure"]>): QueryFailure {
  const { gate, line } = signatureOf(failure);
  return {
    kind: failure.kind,
    signature: signFailure(failure),
    gate,
    words: new Set(tokenize(line)),
    files: failure.files.map(readGlobStart),
  };
}
