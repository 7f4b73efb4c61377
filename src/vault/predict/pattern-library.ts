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
import { openStore, type Store } from "../files/store.ts";
import { compareText, showPath } from "../files/walk.ts";
import { buildIndex, type TextIndex } from "../index/lunr-index.ts";
import { parseNote } from "../notes/note.ts";
import type { TaskToMatch } from "./asked-task.ts";
import { findPatterns, type PatternMatch } from "./find-patterns.ts";
import { type Described, describePattern, mayBePattern, type Pattern } from "./pattern.ts";

export interface PatternLibrary {
  /** Takes in what changed in the sources; those that do not exist are empty. Never rejects. */
  refresh(): Promise<void>;
  /** Patterns that fit the task, best first, at most `limit`. */
  find(task: TaskToMatch, limit: number): PatternMatch[];
  /** Notes that were skipped, and why. */
  readonly warnings: readonly string[];
}

/** So many notes are read at once. */
const batchSize = 16;

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

interface Known {
  patterns: Pattern[];
  index: TextIndex;
}

/** The patterns of these sources, none of them read yet; of two with one id the first counts. */
export function openPatternLibrary(sources: readonly (string | Source)[]): PatternLibrary {
  /** By folder, in the order of the sources. */
  let shelves = new Map<string, Shelf>();
  let known: Known | null = null;
  let running: Promise<void> | null = null;
  let next: Promise<void> | null = null;
  const sweep = async (): Promise<void> => {
    const arranged = arrangeSources(sources.map(toSource));
    const before = [...shelves.keys()];
    shelves = new Map(arranged.map(({ dir }) => [dir, shelves.get(dir) ?? { notes: new Map(), warnings: [] }]));
    if ([...shelves.keys()].some((dir, at) => dir !== before[at])) known = null;
    for (const source of arranged) {
      await refreshShelf(source, shelves.get(source.dir) as Shelf, () => {
        known = null;
      });
    }
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
      known ??= indexPatterns([...shelves.values()]);
      return findPatterns(known.patterns, known.index, task, limit);
    },
    get warnings() {
      return [...shelves.values()].flatMap(({ warnings, notes }) => [
        ...warnings,
        ...[...notes.values()].flatMap(({ described }) => (described.kind === "unusable" ? [described.why] : [])),
      ]);
    },
  };
}

function indexPatterns(shelves: readonly Shelf[]): Known {
  const patterns: Pattern[] = [];
  const ids = new Set<string>();
  for (const { notes } of shelves) {
    for (const [, { described }] of [...notes].sort(([a], [b]) => compareText(a, b))) {
      if (described.kind === "retired") ids.add(described.id);
      if (described.kind !== "pattern" || ids.has(described.pattern.id)) continue;
      ids.add(described.pattern.id);
      patterns.push(described.pattern);
    }
  }
  const documents = patterns.map((pattern, at) => ({ ref: String(at), fields: pattern.fields }));
  return { patterns, index: buildIndex(documents, { title: 3, when: 3, scope: 1, body: 1 }) };
}

async function refreshShelf(source: Source, shelf: Shelf, changed: () => void): Promise<void> {
  try {
    const store = await openStore(source.dir);
    const { entries, warnings } = await listEntries(source);
    shelf.warnings = warnings.map((warning) => `${nameSource(source)}: ${warning}`);
    const there = new Set(entries.map(({ path }) => path));
    for (const path of shelf.notes.keys()) if (!there.has(path) && shelf.notes.delete(path)) changed();
    // Patterns first: in a large vault they are known before the rest is looked through.
    const isFirst = ({ path }: FileEntry): boolean => path.startsWith("patterns/");
    const ordered = [...entries.filter(isFirst), ...entries.filter((entry) => !isFirst(entry))];
    for (let at = 0; store !== undefined && at < ordered.length; at += batchSize) {
      const batch = ordered.slice(at, at + batchSize);
      const moved = await Promise.all(batch.map((entry) => refreshNote(source, store, shelf, entry)));
      if (moved.includes(true)) changed();
    }
  } catch (thrown) {
    shelf.warnings = [`The vault ${nameSource(source)} was skipped: ${messageOf(thrown)}`];
    if (shelf.notes.size > 0) changed();
    shelf.notes.clear();
  }
}

/** Whether what is known of the patterns changed. */
async function refreshNote(
  { dir }: Source,
  store: Store,
  { notes }: Shelf,
  { path, size, mtimeMs }: FileEntry,
): Promise<boolean> {
  const before = notes.get(path);
  const stamp = `${size} ${mtimeMs}`;
  if (before?.stamp === stamp) return false;
  const read = await store.read(path);
  if (read.kind === "absent") return notes.delete(path);
  const file = join(dir, path);
  const described = read.kind === "unusable" ? skipped(file, read.why) : describeText(file, path, read.text);
  notes.set(path, { stamp, described });
  return described.kind !== "none" || (before !== undefined && before.described.kind !== "none");
}

function skipped(file: string, why: string): Described {
  return { kind: "unusable", why: `${showPath(file)} was skipped: ${why}.` };
}

function describeText(file: string, path: string, text: string): Described {
  return mayBePattern(path, text) ? describePattern(file, parseNote(path, text)) : { kind: "none" };
}
