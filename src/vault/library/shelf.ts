/**
 * The notes of one source as they were last seen: their files' size and time, their records, and the links between
 * them. It reads, and never writes but its cache.
 *
 * H1 A note is read again when its file's size or time moved, or was too young to tell one writing from the next; its
 *    hash then decides whether it changed.
 * H2 The index holds exactly the notes of the shelf; a file that cannot be used as a note is known to links as a file.
 */
import { lstatSync } from "node:fs";
import { join } from "node:path";
import { setImmediate as nextTurn } from "node:timers/promises";
import { isNotePath, listEntries, type Source } from "../files/sources.ts";
import { openStore } from "../files/store.ts";
import { type FileEntry, showPath } from "../files/walk.ts";
import type { CountedIndex } from "../index/mutable-index.ts";
import { decodeCache, encodeCache, renumber } from "./cache-codec.ts";
import { cacheNameOf, readCacheFile, writeCacheFile } from "./cache-files.ts";
import { LinkShelf } from "./link-shelf.ts";
import { describeNote, keyOf, type NoteRecord } from "./note-record.ts";
import { readNoteText } from "./read-text.ts";

export interface ShelfEntry {
  path: string;
  size: number;
  /** ms since 1970; NaN when the text has to be read again to be sure (H1). */
  mtimeMs: number;
  record: NoteRecord;
}

/** What a sweep found to differ. */
export interface ShelfChanges {
  added: string[];
  changed: string[];
  removed: string[];
  warnings: string[];
}

/** Some file systems keep times no finer than this. */
const coarsestTimeMs = 2_000;
/** After so many files other questions get their turn. */
const filesATurn = 20;
/** Reading one note in so many again costs less than writing what is known of all. */
const worthWriting = 100;

export class Shelf {
  readonly source: Source;
  readonly links: LinkShelf;
  readonly #index: CountedIndex;
  readonly #prefix: string;
  readonly #entries = new Map<string, ShelfEntry>();
  /** The source's real folder; undefined while there is none. */
  #root: string | undefined;
  /** Notes read, or structures, that the cache file does not hold. */
  #unsaved = 0;

  constructor(source: Source, position: number, index: CountedIndex) {
    this.source = source;
    this.#index = index;
    this.#prefix = `${position}/`;
    this.links = new LinkShelf({
      paths: () => this.#entries.keys(),
      recordOf: (path) => this.#entries.get(path)?.record,
      textOf: (path) => this.textOf(path),
      onRead: () => {
        this.#unsaved += 1;
      },
    });
  }

  get entries(): ReadonlyMap<string, ShelfEntry> {
    return this.#entries;
  }

  /** A note's text as it is now; undefined when it is gone or cannot be used. */
  textOf(path: string): string | undefined {
    const read = this.#root === undefined ? undefined : readNoteText(this.#root, path);
    return read?.kind === "ok" ? read.text : undefined;
  }

