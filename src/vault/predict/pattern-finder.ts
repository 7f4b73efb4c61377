/**
 * The patterns of some vaults, kept as the notes are: a note that a person edits, pins or retires counts from the next
 * `refresh`, which reads again only what changed.
 *
 * PREDICT-1 Nothing is thrown: a vault or a note that cannot be read is left out, with a warning.
 * PREDICT-2 `find` answers at any time from what is known by then, also while a refresh is under way.
 * PREDICT-3 A refresh sees all that was there when it was asked for: one that is under way already is not enough.
 */
import { join } from "node:path";
import { messageOf } from "../../errors.ts";
import { arrangeSources, nameSource, type Source, toSource } from "../files/sources.ts";
import { compareText, showPath } from "../files/walk.ts";
import { createIndex, type MutableIndex } from "../index/mutable-index.ts";
import { NoteReader } from "../library/note-reader.ts";
import { parseUnited } from "../patterns/both-sides.ts";
import { originalsFirst } from "../patterns/originals.ts";
import { type Described, describePattern, mayBePattern, type Pattern } from "../patterns/pattern.ts";
import { findPatterns, type PatternMatch } from "./find-patterns.ts";
import type { TaskToMatch } from "./task-query.ts";

export interface PatternFinder {
  /** Takes in what changed in the sources; those that do not exist are empty. Never rejects. */
  refresh(): Promise<void>;
  /** Patterns that fit the task, best first, at most `limit`. */
  find(task: TaskToMatch, limit: number): PatternMatch[];
  /** Notes that were skipped, and why. */
  readonly warnings: readonly string[];
}

/** The patterns of these sources, none of them read yet; of two with one id the first counts. */
export function openPatternFinder(sources: readonly (string | Source)[]): PatternFinder {
  /** By folder, in the order of the sources. */
  let vaults = new Map<string, PatternSource>();
  const index = createIndex({ boosts: { title: 3, when: 3, scope: 1, body: 1 } });
  /** By the refs of the index; null when they have changed. */
  let known: Map<string, Pattern> | null = null;
  let running: Promise<void> | null = null;
  let next: Promise<void> | null = null;
  const changed = (): void => {
    known = null;
  };
  const sweep = async (): Promise<void> => {
    const arranged = arrangeSources(sources.map(toSource));
    const before = vaults;
    vaults = new Map(
      arranged.map((source) => [source.dir, before.get(source.dir) ?? new PatternSource(source, index, changed)]),
    );
    for (const [dir, vault] of before) if (!vaults.has(dir)) vault.clear();
    for (const source of arranged) await vaults.get(source.dir)?.refresh(source);
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
      known ??= listPatterns([...vaults.values()]);
      return findPatterns(known, index, task, limit);
    },
    get warnings() {
      return [...vaults.values()].flatMap((vault) => vault.warnings);
    },
  };
}

/** Most notes of a vault are no patterns. */
const NONE: Described = { kind: "none" };

/** The patterns of one source. */
class PatternSource {
  readonly #reader: NoteReader<Described>;
  readonly #changed: () => void;
  /** What could not be listed, then what could not be used. */
  warnings: string[] = [];

  constructor(source: Source, index: MutableIndex, changed: () => void) {
    this.#changed = changed;
    this.#reader = new NoteReader<Described>(source, {
      describe: (path, text) =>
        mayBePattern(path, text) ? describePattern(join(source.dir, path), parseUnited(path, text)) : NONE,
      onSeen: (path, described) => {
        changed();
        const ref = join(source.dir, path);
        if (described?.kind === "pattern") index.set({ ref, fields: described.pattern.fields });
        else index.delete(ref);
      },
      // In a large vault they are known before the rest is looked through.
      isFirst: (path) => path.startsWith("patterns/"),
    });
  }

  /** What is known by now of notes that may be patterns, by path; a person may have put some out of sight. */
  list(): [file: string, Described][] {
    const { settings } = this.#reader;
    const notes = [...this.#reader.notes.values()].filter(
      ({ path, kept }) => kept !== NONE && !settings.isTemplate(path) && !settings.isExcluded(path),
    );
    notes.sort((a, b) => compareText(a.path, b.path));
    return notes.map(({ path, kept }) => [join(this.#reader.source.dir, path), kept]);
  }

  /** Never rejects. */
  async refresh(source: Source): Promise<void> {
    this.#reader.source = source;
    const name = nameSource(source);
    try {
      const { warnings, unusable } = await this.#reader.sweep();
      // Settings say as well what counts, whether or not a note changed.
      this.#changed();
      const skipped = [
        ...unusable.map(({ path, why }) => `${showPath(join(source.dir, path))} was skipped: ${why}.`),
        ...this.list().flatMap(([, described]) => (described.kind === "unusable" ? [described.why] : [])),
      ];
      this.warnings = [...warnings.map((warning) => `${name}: ${warning}`), ...skipped.sort(compareText)];
    } catch (thrown) {
      this.warnings = [`The vault ${name} was skipped: ${messageOf(thrown)}`];
      this.clear();
    }
  }

  clear(): void {
    this.#reader.clear();
  }
}

function listPatterns(vaults: readonly PatternSource[]): Map<string, Pattern> {
  const patterns = new Map<string, Pattern>();
  const ids = new Set<string>();
  const all = vaults.flatMap((vault) =>
    originalsFirst(vault.list(), ([path, described]) => ({ id: idIn(described) ?? path, path })),
  );
  for (const [file, described] of all) {
    if (described.kind === "retired") ids.add(described.id);
    if (described.kind !== "pattern" || ids.has(described.pattern.id)) continue;
    ids.add(described.pattern.id);
    patterns.set(file, described.pattern);
  }
  return patterns;
}

function idIn(described: Described): string | undefined {
  if (described.kind === "pattern") return described.pattern.id;
  return described.kind === "retired" ? described.id : undefined;
}
