/**
 * The one reader of notes. It looks at the files of a source, reads those notes among them that may have changed, and
 * keeps of each what its user makes of it: terms to search by, a pattern, what a check finds. Nothing is written.
 *
 * VAULT-5 A note is read again when its file's size or time moved, or was too young to tell one writing from the next.
 *    Whether it changed is for the user to say, who is told what was kept of it before.
 * VAULT-6 A file that cannot be used as a note is none. It is looked at again each time, since a mode may change
 *    unseen.
 */
import { lstatSync } from "node:fs";
import { join, posix } from "node:path";
import { setImmediate as nextTurn } from "node:timers/promises";
import { NO_SETTINGS, type ObsidianSettings, readObsidianSettings } from "../files/obsidian-settings.ts";
import { isNotePath, isWhole, type Listing, listEntries, type Source } from "../files/sources.ts";
import { openStore, type ReadStore } from "../files/store.ts";
import { type FileEntry, isHidden } from "../files/walk.ts";
import type { NoteText } from "./read-text.ts";

/** A note as it was last read. */
export interface SeenNote<Kept> {
  path: string;
  size: number;
  /** ms since 1970; NaN when the text has to be read again to be sure (VAULT-5). */
  mtimeMs: number;
  kept: Kept;
}

export interface NoteUse<Kept> {
  /** What is kept of a note; `known`, what was kept before, says that it did not change. */
  describe(path: string, text: string, known: Kept | undefined): Kept;
  /** Told of each note that came, changed or went (undefined) as soon as it is known. */
  onSeen?(path: string, kept: Kept | undefined): void;
  /** Which notes are read before all others. */
  isFirst?(path: string): boolean;
  /** Reads a text; by default as an edit does, which waits for whoever is saving, and holds nobody up. */
  readText?(store: ReadStore, path: string): NoteText | Promise<NoteText>;
}

/** What was found to differ from what was known; paths are relative to the source. */
export interface NoteChanges {
  added: string[];
  changed: string[];
  removed: string[];
  /** Notes that cannot be used; `why` completes "the note was skipped: …". */
  unusable: { path: string; size: number; why: string }[];
  /** What was skipped besides, one sentence each. */
  warnings: string[];
}

export interface SweepOptions {
  signal?: AbortSignal | undefined;
  /** Told now and then how many of the notes that have to be read are. */
  onProgress?: ((read: number, all: number) => void) | undefined;
}

/** Some file systems keep times no finer than this. */
const COARSEST_TIME_MS = 2_000;
/** So many files are read at once; after them, other work gets its turn. */
const BATCH_SIZE = 32;

export class NoteReader<Kept> {
  /** What is read; a sweep goes by what it is then. */
  source: Source;
  readonly #use: NoteUse<Kept>;
  readonly #notes = new Map<string, SeenNote<Kept>>();
  #store: ReadStore | undefined;
  #listing: Listing = { entries: [], others: [], leftovers: [], warnings: [] };
  #settings = NO_SETTINGS;

  constructor(source: Source, use: NoteUse<Kept>) {
    this.source = source;
    this.#use = use;
  }

  /** By path, in no promised order. */
  get notes(): ReadonlyMap<string, SeenNote<Kept>> {
    return this.#notes;
  }

  /** All files of the source when it was last swept. */
  get listing(): Listing {
    return this.#listing;
  }

  /** What a person told Obsidian about the notes, when the source was last swept. */
  get settings(): ObsidianSettings {
    return this.#settings;
  }

  /** The source's folder as a sweep or a look found it; undefined while there is none. */
  get store(): ReadStore | undefined {
    return this.#store;
  }

  /** Looks for the source's folder, which may come later than whoever waits for it. Throws `vault.unreadable`. */
  async open(): Promise<ReadStore | undefined> {
    this.#store = await openStore(this.source.dir);
    return this.#store;
  }

