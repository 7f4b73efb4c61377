/**
 * Pairs of tasks that could run together and whose scopes overlap. Exact over the files that exist; for files that do
 * not exist yet, a conservative comparison of globs: it may report two globs that no file would match both of, but
 * two entries that it keeps apart share no path (an entry such as `src/a.ts` is taken for a file, not for a folder).
 * The work is bounded, and the answer says when the bound was reached.
 */

import type { Plan } from "./model.ts";
import { compileEntry, hasWildcards, literalStartOf, staticPrefixOf } from "./scope.ts";

const MAX_OVERLAPS = 1000;
const MAX_PAIRS = 1_000_000;
const MAX_MATCHES = 2_000_000;
const MAX_FILES_SHOWN = 5;

/** Two tasks and what both may change: files that exist (the first few), or one glob of each. */
export type Overlap = { a: string; b: string; files: string[] } | { a: string; b: string; globs: [string, string] };

/** What was found; `isComplete` is false when a bound stopped the search. */
export interface OverlapReport {
  overlaps: Overlap[];
  isComplete: boolean;
}

/** Finds overlaps among tasks for which `isOrdered(a, b)` (by position) is false. `files` are relative, with /. */
export function findOverlaps(
  plan: Plan,
  isOrdered: (a: number, b: number) => boolean,
  files: readonly string[] = [],
): OverlapReport {
  const search = new Search(isOrdered);
  const entries = new Map<string, number[]>();
  for (const [index, task] of plan.tasks.entries()) {
    for (const entry of new Set(task.scope ?? [])) {
      const tasks = entries.get(entry);
      if (tasks === undefined) entries.set(entry, [index]);
      else tasks.push(index);
    }
  }
  compareFiles(entries, files, search);
  compareGlobs(entries, search);
  const overlaps = [...search.found.entries()].map(([key, { files: shared, globs }]): Overlap => {
    const [first = 0, second = 0] = key.split(" ").map(Number);
    const names = { a: plan.tasks[first]?.id ?? "", b: plan.tasks[second]?.id ?? "" };
    return shared.length > 0 ? { ...names, files: shared } : { ...names, globs: globs ?? ["", ""] };
  });
  return { overlaps, isComplete: search.isComplete };
}

class Search {
  readonly found = new Map<string, { files: string[]; globs?: [string, string] }>();
  isComplete = true;
  #pairsLeft = MAX_PAIRS;
  readonly #isOrdered: (a: number, b: number) => boolean;

  constructor(isOrdered: (a: number, b: number) => boolean) {
    this.#isOrdered = isOrdered;
  }

