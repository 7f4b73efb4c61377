/**
 * The notes of one source as the library knows them: their terms in the index, and the links between them. What is
 * known is kept in a cache file, which is all that is written.
 *
 * VAULT-7 The index holds exactly the notes of the source; a file that cannot be used as a note is known to links as a
 *    file.
 */
import type { Source } from "../files/sources.ts";
import type { CountedIndex } from "../index/mutable-index.ts";
import { decodeCache, encodeCache, renumber } from "./cache-codec.ts";
import { cacheNameOf, readCacheFile, writeCacheFile } from "./cache-files.ts";
import { type NoteChanges, NoteReader, type SeenNote } from "./note-reader.ts";
import { describeNote, keyOf, type NoteRecord } from "./note-record.ts";
import { readNoteText } from "./read-text.ts";
import { SourceLinks } from "./source-links.ts";

/** Reading one note in so many again costs less than writing what is known of all. */
const NOTES_WORTH_WRITING = 100;

export class SourceNotes {
  readonly links: SourceLinks;
  /** Refs in the index of notes that nobody looks for: forms for others, and those that a person put out of sight. */
  readonly hidden = new Set<string>();
  readonly #reader: NoteReader<NoteRecord>;
  readonly #index: CountedIndex;
  readonly #position: number;
  /** Notes read, or structures, that the cache file does not hold. */
  #unsaved = 0;

  constructor(source: Source, position: number, index: CountedIndex) {
    this.#index = index;
    this.#position = position;
    this.#reader = new NoteReader(source, {
      describe: (path, text, known) => {
        const key = keyOf(path, text);
        if (known?.key !== key) return describeNote(index, path, text, key);
        this.#unsaved += 1;
        return known;
      },
      onSeen: (path, record) => {
        this.#unsaved += 1;
        const ref = `${position}/${path}`;
        if (record === undefined) index.delete(ref);
        else index.setCounted(ref, record.counts);
        this.#hide(ref, record !== undefined && this.#isHidden(path));
        this.links.touch(path);
      },
      // The library's thread has nothing else to do.
      readText: ({ root }, path) => readNoteText(root, path),
    });
    this.links = new SourceLinks({
      paths: () => this.#reader.notes.keys(),
      recordOf: (path) => this.#reader.notes.get(path)?.kept,
      textOf: (path) => this.textOf(path),
      onRead: () => {
        this.#unsaved += 1;
      },
    });
  }

  get source(): Source {
    return this.#reader.source;
  }

  get entries(): ReadonlyMap<string, SeenNote<NoteRecord>> {
    return this.#reader.notes;
  }

  /** A note's text as it is now; undefined when it is gone or cannot be used. */
  textOf(path: string): string | undefined {
    const { store } = this.#reader;
    const read = store === undefined ? undefined : readNoteText(store.root, path);
    return read?.kind === "ok" ? read.text : undefined;
  }

  /** Looks at every file of the source. */
  async sweep(signal?: AbortSignal): Promise<NoteChanges> {
    const changes = await this.#reader.sweep({ signal });
    for (const path of this.entries.keys()) this.#hide(`${this.#position}/${path}`, this.#isHidden(path));
    const { entries, others } = this.#reader.listing;
    this.links.setFiles([...others, ...entries.map(({ path }) => path).filter((path) => !this.entries.has(path))]);
    return changes;
  }

  /** Looks at some files only, which may be new, changed or gone. */
  look(paths: readonly string[]): Promise<NoteChanges> {
    return this.#reader.look(paths, (path, isThere) => this.links.setFile(path, isThere));
  }

  /** Takes over what the cache file knows; the next sweep corrects it. */
  async load(folder: string): Promise<void> {
    await this.#reader.open();
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
      this.#reader.adopt({ ...entry, kept: own });
    }
    this.#unsaved = 0;
  }

  /** Writes the cache file when that saves more than it costs. */
  async save(folder: string): Promise<void> {
    const name = this.#cacheName();
    if (name === undefined || this.#unsaved === 0 || this.#unsaved * NOTES_WORTH_WRITING < this.entries.size) return;
    const entries = [...this.entries.values()].map(({ kept, ...entry }) => ({ ...entry, record: kept }));
    if (await writeCacheFile(folder, name, encodeCache(entries, this.#index.lexicon))) this.#unsaved = 0;
  }

  #isHidden(path: string): boolean {
    const { settings } = this.#reader;
    return settings.isTemplate(path) || settings.isExcluded(path);
  }

  #hide(ref: string, isHidden: boolean): void {
    if (isHidden) this.hidden.add(ref);
    else this.hidden.delete(ref);
  }

  /** What the source's cache file is called; undefined while there is no folder. */
  #cacheName(): string | undefined {
    const { store, source } = this.#reader;
    if (store === undefined) return undefined;
    return source.isWritten ? cacheNameOf("written") : cacheNameOf(store.root, ...(source.only ?? []));
  }
}