  /** Looks at every file of the source (VAULT-5). Throws `vault.unreadable`, and when the signal is aborted. */
  async sweep({ signal, onProgress }: SweepOptions = {}): Promise<NoteChanges> {
    const changes = noChanges();
    const store = await this.open();
    this.#listing = await listEntries(this.source);
    changes.warnings.push(...this.#listing.warnings);
    this.#settings = store !== undefined && isWhole(this.source) ? await readObsidianSettings(store) : NO_SETTINGS;
    const { entries } = this.#listing;
    const moved = inOrder(
      entries.filter((entry) => !isSame(this.#notes.get(entry.path), entry)),
      this.#use.isFirst,
    );
    const known = entries.length - moved.length;
    for (let at = 0; store !== undefined && at < moved.length; at += BATCH_SIZE) {
      onProgress?.(known + at, entries.length);
      const batch = moved.slice(at, at + BATCH_SIZE);
      // Read at once, taken in order: what is told of a sweep does not hang on which file came first from the disk.
      const texts = await Promise.all(batch.map(({ path }) => this.#readText(store, path)));
      for (const [index, entry] of batch.entries()) this.#take(entry, texts[index], changes);
      await nextTurn();
      signal?.throwIfAborted();
    }
    onProgress?.(entries.length, entries.length);
    const present = new Set(entries.map(({ path }) => path));
    for (const path of [...this.#notes.keys()]) if (!present.has(path)) this.#remove(path, changes);
    return changes;
  }

  /**
   * Looks at some files only, which may be new, changed or gone; `onFile` is told which of them are no notes but there.
   */
  async look(paths: readonly string[], onFile: (path: string, isThere: boolean) => void): Promise<NoteChanges> {
    const changes = noChanges();
    const store = this.#store ?? (await this.open());
    for (const path of paths.map((each) => posix.normalize(each))) {
      // As a walk finds them; a path that leads out of the source begins like a hidden name.
      const isListed = store !== undefined && !path.split("/").some(isHidden);
      const facts = isListed ? describeFile(join(store.root, path)) : undefined;
      if (store !== undefined && facts !== undefined && isNotePath(path)) {
        this.#take({ path, ...facts }, await this.#readText(store, path), changes);
      } else this.#remove(path, changes);
      onFile(path, facts !== undefined && !this.#notes.has(path));
    }
    return changes;
  }

  /** Takes over what was kept of a note elsewhere; the next sweep corrects it. */
  adopt(note: SeenNote<Kept>): void {
    this.#notes.set(note.path, note);
    this.#use.onSeen?.(note.path, note.kept);
  }

  /** Forgets all that is known. */
  clear(): void {
    for (const path of [...this.#notes.keys()]) this.#remove(path, noChanges());
  }

  #take({ path, size, mtimeMs }: FileEntry, read: NoteText | undefined, changes: NoteChanges): void {
    if (read?.kind === "unusable") changes.unusable.push({ path, size, why: read.why });
    if (read?.kind !== "ok") {
      this.#remove(path, changes);
      return;
    }
    const sureMs = Date.now() - mtimeMs < COARSEST_TIME_MS ? Number.NaN : mtimeMs;
    const known = this.#notes.get(path);
    const kept = this.#use.describe(path, read.text, known?.kept);
    if (known !== undefined && known.kept === kept) {
      Object.assign(known, { size, mtimeMs: sureMs });
      return;
    }
    this.adopt({ path, size, mtimeMs: sureMs, kept });
    changes[known === undefined ? "added" : "changed"].push(path);
  }

  async #readText(store: ReadStore, path: string): Promise<NoteText> {
    return this.#use.readText?.(store, path) ?? store.read(path);
  }

  #remove(path: string, changes: NoteChanges): void {
    if (!this.#notes.delete(path)) return;
    this.#use.onSeen?.(path, undefined);
    changes.removed.push(path);
  }
}

function noChanges(): NoteChanges {
  return { added: [], changed: [], removed: [], unusable: [], warnings: [] };
}

function inOrder(
  entries: readonly FileEntry[],
  isFirst: ((path: string) => boolean) | undefined,
): readonly FileEntry[] {
  if (isFirst === undefined) return entries;
  return [...entries.filter(({ path }) => isFirst(path)), ...entries.filter(({ path }) => !isFirst(path))];
}

/** Size and time of an ordinary file; undefined for anything else. */
function describeFile(file: string): { size: number; mtimeMs: number } | undefined {
  try {
    const facts = lstatSync(file);
    return facts.isFile() ? { size: facts.size, mtimeMs: facts.mtimeMs } : undefined;
  } catch {
    return undefined;
  }
}

function isSame<Kept>(known: SeenNote<Kept> | undefined, entry: FileEntry): boolean {
  return known !== undefined && known.size === entry.size && known.mtimeMs === entry.mtimeMs;
}
