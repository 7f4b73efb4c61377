/**
 * The patterns of some vaults, kept as the notes are: a note that a person edits, pins or retires counts from the next
 * `refresh`. It finds out by walking the vaults and asking for sizes and times, and reads again only what changed.
 *
 * B1 Nothing is thrown: a vault or a note that cannot be read is left out, with a warning.
 * B2 `find` answers at any time from what is known by then, also while a refresh is under way.
 * B3 A refresh sees all that was there when it was asked for: one that is under way already is not enough.
 */
import { lstat } from "node:fs/promises";
import { join } from "node:path";
import { messageOf } from "../../errors.ts";
import { openStore, type Store } from "../files/store.ts";
import { buildIndex, type TextIndex } from "../index/lunr-index.ts";
import { parseNote } from "../notes/note.ts";
import type { TaskToMatch } from "./asked-task.ts";
import { findPatterns, type PatternMatch } from "./find-patterns.ts";
import { type Described, describePattern, mayBePattern, type Pattern } from "./pattern.ts";

export interface PatternLibrary {
  /** Takes in what changed in the vaults; those that do not exist are empty. Never rejects. */
  refresh(): Promise<void>;
  /** Patterns that fit the task, best first, at most `limit`. */
  find(task: TaskToMatch, limit: number): PatternMatch[];
  /** Notes that were skipped, and why. */
  readonly warnings: readonly string[];
}

/** A note as it was read: `stamp` changes with its bytes. */
interface Kept {
  stamp: string;
  described: Described;
}

/** One vault: its notes by path, and what could not be read. */
interface Shelf {
  dir: string;
  notes: Map<string, Kept>;
  warnings: string[];
}

/** The patterns of these vaults, none of them read yet; of two with one id the first counts. */
export function openPatternLibrary(vaultDirs: readonly string[]): PatternLibrary {
  const shelves = vaultDirs.map((dir): Shelf => ({ dir, notes: new Map(), warnings: [] }));
  let known: { patterns: Pattern[]; index: TextIndex } | null = null;
  let running: Promise<void> | null = null;
  let next: Promise<void> | null = null;
  const changed = (): void => {
    known = null;
  };
  const sweep = async (): Promise<void> => {
    for (const shelf of shelves) await refreshShelf(shelf, changed);
  };
  const start = (): Promise<void> => {
    next = null;
    running = sweep().finally(() => {
      running = null;
    });
    return running;
  };
  return {
    refresh() {
      if (running === null) return start();
      next ??= running.then(start);
      return next;
    },
    find(task, limit) {
      known ??= readPatterns(shelves);
      return findPatterns(known.patterns, known.index, task, limit);
    },
    get warnings() {
      return shelves.flatMap(({ warnings, notes }) => [
        ...warnings,
        ...[...notes.values()].flatMap(({ described }) => (described.kind === "unusable" ? [described.why] : [])),
      ]);
    },
  };
}

function readPatterns(shelves: readonly Shelf[]): { patterns: Pattern[]; index: TextIndex } {
  const patterns: Pattern[] = [];
  const ids = new Set<string>();
  for (const { notes } of shelves) {
    for (const [, { described }] of [...notes].sort(([a], [b]) => (a < b ? -1 : 1))) {
      if (described.kind === "retired") ids.add(described.id);
      if (described.kind !== "pattern" || ids.has(described.pattern.id)) continue;
      ids.add(described.pattern.id);
      patterns.push(described.pattern);
    }
  }
  const documents = patterns.map((pattern, at) => ({ ref: String(at), fields: pattern.fields }));
  return { patterns, index: buildIndex(documents, { title: 3, when: 3, scope: 1, body: 1 }) };
}

async function refreshShelf(shelf: Shelf, changed: () => void): Promise<void> {
  try {
    const store = await openStore(shelf.dir);
    const { paths, warnings } = store === undefined ? { paths: [], warnings: [] } : await store.list();
    shelf.warnings = warnings.map((warning) => `${shelf.dir}: ${warning}`);
    const there = new Set(paths);
    for (const path of shelf.notes.keys()) if (!there.has(path) && shelf.notes.delete(path)) changed();
    // Patterns first: in a large vault they are known before the rest is looked through.
    const isFirst = (path: string): boolean => path.startsWith("patterns/");
    const ordered = [...paths.filter(isFirst), ...paths.filter((path) => !isFirst(path))];
    if (store !== undefined) for (const path of ordered) if (await refreshNote(shelf, store, path)) changed();
  } catch (thrown) {
    shelf.warnings = [`The vault ${shelf.dir} was skipped: ${messageOf(thrown)}`];
    if (shelf.notes.size > 0) changed();
    shelf.notes.clear();
  }
}

/** Whether what is known of the patterns changed. */
async function refreshNote(shelf: Shelf, store: Store, path: string): Promise<boolean> {
  const facts = await lstat(join(store.root, path)).catch(() => undefined);
  const before = shelf.notes.get(path);
  if (facts === undefined) return shelf.notes.delete(path);
  const stamp = `${facts.size} ${facts.mtimeMs} ${facts.ctimeMs}`;
  if (before?.stamp === stamp) return false;
  const read = await store.read(path);
  if (read.kind === "absent") return shelf.notes.delete(path);
  const shown = join(shelf.dir, path);
  const described: Described =
    read.kind === "unusable"
      ? { kind: "unusable", why: `${shown} was skipped: ${read.why}.` }
      : mayBePattern(path, read.text)
        ? describePattern(shown, parseNote(path, read.text))
        : { kind: "none" };
  shelf.notes.set(path, { stamp, described });
  return described.kind !== "none" || (before !== undefined && before.described.kind !== "none");
}
