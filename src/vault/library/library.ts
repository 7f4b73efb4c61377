/**
 * What is known of the notes of several sources, and the questions about them. It lives in a thread of its own (or,
 * for tests, in the asker's) and touches no file but its cache.
 *
 * VAULT-3 Questions wait until everything was looked at once. Later sweeps and looks follow one another, and questions
 *    are answered meanwhile, from what is known.
 * VAULT-4 A note that vanishes between being found and being shown is left out.
 */
import { join } from "node:path";
import { messageOf } from "../../errors.ts";
import { sanitizeLine } from "../../terminal-text/index.ts";
import type { Source } from "../files/sources.ts";
import { showPath } from "../files/walk.ts";
import { type SourceChange, type SourceWatcher, watchSources } from "../files/watch.ts";
import { type CountedIndex, createIndex, type IndexHit } from "../index/mutable-index.ts";
import { selectRarestTerms } from "../index/select-rarest-terms.ts";
import { makeSnippet } from "../index/snippet.ts";
import { tokenizeNote, tokenizeQuery } from "../index/tokenize.ts";
import type { LinkProblem } from "../links/graph.ts";
import { parseNote } from "../notes/note.ts";
import { parseUnited } from "../patterns/both-sides.ts";
import { describePattern, mayBePattern } from "../patterns/pattern.ts";
import type {
  LibraryOptions,
  NotePlace,
  NoteSummary,
  NoteView,
  QuestionName,
  Questions,
  SearchResult,
  VaultChanges,
} from "./model.ts";
import type { NoteChanges } from "./note-reader.ts";
import { FIELD_BOOSTS } from "./note-record.ts";
import { orderHits } from "./order-hits.ts";
import { SourceNotes } from "./source-notes.ts";

/** A longer text is a paste; its beginning says what it is about. */
const MAX_WORDS_CHARS = 100_000;
/** The path of a run's note, by its source. */
const RUN_NOTE = /^\d+\/runs\/(?:.*\/)?\d{14}-[0-9a-z]{4}-[^/]*$/;
/** Of a question with no more terms than this… */
const SHORT_TERMS = 24;
/** …so many notes are put in order by more than the index's scores. */
const ORDERED_HITS = 50;

export interface Library {
  ask<Name extends QuestionName>(
    name: Name,
    args: Questions[Name]["args"],
    signal?: AbortSignal,
  ): Promise<Questions[Name]["answer"]>;
}

/** An empty library; `onChanged` is told of every change that was noticed, by whatever means. */
export function createLibrary(onChanged: (changes: VaultChanges) => void): Library {
  const library = new OpenLibrary(onChanged);
  const answers: {
    [Name in QuestionName]: (args: Questions[Name]["args"], signal?: AbortSignal) => Promise<Questions[Name]["answer"]>;
  } = {
    open: ([options], signal) => library.open(options, signal),
    refresh: (_args, signal) => library.refresh(signal),
    look: ([places]) => library.look(places),
    search: ([words, limit]) => Promise.resolve(library.search(words, limit)),
    notes: () => Promise.resolve(library.notes()),
    note: ([place], signal) => library.note(place, signal),
    linkProblems: ([vault], signal) => library.linkProblems(vault, signal),
    close: () => library.close(),
  };
  return {
    ask: async (name, args, signal) => {
      if (name !== "open") await library.opened;
      return answers[name](args, signal);
    },
  };
}

class OpenLibrary {
  readonly #onChanged: (changes: VaultChanges) => void;
  readonly #index: CountedIndex = createIndex({ boosts: FIELD_BOOSTS, tokenize: tokenizeNote });
  #sources: SourceNotes[] = [];
  #cacheFolder: string | null = null;
  #opening: Promise<unknown> = Promise.resolve();
  #reading: Promise<unknown> = Promise.resolve();
  #watcher: SourceWatcher | undefined;

  constructor(onChanged: (changes: VaultChanges) => void) {
    this.#onChanged = onChanged;
  }

