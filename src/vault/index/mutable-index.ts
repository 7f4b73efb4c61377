/**
 * The one full-text index of the program: mutable, synchronous, in process. lunr scores, so that the ranking is that
 * of a lunr index built afresh over the same documents; what lunr cannot do (change, forget, hold ten thousand notes in
 * little memory) is done here. A long query is answered in two phases: its rarest terms choose candidates by plain sums
 * over the postings, then the candidates are weighed by all terms. The best of them are given to lunr.
 *
 * INDEX-1 After any changes the answers equal those of an index to which the same documents were added once.
 * INDEX-2 With few terms, few documents, or no limit the answer is exact. Else a document that holds none of the rarest
 *    terms is left out, and so may be one that is weak in them.
 */
import { type IndexParts, idfOf, pickBest, type QueryTerm, sumWeights, sumWeightsOf } from "./bm25.ts";
import { type IndexHit, scoreSlice } from "./lunr-slice.ts";
import { Postings } from "./postings.ts";
import { countTerms, Lexicon, type TermCounts } from "./term-counts.ts";
import { tokenize } from "./tokenize.ts";

export type { IndexHit };

/** A document: its fields by name; `ref` is unique. */
export interface IndexedDocument {
  ref: string;
  fields: Readonly<Record<string, string>>;
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

/** An index whose documents may come counted already. */
export interface CountedIndex extends MutableIndex {
  readonly lexicon: Lexicon;
  /** Counts a document's terms for `setCounted`. */
  count(fields: IndexedDocument["fields"]): TermCounts;
  /** As `set`, with counts by this index's lexicon and fields. */
  setCounted(ref: string, counts: TermCounts): void;
}

export interface IndexOptions {
  /** Names the fields (without `/`) and weighs them. */
  boosts: Readonly<Record<string, number>>;
  /** Default: `tokenize`. */
  tokenize?: (text: string) => string[];
}

/** By so many of a query's rarest terms candidates are chosen, by more of them while… */
const LEAD_TERMS = 8;
/** …there are fewer candidates than these, or than are asked for. */
const MIN_CANDIDATES = 200;

/** Makes an empty index. */
export function createIndex(options: IndexOptions): CountedIndex {
  const fields = Object.keys(options.boosts);
  const boosts = fields.map((field) => options.boosts[field] ?? 1);
  const split = options.tokenize ?? tokenize;
  const lexicon = new Lexicon();
  const postings = new Postings(fields.length);
  const count = (texts: IndexedDocument["fields"]) =>
    countTerms(
      lexicon,
      fields.map((field) => split(texts[field] ?? "")),
    );
  return {
    lexicon,
    count,
    set: ({ ref, fields: texts }) => postings.set(ref, count(texts)),
    setCounted: (ref, counts) => postings.set(ref, counts),
    delete: (ref) => postings.delete(ref),
    query: (terms, limit) => queryIndex({ fields, boosts, lexicon, postings }, terms, limit),
    countDocuments: (term) => countDocuments(lexicon, postings, term),
    get size() {
      return postings.size;
    },
  };
}

function countDocuments(lexicon: Lexicon, postings: Postings, term: string): number {
  const id = lexicon.find(term);
  if (id === undefined) return 0;
  const isCounted = new Uint8Array(postings.bound);
  let count = 0;
  for (let field = 0; field < postings.fieldCount; field += 1) {
    const list = postings.listOf(id, field);
    for (let at = 0; at < list.length; at += 2) {
      const number = list[at] ?? 0;
      if (isCounted[number] === 0) count += 1;
      isCounted[number] = 1;
    }
  }
  return count;
}

function queryIndex(parts: IndexParts, terms: readonly string[], limit = Number.POSITIVE_INFINITY): IndexHit[] {
  const asked = findTerms(parts, terms);
  if (asked.length === 0 || !(limit >= 1)) return [];
  const enough = Math.max(limit, MIN_CANDIDATES);
  const first = sumWeights(parts, asked, (terms, found) => terms >= LEAD_TERMS && found >= enough);
  const sums = first.terms === asked.length ? first : sumWeightsOf(parts, asked, pickBest(parts, first, enough));
  const order = (a: IndexHit, b: IndexHit) => b.score - a.score || (a.ref < b.ref ? -1 : 1);
  return scoreSlice(parts, asked, pickBest(parts, sums, limit)).sort(order);
}

/** The terms that occur at all, rarest first. */
function findTerms({ lexicon, postings }: IndexParts, terms: readonly string[]): QueryTerm[] {
  const found: QueryTerm[] = [];
  for (const term of new Set(terms)) {
    const id = lexicon.find(term);
    if (id === undefined) continue;
    let pairs = 0;
    for (let field = 0; field < postings.fieldCount; field += 1) pairs += postings.listOf(id, field).length;
    if (pairs > 0) found.push({ term, id, idf: idfOf(pairs / 2, postings.size), count: pairs / 2 });
  }
  return found.sort((a, b) => a.count - b.count || (a.term < b.term ? -1 : 1));
}
