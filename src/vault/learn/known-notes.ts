/**
 * What a learner knows of a vault before it writes: the patterns that the program keeps there (those with a signature,
 * wherever a person moved them), and the notes of runs. Notes that a person or another program made are not among them.
 */
import { listZettels, type ZettelReader } from "../library/zettel-reader.ts";
import { basenameOf, idOf, type Note, textProperty } from "../notes/note.ts";
import { isOwnZettel, signatureLine, typeLine } from "../notes/zettel.ts";
import { originalsFirst } from "../patterns/originals.ts";
import { type PatternRecord, readPatternRecord } from "../patterns/pattern-record.ts";
import { areSimilar } from "../patterns/similarity.ts";
import type { KnownPattern, Observation } from "./observe/observation.ts";
import { readTime } from "./pattern-life.ts";
import { type RememberedRun, readRememberedRun } from "./run-memory.ts";

/** Runs that are looked back at; what files belong together a year ago says little. */
const MAX_REMEMBERED_RUNS = 50;

/** What a vault holds. */
export class KnownNotes {
  readonly isEmpty: boolean;
  /** File names without ending, lower case: no two notes may share one. */
  readonly names = new Set<string>();
  /** By id. */
  readonly runs = new Map<string, Note>();
  /** By path; in the order of the paths, copies last. */
  readonly patterns = new Map<string, PatternRecord>();
  /** Paths of patterns that git brought together from two sides, and that are to be written as one. */
  readonly doubled = new Set<string>();
  readonly #bySignature = new Map<string, PatternRecord>();

  constructor(isEmpty: boolean) {
    this.isEmpty = isEmpty;
  }

  /** Adds a pattern's note, or what has become of one. */
  setPattern(note: Note): PatternRecord {
    const record = readPatternRecord(note);
    this.patterns.set(note.path, record);
    // The first keeps a signature where there are copies: notes come before the copies of them.
    for (const signature of record.signatures) {
      if (!this.#bySignature.has(signature) || this.#bySignature.get(signature)?.note.path === note.path) {
        this.#bySignature.set(signature, record);
      }
    }
    return record;
  }

  /** The note on what was observed: by one of its signatures, else one that is nearly the same. */
  findFor({ signature, also, kind, fingerprint }: Observation): PatternRecord | undefined {
    for (const one of [signature, ...also]) {
      const found = this.#bySignature.get(one);
      if (found !== undefined && found.kind === kind) return found;
    }
    return [...this.patterns.values()].find(
      (one) => one.kind === kind && areSimilar(kind, one.fingerprint, fingerprint),
    );
  }

  /** Earlier runs than the one of this name, oldest first. */
  remember(run: string): RememberedRun[] {
    return [...this.runs.values()]
      .filter((note) => basenameOf(note.path) < run)
      .sort((a, b) => (basenameOf(a.path) < basenameOf(b.path) ? -1 : 1))
      .slice(-MAX_REMEMBERED_RUNS)
      .flatMap((note) => readRememberedRun(note) ?? []);
  }

  /**
   * Patterns that were there when a run ended, as their ids tell. What later runs began took this one's evidence in
   * already; a run that is learned again must not find more than it did at first.
   */
  begunBy(ended: string): KnownPattern[] {
    const digits = ended.replace(/\D/g, "");
    const begun = ({ note }: PatternRecord) => idOf(note).slice(0, digits.length);
    return [...this.patterns.values()]
      .filter((record) => begun(record) <= digits)
      .map((record) => ({ ...record, isNew: begun(record) === digits }));
  }

  /** The newest time that a run of the vault ended, ms; 0 when there is none. */
  get newest(): number {
    return Math.max(0, ...[...this.runs.values()].map((note) => readTime(textProperty(note, "ended")) ?? 0));
  }
}

/** What the notes of a vault hold that were read just now. */
export function findKnown(zettels: ZettelReader): KnownNotes {
  const paths = zettels.listing.entries.map(({ path }) => path);
  const known = new KnownNotes(paths.length === 0);
  for (const path of paths) known.names.add(basenameOf(path).toLowerCase());
  const notes = originalsFirst(listZettels(zettels), (note) => ({
    id: note.frontmatter.kind === "malformed" ? (idInName(note) ?? idOf(note)) : idOf(note),
    path: note.path,
  }));
  for (const note of notes) {
    if (zettels.notes.get(note.path)?.kept?.text !== note.text) known.doubled.add(note.path);
    const signature = signatureLine(note.text);
    // Broken frontmatter still tells whose note it is, so that no second one is made.
    const isBroken = note.frontmatter.kind === "malformed";
    if (signature !== undefined && (isBroken || textProperty(note, "signature") === signature)) known.setPattern(note);
    else if (typeLine(note.text) === "run" && (isBroken || isOwnZettel(note))) {
      const id = isBroken ? idInName(note) : idOf(note);
      if (id !== undefined && !known.runs.has(id)) known.runs.set(id, note);
    }
  }
  return known;
}

/** The id that a zettel's file is named by. */
function idInName({ path }: Note): string | undefined {
  return /^\d{14}-[0-9a-z]{4}/.exec(basenameOf(path))?.[0];
}