  /** Resolves when it was opened, or could not be. */
  get opened(): Promise<unknown> {
    return this.#opening;
  }

  open(options: LibraryOptions, signal?: AbortSignal): Promise<VaultChanges> {
    const opening = this.#open(options, signal);
    this.#opening = opening.catch(() => undefined);
    return opening;
  }

  async #open({ sources, cacheFolder, isWatching }: LibraryOptions, signal?: AbortSignal): Promise<VaultChanges> {
    this.#cacheFolder = cacheFolder;
    this.#sources = sources.map((source, position) => new SourceNotes(source, position, this.#index));
    // Before the first sweep, so that no change falls between the two.
    if (isWatching) await this.#watch(sources);
    const changes = await this.#read(async (notes) => {
      if (cacheFolder !== null) await notes.load(cacheFolder);
      return notes.sweep(signal);
    }, signal);
    await this.#save();
    return changes;
  }

  refresh(signal?: AbortSignal): Promise<VaultChanges> {
    return this.#tell(this.#read((notes) => notes.sweep(signal), signal));
  }

  look(places: readonly NotePlace[]): Promise<VaultChanges> {
    return this.#tell(
      this.#read((notes, vault) => {
        return notes.look(places.filter((place) => place.vault === vault).map(({ path }) => path));
      }),
    );
  }

  search(words: string, limit: number): SearchResult[] {
    const counts = new Map<string, number>();
    const terms = selectRarestTerms(tokenizeQuery(words.slice(0, MAX_WORDS_CHARS)), (term) => {
      const count = this.#index.countDocuments(term);
      counts.set(term, count);
      return count;
    });
    const weights = new Map(terms.map((term) => [term, this.#weightOf(counts.get(term) ?? 0)]));
    // A long text says enough by its rarest words.
    const isShort = terms.length <= SHORT_TERMS;
    const count = isShort ? Math.max(limit, ORDERED_HITS) : limit;
    const hits = this.#index.query(terms, count, this.#hidden());
    const best = isShort ? orderHits(hits, weights) : hits;
    return this.#withoutRuns(best)
      .slice(0, Math.max(0, limit))
      .flatMap((hit) => this.#show(hit, weights) ?? []);
  }

  /** Refs of notes that nobody looks for. */
  #hidden(): ReadonlySet<string> {
    const sets = this.#sources.map(({ hidden }) => hidden).filter(({ size }) => size > 0);
    return sets.length === 1 && sets[0] !== undefined ? sets[0] : new Set(sets.flatMap((set) => [...set]));
  }

  notes(): NoteSummary[] {
    return this.#sources.flatMap((notes, vault) =>
      [...notes.entries.values()].map(({ path, size, kept }) => {
        return { vault, path, title: showTitle(kept.title), sizeBytes: size };
      }),
    );
  }

  async note({ vault, path }: NotePlace, signal?: AbortSignal): Promise<NoteView | undefined> {
    const notes = this.#sources[vault];
    const text = notes?.entries.has(path) === true ? notes.textOf(path) : undefined;
    if (notes === undefined || text === undefined) return undefined;
    const graph = await notes.links.graph(signal);
    const structure = await notes.links.structureOf(path);
    if (structure === undefined) return undefined;
    const { frontmatter } = parseNote(path, text);
    return {
      vault,
      path,
      title: structure.title,
      properties: frontmatter.kind === "ok" ? Object.fromEntries(frontmatter.values) : {},
      malformed: frontmatter.kind === "malformed" ? frontmatter.why : null,
      structure,
      links: graph.linksOf(path),
      backlinks: graph.backlinksOf(path),
    };
  }

  async linkProblems(vault: number, signal?: AbortSignal): Promise<LinkProblem[]> {
    const graph = await this.#sources[vault]?.links.graph(signal);
    return graph?.linkProblems() ?? [];
  }

  async close(): Promise<undefined> {
    await this.#watcher?.close();
    await this.#reading;
    await this.#save();
  }

  #show({ ref, score }: IndexHit, weights: ReadonlyMap<string, number>): SearchResult | undefined {
    const slash = ref.indexOf("/");
    const notes = this.#sources[Number(ref.slice(0, slash))];
    const path = ref.slice(slash + 1);
    const record = notes?.entries.get(path)?.kept;
    const text = notes?.textOf(path);
    if (notes === undefined || record === undefined || text === undefined) return undefined;
    return {
      path: join(notes.source.dir, path),
      title: showTitle(record.title),
      score: Math.round(score * 1000) / 1000,
      snippet: makeSnippet(text.slice(record.bodyAt), weights),
      pattern: patternIn(path, text),
    };
  }

  /** Of runs of one goal, the notes of which are nearly the same, the best one: ten of them say no more. */
  #withoutRuns(hits: readonly IndexHit[]): IndexHit[] {
    const seen = new Set<string>();
    return hits.filter(({ ref }) => {
      if (!RUN_NOTE.test(ref)) return true;
      const slash = ref.indexOf("/");
      const title = this.#sources[Number(ref.slice(0, slash))]?.entries.get(ref.slice(slash + 1))?.kept.title;
      const key = JSON.stringify([ref.slice(0, slash), title]);
      if (seen.has(key)) return false;
      seen.add(key);
      return true;
    });
  }

  #weightOf(count: number): number {
    return Math.log(1 + this.#index.size / Math.max(1, count));
  }

  /**
   * Has all sources read, one after the other, once those before are done (VAULT-3). One that cannot be is a warning.
   */
  #read(
    read: (notes: SourceNotes, vault: number) => Promise<NoteChanges>,
    signal?: AbortSignal,
  ): Promise<VaultChanges> {
    const mine = this.#reading.then(async () => {
      const all: VaultChanges = { added: [], changed: [], removed: [], warnings: [] };
      for (const [vault, notes] of this.#sources.entries()) {
        try {
          const found = await read(notes, vault);
          for (const kind of ["added", "changed", "removed"] as const) {
            for (const path of found[kind]) all[kind].push({ vault, path });
          }
          const skipped = found.unusable.map(({ path, why }) => `${showPath(path)} was skipped: ${why}.`);
          const warnings = [...found.warnings, ...skipped];
          all.warnings.push(...warnings.map((warning) => `${showPath(notes.source.dir)}: ${warning}`));
        } catch (thrown) {
          signal?.throwIfAborted();
          all.warnings.push(`The vault ${showPath(notes.source.dir)} was skipped: ${messageOf(thrown)}`);
        }
      }
      return all;
    });
    this.#reading = mine.catch(() => undefined);
    return mine;
  }

  async #tell(reading: Promise<VaultChanges>): Promise<VaultChanges> {
    const changes = await reading;
    if (changes.added.length + changes.changed.length + changes.removed.length > 0) this.#onChanged(changes);
    return changes;
  }

  async #save(): Promise<void> {
    if (this.#cacheFolder !== null) for (const notes of this.#sources) await notes.save(this.#cacheFolder);
  }

  async #watch(sources: readonly Source[]): Promise<void> {
    const look = (changes: readonly SourceChange[]) => {
      const places = changes.map(({ source, path }) => ({ vault: source, path }));
      this.look(places).catch(() => undefined);
    };
    const onWarning = (warning: string) => {
      this.#onChanged({ added: [], changed: [], removed: [], warnings: [warning] });
    };
    this.#watcher = await watchSources(sources, look, { onWarning });
  }
}

/** The id of the pattern that a note is, when it is in use. */
function patternIn(path: string, text: string): string | null {
  const described = mayBePattern(path, text) ? describePattern(path, parseUnited(path, text)) : undefined;
  return described?.kind === "pattern" ? described.pattern.id : null;
}

function showTitle(title: string): string {
  return sanitizeLine(title);
}
