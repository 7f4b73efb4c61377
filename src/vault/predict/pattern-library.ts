/**
 * The patterns of some vaults, kept as the notes are: a note that a person edits, pins or retires counts from the next
 * `refresh`. It finds out by walking the vaults and asking for sizes and times, and reads again only what changed.
 *
 * B1 Nothing is thrown: a vault or a note that cannot be read is left out, with a warning.
 * B2 `find` answers at any time from what is known by then, also while a refresh is under way.
 * B3 A refresh sees all that was there when it was asked for: one that is under way already is not enough.
 */
import { join } from "node:path";
import { messageOf } from "../../errors.ts";
import { arrangeSources, type FileEntry, listEntries, nameSource, type Source, toSource } from "../files/sources.ts";
import { openStore, type ReadStore } from "../files/store.ts";
import { compareText, showPath } from "../files/walk.ts";
import { createIndex } from "../index/mutable-index.ts";
import { parseNote } from "../notes/note.ts";
import { type Described, describePattern, mayBePattern, type Pattern } from "../patterns/pattern.ts";
import type { TaskToMatch } from "./asked-task.ts";
import { findPatterns, type PatternMatch } from "./find-patterns.ts";

export interface PatternLibrary {
  /** Takes in what changed in the sources; those that do not exist are empty. Never rejects. */
  refresh(): Promise<void>;
  /** Patterns that fit the task, best first, at most `limit`. */
  find(task: TaskToMatch, limit: number): PatternMatch[];
  /** Notes that were skipped, and why. */
  readonly warnings: readonly string[];
}

/** So many notes are read at once. */
const batchSize = 8;

/** A note as it was read; `stamp` changes with its bytes. */
interface Kept {
  stamp: string;
  described: Described;
}

/** One source: its notes by path, and what could not be listed. */
interface Shelf {
  notes: Map<string, Kept>;
  warnings: string[];
}

/** Hears of each pattern that comes, changes or goes. */
type Changed = (path: string, pattern: Pattern | null) => void;

/** The patterns of these sources, none of them read yet; of two with one id the first counts. */
export function openPatternLibrary(sources: readonly (string | Source)[]): PatternLibrary {
  /** By folder, in the order of the sources. */
  let shelves = new Map<string, Shelf>();
  const index = createIndex({ boosts: { title: 3, when: 3, scope: 1, body: 1 } });
  /** By the refs of the index; null when they have changed. */
  let known: Map<string, Pattern> | null = null;
  let running: Promise<void> | null = null;
  let next: Promise<void> | null = null;
  const hear =
    (dir: string): Changed =>
    (path, pattern) => {
      known = null;
      const ref = join(dir, path);
      if (pattern === null) index.delete(ref);
      else index.set({ ref, fields: pattern.fields });
    };
  const sweep = async (): Promise<void> => {
    const arranged = arrangeSources(sources.map(toSource));
    const before = shelves;
    shelves = new Map(arranged.map(({ dir }) => [dir, before.get(dir) ?? { notes: new Map(), warnings: [] }]));
    for (const [dir, shelf] of before) if (!shelves.has(dir)) forget(shelf, () => true, hear(dir));
    for (const source of arranged) await refreshShelf(source, shelves.get(source.dir) as Shelf, hear(source.dir));
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
      known ??= listPatterns(shelves);
      return findPatterns(known, index, task, limit);
    },
    get warnings() {
      return [...shelves.values()].flatMap(({ warnings, notes }) => {
        const unusable = [...notes.values()].flatMap(({ described }) =>
          described.kind === "unusable" ? [described.why] : [],
        );
        return [...warnings, ...unusable.sort(compareText)];
      });
    },
  };
}

function listPatterns(shelves: ReadonlyMap<string, Shelf>): Map<string, Pattern> {
  const patterns = new Map<string, Pattern>();
  const ids = new Set<string>();
  for (const [dir, { notes }] of shelves) {
    const counted = [...notes].filter(
      ([, { described }]) => described.kind === "pattern" || described.kind === "retired",
    );
    for (const [path, { described }] of counted.sort(([a], [b]) => compareText(a, b))) {
      if (described.kind === "retired") ids.add(described.id);
      if (described.kind !== "pattern" || ids.has(described.pattern.id)) continue;
      ids.add(described.pattern.id);
      patterns.set(join(dir, path), described.pattern);
    }
  }
  return patterns;
}

async function refreshShelf(source: Source, shelf: Shelf, changed: Changed): Promise<void> {
  try {
    const store = await openStore(source.dir);
    const { entries, warnings } = await listEntries(source);
    shelf.warnings = warnings.map((warning) => `${nameSource(source)}: ${warning}`);
    const there = new Set(entries.map(({ path }) => path));
    forget(shelf, (path) => !there.has(path), changed);
    // Patterns first: in a large vault they are known before the rest is looked through.
    const isFirst = ({ path }: FileEntry): boolean => path.startsWith("patterns/");
    const ordered = [...entries.filter(isFirst), ...entries.filter((entry) => !isFirst(entry))];
    for (let at = 0; store !== undefined && at < ordered.length; at += batchSize) {
      const batch = ordered.slice(at, at + batchSize);
      await Promise.all(batch.map((entry) => refreshNote(source, store, shelf, entry, changed)));
    }
  } catch (thrown) {
    shelf.warnings = [`The vault ${nameSource(source)} was skipped: ${messageOf(thrown)}`];
    forget(shelf, () => true, changed);
  }
}

function forget({ notes }: Shelf, isGone: (path: string) => boolean, changed: Changed): void {
  for (const path of notes.keys()) {
    if (!isGone(path)) continue;
    notes.delete(path);
    changed(path, null);
  }
}

async function refreshNote(
  { dir }: Source,
  store: ReadStore,
  shelf: Shelf,
  { path, size, mtimeMs }: FileEntry,
  changed: Changed,
): Promise<void> {
  const stamp = `${size} ${mtimeMs}`;
  if (shelf.notes.get(path)?.stamp === stamp) return;
  const read = await store.read(path);
  if (read.kind === "absent") {
    forget(shelf, (each) => each === path, changed);
    return;
  }
  const file = join(dir, path);
  const described = read.kind === "unusable" ? skipped(file, read.why) : describeText(file, path, read.text);
  shelf.notes.set(path, { stamp, described });
  changed(path, described.kind === "pattern" ? described.pattern : null);
}

function skipped(file: string, why: string): Described {
  return { kind: "unusable", why: `${showPath(file)} was skipped: ${why}.` };
}

function describeText(file: string, path: string, text: string): Described {
  return mayBePattern(path, text) ? describePattern(file, parseNote(path, text)) : { kind: "none" };
}