  /** Notes that two tasks may change the same; false when the search should stop. */
  add(a: number, b: number, shared: { file: string } | { globs: [string, string] }): boolean {
    if (this.#pairsLeft <= 0) {
      this.isComplete = false;
      return false;
    }
    this.#pairsLeft -= 1;
    if (a === b || this.#isOrdered(a, b)) return true;
    const key = a < b ? `${a} ${b}` : `${b} ${a}`;
    const known = this.found.get(key);
    if (known === undefined && this.found.size >= MAX_OVERLAPS) {
      this.isComplete = false;
      return false;
    }
    const overlap = known ?? { files: [] };
    if (known === undefined) this.found.set(key, overlap);
    if ("file" in shared) {
      if (overlap.files.length < MAX_FILES_SHOWN && !overlap.files.includes(shared.file))
        overlap.files.push(shared.file);
    } else overlap.globs ??= a < b ? shared.globs : [shared.globs[1], shared.globs[0]];
    return true;
  }
}

function compareFiles(entries: ReadonlyMap<string, number[]>, files: readonly string[], search: Search): void {
  const sorted = [...files].sort();
  const tasksOf = new Map<string, Set<number>>();
  let matchesLeft = MAX_MATCHES;
  for (const [entry, tasks] of entries) {
    const prefix = staticPrefixOf(entry);
    const matches = compileEntry(entry);
    for (let at = findFirst(sorted, prefix); at < sorted.length; at += 1) {
      const file = sorted[at] ?? "";
      if (!file.startsWith(prefix)) break;
      if (matchesLeft <= 0) {
        search.isComplete = false;
        break;
      }
      matchesLeft -= 1;
      if (!matches(file)) continue;
      const known = tasksOf.get(file) ?? new Set();
      tasksOf.set(file, known);
      for (const task of tasks) known.add(task);
      matchesLeft -= tasks.length;
    }
  }
  for (const [file, tasks] of tasksOf) {
    const list = [...tasks];
    for (const [position, a] of list.entries()) {
      for (const b of list.slice(position + 1)) if (!search.add(a, b, { file })) return;
    }
  }
}

function compareGlobs(entries: ReadonlyMap<string, number[]>, search: Search): void {
  // Two entries can only meet if the literal start of one begins with that of the other.
  const byStart = new Map<string, { entry: string; order: number }[]>();
  let order = 0;
  for (const entry of entries.keys()) {
    const start = literalStartOf(entry);
    const item = { entry, order };
    const same = byStart.get(start);
    if (same === undefined) byStart.set(start, [item]);
    else same.push(item);
    order += 1;
  }
  let comparisonsLeft = MAX_PAIRS;
  order = -1;
  for (const [entry, tasks] of entries) {
    order += 1;
    const start = literalStartOf(entry);
    for (let length = 0; length <= start.length; length += 1) {
      for (const other of byStart.get(start.slice(0, length)) ?? []) {
        // Entries of the same start would meet twice.
        if (length === start.length && other.order < order) continue;
        if (comparisonsLeft <= 0) {
          search.isComplete = false;
          return;
        }
        comparisonsLeft -= 1;
        if (!mayMeet(entry, other.entry)) continue;
        for (const [position, a] of tasks.entries()) {
          const others = entry === other.entry ? tasks.slice(position + 1) : (entries.get(other.entry) ?? []);
          for (const b of others) if (!search.add(a, b, { globs: [entry, other.entry] })) return;
        }
      }
    }
  }
}

/** Whether a path could match both entries; the literal start of `entry` begins with that of `other`. */
export function mayMeet(entry: string, other: string): boolean {
  if (entry === other) return true;
  const start = literalStartOf(entry);
  const otherStart = literalStartOf(other);
  const isUnder = otherStart === "" || start === otherStart || start.startsWith(`${otherStart}/`);
  // Without wildcards an entry is a path and all under it.
  if (!hasWildcards(other)) return isUnder;
  if (!isUnder && startsWithFolder(other)) return false;
  if (!hasWildcards(entry)) {
    if (start === otherStart || compileEntry(other)(start)) return true;
    return !looksLikeFile(entry) && canReachUnder(other, entry);
  }
  const ending = endingOf(entry);
  const otherEnding = endingOf(other);
  return ending === null || otherEnding === null || ending.endsWith(otherEnding) || otherEnding.endsWith(ending);
}

/** Whether the first wildcard of a glob begins a segment, as in `src/*.ts` and unlike in `src/a*`. */
function startsWithFolder(glob: string): boolean {
  return staticPrefixOf(glob) === literalStartOf(glob);
}

/** Whether a glob could match something deeper than a path. */
function canReachUnder(glob: string, path: string): boolean {
  return /\*\*|[{(]/.test(glob) || glob.split("/").length > path.split("/").length;
}

/** The fixed text that every match of a glob ends in, or null if none is certain: `src/*.ts` ends in `.ts`. */
function endingOf(entry: string): string | null {
  if (/[\\[\]{}()!]/.test(entry)) return null;
  const last = entry.slice(entry.lastIndexOf("/") + 1);
  const ending = last.slice(Math.max(last.lastIndexOf("*"), last.lastIndexOf("?")) + 1);
  return ending === "" ? null : ending;
}

function looksLikeFile(entry: string): boolean {
  return /\.[A-Za-z0-9]+$/.test(entry);
}

/** Position of the first sorted text that is not before `wanted`. */
function findFirst(sorted: readonly string[], wanted: string): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((sorted[middle] ?? "") < wanted) low = middle + 1;
    else high = middle;
  }
  return low;
}
