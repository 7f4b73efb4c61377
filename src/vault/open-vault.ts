/** The public face of the vault, `pleach/vault`: this part says what an open vault answers. */

/** A note that fits words. */
export interface SearchResult {
  /** As a person would open it: the vault's folder as it was given, joined with the path in it. */
  path: string;
  title: string;
  /** Comparable within one answer only. */
  score: number;
  /** The part of the note that holds most of the words, on one line. */
  snippet: string;
}

export interface NoteSummary {
  /** Position of its vault: 0 is the one that is written, then those of `read`. */
  vault: number;
  /** Relative to its vault, with `/`. */
  path: string;
  title: string;
  sizeBytes: number;
  /** Last change, ms since 1970. */
  changedAt: number;
}

/** What a sweep found to differ from what was known. */
export interface VaultChanges {
  added: NotePlace[];
  changed: NotePlace[];
  removed: NotePlace[];
  /** What was skipped, and why; one sentence each. */
  warnings: string[];
}

export interface NotePlace {
  vault: number;
  path: string;
}

export type EditOutcome =
  | { kind: "ok" }
  /** The change function wanted nothing changed. */
  | { kind: "unchanged" }
  | { kind: "absent" }
  /** `why` completes "the note was left as it is: …". */
  | { kind: "refused"; why: string };

export interface Vault {
  /** The written vault's folder, as it was given. */
  readonly dir: string;
  /** Notes that hold some of the words, best first; nothing in the words is syntax. */
  search(words: string, limit?: number): Promise<SearchResult[]>;
  notes(): Promise<NoteSummary[]>;
  /** Looks at every file's size and time, reads what may have changed, and tells what did. */
  refresh(): Promise<VaultChanges>;
  /** Tells of each change that was noticed; returns what ends the telling. */
  onChanged(listener: (changes: VaultChanges) => void): () => void;
  /** Ends the worker, having kept what it knows. */
  close(): Promise<void>;
}
