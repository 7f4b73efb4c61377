/**
 * Counts the signs that a pattern concerns a task: words that say something, the same files, the same gate, the same
 * task in an earlier run. Each is named, so that a person sees why a pattern was shown. Pure.
 */
import type { IndexHit } from "../index/mutable-index.ts";
import { toPlainLine } from "../text/untrusted.ts";
import { type Pattern, toKey } from "./pattern.ts";
import { type GlobStart, overlapDepth, readGlobStart } from "./scope-overlap.ts";

export interface Signs {
  /** All signs, the words among them. */
  total: number;
  words: number;
  /** One text for each kind of sign found. */
  why: string[];
}

/** What of a task signs are counted from, read once for all patterns. */
export interface AskedTask {
  key: string;
  gates: readonly string[];
  scope: readonly { glob: string; start: GlobStart }[];
}

/** Signs needed: one alone is chance. */
export const neededSigns = 2;
/** A gate's pattern seen in this many tasks concerns whoever has to pass that gate. */
const recurring = 3;
const maxWordsNamed = 6;

/** Prepares a task for `countSigns`. */
export function readTask(task: { title: string; gates: readonly string[]; scope: readonly string[] }): AskedTask {
  return {
    key: toKey(toPlainLine(task.title, 100)),
    gates: task.gates,
    scope: task.scope.map((glob) => ({ glob, start: readGlobStart(glob) })),
  };
}

/** The signs for one pattern; `hit` is what the index found of the task's words in it. */
export function countSigns(pattern: Pattern, task: AskedTask, hit: IndexHit | undefined): Signs {
  const why: string[] = [];
  const words = countWords(hit, why);
  const others = countScope(pattern, task, why) + countGate(pattern, task, why) + countSame(pattern, task, why);
  if (pattern.isPinned && why.length > 0) why.push("pinned");
  return { total: words + others, words, why };
}

/** A word of the pattern's title or of when it applies is a sign, a word elsewhere half of one. */
function countWords(hit: IndexHit | undefined, why: string[]): number {
  if (hit === undefined) return 0;
  const isKey = (fields: readonly string[]) => fields.includes("title") || fields.includes("when");
  const keys = [...hit.matched].filter(([, fields]) => isKey(fields)).map(([term]) => term);
  const rest = [...hit.matched].filter(([, fields]) => !isKey(fields)).map(([term]) => term);
  why.push(`words: ${[...keys, ...rest].slice(0, maxWordsNamed).join(", ")}`);
  return keys.length + rest.length / 2;
}

/** One sign for a folder in common, enough of them for a deeper one or the same file. */
function countScope(pattern: Pattern, task: AskedTask, why: string[]): number {
  let deepest = { glob: "", depth: 0 };
  for (const { glob, start } of task.scope) {
    for (const other of pattern.scope) {
      const depth = overlapDepth(start, other);
      if (depth > deepest.depth) deepest = { glob, depth };
    }
  }
  if (deepest.depth > 0) why.push(`scope: ${deepest.glob}`);
  return Math.min(deepest.depth, neededSigns);
}

function countGate(pattern: Pattern, task: AskedTask, why: string[]): number {
  const shared = task.gates.find((name) => pattern.gates.includes(name));
  if (shared === undefined) return 0;
  why.push(`gate: ${shared}`);
  return pattern.evidence.support >= recurring ? neededSigns : 0.5;
}

function countSame(pattern: Pattern, task: AskedTask, why: string[]): number {
  if (task.key === "" || !pattern.tasks.includes(task.key)) return 0;
  why.push("same task before");
  return neededSigns;
}
