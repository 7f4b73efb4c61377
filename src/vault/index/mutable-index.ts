/** The contract of the one full-text index: mutable, synchronous, in process. */

/** A document: its fields by name; `ref` is unique. */
export interface IndexedDocument {
  ref: string;
  fields: Readonly<Record<string, string>>;
}

export interface IndexHit {
  ref: string;
  /** What lunr gives; comparable within one answer only. */
  score: number;
  /** Query terms found, with the fields they were found in. */
  matched: ReadonlyMap<string, readonly string[]>;
}

export interface MutableIndex {
  /** Adds a document, or puts it in the place of the one with the same ref. */
  set(document: IndexedDocument): void;
  /** Removes a document; one that is not there is no mistake. */
  delete(ref: string): void;
  /** Documents that hold at least one of the terms (which come from `tokenize`), best first, at most `limit`. */
  query(terms: readonly string[], limit?: number): IndexHit[];
  /** Number of documents that hold the term. */
  countDocuments(term: string): number;
  readonly size: number;
}

/** Makes an empty index. `boosts` names the fields and weighs them. */
export type CreateIndex = (boosts: Readonly<Record<string, number>>) => MutableIndex;