  /** Looks at every file of the source (H1). */
  async sweep(signal?: AbortSignal): Promise<ShelfChanges> {
    const changes: ShelfChanges = { added: [], changed: [], removed: [], warnings: [] };
    const root = await this.#findRoot();
    const listed = await listEntries(this.source);
    changes.warnings.push(...listed.warnings);
    const moved = listed.entries.filter((entry) => !isSame(this.#entries.get(entry.path), entry));
    for (const [at, entry] of moved.entries()) {
      if (root !== undefined) this.#read(root, entry, changes);
      if (at % filesATurn !== 0) continue;
      await nextTurn();
      signal?.throwIfAborted();
    }
    const present = new Set(listed.entries.map(({ path }) => path));
    for (const path of [...this.#entries.keys()]) if (!present.has(path)) this.#remove(path, changes);
    this.links.setFiles([...listed.others, ...[...present].filter((path) => !this.#entries.has(path))]);
    return changes;
  }

  /** Looks at some files only, which may be new, changed or gone. */
  async look(paths: readonly string[]): Promise<ShelfChanges> {
    const changes: ShelfChanges = { added: [], changed: [], removed: [], warnings: [] };
    const root = await this.#findRoot();
    for (const path of paths) {
      const facts = root === undefined ? undefined : describeFile(join(root, path));
      const isFile = facts !== undefined;
      if (root !== undefined && isFile && isNotePath(path)) this.#read(root, { path, ...facts }, changes);
      else this.#remove(path, changes);
      this.links.setFile(path, isFile && !this.#entries.has(path));
    }
    return changes;
  }

  /** Takes over what the cache file knows; the next sweep corrects it. */
  async load(folder: string): Promise<void> {
    await this.#findRoot();
    const name = this.#cacheName();
    const bytes = name === undefined ? undefined : await readCacheFile(folder, name);
    const cached = bytes === undefined ? undefined : decodeCache(bytes);
    if (cached === undefined) return;
    const { lexicon } = this.#index;
    const isFirst = lexicon.size === 0;
    const ids = Uint32Array.from(cached.terms, (term) => lexicon.idOf(term));
    const records = new Map<NoteRecord, NoteRecord>();
    for (const { record, ...entry } of cached.entries) {
      const own = records.get(record) ?? (isFirst ? record : { ...record, counts: renumber(record.counts, ids) });
      records.set(record, own);
      this.#put({ ...entry, record: own });
    }
    this.#unsaved = 0;
  }

  /** Writes the cache file when that saves more than it costs. */
  async save(folder: string): Promise<void> {
    const name = this.#cacheName();
    if (name === undefined || this.#unsaved === 0 || this.#unsaved * worthWriting < this.#entries.size) return;
    const bytes = encodeCache([...this.#entries.values()], this.#index.lexicon);
    if (await writeCacheFile(folder, name, bytes)) this.#unsaved = 0;
  }

  /** What the source's cache file is called; undefined while there is no folder. */
  #cacheName(): string | undefined {
    if (this.#root === undefined) return undefined;
    return this.source.isWritten ? cacheNameOf("written") : cacheNameOf(this.#root, ...(this.source.only ?? []));
  }

  /** The folder may come later than whoever waits for it. */
  async #findRoot(): Promise<string | undefined> {
    this.#root ??= (await openStore(this.source.dir))?.root;
    return this.#root;
  }

  #read(root: string, entry: FileEntry, changes: ShelfChanges): void {
    const read = readNoteText(root, entry.path);
    if (read.kind === "unusable") changes.warnings.push(`${showPath(entry.path)} was skipped: ${read.why}.`);
    if (read.kind !== "ok") {
      this.#remove(entry.path, changes);
      return;
    }
    const mtimeMs = Date.now() - entry.mtimeMs < coarsestTimeMs ? Number.NaN : entry.mtimeMs;
    const key = keyOf(entry.path, read.text);
    const known = this.#entries.get(entry.path);
    if (known?.record.key === key) {
      Object.assign(known, { size: entry.size, mtimeMs });
      this.#unsaved += 1;
      return;
    }
    const record = describeNote(this.#index, entry.path, read.text, key);
    this.#put({ path: entry.path, size: entry.size, mtimeMs, record });
    changes[known === undefined ? "added" : "changed"].push(entry.path);
  }

  #put(entry: ShelfEntry): void {
    this.#entries.set(entry.path, entry);
    this.#index.setCounted(this.#prefix + entry.path, entry.record.counts);
    this.links.touch(entry.path);
    this.#unsaved += 1;
  }

  #remove(path: string, changes: ShelfChanges): void {
    if (!this.#entries.delete(path)) return;
    this.#index.delete(this.#prefix + path);
    this.links.touch(path);
    this.#unsaved += 1;
    changes.removed.push(path);
  }
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

function isSame(known: ShelfEntry | undefined, entry: FileEntry): boolean {
  return known !== undefined && known.size === entry.size && known.mtimeMs === entry.mtimeMs;
}
