/**
 * Counts what a pattern and a task have in common: content words, files, a gate, the same task in an earlier run,
 * what the pattern's kind is about. Each is named, so that whoever is shown the pattern sees why. Pure.
 */
import type { IndexHit } from "../index/mutable-index.ts";
import { tokenize } from "../index/tokenize.ts";
import { kindOf } from "../patterns/kinds.ts";
import type { Pattern } from "../patterns/pattern.ts";
import { overlapDepth } from "../patterns/scope-overlap.ts";
import type { QueryFailure, TaskQuery } from "./task-query.ts";

export interface MatchFeatures {
  /** All features, the words among them. */
  total: number;
  words: number;
  /** Both say which files they are about, and those are others: words alone have to say more. */
  isElsewhere: boolean;
  /** One text for each kind of feature found. */
  why: string[];
}

/** Features needed: one alone is chance. */
export const MIN_FEATURES = 2;
/** A gate's pattern seen in this many tasks concerns whoever has to pass that gate. */
const MIN_RECURRING_TASKS = 3;
const MAX_WORDS_NAMED = 6;
/** How much of a message has to be there to take it for the same message in other words, of at least so many words. */
const MIN_LIKENESS = 0.8;
const MIN_MESSAGE_WORDS = 3;

/** The features for one pattern; `hit` is what the index found of the task's words in it. */
export function countFeatures(pattern: Pattern, task: TaskQuery, hit: IndexHit | undefined): MatchFeatures {
  const why: string[] = [];
  const words = countWords(task, hit, why);
  const others =
    countScope(pattern, task, why) +
    countGate(pattern, task, why) +
    countSame(pattern, task, why) +
    countWorker(pattern, task, why);
  if (pattern.isPinned && why.length > 0) why.push("pinned");
  const isElsewhere =
    task.scope.length > 0 && pattern.scope.length > 0 && !why.some((feature) => feature.startsWith("scope: "));
  return { total: words + others, words, isElsewhere, why };
}

/**
 * How a pattern knows the failure that the task had: by its signature, its files, or nearly all words of its message.
 */
export function matchFailure(pattern: Pattern, { failure }: TaskQuery): string | null {
  if (failure === null) return null;
  if (pattern.signatures.includes(failure.signature)) return "the same failure";
  if (failure.kind === "merge")
    return kindOf(pattern.kind).tiedBy === "rivals" && isInFiles(pattern, failure) ? "the same files" : null;
  if (failure.words.size < MIN_MESSAGE_WORDS) return null;
  if (failure.gate !== "" && pattern.gates.length > 0 && !pattern.gates.includes(failure.gate)) return null;
  const isAlike = pattern.symptoms.some((symptom) => {
    const known = new Set(tokenize(symptom));
    const found = [...failure.words].filter((word) => known.has(word)).length;
    return found >= MIN_LIKENESS * failure.words.size;
  });
  return isAlike ? "a failure like this" : null;
}

function isInFiles({ scope }: Pattern, { files }: QueryFailure): boolean {
  return files.some((file) => scope.some((start) => start.isWhole && overlapDepth(file, start) > 0));
}

/**
 * A word of the pattern's title or of when it applies is a feature, a word elsewhere half of one, a part of one half of
 * that.
 */
function countWords(task: TaskQuery, hit: IndexHit | undefined, why: string[]): number {
  if (hit === undefined) return 0;
  const weigh = (terms: readonly string[]): { term: string; weight: number } => {
    const found = terms
      .map((term) => ({ term, fields: hit.matched.get(term) ?? [] }))
      .filter(({ fields }) => fields.length > 0)
      .map(({ term, fields }) => ({ term, weight: fields.includes("title") || fields.includes("when") ? 1 : 0.5 }));
    return found.sort((a, b) => b.weight - a.weight)[0] ?? { term: "", weight: 0 };
  };
  const counted = task.words
    .map(({ whole, parts }) => {
      const [as, inPart] = [weigh(whole), weigh(parts)];
      return as.weight > 0 ? as : { ...inPart, weight: inPart.weight / 2 };
    })
    .filter(({ weight }) => weight > 0)
    .sort((a, b) => b.weight - a.weight);
  if (counted.length === 0) return 0;
  const named = [...new Set(counted.map(({ term }) => term))].slice(0, MAX_WORDS_NAMED);
  why.push(`words: ${named.join(", ")}`);
  return counted.reduce((sum, { weight }) => sum + weight, 0);
}

