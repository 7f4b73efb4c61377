/** What an open vault is asked and answers: plain data, which crosses between threads. */
import type { Source } from "../files/sources.ts";
import type { Backlink, LinkProblem, ResolvedLink } from "../links/graph.ts";
import type { NoteStructure } from "../notes/structure.ts";

/** A note that holds some of the words. */
export interface SearchResult {
  /** As a person would open it: the vault's folder as it was given, joined with the path in it. */
  path: string;
  title: string;
  /** Comparable within one answer only. */
  score: number;
  /** The part of the note that holds most of the words, on one line. */
  snippet: string;
  /** The id by which agents and runs name it, when it is a pattern in use. */
  pattern: string | null;
}

export interface NotePlace {
  /** Position of its vault in `Vault.sources`; the one that is written is 0. */
  vault: number;
  /** Relative to its vault, with `/`. */
  path: string;
}

export interface NoteSummary extends NotePlace {
  title: string;
  sizeBytes: number;
}

export interface NoteView extends NotePlace {
  title: string;
  /** Properties by name, as YAML gives them; none when the frontmatter is malformed. */
  properties: Record<string, unknown>;
  /** Why the properties cannot be read; completes "the note is searched as text: …". */
  malformed: string | null;
  structure: NoteStructure;
  links: ResolvedLink[];
  backlinks: Backlink[];
}

/** What was found to differ from what was known. */
export interface VaultChanges {
  added: NotePlace[];
  changed: NotePlace[];
  removed: NotePlace[];
  /** What was skipped, and why: one sentence each. */
  warnings: string[];
}

export interface LibraryOptions {
  sources: readonly Source[];
  /** Where what was read is kept for the next time; null for nowhere. */
  cacheFolder: string | null;
  /** Whether changes on disk are noticed without being asked for. */
  isWatching: boolean;
}

/** Everything that a library can be asked: the arguments and the answer of each question. */
export interface Questions {
  /** Asked once, before all others. */
  open: { args: [options: LibraryOptions]; answer: VaultChanges };
  refresh: { args: []; answer: VaultChanges };
  look: { args: [places: readonly NotePlace[]]; answer: VaultChanges };
  search: { args: [words: string, limit: number]; answer: SearchResult[] };
  notes: { args: []; answer: NoteSummary[] };
  note: { args: [place: NotePlace]; answer: NoteView | undefined };
  linkProblems: { args: [vault: number]; answer: LinkProblem[] };
  close: { args: []; answer: undefined };
}

export type QuestionName = keyof Questions;