/** One feature for a folder in common, enough of them for a deeper one or the same file. */
function countScope(pattern: Pattern, task: TaskQuery, why: string[]): number {
  if (kindOf(pattern.kind).tiedBy === "group") return countTogether(pattern, task, why);
  let deepest = { glob: "", depth: 0 };
  for (const { glob, start } of task.scope) {
    for (const other of pattern.scope) {
      const depth = overlapDepth(start, other);
      if (depth > deepest.depth) deepest = { glob, depth };
    }
  }
  if (deepest.depth === 0) return 0;
  why.push(`scope: ${deepest.glob}`);
  const features = Math.min(deepest.depth, MIN_FEATURES);
  return features + countOthers(pattern, task, why);
}

/** Files that change together matter to a task that may change one of them and not all. */
function countTogether({ scope }: Pattern, task: TaskQuery, why: string[]): number {
  const files = scope.filter(({ isWhole }) => isWhole).map(({ parts }) => parts.join("/"));
  const inside = files.filter((file) => task.mayChange(file));
  const [first] = inside;
  if (first === undefined || inside.length === files.length) return 0;
  why.push(`scope: ${first}, and not ${files.find((file) => !inside.includes(file))}`);
  return MIN_FEATURES;
}

/**
 * It takes two to be in each other's way: a feature more when another task may change the files, one less when none
 * may.
 */
function countOthers(pattern: Pattern, { others }: TaskQuery, why: string[]): number {
  if (others === undefined || kindOf(pattern.kind).tiedBy !== "rivals") return 0;
  const rival = others.find(({ starts }) =>
    starts.some((start) => pattern.scope.some((scope) => overlapDepth(start, scope) > 0)),
  );
  if (rival === undefined) return -1;
  why.push(`at the same time: ${rival.id}`);
  return 1;
}

/** What is known of a gate itself concerns all that have to pass it; a single trouble of it is half a feature. */
function countGate(pattern: Pattern, task: TaskQuery, why: string[]): number {
  const shared = task.gates.find((name) => pattern.gates.includes(name));
  if (shared === undefined) return 0;
  why.push(`gate: ${shared}`);
  const isOfGate = kindOf(pattern.kind).tiedBy === "gate";
  return isOfGate || isRecurring(pattern) ? MIN_FEATURES : 0.5;
}

/**
 * Whether so many tasks had it that it is the gate's own. A failing test of certain files stays with these, however often it
 * was seen.
 */
function isRecurring({ taskCount, symptoms, scope }: Pattern): boolean {
  const isPlaced = scope.length > 0 && symptoms.some((symptom) => symptom.startsWith("test "));
  return !isPlaced && taskCount >= MIN_RECURRING_TASKS;
}

function countSame(pattern: Pattern, task: TaskQuery, why: string[]): number {
  if (task.key === "" || !pattern.tasks.includes(task.key)) return 0;
  why.push("same task before");
  return MIN_FEATURES;
}

/** For what tasks take: one feature for the stream and one for the agent. Who plans plans for all of them. */
function countWorker(pattern: Pattern, { stream, agent, reader }: TaskQuery, why: string[]): number {
  if (kindOf(pattern.kind).tiedBy !== "worker") return 0;
  if (reader === "planner") {
    why.push("what tasks take");
    return MIN_FEATURES;
  }
  const same = [
    ...(pattern.streams.includes(stream) ? [`stream: ${stream}`] : []),
    ...(agent !== undefined && pattern.agents.includes(agent) ? [`agent: ${agent}`] : []),
  ];
  why.push(...same);
  return same.length;
}
